#!/usr/bin/env python3
"""Records programs and writes their reports in the formats that other programs read, for those to judge:
NAME.sarif, NAME.trace (around each finding) and NAME.run.trace (the whole run) in the Trace Event Format, NAME.shiviz and
NAME.run.shiviz, NAME.json beside them to compare with.

    make_reports.py --bin build/bin --make-recordings PROGRAM FOLDER
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parent.parent / "programs"
# The program, how it ends, and what must be among its findings: one that finds nothing gives the judges nothing to read.
RECORDED = [("race_two_mutexes.cc", 0, "data-race"), ("deadlock_two_mutexes.cc", 7, "deadlock"),
            ("lockorder_three.cc", 0, "lock-order-inversion"), ("tasks_leak_select.cc", 0, "task-leak"),
            ("tasks_deadlock_lock_and_channel.cc", None, "deadlock")]
# Recordings of make_recordings: without names and sources, cut short, and with notes.
MADE = ["race", "inversion", "killed_race", "thread_leak", "note"]


def run(*command, status=0, **options):
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=900, **options)
    if status is not None and done.returncode != status:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    return done


def reports_of(tenter, recording, name, folder, environment):
    """All reports of one recording, and the findings of the JSON one."""
    formats = {"json": f"{name}.json", "sarif": f"{name}.sarif", "perfetto": f"{name}.trace", "shiviz": f"{name}.shiviz"}
    done = run(tenter, "check", recording, "--deep", *(f"--format={kind}={folder / path}" for kind, path in formats.items()),
               status=None, cwd=recording.parent, env=environment)
    if done.returncode not in (0, 1):
        sys.exit(f"tenter check {recording.name} ended with {done.returncode}\n{done.stderr}")
    for kind, path in (("perfetto", f"{name}.run.trace"), ("shiviz", f"{name}.run.shiviz")):
        run(tenter, "convert", recording, "--to", kind, "-o", folder / path, cwd=recording.parent, env=environment)
    return json.loads((folder / formats["json"]).read_text())["findings"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--make-recordings", required=True, type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    chosen = parser.parse_args()
    tools, folder = chosen.bin.resolve(), chosen.folder.resolve()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="tenter-judges-") as place:
        place = pathlib.Path(place)
        for source, status, kind in RECORDED:
            name = pathlib.PurePath(source).stem
            run(tools / "tenter-c++", "-std=c++20", "-g", "-O1", f"-I{PROGRAMS}", PROGRAMS / source, "-o", place / name, "-ltenter",
                "-pthread", cwd=place, env=environment)
            recording = place / f"{name}.tent"
            run(tools / "tenter", "record", "-o", recording, "--", f"./{name}", status=status, cwd=place, env=environment)
            findings = reports_of(tools / "tenter", recording, name, folder, environment)
            if kind not in {one["kind"] for one in findings}:
                sys.exit(f"{source}: no {kind} was found, only {[one['kind'] for one in findings]}")
        run(chosen.make_recordings.resolve(), place)
        for name in MADE:
            reports_of(tools / "tenter", place / f"{name}.tent", f"made_{name}", folder, environment)


if __name__ == "__main__":
    main()
