#!/usr/bin/env python3
"""Programs that end at any moment and in every way: the end is the plain program's, and what was recorded is there."""
import random
import resource
import subprocess
import time

import faults
from faults import CLEAN, FINDINGS, INCONCLUSIVE, INPUT, expect, soak_or

ORDERLY = ("return", "exit", "_exit", "_Exit", "quick_exit")
SUDDEN = ("abort", "segv", "fpe", "term", "trap", "kill", "system_call")


def case_killed_at_any_moment(place):
    """kill -9, from before main to deep in the work: what is there is sound, and never more than the truth."""
    program = place.build("racer.c")
    seeds = range(soak_or(1000, 30))
    moments = 0
    for seed in seeds:
        dice = random.Random(seed)
        kind = "race" if seed % 2 else "norace"
        with subprocess.Popen([program, kind, "on"], cwd=place.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**place.environment(), "TENTER_OPTIONS": "output=run.tent"}) as process:
            if seed % 3:
                for _ in range(2):
                    process.stdout.readline()
            time.sleep(dice.random() * 0.03)   # any moment will do; nothing below depends on which one it was
            process.kill()
            said, errors = process.communicate(timeout=faults.SECONDS)
            expect(process.returncode == -9 and errors == b"", f"seed {seed}: {process.returncode} {errors}")
        recording = place.folder / "run.tent"
        if not recording.exists():
            expect(seed % 3 == 0, f"seed {seed}: no recording")
            continue
        status, kinds, facts = place.check(recording)
        expect(kinds <= ({"data-race"} if kind == "race" else set()), f"seed {seed}: found {kinds}")
        if seed % 3:
            expect(status == (FINDINGS if kind == "race" else INCONCLUSIVE), f"seed {seed}: check ended with {status}")
            moments += 1
        else:
            expect(status in (INPUT, INCONCLUSIVE, FINDINGS), f"seed {seed}: check ended with {status}")
        expect(not facts.get("complete"), f"seed {seed}: called complete")
        place.clear()
    expect(moments >= len(seeds) // 2, "too few came to work")


def case_findings_of_a_killed_program_do_not_pass_the_gate(place):
    recording = place.folder / "run.tent"
    program = place.build("ends.c")
    place.run(program, "kill")
    report = place.folder / "report.json"
    place.run(place.bin / "tenter", "check", recording, "--format", f"json={report}")
    done = place.run(place.bin / "tenter", "gate", report)
    expect(done.status == INCONCLUSIVE, f"the gate {done}")


def case_orderly_ends_among_busy_threads(place):
    recorded, plain = place.twins("ends.c")
    for way in ORDERLY:
        for where in ((), ("thread",)):
            if way == "return" and where:
                continue
            place.expect_as_plain(recorded, plain, way, *where)
            facts = place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
            expect(facts["threads"] >= 4, f"{way}: {facts}")


def case_sudden_ends_among_busy_threads(place):
    recorded, plain = place.twins("ends.c")
    for way in SUDDEN:
        place.expect_as_plain(recorded, plain, way, *(("thread",) if way in SUDDEN[1::2] else ()))
        facts = place.expect_recording(place.folder / "run.tent", INCONCLUSIVE, complete=False)
        expect(facts["threads"] >= 4, f"{way}: {facts}")


def case_ends_of_static_programs(place):
    """There the recorder is a part of the program, libc ends it in another order, and no loader has prepared anything."""
    recorded, plain = place.twins("ends.c", "-static")
    for way in ORDERLY:
        place.expect_as_plain(recorded, plain, way, *(() if way == "return" else ("thread",)))
        place.expect_recording(place.folder / "run.tent", CLEAN, complete=True)
    for way in SUDDEN:
        place.expect_as_plain(recorded, plain, way)
        place.expect_recording(place.folder / "run.tent", INCONCLUSIVE, complete=False)


def case_a_crash_leaves_its_core(place):
    """The recorder takes no signal and no core file away."""
    def cores_allowed():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    cores = []
    for program in reversed(place.twins("ends.c")):
        folder = place.folder / f"{program.name}.d"
        folder.mkdir()
        place.run(program, "segv", cwd=folder, preexec_fn=cores_allowed)
        cores.append([path for path in folder.iterdir() if path.suffix != ".tent"])
    if not cores[0]:
        raise faults.Skipped("this system puts core files elsewhere, or nowhere")
    expect(len(cores[1]) == 1 and cores[1][0].stat().st_size > 0, "the recorded program left no core file")


def case_the_tools_pass_the_signal_on(place):
    """`record` and `run` end with 128 + signal, and the report says which signal it was."""
    program = place.build("ends.c")
    tenter = place.bin / "tenter"
    for way, number in (("kill", 9), ("segv", 11), ("abort", 6), ("term", 15)):
        done = place.run(tenter, "record", "-o", "run.tent", "--", program, way, options="")
        expect(done.status == 128 + number, f"{way}: record {done}")
        _, _, facts = place.check(place.folder / "run.tent")
        expect(facts["end"] == f"signal {number}", f"{way}: {facts}")
        report = place.folder / "report.json"
        done = place.run(tenter, "run", "--format", f"json={report}", "--", program, way, options="")
        expect(done.status == 128 + number, f"{way}: run {done}")
        expect(f'"signal {number}"' in report.read_text(), f"{way}: {report.read_text()}")


def case_killed_by_somebody_else(place):
    """As the kernel does when memory ends: the program is killed, and not our tool."""
    program = place.build("racer.c")
    with subprocess.Popen([place.bin / "tenter", "record", "-o", "run.tent", "--", program, "norace", "on"],
                          cwd=place.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=place.environment()) as process:
        for _ in range(2):
            process.stdout.readline()
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
        child = int(children.stdout.split()[0])
        subprocess.run(["kill", "-9", str(child)], check=True)
        process.communicate(timeout=faults.SECONDS)
        expect(process.returncode == 128 + 9, f"ended with {process.returncode}")
    facts = place.expect_recording(place.folder / "run.tent", INCONCLUSIVE, complete=False)
    expect(facts["end"] == "signal 9", f"{facts}")


if __name__ == "__main__":
    faults.main(globals())
