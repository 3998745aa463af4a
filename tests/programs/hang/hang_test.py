#!/usr/bin/env python3
"""Programs that hang: do they say who waits for what, and does the recording hold it? And those that only seem to?

    hang_test.py build
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else pathlib.Path("build").resolve()
HERE = pathlib.Path(__file__).resolve().parent
TIME_LIMIT_SECONDS = 300


def hangs_for_good(process, threads):
    """Waits until each of the first so many threads of the process sleeps and is not woken."""
    def look():
        seen = {}
        for task in sorted(pathlib.Path(f"/proc/{process.pid}/task").iterdir(), key=lambda task: task.name != str(process.pid))[:threads]:
            state = (task / "stat").read_text().rsplit(")", 1)[1].split()[0]
            switches = [line for line in (task / "status").read_text().splitlines() if "ctxt_switches" in line]
            seen[task.name] = (state, tuple(switches))
        return seen

    before, same = {}, 0
    while same < 5:
        now = look()
        asleep = len(now) == threads and all(state == "S" for state, _ in now.values())
        same = same + 1 if asleep and now == before else 0
        before = now
        time.sleep(0.05)


class Hang(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tenter-hang-")
        cls.place = pathlib.Path(cls.folder.name)
        cls.program = cls.place / "program"
        cls.futexes = cls.place / "futexes"
        subprocess.run([BUILD / "bin" / "tenter-cc", "-g", "-pthread", HERE / "program.c", "-o", cls.program], check=True)
        subprocess.run([BUILD / "bin" / "tenter-c++", "-std=c++20", "-g", "-O1", "-pthread", HERE / "futexes.cc", "-o", cls.futexes],
                       check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def start(self, how, options="", program=None):
        self.recording = self.place / f"{how}.tent"
        environment = dict(os.environ, TENTER_OPTIONS=f"output={self.recording} {options}")
        return subprocess.Popen([program or self.program, how], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True,
                                preexec_fn=lambda: signal.signal(signal.SIGQUIT, signal.SIG_DFL))

    def end(self, process):
        said = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
        return process.returncode, said

    def start_on_futexes(self, how, options=""):
        return self.start(how, options, self.futexes)

    def findings(self):
        report = self.place / "report.json"
        subprocess.run([BUILD / "bin" / "tenter", "check", self.recording, "--format", f"json={report}"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads(report.read_text())["findings"]

    def deadlocks(self):
        return [finding for finding in self.findings() if finding["kind"] == "deadlock"]

    def assert_tells_the_cycle(self, said):
        for words in ("waited", "for the lock 0x", ", which thread 2 holds", ", which thread 3 holds",
                      f"{self.program}+0x", f"tenter check {self.recording}"):
            self.assertIn(words, said)

    def assert_holds_the_cycle(self):
        found = self.deadlocks()
        self.assertEqual(1, len(found), found)
        self.assertEqual("observed", found[0]["certainty"])
        self.assertEqual(["mutex `left`", "mutex `right`"], sorted(wait["wants"] for wait in found[0]["cycle"]))
        for wait in found[0]["cycle"]:
            self.assertTrue(wait["held_at"])

    def test_all_threads_hang(self):
        status, said = self.end(self.start("all", "hang_timeout=1"))
        self.assertEqual(2, status, said)
        self.assertIn("the main thread has waited", said)
        self.assert_tells_the_cycle(said)
        self.assert_holds_the_cycle()

    def test_two_hang_while_main_goes_on(self):
        process = self.start("while-main-reads", "hang_timeout=1")
        said = ""
        while "tells the lines" not in said:
            line = process.stderr.readline()
            self.assertTrue(line, said)
            said += line
        process.stdin.write("x")
        process.stdin.flush()
        status, rest = self.end(process)
        self.assertEqual((0, ""), (status, rest))
        self.assert_tells_the_cycle(said)
        self.assert_holds_the_cycle()

    def test_semaphore_that_nobody_posts(self):
        status, said = self.end(self.start("nobody-posts", "hang_timeout=1"))
        self.assertEqual(2, status, said)
        self.assertIn("for the semaphore", said)
        found = self.deadlocks()
        self.assertEqual(["semaphore `posted`"], [wait["wants"] for wait in found[0]["cycle"]])

    def test_semaphore_that_a_handler_may_post_is_none(self):
        process = self.start("signal-posts", "hang_timeout=1")
        hangs_for_good(process, threads=1)
        time.sleep(2)  # longer than the watchdog's patience: whatever it says comes now
        process.send_signal(signal.SIGUSR1)
        self.assertEqual((0, ""), self.end(process))

    # Who waits where for which word, from what was said and from the recording.
    def assert_tells_of_futexes(self, said, threads, *names):
        self.assertEqual(threads, said.count("for the futex 0x"), said)
        self.assertIn(f"{self.futexes}+0x", said)
        found = self.deadlocks()
        self.assertEqual(["observed"], [finding["certainty"] for finding in found], found)
        self.assertEqual(sorted(f"futex `{name}`" if name else "a futex" for name in names),
                         sorted(wait["wants"] for wait in found[0]["cycle"] if "futex" in wait["wants"]))
        for wait in found[0]["cycle"]:
            self.assertIn("futexes.cc", [pathlib.Path(frame["file"]).name for frame in wait["stack"]])

    def test_locks_made_of_futexes(self):
        status, said = self.end(self.start_on_futexes("both-orders", "hang_timeout=1"))
        self.assertEqual(2, status, said)
        self.assert_tells_of_futexes(said, 2, "left_lock", "right_lock")

    def test_locks_made_of_futexes_that_nobody_watched(self):
        process = self.start_on_futexes("both-orders")
        hangs_for_good(process, threads=3)
        process.send_signal(signal.SIGQUIT)
        status, said = self.end(process)
        self.assertEqual(-signal.SIGQUIT, status)
        self.assert_tells_of_futexes(said, 2, "left_lock", "right_lock")

    def test_atomic_values_that_never_change(self):
        status, said = self.end(self.start_on_futexes("each-waits", "hang_timeout=1"))
        self.assertEqual(2, status, said)
        self.assert_tells_of_futexes(said, 2, "ping", "pong")

    def test_promise_that_nobody_keeps(self):
        status, said = self.end(self.start_on_futexes("never-set", "hang_timeout=1"))
        self.assertEqual(2, status, said)
        self.assert_tells_of_futexes(said, 1, "")

    def test_promise_that_nobody_watched(self):
        process = self.start_on_futexes("never-set")
        hangs_for_good(process, threads=1)
        process.kill()
        self.end(process)
        self.assertEqual(["observed"], [finding["certainty"] for finding in self.deadlocks()])

    def test_futexes_whose_waiters_are_woken(self):
        for how in ("one-order", "each-notifies"):
            self.assertEqual((0, ""), self.end(self.start_on_futexes(how, "hang_timeout=1")), how)
            self.assertEqual([], self.findings(), how)

    def test_futex_that_a_handler_may_wake_is_none(self):
        process = self.start_on_futexes("handler-notifies", "hang_timeout=1")
        hangs_for_good(process, threads=1)
        time.sleep(2)  # longer than the watchdog's patience: whatever it says comes now
        process.send_signal(signal.SIGUSR1)
        self.assertEqual((0, ""), self.end(process))
        process = self.start_on_futexes("handler-notifies")
        hangs_for_good(process, threads=1)
        process.kill()
        self.end(process)
        self.assertEqual([], self.findings())

    def test_futex_that_another_process_may_wake_is_none(self):
        process = self.start_on_futexes("other-process-wakes", "hang_timeout=1")
        hangs_for_good(process, threads=1)
        time.sleep(2)  # longer than the watchdog's patience: whatever it says comes now
        process.stdin.write("x")
        self.assertEqual((0, ""), self.end(process))

    def test_quit_signal_tells_and_ends(self):
        process = self.start("all")
        hangs_for_good(process, threads=3)
        process.send_signal(signal.SIGQUIT)
        status, said = self.end(process)
        self.assertEqual(-signal.SIGQUIT, status)
        self.assertIn("SIGQUIT came; who waits for what", said)
        self.assert_tells_the_cycle(said)
        self.assert_holds_the_cycle()

    def test_program_that_uses_the_signal_itself(self):
        self.assertEqual((0, ""), self.end(self.start("own-quit")))


if __name__ == "__main__":
    unittest.main()
