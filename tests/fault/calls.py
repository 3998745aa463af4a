#!/usr/bin/env python3
"""Every system call of the recorder fails once: the first one, the second, and so on until there are no more; then all from
the n-th on. The program never notices, and the recording never claims to be whole when it is not."""
import faults
from faults import CLEAN, FINDINGS, INCONCLUSIVE, INPUT, expect, soak_or

RECORDER = "libtenter_record.so"
# What the recorder can do without: the recording is whole all the same.
NOT_NEEDED = {"getrandom", "flock", "getcwd", "readlink", "membarrier", "uname", "clock_gettime", "prlimit64", "madvise",
              "munmap", "fcntl", "close"}


def fail_everywhere(place, call, error, most=10_000):
    """Runs the racy program with each of its `call`s failing. The number of calls there are."""
    recorded, plain = place.twins("racer.c")
    before = place.run(plain, "race")
    counts = place.folder / "count"
    recording = place.folder / "run.tent"
    seen = 0
    for how in ("once", "on"):
        nth = 1
        while True:
            recording.unlink(missing_ok=True)
            done = place.run(place.bin / "fail_call", RECORDER, call, error, nth, how, counts, "--", recorded, "race")
            if done.status == faults.SKIPPED:
                raise faults.Skipped("ptrace is not permitted here")
            where = f"{call} {error} number {nth} {how}"
            told = [line for line in done.err.splitlines() if line.startswith("tenter: ")]
            expect(done.status == before.status and done.out == before.out, f"{where}: the program {done}")
            expect(len(told) <= 1 and len(done.err.splitlines()) == len(told), f"{where}: said {done.err}")
            status, kinds, facts = place.check(recording) if recording.exists() else (INPUT, set(), {})
            failed = int(counts.read_text()) >= nth
            if not failed or (call in NOT_NEEDED and not told):
                expect(status == FINDINGS and kinds == {"data-race"} and facts["complete"] and facts["lost_events"] == 0,
                       f"{where}: {status} {kinds} {facts} {told}")
            else:
                expect(kinds <= {"data-race"}, f"{where}: found {kinds}")
                expect(status != CLEAN, f"{where}: the race is lost, and nobody says so")
                # Without fstat the recorder cannot know whose descriptor 2 is, and holds its tongue.
                expect(status == FINDINGS or told or status == INPUT or call == "fstat", f"{where}: {status} in silence")
            if not failed:
                break
            seen = max(seen, int(counts.read_text()))
            nth += 1 if nth < most else nth // 4
    expect(seen > 0, f"the recorder never calls {call}")
    return seen


def case_open_fails(place):
    for error in soak_or(("EACCES", "EMFILE", "EROFS", "EINTR"), ("EMFILE",)):
        fail_everywhere(place, "openat", error)


def case_write_fails(place):
    for error in soak_or(("ENOSPC", "EIO", "EDQUOT", "EINTR", "EBADF"), ("ENOSPC",)):
        fail_everywhere(place, "pwrite64", error) if error != "EINTR" else None


def case_reserving_fails(place):
    for error in soak_or(("ENOSPC", "EDQUOT", "EIO", "EINTR", "EOPNOTSUPP"), ("ENOSPC", "EOPNOTSUPP")):
        fail_everywhere(place, "fallocate", error)
    fail_everywhere(place, "ftruncate", "EIO")


def case_mapping_fails(place):
    fail_everywhere(place, "mmap", "ENOMEM")


def case_small_calls_fail(place):
    """What containers and old kernels refuse."""
    for call, error in (("getrandom", "ENOSYS"), ("flock", "ENOSYS"), ("getcwd", "ENOSYS"), ("readlink", "EACCES"),
                        ("uname", "EPERM"), ("clock_gettime", "EINVAL"), ("prlimit64", "EPERM"), ("fcntl", "EMFILE"),
                        ("membarrier", "ENOSYS")):
        fail_everywhere(place, call, error)


def case_looking_at_files_fails(place):
    fail_everywhere(place, "fstat", "EIO")


if __name__ == "__main__":
    faults.main(globals())
