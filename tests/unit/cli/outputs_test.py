#!/usr/bin/env python3
"""Where reports go: links, descriptors, pipes, full devices, writers that meet and writers that are killed."""
import concurrent.futures
import json
import os
import resource
import signal
import stat
import subprocess
import threading

from commands import CLEAN, FINDINGS, INTERNAL, TOOLS, USAGE, CommandTest, main


class Output(CommandTest):
    """A report that could not be written is never mistaken for one that was."""

    def test_a_full_device(self):
        for arguments in (["check", "race.tent"], ["dump", "race.tent"], ["explain", "data-race"], ["check", "--list-analyses"],
                          ["merge", self.report("a", "race.tent")], ["gate", self.report("a", "clean.tent")]):
            with self.subTest(arguments[0]), open("/dev/full", "w") as full:
                self.expect(INTERNAL, *arguments, stdout=full, says="No space left")
        self.expect(INTERNAL, "check", "race.tent", "--format", "json=/dev/full", says="/dev/full")

    def test_a_closed_output(self):
        for arguments in (["check", "race.tent"], ["dump", "race.tent"], ["explain", "data-race"]):
            with self.subTest(arguments[0]):
                process = subprocess.run(["bash", "-c", 'exec "$0" "$@" >&-', TOOLS.tenter, *arguments], stderr=subprocess.PIPE, text=True,
                                         cwd=self.place, timeout=600)
                self.assertEqual(process.returncode, INTERNAL, process.stderr)

    def test_a_reader_that_goes_away(self):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            told = self.tenter("check", "race.tent", stdout=pipe)
        self.assertEqual(told.status, INTERNAL)

    def test_places_that_cannot_be_written(self):
        (self.place / "folder").mkdir()
        for path in ("folder", "nowhere/report.json"):
            with self.subTest(path):
                self.expect(INTERNAL, "check", "race.tent", "--format", f"json={path}", says=path)
        self.assertEqual(sorted(one.name for one in self.place.glob(".tenter-*")), [])

    def test_one_that_cannot_be_written_costs_the_others_nothing(self):
        self.expect(INTERNAL, "check", "race.tent", "--format", "json=nowhere/a.json", "--format", "text=a.txt", says="nowhere/a.json")
        self.assertIn("[data-race]", (self.place / "a.txt").read_text())

    def test_a_program_is_not_run_for_a_report_that_cannot_be_written(self):
        for option in ("--format=json=nowhere/a.json", "--output=nowhere/a.txt", "--keep=nowhere/a.tent"):
            with self.subTest(option):
                self.expect(INTERNAL, "run", option, "--", "touch", "ran", says="nowhere/a.")
                self.assertFalse((self.place / "ran").exists())

    def test_an_old_report_stays_until_the_new_one_is_whole(self):
        path = self.write("report.json", "old")
        path.chmod(0o640)

        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        self.expect(INTERNAL, "check", "race.tent", "--format", f"json={path}", preexec_fn=small_files,
                    says="File too large; make room, or write elsewhere")
        self.assertEqual(path.read_text(), "old")
        self.expect(FINDINGS, "check", "race.tent", "--format", f"json={path}")
        json.loads(path.read_text())
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o640)

    def test_what_we_ignore_a_recorded_program_does_not(self):
        ignored = "grep", "SigIgn", "/proc/self/status"
        plain = subprocess.run(ignored, capture_output=True, text=True, check=True).stdout
        self.assertEqual(self.tenter("record", "--", *ignored).out, plain)

    def test_too_little_memory_is_a_sentence(self):
        self.expect(INTERNAL, "check", "race.tent", "--memory-limit", "100K", says="out of memory")
        self.expect(FINDINGS, "check", "race.tent", "--memory-limit", "2G")



class Links(CommandTest):
    """A link stays one: what it leads to is made or replaced."""

    def setUp(self):
        super().setUp()
        (self.place / "results").mkdir()

    def link(self, name, target):
        (self.place / name).symlink_to(target)
        return name

    def expect_link(self, name, target):
        self.assertTrue((self.place / name).is_symlink(), f"{name} is no link any more")
        self.assertEqual(os.readlink(self.place / name), target)

    def test_what_it_leads_to_is_replaced_as_a_whole(self):
        old = self.write("results/report.json", "old")
        old.chmod(0o640)
        kept = os.open(old, os.O_RDONLY)   # whoever reads the old one goes on with it
        self.link("latest.json", "results/report.json")
        self.expect(FINDINGS, "check", "race.tent", "--format", "json=latest.json")
        self.expect_link("latest.json", "results/report.json")
        self.assertEqual(json.loads(old.read_text())["summary"], {"data-race": 1})
        self.assertEqual(stat.S_IMODE(old.stat().st_mode), 0o640)
        self.assertEqual(os.read(kept, 10), b"old")
        os.close(kept)

    def test_one_that_leads_to_nothing_yet_names_the_file(self):
        self.link("latest.json", "results/new.json")
        self.expect(FINDINGS, "check", "race.tent", "--format", "json=latest.json")
        self.expect_link("latest.json", "results/new.json")
        json.loads((self.place / "results/new.json").read_text())

    def test_links_of_links_and_of_folders(self):
        self.link("a.json", self.place / "b.json")
        self.link("b.json", "shown/c.json")
        self.link("shown", "results")
        self.link("results/c.json", "d.json")
        self.expect(FINDINGS, "check", "race.tent", "-o", "a.json", "--format", "json")
        json.loads((self.place / "results/d.json").read_text())
        self.expect_link("results/c.json", "d.json")

    def test_of_a_baseline_and_of_a_converted_trace(self):
        self.link("known.json", "results/known.json")
        self.expect(CLEAN, "gate", self.report("a", "race.tent"), "--baseline", "known.json", "--update-baseline")
        self.expect_link("known.json", "results/known.json")
        self.expect(CLEAN, "gate", self.report("a", "race.tent"), "--baseline", "results/known.json")
        self.link("trace.std", "results/trace.std")
        self.expect(CLEAN, "convert", "race.tent", "--to", "std", "-o", "trace.std")
        self.expect_link("trace.std", "results/trace.std")

    def test_that_lead_nowhere_are_refused_in_a_sentence(self):
        self.link("folder.json", "results")
        self.link("nowhere.json", "missing/report.json")
        self.link("ring.json", "gnir.json")
        self.link("gnir.json", "ring.json")
        for name, says in {"folder.json": "Is a directory", "nowhere.json": "No such file", "ring.json": "Too many levels"}.items():
            with self.subTest(name):
                told = self.expect(INTERNAL, "check", "race.tent", "--format", f"json={name}", says=f"{name}: cannot be written: {says}")
                self.assertEqual(len(told.err.splitlines()), 1, told.err)
        self.assertEqual(list(self.place.rglob(".tenter-*")), [])

    def test_a_recording_goes_where_one_leads_or_nowhere(self):
        os.mkfifo(self.place / "fifo.tent")
        self.link("device.tent", "/dev/null")
        self.link("folder.tent", "results")
        for name in ("fifo.tent", "device.tent", "folder.tent", "/dev/stdout", "-"):
            with self.subTest(name):
                told = self.expect(USAGE, "record", "-o", name, "--", "touch", "ran", says=name)
                self.assertEqual(len(told.err.splitlines()), 1, told.err)
                self.assertFalse((self.place / "ran").exists())


class Descriptors(CommandTest):
    """/dev/stdout and the like: what was opened for us is written on from where it stands, and nothing is put in its place."""

    def test_a_file_that_is_open_is_not_written_anew(self):
        # As /dev/stdout is one; the genuine one is nothing to try mistakes on.
        (self.place / "stdout").symlink_to("/proc/self/fd/1")
        for name in ("/dev/fd/1", "/proc/self/fd/1", "stdout", "-"):
            with self.subTest(name), open(self.place / "log", "w+") as log:
                log.write("before\n")
                log.flush()
                self.expect(FINDINGS, "check", "race.tent", "--format", f"json={name}", stdout=log)
                log.seek(0)
                self.assertEqual(log.readline(), "before\n")
                self.assertEqual(json.load(log)["summary"], {"data-race": 1})
        self.assertTrue((self.place / "stdout").is_symlink())

    def test_two_names_of_standard_output_are_one_place(self):
        (self.place / "stdout").symlink_to("/proc/self/fd/1")
        for name in ("/dev/fd/1", "stdout"):
            self.expect(USAGE, "check", "race.tent", "--format", f"json={name}", "--format", "text=-", says="two formats would go to standard output")

    def test_another_descriptor(self):
        with open(self.place / "log", "w+") as log:
            told = self.expect(FINDINGS, "check", "race.tent", "--format", f"json=/dev/fd/{log.fileno()}", pass_fds=[log.fileno()])
            self.assertIn("[data-race]", told.out)
            log.seek(0)
            self.assertEqual(json.load(log)["summary"], {"data-race": 1})
        self.expect(INTERNAL, "check", "race.tent", "--format", "json=/proc/self/fd/77", says="/proc/self/fd/77: cannot be written")
        with open(self.place / "race.tent") as only_read:
            self.expect(INTERNAL, "run", "--format", f"json=/dev/fd/{only_read.fileno()}", "--", "touch", "ran",
                        pass_fds=[only_read.fileno()], says="cannot be written: Bad file descriptor")
        self.assertFalse((self.place / "ran").exists())

    def test_a_named_pipe(self):
        fifo = self.place / "pipe"
        os.mkfifo(fifo)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reading = pool.submit(fifo.read_text)
            self.expect(FINDINGS, "check", "race.tent", "--format", f"json={fifo}")
            self.assertEqual(json.loads(reading.result())["summary"], {"data-race": 1})
            self.assertTrue(stat.S_ISFIFO(fifo.stat().st_mode))

            def read_a_little():
                with open(fifo, "rb") as pipe:
                    return pipe.read(1)
            # A page is more than a pipe holds, so the reader is gone before it is all written.
            reading = pool.submit(read_a_little)
            self.expect(INTERNAL, "check", "race.tent", "--format", f"html={fifo}", says="pipe: cannot be written: Broken pipe")
            self.assertEqual(reading.result(), b"<")


class Writers(CommandTest):
    """Whoever reads finds a whole file: the one of a writer that is done."""

    def test_that_meet_at_a_report(self):
        wanted = {}
        for name in ("race", "inversion"):
            wanted[name] = self.report(f"only_{name}", f"{name}.tent").read_bytes()
        path = self.write("report.json", wanted["race"])
        done = threading.Event()

        def read():
            seen = set()
            while not done.is_set():
                seen.add(path.read_bytes())
            return seen
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            reading = pool.submit(read)
            writing = [pool.submit(self.report, "report", f"{name}.tent", status=FINDINGS) for name in ("race", "inversion") * 12]
            for one in writing:
                one.result()
            done.set()
            seen = reading.result()
        self.assertLessEqual(seen, set(wanted.values()), "somebody saw half a report, or a mixture")
        self.assertIn(path.read_bytes(), wanted.values())
        self.assertEqual(list(self.place.glob(".tenter-*")), [])

    def test_that_meet_at_a_baseline(self):
        reports = [self.report(name, f"{name}.tent") for name in ("race", "other_race", "inversion")]
        wanted = {frozenset(one["fingerprint"] for one in json.loads(report.read_text())["findings"]) for report in reports}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            updates = [pool.submit(self.expect, CLEAN, "gate", report, "--baseline", "known.json", "--update-baseline") for report in reports * 6]
            for one in updates:
                one.result()
        agreed = json.loads((self.place / "known.json").read_text())["findings"]
        self.assertIn(frozenset(one["fingerprint"] for one in agreed), wanted, "the baseline is nobody's")

    def test_that_is_killed_leaves_the_old_file(self):
        report = self.report("report", "race.tent")
        self.expect(CLEAN, "gate", report, "--baseline", "known.json", "--update-baseline")
        for arguments, path in {("check", "inversion.tent", "--format", "json=report.json"): "report.json",
                                ("gate", "other.json", "--baseline", "known.json", "--update-baseline"): "known.json",
                                ("convert", "race.tent", "--to", "std", "-o", "trace.std"): "trace.std",
                                ("merge", "other.json", "-o", "merged.json"): "merged.json"}.items():
            with self.subTest(arguments[0]):
                self.report("other", "inversion.tent")
                before = self.write(path, (self.place / path).read_text() if (self.place / path).exists() else "old").read_bytes()
                process = subprocess.run([TOOLS.tenter, *arguments], cwd=self.place, env={**os.environ, "LD_PRELOAD": TOOLS.killed_writer},
                                         capture_output=True, timeout=600)
                self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr)
                self.assertEqual((self.place / path).read_bytes(), before)
                # The next one is not in its way.
                self.assertIn(self.tenter(*arguments).status, (CLEAN, FINDINGS))
                self.assertNotEqual((self.place / path).read_bytes(), before)


if __name__ == "__main__":
    main()
