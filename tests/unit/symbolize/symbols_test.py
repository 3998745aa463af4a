#!/usr/bin/env python3
"""Names and lines of real programs, built in all the ways that people build them."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BIN = None
COMPILERS = {"clang": "clang++-19", "gcc": "g++-12"}

PROGRAM = """#include <thread>
long total;
static inline __attribute__((always_inline)) void store(long value) {
  total = value;
}
__attribute__((noinline)) void worker() {
  store(5);
}
int main() {
  std::thread other(worker);
  store(7);
  other.join();
}
"""
LIBRARY = """extern "C" __attribute__((noinline)) void set_rate(long* rate) {
  *rate = 3;
}
"""
USES_LIBRARY = """#include <thread>
extern "C" void set_rate(long*);
long rate;
int main() {
  std::thread other(set_rate, &rate);
  rate = 4;
  other.join();
}
"""


class Symbols(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="tenter-symbols-"))
        (self.place / "total.cc").write_text(PROGRAM)
        (self.place / "rate.cc").write_text(LIBRARY)
        (self.place / "uses_rate.cc").write_text(USES_LIBRARY)

    def tearDown(self):
        shutil.rmtree(self.place)

    def run_here(self, *command, status=0, compiler="clang"):
        environment = {**os.environ, "TENTER_CXX": COMPILERS[compiler]}
        done = subprocess.run([str(one) for one in command], cwd=self.place, env=environment, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, status, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def build(self, source, *flags, compiler="clang", output="app"):
        if shutil.which(COMPILERS[compiler]) is None:
            self.skipTest(f"{COMPILERS[compiler]} is not installed")
        self.run_here(BIN / "tenter-c++", "-std=c++20", source, "-o", output, "-pthread", *flags, compiler=compiler)

    def record(self):
        self.run_here(BIN / "tenter", "record", "-o", "app.tent", "--", "./app")

    def check(self):
        text = self.run_here(BIN / "tenter", "check", "app.tent", "--format", "text", "--format", "json=report.json", status=1)
        findings = json.loads((self.place / "report.json").read_text())["findings"]
        self.assertEqual([one["kind"] for one in findings], ["data-race"], text)
        return text, findings[0]

    def side_in(self, finding, function):
        for side in finding["sides"]:
            names = [frame["function"] for frame in side["stack"]]
            if any(name.startswith(function) for name in names):
                return side["stack"]
        self.fail(f"no side in {function}: {finding['sides']}")

    def test_inlined_frames_with_both_compilers_at_all_levels(self):
        prints = set()
        for compiler in COMPILERS:
            for level in ("-O0", "-O2"):
                with self.subTest(compiler=compiler, level=level):
                    self.build("total.cc", "-g", level, compiler=compiler)
                    self.record()
                    _, finding = self.check()
                    stack = self.side_in(finding, "worker")
                    self.assertTrue(stack[0]["function"].startswith("store"), stack)
                    self.assertEqual((stack[0]["line"], stack[0]["inlined"]), (4, True))
                    self.assertTrue(stack[1]["function"].startswith("worker"), stack)
                    self.assertEqual((stack[1]["line"], stack[1]["inlined"]), (7, False))
                    self.assertEqual(finding["object"]["name"], "total")
                    self.assertEqual({place["line"] for place in finding["locations"]}, {4})
                    prints.add(finding["fingerprint"])
        self.assertEqual(len(prints), 1, "one bug, whatever it was compiled with")

    def test_lines_and_folders_may_move(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        before = self.check()[1]["fingerprint"]
        (self.place / "elsewhere").mkdir()
        (self.place / "elsewhere" / "total.cc").write_text("// one\n// two\n// three\n" + PROGRAM)
        self.build("elsewhere/total.cc", "-g", "-O1")
        self.record()
        self.assertEqual(self.check()[1]["fingerprint"], before)

    def test_position_dependent_or_not(self):
        for flags in (("-no-pie", "-fno-pie"), ("-pie", "-fPIE")):
            with self.subTest(flags):
                self.build("total.cc", "-g", "-O1", *flags)
                self.record()
                _, finding = self.check()
                self.side_in(finding, "worker")
                self.assertEqual(finding["object"]["name"], "total")

    def test_in_a_shared_library(self):
        self.build("rate.cc", "-g", "-O1", "-shared", "-fPIC", output="librate.so")
        self.build("uses_rate.cc", "-g", "-O1", "-L.", "-lrate", "-Wl,-rpath,$ORIGIN")
        self.record()
        _, finding = self.check()
        stack = self.side_in(finding, "set_rate")
        self.assertEqual(pathlib.PurePath(stack[0]["file"]).name, "rate.cc")
        self.assertEqual(pathlib.PurePath(stack[0]["module"]).name, "librate.so")

    def test_without_debug_information_functions_remain(self):
        self.build("total.cc", "-O1")
        self.record()
        text, finding = self.check()
        self.assertEqual(self.side_in(finding, "worker")[0]["file"], "")
        self.assertIn("worker", text)

    def test_a_stripped_program_has_offsets(self):
        self.build("total.cc", "-g", "-O1")
        self.run_here("strip", "app")
        self.record()
        text, finding = self.check()
        frame = finding["sides"][0]["stack"][0]
        self.assertEqual(pathlib.PurePath(frame["module"]).name, "app")
        self.assertGreater(frame["offset"], 0)
        self.assertIn("app+0x", text)

    def test_a_program_that_is_gone(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        (self.place / "app").unlink()
        text, _ = self.check()
        self.assertIn("it is not there", text)
        self.assertIn("app+0x", text)

    def test_a_program_that_was_built_anew(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        (self.place / "total.cc").write_text("// changed\n" + PROGRAM.replace("7", "8"))
        self.build("total.cc", "-g", "-O1")
        text, finding = self.check()
        self.assertIn("built anew since the recording", text)
        self.assertEqual(finding["sides"][0]["stack"][0]["function"], "", "a wrong name is worse than none")

    def test_debug_information_in_a_file_of_its_own(self):
        self.build("total.cc", "-g", "-O1")
        self.run_here("objcopy", "--only-keep-debug", "app", "app.debug")
        self.run_here("strip", "app")
        self.run_here("objcopy", "--add-gnu-debuglink=app.debug", "app")
        self.record()
        self.side_in(self.check()[1], "worker")

    def test_sources_that_moved(self):
        self.build(self.place / "total.cc", "-g", "-O1")
        self.record()
        out = self.run_here(BIN / "tenter", "check", "app.tent", "--source-root", f"{self.place}=/src/bank", status=1)
        self.assertIn("/src/bank/total.cc:4", out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    chosen, rest = parser.parse_known_args()
    BIN = pathlib.Path(chosen.bin).resolve()
    unittest.main(argv=[sys.argv[0], *rest])
