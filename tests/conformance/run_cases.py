#!/usr/bin/env python3
"""Builds one family of cases with the wrapper, or records and checks its cases under one scheduler.

    run_cases.py build --bin build/bin --compiler clang++-19 --level=-O2 channel_cases.cc -o channel_cases
    run_cases.py run --bin build/bin --scheduler workers2 channel_cases [--case NAME]

A case tells what must come out of its recording, as the comments of the programs in tests/programs do
(run_program.py), several findings with `;` between them. Its name must agree: norace_... expects nothing or a note,
race_... a data race, misuse_... findings of other kinds alone.

With --mode tsan the genuine ThreadSanitizer judges. What rests on the order of the whole program is not found then, and
must not be (docs/modes.md). It keeps four accesses of each eight bytes and throws dice for which it forgets, so a race that it
misses is looked for in further runs; a finding too many is wrong in any of them.

Schedulers: workers1, workers2, workers4 (tasks on so many threads), seeded:N (the deterministic scheduler with that seed;
seeded:1-5 for five of them), threads (a plain thread for each task).
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

TRIES_OF_DETECTOR = 20
NOTES = ("unlock-by-other-task",)   # findings that do not make `tenter check` fail
HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE.parent / "programs"
sys.path.insert(0, str(PROGRAMS))
import run_program  # noqa: E402


def clean_environment(**more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENTER_")}
    environment.update(more)
    return environment


def build(options):
    options.output.parent.mkdir(parents=True, exist_ok=True)
    command = [options.bin / "tenter-c++", f"--tenter-mode={options.mode}", "-std=c++20", "-g", options.level, "-pthread", "-I", PROGRAMS,
               options.source.resolve(), "-o", options.output, "-ltenter"]
    built = run_program.run(command, env=clean_environment(TENTER_CXX=options.compiler))
    if built.returncode != 0:
        print(f"the build failed ({built.returncode}): {shlex.join(map(str, command))}\n{built.stdout}")
    return built.returncode


def verdict_of(wishes):
    kinds = {wish.split()[0].rstrip("+") for wish in wishes}
    if "data-race" in kinds:
        return "race"
    return "norace" if kinds <= {"nothing", *NOTES} else "misuse"


def values_of(name, expected):
    """What run_program.py would have read from the comments of a program."""
    wishes = [wish.strip() for wish in expected.split(";")]
    if not name.startswith(verdict_of(wishes) + "_"):
        raise ValueError(f"{name}: the name does not say what it expects: {expected}")
    return {"expect": wishes}


def found_by_detector(values):
    wishes = [wish for wish in values["expect"]
              if "certainty=predicted" not in wish and not wish.startswith("wait-group-misuse")]
    return {"expect": wishes or ["nothing"]}


def list_cases(program):
    with tempfile.TemporaryDirectory(prefix="tenter-case-") as folder:   # the program records itself here
        listed = run_program.run([program.resolve(), "--list"], env=clean_environment(), cwd=folder)
    cases = [line.split("|", 2) for line in listed.stdout.splitlines()]
    if listed.returncode != 0 or not cases:
        raise ValueError(f"{program} has no cases: {listed.stdout}")
    return [(name, statements, values_of(name, expected)) for name, statements, expected in cases]


def runs_of(scheduler):
    """For each run of a case: the mode that the program is told, and the settings of the library."""
    if scheduler == "threads":
        return [("threads", {})]
    if match := re.fullmatch(r"workers(\d+)", scheduler):
        return [("tasks", {"TENTER_MAX_WORKERS": match[1]})]
    if match := re.fullmatch(r"seeded:(\d+)(?:-(\d+))?", scheduler):
        first, last = int(match[1]), int(match[2] or match[1])
        return [("tasks", {"TENTER_SCHEDULER": f"seeded:{seed}"}) for seed in range(first, last + 1)]
    raise ValueError(f"{scheduler} is no scheduler that we know")


def lacks_only_races(complaint):
    problems = complaint.partition("--- the program said")[0].splitlines()
    return bool(problems) and all(problem.startswith("missing: data-race") for problem in problems)


def judge(options, name, values, mode, settings):
    complaint = judge_run(options, name, values, mode, settings)
    for _ in range(1, TRIES_OF_DETECTOR if options.mode == "tsan" else 1):
        if not lacks_only_races(complaint):
            break
        complaint = judge_run(options, name, values, mode, settings)
    return complaint


def judge_run(options, name, values, mode, settings):
    with tempfile.TemporaryDirectory(prefix="tenter-case-") as folder:
        try:
            return run_program.record_and_judge(
                options.bin / "tenter", [options.program.resolve(), name, mode], pathlib.Path(folder), values, set(),
                options.program, clean_environment(TSAN_OPTIONS="exitcode=0:atexit_sleep_ms=0", **settings),
                keep=options.mode != "tsan")
        except subprocess.TimeoutExpired as late:
            return f"gave up after {late.timeout} seconds: {shlex.join(map(str, late.cmd))}"


def run(options):
    cases = [case for case in list_cases(options.program) if not options.case or re.fullmatch(options.case, case[0])]
    if not cases:
        print(f"{options.program} has no case {options.case}")
        return 1
    if options.mode == "tsan":
        cases = [(name, statements, found_by_detector(values)) for name, statements, values in cases]
    jobs = [(case, *one) for case in cases for one in runs_of(options.scheduler)]
    failed = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        answers = [(job, pool.submit(judge, options, job[0][0], job[0][2], *job[1:])) for job in jobs]
        for ((name, statements, _), mode, settings), answer in answers:
            complaint = answer.result()
            if complaint:
                shown = " ".join(f"{key}={value}" for key, value in settings.items())
                failed.append(f"{name} ({statements}) as {mode} {shown}".rstrip())
                print(f"==== {failed[-1]}\n{complaint}\n")
    print(f"{len(jobs) - len(failed)} of {len(jobs)} runs of {len(cases)} cases came out as they must")
    for one in failed:
        print(f"failed: {one}")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build")
    builder.add_argument("--compiler", required=True)
    builder.add_argument("--level", default="-O1")
    builder.add_argument("source", type=pathlib.Path)
    builder.add_argument("-o", dest="output", type=pathlib.Path, required=True)
    runner = commands.add_parser("run")
    runner.add_argument("--scheduler", required=True)
    runner.add_argument("--case", help="a regular expression for the names of the cases to run")
    runner.add_argument("--jobs", type=int, default=1)
    runner.add_argument("program", type=pathlib.Path)
    for command in (builder, runner):
        command.add_argument("--bin", type=pathlib.Path, required=True)
        command.add_argument("--mode", default="record", choices=("record", "tsan"))
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    return build(options) if options.command == "build" else run(options)


if __name__ == "__main__":
    sys.exit(main())
