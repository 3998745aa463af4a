#!/usr/bin/env python3
"""Names and lines of real programs, built in all the ways that people build them."""
import argparse
import functools
import http.server
import json
import os
import pathlib
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib

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

TWO_VARIABLES = """#include <thread>
long total;
long fees;
struct Rates { long in, out; };
Rates* rates = new Rates();
__attribute__((noinline)) void set_total(long value) {
  total = value;
}
__attribute__((noinline)) void set_fees(long value) {
  fees = value;
}
template <class T> __attribute__((noinline)) void set_in(T* all, long value) {
  all->in = value;
}
template <class T> __attribute__((noinline)) void set_out(T* all, long value) {
  all->out = value;
}
int main() {
  auto work = [](long value) {
    set_total(value);
    set_fees(value);
    set_in(rates, value);
    set_out(rates, value);
  };
  std::thread other(work, 1);
  work(2);
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

    def run_here(self, *command, status=0, compiler="clang", environment=None, address_space=None):
        environment = {**os.environ, "TENTER_CXX": COMPILERS[compiler], **(environment or {})}

        def limit():
            if address_space is not None:
                resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        done = subprocess.run([str(one) for one in command], cwd=self.place, env=environment, capture_output=True, text=True, timeout=600,
                              preexec_fn=limit)
        self.assertEqual(done.returncode, status, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def build(self, source, *flags, compiler="clang", output="app"):
        if shutil.which(COMPILERS[compiler]) is None:
            self.skipTest(f"{COMPILERS[compiler]} is not installed")
        self.run_here(BIN / "tenter-c++", "-std=c++20", source, "-o", output, "-pthread", *flags, compiler=compiler)

    def record(self):
        self.run_here(BIN / "tenter", "record", "-o", "app.tent", "--", "./app")

    def check(self, *options, **how):
        text = self.run_here(BIN / "tenter", "check", "app.tent", "--format", "text", "--format", "json=report.json", *options, status=1, **how)
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
            for level in ("-O0", "-O1", "-O2", "-O3"):
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

    def test_variables_are_told_apart_whatever_the_compiler_the_level_and_the_lines(self):
        seen = set()
        places = {"here": TWO_VARIABLES, "moved/down": "// one\n// two\n" + TWO_VARIABLES.replace("int main", "// three\n\nint main")}
        for folder, text in places.items():
            (self.place / folder).mkdir(parents=True)
            (self.place / folder / "variables.cc").write_text(text)
        for compiler, level, folder in (("clang", "-O0", "here"), ("clang", "-O2", "moved/down"), ("clang", "-O3", "here"),
                                        ("gcc", "-O0", "moved/down"), ("gcc", "-O1", "here"), ("gcc", "-O3", "here")):
            with self.subTest(compiler=compiler, level=level, folder=folder):
                self.build(f"{folder}/variables.cc", "-g", level, compiler=compiler)
                self.record()
                self.run_here(BIN / "tenter", "check", "app.tent", "--format", "json=report.json", status=1)
                findings = json.loads((self.place / "report.json").read_text())["findings"]
                self.assertEqual(len({one["fingerprint"] for one in findings}), 4, [one["message"] for one in findings])
                self.assertEqual(len({one["weak_fingerprint"] for one in findings}), 4)
                seen.add(tuple(sorted((one["fingerprint"], one["weak_fingerprint"]) for one in findings)))
        self.assertEqual(len(seen), 1, "four bugs, whatever they were compiled with")

    def test_a_renamed_file_is_known_by_its_weak_fingerprint(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        before = self.check()[1]
        (self.place / "total.cc").rename(self.place / "sum.cc")
        self.build("sum.cc", "-g", "-O1")
        self.record()
        after = self.check()[1]
        self.assertNotEqual(after["fingerprint"], before["fingerprint"])
        self.assertEqual(after["weak_fingerprint"], before["weak_fingerprint"])

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

    def build_id(self):
        text = self.run_here("readelf", "-n", "app")
        return text.split("Build ID:")[1].split()[0]

    def keep_debug_information(self, folder):
        """As distributions and symbol servers keep it: in a file named after the build-id."""
        identity = self.build_id()
        kept = self.place / folder / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
        kept.parent.mkdir(parents=True)
        self.run_here("objcopy", "--only-keep-debug", "app", kept)
        return identity, kept

    def test_debug_information_in_a_folder_by_build_id(self):
        self.build("total.cc", "-g", "-O1")
        self.keep_debug_information("kept")
        self.run_here("strip", "app")
        self.record()
        self.assertEqual(self.check()[1]["sides"][0]["stack"][0]["function"], "")
        finding = self.check("--debug-file-directory", "kept")[1]
        self.assertEqual(self.side_in(finding, "store")[0]["line"], 4)
        self.assertEqual(finding["object"]["name"], "total")
        # It is enough where the program itself is gone or another one.
        (self.place / "app").unlink()
        text, finding = self.check("--debug-file-directory", "kept")
        self.assertEqual(self.side_in(finding, "store")[0]["line"], 4)
        self.assertNotIn("it is not there", text)

    def test_split_debug_information(self):
        self.build("total.cc", "-g", "-O1", "-gsplit-dwarf")
        split = list(self.place.glob("*.dwo"))
        self.assertTrue(split)
        self.record()
        stack = self.side_in(self.check()[1], "worker")
        self.assertEqual((stack[0]["line"], stack[0]["inlined"]), (4, True))
        for file in split:
            file.unlink()
        # What is left in the program names functions at least, and nothing wrongly.
        self.side_in(self.check()[1], "worker")

    def test_compressed_debug_information(self):
        for kind in ("zlib", "zstd"):
            with self.subTest(kind):
                self.build("total.cc", "-g", "-O1")
                self.run_here("llvm-objcopy-19", f"--compress-debug-sections={kind}", "app")
                self.assertIn("C", next(line for line in self.run_here("readelf", "-SW", "app").splitlines() if ".debug_info" in line).split("]")[1].split()[6])
                self.record()
                self.assertEqual(self.side_in(self.check()[1], "worker")[0]["line"], 4)

    def test_without_a_build_id_only_a_file_that_stayed_is_trusted(self):
        self.build("total.cc", "-g", "-O1", "-Wl,--build-id=none")
        self.record()
        self.side_in(self.check()[1], "worker")
        # Times of the file's contents can be set, those of the last change cannot.
        before = (self.place / "app").stat()
        (self.place / "total.cc").write_text(PROGRAM.replace("worker", "helper"))
        self.build("total.cc", "-g", "-O1", "-Wl,--build-id=none")
        os.utime(self.place / "app", ns=(before.st_atime_ns, before.st_mtime_ns))
        text, finding = self.check()
        self.assertIn("it has no build-id", text)
        self.assertEqual(finding["sides"][0]["stack"][0]["function"], "", "a wrong name is worse than none")

    def test_debuginfod_is_asked_only_where_the_user_asks(self):
        self.build("total.cc", "-g", "-O1")
        identity, kept = self.keep_debug_information("kept")
        served = self.place / "served" / "buildid" / identity
        served.mkdir(parents=True)
        kept.rename(served / "debuginfo")
        self.run_here("strip", "app")
        self.record()
        asked = []

        class Server(http.server.SimpleHTTPRequestHandler):
            def log_request(self, *_):
                asked.append(self.path)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(self.place / "served")))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            here = {"DEBUGINFOD_URLS": f"http://127.0.0.1:{server.server_port}", "DEBUGINFOD_CACHE_PATH": str(self.place / "cache")}
            self.assertEqual(self.check(environment=here)[1]["sides"][0]["stack"][0]["function"], "")
            self.assertEqual(asked, [])
            finding = self.check("--debuginfod", environment=here)[1]
            self.assertEqual(self.side_in(finding, "store")[0]["line"], 4)
            self.assertIn(f"/buildid/{identity}/debuginfo", asked)
        finally:
            server.shutdown()
            server.server_close()
        self.run_here(BIN / "tenter", "check", "app.tent", "--debuginfod", status=2, environment={"DEBUGINFOD_URLS": ""})

    def test_long_names_are_shortened_unless_asked_for(self):
        (self.place / "long.cc").write_text("""#include <map>
#include <string>
#include <thread>
#include <vector>
long total;
template <class T> __attribute__((noinline)) void count_all_of_them(const T&) {
  total = 1;
}
int main() {
  std::map<std::string, std::vector<std::map<std::string, std::string>>> all;
  std::thread other([&] { count_all_of_them(all); });
  count_all_of_them(all);
  other.join();
}
""")
        self.build("long.cc", "-g", "-O1")
        self.record()
        text, finding = self.check()
        self.assertIn("count_all_of_them", text)
        self.assertNotIn("std::allocator", text)
        self.assertLess(max(len(line) for line in text.splitlines() if line.startswith("    #")), 240)
        self.assertIn("std::allocator", self.check("--full-names")[0])
        self.assertIn("std::allocator", finding["sides"][0]["stack"][0]["function"], "JSON keeps all of it")

    def section(self, path, name):
        """(offset, size) of a section in an ELF file of 64 bits."""
        return struct.unpack_from("<QQ", path.read_bytes(), self.section_header(path, name) + 0x18)

    def section_header(self, path, name):
        """Where it stands in the file."""
        data = path.read_bytes()
        start, = struct.unpack_from("<Q", data, 0x28)
        each, count, names = struct.unpack_from("<HHH", data, 0x3a)
        names_at, = struct.unpack_from("<Q", data, start + names * each + 0x18)
        for i in range(count):
            at, = struct.unpack_from("<I", data, start + i * each)
            if data[names_at + at:data.index(b"\0", names_at + at)] == name.encode():
                return start + i * each
        self.fail(f"no section {name}")

    def test_hostile_debug_information_costs_names_alone(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        app = self.place / "app"
        whole = app.read_bytes()
        choose = random.Random(29)
        places = [self.section(app, name) for name in (".debug_info", ".debug_abbrev", ".debug_line", ".debug_str_offsets", ".debug_rnglists", ".debug_addr")]
        for _ in range(16):
            data = bytearray(whole)
            for offset, size in choose.sample(places, 2):
                for _ in range(choose.choice((1, 8, 64))):
                    data[offset + choose.randrange(size)] = choose.choice((0, 1, 0x7f, 0x80, 0xff, choose.randrange(256)))
            app.write_bytes(data)
            _, finding = self.check()
            self.assertEqual({side["role"] for side in finding["sides"]}, {"write"})

    def test_section_headers_that_lie_cost_names_alone(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        app = self.place / "app"
        whole = app.read_bytes()
        start, = struct.unpack_from("<Q", whole, 0x28)
        each, count, _ = struct.unpack_from("<HHH", whole, 0x3a)
        for field in (0x08, 0x18, 0x20):   # flags (compressed, all at once), offset, size
            for value in (2**63, 2**40, 0x800):
                data = bytearray(whole)
                for i in range(1, count):
                    struct.pack_into("<Q", data, start + i * each + field, value)
                app.write_bytes(data)
                self.check()

    def test_debug_information_that_claims_to_be_huge_is_not_unpacked(self):
        self.build("total.cc", "-g", "-O1")
        self.run_here("llvm-objcopy-19", "--compress-debug-sections=zlib", "app")
        self.record()
        app = self.place / "app"
        data = bytearray(app.read_bytes())
        for name in (".debug_info", ".debug_line"):
            offset, _ = self.section(app, name)
            struct.pack_into("<Q", data, offset + 8, 1 << 44)   # 16 TiB
        app.write_bytes(data)
        text, finding = self.check()
        self.assertEqual(len(finding["sides"]), 2, text)

    def rename_worker(self, path, name_at, table):
        """Lets the symbol of worker() have its name at that offset of a table of names, which begins at the file's end: its size is given."""
        data = bytearray(path.read_bytes())
        names, names_size = self.section(path, ".strtab")
        symbols, symbols_size = self.section(path, ".symtab")
        old = bytes(data[names:names + names_size])
        worker = old.index(b"_Z6workerv\0")
        for at in range(symbols, symbols + symbols_size, 24):
            if struct.unpack_from("<I", data, at)[0] == worker:
                struct.pack_into("<I", data, at, names_size + name_at)
        struct.pack_into("<QQ", data, self.section_header(path, ".strtab") + 0x18, len(data), names_size + table)
        path.write_bytes(data + old)

    def test_a_huge_name_in_the_symbol_table_costs_itself_alone(self):
        mega = 1 << 20
        self.build("total.cc", "-O1")
        self.record()
        app = self.place / "app"
        whole = app.read_bytes()
        longest = {b"A" * mega: "A" * 4096 + "...",          # shortened
                   b"A" * (64 * mega): None,                 # more than anybody reads
                   b"_Z6worker" + b"P" * mega + b"i": None}   # pointers to pointers, on which a demangler's stack ends
        for name, shown in longest.items():
            with self.subTest(name[:10], size=len(name)):
                app.write_bytes(whole)
                self.rename_worker(app, 0, len(name) + 1)
                with open(app, "ab") as file:
                    file.write(name + b"\0")
                text, finding = self.check()
                innermost = {side["stack"][0]["function"] for side in finding["sides"]}
                self.assertEqual(innermost, {shown or "", "main"})
                self.assertEqual("some names and lines are missing" in text, shown is None, text)
                self.assertLess(len(text), 20_000)

    def test_a_name_behind_a_gigabyte_is_found(self):
        giga = 1 << 30
        self.build("total.cc", "-O1")
        self.record()
        app = self.place / "app"
        self.rename_worker(app, giga, giga + len("_Z6workerv") + 1)
        with open(app, "r+b") as file:
            file.seek(giga, os.SEEK_END)   # a hole, which takes no room
            file.write(b"_Z6workerv\0")
        self.side_in(self.check()[1], "worker()")

    def lengthen_store(self, path, megabytes):
        """Lets the debug information name store(), which is inlined, by so many megabytes, in a compressed section."""
        data = bytearray(path.read_bytes())
        strings, strings_size = self.section(path, ".debug_str")
        offsets, offsets_size = self.section(path, ".debug_str_offsets")
        old = bytes(data[strings:strings + strings_size])
        for name in (b"store\0", b"_ZL5storel\0"):
            for at in range(offsets + 8, offsets + offsets_size, 4):
                if struct.unpack_from("<I", data, at)[0] == old.index(b"\0" + name) + 1:
                    struct.pack_into("<I", data, at, strings_size)

        def packed(piece, flush):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            return packer.compress(piece) + packer.flush(flush)
        # A megabyte that was compressed for itself may be repeated as it is.
        mega = b"A" * (1 << 20)
        checksum = zlib.adler32(old)
        for _ in range(megabytes):
            checksum = zlib.adler32(mega, checksum)
        stream = (b"\x78\xda" + packed(old, zlib.Z_FULL_FLUSH) + packed(mega, zlib.Z_FULL_FLUSH) * megabytes
                  + packed(b"\0", zlib.Z_FINISH) + struct.pack(">I", zlib.adler32(b"\0", checksum)))
        header = self.section_header(path, ".debug_str")
        flags, = struct.unpack_from("<Q", data, header + 8)
        struct.pack_into("<Q", data, header + 8, flags | 0x800)   # SHF_COMPRESSED
        struct.pack_into("<QQ", data, header + 0x18, len(data), 24 + len(stream))
        path.write_bytes(data + struct.pack("<IIQQ", 1, 0, strings_size + megabytes * len(mega) + 1, 1) + stream)

    def test_a_name_of_a_gigabyte_costs_itself_alone(self):
        self.build("total.cc", "-g", "-O1")
        self.record()
        whole = (self.place / "app").read_bytes()
        for megabytes in (1, 1024):
            with self.subTest(megabytes=megabytes):
                (self.place / "app").write_bytes(whole)
                self.lengthen_store(self.place / "app", megabytes)
                text, finding = self.check(address_space=2 << 30)
                self.assertEqual({side["role"] for side in finding["sides"]}, {"write"})
                shown = "A" * 4096 + "..." in {frame["function"] for side in finding["sides"] for frame in side["stack"]}
                self.assertEqual(shown, megabytes == 1, text)
                self.assertEqual("some names and lines are missing" in text, megabytes > 1, text)
                self.assertLess(len(text), 20_000)

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
