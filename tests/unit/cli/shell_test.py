#!/usr/bin/env python3
"""What is made of the tree of options: completions, asked as the shells ask them, and manual pages, read by their readers."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = None
COMMANDS = {"check", "record", "run", "gate", "merge", "dump", "convert", "lint", "explain", "completion", "manual"}


def run(*command, **options):
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=600, **options)


def tenter(*arguments):
    done = run(TOOLS.tenter, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def options_of(command):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", tenter(command, "--help").split("Options:")[1].split("Exit status")[0]))


class Completions(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tenter-shell-")
        self.addCleanup(folder.cleanup)
        self.place = pathlib.Path(folder.name)
        for name in ("bank one.tent", "bank.supp"):
            (self.place / name).touch()
        (self.place / "build").mkdir()

    def bash(self, *words):
        """What bash offers for the last word. Words are parted at equals signs, as bash does it."""
        parted = [piece for word in words for piece in (re.split("(=)", word) if "=" in word else [word])]
        if parted[-1] == "" and parted[-2:-1] == ["="]:
            parted.pop()   # the sign is the word then
        script = ('source "$1"; shift; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenter; '
                  '((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}"; complete -p tenter >&2')
        done = run("bash", "-c", script, "bash", TOOLS.completions / "tenter", "tenter", *parted, cwd=self.place)
        self.assertEqual(done.stderr, "complete -F _tenter tenter\n")
        return set(done.stdout.splitlines())

    def test_the_files_are_what_the_tool_says(self):
        for shell, name in {"bash": "tenter", "zsh": "_tenter", "fish": "tenter.fish"}.items():
            self.assertEqual((TOOLS.completions / name).read_text(), tenter("completion", shell))

    def test_bash(self):
        self.assertEqual(self.bash(""), COMMANDS)
        self.assertEqual(self.bash("ch"), {"check"})
        self.assertEqual(self.bash("--v"), {"--version"})
        for command in COMMANDS:
            self.assertLessEqual(options_of(command), self.bash(command, "--"), command)
        self.assertEqual(self.bash("check", "--fo"), {"--format"})
        self.assertEqual(self.bash("check", "--format", "s"), {"sarif", "shiviz"})
        self.assertEqual(self.bash("check", "--format=j"), {"json", "junit"})
        self.assertLessEqual({"json", "text"}, self.bash("check", "--format="))
        self.assertEqual(self.bash("check", "--format", "json=bank."), {"bank.supp"})
        self.assertLessEqual({"bank.supp", "build"}, self.bash("check", "--format", "json="))
        self.assertEqual(self.bash("check", "--kinds", "data-race,task-"), {"data-race,task-leak"})
        self.assertEqual(self.bash("check", "--suppressions", "b"), {"bank one.tent", "bank.supp", "build"})
        self.assertEqual(self.bash("check", "ban"), {"bank one.tent", "bank.supp"})
        self.assertEqual(self.bash("lint", "-p", "b"), {"build"})
        self.assertEqual(self.bash("explain", "double-"), {"double-lock"})
        self.assertEqual(self.bash("convert", "x.tent", "--to", "pe"), {"perfetto"})
        self.assertEqual(self.bash("gate", "--fail-on", ""), {"error", "warning", "note"})
        self.assertIn("printf", self.bash("run", "--", "print"))
        self.assertEqual(self.bash("record", "--", "cat", "bank."), {"bank.supp"})
        self.assertEqual(self.bash("completion", ""), {"bash", "zsh", "fish"})

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed; ./dev deps installs it")
    def test_fish(self):
        def offered(line):
            done = run("fish", "--no-config", "-c", f"source {TOOLS.completions / 'tenter.fish'}; complete -C {line!r}", cwd=self.place,
                       env={**os.environ, "HOME": str(self.place), "XDG_DATA_HOME": str(self.place), "XDG_CONFIG_HOME": str(self.place)})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return {one.split("\t")[0] for one in done.stdout.splitlines()}
        self.assertEqual(offered("tenter "), COMMANDS)
        for command in COMMANDS:
            self.assertLessEqual(options_of(command), offered(f"tenter {command} --"), command)
        self.assertEqual(offered("tenter check --format s"), {"sarif", "shiviz"})
        self.assertEqual(offered("tenter explain double-"), {"double-lock"})
        self.assertEqual(offered("tenter check bank."), {"bank.supp"})
        self.assertEqual(offered("tenter lint -p b"), {"build/"})

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed; ./dev deps installs it")
    def test_zsh(self):
        file = TOOLS.completions / "_tenter"
        done = run("zsh", "-f", "-n", file)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        # Its helpers are there only while a person types, so these stand in for them and tell what they are asked for.
        script = ("compdef() { registered=$*; }; _arguments() { print -rl -- \"$@\"; state=$wanted; }; _describe() { print -rl -- $commands; }; "
                  "source $1; shift; wanted=$1; shift; words=(\"$@\"); [[ $registered == '_tenter tenter' ]] && _tenter")
        def told(*words):
            done = run("zsh", "-f", "-c", script, "zsh", file, *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return done.stdout.splitlines()
        self.assertLessEqual(COMMANDS, {line.split(":")[0] for line in told("command")})
        for command in COMMANDS:
            specs = "\n".join(told("rest", command))
            for option in options_of(command):
                self.assertRegex(specs, r"(?m)^(\*|\(.*\))" + re.escape(option) + r"=?\[", command)
        self.assertTrue(any(line.startswith("*--format=[") and ":(text json " in line for line in told("rest", "check")))


class Manual(unittest.TestCase):
    def test_each_command_has_a_page_that_tells_its_options(self):
        self.assertEqual({page.name for page in TOOLS.pages.iterdir()}, {"tenter.1"} | {f"tenter-{one}.1" for one in COMMANDS})
        for command in COMMANDS:
            page = (TOOLS.pages / f"tenter-{command}.1").read_text()
            self.assertEqual(page, tenter("manual", command))
            for option in options_of(command):
                self.assertIn(option.replace("-", r"\-"), page)
        self.assertEqual((TOOLS.pages / "tenter.1").read_text(), tenter("manual"))

    def test_each_wrapper_has_a_page_that_tells_its_options(self):
        self.assertEqual({page.name for page in TOOLS.wrapper_pages.iterdir()}, {"tenter-c++.1", "tenter-cc.1"})
        for wrapper, compiler in {"tenter-c++": "TENTER_CXX", "tenter-cc": "TENTER_CC"}.items():
            program = pathlib.Path(TOOLS.tenter).parent / wrapper
            page = (TOOLS.wrapper_pages / f"{wrapper}.1").read_text()
            self.assertEqual(page, run(program, "--tenter-manual").stdout)
            told = run(program, "--tenter-nothing")
            self.assertEqual((told.returncode, told.stdout), (2, ""))
            options = re.findall(r"--tenter-[a-z]+(?:=[a-z|]+)?", told.stderr.split("there are")[1])
            self.assertLessEqual({"--tenter-mode=record|tsan|off", "--tenter-pass=on|off", "--tenter-lint", "--tenter-help"}, set(options))
            shown = run(program, "--tenter-help").stdout
            for option in [*options, compiler, "TENTER_MODE", "TENTER_PASS"]:
                self.assertIn(f"\n  {option}\n", shown)
                self.assertIn("\\fB" + option.replace("-", r"\-") + "\\fR", page)
            self.assertLessEqual(max(map(len, shown.splitlines())), 80)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed; ./dev deps installs it")
    def test_readers_of_manuals_have_no_complaints(self):
        for page in (*TOOLS.pages.iterdir(), *TOOLS.wrapper_pages.iterdir()):
            # The day of a page would be the day of the build.
            told = [line for line in run("mandoc", "-T", "lint", "-W", "warning", page).stdout.splitlines() if "missing date" not in line]
            self.assertEqual(told, [])
            shown = run("mandoc", "-T", "utf8", "-O", "width=100", page).stdout
            for word in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
                self.assertIn(word, re.sub("(.)\b\\1", r"\1", shown))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True)
    parser.add_argument("--pages", required=True, type=pathlib.Path)
    parser.add_argument("--wrapper-pages", required=True, type=pathlib.Path)
    parser.add_argument("--completions", required=True, type=pathlib.Path)
    TOOLS, rest = parser.parse_known_args()
    TOOLS.tenter = os.path.abspath(TOOLS.tenter)
    TOOLS.pages, TOOLS.wrapper_pages, TOOLS.completions = (one.resolve() for one in (TOOLS.pages, TOOLS.wrapper_pages, TOOLS.completions))
    unittest.main(argv=[sys.argv[0], *rest])
