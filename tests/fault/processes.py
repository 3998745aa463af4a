#!/usr/bin/env python3
"""One process becomes two, or another: each has a recording of its own, none writes into another's, nobody hangs."""
import resource
import subprocess

import faults
from faults import CLEAN, INCONCLUSIVE, alone, expect, soak_or


def case_forks_many_times_among_threads(place):
    recorded, plain = place.twins("fork_many.c")
    forks = soak_or(10000, 600)
    resource.setrlimit(resource.RLIMIT_NOFILE, (forks // 2, forks // 2))   # a descriptor left by each fork would be too many
    place.expect_as_plain(recorded, plain, str(forks), options="output=run.%p.tent:memory=off")
    left = place.recordings()
    expect(len(left) == forks + 1, f"{len(left)} recordings of {forks + 1} processes")
    for recording in left[::len(left) // 20]:
        status, kinds, facts = place.check(recording)
        expect(status == CLEAN and not kinds and facts["complete"], f"{recording.name}: {status} {kinds} {facts}")


def case_children_that_are_other_programs(place):
    """vfork, posix_spawn, exec and their like, of a recorded program and of one that knows nothing of recorders."""
    recorded, plain = place.twins("starts.c")
    other_recorded, other_plain = place.twins("racer.c")
    for way in ("exec", "fork", "vfork", "spawn", "system"):
        for other in (other_recorded, other_plain):
            before = place.run(plain, way, other_plain, "norace")
            after = place.run(recorded, way, other, "norace", options="output=%n.%p.tent")
            place.expect_same(after, before)
            of_this = place.recordings("starts.*.tent")
            of_other = place.recordings("racer.*.tent*")
            # A child of fork has a recording of its own until it becomes another program.
            expect(len(of_this) == (2 if way == "fork" else 1), f"{way}: {[path.name for path in place.recordings()]}")
            for recording in of_this:   # exec among threads cannot be foreseen
                place.expect_recording(recording, INCONCLUSIVE if way == "exec" else CLEAN, complete=way != "exec")
            expect(len(of_other) == (other == other_recorded), f"{way}: {[path.name for path in of_other]}")
            for recording in of_other:
                place.expect_recording(recording, CLEAN, complete=True)
            place.clear()


def case_children_that_never_start(place):
    recorded, plain = place.twins("starts.c")
    for way in ("vfork_exit", "spawn_nothing", "exec_nothing"):
        place.expect_as_plain(recorded, plain, way, "none", options="output=run.tent")
        place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
        expect(len(place.recordings()) == 1, f"{way}: {[path.name for path in place.recordings()]}")
        place.clear()


def case_daemon_that_closes_everything(place):
    """The daemon opens as many files as there are numbers: no byte of ours may end up in one of them."""
    recorded, plain = place.twins("daemon.c")
    for way in ("loop", "closefrom", "close_range"):
        files = place.folder / way
        files.mkdir()
        place.expect_as_plain(recorded, plain, files, way, options="output=run.%p.tent")
        for path in files.iterdir():
            number = path.suffix[1:]
            expect(path.read_text() == f"file {number}\n", f"{way}: {path.name}: {path.read_bytes()[:80]}")
        expect(len(list(files.iterdir())) == 700, "files are missing")
        left = place.recordings()
        expect(len(left) == 3, f"{way}: {[path.name for path in left]}")
        for recording in left:
            status, kinds, facts = place.check(recording)
            expect(status == CLEAN and facts["complete"], f"{way}: {recording.name}: {status} {kinds} {facts}")
        place.clear()


def case_two_processes_of_one_number(place):
    """In two containers both are process 1 and write to one folder: each keeps its own file."""
    words = alone("--pid", "--fork", "--mount-proc", "--kill-child")
    program = place.build("racer.c")
    environment = {**place.environment(), "TENTER_OPTIONS": "output=%n.%p.tent"}
    running = [subprocess.Popen([*words, program, "norace", "on"], cwd=place.folder, stdout=subprocess.PIPE,
                                env=environment) for _ in range(2)]
    for process in running:
        expect([process.stdout.readline() for _ in range(2)] == [b"1\n", b"busy\n"], "it did not start")
    left = place.recordings()
    expect(len(left) == 2, f"{[path.name for path in left]}")
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
    for recording in left:
        place.expect_recording(recording, INCONCLUSIVE, complete=False)


def case_hosts_in_the_name(place):
    """%h is the host, so that containers which share a folder, and all are process 1, never meet."""
    words = alone("--pid", "--fork", "--mount-proc", "--uts")
    program = place.build("racer.c")
    for host in ("one", "two"):
        done = place.run(*words, "sh", "-c", f"hostname {host}; exec {program} norace", options="output=%h.%p.tent")
        expect(done.status == 5 and done.err == "", f"it {done}")
    expect([path.name for path in place.recordings()] == ["one.1.tent", "two.1.tent"],
           f"{[path.name for path in place.recordings()]}")


if __name__ == "__main__":
    faults.main(globals())
