#!/usr/bin/env python3
"""The pairs of one file: wrong() has the findings that its comments say, mended() has none in any of three runs, nor
with --deep. Gates decide the order in both, so that one run of wrong() is judged; each check begins a symbolizer.

    hidden_test.py --bin build/bin --compiler g++-12 --level=-O0 signals.cc [PAIR...]
"""
import argparse
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "pairs")]
import headers  # noqa: E402
import pairs_test  # noqa: E402
import run_program  # noqa: E402

FLAGS = ["-g", "-Wall", "-Wextra", "-Wshadow", "-pthread"]
# One worker lets tasks take turns, so that a gate decides who goes first.
ENVIRONMENT = pairs_test.environment_with(TENTER_MAX_WORKERS="1")


def check_mended(tools, program, name, place):
    recordings = [place / f"{name}{number}.tent" for number in range(3)]
    for recording in recordings:
        recorded = run_program.run([tools / "tenter", "record", "-o", recording, "--", program, name, "mended"],
                                   env=ENVIRONMENT, cwd=place)
        if recorded.returncode != 0:
            return f"{name}, mended, ended with {recorded.returncode}\n{recorded.stdout}"
    for options in [], ["--deep"]:
        checked = run_program.run([tools / "tenter", "check", *recordings, *options], env=ENVIRONMENT, cwd=place)
        # An engine that errs and a judge that notices are a fault too.
        if checked.returncode != 0 or "[" in checked.stdout or "left out" in checked.stdout:
            return f"{name}, mended {options}\n{checked.stdout}"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", default="clang++-19")
    parser.add_argument("--level", default="-O0")
    parser.add_argument("--headers", type=pathlib.Path, help="where headers.py has compiled what most programs include")
    parser.add_argument("--runs", type=int, default=1, help="of wrong()")
    parser.add_argument("source")
    parser.add_argument("pairs", nargs="*")
    options = parser.parse_args()
    tools = options.bin.resolve()
    source = HERE / options.source
    text = source.read_text()
    wrongs = []
    with tempfile.TemporaryDirectory(prefix="tenter-hidden-") as folder:
        place = pathlib.Path(folder)
        program = place / source.stem
        standard = re.findall(r"^// std: (.*)$", text, re.M) or ["c++20"]
        libraries = re.findall(r"^// libraries: (.*)$", text, re.M)
        common = []
        if options.headers and standard == ["c++20"]:
            common = headers.flags_to_use(options.headers, options.compiler, options.level)
        pairs_test.must_run(tools / "tenter-c++", *FLAGS, f"-std={standard[0]}", options.level, *common, source, "-o", program,
                            *libraries,
                            env=pairs_test.environment_with(TENTER_CXX=options.compiler))
        all_pairs = list(pairs_test.pairs_of(source))
        listed = re.search(r"^// pairs: (.*(?:\n//   .*)*)$", text, re.M)
        if listed is None or listed[1].replace("//", "").split() != [name for name, _, _ in all_pairs]:
            sys.exit(f"{source}: the first lines list other pairs than there are")
        for name, values, marks in all_pairs:
            if options.pairs and name not in options.pairs:
                continue
            for _ in range(options.runs):
                complaint = run_program.record_and_judge(tools / "tenter", [program, name, "wrong"], place, values,
                                                         marks, source, ENVIRONMENT)
                wrongs += [f"{name}, wrong\n{complaint}"] * bool(complaint)
            complaint = check_mended(tools, program, name, place)
            wrongs += [complaint] * bool(complaint)
    print("\n".join(wrongs))
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
