#!/usr/bin/env python3
"""Programs that are allowed little: system calls that a filter refuses, limits of memory and threads, containers, strange
folders and languages."""
import contextlib
import ctypes
import os
import pathlib
import re
import resource
import shutil
import subprocess
import time

import faults
from faults import CLEAN, FINDINGS, expect, needs

RACE = {"data-race"}
RUNTIME = faults.HERE.parents[1] / "runtime-hooks"
# What the loader and libc call for a program such as racer.c, and Python before it. Where libc calls more, the plain
# program dies of it, and the case is skipped.
OF_PLAIN_PROGRAMS = ("execve", "brk", "arch_prctl", "access", "mmap", "munmap", "mremap", "mprotect", "madvise", "openat",
                     "close", "close_range", "read", "pread64", "write", "fstat", "newfstatat", "set_tid_address",
                     "set_robust_list", "rseq", "prlimit64", "getrandom", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
                     "clone", "clone3", "futex", "exit", "exit_group", "clock_nanosleep", "gettid", "getpid", "tgkill")
# Without these the recorder has less comfort, and no less to say.
COMFORTS = ("fallocate", "flock", "getcwd", "readlink", "uname", "membarrier", "clock_gettime", "getrandom")
# What the filters of containers refuse, and what detectors that lay out memory in their own way have asked for.
OF_OTHERS = ("personality", "ptrace", "process_vm_readv", "userfaultfd", "bpf", "perf_event_open", "io_uring_setup",
             "memfd_create", "mlockall", "shmget", "socket", "unshare", "kcmp", "modify_ldt", "add_key")


def numbers_of(calls):
    """The system calls' numbers, as the compiler knows them."""
    source = "#include <sys/syscall.h>\n" + "".join(f"SYS_{name}\n" for name in calls)
    done = subprocess.run(["clang-19", "-E", "-P", "-"], input=source, capture_output=True, text=True, check=True)
    words = done.stdout.split()
    expect(len(words) == len(calls) and all(word.isdigit() for word in words), f"not all are known: {words}")
    return [int(word) for word in words]


def filtered(chosen, answer_to_chosen, answer_to_others):
    """For the child of a fork: from here on the kernel answers so to the system calls with the numbers `chosen`."""
    load, equal, give_back = 0x20, 0x15, 0x06   # of the kernel's packet filters
    words = [(load, 0, 0, 0)]
    for index, number in enumerate(chosen):
        words.append((equal, len(chosen) - index, 0, number))
    words += [(give_back, 0, 0, answer_to_others), (give_back, 0, 0, answer_to_chosen)]
    code = b"".join(word[0].to_bytes(2, "little") + bytes(word[1:3]) + word[3].to_bytes(4, "little") for word in words)
    memory = ctypes.create_string_buffer(code)

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("words", ctypes.c_void_p)]

    program = Program(len(words), ctypes.addressof(memory))
    program.memory = memory   # for as long as somebody points to it
    libc = ctypes.CDLL(None, use_errno=True)

    def install():
        no_new_rights, set_filter, by_filter = 38, 22, 2   # prctl(2)
        if libc.prctl(no_new_rights, 1, 0, 0, 0) != 0 or libc.prctl(set_filter, by_filter, ctypes.byref(program)) != 0:
            os._exit(faults.SKIPPED)
    return install


ALLOW, KILL = 0x7FFF0000, 0x80000000


def refuse(error):
    return 0x00050000 | error


def expect_recorded(place, program, plain, **more):
    before = place.run(plain, "race", **more)
    if before.status != 5:
        raise faults.Skipped(f"here the plain program {before}")
    place.expect_same(place.run(program, "race", **more), before)
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)
    place.clear()


def case_filters_that_refuse(place):
    recorded, plain = place.twins("racer.c")
    for calls in (COMFORTS, OF_OTHERS):
        for error in (1, 38):   # EPERM, ENOSYS
            expect_recorded(place, recorded, plain, preexec_fn=filtered(numbers_of(calls), refuse(error), ALLOW))


def case_filters_that_kill(place):
    """The recorder calls what its sources name, and what pthread_getattr_np calls; nothing else."""
    recorded, plain = place.twins("racer.c")
    own = ["sched_getaffinity"]
    for source in (*RUNTIME.glob("record/*"), *RUNTIME.glob("hooks/*")):
        own += re.findall(r"\bcall\(SYS_(\w+)", source.read_text())
    expect("openat" in own and len(own) > 15, f"{own}")
    allowed = numbers_of(sorted({*own, *OF_PLAIN_PROGRAMS}))
    expect_recorded(place, recorded, plain, preexec_fn=filtered(allowed, ALLOW, KILL))
    # The filter does bite.
    without = numbers_of(sorted({*own, *OF_PLAIN_PROGRAMS} - {"clone", "clone3"}))
    expect(place.run(plain, "race", preexec_fn=filtered(without, ALLOW, KILL)).status == -31, "nothing was killed")


def case_filters_that_leave_no_file(place):
    """Without a file to write to there is one sentence, and the program as it is."""
    recorded, plain = place.twins("racer.c")
    more = {"preexec_fn": filtered(numbers_of(["ftruncate"]), refuse(1), ALLOW)}
    place.expect_same(place.run(recorded, "race", **more), place.run(plain, "race", **more), said="runs on unrecorded")


def case_little_memory(place):
    """Address space, data and stack: what is reserved beforehand is little, as where overcommit is off."""
    recorded, plain = place.twins("racer.c")
    for kind, size in ((resource.RLIMIT_AS, 100 << 20), (resource.RLIMIT_DATA, 64 << 20), (resource.RLIMIT_STACK, 256 << 10),
                       (resource.RLIMIT_MEMLOCK, 0)):
        expect_recorded(place, recorded, plain, preexec_fn=lambda kind=kind, size=size: resource.setrlimit(kind, (size, size)))


def make_group(controller, setting, value):
    """A group of processes with a limit, or None where none can be made."""
    for root in (pathlib.Path("/sys/fs/cgroup") / controller, pathlib.Path("/sys/fs/cgroup")):
        group = root / f"tenter-fault-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / setting).exists():
                (group / setting).write_text(str(value))
                return group
        except OSError:
            pass
        group.rmdir()
    return None


@contextlib.contextmanager
def control_group(controller, settings, value):
    """What puts a child of fork into a group with a limit; `settings`: the names that it has in the kernel's two versions."""
    group = next(filter(None, (make_group(controller, setting, value) for setting in settings)), None)
    if group is None:
        raise faults.Skipped(f"no control group with {settings[0]} can be made here")
    try:
        yield lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
    finally:
        for _ in range(200):   # the last process may not have left yet
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.05)


def case_group_of_little_memory(place):
    """What the recorder needs for a small program fits into a small container."""
    recorded, plain = place.twins("racer.c")
    with control_group("memory", ("memory.max", "memory.limit_in_bytes"), 32 << 20) as enter:
        expect_recorded(place, recorded, plain, preexec_fn=enter)


def case_few_threads_allowed(place):
    """pthread_create fails, and the recording holds the threads that there were."""
    recorded, plain = place.twins("crowd.c")
    with control_group("pids", ("pids.max",), 20) as enter:
        done = place.expect_as_plain(recorded, plain, preexec_fn=enter)
        expect(done.out == "some, right\n", f"it {done}")
        facts = place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
        expect(2 <= facts["threads"] <= 21, f"{facts}")   # the last one failed
    place.expect_as_plain(recorded, plain)
    expect(place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)["threads"] == 61, "threads are missing")


def case_container(place):
    """Nothing of the host but its files, read-only, and one folder to write to."""
    needs("bwrap")
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
             "--tmpfs", "/dev/shm", "--bind", place.folder, place.folder, "--chdir", place.folder, "--cap-drop", "ALL"]
    recorded, plain = place.twins("racer.c")
    before = place.run(*words, plain, "race")
    if before.status != 5:
        raise faults.Skipped("bwrap makes no container here")
    place.expect_same(place.run(*words, recorded, "race", options="output=%n.tent"), before)
    place.expect_recording(place.folder / "racer.tent", FINDINGS, complete=True, kinds=RACE)


def case_folders_and_languages(place):
    """The name of the recording is the program's, whatever characters that has; other variables do not matter."""
    recorded, plain = place.twins("racer.c")
    odd = place.folder / "a folder's \u00fc \\ %p;:\nname"
    odd.mkdir()
    shutil.copy(recorded, odd / "two words")
    before = place.run(plain, "race")
    for environment in ({"LC_ALL": "C"}, {"LC_ALL": "tr_TR.UTF-8"}, {"HOME": "/nowhere", "TMPDIR": "/nowhere"}, {"PATH": ""}):
        done = place.run(odd / "two words", "race", cwd=odd, environment=environment, options="")
        place.expect_same(done, before)
        left = [path for path in odd.iterdir() if path.suffix == ".tent"]
        expect(len(left) == 1 and re.fullmatch(r"two words\.\d+\.tent", left[0].name), f"{list(odd.iterdir())}")
        place.expect_recording(left[0], FINDINGS, complete=True, kinds=RACE)
        left[0].unlink()
    done = place.run("env", "-i", recorded, "race")
    place.expect_same(done, before)
    expect(len(place.recordings("racer.*.tent")) == 1, f"{place.recordings()}")


def case_beside_rr(place):
    needs("rr")
    recorded, plain = place.twins("racer.c")
    where = {"_RR_TRACE_DIR": str(place.folder / "rr")}
    if place.run("rr", "record", "-n", plain, "norace", environment=where).status != 5:
        raise faults.Skipped("rr does not work here: it needs the processor's counters")
    for step in (("record", "-n", recorded, "race"), ("replay", "-a")):
        done = place.run("rr", *step, environment=where)
        expect(done.out == "1\n", f"rr {step[0]} {done}")
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)


if __name__ == "__main__":
    faults.main(globals())
