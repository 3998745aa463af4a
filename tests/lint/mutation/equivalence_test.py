#!/usr/bin/env python3
"""Runs of a program and of its mutant tell whether the mutant is no mistake.

    equivalence_test.py --bin build/bin --work DIR [--seeds N] [--only REGEX]

equivalent.txt and different.txt name mutants of tests/lint, each with the statements of a main task that calls the mutated function.
The program and the mutant run under the seeded scheduler, recorded, with the same seeds. An outcome is the exit status, what
was printed, and the findings of `tenter check`. Exit status 1: a mutant of equivalent.txt has an outcome that the program has not
with any seed, or one of different.txt has none.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

import mutation_test

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 300    # that a program may take on a busy machine; one that waits for ever is ended by the library long before

MAIN = """
{around}
int main() {{
  tenter::run([] {{
    {statements}
  }});
}}
"""


def judged(name):
    """Key of a mutant: the statements that run it."""
    statements, key = {}, None
    for line in (HERE / name).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith(" "):
            statements[key] = (statements[key] + " " + line.strip()).strip()
        else:
            key = line.split(": ", 1)[0]
            statements[key] = ""
    return statements


def build(tools, name, text, statements):
    source, program = tools.work / f"{name}.cc", tools.work / name
    source.write_bytes(text + MAIN.format(around=(HERE / "around.inc").read_text(), statements=statements).encode())
    # Of the other functions of the source some call what there is none of.
    command = [tools.bin / "tenter-c++", "-std=c++20", "-O0", "-w", "-ffunction-sections", "-Wl,--gc-sections",
               f"-I{mutation_test.ROOT}/tests/lint/variety", source, "-o", program, "-ltenter"]
    built = subprocess.run(command, capture_output=True, text=True,
                           env=os.environ | {"TENTER_CXX": "clang++-19", "TENTER_MODE": "record"})
    if built.returncode != 0:
        sys.exit(f"{name} is not built:\n{built.stderr}")
    return program


def outcome(tools, program, seed):
    recording = program.with_suffix(f".{seed}.tent")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENTER_")}
    told = subprocess.run([tools.bin / "tenter", "record", "-o", recording, "--", program], capture_output=True, text=True,
                          timeout=SECONDS, env=environment | {"TENTER_SCHEDULER": f"seeded:{seed}"})
    checked = subprocess.run([tools.bin / "tenter", "check", recording, "--format", "json"], capture_output=True, text=True,
                             timeout=SECONDS)
    recording.unlink(missing_ok=True)
    if checked.returncode not in (0, 1, 4):
        sys.exit(f"{program.name}, seed {seed}: {checked.stderr}")
    findings = sorted((each["kind"], *sorted(place["line"] for place in each["locations"]))
                      for each in json.loads(checked.stdout)["findings"])
    return told.returncode, told.stdout, tuple(findings)


def judge(tools, number, key, mutant, statements):
    """A sentence for each outcome that only the mutant has."""
    text = mutant.source.read_bytes()
    before = build(tools, f"program_{number}", mutation_test.PROLOGUE.encode() + text, statements)
    after = build(tools, f"mutant_{number}", mutation_test.mutated(mutant.source, [mutant]), statements)
    known = {outcome(tools, before, seed) for seed in range(tools.seeds)}
    new = []
    for seed in range(tools.seeds):
        seen = outcome(tools, after, seed)
        if seen not in known:
            new.append(f"seed {seed}: it ends with {seen[0]}, prints {seen[1]!r} and shows {list(seen[2])}")
    return new


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default=".*", help="the mutants to be judged")
    tools = parser.parse_args()
    tools.mutate = tools.bin / "lint_mutate"
    tools.work.mkdir(parents=True, exist_ok=True)
    same, different = judged("equivalent.txt"), judged("different.txt")
    wanted = {key: statements for key, statements in (same | different).items() if re.search(tools.only, key)}
    corpus = mutation_test.CORPORA["variety"]
    mutants = {}
    for source in {mutation_test.ROOT / key.split(" ")[0] for key in wanted}:
        mutants |= {mutant.key: mutant for mutant in mutation_test.mutants_of(tools, corpus, source)}
    troubles = [f"{key} is no mutant" for key in wanted if key not in mutants]
    troubles += [f"{key} has nothing that runs it" for key, statements in wanted.items() if not statements]
    troubles += ["no mutant is judged"] * (not wanted)
    if not troubles:
        with concurrent.futures.ThreadPoolExecutor(tools.jobs) as pool:
            works = [(number, key, mutants[key], wanted[key]) for number, key in enumerate(sorted(wanted))]
            for (_, key, _, _), new in zip(works, pool.map(lambda one: judge(tools, *one), works)):
                print(f"{key}: {new[0] if new else 'no new outcome'}")
                if key in same and new:
                    troubles.append(f"{key} is not equivalent: {new[0]}")
                if key in different and not new:
                    troubles.append(f"{key} behaves as before with all {tools.seeds} seeds")
    sys.exit("\n".join(troubles) or 0)


if __name__ == "__main__":
    main()
