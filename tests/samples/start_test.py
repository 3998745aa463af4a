#!/usr/bin/env python3
"""docs/start.md, followed word by word in an empty folder: its program, its commands in their order, and its report.

    start_test.py --bin build/bin

What needs the whole project, installs something or configures a project of the reader's is left out: `./dev`, `cd`, `export`, `CXX=`.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "start.md"
TIME_LIMIT_SECONDS = 600
LEFT_OUT = ("./dev", "cd ", "export ", "CXX=")
# How the commands end that do not end with 0: there is a race, and gates are shut where that is new.
FINDINGS = re.compile(r"tenter (run|check) ")


def commands_of(block):
    """Without comments. A block of rules or of a report has none."""
    lines = [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]
    return [line for line in lines if re.match(r"(tenter|tenter-c\+\+) ", line)]


def shows(output, wanted):
    """Whether output has the lines of wanted in their order; "..." stands for any text."""
    pieces = [re.escape(piece) for piece in re.split(r"\s*\.\.\.\s*", wanted.strip())]
    return re.search(r".*?\n?".join(pieces), output, re.S) is not None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    tools = parser.parse_args().bin.resolve()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    environment = {**kept, "PATH": f"{tools}:{os.environ['PATH']}"}
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.S | re.M)
    ran, said = [], ""
    with tempfile.TemporaryDirectory(prefix="tenter-start-") as name:
        folder = pathlib.Path(name)
        # The first block is about a sample. Those on gates are about the reader's own tests, and reports from several machines.
        shutil.copy(ROOT / "samples" / "wrong" / "counter_race" / "wrong.cc", folder)
        for language, block in blocks:
            if language == "cpp":
                (folder / "counter.cc").write_text(block)
            elif language == "text" and not shows(said, block):
                sys.exit(f"{PAGE}: shows\n{block}\nand what came out is\n{said}")
            for command in commands_of(block) if language == "" else []:
                if "./all_tests" in command:
                    shutil.copy(folder / "counter", folder / "all_tests")
                if "report-*" in command:
                    shutil.copy(folder / "report.json", folder / "report-1.json")
                done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
                                      timeout=TIME_LIMIT_SECONDS)
                said = done.stdout
                if done.returncode != (1 if FINDINGS.match(command) else 0):
                    sys.exit(f"{PAGE}: {command}\nends with {done.returncode}\n{done.stdout}{done.stderr}")
                ran.append(command)
    left = [line for language, block in blocks if language == "" for line in block.splitlines()
            if line.strip() and not commands_of(line) and not line.startswith((*LEFT_OUT, "#", "data-race:", "race:"))]
    if left or len(ran) < 12:
        sys.exit(f"{PAGE}: {len(ran)} commands ran; what are these?\n" + "\n".join(left))
    print(f"{len(ran)} commands do what the page says")


if __name__ == "__main__":
    main()
