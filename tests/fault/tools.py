#!/usr/bin/env python3
"""Where `tenter record` and `run` put recordings, what `record` says at the end, and what `dump --stats` says a recording is made of."""
import re
import signal
import subprocess

import faults
from faults import CLEAN, FINDINGS, INCONCLUSIVE, alone, expect, needs


def case_one_line_at_the_end_when_asked(place):
    program = place.build("racer.c")
    tenter = place.bin / "tenter"
    quiet = place.run(tenter, "record", "-o", "run.tent", "--", program, "norace", options="")
    expect(quiet.status == 5 and quiet.out == "1\n" and quiet.err == "", f"it {quiet}")
    told = place.run(tenter, "record", "--summary", "-o", "run.tent", "--", program, "norace", options="")
    expect(told.status == 5 and told.out == "1\n", f"it {told}")
    found = re.fullmatch(r"tenter: recorded (\S+run\.tent): ([\d.]+) kB, ([\d,]+) events, none lost\n", told.err)
    expect(found is not None, f"said {told.err!r}")
    size = (place.folder / "run.tent").stat().st_size
    expect(abs(float(found.group(2)) * 1000 - size) <= 51, f"{found.group(2)} kB of {size} bytes")
    expect(int(found.group(3).replace(",", "")) > 11_000, f"{found.group(3)} events")
    cut = place.run(tenter, "record", "--summary", "-o", "run.tent", "--", place.build("ends.c"), "kill", options="")
    expect(cut.status == 137 and cut.err.endswith("none lost that we know of, but incomplete\n"), f"it {cut}")


def case_one_line_at_the_end_on_a_terminal(place):
    needs("script")
    program = place.build("racer.c")
    done = place.run("script", "-qec", f"{place.bin / 'tenter'} record -o run.tent -- {program} norace", "/dev/null", options="")
    expect(done.status == 5, f"it {done}")
    lines = done.out.split()
    expect(done.out.count("\n") == 2 and lines[0] == "1" and lines[1:3] == ["tenter:", "recorded"], f"it {done}")


def case_composition_of_a_recording(place):
    """By kind, by thread and by module: each table has all events and all bytes."""
    library = place.build("pool_library.c", "-shared", "-fPIC", out="libpool.so")
    program = place.build("pool_user.c", library, f"-Wl,-rpath,{place.folder}")
    expect(place.run(program, "norace").status == 0, "it failed")
    done = place.run(place.bin / "tenter", "dump", "--stats", "run.tent")
    expect(done.status == CLEAN and done.err == "", f"it {done}")
    tables = {}
    for line in done.out.splitlines():
        if head := re.fullmatch(r" +events +bytes +by (\w+)", line):
            rows = tables[head.group(1)] = {}
        elif row := re.fullmatch(r" +([\d,]+) +([\d,]+) +([\d.]+) %  (.*)", line):
            rows[row.group(4)] = tuple(int(row.group(i).replace(",", "")) for i in (1, 2))
    expect(set(tables) == {"kind", "thread", "module"}, f"tables: {done.out}")
    sums = {name: tuple(map(sum, zip(*rows.values()))) for name, rows in tables.items()}
    expect(len(set(sums.values())) == 1, f"the tables differ: {sums}")
    written = int(re.search(r"^bytes of events +([\d,]+)", done.out, re.M).group(1).replace(",", ""))
    expect(0 <= written - sums["kind"][1] < 200, f"{sums['kind'][1]} of {written} bytes")
    expect(tables["kind"]["task_create"][0] == 4 and tables["kind"]["task_join"][0] == 4, f"{tables['kind']}")
    expect(len(tables["thread"]) == 5 and "main thread" in tables["thread"], f"{tables['thread']}")
    expect(any(name.endswith("libpool.so") for name in tables["module"]) and
           any(name.endswith("pool_user") for name in tables["module"]), f"{tables['module']}")


def case_what_was_left_out_on_request(place):
    """By sample=: `record --summary`, `dump --stats` and `check` say so, and nothing is what they find."""
    program, tenter = place.build("racer.c"), place.bin / "tenter"
    told = place.run(tenter, "record", "--summary", "-o", "run.tent", "--", program, "norace", options="sample=0.000001")
    found = re.search(r"events, ([\d,]+) accesses left out by sample=\n$", told.err)
    expect(told.status == 5 and found is not None, f"it {told}")
    stats = place.run(tenter, "dump", "--stats", "run.tent")
    expect(re.search(rf"^left out, sample +{found.group(1)}$", stats.out, re.M) is not None, f"it {stats}")
    checked = place.run(tenter, "check", "run.tent")
    expect(checked.status == 4 and "left out, as sample= asks for" in checked.out + checked.err, f"it {checked}")


def case_a_link_to_a_recording_stays_one(place):
    """What it leads to is made or replaced, by `record` and by `run --keep`, which moves it from another file system."""
    program, tenter = place.build("racer.c"), place.bin / "tenter"
    (place.folder / "kept").mkdir()
    link, file = place.folder / "latest.tent", place.folder / "kept" / "race.tent"
    link.symlink_to("kept/race.tent")
    for command, status in ((["record", "-o", link], 5), (["run", "--keep", link], FINDINGS)):
        for _ in range(2):   # at first there is nothing at its end
            done = place.run(tenter, *command, "--", program, "race", options="")
            expect(done.status == status and link.is_symlink(), f"it {done}")
            place.expect_recording(file, FINDINGS, complete=True, kinds={"data-race"})
        file.unlink()
    expect([one.name for one in file.parent.iterdir()] == [], f"left {list(file.parent.iterdir())}")


def case_kept_on_another_file_system(place):
    """It is copied there, and whoever looks meanwhile finds the old one: the new one comes by a rename."""
    words = alone("--mount")
    program, tenter, mount = place.build("racer.c"), place.bin / "tenter", place.folder / "far"
    mount.mkdir()
    done = place.run(*words, "sh", "-c",
                     'mount -t tmpfs tmpfs "$1" || exit 77; echo old > "$1/run.tent"; exec 3< "$1/run.tent"; "$2" run --keep "$1/run.tent" -- "$3" race; '
                     'echo "status $?"; cat <&3; ls -A "$1"; "$2" check --no-symbolize "$1/run.tent" > /dev/null; echo "again $?"',
                     "sh", mount, tenter, program, options="")
    if done.status == faults.SKIPPED:
        raise faults.Skipped("no file system can be mounted here")
    expect(done.out.splitlines()[-4:] == ["status 1", "old", "run.tent", "again 1"], f"it {done}")


def case_two_recordings_that_meet_at_one_path(place):
    """The later one gets a name of its own, and is told of; neither is harmed."""
    program, tenter = place.build("racer.c"), place.bin / "tenter"
    environment = {**place.environment(), "TENTER_OPTIONS": ""}
    first = subprocess.Popen([tenter, "record", "-o", "run.tent", "--", program, "norace", "on"], cwd=place.folder, stdout=subprocess.PIPE,
                             env=environment)
    expect([first.stdout.readline() for _ in range(2)] == [b"1\n", b"busy\n"], "it did not start")
    second = place.run(tenter, "record", "-o", "run.tent", "--", program, "race", options="")
    told = re.fullmatch(r"tenter: (\S+/run\.tent): another process was recording there; this recording is (\1\.\d+)\n", second.err)
    expect(second.status == 5 and told is not None, f"it {second}")
    first.send_signal(signal.SIGTERM)   # which it passes on
    first.wait()
    first.stdout.close()
    names = [one.name for one in place.recordings()]
    expect(len(names) == 2 and names[0] == "run.tent" and told.group(2).endswith(names[1]), f"left {names}")
    place.expect_recording(place.folder / names[1], FINDINGS, complete=True, kinds={"data-race"})
    place.expect_recording(place.folder / "run.tent", INCONCLUSIVE, complete=False)


if __name__ == "__main__":
    faults.main(globals())
