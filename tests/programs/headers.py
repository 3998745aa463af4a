#!/usr/bin/env python3
"""Compiles headers.h, which most programs include anyway, once for each compiler and level.

    headers.py --bin build/bin --work FOLDER --compiler g++-12 --level=-O0
"""
import argparse
import os
import pathlib
import subprocess
import sys

HEADER = pathlib.Path(__file__).resolve().with_name("headers.h")
# The flags that a compiled header must share with the program.
FLAGS = ["-g", "-pthread", "-std=c++20"]


def place_of(work, compiler, level):
    return work / f"{compiler}{level}"


def flags_to_use(work, compiler, level):
    """With these a program takes the compiled header, or is not built at all: a source is not there."""
    header = place_of(work, compiler, level) / HEADER.name
    if "clang" in compiler:
        return ["-include-pch", f"{header}.pch"]
    # One that does not fit is passed over by gcc, which then looks for the source.
    return ["-include", header]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--level", required=True)
    options = parser.parse_args()
    place = place_of(options.work, options.compiler, options.level)
    place.mkdir(parents=True, exist_ok=True)
    ending = ".pch" if "clang" in options.compiler else ".gch"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    return subprocess.run([options.bin / "tenter-c++", *FLAGS, options.level, "-x", "c++-header", HEADER,
                           "-o", place / (HEADER.name + ending)],
                          env={**environment, "TENTER_CXX": options.compiler}).returncode


if __name__ == "__main__":
    sys.exit(main())
