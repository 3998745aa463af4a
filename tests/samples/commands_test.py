#!/usr/bin/env python3
"""The commands in our pages: each command and each option that is shown exists, and so does each file that a link names.

    commands_test.py --bin build/bin

Looked at is what stands in blocks, indented, or between backquotes: `tenter COMMAND --option`, `tenter-c++ --tenter-option`
and `./dev COMMAND`.
"""
import argparse
import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIME_LIMIT_SECONDS = 60
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("samples/**/*.md"))]
CODE = re.compile(r"^```[^\n]*\n(.*?)^```$|^ {4}(\S[^\n]*)$|`([^`\n]+)`", re.S | re.M)


@functools.cache
def help_of(*command, **options):
    return subprocess.run([*command], capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=True, **options).stdout


class Pages:
    def __init__(self, tools):
        self.tools = tools
        self.commands = set(re.findall(r"^  ([a-z]+) ", help_of(tools / "tenter", "--help").split("Subcommands:")[1], re.M))
        self.dev = set(re.findall(r"^\./dev (\w+)", help_of(ROOT / "dev", "help"), re.M))
        self.wrapper = set(re.findall(r"^  (--tenter-\w+)", help_of(tools / "tenter-c++", "--tenter-help"), re.M))
        self.looked_at = 0

    def wrong_in(self, line):
        """What a line of code names that is not there."""
        # The rest of a shell's line belongs to other programs: after `--`, and in the next command.
        for name, words in re.findall(r"(?<![\w/.-])(tenter)((?: (?!--(?: |$))[^\s;&|]+)+)", line):
            first, *rest = words.split()
            if first in self.commands:
                known = help_of(self.tools / name, first, "--help")
                options = [word for word in rest if word.startswith("-") and len(word) > 1]
            elif first.startswith("-"):
                known, options = help_of(self.tools / name, "--help"), [first]
            else:
                continue   # a sentence
            self.looked_at += 1
            for option in options:
                if not re.search(r"(?<![\w-])" + re.escape(option.split("=")[0]) + r"(?![\w-])", known):
                    yield f"`tenter {first}` has no {option}"
        for option in re.findall(r"--tenter-(\w+)", line):
            self.looked_at += 1
            if f"--tenter-{option}" not in self.wrapper:
                yield f"tenter-c++ has no --tenter-{option}"
        for command in re.findall(r"(?<![\w/.])\./dev (\w+)", line):
            self.looked_at += 1
            if command not in self.dev:
                yield f"there is no ./dev {command}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    pages = Pages(parser.parse_args().bin.resolve())
    wrong = []
    for page in PAGES:
        text = page.read_text()
        name = page.relative_to(ROOT)
        for match in CODE.finditer(text):
            code = next(group for group in match.groups() if group is not None)
            for line in code.splitlines():
                wrong += [f"{name}: {what}: {line.strip()}" for what in pages.wrong_in(re.sub(r"\s#.*", "", line))]
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", CODE.sub("", text)):
            if not (page.parent / link).exists():
                wrong.append(f"{name}: there is no {link}")
    if wrong:
        sys.exit("\n".join(wrong))
    if pages.looked_at < 100:
        sys.exit(f"only {pages.looked_at} commands were found in the pages")
    print(f"{pages.looked_at} commands and options are there")


if __name__ == "__main__":
    main()
