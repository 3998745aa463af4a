#!/usr/bin/env python3
"""Random programs, compiled with the plug-in and without: the races found must be on the same places.

    same_races_test.py BUILD_DIR [--seed N] [--programs N]

A program has rounds. In each, two threads take turns at pieces of code, in an order that gates decide which no recorder sees, so
that the same happens in every run. The pieces sweep over arrays in all directions and sizes, with locks and atomics in and
around the loops. The recording of the program without the plug-in is made without the access filter, too.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[2]
ROUNDS, ARRAYS, PIECES, LENGTH = 14, 5, 7, 48
TYPES = ["int", "long", "short", "unsigned char", "double"]

HEAD = """#include <atomic>
#include <mutex>
#include <thread>
#include "gate.h"
volatile int one = 1;
"""


class Round:
    def __init__(self, number, dice):
        self.number, self.dice = number, dice
        self.arrays = [f"array_{number}_{i}" for i in range(ARRAYS)]
        self.types = [dice.choice(TYPES) for _ in self.arrays]
        self.text = [f"{kind} {name}[{2 * LENGTH}];" for kind, name in zip(self.types, self.arrays)]
        self.text += [f"std::mutex mutex_{number}, around_{number};", f"std::atomic<int> flag_{number};", f"Gate gates_{number}[{PIECES}];"]

    def element(self, index):
        return f"{self.dice.choice(self.arrays)}[{index}]"

    def statement(self, index):
        kind = self.dice.randrange(8)
        to, left, right = self.element(index), self.element(index), self.element(f"{index} + one")
        if kind == 0:
            return f"{to} = {to} + 1;"
        if kind == 1:
            return f"{to} = {left} * 3;"
        if kind == 2:
            return f"if ({left} > 4) {{ {to} = {index}; }}"
        if kind == 3:
            return f"sum += {left} + {right};"
        if kind == 4:
            return f"if (n > {self.dice.randrange(2) * 1000}) {{ {to} = {left}; }}"
        if kind == 5:
            return f"sum += {left}; {to} = sum; sum += {left};"
        if kind == 6:
            return f"{to} = {self.element(0)};"
        return f"sum += {left} * {self.element(3)};"

    def boundary(self):
        return self.dice.choice([
            f"mutex_{self.number}.lock();\nmutex_{self.number}.unlock();", f"flag_{self.number}.fetch_add(1, std::memory_order_acq_rel);",
            f"flag_{self.number}.store(1, std::memory_order_release);", f"sum += flag_{self.number}.load(std::memory_order_acquire);"])

    def loop(self):
        low = self.dice.randrange(LENGTH // 2)
        high = low + self.dice.randrange(1, LENGTH // 2)
        step = self.dice.choice([1, 1, 1, 1, 2, 3])
        body = [self.statement("i") for _ in range(self.dice.randrange(1, 4))]
        if self.dice.randrange(6) == 0:
            body.insert(self.dice.randrange(len(body) + 1), self.boundary())
        if self.dice.randrange(8) == 0:
            body.append(f"if (i == n + {self.dice.randrange(LENGTH)}) {{ break; }}")
        forth = f"for (int i = {low}; i < {high} * n; i += {step})"
        back = f"for (int i = {high} * n; i > {low}; i -= {step})"
        lines = [self.dice.choice([forth, back]) + " {", *body, "}"]
        if self.dice.randrange(3) == 0:
            lines = [f"for (int k = 0; k < {self.dice.randrange(1, 5)} * n; ++k) {{", *lines,
                     *([self.statement("k")] if self.dice.randrange(2) else []), "}"]
        if self.dice.randrange(5) == 0:
            width = self.dice.choice([4, 8])
            lines = [f"for (int k = 0; k < {self.dice.randrange(1, 6)} * n; ++k) {{", f"for (int j = 0; j < {width}; ++j) {{",
                     self.statement(f"k * {self.dice.choice([width, width + 1])} + j"), "}", "}"]
        return lines

    def piece(self):
        lines = []
        for _ in range(self.dice.randrange(1, 4)):
            kind = self.dice.randrange(5)
            lines += [self.boundary()] if kind == 0 else [self.statement(str(self.dice.randrange(LENGTH)))] if kind == 1 else self.loop()
        if self.dice.randrange(3) == 0:
            lines = [f"around_{self.number}.lock();", *lines, f"around_{self.number}.unlock();"]
        return lines

    def code(self):
        of_thread = {0: [], 1: []}
        for turn in range(PIECES):
            name = f"piece_{self.number}_{turn}"
            self.text += [f"__attribute__((noinline)) long {name}(int n) {{", "long sum = 0;", *self.piece(), "return sum;", "}"]
            wait = f"gates_{self.number}[{turn - 1}].wait();" if turn else ""
            of_thread[self.dice.randrange(2)].append(f"{wait} {name}(one); gates_{self.number}[{turn}].open();")
        for thread, turns in of_thread.items():
            self.text += [f"void thread_{self.number}_{thread}() {{", *turns, "}"]
        return self.text


def program(seed):
    dice = random.Random(seed)
    lines = [HEAD]
    for number in range(ROUNDS):
        lines += Round(number, dice).code()
    lines.append("int main() {")
    for number in range(ROUNDS):
        lines.append(f"{{ std::thread other(thread_{number}_1); thread_{number}_0(); other.join(); }}")
    return "\n".join([*lines, "}", ""])


def racy_arrays(build, place, source, way, flags):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    built, recording, report = place / f"program-{way}", place / f"{way}.tent", place / f"{way}.json"
    subprocess.run([build / "bin/tenter-c++", f"--tenter-pass={way}", "-std=c++20", "-g", *flags, "-pthread", "-I", TESTS / "programs",
                    source, "-o", built], check=True, env=environment)
    options = f"output={recording}" + (":filter=off" if way == "off" else "")
    subprocess.run([built], check=True, env={**environment, "TENTER_OPTIONS": options}, timeout=300)
    subprocess.run([build / "bin/tenter", "check", "--analysis", "hb", recording, "--format", f"json={report}"], env=environment,
                   stdout=subprocess.PIPE, check=False)
    findings = json.loads(report.read_text())["findings"]
    return {(each.get("object") or {}).get("name") for each in findings if each["kind"] == "data-race"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=3)
    options = parser.parse_args()
    has_masks = "avx2" in pathlib.Path("/proc/cpuinfo").read_text()
    racy, quiet = 0, 0
    for seed in range(options.seed, options.seed + options.programs):
        with tempfile.TemporaryDirectory(prefix="tenter-same-races-") as folder:
            place = pathlib.Path(folder)
            source = place / "program.cc"
            source.write_text(program(seed))
            level = ["-O1", "-O2", "-O3"][seed % 3]
            build = options.build.resolve()
            # Without the plug-in wide vectors and those with masks are not told of, so there are none.
            without = racy_arrays(build, place, source, "off", [level, "-fno-vectorize", "-fno-slp-vectorize"])
            masks = ["-mavx2", "-mtune=skylake"] if has_masks and level == "-O3" else []
            with_it = racy_arrays(build, place, source, "on", [level, *masks])
            if without != with_it:
                sys.exit(f"only without the plug-in: {sorted(without - with_it)}, only with it: {sorted(with_it - without)}; "
                         f"rerun: {sys.argv[0]} BUILD_DIR --seed {seed} --programs 1")
            racy += len(without)
            quiet += ROUNDS * ARRAYS - len(without)
    if racy < 5 or quiet < 5:
        sys.exit(f"{racy} racy arrays and {quiet} others are too few to tell anything")
    print(f"{racy} racy arrays and {quiet} others, the same with the plug-in and without")


if __name__ == "__main__":
    main()
