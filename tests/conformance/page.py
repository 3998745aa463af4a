#!/usr/bin/env python3
"""Keeps docs/conformance.md and the tests together.

    page.py check [--root DIR]      prints one line for each thing that is wrong, and ends with 1 if there is any
    page.py update [--root DIR]     writes the tests of each statement into the page's last column

The page has one row for each statement: its number, what holds here, and what checks it. A unit test belongs to the
statement that its name begins with; a happens-before case (CASE in tests/conformance/*_cases.cc) names its statements. A
row may also name a test by Suite.Name, or a file of this tree, and says why not where nothing can check it.

Each row of the table in docs/library.md that says what happens to wrong programs names its tests in the same way.
"""
import argparse
import collections
import pathlib
import re
import sys

PAGE = "docs/conformance.md"
LIBRARY_PAGE = "docs/library.md"
WRONG_USE = "## What happens when it is used wrongly"
STATEMENTS = 142
ROW = re.compile(r"^\| (S\d{3}) \| (.*?) \| (.*?) \|$", re.M)
UNIT_TEST = re.compile(r"\bTEST(?:_P|_F)?\((\w+), (\w+)\)")
CASE = re.compile(r'\bCASE\((\w+), "([^"]*)"')
NOT_APPLICABLE = "not applicable in C++, because "


class Tests:
    """All that a row may name."""

    def __init__(self, root):
        self.root = root
        self.of_statement = collections.defaultdict(list)
        self.names = set()
        for path in sorted((root / "tests/unit/lib").rglob("*.cc")):
            for suite, name in UNIT_TEST.findall(path.read_text()):
                self.names |= {name, f"{suite}.{name}"}
                if re.match(r"S\d{3}", name):
                    self.of_statement[name[:4]].append(name)
        for path in sorted((root / "tests/conformance").glob("*_cases.cc")):
            for name, statements in CASE.findall(path.read_text()):
                self.names.add(name)
                for statement in statements.split():
                    self.of_statement[statement].append(name)

    def exists(self, name):
        return name in self.names or (self.root / name).is_file()


def check(text, tests):
    rows = ROW.findall(text)
    count = collections.Counter(number for number, _, _ in rows)
    for number in (f"S{i:03}" for i in range(1, STATEMENTS + 1)):
        if count[number] != 1:
            yield f"{number} has {count[number]} rows instead of one"
    for number, _, checked_by in rows:
        if not 1 <= int(number[1:]) <= STATEMENTS:
            yield f"{number} is no statement"
        if checked_by.startswith(NOT_APPLICABLE):
            continue
        names = re.findall(r"`([^`]+)`", checked_by)
        if not names:
            yield f"{number} names no test, and does not say `{NOT_APPLICABLE}...`"
        for name in names:
            if not tests.exists(name):
                yield f"{number} names {name}, which is neither a test nor a file"


def check_wrong_use(text, tests):
    section = text.partition(WRONG_USE)[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    if not rows:
        yield f"there is no table under `{WRONG_USE}`"
    for row in rows:
        names = re.findall(r"`([^`]+)`", row[2]) if len(row) == 3 else []
        if not names:
            yield f"`{row[0]}` names no test in a third column"
        for name in names:
            if not tests.exists(name):
                yield f"`{row[0]}` names {name}, which is neither a test nor a file"


def update(text, tests):
    def row(match):
        number, holds, checked_by = match.groups()
        of_statement = tests.of_statement[number]
        kept = re.findall(r"`([^`]*[./][^`]*)`", checked_by)   # what the tests themselves do not tell
        if not of_statement and not kept:
            return match.group(0)
        return f"| {number} | {holds} | {', '.join(f'`{name}`' for name in of_statement + kept)} |"

    return ROW.sub(row, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "update"])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    arguments = parser.parse_args()
    page = arguments.root / PAGE
    tests = Tests(arguments.root)
    if arguments.what == "update":
        page.write_text(update(page.read_text(), tests))
        return 0
    wrong = [f"{PAGE}: {line}" for line in check(page.read_text(), tests)]
    wrong += [f"{LIBRARY_PAGE}: {line}" for line in check_wrong_use((arguments.root / LIBRARY_PAGE).read_text(), tests)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
