#!/usr/bin/env python3
"""Where a program may find itself: with another clock, without /proc, as another user, in a debugger, as a guest of a program
that knows nothing of recorders."""
import os
import pathlib
import sys

import faults
from faults import CLEAN, FINDINGS, alone, expect, needs

RACE = {"data-race"}


def case_clocks_that_start_elsewhere(place):
    recorded, plain = place.twins("racer.c")
    before = place.run(plain, "race")
    for offset in ("3600", "-30"):
        words = alone("--time", "--fork", "--monotonic", offset, "--boottime", offset)
        place.expect_same(place.run(*words, recorded, "race"), before)
        place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)


def case_no_proc(place):
    """The names of the program's arguments are lost, and nothing else."""
    words = alone("--mount")
    recorded, plain = place.twins("racer.c")
    done = place.run(*words, "sh", "-c", 'umount -l /proc || exit 77; exec "$@"', "sh", recorded, "race",
                     options="output=%n.tent")
    if done.status == 77:
        raise faults.Skipped("/proc cannot be taken away here")
    place.expect_same(done, place.run(plain, "race"))
    facts = place.expect_recording(place.folder / "racer.tent", FINDINGS, complete=True, kinds=RACE)
    expect(pathlib.Path(facts["program"]).name == "racer", f"{facts}")


def case_read_only_root(place):
    """Nothing can be written but the folder of the recording."""
    words = alone("--mount")
    recorded, plain = place.twins("racer.c")
    mount = place.folder / "only"
    mount.mkdir()
    kept = place.folder / "kept"
    done = place.run(*words, "sh", "-c",
                     'mount -t tmpfs tmpfs "$1" && mount -o remount,ro,bind / && mount -t tmpfs -o ro tmpfs /dev/shm || '
                     'exit 77; touch "$2" 2>/dev/null && exit 77; cd "$1"; shift 2; "$@"; status=$?; '
                     'test -s run.tent || exit 99; exit $status', "sh", mount, kept, recorded, "race")
    if done.status == 77:
        raise faults.Skipped("the root cannot be made read-only here")
    place.expect_same(done, place.run(plain, "race"))


def case_rights_of_another_user(place):
    """A set-user-id program takes no orders from whoever starts it: one line, and no recording."""
    needs("setpriv")
    if os.geteuid() != 0:
        raise faults.Skipped("only root can make one")
    recorded, plain = place.twins("racer.c")
    place.folder.chmod(0o777)
    for program in (recorded, plain):
        os.chown(program, 1, 1)   # neither root nor nobody
        program.chmod(0o6755)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if place.run(*nobody, plain, "norace").status != 5 or place.run(*nobody, "test", "-r", place.bin).status != 0:
        raise faults.Skipped("nobody cannot reach the programs here")
    for options in ("output=run.tent", "output=run.tent:require_trace=1:help=1"):
        done = place.run(*nobody, recorded, "norace", options=options)
        if done.status == 127:
            raise faults.Skipped("the loader does not find the recorder for such programs")
        place.expect_same(done, place.run(*nobody, plain, "norace"), said="another user's rights")
    expect(place.recordings() == [], f"left {place.recordings()}")


def case_debugger(place):
    needs("gdb")
    recorded = place.build("racer.c")
    done = place.run("gdb", "-q", "-batch", "-nx", "-ex", "set debuginfod enabled off", "-ex", "break write_shared", "-ex", "run",
                     "-ex", "backtrace", "-ex", "delete", "-ex", "continue", "--args", recorded, "race")
    expect("exited with code 05" in done.out and "write_shared" in done.out, f"{done}")
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)


def case_valgrind(place):
    """Both at once: slow, and both work."""
    needs("valgrind")
    recorded, plain = place.twins("racer.c", "-gdwarf-4")
    done = place.run("valgrind", "-q", "--tool=none", recorded, "race")
    place.expect_same(done, place.run(plain, "race"))
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)


def case_guest_of_a_program_that_is_not_recorded(place):
    """A recorded library in an interpreter that nobody built with our wrapper."""
    library = place.build("pool_library.c", "-shared", "-fPIC", out="libpool.so")
    user = place.build("pool_user.c", "-shared", "-fPIC", library, f"-Wl,-rpath,{place.folder}", out="libuser.so")
    command = [sys.executable, "-c", f"import ctypes; library = ctypes.CDLL('{user}'); "
               "library.main(2, (ctypes.c_char_p * 3)(b'user', b'race', None))"]
    # Behind libc the recorder would see no locks. It says where it belongs, and there it records.
    done = place.run(*command)
    expect(done.status == 0 and done.out == "1\n" and done.err.count("\n") == 1, f"it {done}")
    expect(not (place.folder / "run.tent").exists(), "there is a recording without locks")
    recorder = done.err.strip().rpartition("LD_PRELOAD=")[2]
    done = place.run(*command, environment={"LD_PRELOAD": recorder})
    expect(done.status == 0 and done.out == "1\n" and done.err == "", f"it {done}")
    status, kinds, facts = place.check(place.folder / "run.tent")
    expect(status == FINDINGS and kinds == RACE and facts["complete"], f"{status} {kinds} {facts}")


def case_allocators_of_others(place):
    """jemalloc and tcmalloc, put before libc's."""
    found = [path for name in ("libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libtcmalloc.so.4")
             for path in (f"/usr/lib/x86_64-linux-gnu/{name}",) if os.path.exists(path)]
    if not found:
        raise faults.Skipped("neither jemalloc nor tcmalloc is installed")
    recorded, plain = place.twins("ends.c")
    for path in found:
        place.expect_as_plain(recorded, plain, "exit", environment={"LD_PRELOAD": path})
        place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


if __name__ == "__main__":
    faults.main(globals())
