#!/usr/bin/env python3
"""Shows that run_cases.py can fail: on names that promise something else, and on runs that do not keep a promise."""
import argparse
import os
import pathlib
import stat
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import run_cases  # noqa: E402


class Names(unittest.TestCase):
    def test_a_name_says_its_verdict(self):
        self.assertEqual(run_cases.values_of("norace_a", "nothing"), {"expect": ["nothing"]})
        self.assertEqual(run_cases.values_of("norace_a", "unlock-by-other-task"), {"expect": ["unlock-by-other-task"]})
        self.assertEqual(run_cases.values_of("race_a", "data-race object=v; close-of-closed-channel+"),
                         {"expect": ["data-race object=v", "close-of-closed-channel+"]})
        run_cases.values_of("misuse_a", "wait-group-misuse")

    def test_another_name_is_refused(self):
        for name, expected in (("race_a", "nothing"), ("norace_a", "data-race object=v"), ("misuse_a", "nothing"),
                               ("norace_a", "wait-group-misuse"), ("race_a", "wait-group-misuse")):
            with self.assertRaises(ValueError):
                run_cases.values_of(name, expected)


class Schedulers(unittest.TestCase):
    def test_what_they_mean(self):
        self.assertEqual(run_cases.runs_of("threads"), [("threads", {})])
        self.assertEqual(run_cases.runs_of("workers4"), [("tasks", {"TENTER_MAX_WORKERS": "4"})])
        self.assertEqual(run_cases.runs_of("seeded:7"), [("tasks", {"TENTER_SCHEDULER": "seeded:7"})])
        self.assertEqual([settings["TENTER_SCHEDULER"] for _, settings in run_cases.runs_of("seeded:1-3")],
                         ["seeded:1", "seeded:2", "seeded:3"])
        with self.assertRaises(ValueError):
            run_cases.runs_of("anyhow")


class Runs(unittest.TestCase):
    """The whole of run(), with scripts in place of the family and of tenter."""

    def outcome(self, case, findings, exit_code, mode="record"):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)

            def script(name, body):
                path = place / name
                path.write_text("#!/bin/sh\n" + body)
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
                return path

            family = script("family", f"echo '{case}'\n")
            report = ('{"findings": [%s], "recordings": [{"lost_events": 0, "complete": true}]}' % findings)
            script("tenter", f"""
[ "$1" = record ] && exit 0
for word; do case $word in json=*) echo '{report}' > "${{word#json=}}" ;; esac; done
exit {exit_code}
""")
            options = argparse.Namespace(program=family, case=None, scheduler="workers1", jobs=1, bin=place, mode=mode)
            with open(os.devnull, "w") as nowhere:
                before, sys.stdout = sys.stdout, nowhere
                try:
                    return run_cases.run(options)
                finally:
                    sys.stdout = before

    RACE = '{"kind": "data-race", "severity": "error", "message": "", "object": {"name": "v"}}'

    def test_promises(self):
        self.assertEqual(self.outcome("norace_a|S1|nothing", "", 0), 0)
        self.assertEqual(self.outcome("race_a|S1|data-race object=v", self.RACE, 1), 0)
        self.assertEqual(self.outcome("race_a|S1|data-race object=w|v", self.RACE, 1), 0)

    def test_broken_promises(self):
        self.assertEqual(self.outcome("norace_a|S1|nothing", self.RACE, 1), 1)
        self.assertEqual(self.outcome("race_a|S1|data-race object=v", "", 0), 1)
        self.assertEqual(self.outcome("race_a|S1|data-race object=w", self.RACE, 1), 1)
        self.assertEqual(self.outcome("norace_a|S1|nothing", "", 1), 1)

    def test_what_needs_the_order_of_the_whole_program(self):
        misuse = '{"kind": "double-lock", "certainty": "predicted", "severity": "error", "message": ""}'
        wish = "misuse_a|S1|double-lock certainty=predicted"
        self.assertEqual(self.outcome(wish, misuse, 1), 0)
        self.assertEqual(self.outcome(wish, "", 0, mode="tsan"), 0)
        self.assertEqual(self.outcome(wish, misuse, 1, mode="tsan"), 1)
        self.assertEqual(self.outcome("race_a|S1|data-race object=v", "", 0, mode="tsan"), 1)

    def test_a_family_without_cases_is_refused(self):
        with self.assertRaises(ValueError):
            self.outcome("", "", 0)


if __name__ == "__main__":
    unittest.main()
