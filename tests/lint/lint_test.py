#!/usr/bin/env python3
"""`tenter lint` from outside: what it finds in the examples of docs/findings, its reports, and its answers to wrong use."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CLEAN, FINDINGS, USAGE, INPUT, INCONCLUSIVE = range(5)
TOOLS = None

VALIDATE = """
import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))
"""

# Quick to read, unlike sources that include the library.
TWICE = """#include <mutex>
std::mutex mutex;
void twice() {
  const std::lock_guard guard(mutex);
  mutex.lock();
}
"""
ONCE = TWICE.replace("  mutex.lock();\n", "")
BROKEN = "int answer = missing;\n"


def python_with_jsonschema():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import jsonschema"], capture_output=True).returncode == 0:
            return python
    return None


class LintTest(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="tenter-lint-")).resolve()
        self.addCleanup(shutil.rmtree, self.place)

    def write(self, name, text):
        (self.place / name).write_text(text)
        return name

    def commands(self, *names):
        """Makes build/compile_commands.json, as CMake does."""
        (self.place / "build").mkdir(exist_ok=True)
        entries = [{"directory": str(self.place / "build"), "file": str(self.place / name),
                    "command": f"clang++-19 -std=c++20 -c {self.place / name}"} for name in names]
        (self.place / "build" / "compile_commands.json").write_text(json.dumps(entries))

    def tenter(self, status, *arguments, program=None):
        environment = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
        told = subprocess.run([program or TOOLS.tenter, *map(str, arguments)], capture_output=True, text=True,
                              cwd=self.place, env=environment, timeout=600)
        self.assertEqual(told.returncode, status, f"{arguments}\n{told.stdout}\n{told.stderr}")
        return told

    def lint(self, status, *arguments):
        return json.loads(self.tenter(status, "lint", "--format", "json", *arguments).stdout)


def checks():
    """Those that --list-checks names, and which of them only run on request."""
    told = subprocess.run([TOOLS.tenter, "lint", "--list-checks"], capture_output=True, text=True, check=True).stdout
    return {match[1]: bool(match[2]) for match in re.finditer(r"^(\S+?)( \(on request\))?: \S.*$", told, re.M)}


class Pages(LintTest):
    """Each check has a page, and finds in it what it is there for."""

    def all_examples(self, heading, kinds):
        """One source of the examples of these pages: each in a namespace, and with a file name of its own."""
        includes, parts = {"#include <tenter/tenter.h>"}, []
        for kind in sorted(kinds):
            page = (TOOLS.docs / "findings" / f"{kind}.md").read_text()
            code = re.search(rf"^## {heading}\n```cpp\n(.*?)^```$", page, re.M | re.S)[1]
            includes.update(re.findall(r"^#include .*$", code, re.M))
            code = re.sub(r"^#include .*\n", "", code, flags=re.M)
            parts.append(f"namespace example_{len(parts)} {{\n#line 1 \"{kind}\"\n{code}}}\n")
        return self.write("all.cc", "\n".join(sorted(includes)) + "\n" + "".join(parts))

    def found(self, status, *arguments):
        report = self.lint(status, *arguments, "--", "-std=c++20")
        self.assertEqual([one["notes"] for one in report["recordings"]], [[]])
        return {(pathlib.Path(one["locations"][0]["file"]).name, one["kind"]) for one in report["findings"]}

    def test_what_is_wrong_is_found(self):
        source = self.all_examples("Wrong", checks())
        on_request = {kind for kind, only_then in checks().items() if only_then}
        found = self.found(FINDINGS, source)
        for kind in checks().keys() - on_request:
            with self.subTest(kind):
                self.assertIn((kind, kind), found)
        found = self.found(FINDINGS, source, "--checks=-*,possible," + ",".join(sorted(on_request)))
        for kind in on_request:
            with self.subTest(kind):
                self.assertIn((kind, kind), found)

    def test_what_is_right_is_not(self):
        every = {page.stem for page in (TOOLS.docs / "findings").glob("*.md")}
        self.assertLess(set(checks()), every)   # what runs show has pages, too
        self.assertEqual(self.found(CLEAN, self.all_examples("Right", every)), set())

    def test_the_schema_and_the_table_name_all_checks(self):
        kinds = json.loads((TOOLS.docs / "report-schema.json").read_text())["definitions"]["kind"]["enum"]
        table = re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`.*?) \|", (TOOLS.docs / "lint.md").read_text(), re.M)))
        self.assertEqual(sorted(table), sorted(checks()))
        self.assertEqual(set(checks()) - set(kinds), set())


class Reports(LintTest):
    def test_json_follows_the_schema_and_the_gate_takes_it(self):
        self.write("twice.cc", TWICE)
        report = self.lint(FINDINGS, "twice.cc", "--", "-std=c++20")
        self.assertEqual([(one["kind"], one["severity"], one["locations"][0]["line"]) for one in report["findings"]],
                         [("lock-double", "warning", 5)])
        self.write("report.json", json.dumps(report))
        python = python_with_jsonschema()
        if python is not None:
            checked = subprocess.run([python, "-c", VALIDATE, TOOLS.docs / "report-schema.json", self.place / "report.json"],
                                     capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, checked.stderr)
        self.tenter(FINDINGS, "gate", "report.json")
        self.tenter(CLEAN, "gate", "report.json", "--baseline", "known.json", "--update-baseline")
        self.tenter(CLEAN, "gate", "report.json", "--baseline", "known.json")

    def test_checks_that_were_left_out_take_nothing_out_of_the_baseline(self):
        self.write("twice.cc", TWICE)
        self.write("all.json", json.dumps(self.lint(FINDINGS, "twice.cc", "--", "-std=c++20")))
        self.tenter(CLEAN, "gate", "all.json", "--baseline", "known.json", "--update-baseline")
        before = (self.place / "known.json").read_bytes()
        narrowed = self.lint(CLEAN, "--checks=-*,chan-*", "twice.cc", "--", "-std=c++20")
        self.assertNotIn("lock-double", narrowed["recordings"][0]["kinds"])
        self.write("narrowed.json", json.dumps(narrowed))
        self.tenter(CLEAN, "gate", "narrowed.json", "--baseline", "known.json", "--update-baseline")
        self.assertEqual((self.place / "known.json").read_bytes(), before)
        # What was looked for and not found is gone.
        self.write("twice.cc", ONCE)
        self.write("mended.json", json.dumps(self.lint(CLEAN, "twice.cc", "--", "-std=c++20")))
        self.tenter(CLEAN, "gate", "mended.json", "--baseline", "known.json", "--update-baseline")
        self.assertEqual(json.loads((self.place / "known.json").read_text())["findings"], [])

    def test_every_format_names_the_finding(self):
        self.write("twice.cc", TWICE)
        formats = ["text", "sarif", "html", "junit", "gitlab", "github", "markdown"]
        self.tenter(FINDINGS, "lint", *(word for each in formats for word in ("--format", f"{each}=report.{each}")),
                    "twice.cc", "--", "-std=c++20")
        for each in formats:
            with self.subTest(each):
                text = (self.place / f"report.{each}").read_text().replace("&#45;", "-")
                self.assertIn("Lock taken twice on one path" if each == "github" else "lock-double", text)
                self.assertIn("twice.cc", text)

    def test_the_order_of_files_and_the_number_of_jobs_change_nothing(self):
        names = [self.write(name, text) for name, text in (("a.cc", TWICE), ("b.cc", ONCE), ("c.cc", TWICE))]
        self.commands(*names)
        alone = self.lint(FINDINGS, "-j", "1")
        self.commands(*reversed(names))
        self.assertEqual(self.lint(FINDINGS, "-j", "3"), alone)
        self.assertEqual([pathlib.Path(one["path"]).name for one in alone["recordings"]], names)

    def test_what_the_user_does_not_want_is_left_out(self):
        self.write("twice.cc", TWICE)
        self.write("silenced.cc", TWICE.replace("mutex.lock();", "mutex.lock();  // NOLINT(tenter-lock-double)"))
        self.write("rules", "lock-double:twice\n")
        self.lint(CLEAN, "--checks=-lock-double", "twice.cc", "--", "-std=c++20")
        self.lint(CLEAN, "silenced.cc", "--", "-std=c++20")
        report = self.lint(CLEAN, "--suppressions", "rules", "twice.cc", "--", "-std=c++20")
        self.assertEqual(report["recordings"][0]["suppressed"], 1)


class WrongUse(LintTest):
    def says(self, status, sentence, *arguments, program=None):
        told = self.tenter(status, *arguments, program=program)
        self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
        self.assertIn(sentence, told.stderr)

    def test_is_answered_in_one_sentence(self):
        self.says(INPUT, "compile_commands.json", "lint")
        self.says(INPUT, "elsewhere has no compile_commands.json", "lint", "-p", "elsewhere")
        self.says(INPUT, "none.cc does not exist", "lint", "none.cc", "--")
        self.says(USAGE, "which file?", "lint", "--", "-std=c++20")
        self.write("once.cc", ONCE)
        self.says(USAGE, "'chan-nothing' names no check", "lint", "--checks=chan-nothing", "once.cc", "--")
        self.commands("once.cc")
        self.write("other.cc", ONCE)
        self.says(INPUT, "no command for other.cc", "lint", "other.cc")
        (self.place / "build" / "compile_commands.json").write_text("{")
        self.says(INPUT, "is no list of compile commands", "lint")

    def test_a_source_that_does_not_compile_proves_nothing(self):
        self.write("broken.cc", BROKEN)
        self.write("once.cc", ONCE)
        self.commands("broken.cc", "once.cc")
        told = self.tenter(INCONCLUSIVE, "lint")
        self.assertIn("not checked: it does not compile: ", told.stdout)
        self.assertIn("missing", told.stdout)
        self.tenter(CLEAN, "lint", "once.cc")

    def test_without_clang_one_sentence_says_what_to_install(self):
        (self.place / "bin").mkdir()
        alone = shutil.copy(TOOLS.tenter, self.place / "bin" / "tenter")
        self.says(INPUT, "install libclang-19-dev", "lint", "x.cc", "--", program=alone)


class ClangTidy(LintTest):
    def test_runs_the_checks_among_its_own(self):
        tidy = shutil.which("clang-tidy-19")
        if tidy is None:
            self.skipTest("clang-tidy-19 is not installed")
        for source, expected in ((TWICE, 1), (ONCE, 0)):
            self.write("source.cc", source)
            told = subprocess.run([tidy, "-load", TOOLS.module, "--checks=-*,tenter-*", "source.cc", "--", "-std=c++20"],
                                  capture_output=True, text=True, cwd=self.place, timeout=600)
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertEqual(told.stdout.count("[tenter-lock-double]"), expected, told.stdout)


class OtherHosts(LintTest):
    def test_another_clang_refuses_the_plug_in_in_one_line(self):
        if shutil.which("clang++-14") is None:
            self.skipTest("clang++-14 is not installed")
        self.write("once.cc", ONCE)
        told = subprocess.run(["clang++-14", f"-fplugin={TOOLS.module.parent / 'tenter_lint.so'}", "-fsyntax-only", "once.cc"],
                              capture_output=True, text=True, cwd=self.place, timeout=600)
        self.assertEqual(told.returncode, 1, told.stderr)
        self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
        self.assertIn("undefined symbol", told.stderr)

    def test_without_the_headers_of_clang_the_build_goes_on(self):
        folder = TOOLS.docs.parent / "analyzer" / "lint"
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(part NONE)\n"
                   "set(TENTER_PASS_LLVM_MAJOR 99)\n"
                   f"add_subdirectory({folder} lint)\n"
                   "if(TARGET tenter_lint_plugin)\n  message(FATAL_ERROR \"built all the same\")\nendif()\n")
        told = subprocess.run(["cmake", "-S", ".", "-B", "made"], capture_output=True, text=True, cwd=self.place, timeout=600)
        self.assertEqual(told.returncode, 0, told.stderr)
        said = [line for line in (told.stdout + told.stderr).splitlines() if "tenter" in line and "made" not in line]
        self.assertEqual(said, ["-- tenter_lint: not built, because libclang-99-dev is missing; there are no static checks"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True, type=pathlib.Path)
    parser.add_argument("--module", required=True, type=pathlib.Path)
    parser.add_argument("--docs", required=True, type=pathlib.Path)
    TOOLS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
