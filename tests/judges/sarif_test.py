#!/usr/bin/env python3
"""What the SARIF Multitool of SARIF's own authors says of our files, by the rules of the format and by those of GitHub's code
scanning: of reports of real recordings, and of one in which every text is hostile.

    sarif_test.py --tenter TENTER --packages FOLDER REPORTS     packages.py made FOLDER, make_reports.py made REPORTS

It ends with 77 where the Multitool is not there or does not start: it is a program for one kind of machine.
"""
import argparse
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "unit" / "cli"))
from hostile_test import HOSTILE, with_texts   # noqa: E402

CHOSEN = None
# "PATH(LINE,COLUMN): error RULE: ..."
SAID = re.compile(r"^(?P<path>.+?)(?:\(\d+(?:,\d+)?\))?: (?P<level>error|warning) (?P<rule>\w+): (?P<words>.*)$")


def run_multitool(*arguments):
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}   # it would look for ICU, which it does not need here
    return subprocess.run([CHOSEN.multitool, *map(str, arguments)], capture_output=True, text=True, timeout=900, env=environment)


# Said of every file of ours, which names no address of a page about the tool: the sign that a file was looked at. A file that it
# cannot make sense of the Multitool passes over without a word.
LOOKED_AT = "warning SARIF2005"


def judge(files):
    """{path: what is wrong with it}. The Multitool ends with 0 whatever it says, so that its words are read."""
    told = run_multitool("validate", *files, "--rule-kind", "Sarif;Ghas", "--max-file-size-in-kb", "1000000")
    scanned = re.search(r"^Done\. (\d+) files scanned\.", told.stdout, re.M)
    if not scanned or int(scanned[1]) != len(files) or "completed successfully" not in told.stdout:
        raise AssertionError(f"{len(files)} files were given\n{told.stdout}{told.stderr}")
    wrong = {str(file): [] for file in files}
    for line in told.stdout.splitlines():
        if said := SAID.match(line):
            wrong[said["path"]].append(f"{said['level']} {said['rule']}: {said['words']}")
        elif ": error " in line or ": warning " in line:
            raise AssertionError(f"this cannot be read: {line}")
    for said in wrong.values():
        looked_at = [one for one in said if one.startswith(LOOKED_AT)]
        for one in looked_at:
            said.remove(one)
        if not looked_at:
            said.append("the Multitool did not look at it")
    return wrong


class Multitool(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tenter-sarif-")
        self.addCleanup(folder.cleanup)
        self.place = pathlib.Path(folder.name)

    def written(self, name, document):
        path = self.place / name
        path.write_text(json.dumps(document))
        return path

    def test_reports_of_recordings_are_flawless(self):
        files = sorted(CHOSEN.reports.glob("*.sarif"))
        self.assertGreaterEqual(len(files), 8)
        results = [result for file in files for result in json.loads(file.read_text())["runs"][0]["results"]]
        self.assertGreaterEqual({result["ruleId"] for result in results}, {"data-race", "deadlock", "lock-order-inversion", "task-leak"})
        self.assertEqual({path: wrong for path, wrong in judge(files).items() if wrong}, {})

    def test_hostile_names_make_no_flaw(self):
        names = ["race_two_mutexes", "deadlock_two_mutexes", "tasks_leak_select", "made_killed_race"]
        subprocess.run([CHOSEN.tenter, "merge", *(CHOSEN.reports / f"{name}.json" for name in names), "-o", self.place / "tame.json"],
                       check=True, timeout=600)
        tame = json.loads((self.place / "tame.json").read_text())
        self.assertGreaterEqual(len(tame["findings"]), 4)
        files = []
        for number, text in enumerate(HOSTILE):
            report = self.written(f"{number}.json", with_texts(copy.deepcopy(tame), text))
            files.append(self.place / f"{number}.sarif")
            subprocess.run([CHOSEN.tenter, "merge", report, f"--format=sarif={files[-1]}"], check=True, timeout=600, stdout=subprocess.DEVNULL)
        self.assertEqual({HOSTILE[int(pathlib.Path(path).stem)][:40]: wrong for path, wrong in judge(files).items() if wrong}, {})

    def test_the_judge_bites(self):
        good = json.loads((CHOSEN.reports / "race_two_mutexes.sarif").read_text())
        changes = {
            "line": lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=-1),
            "words": lambda run: run["results"][0].pop("message"),
            "level": lambda run: run["results"][0].update(level="fatal"),
            "rule": lambda run: run["results"][0].update(ruleIndex=99),
            "tool": lambda run: run["tool"]["driver"].pop("name"),
        }
        files = {"": self.written("good.sarif", good)}
        for name, change in changes.items():
            bad = copy.deepcopy(good)
            change(bad["runs"][0])
            files[name] = self.written(f"{name}.sarif", bad)
        wrong = judge(files.values())   # at once, for the Multitool takes seconds to start
        for name, file in files.items():
            with self.subTest(name):
                self.assertEqual(bool(wrong[str(file)]), bool(name))


def main():
    global CHOSEN
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True, type=pathlib.Path)
    parser.add_argument("--packages", required=True, type=pathlib.Path)
    parser.add_argument("reports", type=pathlib.Path)
    CHOSEN, rest = parser.parse_known_args()
    CHOSEN.tenter, CHOSEN.reports = CHOSEN.tenter.resolve(), CHOSEN.reports.resolve()
    CHOSEN.multitool = CHOSEN.packages.resolve() / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    if not CHOSEN.multitool.exists():
        print("the SARIF Multitool is not installed, so nothing is said about our SARIF")
        return 77
    CHOSEN.multitool.chmod(0o755)   # which npm leaves to a script of the package, and those are not run
    try:
        started = run_multitool("version")
        why = "" if "Multitool" in started.stdout + started.stderr else started.stdout + started.stderr
    except OSError as error:
        why = str(error)
    if why:
        print(f"the SARIF Multitool does not start on this machine, so nothing is said about our SARIF: {why}")
        return 77
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
