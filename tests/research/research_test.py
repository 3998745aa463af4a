#!/usr/bin/env python3
"""Compares the prediction engines with published answers, on public research traces that are not part of this repository.

    research_test.py --bin build/bin [--traces DIR]

DIR, else the environment variable TENTER_RESEARCH_TRACES, holds `*.std` and `expected.csv`: a line for each trace with the
columns trace, SHB, SyncP and OSR, each `racy events/racy places`, and spd_deadlocks. Ends with 77 ("not here") where there are none. A trace whose
critical sections overlap was recorded wrongly, and no order of its events is one of its program: `check` must say so. Its
numbers are compared too, so that a change is noticed.
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys

SKIP = 77
COLUMNS = {"shb": "SHB", "syncp": "SyncP", "osr": "OSR"}
ILL_FORMED = {"input10", "cv_memcached_567_dlf", "dl_jigsaw"}


def check(tenter, trace):
    process = subprocess.run([tenter, "check", trace, "--analysis", ",".join([*COLUMNS, "spd"]), "--window", "0", "--format", "json"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    if not process.stdout:
        return None, process.stderr.decode()
    return json.loads(process.stdout), ""


def troubles_of(name, row, report):
    found = {analysis["name"]: f'{analysis["racy_events"]}/{analysis["racy_places"]}' for analysis in report["analyses"]}
    for analysis, column in COLUMNS.items():
        wanted = row[column]
        if "/" in wanted and found[analysis] != wanted:
            yield f"{name}: {analysis} finds {found[analysis]} racy events/places instead of {wanted}"
    deadlocks = next(analysis["deadlocks"] for analysis in report["analyses"] if analysis["name"] == "spd")
    if str(deadlocks) != row["spd_deadlocks"]:
        yield f"{name}: spd finds {deadlocks} deadlocks instead of {row['spd_deadlocks']}"
    notes = " ".join(report["recordings"][0]["notes"])
    if name in ILL_FORMED and "Critical sections of one lock overlap" not in notes:
        yield f"{name}: nothing is said of its overlapping critical sections"
    if name not in ILL_FORMED and notes:
        yield f"{name}: it is well-formed, and yet: {notes}"
    for finding in report["findings"]:
        if "witness" not in finding:
            yield f"{name}: a finding without a witness: {finding['message']}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--traces", default="")
    chosen = parser.parse_args()
    traces = pathlib.Path(os.environ.get("TENTER_RESEARCH_TRACES") or chosen.traces or "nowhere")
    if not (traces / "expected.csv").is_file():
        print(f"not here: {traces}/expected.csv")
        return SKIP
    troubles, compared = [], 0
    with open(traces / "expected.csv", newline="") as table:
        for row in csv.DictReader(table):
            report, error = check(chosen.bin / "tenter", traces / f"{row['trace']}.std")
            if report is None:
                troubles.append(f"{row['trace']}: {error}")
                continue
            compared += 1
            troubles += troubles_of(row["trace"], row, report)
    print("\n".join(troubles))
    print(f"{compared} traces compared, {len(troubles)} troubles")
    return 1 if troubles or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
