#!/usr/bin/env python3
"""One racy program, and where programs run: any layout of addresses, little room, no /proc, other allocators, plug-ins.

    environments_test.py BUILD_DIR [NAME...]

In each place the program ends as it does anywhere, its recording has the race on `racy` and nothing else, and the report
names what was instrumented.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BIN = None   # set from the command line
TIME_LIMIT_SECONDS = 600
LIBRARIES = pathlib.Path("/usr/lib/x86_64-linux-gnu")
ALLOCATORS = [LIBRARIES / "libtcmalloc_minimal.so.4", LIBRARIES / "libjemalloc.so.2"]

# Blocks go from thread to thread through the allocator alone.
RACY = """
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
struct alignas(64) Wide { int values[32]; };
int racy;
void work() {
  for (int i = 0; i < 3000; ++i) {
    std::string text(40 + i % 50, 'x');
    auto numbers = std::make_unique<int[]>(4 + i % 200);
    numbers[0] = i;
    auto wide = std::make_unique<Wide>();
    wide->values[0] = i;
    auto* block = static_cast<char*>(malloc(16 + i % 1000));
    block[0] = 1;
    free(block);
  }
  racy = 1;
}
extern "C" void run() {
  std::thread first(work), second(work);
  first.join();
  second.join();
}
"""
MAIN = 'extern "C" void run();\nint main() { run(); }\n'
HOST = """
#include <dlfcn.h>
int main(int, char** argv) {
  void* plug_in = dlopen(argv[1], RTLD_NOW);
  if (plug_in == nullptr) return 1;
  reinterpret_cast<void (*)()>(dlsym(plug_in, "run"))();
}
"""


def setUpModule():
    global PLACE
    folder = tempfile.TemporaryDirectory(prefix="tenter-environments-")
    unittest.addModuleCleanup(folder.cleanup)
    PLACE = pathlib.Path(folder.name)
    for name, text in (("racy.cc", RACY), ("main.cc", MAIN), ("host.cc", HOST)):
        (PLACE / name).write_text(text)
    build("-c", "racy.cc", "-fPIC", "-o", "racy.o")
    build("main.cc", "racy.o", "-o", "program")


def build(*words, compiler=None):
    environment = {**os.environ, "TENTER_CXX": "clang++-19"}
    command = [compiler or BIN / "tenter-c++", "-g", "-O1", "-pthread", *words]
    subprocess.run([str(word) for word in command], check=True, cwd=PLACE, env=environment, timeout=TIME_LIMIT_SECONDS)


class Environments(unittest.TestCase):
    def run_recorded(self, *command, **environment):
        recording = PLACE / "run.tent"
        recording.unlink(missing_ok=True)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
        done = subprocess.run([str(word) for word in command], cwd=PLACE, text=True, timeout=TIME_LIMIT_SECONDS,
                              env={**clean, "TENTER_OPTIONS": f"output={recording}", **environment},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        return recording, done.stderr

    def assert_race(self, *command, instrumented="program", **environment):
        recording, said = self.run_recorded(*command, **environment)
        self.assertEqual(said, "")
        report = PLACE / "report.json"
        text = subprocess.run([BIN / "tenter", "check", recording, "--format", f"json={report}", "--format", "text"],
                              text=True, timeout=TIME_LIMIT_SECONDS, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout
        facts = json.loads(report.read_text())
        self.assertEqual({(each["kind"], (each.get("object") or {}).get("name")) for each in facts["findings"]},
                         {("data-race", "racy")}, text)
        self.assertEqual([pathlib.Path(path).name for path in facts["recordings"][0]["instrumented_modules"]],
                         [instrumented], text)
        self.assertIn(f"instrumented: {instrumented}\n", text)

    def tool(self, *command):
        """The command if this machine lets us use it."""
        if shutil.which(command[0]) is None or \
                subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest(f"{' '.join(command)} does not work here")
        return command

    def test_layouts(self):
        self.assert_race("./program")
        build("-no-pie", "main.cc", "racy.o", "-o", "fixed")
        self.assert_race("./fixed", instrumented="fixed")
        without_randomization = self.tool("setarch", "-R")
        self.assert_race(*without_randomization, "./program")
        self.assert_race(*without_randomization, "./fixed", instrumented="fixed")

    def test_little_room(self):
        for limit in ("-v 200000", "-s 256", "-n 4"):
            with self.subTest(limit):
                self.assert_race("bash", "-c", f"ulimit {limit}; exec ./program")

    def test_without_proc(self):
        self.assert_race(*self.tool("bwrap", "--dev-bind", "/", "/", "--tmpfs", "/proc"), "./program")

    def test_namespaces(self):
        self.assert_race(*self.tool("unshare", "--map-root-user", "--mount", "--pid", "--fork"), "./program")

    def test_other_allocators(self):
        for allocator in ALLOCATORS:
            with self.subTest(allocator.name):
                if not allocator.exists():
                    self.skipTest(f"there is no {allocator}")
                build("main.cc", "racy.o", allocator, "-o", "other")
                self.assert_race("./other", instrumented="other")
                preload = f"{BIN.parent / 'lib' / 'libtenter_record.so'}:{allocator}"
                self.assert_race("./program", LD_PRELOAD=preload)

    def test_the_standard_library_inside_of_the_program(self):
        build("-static-libstdc++", "-static-libgcc", "main.cc", "racy.o", "-o", "whole")
        self.assert_race("./whole", instrumented="whole")

    def test_a_plug_in_of_an_uninstrumented_program(self):
        build("-shared", "-fPIC", "racy.o", "-o", "plug_in.so")
        build("host.cc", "-o", "host", compiler="clang++-19")
        recording, said = self.run_recorded("./host", "./plug_in.so")
        recorder = BIN.parent / "lib" / "libtenter_record.so"
        self.assertRegex(said, r"^tenter: nothing is recorded, because [^\n]*; start it with LD_PRELOAD=[^\n]*\n$")
        self.assertTrue(os.path.samefile(said.strip().rpartition("=")[2], recorder), said)
        self.assertFalse(recording.exists())
        # It records from the plug-in's arrival on; the shell in front of it has nothing to do with it.
        self.assert_race("sh", "-c", "./host ./plug_in.so; exit $?", instrumented="plug_in.so", LD_PRELOAD=str(recorder))


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve() / "bin"
    unittest.main(verbosity=2)
