#!/usr/bin/env python3
"""Programs that are built with --tenter-mode=tsan: what the genuine ThreadSanitizer reports becomes our findings.

    tsan_test.py BUILD_DIR [NAME...]
"""
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE.parent / "programs"
COMPILERS = [name for name in ("clang++-19", "g++-12", "clang++-14") if shutil.which(name)]
BIN = None   # set from the command line
TIME_LIMIT_SECONDS = 600


class Tsan(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tenter-tsan-")
        self.addCleanup(folder.cleanup)
        self.place = pathlib.Path(folder.name)

    def run_command(self, *command, expect=0, limit=None, **environment):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("TENTER_", "TSAN_"))}
        clean.update({"TSAN_OPTIONS": "atexit_sleep_ms=0", **environment})
        done = subprocess.run([str(word) for word in command], cwd=self.place, env=clean, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT_SECONDS,
                              preexec_fn=limit)
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"{command}\n{done.stdout}")
        return done.stdout

    def build(self, source, *more, mode="tsan", compiler="clang++-19", program="app"):
        self.run_command(BIN / "tenter-c++", f"--tenter-mode={mode}", "-std=c++20", "-g", "-O1", "-pthread", *more, source,
                         "-o", program, "-ltenter", TENTER_CXX=compiler)
        return self.place / program

    def findings_of_run(self, program, *arguments, mode="tsan", expect=1, **environment):
        report = self.place / "report.json"
        self.run_command(BIN / "tenter", "run", "--mode", mode, "--format", f"json={report}", "--", program, *arguments,
                         expect=expect, **environment)
        return json.loads(report.read_text())["findings"]

    def kinds(self, program, **options):
        return sorted(one["kind"] for one in self.findings_of_run(program, **options))

    # ---- races -----------------------------------------------------------------------------------------------
    def test_a_race_is_the_same_finding_in_both_modes(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                tsan = self.findings_of_run(self.build(HERE / "tasks_race.cc", compiler=compiler))
                record = self.findings_of_run(self.build(HERE / "tasks_race.cc", compiler=compiler, mode="record"),
                                              mode="record")
                self.assertLessEqual({one["fingerprint"] for one in tsan}, {one["fingerprint"] for one in record})
                [race] = tsan
                self.assertEqual((race["kind"], race["object"]["name"], race["found_by"]), ("data-race", "total", ["tsan"]))
                self.assertEqual(sorted(side["task"]["name"] for side in race["sides"]), ["adder", "other"])
                for side in race["sides"]:
                    self.assertIn("add_one", side["stack"][0]["function"])
                    self.assertEqual(side["task"]["kind"], "task")
                    self.assertTrue(any(frame["file"].endswith("tasks_race.cc") for frame in side["task"]["created_at"]))

    def test_what_is_mended_has_no_finding(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                self.assertEqual(self.findings_of_run(self.build(HERE / "tasks_race.cc", "-DMENDED", compiler=compiler),
                                                      expect=0), [])

    def races_in(self, *recordings):
        self.run_command(BIN / "tenter", "check", *recordings, "--format", "json=races.json", expect=1)
        found = json.loads((self.place / "races.json").read_text())["findings"]
        self.assertEqual({one["kind"] for one in found}, {"data-race"})
        return sorted(one["object"]["name"] for one in found)

    def test_a_report_is_on_disk_when_the_program_dies(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                program = self.build(HERE / "tasks_race.cc", compiler=compiler)
                self.run_command(program, "die", expect=-9, TENTER_OPTIONS="output=killed.tent")
                self.assertEqual(self.races_in("killed.tent"), ["total"])
                self.run_command(program, expect=66, TENTER_OPTIONS="output=halted.tent",
                                 TSAN_OPTIONS="halt_on_error=1:atexit_sleep_ms=0")
                self.assertEqual(self.races_in("halted.tent"), ["total"])

    def test_a_forked_child_has_its_own_report(self):
        program = self.build(HERE / "processes.cc", "-I", PROGRAMS)
        self.run_command(program, "fork", TSAN_OPTIONS="exitcode=0:atexit_sleep_ms=0")
        self.assertEqual(self.races_in(*self.place.glob("app.*.tent")), ["in_child", "in_parent"])

    def test_a_library_that_is_loaded(self):
        program = self.build(HERE / "processes.cc", "-I", PROGRAMS)
        library = self.build(HERE / "loaded.cc", "-I", PROGRAMS, "-fPIC", "-shared", program="loaded.so")
        [race] = self.findings_of_run(program, library)
        self.assertEqual((race["kind"], race["object"]["name"]), ("data-race", "in_library"))
        for side in race["sides"]:
            self.assertTrue(side["stack"][0]["file"].endswith("loaded.cc"))

    def test_the_gate_takes_its_report(self):
        self.findings_of_run(self.build(HERE / "tasks_race.cc"))
        gate = [BIN / "tenter", "gate", "report.json", "--baseline", "baseline.json"]
        self.run_command(*gate, "--update-baseline")
        self.run_command(*gate)
        self.findings_of_run(self.build(HERE / "tasks_race.cc", "-DMENDED"), expect=0)
        self.run_command(*gate)

    def test_a_listener_of_the_programs_own(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                program = self.build(HERE / "own_listener.cc", "-I", PROGRAMS, compiler=compiler)
                [race] = self.findings_of_run(program)
                self.assertEqual((race["kind"], race["object"]["name"]), ("data-race", "total"))
                said = self.run_command(program, TSAN_OPTIONS="atexit_sleep_ms=0:exitcode=0")
                self.assertEqual(said.count("the program's own listener"), 1)

    # ---- locks -----------------------------------------------------------------------------------------------
    def locks_of_sides(self, source, *flags, mode="tsan", compiler="clang++-19"):
        found = self.findings_of_run(self.build(source, "-I", PROGRAMS, *flags, mode=mode, compiler=compiler), mode=mode)
        [race] = [one for one in found if one["kind"] == "data-race"]
        return {f"{side['role']} {side['stack'][0]['line']}": [lock["name"] for lock in side["locks"]]
                for side in race["sides"]}

    def test_both_sides_have_their_locks(self):
        for flags in ((), ("-DPLAIN",)):
            recorded = self.locks_of_sides(HERE / "locks_of_sides.cc", *flags, mode="record")
            self.assertEqual(sorted(recorded.values()), [["readers"], ["writers"]])
            for compiler in COMPILERS:
                with self.subTest(compiler, flags=flags):
                    self.assertEqual(self.locks_of_sides(HERE / "locks_of_sides.cc", *flags, compiler=compiler), recorded)
            self.findings_of_run(self.build(HERE / "locks_of_sides.cc", "-I", PROGRAMS, "-DMENDED", *flags), expect=0)

    def test_a_hundred_locks_and_one_that_another_unlocked(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                many = self.locks_of_sides(HERE / "locks_handed_over.cc", compiler=compiler)
                self.assertEqual(sorted(map(len, many.values())), [0, 8])
                none = self.locks_of_sides(HERE / "locks_handed_over.cc", "-DUNLOCKED", compiler=compiler)
                self.assertEqual(list(none.values()), [[], []])

    def test_locks_are_told_however_the_report_is_printed(self):
        program = self.build(HERE / "locks_of_sides.cc", "-I", PROGRAMS)
        for options in ("color=always", "symbolize=0", "log_path=report", "verbosity=1"):
            with self.subTest(options):
                [race] = self.findings_of_run(program, TSAN_OPTIONS=f"atexit_sleep_ms=0:{options}")
                self.assertEqual(sorted(len(side["locks"]) for side in race["sides"]), [1, 1])

    # ---- what is no race ---------------------------------------------------------------------------------------
    def test_an_inversion_of_locks(self):
        [inversion] = self.findings_of_run(self.build(HERE / "locks_inverted.cc"))
        self.assertEqual((inversion["kind"], inversion["certainty"]), ("lock-order-inversion", "predicted"))
        self.assertTrue(all(where["file"].endswith("locks_inverted.cc") for where in inversion["locations"]))
        self.assertEqual(self.findings_of_run(self.build(HERE / "locks_inverted.cc", "-DMENDED"), expect=0), [])

    def test_tasks_take_turns_with_the_variables_of_a_thread(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                program = self.build(HERE / "thread_locals.cc", compiler=compiler)
                self.assertEqual(self.findings_of_run(program, expect=0), [])
                self.assertEqual([one["kind"] for one in self.findings_of_run(program, "race")], ["data-race"])

    def test_what_the_library_says_itself(self):
        program = self.build(HERE / "kinds.cc", "-I", PROGRAMS)
        told = {
            "asleep": ("deadlock", None), "leaked-send": ("task-leak", "send-no-receiver"),
            "leaked-receive": ("task-leak", "receive-no-sender"), "leaked-select": ("task-leak", "select-no-case"),
            "leaked-nil": ("task-leak", "nil-channel"), "leaked-lock": ("task-leak", "lock-never-released"),
            "leaked-group": ("task-leak", "wait-group-never-done"), "lost-cancel": ("lost-cancel", None),
            "send-on-closed": ("send-on-closed-channel", None), "close-of-closed": ("close-of-closed-channel", None),
            "close-of-nil": ("close-of-nil-channel", None), "negative": ("negative-wait-group", None),
            "unlock": ("unlock-of-unlocked-mutex", None), "unlock-of-others": ("unlock-by-other-task", None),
            "uncaught": ("uncaught-exception", None)}
        for what, wanted in told.items():
            with self.subTest(what):
                found = self.findings_of_run(program, what, expect=0 if what == "unlock-of-others" else 1)
                self.assertIn(wanted, [(one["kind"], one.get("reason")) for one in found])

    # ---- tasks are fibers ----------------------------------------------------------------------------------------
    def test_exceptions_leave_the_stacks_of_tasks_whole(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                found = self.findings_of_run(self.build(HERE / "traps.cc", "-I", PROGRAMS, compiler=compiler))
                self.assertEqual({one["kind"] for one in found}, {"data-race", "task-leak"})   # whom main does not wait for
                [race] = [one for one in found if one["kind"] == "data-race"]
                functions = [[frame["function"].split("(")[0] for frame in side["stack"]
                              if frame["file"].endswith("traps.cc")] for side in race["sides"]]
                self.assertEqual(sorted((names[0], names[1].startswith("suffer"), len(names)) for names in functions),
                                 [("touch", False, 2), ("touch", True, 3)])

    def test_no_instrumented_code_switches(self):
        # An instrumented function that a task leaves by a switch would be taken off the stack of the next one.
        inserted = re.compile(r"__tsan_(func_entry|func_exit|(unaligned_)?(read|write)\d*|(read|write)_range|atomic\d+_\w+)$")
        called = {part: set(self.run_command("nm", "-u", *flags, BIN.parent / "lib" / part).split())
                  for part, flags in (("libtenter.a", []), ("libtenter_tsan.so", ["-D"]))}
        self.assertEqual([name for name in called["libtenter.a"] if inserted.match(name)], [])
        # What enter() and leave() call for the tasks; switch_to() is in the same library and calls neither.
        self.assertEqual({name for name in called["libtenter_tsan.so"] if inserted.match(name)},
                         {"__tsan_func_entry", "__tsan_func_exit"})
        self.assertIn("__tsan_switch_to_fiber", called["libtenter_tsan.so"])

    def test_ten_thousand_tasks(self):
        program = self.build(HERE / "many_tasks.cc")
        self.assertEqual(self.run_command(program, TENTER_OPTIONS="output=many.tent").split(), [str(9999 * 5000 + 2016)])
        self.run_command(BIN / "tenter", "check", "many.tent")

    def test_the_page_names_cases_that_there_are(self):
        page = (HERE.parents[1] / "docs" / "modes.md").read_text().split("## Which order is told")[1].split("\n## ")[0]
        cases = {name for source in (HERE.parent / "conformance").glob("*_cases.cc")
                 for name in re.findall(r"^CASE\((\w+)", source.read_text(), re.M)}
        rows = [line for line in page.splitlines() if line.startswith("| ")][1:]
        self.assertGreater(len(rows), 12)
        for row in rows:
            named = set(re.findall(r"`((?:no)?race_\w+)`", row))
            self.assertLessEqual(named, cases)
            self.assertEqual({name.split("_")[0] for name in named}, {"race", "norace"}, row)

    # ---- where it does not go ------------------------------------------------------------------------------------
    def test_other_programs_are_told_apart(self):
        recorded = self.build(HERE / "tasks_race.cc", mode="record")
        said = self.run_command(BIN / "tenter", "run", "--mode", "tsan", "--", recorded, expect=2)
        self.assertIn("--tenter-mode=tsan", said)
        said = self.run_command(BIN / "tenter", "run", "--mode", "tsan", "--", "true", expect=4)
        self.assertIn("--tenter-mode=record", said)

    def test_a_runtime_that_cannot_start_is_explained(self):
        def little_memory():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))

        for compiler in COMPILERS:
            with self.subTest(compiler):
                program = self.build(HERE / "locks_inverted.cc", compiler=compiler)
                said = self.run_command(program, expect=None, limit=little_memory)
                self.assertIn("ThreadSanitizer's runtime cannot start here", said)
                self.assertIn("--tenter-mode=record has no such need", said)
                said = self.run_command(BIN / "tenter", "run", "--mode", "tsan", "--", program, expect=None,
                                        limit=little_memory)
                self.assertIn("could not start: the address space is limited", said)

    def test_settings_of_the_kernel_that_are_in_the_way(self):
        if shutil.which("bwrap") is None:
            self.skipTest("there is no bubblewrap")
        for name, value, words in (("mmap_rnd_bits", "32", "vm.mmap_rnd_bits is 32"),
                                   ("overcommit_memory", "2", "vm.overcommit_memory is 2")):
            with self.subTest(name):
                setting = self.place / name
                setting.write_text(value + "\n")
                sandbox = ["bwrap", "--dev-bind", "/", "/", "--bind", setting, f"/proc/sys/vm/{name}"]
                if subprocess.run([*sandbox, "true"], stderr=subprocess.DEVNULL).returncode != 0:
                    self.skipTest("bubblewrap cannot show another setting here")
                said = self.run_command(*sandbox, BIN / "tenter", "run", "--mode", "tsan", "--", "true", expect=4)
                self.assertIn(words, said)
                self.assertIn("--tenter-mode=record needs nothing of the machine", said)


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve() / "bin"
    unittest.main()
