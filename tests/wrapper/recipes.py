"""The recipes of docs/ci.md: what stands there is parsed as its reader parses it, and its steps are run."""
import json
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "ci.md"
# Steps that fetch or install what a test has already.
ELSEWHERE = ("git clone ",)


LOAD = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"


def yaml_of(text):
    # Debian's package belongs to Debian's Python, which need not be the first on PATH.
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import yaml"], capture_output=True).returncode == 0:
            return json.loads(subprocess.run([python, "-c", LOAD], input=text, capture_output=True, text=True, check=True).stdout)
    raise RuntimeError("python3-yaml is not installed; ./dev deps installs it")


class Recipe:
    def __init__(self, name, steps, files):
        self.name, self.steps, self.files = name, [one for one in steps if not one.startswith(ELSEWHERE)], files


def block(language, heading):
    text = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.search(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)[1]


def recipes():
    """Each with its shell commands, in order, and the files that it hands on."""
    steps = yaml_of(block("yaml", "GitHub Actions"))["jobs"]["races"]["steps"]
    github = Recipe("GitHub", [one["run"] for one in steps if "run" in one],
                    [one["with"]["sarif_file"] for one in steps if "sarif_file" in one.get("with", {})])
    job = yaml_of(block("yaml", "GitLab"))["races"]
    gitlab = Recipe("GitLab", job["script"], [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()])
    stage = block("groovy", "Jenkins")
    if stage.count("{") != stage.count("}") or stage.count("'") % 2:
        raise ValueError("the stage for Jenkins is not closed")
    told = re.search(r"junit '([^']*)'; archiveArtifacts '([^']*)'", stage)
    jenkins = Recipe("Jenkins", re.findall(r"^ *sh '([^']*)'$", stage, re.M), [told[1], *told[2].split(", ")])
    return [github, gitlab, jenkins]
