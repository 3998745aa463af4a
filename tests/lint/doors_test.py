#!/usr/bin/env python3
"""The other two doors: `tenter lint` and clang-tidy must warn of just what the comments of a source say, as the plug-in must.

    doors_test.py --tenter build/bin/tenter --module build/lib/tenterhook/tenter_tidy.so FILE...
    doors_test.py --count FILE...       every check has ten functions that are wrong, and ten that are right

A source says with `// checks: LIST` that it is about other checks than the usual ones.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys


def expected_in(source):
    """Line and words of each expected-warning."""
    found = []
    for number, line in enumerate(source.read_text().splitlines(), 1):
        for offset, words in re.findall(r"expected-warning(?:@\+(\d+))? \{\{(.*?)\}\}", line):
            found.append((number + int(offset or 0), words))
    return found


def checks_of(source):
    said = re.search(r"^// checks: (\S+)$", source.read_text(), re.M)
    return said[1] if said else ""


def by_command(tools, source):
    command = [tools.tenter, "lint", "--single-unit", "--format", "json"]
    if checks_of(source):
        command.append(f"--checks={checks_of(source)}")
    told = subprocess.run([*command, source, "--", "-std=c++20"], capture_output=True, text=True, timeout=600)
    report = json.loads(told.stdout)
    if any(one["notes"] for one in report["recordings"]):
        sys.exit(f"{source}: {report['recordings']}")
    return [(one["locations"][0]["line"], f"{one['message']} [tenter-{one['kind']}]") for one in report["findings"]]


def on_request(tools):
    """The checks that are not usual, as words that leave them out."""
    told = subprocess.run([tools.tenter, "lint", "--list-checks"], capture_output=True, text=True, check=True).stdout
    return [f"-tenter-{check}" for check in re.findall(r"^(\S+) \(on request\): ", told, re.M)]


def by_tidy(tools, source):
    listed = pathlib.Path(tools.tenter).parent.parent / "share" / "tenterhook" / "include-dirs"
    includes = [f"-isystem{folder}" for folder in listed.read_text().split()]
    words = checks_of(source).split(",") if checks_of(source) else ["-*", "tenter-*", *on_request(tools)]
    names = [word for word in words if word != "possible"]
    checks = ",".join(word if "*" in word or "tenter-" in word else "tenter-" + word for word in names)
    options = [{"key": f"tenter-{name}.Possible", "value": "true"} for name in names if "possible" in words]
    told = subprocess.run(["clang-tidy-19", "-load", tools.module, f"--checks={checks}",
                           "--config=" + json.dumps({"CheckOptions": options}), source, "--", "-std=c++20", *includes],
                          capture_output=True, text=True, timeout=600)
    if told.returncode != 0:
        sys.exit(f"{source}: {told.stdout}{told.stderr}")
    return [(int(line), f"{text} [{check}]")
            for line, text, check in re.findall(r"^\S+?:(\d+):\d+: warning: (.*) \[(tenter-[a-z-]+)\]$", told.stdout, re.M)]


def compare(door, source, found):
    """What is not as the comments say, as sentences."""
    missing, troubles = list(expected_in(source)), []
    for line, text in found:
        match = next((each for each in missing if each[0] == line and each[1] in text), None)
        if match is None:
            troubles.append(f"{source}:{line}: {door} warns: {text}")
        else:
            missing.remove(match)
    return troubles + [f"{source}:{line}: {door} does not warn: {words}" for line, words in missing]


def count(sources):
    troubles, counts = [], {}
    for source in sources:
        sections = re.split(r"^// ---- (\S.*?) -+$", source.read_text(), flags=re.M)
        for names, body in zip(sections[1::2], sections[2::2]):
            for check in names.split(", "):
                wrong, right = counts.get(check, (0, 0))
                counts[check] = (wrong + len(re.findall(r"\bwrong_\w+\([^;]*\{$", body, re.M)),
                                 right + len(re.findall(r"\bright_\w+\([^;]*\{", body)))
    for check, (wrong, right) in counts.items():
        if re.fullmatch(r"(block|chan|cond|contract|ctx|guard|lock|select|sleep|task|thread|wg)-[a-z-]+", check) and min(wrong, right) < 10:
            troubles.append(f"{check} has {wrong} wrong functions and {right} right ones; each should be ten at least")
    return troubles, counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter")
    parser.add_argument("--module")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    tools = parser.parse_args()
    if tools.count:
        troubles, counts = count(tools.sources)
        print(*(f"{check}: {wrong} wrong, {right} right" for check, (wrong, right) in sorted(counts.items())), sep="\n")
    else:
        troubles = []
        for source in tools.sources:
            troubles += compare("tenter lint", source, by_command(tools, source))
            if shutil.which("clang-tidy-19"):
                troubles += compare("clang-tidy", source, by_tidy(tools, source))
    sys.exit("\n".join(troubles) or 0)


if __name__ == "__main__":
    main()
