#!/usr/bin/env python3
"""The small samples: each program is built, recorded and checked, and its README must show what comes out.

    patterns_test.py --bin build/bin --work FOLDER header          makes the header that all of them include, once
    patterns_test.py --bin build/bin --work FOLDER samples/wrong/counter_race ...
    patterns_test.py ... --update                                  writes the READMEs' blocks anew; read them before you commit

A folder with wrong.cc (or broken.cc) and mended.cc has a README with two blocks: the report for the former, shortened to what concerns its own lines,
and what the latter prints. The block of a folder with one program holds what it prints, and a second one what it prints to standard
error by a seed. Programs without a mistake run three times: by the ordinary scheduler, by a seed, and built for the genuine
ThreadSanitizer. They print the same and have no findings in any.
"""
import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIME_LIMIT_SECONDS = 600
MODES = ("record", "tsan")
FLAGS = ["-std=c++20", "-g", "-O0", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]
# What nearly every sample includes. It is compiled once, since that is most of the time that a small program takes.
HEADERS = ["tenter/tenter.h", "algorithm", "array", "atomic", "chrono", "cstdio", "map", "mutex", "optional", "string", "vector"]
WRONG = ("wrong", "broken")
SEEDED = {"TENTER_SCHEDULER": "seeded:1"}


def run(*command, statuses=(0,), **settings):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS,
                          env={**environment, **settings})
    if done.returncode not in statuses:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def make_header(tools, work):
    header = work / "samples.h"
    header.write_text("".join(f"#include <{name}>\n" for name in HEADERS))
    for mode in MODES:
        run(tools / "tenter-c++", f"--tenter-mode={mode}", *FLAGS, "-x", "c++-header", header, "-o", f"{header}.{mode}.pch")


def build(tools, work, source, mode="record"):
    program = work / f"{source.parent.name}-{source.stem}-{mode}"
    run(tools / "tenter-c++", f"--tenter-mode={mode}", *FLAGS, "-include-pch", work / f"samples.h.{mode}.pch", source,
        "-o", program, "-ltenter")
    return program


def record_and_check(tools, program, source, findings, **settings):
    """What the program prints, and what the report says."""
    recording = f"{program}{len(settings)}.tent"
    pathlib.Path(recording).unlink(missing_ok=True)
    # A program with a mistake may end with 2: all asleep, or an exception that left a task.
    printed = run(tools / "tenter", "record", "-o", recording, "--", program, statuses=(0, 2) if findings else (0,), **settings)
    report = run(tools / "tenter", "check", recording, "--color", "never", statuses=(1 if findings else 0,)).stdout
    return printed, shortened(report, source)


def run_beside_thread_sanitizer(tools, program):
    """What the program prints. With a report it ends with 66."""
    recording = f"{program}.tent"
    printed = run(program, TENTER_OPTIONS=f"output={recording}", TSAN_OPTIONS="atexit_sleep_ms=0").stdout
    run(tools / "tenter", "check", recording)
    return printed


def shortened(report, source):
    """Without what differs from machine to machine, frames of other files, and where things were created."""
    report = report.replace(f"{os.path.relpath(source.parent)}/", "").replace(f"{source.parent}/", "")
    report = re.sub(r"(?:\S*/)?\b(?!" + re.escape(source.name) + r")(\w+\.(?:cc|h)):\d+(?::\d+)?", r"\1", report)
    report = report.replace("(anonymous namespace)::", "").replace("main::$_0::operator()() const", "main")
    kept, frames, own = [], False, False
    for line in report.splitlines():
        if re.match(r"\S+: (error|warning|note): ", line):
            kept += [""] * bool(kept) + [line]
            frames = True
        elif line.startswith("  why: "):
            kept.append(line)
            frames = False
        elif re.match(r"  (task|thread|the main|while it holds|a )", line) or line.startswith("   while it holds "):
            kept.append(line)
            frames = True
        elif re.match(r" {0,3}\S", line):   # created at, objects, the last lines
            frames = own = False
        elif frames and re.match(r"    #\d+ ", line):
            own = f" {source.name}:" in line
            if own:
                kept.append(re.sub(r"#\d+ ", "", line))
        elif frames and own and " | " in line and re.search(r"\d \| ", line):
            kept.append(line)
    return re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", "\n".join(kept)) + "\n"


def check_sample(tools, work, folder):
    """A list of what the README's blocks should hold."""
    blocks = []
    for source in sorted(folder.glob("*.cc"), key=lambda path: path.stem not in WRONG):
        program = build(tools, work, source)
        if source.stem in WRONG:
            has_report = "```\n" in re.sub(r"```\w+\n.*?```\n", "", (folder / "README.md").read_text(), flags=re.S)
            _, report = record_and_check(tools, program, source, has_report, **SEEDED)
            blocks += [report] * has_report
            continue
        seeded, _ = record_and_check(tools, program, source, False, **SEEDED)
        printed = record_and_check(tools, program, source, False)[0].stdout
        beside = run_beside_thread_sanitizer(tools, build(tools, work, source, "tsan"))
        for how, other in (("by a seed", seeded.stdout), ("beside ThreadSanitizer", beside)):
            if other != printed:
                sys.exit(f"{source}: prints\n{printed}by the ordinary scheduler, and {how}\n{other}")
        blocks += [printed] + [seeded.stderr] * bool(seeded.stderr)
    return blocks


def compare(readme, blocks, update):
    pattern = re.compile(r"(^```(?:text)?\n)(.*?)(^```\n)", re.S | re.M)
    text = readme.read_text()
    if len(pattern.findall(text)) != len(blocks):
        return [f"{readme}: has {len(pattern.findall(text))} blocks for {len(blocks)} outputs"]
    wanted = iter(blocks)
    made = pattern.sub(lambda match: match[1] + next(wanted) + match[3], text)
    if update:
        readme.write_text(made)
        return []
    return list(difflib.unified_diff(text.splitlines(), made.splitlines(), str(readme), "what comes out", lineterm=""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("folders", nargs="+")
    chosen = parser.parse_args()
    tools, work = chosen.bin.resolve(), chosen.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    differences = []
    for name in chosen.folders:
        if name == "header":
            make_header(tools, work)
            continue
        folder = ROOT / name
        differences += compare(folder / "README.md", check_sample(tools, work, folder), chosen.update)
    if differences:
        print("\n".join(differences))
        print("\nIf what comes out is better, write it: patterns_test.py --bin BIN --work FOLDER --update FOLDER...")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
