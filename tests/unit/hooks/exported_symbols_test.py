#!/usr/bin/env python3
"""Compares the symbols of the recorder with the list of those that programs rely on.

    exported_symbols_test.py --nm llvm-nm-19 libtenter_record.so exported_symbols.txt

None may be missing, and nothing of the recorder's insides, which are all in a namespace, may be visible.
"""
import argparse
import itertools
import pathlib
import re
import subprocess
import sys


def expand(pattern):
    parts = [part.strip("{}").split(",") for part in re.findall(r"\{[^}]*\}|[^{]+", pattern)]
    return ["".join(choice) for choice in itertools.product(*parts)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nm", required=True)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("list", type=pathlib.Path)
    options = parser.parse_args()

    lines = (line.strip() for line in options.list.read_text().splitlines())
    wanted = [name for line in lines if line and not line.startswith("#") for name in expand(line)]
    table = subprocess.run([options.nm, "-D", "--defined-only", options.library], check=True, capture_output=True,
                           text=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in table.splitlines()}

    problems = [f"not exported: {name}" for name in wanted if name not in exported]
    problems += [f"visible, and of the recorder's insides: {name}" for name in sorted(exported) if "6tenter" in name]
    problems += [f"listed twice: {name}" for name in sorted({name for name in wanted if wanted.count(name) > 1})]
    print("\n".join(problems) if problems else f"{len(wanted)} symbols are exported")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
