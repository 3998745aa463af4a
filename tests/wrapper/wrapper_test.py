#!/usr/bin/env python3
"""The wrapper as somebody's compiler: whole projects, each kind of command, each compiler beneath.

    wrapper_test.py BUILD_DIR [NAME...]
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from recipes import recipes  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE.parent / "programs"
COMPILERS = [name for name in ("clang++-19", "g++-12", "clang++-14") if shutil.which(name)]
BIN = None   # set from the command line
TIME_LIMIT_SECONDS = 600


def c_compiler(name):
    return name.replace("clang++", "clang").replace("g++", "gcc")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tenter-wrapper-")
        self.addCleanup(folder.cleanup)
        self.place = pathlib.Path(folder.name)

    def run_command(self, *command, compiler="clang++-19", expect=0, where=None, **environment):
        clean = {key: value for key, value in os.environ.items()
                 if not key.startswith("TENTER_") and key not in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS")}
        clean.update({"TENTER_CXX": compiler, "TENTER_CC": c_compiler(compiler), **environment})
        done = subprocess.run([str(word) for word in command], cwd=where or self.place, env=clean, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT_SECONDS)
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"{command}\n{done.stdout}")
        return done.stdout

    def cxx(self, *arguments, **options):
        return self.run_command(BIN / "tenter-c++", *arguments, **options)

    def cc(self, *arguments, **options):
        return self.run_command(BIN / "tenter-cc", *arguments, **options)

    def findings(self, *program, **options):
        recording, report = self.place / "run.tent", self.place / "report.json"
        self.run_command(BIN / "tenter", "record", "-o", recording, "--", *program, **options)
        self.run_command(BIN / "tenter", "check", recording, "--format", f"json={report}", expect=None)
        return json.loads(report.read_text())["findings"]

    def assert_race_on_total(self, *program, **options):
        # One finding or more: a counter is read and written, and each pair of places is a finding of its own.
        found = self.findings(*program, **options)
        self.assertEqual({(each["kind"], (each.get("object") or {}).get("name")) for each in found},
                         {("data-race", "total")}, json.dumps(found, indent=1)[:4000])

    def write(self, name, text):
        (self.place / name).write_text(text)
        return self.place / name

    def copy_project(self, name):
        shutil.copytree(HERE / "projects" / name, self.place / name)
        return self.place / name


class Wrapper(Case):
    # ---- one command ---------------------------------------------------------------------------------
    def test_compile_and_link_in_one_step(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                said = self.cxx("-g", "-O1", PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler)
                self.assertEqual(said, "")
                self.assert_race_on_total(self.place / "app")

    def test_compile_and_link_in_two_steps(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("-g", "-c", PROGRAMS / "race_global.cc", "-o", "app.o", compiler=compiler)
                self.cxx("app.o", "-o", "app", compiler=compiler)
                self.assert_race_on_total(self.place / "app")

    def test_objects_of_both_compilers_in_one_program(self):
        self.cc("-g", "-c", HERE / "projects/make/counter.c", compiler="g++-12")
        self.cxx("-g", "-c", HERE / "projects/make/main.cc", compiler="clang++-19")
        for compiler in ("clang++-19", "g++-12"):
            self.cxx("main.o", "counter.o", "-o", "app", compiler=compiler)
            self.assert_race_on_total(self.place / "app")

    def test_c(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cc("-g", PROGRAMS / "race_plain_c.c", "-o", "app", "-pthread", compiler=compiler)
                self.assert_race_on_total(self.place / "app")

    def test_the_users_own_sanitize_thread_changes_nothing(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("-g", "-fsanitize=thread", "-c", PROGRAMS / "race_global.cc", "-o", "app.o", compiler=compiler)
                self.cxx("-fsanitize=thread", "app.o", "-o", "app", compiler=compiler)
                self.assertNotIn("libtsan", self.run_command("ldd", "app"))
                self.assert_race_on_total(self.place / "app")

    def test_predictions_are_made_where_no_read_is_missing(self):
        hidden = PROGRAMS / "threads/predictive_lock_hidden_write.cpp"
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("-g", hidden, "-o", "app", compiler=compiler)
                # An older clang leaves out reads that only our plug-in, which it cannot load, would report.
                predicted = set() if compiler == "clang++-14" else {"predicted"}
                self.assertEqual({each["certainty"] for each in self.findings(self.place / "app")}, predicted)
                # The same code, compiled without the wrapper.
                self.run_command(compiler, "-fsanitize=thread", "-Wno-tsan" if compiler == "g++-12" else "-g", "-c", hidden,
                                 "-o", "app.o")
                self.cxx("app.o", "-o", "app", compiler=compiler)
                self.assertEqual(len(self.findings(self.place / "app")), 1 if compiler == "g++-12" else 0)
        if "clang++-19" not in COMPILERS:
            return
        self.cxx("--tenter-pass=off", "-g", hidden, "-o", "app", compiler="clang++-19")
        self.assertEqual(self.findings(self.place / "app"), [])

    def test_code_that_is_not_position_independent(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("-g", "-fno-pie", "-no-pie", PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler)
                self.assert_race_on_total(self.place / "app")

    def test_static_programs(self):
        for compiler in COMPILERS:
            for kind in ("-static", "-static-pie"):
                with self.subTest(f"{compiler} {kind}"):
                    self.assertEqual(self.cxx("-g", "-fPIE", kind, PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler), "")
                    self.assertNotIn("INTERP", self.run_command("readelf", "--program-headers", "--wide", "app"))
                    self.assert_race_on_total(self.place / "app")
                    self.cxx("-g", "-fPIE", "-c", PROGRAMS / "norace_global_mutex.cc", "-o", "app.o", compiler=compiler)
                    self.assertEqual(self.cxx(kind, "app.o", "-o", "app", compiler=compiler), "")
                    self.assertEqual(self.findings(self.place / "app"), [])

    def test_a_thread_of_a_static_program_was_created_by_its_own_code(self):
        """Not by the C++ library, which is a part of the program here and still not its own code."""
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("-g", "-static", PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler)
                sides = self.findings(self.place / "app")[0]["sides"]
                made = [frame for side in sides for frame in side["task"].get("created_at", [])]
                self.assertTrue(made)
                self.assertNotIn("_M_start_thread", json.dumps(made))
                self.assertIn("race_global.cc", json.dumps(made))

    def test_functions_at_the_end_of_a_static_program_are_recorded(self):
        source = self.write("ends.c", """
            #include <pthread.h>
            static int total;
            static void* work(void* none) { total = 1; return none; }
            static pthread_t worker;
            __attribute__((destructor)) static void end(void) { total = 2; pthread_join(worker, 0); }
            int main(void) { return pthread_create(&worker, 0, work, 0); }
            """)
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cc("-g", "-static", source, "-o", "app", compiler=compiler)
                self.assert_race_on_total(self.place / "app")

    def test_a_static_program_with_a_malloc_of_its_own_is_told_what_is_unseen(self):
        source = self.write("own.c", """
            #include <stddef.h>
            static char memory[1 << 20];
            static size_t used;
            void* malloc(size_t size) { used = (used + size + 15) & ~(size_t)15; return used > sizeof memory ? 0 : memory + used - size; }
            void* calloc(size_t count, size_t size) { return malloc(count * size); }
            void* realloc(void* old, size_t size) { return old ? 0 : malloc(size); }
            void free(void* block) { (void)block; }
            int main(void) { return malloc(10) == 0; }
            """)
        self.cc("-static", source, "-o", "app")
        said = self.run_command(self.place / "app", TENTER_OPTIONS="output=run.tent")
        self.assertIn("malloc of its own", said)
        self.assertEqual(said.count("\n"), 1, said)

    def test_the_library_in_a_static_program(self):
        source = self.write("tasks.cc", """
            #include <tenter/tenter.h>
            int total;
            int main() {
              return tenter::run([] {
                auto done = tenter::make_chan<int>();
                tenter::go([=] { if (ORDERED) total = 1; done.send(1); if (!ORDERED) total = 1; done.send(2); });
                done.recv();
                total = 2;
                done.recv();
              });
            }
            """)
        for compiler in ("clang++-19", "g++-12"):
            with self.subTest(compiler):
                for ordered, names in ((0, {"total"}), (1, set())):
                    self.cxx("-g", "-std=c++20", "-static", f"-DORDERED={ordered}", source, "-ltenter", "-o", "app", compiler=compiler)
                    found = self.findings(self.place / "app")
                    self.assertEqual({(each.get("object") or {}).get("name") for each in found}, names, json.dumps(found)[:3000])

    def test_warnings_as_errors_with_fences(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                said = self.cxx("-Wall", "-Wextra", "-Werror", PROGRAMS / "norace_fences_publish.cc", "-o", "app",
                                compiler=compiler)
                self.assertEqual(said, "")

    def test_flags_without_a_use_are_no_warning(self):
        assembly = self.write("nothing.s", ".section .note.GNU-stack,\"\",@progbits\n")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.assertEqual(self.cxx("-Werror", "-c", assembly, compiler=compiler), "")
                self.cxx("-c", PROGRAMS / "race_global.cc", "-o", "app.o", compiler=compiler)
                self.assertEqual(self.cxx("-Werror", "app.o", "nothing.o", "-o", "app", compiler=compiler), "")

    def test_response_files(self):
        self.write("objects.rsp", '"main file.o"\n-o app\n')
        shutil.copy(PROGRAMS / "race_global.cc", self.place / "main file.cc")
        self.write("compile.rsp", "-g -c 'main file.cc'")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("@compile.rsp", compiler=compiler)
                self.cxx("@objects.rsp", compiler=compiler)
                self.assert_race_on_total(self.place / "app")

    def test_spaces_in_paths(self):
        (self.place / "my project").mkdir()
        source = self.place / "my project" / "main file.cc"
        shutil.copy(PROGRAMS / "race_global.cc", source)
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("-g", "-I", PROGRAMS, "-c", source, "-o", "my project/main file.o", compiler=compiler)
                self.cxx("my project/main file.o", "-o", "my project/the app", compiler=compiler)
                self.assert_race_on_total(self.place / "my project" / "the app")

    def test_several_sources_in_one_command(self):
        project = self.copy_project("make")
        shutil.copy(project / "counter.c", project / "counter.cc")   # of one language, so that one command takes both
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.assertEqual(self.cxx("-g", project / "main.cc", project / "counter.cc", "-o", "app",
                                          compiler=compiler), "")
                self.assert_race_on_total(self.place / "app")
                for option, ending in (("-c", "o"), ("-S", "s")):
                    self.assertEqual(self.cxx("-g", option, project / "main.cc", project / "counter.cc",
                                              compiler=compiler), "")
                    self.cxx(f"main.{ending}", f"counter.{ending}", "-o", "app", compiler=compiler)
                    self.assert_race_on_total(self.place / "app")

    def test_dependencies_and_preprocessing_make_no_program(self):
        source = HERE / "projects/make/main.cc"
        for compiler in COMPILERS:
            for option in ("-M", "-MM", "-E"):
                with self.subTest(f"{compiler} {option}"):
                    said = self.cxx(option, source, source, compiler=compiler)
                    self.assertIn("counter.h", said)
            self.assertEqual(self.cxx("-fsyntax-only", source, compiler=compiler), "")
        self.assertEqual(list(self.place.iterdir()), [])

    def test_source_from_standard_input(self):
        source = (PROGRAMS / "race_global.cc").read_text()
        for compiler in COMPILERS:
            built = subprocess.run([BIN / "tenter-c++", "-g", "-x", "c++", "-", "-o", self.place / "app"], input=source,
                                   text=True, env={**os.environ, "TENTER_CXX": compiler}, stderr=subprocess.PIPE)
            self.assertEqual((built.returncode, built.stderr), (0, ""))

    # ---- libraries --------------------------------------------------------------------------------------
    def test_a_race_inside_a_shared_library(self):
        project = self.copy_project("make")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cc("-g", "-fPIC", "-shared", "-Wl,-z,defs", project / "counter.c", "-o", "libcounter.so",
                        compiler=compiler)
                self.cxx("-g", project / "main.cc", "-o", "app", "-L.", "-lcounter", "-Wl,-rpath,$ORIGIN",
                         compiler=compiler)
                self.assert_race_on_total(self.place / "app")

    def test_a_race_inside_a_plugin(self):
        project = self.copy_project("plugin")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cc("-g", "-fPIC", "-shared", project / "counter.c", "-o", "plugin.so", compiler=compiler)
                self.cxx("-g", project / "main.cc", "-o", "app", "-ldl", compiler=compiler)
                self.assert_race_on_total(self.place / "app", self.place / "plugin.so")

    def test_relocatable_link(self):
        self.cxx("-g", "-c", PROGRAMS / "race_global.cc", "-o", "one.o")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                for flag in ("-r", "-Wl,-r"):
                    self.cxx(flag, "-no-pie", "-nostdlib", "one.o", "-o", "joined.o", compiler=compiler)
                    self.cxx("joined.o", "-o", "app", compiler=compiler)
                    self.assert_race_on_total(self.place / "app")

    def test_the_callbacks_in_the_program_may_be_there_twice_or_not_at_all(self):
        library = BIN.parent / "lib"
        self.cxx("-g", "-c", PROGRAMS / "race_global.cc", "-o", "one.o")
        self.run_command("ld", "-r", "one.o", library / "tenterhook/near_callbacks.o", "-o", "twice.o")
        self.cxx("twice.o", "-o", "app")
        self.assert_race_on_total(self.place / "app")
        # Linked by hand, as a build does that calls its own linker.
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.run_command(compiler, "one.o", library / "libtenter_record.so", "-pthread",
                                 f"-Wl,-rpath,{library}", "-o", "by_hand")
                self.assert_race_on_total(self.place / "by_hand")

    # ---- whole projects -----------------------------------------------------------------------------------
    def test_cmake_project(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                project, build = HERE / "projects/cmake", self.place / f"build-{compiler}"
                self.run_command("cmake", "-S", project, "-B", build, "-DCMAKE_BUILD_TYPE=Debug",
                                 f"-DCMAKE_C_COMPILER={BIN}/tenter-cc", f"-DCMAKE_CXX_COMPILER={BIN}/tenter-c++",
                                 compiler=compiler)
                self.run_command("cmake", "--build", build, compiler=compiler)
                self.assert_race_on_total(build / "app")

    def test_make_project(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                project = self.copy_project("make")
                self.run_command("make", f"CC={BIN}/tenter-cc", f"CXX={BIN}/tenter-c++", where=project,
                                 compiler=compiler)
                self.assert_race_on_total(project / "app")
                shutil.rmtree(project)

    def test_autotools_project(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                project = self.copy_project("autotools")
                self.run_command("autoreconf", "--install", where=project)
                said = self.run_command("./configure", f"CC={BIN}/tenter-cc", where=project, compiler=compiler)
                self.assertIn("checking for pthread.h... yes", said)
                self.run_command("make", where=project, compiler=compiler)
                self.assert_race_on_total(project / "app")
                shutil.rmtree(project)

    def test_wrapper_named_by_the_environment_and_found_on_the_path(self):
        found = {"CXX": "tenter-c++", "CC": "tenter-cc", "PATH": f"{BIN}:{os.environ['PATH']}"}
        for compiler in COMPILERS:
            with self.subTest(compiler):
                project, build = self.copy_project("autotools"), self.place / f"build-{compiler}"
                self.run_command("autoreconf", "--install", where=project)
                self.run_command("./configure", where=project, compiler=compiler, **found)
                self.run_command("make", where=project, compiler=compiler, **found)
                self.assert_race_on_total(project / "app")
                shutil.rmtree(project)
                self.run_command("cmake", "-S", HERE / "projects/cmake", "-B", build, compiler=compiler, **found)
                self.run_command("cmake", "--build", build, compiler=compiler)
                self.assertIn("libtenter_record", self.run_command("ldd", build / "app"))

    @unittest.skipUnless(shutil.which("ccache"), "ccache is not installed")
    def test_ccache_in_front_and_beneath(self):
        cache = str(self.place / "cache")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                for _ in range(2):   # the second time from the cache
                    self.run_command("ccache", BIN / "tenter-c++", "-g", "-c", PROGRAMS / "race_global.cc", "-o",
                                     "front.o", compiler=compiler, CCACHE_DIR=cache)
                    self.run_command(BIN / "tenter-c++", "-g", "-c", PROGRAMS / "race_global.cc", "-o", "beneath.o",
                                     compiler=compiler, CCACHE_DIR=cache, TENTER_CXX=f"ccache {compiler}")
                for name in ("front.o", "beneath.o"):
                    self.cxx(name, "-o", "app", compiler=compiler)
                    self.assert_race_on_total(self.place / "app")

    # ---- modes ----------------------------------------------------------------------------------------------
    def test_off_leaves_the_program_as_it_is(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.cxx("--tenter-mode=off", PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler)
                self.assertNotIn("__tsan", self.run_command("nm", "-D", "app"))
                self.assertNotIn("tenter", self.run_command("ldd", "app"))
                self.run_command(self.place / "app")

    def test_off_from_the_environment_and_the_option_wins(self):
        self.cxx(PROGRAMS / "race_global.cc", "-o", "app", TENTER_MODE="off")
        self.assertNotIn("libtenter_record", self.run_command("ldd", "app"))
        self.cxx("--tenter-mode=record", PROGRAMS / "race_global.cc", "-o", "app", TENTER_MODE="off")
        self.assertIn("libtenter_record", self.run_command("ldd", "app"))

    def test_tsan_is_the_genuine_runtime(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                # A gate keeps the two sides apart: this detector sees no race whose accesses meet in its shadow memory.
                self.cxx("--tenter-mode=tsan", "-g", PROGRAMS / "race_bool_flag.cc", "-o", "app", compiler=compiler)
                self.assertNotIn("libtenter_record", self.run_command("ldd", "app"))
                said = self.run_command(self.place / "app", expect=66)
                self.assertIn("WARNING: ThreadSanitizer: data race", said)

    # What our plug-in for clang calls is there, too.
    def test_an_object_that_was_to_be_recorded_in_the_tsan_mode(self):
        self.cxx("-g", "-O2", "-mavx2", "-std=c++20", "-I", PROGRAMS, "-c", PROGRAMS / "race_masked_vectors.cc", "-o", "one.o")
        self.assertIn("tenter_write_bytes", self.run_command("nm", "one.o"))
        self.cxx("--tenter-mode=tsan", "one.o", "-o", "app")
        if "avx2" in pathlib.Path("/proc/cpuinfo").read_text():
            said = self.run_command(self.place / "app", expect=66)
            self.assertIn("race_masked_vectors.cc:37", said)

    def test_the_library_needs_no_further_flags(self):
        for compiler in COMPILERS:
            for mode in ("record", "off"):
                with self.subTest(f"{compiler} {mode}"):
                    self.cxx(f"--tenter-mode={mode}", "-std=c++20", PROGRAMS / "tasks_norace_mutex.cc", "-o", "app",
                             "-ltenter", compiler=compiler)
                    self.run_command(self.place / "app", TENTER_OPTIONS="output=app.tent")

    # ---- behaving like the compiler ---------------------------------------------------------------------------
    def test_questions_get_the_compilers_answers(self):
        for compiler in COMPILERS:
            for question in ("--version", "-dumpversion", "-dumpmachine", "-print-search-dirs"):
                with self.subTest(f"{compiler} {question}"):
                    direct = self.run_command(compiler, question)
                    self.assertEqual(self.cxx(question, compiler=compiler), direct)
            self.assertIn("version", self.cxx("-v", compiler=compiler))

    def test_dry_run_shows_the_command_and_makes_nothing(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                said = self.cxx("-###", PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler)
                self.assertIn("libtenter_record.so", said)
                self.assertFalse((self.place / "app").exists())

    def test_preprocessor_sees_the_instrumentation(self):
        self.write("feature.cc", "#if defined(__SANITIZE_THREAD__)\nyes\n#elif defined(__has_feature)\n"
                                 "#if __has_feature(thread_sanitizer)\nyes\n#endif\n#endif\n")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.assertIn("yes", self.cxx("-E", "-P", "feature.cc", compiler=compiler))

    def test_the_exit_status_is_the_compilers(self):
        broken = self.write("broken.cc", "int main() { return missing; }\n")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                said = self.cxx("-c", broken, compiler=compiler, expect=1)
                self.assertIn("missing", said)

    def test_a_missing_compiler_is_named_with_its_package(self):
        said = self.cxx("--version", compiler="clang++-99", expect=3)
        self.assertIn("apt-get install clang-99", said)
        self.assertEqual(said.count("\n"), 1)
        said = self.cc("--version", compiler="/nowhere/special-compiler", expect=3)
        self.assertIn("TENTER_CC", said)
        self.assertEqual(said.count("\n"), 1)

    def test_wrong_usage_is_one_sentence(self):
        for arguments in (["--tenter-mode=fast"], ["--tenter-mode"], ["--tenter-pass=maybe"], ["--tenter-lint=yes"], ["--tenter-speed=9"],
                          ["-static", "-nostdlib", PROGRAMS / "race_global.cc"],
                          ["-static", "--tenter-mode=tsan", PROGRAMS / "race_global.cc"],
                          ["-fsanitize=address", "-c", PROGRAMS / "race_global.cc"]):
            with self.subTest(arguments):
                said = self.cxx(*arguments, expect=2)
                self.assertTrue(said.startswith("tenter-c++: "), said)
                self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("TENTER_MODE", self.cxx("--version", expect=2, TENTER_MODE="fast"))
        said = self.cxx("--tenter-lint", "--version", compiler="g++-12", expect=2)
        self.assertIn("needs Debian's clang-19", said)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("this wrapper itself", self.cxx("--version", compiler=f"{BIN}/tenter-c++", expect=2))


class Installation(Case):
    """An installation in some folder, and a stranger's CMake project that uses it."""

    def test_installed(self):
        first = self.place / "first prefix"
        self.run_command("cmake", "--install", BIN.parent, "--prefix", first)
        prefix = self.place / "moved"   # nothing may remember where it was installed at first
        first.rename(prefix)
        for page in ("tenter", "tenter-check", "tenter-gate", "tenter-c++", "tenter-cc"):
            self.assertTrue((prefix / f"share/man/man1/{page}.1").is_file(), page)
        for completion in ("bash-completion/completions/tenter", "zsh/site-functions/_tenter", "fish/vendor_completions.d/tenter.fish"):
            self.assertIn("tenter", (prefix / "share" / completion).read_text())
        self.assertTrue((prefix / "share/tenterhook/report-schema.json").is_file())
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.run_command(prefix / "bin/tenter-c++", "-g", "-std=c++20", PROGRAMS / "tasks_race_global.cc", "-o",
                                 "app", "-ltenter", compiler=compiler)
                self.assertIn(str(prefix), self.run_command("ldd", "app"))
                self.assert_race_on_total(self.place / "app")
                self.run_command(prefix / "bin/tenter-c++", "-g", "-static", PROGRAMS / "race_global.cc", "-o", "app", compiler=compiler)
                self.assert_race_on_total(self.place / "app")

        for compiler in ("clang++-19", "g++-12", prefix / "bin/tenter-c++"):
            with self.subTest(f"package with {compiler}"):
                build = self.place / "build" / str(compiler).replace("/", "_")
                self.run_command("cmake", "-S", HERE / "projects/package", "-B", build, "-DCMAKE_BUILD_TYPE=Debug",
                                 f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}")
                self.run_command("cmake", "--build", build)
                self.assert_race_on_total(build / "app")
                if not str(compiler).startswith("/"):
                    self.assertNotIn("libtenter_record", self.run_command("ldd", build / "plain"))
                self.run_command(build / "plain")
        said = self.run_command("cmake", "-S", HERE / "projects/package", "-B", self.place / "build/static", f"-DCMAKE_PREFIX_PATH={prefix}",
                                "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_EXE_LINKER_FLAGS=-static", expect=1)
        self.assertIn("which a static program cannot have", " ".join(said.split()))

        # samples/ci: the gate behind a project's tests is red, and green for the mended program.
        build = self.place / "build" / "ci"
        for mended, verdict in (("OFF", 8), ("ON", 0)):
            with self.subTest(f"samples/ci, BANK_MENDED={mended}"):
                self.run_command("cmake", "-S", HERE.parent.parent / "samples/ci", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
                                 "-DCMAKE_CXX_COMPILER=clang++-19", f"-DBANK_MENDED={mended}")
                self.run_command("cmake", "--build", build)
                # Twice: what the first run recorded is not part of the second's verdict.
                for _ in range(2):
                    ended = subprocess.run(["ctest", "--test-dir", build, "-j2", "--output-on-failure"], capture_output=True, text=True, timeout=600)
                    self.assertEqual(ended.returncode, verdict, ended.stdout)
                    self.assertIn("2 recordings", (build / "Testing/Temporary/LastTest.log").read_text())
                summary = json.loads((build / "tenter/report.json").read_text())["summary"]
                self.assertEqual(set(summary), set() if mended == "ON" else {"data-race"})
        self.follow_recipes(prefix)

    def follow_recipes(self, prefix):
        """docs/ci.md step by step, in a project that knows nothing of gates: its last step is red, and green for the mended program."""
        project = self.place / "recipes"
        shutil.copytree(HERE.parent.parent / "samples/ci", project)
        lists = project / "CMakeLists.txt"
        text, gates = re.subn(r"(?m)^tenter_gate_tests.*$", "", lists.read_text())
        self.assertEqual(gates, 1)
        environment = {**os.environ, "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}", "CMAKE_PREFIX_PATH": str(prefix),
                       "GITHUB_PATH": str(self.place / "path")}
        for mended in ("OFF", "ON"):
            lists.write_text(text.replace('its race" OFF', f'its race" {mended}'))
            for folder in ("recordings", "build"):   # whose cache would remember the option
                shutil.rmtree(project / folder, ignore_errors=True)
            done = set()
            for recipe in recipes():
                self.assertGreaterEqual(len(recipe.steps), 4, recipe.name)
                for file in recipe.files:
                    (project / file).unlink(missing_ok=True)
                for number, step in enumerate(recipe.steps):
                    # They build and test alike, and once is enough.
                    if step in done and "tenter check" not in step and "tenter gate" not in step:
                        continue
                    done.add(step)
                    ended = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", step], cwd=project, env=environment, capture_output=True,
                                           text=True, timeout=1200)
                    red = mended == "OFF" and number == len(recipe.steps) - 1
                    self.assertEqual(ended.returncode, 1 if red else 0, f"{recipe.name}: {step}\n{ended.stdout}{ended.stderr}")
                for file in recipe.files:
                    self.assertGreater((project / file).stat().st_size, 0, f"{recipe.name}: {file}")


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv[1]).resolve() / "bin"
    unittest.main(argv=[sys.argv[0]] + sys.argv[2:])
