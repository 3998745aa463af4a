#!/usr/bin/env python3
"""Builds one program with the wrapper, records it, checks the recording, and compares the findings with its comments.

    run_program.py --bin build/bin --compiler clang++-19 --level=-O2 race_global.cc

The program says what must come out:

    // expect: KIND key=value ...   a finding of this kind; keys name fields of the JSON report (object.kind, reason,
                                    certainty); `object=NAME` is the object's name. KIND|KIND, key=value|value:
                                    either. KIND+: one or more, as always with races: gcc reads and writes in two
                                    places of one line
    // each: KIND key=A,B,C         one line of expect for each of A, B and C
    // expect: nothing
    // allow: KIND                  may come beside what is expected
    // words: TEXT                  a finding's explanation has these words
    // stack: OBJECT f g h          a side of the finding on OBJECT is in f, which g called, which h called
    // exit: N                      how the program ends (0)
    // check: OPTIONS               of `tenter check`
    // needs: avx2 ...              what the processor must have, in the words of /proc/cpuinfo, and mqueue of a kernel that has
                                    message queues; without it the test is skipped
    // std: c++17   // flags: -O3   // levels: all
    ... // <- here                  a line that a side of the finding must stand on
    ... // <= made here             a line that the stack which made the finding's object must begin on

A finding that no comment speaks of fails the test. The cases in threads/ have one line, // EXPECT: race|clean|deadlock.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import headers

TIME_LIMIT_SECONDS = 600
SKIPPED = 77  # what ctest takes as such
RACES = {"data-race", "use-after-free-race"}


def read_expectations(source):
    text = source.read_text()
    comments = re.findall(r"^// ([A-Za-z]+):(?!:) *(.*)$", text, re.M)
    values = {}
    for key, value in comments:
        values.setdefault(key, []).append(value.strip())
    marks = marked_lines(text, "// <-")
    values["made"] = marked_lines(text, "// <=")
    return text, values, marks


def marked_lines(text, mark):
    return {number for number, line in enumerate(text.splitlines(), 1) if mark in line}


def expectations_of(values):
    """A list of (set of kinds, {key: value}, more than one allowed)."""
    result = []
    for verdict in values.get("EXPECT", []):
        if verdict == "race":
            result.append((RACES, {}, True))
        elif verdict == "deadlock":
            result.append(({"lock-order-inversion", "deadlock"}, {}, True))
        elif verdict != "clean":
            raise ValueError(f"EXPECT: {verdict} is not known")
    for line in values.get("each", []):
        kind, wanted = line.split()
        key, names = wanted.split("=", 1)
        result += [({kind}, {key: name}, kind in RACES) for name in names.split(",")]
    for line in values.get("expect", []):
        words = line.split()
        if words == ["nothing"]:
            continue
        kinds = set(words[0].rstrip("+").split("|"))
        more = words[0].endswith("+") or bool(kinds & RACES)
        result.append((kinds, dict(word.split("=", 1) for word in words[1:]), more))
    if not result and not values.get("EXPECT") and not values.get("expect"):
        raise ValueError("the program does not say what it expects")
    return result


def field(finding, key):
    if key == "object":
        key = "object.name"
    value = finding
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def matches(finding, kinds, wanted):
    return finding["kind"] in kinds and all(
        field(finding, key) in value.split("|") or
        (key == "object" and field(finding, key).split("::")[-1] in value.split("|"))
        for key, value in wanted.items())


def lines_in(finding, source):
    """The lines of the program that the finding points at: one set a side, and the set of all."""
    def here(frame):
        return os.path.basename(frame.get("file") or "") == source.name

    sides = []
    for side in finding.get("sides", []):
        own = [frame["line"] for frame in side.get("stack", []) if here(frame)]
        sides.append(own[0] if own else None)
    everywhere = {location["line"] for location in finding.get("locations", []) if here(location)}
    everywhere.update(line for line in sides if line)
    return sides, everywhere


def missing_stacks(findings, wishes, source):
    """Those of `wishes`, as "OBJECT f g h", that no side of a finding on OBJECT begins with, as far as it is in `source`."""
    def functions(side):
        return [re.sub(r"\(.*", "", frame.get("function") or "?") for frame in side.get("stack", [])
                if os.path.basename(frame.get("file") or "") == source.name]

    missing = []
    for wish in wishes:
        name, *wanted = wish.split()
        sides = [side for finding in findings if field(finding, "object") == name for side in finding.get("sides", [])]
        if not any(functions(side)[:len(wanted)] == wanted for side in sides):
            missing.append(f"missing stack: {wish}; there is {[functions(side) for side in sides]}")
    return missing


def problem_with_origin(finding, made, source):
    """What is wrong with where the object was made, which must be on one of the lines `made` of `source`."""
    begin = next(iter((finding.get("object") or {}).get("created_at", [])), {})
    if os.path.basename(begin.get("file") or "") == source.name and begin["line"] in made:
        return []
    place = f"{begin.get('file')}:{begin.get('line')} ({begin.get('function')})"
    return [f"{finding['kind']}: the object was made at {place}, expected on {sorted(made)}"]


def problems_with(findings, values, marks, source):
    expected = expectations_of(values)
    allowed = set(values.get("allow", []))
    met = [0] * len(expected)
    problems = []
    for finding in findings:
        index = next((i for i, (kinds, wanted, more) in enumerate(expected)
                      if matches(finding, kinds, wanted) and (more or met[i] == 0)), None)
        if index is None:
            if finding["kind"] not in allowed:
                problems.append(f"not expected: {finding['kind']}: {finding['message']}")
            continue
        met[index] += 1
        if values.get("made"):
            problems += problem_with_origin(finding, values["made"], source)
        if marks:
            sides, everywhere = lines_in(finding, source)
            if finding["kind"] in RACES:
                wrong = [line for line in sides if line not in marks]
                if wrong or not sides:
                    problems.append(f"{finding['kind']}: sides on lines {sides}, expected on {sorted(marks)}")
            elif not everywhere & marks:
                problems.append(f"{finding['kind']}: on lines {sorted(everywhere)}, expected on {sorted(marks)}")
    for (kinds, wanted, _), times in zip(expected, met):
        if times == 0:
            wish = " ".join(["|".join(sorted(kinds))] + [f"{key}={value}" for key, value in wanted.items()])
            problems.append(f"missing: {wish}")
    problems += [f"no finding says: {words}" for words in values.get("words", [])
                 if not any(words in finding.get("explanation", "") for finding in findings)]
    return problems + missing_stacks(findings, values.get("stack", []), source)


def missing_of_machine(wanted):
    """Those of `wanted` that this machine has not."""
    if not wanted:
        return []
    flags = re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    has = set(flags[1].split() if flags else [])
    if pathlib.Path("/proc/sys/fs/mqueue").exists():
        has.add("mqueue")
    return sorted(set(wanted) - has)


def includes_common_headers(text):
    """Whether the program includes what headers.h has; others are built without, as they stand."""
    return re.search(r'#include (<(thread|mutex|atomic|shared_mutex|tenter/)|"tasks.h")', text) is not None


def run(command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=TIME_LIMIT_SECONDS, errors="replace", **options)


def record_and_judge(tenter, command, place, values, marks, source, environment, keep=True):
    """What is wrong with one run of a program and its findings; empty where all is as `values` say. Works in `place`.
    `keep`: the recording of a run that came out wrong."""
    recording, report = place / "program.tent", place / "program.json"
    report.unlink(missing_ok=True)
    recorded = run([tenter, "record", "-o", recording, "--", *command], env=environment, cwd=place)
    wanted_exit = int(values.get("exit", ["0"])[0])
    problems = []
    if recorded.returncode != wanted_exit:
        problems.append(f"the program ended with {recorded.returncode}, not {wanted_exit}")
    checked = run([tenter, "check", recording, *shlex.split(" ".join(values.get("check", []))), "--format",
                   f"json={report}"], env=environment, cwd=place)
    if not report.exists():
        return f"{recorded.stdout}{checked.stdout}\nno report; tenter check ended with {checked.returncode}"
    result = json.loads(report.read_text())
    problems += problems_with(result["findings"], values, marks, source)
    serious = [finding for finding in result["findings"] if finding["severity"] != "note"]
    if checked.returncode != (1 if serious else 0):
        problems.append(f"tenter check ended with {checked.returncode} for {len(serious)} errors and warnings")
    for entry in result["recordings"]:
        if entry["lost_events"]:
            problems.append(f"{entry['lost_events']} events were lost")
        if not entry["complete"]:
            problems.append("the recording is not complete")
    if not problems:
        return ""
    said = [f"--- the program said\n{recorded.stdout}--- tenter check said\n{checked.stdout}",
            json.dumps(result["findings"], indent=1)[:6000]]
    # What comes out once in a thousand runs can be looked at only where it was recorded.
    if keep and recording.exists():
        kept = pathlib.Path(tempfile.mkdtemp(prefix="tenter-failed-")) / recording.name
        shutil.copy(recording, kept)
        said.append(f"the recording is kept: {kept}")
    return "\n".join(problems + said)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True, help="the C++ compiler, such as clang++-19")
    parser.add_argument("--level", default="-O1")
    parser.add_argument("--static", choices=("-static", "-static-pie"), help="link a static program")
    parser.add_argument("--repeat", type=int, default=1, help="build once, then record and check so many times")
    parser.add_argument("--headers", type=pathlib.Path, help="where headers.py has compiled what most programs include")
    parser.add_argument("source", type=pathlib.Path)
    options = parser.parse_args()
    source = options.source.resolve()
    text, values, marks = read_expectations(source)
    if missing := missing_of_machine(" ".join(values.get("needs", [])).split()):
        print(f"skipped: this machine has no {', '.join(missing)}")
        return SKIPPED

    is_c = source.suffix == ".c"
    environment = dict(os.environ)
    for name in ("TENTER_OPTIONS", "TENTER_MODE", "TENTER_MAX_WORKERS"):
        environment.pop(name, None)
    environment["TENTER_CXX"] = options.compiler
    environment["TENTER_CC"] = options.compiler.replace("clang++", "clang").replace("g++", "gcc")

    with tempfile.TemporaryDirectory(prefix="tenter-program-") as folder:
        place = pathlib.Path(folder)
        program = place / "program"
        command = [options.bin / ("tenter-cc" if is_c else "tenter-c++"), "-g", options.level, "-pthread",
                   "-I", pathlib.Path(__file__).resolve().parent]
        standard = "gnu17" if is_c else values.get("std", values.get("STD", ["c++20"]))[0]
        flags = shlex.split(" ".join(values.get("flags", [])))
        command += ["-std=" + standard, *flags]
        if options.headers and standard == "c++20" and not flags and not options.static and includes_common_headers(text):
            command += headers.flags_to_use(options.headers, options.compiler, options.level)
        if options.static:
            command += [options.static] + (["-fPIE"] if options.static == "-static-pie" else [])
        command += [source, "-o", program]
        if re.search(r'#include (<tenter/|"tasks.h")', text):
            command.append("-ltenter")
        built = run(command, env=environment, cwd=place)
        if built.returncode != 0:
            print(f"the build failed ({built.returncode}): {shlex.join(map(str, command))}\n{built.stdout}")
            return 1

        for _ in range(options.repeat):
            complaint = record_and_judge(options.bin / "tenter", [program], place, values, marks, source, environment)
            if complaint:
                print(complaint)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
