#!/usr/bin/env python3
"""Signal handlers and threads that come, go and come again in ways of their own."""
import faults
from faults import CLEAN, FINDINGS, INCONCLUSIVE, expect, soak_or

RACE = {"data-race"}


def case_handlers_that_lock_and_allocate(place):
    recorded, plain = place.twins("handlers.c")
    place.expect_as_plain(recorded, plain, soak_or(20000, 1000))
    place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


def case_handlers_that_jump_out(place):
    """A jump out of the middle of the recorder costs events, which are counted; it never hangs, and invents nothing."""
    recorded, plain = place.twins("handlers.c")
    place.expect_as_plain(recorded, plain, soak_or(20000, 1000), "jump")
    status, kinds, facts = place.check(place.folder / "run.tent")
    expect(status in (CLEAN, INCONCLUSIVE) and not kinds, f"{status} {kinds} {facts}")
    expect((status == CLEAN) == (facts["lost_events"] == 0), f"{status} {facts}")


def case_what_threads_do_late(place):
    recorded, plain = place.twins("late.c")
    place.expect_as_plain(recorded, plain, "norace")
    place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
    place.expect_as_plain(recorded, plain, "race")
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)


def case_threads_of_a_library_that_is_not_recorded(place):
    library = place.build("pool_library.c", "-shared", "-fPIC", plain=True, out="libpool.so")
    recorded, plain = place.twins("pool_user.c", library)
    place.expect_as_plain(recorded, plain, "norace")
    place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
    place.expect_as_plain(recorded, plain, "race")
    place.expect_recording(place.folder / "run.tent", FINDINGS, complete=True, kinds=RACE)


def case_ten_thousand_threads(place):
    """Some hundreds at a time; in a soak all at once."""
    recorded, plain = place.twins("many_threads.c")
    place.expect_as_plain(recorded, plain, 10000, soak_or(10000, 250))
    facts = place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
    expect(facts["threads"] == 10001, f"{facts}")


def case_threads_that_allocate_nothing(place):
    """The recorder does not allocate for them: each heap of libc's takes 64 MB of addresses, which may be limited."""
    recorded, plain = place.twins("heaps.c")
    done = place.expect_as_plain(recorded, plain)
    expect(done.out == "8 threads, 1 heaps\n", f"it {done}")
    place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)


def case_handles_that_come_again(place):
    """A thread gets the handle of one that ended detached: joining it says nothing of the first."""
    recorded, plain = place.twins("same_handle.c")
    for way, kinds in (("detached", RACE), ("joined", set())):
        place.expect_as_plain(recorded, plain, way)
        place.expect_recording(place.folder / "run.tent", FINDINGS if kinds else CLEAN, complete=True, kinds=kinds)


def case_tasks_by_the_hundred_thousand(place):
    recorded, plain = place.twins("many_tasks.cc")
    place.expect_as_plain(recorded, plain, "wait", soak_or(100000, 20000))
    facts = place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
    expect(facts["tasks"] >= soak_or(100000, 20000), f"{facts}")


def case_exit_in_static_destructors_with_tasks_running(place):
    recorded, plain = place.twins("many_tasks.cc")
    for way in ("static", "exit_in_task"):
        place.expect_as_plain(recorded, plain, way, 50)
        status, kinds, facts = place.check(place.folder / "run.tent")
        expect(kinds <= {"task-leak"} and facts["complete"], f"{way}: {status} {kinds} {facts}")


def case_library_that_is_loaded_again(place):
    """Another library at the same place: no order and no race is made of that. The later one gives its name to both."""
    for number in (1, 2):
        place.build("plugin.c", "-shared", "-fPIC", f"-DNUMBER={number}", out=f"plugin{number}.so")
        place.build("plugin.c", "-shared", "-fPIC", f"-DNUMBER={number}", plain=True, out=f"plain{number}.so")
    recorded, plain = place.twins("loads.c")
    for racy in ("1", "2"):
        before = place.run(plain, "./plain1.so", "./plain2.so", racy)
        after = place.run(recorded, "./plugin1.so", "./plugin2.so", racy)
        place.expect_same(after, before)
        expect("one place" in after.out, f"the libraries lie in different places: {after.out}")
        done = place.run(place.bin / "tenter", "check", "run.tent")
        expect(done.status == FINDINGS and "1 finding: 1 data-race" in done.out, f"{racy}: {done}")
        expect("in function_2()" in done.out, f"{racy}: {done}")


if __name__ == "__main__":
    faults.main(globals())
