#!/usr/bin/env python3
"""The recorder's own thread, which encodes what others have recorded: no program is to notice that it is there, or was."""
import os
import random
import resource
import subprocess
import time

import faults
from faults import CLEAN, INCONCLUSIVE, INPUT, expect, soak_or


def needs_processors():
    if len(os.sched_getaffinity(0)) < 2:
        raise faults.Skipped("there is one processor, and never a helper")


def case_program_of_one_thread_again(place):
    """Once the last other thread was joined the kernel grants what it grants to one thread only."""
    needs_processors()
    for flags in ((), ("-static",)):
        recorded, plain = place.twins("helped.c", *flags)
        before, after = place.run(plain, "during"), place.run(recorded, "during")
        expect(before.err == "2\n" and after.err == "3\n", f"no helper: {before} {after}")
        place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
        for way in ("alone", "exec"):
            for _ in range(soak_or(100, 5)):
                place.expect_as_plain(recorded, plain, way)
                place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


def case_last_thread_ends_the_process(place):
    recorded, plain = place.twins("helped.c")
    for _ in range(soak_or(100, 5)):
        place.expect_as_plain(recorded, plain, "exit_main", seconds=60)
        place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


def case_another_user(place):
    recorded, plain = place.twins("helped.c")
    if place.run(plain, "setuid").status != 6:
        raise faults.Skipped("this needs root")
    place.expect_as_plain(recorded, plain, "setuid")
    place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


def case_forks_while_it_encodes(place):
    recorded, plain = place.twins("helped.c")
    done = place.expect_as_plain(recorded, plain, "fork", options="output=run.%p.tent")
    expect(done.out.startswith("20\n"), f"it {done}")
    left = place.recordings()
    expect(len(left) == 21, f"{[path.name for path in left]}")
    for recording in left:
        place.expect_recording(recording, CLEAN, complete=True)


def case_killed_at_any_moment(place):
    """Each thread's stream goes on to where it was, whichever window is being encoded."""
    recorded = place.build("helped.c")
    moments = 0
    for seed in range(soak_or(1000, 20)):
        dice = random.Random(seed)
        with subprocess.Popen([recorded, "kill"], cwd=place.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**place.environment(), "TENTER_OPTIONS": "output=run.tent"}) as process:
            process.stdout.readline()
            time.sleep(dice.random() * 0.05)   # any moment will do; nothing below depends on which one it was
            process.kill()
            process.communicate(timeout=faults.SECONDS)
        if process.returncode != -9:   # it was faster
            place.clear()
            continue
        moments += 1
        status, kinds, facts = place.check(place.folder / "run.tent")
        expect(status == INCONCLUSIVE and not kinds, f"seed {seed}: {status} {kinds} {facts}")
        told = " ".join(facts["notes"])
        expect("lacks" not in told and "cannot go on" not in told and "twice" not in told, f"seed {seed}: {told}")
        place.clear()
    expect(moments > 0, "it was never killed at work")


def case_no_thread_to_be_had(place):
    """Where the program may have no more threads than its own, there is no helper, and nobody says a word."""
    recorded, plain = place.twins("helped.c")
    if os.geteuid() != 0:
        raise faults.Skipped("this needs root")
    user = 54321   # nobody else's, so that only these threads count

    def two_threads():
        resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
        os.setgid(user)
        os.setuid(user)

    place.folder.chmod(0o777)
    before, after = place.run(plain, "during", preexec_fn=two_threads), place.run(recorded, "during", preexec_fn=two_threads)
    expect(before.err == after.err == "2\n", f"it {after}")
    expect(before.status == after.status == 6 and before.out == after.out, f"it {after}")
    place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


def case_calls_that_fail(place):
    """One system call of the recorder fails, or all from one on: the program never notices, and no recording that lacks anything is
    called whole."""
    recorded, plain = place.twins("helped.c")
    before = place.run(plain)
    for call, error in (("pwrite64", "ENOSPC"), ("fallocate", "ENOSPC"), ("fallocate", "EOPNOTSUPP"), ("mmap", "ENOMEM")):
        for how in ("once", "on"):
            nth = 1
            while True:
                place.clear()
                counts = place.folder / "count"
                done = place.run(place.bin / "fail_call", "libtenter_record.so", call, error, nth, how, counts, "--", recorded)
                if done.status == faults.SKIPPED:
                    raise faults.Skipped("ptrace is not permitted here")
                where = f"{call} {error} number {nth} {how}"
                expect(done.status == before.status and done.out == before.out, f"{where}: the program {done}")
                told = [line for line in done.err.splitlines() if line.startswith("tenter: ")]
                expect(len(told) <= 1 and len(done.err.splitlines()) == len(told), f"{where}: said {done.err}")
                left = place.recordings("run.tent")
                status, kinds, facts = place.check(left[0]) if left else (INPUT, set(), {})
                expect(not kinds and status in (CLEAN, INPUT, INCONCLUSIVE), f"{where}: {status} {kinds} {facts}")
                expect(status != CLEAN or (not told and facts["complete"] and facts["lost_events"] == 0),
                       f"{where}: {status} {told} {facts}")
                if int(counts.read_text()) < nth:
                    break
                nth += max(1, nth // 2)


if __name__ == "__main__":
    faults.main(globals())
