#!/usr/bin/env python3
"""The pairs of one file: wrong() has the findings that its comments say, mended() has none in any of twenty runs.

    pairs_test.py --bin build/bin --work FOLDER header                 compiles what all of them include, once
    pairs_test.py --bin build/bin --work FOLDER double_locking.cc [PAIR...]

mended() runs on one, two and four workers, and under seeds of the seeded scheduler.
"""
import argparse
import os
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import run_program  # noqa: E402

FLAGS = ["-std=c++20", "-g", "-O0", "-Wall", "-Wextra", "-Wshadow"]
SURROUNDINGS = ([{"TENTER_MAX_WORKERS": workers} for workers in ("1", "2", "4") for _ in range(5)] +
                [{"TENTER_SCHEDULER": f"seeded:{seed}"} for seed in range(1, 6)])


def environment_with(**settings):
    plain = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    return {**plain, **settings}


def must_run(*command, **options):
    done = run_program.run(command, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}")


def make_header(tools, work):
    header = work / "pair.h.pch"
    must_run(tools / "tenter-c++", *FLAGS, "-x", "c++-header", HERE / "pair.h", "-o", header, env=environment_with())


def pairs_of(source):
    """For each pair its name, what its comments say, and the lines that a finding must be on."""
    text = source.read_text()
    for block in re.finditer(r"^namespace (\w+) \{\n(.*?)^\}  // namespace \1$", text, re.M | re.S):
        values = {}
        for key, value in re.findall(r"^// (\w+): *(.*)$", block[2], re.M):
            values.setdefault(key, []).append(value.strip())
        first = text.count("\n", 0, block.start()) + 1
        yield block[1], values, {first + line - 1 for line in run_program.marked_lines(block[0], "// <-")}


def check_mended(tools, program, name, place):
    recordings = []
    for number, settings in enumerate(SURROUNDINGS):
        recordings.append(place / f"{name}{number}.tent")
        recorded = run_program.run([tools / "tenter", "record", "-o", recordings[-1], "--", program, name, "mended"],
                                   env=environment_with(**settings), cwd=place)
        if recorded.returncode != 0:
            return f"{name}, mended, with {settings} ended with {recorded.returncode}\n{recorded.stdout}"
    checked = run_program.run([tools / "tenter", "check", *recordings], env=environment_with(), cwd=place)
    said = f"{name}, mended\n{checked.stdout}" if checked.returncode != 0 or "[" in checked.stdout else ""
    for recording in recordings:
        recording.unlink()
    return said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("source")
    parser.add_argument("pairs", nargs="*")
    options = parser.parse_args()
    tools, work = options.bin.resolve(), options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if options.source == "header":
        return make_header(tools, work)

    source = HERE / options.source
    wrongs = []
    with tempfile.TemporaryDirectory(prefix="tenter-pairs-") as folder:
        place = pathlib.Path(folder)
        program = place / source.stem
        must_run(tools / "tenter-c++", *FLAGS, "-include-pch", work / "pair.h.pch", source, "-o", program, "-ltenter",
                 env=environment_with())
        all_pairs = list(pairs_of(source))
        listed = re.search(r"^// pairs: (.*)$", source.read_text(), re.M)
        if listed is None or listed[1].split() != [name for name, _, _ in all_pairs]:
            sys.exit(f"{source}: the first lines list other pairs than there are")
        for name, values, marks in all_pairs:
            if options.pairs and name not in options.pairs:
                continue
            complaint = run_program.record_and_judge(tools / "tenter", [program, name, "wrong"], place, values, marks, source,
                                                     environment_with(TENTER_MAX_WORKERS="1"))
            wrongs += [f"{name}, wrong\n{complaint}"] * bool(complaint)
            complaint = check_mended(tools, program, name, place)
            wrongs += [complaint] * bool(complaint)
    print("\n".join(wrongs))
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
