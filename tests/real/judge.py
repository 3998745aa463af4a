#!/usr/bin/env python3
"""Compares a report with the findings that were read and judged by hand.

    judge.py REPORT.json JUDGED

A line of JUDGED has five columns, divided by " | ":

    kind | place | place | verdict | why

A place is a regular expression for "file:function" of one side's leaf, or of any frame of its stack when it begins
with "in ". A finding belongs to the first line whose kind and places fit its sides, whichever way round. The verdict
is `true` (a defect, or by the C++ standard undefined) or `false` (Tenterhook is wrong: a bug of ours, to be mended), and
`true, always` where every run must show such a finding. docs/real-programs.md tells how the verdicts were reached.
Prints one line a finding. Exit code: 0 all judged true and none missing, 1 otherwise.
"""
import json
import re
import sys


def places_of(finding):
    """Per side: the leaf as "file:function", and all frames so."""
    def spell(frame):
        return f"{frame.get('file', '')}:{frame.get('function', '')}"
    sides = finding.get("sides") or []
    if sides:
        return [(spell(side["stack"][0]) if side.get("stack") else "", [spell(f) for f in side.get("stack", [])])
                for side in sides]
    return [(spell(place), [spell(place)]) for place in finding.get("locations", [])]


def fits(pattern, place):
    leaf, frames = place
    if pattern == "":
        return True
    if pattern.startswith("in "):
        return any(re.search(pattern[3:], frame) for frame in frames)
    return re.search(pattern, leaf) is not None


def matches(rule, finding):
    kind, first, second = rule[:3]
    if kind != finding["kind"]:
        return False
    places = places_of(finding)
    if len(places) < 2:
        place = places[0] if places else ("", [])
        return fits(first, place) and second in ("", first)
    left, right = places[0], places[1]
    return (fits(first, left) and fits(second, right)) or (fits(first, right) and fits(second, left))


def main():
    report_path, judged_path = sys.argv[1:3]
    with open(report_path, encoding="utf-8") as file:
        report = json.load(file)
    rules = []
    with open(judged_path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                columns = [column.strip() for column in line.rstrip("\n").split(" | ")]
                if len(columns) != 5:
                    sys.exit(f"{judged_path}: not five columns: {line}")
                rules.append(columns)
    wrong = 0
    unseen = 0
    used = []
    for finding in report["findings"]:
        rule = next((rule for rule in rules if matches(rule, finding)), None)
        used.append(rule)
        wrong += rule is not None and rule[3] == "false"
        unseen += rule is None
        where = ", ".join(f"{place.get('file', '?').rsplit('/', 1)[-1]}:{place.get('line', '?')}"
                          for place in finding.get("locations", []))
        verdict = f"{rule[3].split(',')[0]} ({rule[4]})" if rule else "not judged yet"
        print(f"  {finding['kind']} at {where}: {verdict}")
    missing = [rule for rule in rules if rule[3] == "true, always" and rule not in used]
    for rule in missing:
        print(f"  {rule[0]} at {rule[1]}, {rule[2]}: missing, and every run must show it ({rule[4]})")
    count = len(report["findings"])
    print(f"== judged by hand: {count - wrong - unseen} true, {wrong} false, {unseen} not judged yet, {len(missing)} missing")
    return 1 if wrong or unseen or missing else 0


if __name__ == "__main__":
    sys.exit(main())
