#!/usr/bin/env python3
"""Which calls into the recorder are left in functions.cc, with the plug-in and without, and which it makes in vectors.cc.

    left_calls_test.py BUILD_DIR functions.cc vectors.cc
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import unittest

BIN = SOURCE = VECTORS = None   # set from the command line
NOT_COUNTED = {"func_entry", "func_exit"}


def expected(source=None):
    """{function: {way: {call: how many}}}"""
    functions, said = {}, {}
    for line in (source or SOURCE).read_text().splitlines():
        if words := re.match(r"// (with|without):(.*)", line):
            said[words[1]] = {name: int(count) for name, count in (each.split() for each in words[2].split(",") if each.strip())}
        elif said and (words := re.match(r"[a-z_].*?(\w+)\(", line)):
            functions[words[1]], said = said, {}
    return functions


AS_WRITTEN = ["-O2", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops"]


def left(way, options, source=None):
    command = [BIN / "tenter-c++", f"--tenter-pass={'on' if way == 'with' else 'off'}", "-std=c++20", *options, "-S", "-emit-llvm",
               source or SOURCE, "-o", "-"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment).stdout.decode()
    subprocess.run(["opt-19", "-passes=verify", "-disable-output"], input=text.encode(), check=True)
    calls = {}
    for function in re.finditer(r"^define [^\n]*@(\w+)\(.*?^}", text, re.M | re.S):
        names = re.findall(r"call [^\n]*@__tsan_(\w+)\(", function[0])
        names += re.findall(r"call [^\n]*@tenter_(\w+_bytes)\(", function[0])
        names += [f"{name}:{size}" for name, size in re.findall(r"call [^\n]*@tenter_(\w+ed)\([^\n]*i64 (\d+)\)", function[0])]
        calls[function[1]] = dict(collections.Counter(name for name in names if name not in NOT_COUNTED))
    return calls


class LeftCalls(unittest.TestCase):
    maxDiff = None

    def check(self, way):
        functions = expected()
        self.assertGreater(len(functions), 20)
        found = left(way, AS_WRITTEN)
        for name, said in functions.items():
            with self.subTest(f"{name} {way} the plug-in"):
                self.assertEqual(found[name], said[way])

    def test_with(self):
        self.check("with")

    def test_without(self):
        self.check("without")

    # The calls are made before linking there; thin, in a shorter pipeline, which leaves other loops to itself.
    def test_link_time_optimization(self):
        loops = {name: said for name, said in expected().items() if any("range" in call for call in said["with"])}
        self.assertGreaterEqual(len(loops), 5)
        for kind in ("-flto", "-flto=thin"):
            found = left("with", [*AS_WRITTEN, kind])
            for name, said in loops.items():
                with self.subTest(f"{name} {kind}"):
                    self.assertEqual(found[name], said["with"])

    # What a loop told of stays told of in all the copies that are made of it.
    def test_vectorized_and_unrolled(self):
        functions = expected()
        for options in (["-O2"], ["-O3", "-g", "-march=x86-64-v3"]):
            found = left("with", options)
            for name in ("sum_of_a_row", "one_more", "rows_that_touch", "sum_of_all_or_none"):
                with self.subTest(f"{name} {options}"):
                    self.assertEqual(found[name], functions[name]["with"])

    def test_what_others_know_is_told_where_code_is_not_optimized(self):
        part = "a_part_of_what_others_know"
        self.assertEqual(left("without", ["-O0"])[part], {})
        self.assertEqual(left("with", ["-O0"])[part], {"read4": 1, "write4": 1})

    def test_vectors_with_a_mask(self):
        wanted = expected(VECTORS)
        self.assertGreaterEqual(len(wanted), 15)
        for level in ("-O0", "-O2"):
            found = left("with", [level, "-march=x86-64-v4", "-fno-unroll-loops"], VECTORS)
            for name, said in wanted.items():
                with self.subTest(f"{name} {level}"):
                    self.assertEqual(found[name], said["with"])
        found = left("without", ["-O2", "-march=x86-64-v4", "-fno-unroll-loops"], VECTORS)
        for name, said in wanted.items():
            with self.subTest(f"{name} without the plug-in"):
                self.assertEqual(found[name], said.get("without", {}))

    def test_nothing_is_left_out_where_code_is_not_optimized(self):
        with_it, without = left("with", ["-O0"]), left("without", ["-O0"])
        for function, calls in without.items():
            for name, count in calls.items():
                self.assertGreaterEqual(with_it[function].get(name, 0), count, f"{name} in {function}")
        self.assertNotEqual(left("with", ["-O1"]), left("without", ["-O1"]))


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve() / "bin"
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    VECTORS = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
