#!/usr/bin/env python3
"""The recording's file: disks that are full, folders that are not there, are read-only or vanish. One sentence, and the
program runs on."""
import os
import resource
import shutil

import faults
from faults import CLEAN, INCONCLUSIVE, INPUT, INTERNAL, alone, expect


def limited(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def case_limit_on_file_sizes_anywhere(place):
    """RLIMIT_FSIZE before, in and after every part of the file: no SIGXFSZ, one sentence, a sound beginning."""
    recorded, plain = place.twins("racer.c")
    before = place.run(plain, "norace")
    whole = place.run(recorded, "norace")
    place.expect_same(whole, before)
    size = (place.folder / "run.tent").stat().st_size
    # Another schedule makes other chunks, but three windows are always there.
    steps = {0, 1, 63, 64, 65, 4095, 4096, 4097, *range(0, min(size, 3 * 65536), 9000)}
    for limit in sorted(steps):
        done = place.run(recorded, "norace", preexec_fn=limited(limit))
        place.expect_same(done, before, said="limit on file sizes")
        recording = place.folder / "run.tent"
        expect(not recording.exists() or recording.stat().st_size <= limit, f"{limit}: the file is larger")
        if recording.exists():
            status, kinds, facts = place.check(recording)
            expect(status in (INPUT, INCONCLUSIVE) and not kinds and not facts.get("complete"), f"{limit}: {status} {facts}")
            recording.unlink()


def case_disk_full_anywhere(place):
    """File systems that hold a page more each time, until all fits: no SIGBUS from the mapped windows."""
    words = alone("--mount")
    recorded, plain = place.twins("racer.c")
    before = place.run(plain, "norace")
    mount, copy = place.folder / "small", place.folder / "kept.tent"
    mount.mkdir()
    full = 0
    for kilobytes in (4, 8, 16, 40, 68, 72, 76, 80, 100, 140, 144, 148, 152, 200, 220, 260, 300, 400, 4096):
        # The file system is gone with its namespace, so the recording is brought out first.
        done = place.run(*words, "sh", "-c",
                         f'mount -t tmpfs -o size={kilobytes}k tmpfs "$1" || exit 77; shift; "$@"; status=$?; '
                         f'cp {mount}/run.tent {copy} 2>/dev/null; exit $status', "sh", mount, recorded, "norace",
                         options=f"output={mount}/run.tent")
        if done.status == 77:
            raise faults.Skipped("no file system can be mounted here")
        fits = "tenter: " not in done.err
        place.expect_same(done, before, said="" if fits else "no space left")
        if copy.exists():
            status, kinds, facts = place.check(copy)
            expect(status == CLEAN if fits else status in (INPUT, INCONCLUSIVE), f"{kilobytes} kB: {status} {kinds} {facts}")
            copy.unlink()
        full += not fits
        expect(fits or kilobytes < 4096, "4 MB are not enough")
    expect(full >= 3, f"only {full} file systems were full")


def case_no_folder(place):
    recorded, plain = place.twins("racer.c")
    (place.folder / "file").write_text("")
    for output, words in (("nowhere/run.tent", "no such directory"), ("file/run.tent", "not a directory"),
                          (".", "directory"), ("x" * 300, "too long")):
        place.expect_as_plain(recorded, plain, "norace", options=f"output={output}", said=words)
    expect(place.recordings() == [], f"left {place.recordings()}")


def case_folder_without_permission(place):
    """Root may write everywhere, so the program runs as nobody."""
    faults.needs("setpriv")
    if os.geteuid() != 0:
        raise faults.Skipped("only root can become nobody")
    recorded, plain = place.twins("racer.c")
    place.folder.chmod(0o755)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    before = place.run(*nobody, plain, "norace")
    if before.status != 5 or place.run(*nobody, "test", "-r", place.bin).status != 0:
        raise faults.Skipped("nobody cannot reach the programs here")
    place.expect_same(place.run(*nobody, recorded, "norace"), before, said="permission denied")


def case_read_only_file_system(place):
    words = alone("--mount")
    recorded, plain = place.twins("racer.c")
    mount = place.folder / "fixed"
    mount.mkdir()
    done = place.run(*words, "sh", "-c", 'mount -t tmpfs -o ro tmpfs "$1" || exit 77; shift; exec "$@"', "sh", mount,
                     recorded, "norace", options=f"output={mount}/run.tent")
    if done.status == 77:
        raise faults.Skipped("no file system can be mounted here")
    place.expect_same(done, place.run(plain, "norace"), said="read-only")


def case_a_required_recording_ends_the_program_at_its_start(place):
    recorded = place.build("racer.c")
    done = place.run(recorded, "norace", options="output=nowhere/run.tent:require_trace=1")
    expect(done.status == INTERNAL and done.out == "", f"it {done}")
    expect(done.err.count("\n") == 1 and "require_trace=1" in done.err, done.err)
    done = place.run(recorded, "norace", options="output=run.tent:require_trace=1")
    expect(done.status == 5 and done.out == "1\n" and done.err == "", f"with a recording it {done}")
    # What happens later is no reason any more.
    done = place.run(recorded, "norace", options="output=run.tent:require_trace=1", preexec_fn=limited(80_000))
    expect(done.out == "1\n" and "the program runs on" in done.err, f"a full disk: it {done}")


def case_folder_deleted_during_the_run(place):
    recorded, plain = place.twins("deletes.c")
    for way, words in (("file", "was deleted"), ("folder", "was deleted"), ("closed", "not found again")):
        for program, told in ((plain, ""), (recorded, words)):
            folder = place.folder / "gone"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            done = place.run(program, folder, way, options="output=gone/run.tent")
            if not told:
                before = done
            else:
                place.expect_same(done, before, said=told)


def case_standard_error_that_is_somebody_elses_file(place):
    """The program closes descriptor 2, and its own data file gets the number: no sentence of ours may go there."""
    recorded, plain = place.twins("deletes.c")
    for program in (plain, recorded):
        folder = place.folder / "gone"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        done = place.run(program, folder, "second_file", options="output=gone/run.tent")
        expect(done.status == 0 and done.err == "", f"it {done}")
        expect((place.folder / "data").read_text() == "data\n", (place.folder / "data").read_text())


if __name__ == "__main__":
    faults.main(globals())
