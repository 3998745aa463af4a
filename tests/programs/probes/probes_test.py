#!/usr/bin/env python3
"""Each probe of one file is found to be what the comments above it say.

    probes_test.py --bin build/bin --compiler clang++-19 locks.cc [PROBE...]

On tasks it runs on one, two and four workers and under seeds of the seeded scheduler; on threads a few times.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import run_program  # noqa: E402

FLAGS = ["-std=c++20", "-g", "-O1", "-Wall", "-Wextra", "-Wshadow", "-pthread"]
TASKS = ([{"TENTER_MAX_WORKERS": workers} for workers in ("1", "2", "4")] +
         [{"TENTER_SCHEDULER": f"seeded:{seed}"} for seed in ("1", "2", "3")])
THREADS = [{}, {}]
KITS = {"tasks": TASKS, "std": THREADS, "posix": THREADS}
AT_ONCE = 3


def probes_of(source):
    """For each probe its name, whether it is one of each kit, and what its comments say of each."""
    comments = {}
    of_kits = False
    for line in source.read_text().splitlines():
        comment = re.match(r"// (expect(?: on \w+)?): *(.*)$", line)
        function = re.match(r"(?:void|int) (\w+)\(\) \{$", line)
        if comment:
            comments.setdefault(comment[1], []).append(comment[2])
        elif line == "template <class Kit>":
            of_kits = True
        elif function and comments:
            yield function[1], of_kits, comments
            comments, of_kits = {}, False


def environment_with(compiler, settings):
    plain = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    return {**plain, "TENTER_CXX": compiler, "TENTER_OPTIONS": "hang_timeout=1", **settings}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("source")
    parser.add_argument("probes", nargs="*")
    options = parser.parse_args()
    tools, source = options.bin.resolve(), HERE / options.source

    with tempfile.TemporaryDirectory(prefix="tenter-probes-") as folder:
        program = pathlib.Path(folder) / source.stem
        built = run_program.run([tools / "tenter-c++", *FLAGS, source, "-o", program, "-ltenter"],
                                env=environment_with(options.compiler, {}))
        if built.returncode != 0:
            sys.exit(f"{source} does not build\n{built.stdout}")
        marks = run_program.marked_lines(source.read_text(), "// <-")

        def judge(name, kit, verdict, number, settings):
            place = pathlib.Path(folder) / f"{name}-{kit}-{number}"
            place.mkdir()
            complaint = run_program.record_and_judge(tools / "tenter", [program, name, kit], place, {"expect": verdict},
                                                     marks, source, environment_with(options.compiler, settings))
            return f"{name} on {kit} with {settings}\n{complaint}" if complaint else ""

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as several:
            judged = [several.submit(judge, name, kit, comments.get(f"expect on {kit}", comments["expect"]), number, settings)
                      for name, of_kits, comments in probes_of(source) if not options.probes or name in options.probes
                      for kit in (KITS if of_kits else ("tasks",))
                      for number, settings in enumerate(KITS[kit])]
            wrongs = list(filter(None, (one.result() for one in judged)))
    if not judged:
        sys.exit(f"{source} has no such probe")
    print("\n".join(wrongs))
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
