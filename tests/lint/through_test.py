#!/usr/bin/env python3
"""All checks, and what is only possible, go through every source of this project: none of them ends clang.

    through_test.py --tenter build/bin/tenter --build build

Those that the build compiles are read as it does it; programs of tests and samples as C++20. Some of these do not compile so, and
must be gone through all the same.
"""
import argparse
import json
import pathlib
import subprocess
import sys

from quiet_test import ROOT, compiled


def broke_down(tenter, sources, where, arguments):
    """What is told of the files on which clang broke down."""
    done = subprocess.run([tenter, "lint", "--single-unit", "--checks=*,possible", "--format", "json", *map(str, where),
                           *map(str, sources), *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 1, 4):
        return [f"tenter lint ended with {done.returncode}: {done.stderr}"]
    recordings = json.loads(done.stdout)["recordings"]
    troubles = [f"{one['path']}: {note}" for one in recordings for note in one["notes"] if "broke down" in note]
    if len(recordings) != len(sources):
        troubles.append(f"of {len(sources)} files {len(recordings)} were gone through")
    if all(one["notes"] for one in recordings):
        troubles.append("none of the files compiles")
    return troubles


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    tools = parser.parse_args()
    build = tools.build.resolve()
    of_the_build = compiled(build, ROOT)
    programs = sorted({each for folder in ("tests", "samples") for each in (ROOT / folder).rglob("*.cc")} - set(of_the_build))
    troubles = broke_down(tools.tenter, of_the_build, ["-p", build], [])
    troubles += broke_down(tools.tenter, programs, [],
                           ["--", "-std=c++20", "-pthread", f"-I{ROOT}/tests/programs", f"-I{ROOT}/tests/lint/variety"])
    print(f"{len(of_the_build)} files that the build compiles, {len(programs)} others")
    sys.exit("\n".join(troubles) or 0)


if __name__ == "__main__":
    main()
