#!/usr/bin/env python3
"""Checks that need several files: what the comments of tests/lint/units expect is found with all of a group's files together, and
not in each by itself; the plug-in and clang-tidy find it with the summaries that `tenter lint` leaves."""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CLEAN, FINDINGS, USAGE, INPUT, INCONCLUSIVE = range(5)
UNITS = pathlib.Path(__file__).resolve().parent / "units"
TOOLS = None

# Files, and the options with which they are checked.
GROUPS = {
    "calls": (["far.cc", "near.cc", "third.cc"], []),
    "orders": (["orders_one.cc", "orders_two.cc"], ["--checks=-*,lock-order-cycle,possible"]),
    "members": (["members_one.cc", "members_two.cc"], ["--checks=possible", "--whole-program"]),
}
# What one file shows as well, without the others.
ALSO_ALONE = {"members": "task-captures-this"}
# In members_one.cc, of a class that no other file can see.
ALONE = {"'members::Own::quit_'"}

USER = """#include <mutex>
extern std::mutex mutex;
void helper();
void outer() {
  const std::lock_guard guard(mutex);
  helper();
}
"""
HELPER = """#include <mutex>
extern std::mutex mutex;
void helper() { const std::lock_guard guard(mutex); }
"""
HARMLESS = "void helper() {}\n"


def expected_in(folder, names):
    found = []
    for name in names:
        for number, line in enumerate((folder / name).read_text().splitlines(), 1):
            found += [(name, number, words) for words in re.findall(r"expected-warning \{\{(.*?)\}\}", line)]
    return found


def differences(expected, found):
    """What is not as the comments say."""
    missing, troubles = list(expected), []
    for name, line, text in found:
        match = next((each for each in missing if each[:2] == (name, line) and each[2] in text), None)
        if match is None:
            troubles.append(f"{name}:{line}: warned of: {text}")
        else:
            missing.remove(match)
    return troubles + [f"{name}:{line}: not warned of: {words}" for name, line, words in missing]


def told(report):
    return [(pathlib.Path(one["locations"][0]["file"]).name, one["locations"][0]["line"],
             f"{one['message']} [tenter-{one['kind']}]") for one in report["findings"]]


class LinkTest(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="tenter-link-")).resolve()
        self.addCleanup(shutil.rmtree, self.place)

    def tenter(self, status, *arguments):
        run = subprocess.run([TOOLS.tenter, "lint", *map(str, arguments)], capture_output=True, text=True, cwd=self.place,
                             timeout=600)
        self.assertEqual(run.returncode, status, f"{arguments}\n{run.stdout}\n{run.stderr}")
        return run

    def lint(self, status, *arguments):
        report = json.loads(self.tenter(status, "--format", "json", *arguments).stdout)
        self.assertEqual([one["notes"] for one in report["recordings"] if one["notes"]], [])
        return report

    def write(self, **texts):
        for name, text in texts.items():
            (self.place / f"{name}.cc").write_text(text)
        return [f"{name}.cc" for name in texts]


class Groups(LinkTest):
    def test_what_is_wrong_shows_in_all_files_together_and_in_none_alone(self):
        for group, (names, options) in GROUPS.items():
            with self.subTest(group):
                files = [UNITS / name for name in names]
                expected = expected_in(UNITS, names)
                self.assertGreaterEqual(len(expected), 3)
                order = list(reversed(files)) if group == "orders" else files
                status = CLEAN if group == "orders" else FINDINGS   # what is only possible fails nobody
                report = self.lint(status, *options, "--summaries-out", "kept", *order, "--", "-std=c++20")
                self.assertEqual(differences(expected, told(report)), [])
                alone = self.lint(CLEAN, "--single-unit", *(each for each in options if "whole" not in each), *files, "--",
                                  "-std=c++20")
                by_itself = [each for each in expected if f"[tenter-{ALSO_ALONE.get(group)}]" in each[2]]
                self.assertEqual(differences(by_itself, told(alone)), [])

    def test_a_member_of_a_header_may_be_used_by_files_that_are_not_here(self):
        names, _ = GROUPS["members"]
        found = told(self.lint(FINDINGS, *[UNITS / name for name in names], "--", "-std=c++20"))
        self.assertEqual(len(found), 1, found)
        self.assertIn(next(iter(ALONE)), found[0][2])


class OtherDoors(LinkTest):
    def test_the_plug_in_and_clang_tidy_read_what_the_command_has_written(self):
        includes = [f"-isystem{each}" for each in TOOLS.includes.read_text().split()]
        names, _ = GROUPS["calls"]
        expected = [each for each in expected_in(UNITS, names) if each[0] == "near.cc"]
        self.tenter(FINDINGS, "--summaries-out", "kept", *[UNITS / name for name in names], "--", "-std=c++20")
        program, near = self.place / "kept" / "program.json", UNITS / "near.cc"
        plugin = TOOLS.module.parent / "tenter_lint.so"
        for summary, wanted in ((f"-fplugin-arg-tenter_lint-summary-in={program}", expected), ("-DNO_SUMMARY", [])):
            run = subprocess.run(["clang++-19", f"-fplugin={plugin}", summary, "-std=c++20", "-fsyntax-only", *includes, near],
                                 capture_output=True, text=True, cwd=self.place, timeout=600)
            found = [(pathlib.Path(file).name, int(line), text)
                     for file, line, text in re.findall(r"^(\S+?):(\d+):\d+: warning: (.*)$", run.stderr, re.M)]
            self.assertEqual(differences(wanted, found), [], run.stderr)
        # A note leads into the other file.
        told_there = subprocess.run(["clang++-19", f"-fplugin={plugin}", f"-fplugin-arg-tenter_lint-summary-in={program}",
                                     "-std=c++20", "-fsyntax-only", *includes, near], capture_output=True, text=True).stderr
        self.assertRegex(told_there, r"far\.cc:\d+:\d+: note: the lock that this call takes")
        if shutil.which("clang-tidy-19") is None:
            return
        checks = ",".join(sorted({re.search(r"\[(tenter-[a-z-]+)\]", each[2])[1] for each in expected}))
        config = {"CheckOptions": [{"key": "SummaryIn", "value": str(program)}]}
        run = subprocess.run(["clang-tidy-19", "-load", TOOLS.module, f"--checks=-*,{checks}", "--config=" + json.dumps(config),
                              near, "--", "-std=c++20", *includes], capture_output=True, text=True, timeout=600)
        found = [(pathlib.Path(file).name, int(line), text)
                 for file, line, text in re.findall(r"^(\S+?):(\d+):\d+: warning: (.*)$", run.stdout, re.M)]
        self.assertEqual(differences(expected, found), [], run.stdout + run.stderr)

    def test_the_plug_in_writes_what_it_and_the_command_read(self):
        self.write(user=USER, helper=HELPER)
        plugin = TOOLS.module.parent / "tenter_lint.so"
        for source, summary in (("helper.cc", "summary-out"), ("user.cc", "summary-in")):
            run = subprocess.run(["clang++-19", f"-fplugin={plugin}", f"-fplugin-arg-tenter_lint-{summary}=helper.json",
                                  "-std=c++20", "-fsyntax-only", source], capture_output=True, text=True, cwd=self.place)
            self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("user.cc:6:3: warning: 'mutex' is locked twice [tenter-lock-double]", run.stderr)
        self.lint(CLEAN, "user.cc", "--", "-std=c++20")
        self.lint(FINDINGS, "--summaries-in", "helper.json", "user.cc", "--", "-std=c++20")


class Summaries(LinkTest):
    def summaries(self, *arguments):
        shutil.rmtree(self.place / "kept", ignore_errors=True)
        self.lint(FINDINGS, "--summaries-out", "kept", *arguments, "--", "-std=c++20")
        return {each.name: each.read_bytes() for each in sorted((self.place / "kept").iterdir())}

    def test_are_the_same_whatever_the_order_and_the_number_of_jobs(self):
        self.write(user=USER, helper=HELPER, other=HARMLESS.replace("helper", "other"))
        one = self.summaries("-j", "1", "user.cc", "helper.cc", "other.cc")
        self.assertEqual(self.summaries("-j", "3", "other.cc", "helper.cc", "user.cc"), one)
        self.assertEqual(len(one), 4)
        document = json.loads(one["program.json"])
        self.assertEqual(document["schema"], 1)
        usrs = [each["usr"] for each in document["functions"]]
        self.assertEqual(usrs, sorted(usrs))
        self.assertEqual(len([name for name in usrs if "helper" in name]), 1)

    def test_of_two_bodies_of_one_function_neither_is_believed(self):
        self.write(user=USER, helper=HELPER, second=HARMLESS)
        self.lint(FINDINGS, "user.cc", "helper.cc", "--", "-std=c++20")
        self.lint(CLEAN, "user.cc", "second.cc", "--", "-std=c++20")
        self.lint(CLEAN, "user.cc", "helper.cc", "second.cc", "--", "-std=c++20")

    def test_functions_of_one_name_that_only_their_files_can_call_stay_apart(self):
        static = HELPER.replace("void helper", "static void helper") + "void use() { helper(); }\n"
        (self.place / "sub").mkdir()
        (self.place / "sub" / "user.cc").write_text(static)   # of the same file name, too
        self.write(user=USER, second=HARMLESS)
        self.lint(CLEAN, "user.cc", "sub/user.cc", "--", "-std=c++20")
        self.lint(CLEAN, "user.cc", "sub/user.cc", "second.cc", "--", "-std=c++20")

    def test_what_was_told_before_a_file_changed_is_told_anew(self):
        self.write(user=USER, helper=HELPER)
        self.lint(FINDINGS, "--summaries-out", "kept", "user.cc", "helper.cc", "--", "-std=c++20")
        old = shutil.copy(self.place / "kept" / "program.json", self.place / "old.json")
        self.write(helper=HARMLESS)
        self.lint(CLEAN, "--summaries-out", "kept", "user.cc", "helper.cc", "--", "-std=c++20")
        self.lint(CLEAN, "--summaries-in", old, "user.cc", "helper.cc", "--", "-std=c++20")
        self.lint(FINDINGS, "--summaries-in", old, "user.cc", "--", "-std=c++20")

    def test_a_file_that_does_not_compile_costs_only_itself(self):
        self.write(user=USER, helper=HELPER, broken="int answer = missing;\n")
        run = self.tenter(FINDINGS, "--format", "json", "user.cc", "helper.cc", "broken.cc", "--", "-std=c++20")
        self.assertEqual([one["kind"] for one in json.loads(run.stdout)["findings"]], ["lock-double"])

    def test_comments_silence_what_the_link_step_finds(self):
        first = "#include <mutex>\nstd::mutex a, b;\nvoid one() {\n  std::lock_guard x(a);\n  std::lock_guard y(b);\n}\n"
        second = "#include <mutex>\nextern std::mutex a, b;\nvoid two() {\n  std::lock_guard x(b);\n  std::lock_guard y(a);\n}\n"
        self.write(first=first, second=second)
        checks = ["--checks=-*,lock-order-cycle,possible", "first.cc", "second.cc", "--", "-std=c++20"]
        self.assertEqual(len(self.lint(CLEAN, *checks)["findings"]), 1)
        self.write(first=first.replace("y(b);", "y(b);  // NOLINT(tenter-lock-order-cycle)"))
        self.assertEqual(self.lint(CLEAN, *checks)["findings"], [])

    def test_wrong_options_are_answered_in_one_sentence(self):
        self.write(user=USER)
        for status, sentence, options in (
                (USAGE, "--single-unit looks at no other file", ["--single-unit", "--whole-program"]),
                (INPUT, "none.json cannot be read", ["--summaries-in", "none.json"]),
                (INPUT, "is no folder for summaries", ["--summaries-out", "user.cc"])):
            with self.subTest(sentence):
                run = self.tenter(status, *options, "user.cc", "--", "-std=c++20")
                self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
                self.assertIn(sentence, run.stderr)


class DamagedSummaries(LinkTest):
    """Cut short, or with another thing where something is expected: a sentence or less knowledge, and never a crash."""

    def link(self, path):
        return subprocess.run([TOOLS.lint, f"--link={self.place / 'program.json'}", path], capture_output=True, text=True,
                              cwd=self.place, timeout=600)

    def setUp(self):
        super().setUp()
        self.write(helper=HELPER, user=USER)
        self.lint(FINDINGS, "--summaries-out", "kept", "helper.cc", "user.cc", "--", "-std=c++20")
        self.text = next((self.place / "kept").glob("*helper.cc.json")).read_text()

    def test_cut_short(self):
        steps = range(0, len(self.text) - 2, max(1, len(self.text) // 40))
        for length in steps:
            (self.place / "cut.json").write_text(self.text[:length])
            run = self.link("cut.json")
            self.assertEqual(run.returncode, INPUT, f"{length}: {run.stdout}{run.stderr}")
            self.assertIn("cut.json is no summary", json.loads(run.stdout)["problem"])

    def test_of_another_schema(self):
        (self.place / "newer.json").write_text(self.text.replace('"schema": 1', '"schema": 2'))
        self.assertIn("schema 2", json.loads(self.link("newer.json").stdout)["problem"])

    def test_with_other_values(self):
        document = json.loads(self.text)
        wrong = [None, True, -1, 1 << 40, "x", "a:b:c", [], [1], {}, {"parameter": 99}]

        def places(value, path=()):
            yield path
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
                yield from places(inner, (*path, key))

        def changed(path, value):
            copy = json.loads(self.text)
            inner = copy
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
            return copy

        for number, path in enumerate(list(places(document))[1:]):
            value = wrong[number % len(wrong)]
            (self.place / "odd.json").write_text(json.dumps(changed(path, value)))
            run = self.link("odd.json")
            self.assertIn(run.returncode, (CLEAN, INPUT), f"{path} = {value}: {run.stdout}{run.stderr}")
            if number % 8 == 0:
                read = subprocess.run([TOOLS.lint, "--summary-in=odd.json", "--args", "user.cc", "-std=c++20"],
                                      capture_output=True, text=True, cwd=self.place, timeout=600)
                self.assertIn(read.returncode, (CLEAN, INPUT), f"{path} = {value}: {read.stdout}{read.stderr}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True, type=pathlib.Path)
    parser.add_argument("--module", required=True, type=pathlib.Path)
    TOOLS, rest = parser.parse_known_args()
    TOOLS.lint = TOOLS.module.parent / "tenter-lint"
    TOOLS.includes = TOOLS.tenter.parent.parent / "share" / "tenterhook" / "include-dirs"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
