#!/usr/bin/env python3
"""The runtime inside of somebody else's program: nothing of its insides can be seen or replaced, it needs no constructors
of objects, and its hot path fits on small stacks."""
import collections
import re
import subprocess

import faults
from faults import FINDINGS, expect, needs

# Names that are ours to give away, besides those that stand before a function of a library of the system.
DOORS = re.compile(r"(__tsan_|__sanitizer_|tenter_|(WTF)?Annotate|ThreadSanitizerQuery$|RunningOnValgrind$|ValgrindSlowdown$)")
SYSTEM = ("libc.so.6", "libm.so.6", "libatomic.so.1", "libgomp.so.1", "libgcc_s.so.1", "libstdc++.so.6")
HOT_FRAME_BYTES = 256
# What the hot path enters seldom: to start, to seal a window, to walk the stack, to give up.
SELDOM = re.compile(r"attach|first_callback|enter_first|access_first|prepare|recover|look_up|note_instrumented|_Unwind|"
                    r"stop|give_up|program_pc|make_room|push_slowly|task_create|thread_start|thread_end|silence")
HOT_ROOTS = re.compile(r"(__tsan_(unaligned_|volatile_)?(read|write)|__tsan_func_|__tsan_atomic|__tsan_vptr|"
                       r"(malloc|calloc|free|memcpy|memset|memmove|(__)?pthread_mutex_(lock|unlock))$)")


def names(library, *options):
    told = subprocess.run(["nm", *options, library], capture_output=True, text=True, check=True).stdout
    return [line.split() for line in told.splitlines()]


def runtime(place):
    return place.bin.parent / "lib" / "libtenter_record.so"


def path_of(library):
    for compiler in ("clang++-19", "g++-12"):
        done = subprocess.run([compiler, f"-print-file-name={library}"], capture_output=True, text=True, check=False)
        if done.returncode == 0 and "/" in done.stdout:
            return done.stdout.strip()
    return None


def case_only_doors_are_visible(place):
    needs("nm", "readelf")
    known = set()
    for library in SYSTEM:
        path = path_of(library)
        if path is not None:
            known |= {fields[-1].split("@")[0] for fields in names(path, "-D", "--defined-only")}
    expect("malloc" in known, "the system's libraries were not found")
    table = subprocess.run(["readelf", "--dyn-syms", "-W", runtime(place)], capture_output=True, text=True, check=True)
    symbols = [line.split() for line in table.stdout.splitlines()]
    visible = {fields[7].split("@")[0] for fields in symbols
               if len(fields) > 7 and fields[6] != "UND" and fields[5] in ("DEFAULT", "PROTECTED") and fields[4] != "LOCAL"}
    expect("__tsan_write8" in visible and "malloc" in visible, "the doors are not there")
    strange = sorted(name for name in visible if not DOORS.match(name) and name not in known)
    expect(not strange, f"these are nobody's business: {strange}")


def case_no_objects_are_constructed(place):
    """Whatever is constructed before main comes too late for somebody, and is destroyed too early for somebody."""
    needs("nm")
    all_names = [fields[-1] for fields in names(runtime(place), "--defined-only")]
    expect(any("new_access" in name for name in all_names), "the runtime has no names to look at")
    made = [name for name in all_names if name.startswith(("_GLOBAL__sub_I", "__cxx_global"))]
    expect(not made, f"constructors: {made}")


def case_none_of_its_insides_can_be_replaced(place):
    """A program that exports every inner name of the runtime, each as a trap, is recorded as ever."""
    needs("nm")
    inner = sorted({fields[-1] for fields in names(runtime(place), "--defined-only")
                    if fields[-1].startswith("_ZN6tenter") and fields[1] in "tTbBdDrRVvWw"})
    expect(len(inner) > 100, f"only {len(inner)} inner names")
    traps = place.folder / "traps.s"
    traps.write_text(".text\n" + "".join(f".globl {name}\n{name}:\n" for name in inner) + "ud2\n" +
                     '.section .note.GNU-stack,"",@progbits\n')
    recorded = place.build("replaces.c", "-fno-builtin", "-rdynamic", traps)
    plain = place.build("replaces.c", "-fno-builtin", "-rdynamic", traps, plain=True)
    exported = {fields[-1] for fields in names(recorded, "-D", "--defined-only")}
    expect(inner[0] in exported and "write" in exported, "the program does not export its traps")
    place.expect_as_plain(recorded, plain)
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds={"data-race"})


def functions_of(library):
    """For each function its frame in bytes and whom it calls."""
    told = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-C", library], capture_output=True, text=True,
                          check=True).stdout
    frames, calls, name = collections.Counter(), collections.defaultdict(set), None
    for line in told.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            name = head.group(1)
            pushed = reserved = 0
        elif name is not None:
            if re.search(r"\tpush ", line):
                pushed += 8
            elif size := re.search(r"\tsub +\$0x([0-9a-f]+),%rsp", line):
                reserved = max(reserved, int(size.group(1), 16))
            elif to := re.search(r"\t(?:call|j\w+) +[0-9a-f]+ <(.*?)(?:\+0x[0-9a-f]+)?>$", line):
                calls[name].add(to.group(1))   # a tail call may hang on a condition
            frames[name] = max(frames[name], pushed + reserved)
    return frames, calls


def case_hot_path_has_small_frames(place):
    """Tasks have stacks of a few kilobytes, and any instruction of theirs may be recorded."""
    needs("objdump")
    frames, calls = functions_of(runtime(place))
    todo = [name for name in frames if HOT_ROOTS.match(name)]
    expect(len(todo) > 60, f"only {len(todo)} callbacks were found")
    hot = set()
    while todo:
        name = todo.pop()
        if name not in hot and name in frames and not SELDOM.search(name) and not name.endswith("@plt"):
            hot.add(name)
            todo.extend(calls[name])
    expect(any("new_access" in name for name in hot) and any("record::sync" in name for name in hot),
           f"the hot path was lost sight of: {sorted(hot)[:50]}")
    large = {name: frames[name] for name in hot if frames[name] > HOT_FRAME_BYTES}
    expect(not large, f"frames of more than {HOT_FRAME_BYTES} bytes: {large}")


if __name__ == "__main__":
    faults.main(globals())
