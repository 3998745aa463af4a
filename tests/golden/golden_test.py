#!/usr/bin/env python3
"""A report, word for word: the program beside this file is built, recorded and checked, and what `tenter check` says is
compared with NAME.txt and NAME.json, and with NAME.sarif and so on where there are such files. For made_NAME the recording is
one that make_recordings writes, in which nothing is left to luck. What differs from run to run and from machine to machine (addresses, counts of
events, folders, lines of libraries) is replaced first.

    golden_test.py --bin build/bin NAME            compares
    golden_test.py --bin build/bin NAME --update   writes the files anew; read them before you commit them
"""
import argparse
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
# How the program ends, where not with 0.
PROGRAM_STATUS = {"all_asleep": 2, "killed": 137}

# What `tenter check` ends with, where not with 1.
CHECK_STATUS = {"made_note": 0}

# Other formats, by the ending of the file that holds what is wanted; --update writes those that are there already.
FORMATS = {"sarif": "sarif", "xml": "junit", "dot": "dot", "quality": "gitlab", "github": "github", "md": "markdown",
           "trace": "perfetto", "shiviz": "shiviz", "html": "html"}

VALIDATE = "import json, sys, jsonschema; jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))"


# Of a made recording every step is known.
STEPS_ARE_LUCK = True


def run(*command, status=0, **options):
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=600, **options)
    if done.returncode != status:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    return done.stdout


def steady_place(text):
    """Lines and folders of code that is not the program's own say nothing about the report."""
    text = re.sub(r"[^ \"]*/include/c\+\+/\d+/([\w./]+)(:\d+)+", r"<c++>/\1", text)
    return re.sub(r"[^ \"]*/(include/tenter/|lib/(?:channel|sync|task|time|context)/)([\w./]+)(:\d+)+", r"<tenter>/\2", text)


def steady_text(text, place):
    text = text.replace(str(place) + "/", "")
    text = steady_place(text)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "ADDRESS", text)
    text = re.sub(r"at 0x[0-9a-f]+\b", "at ADDRESS", text)
    text = re.sub(r"object: stack, [\d,]+ bytes", "object: stack, N bytes", text)
    # A witness follows the order of this run, which is another one each time.
    text = re.sub(r"(an order of the same steps after which [\w ]+) \(.*\)\n(?:    .* (?:does|do) .*\n)+", r"\1 (SCHEDULE)\n", text)
    if STEPS_ARE_LUCK:
        text = re.sub(r"since step [\d,]+ of", "since step N of", text)
    return re.sub(r"\b[\d,]+ events?, \d+ threads?", "N events, N threads", text)


def steady_json(value, place):
    if isinstance(value, list):
        return [steady_json(one, place) for one in value]
    if isinstance(value, str):
        return steady_text(value, place)
    if not isinstance(value, dict):
        return value
    fixed = {key: steady_json(one, place) for key, one in value.items()}
    for key in ("offset", "relativeAddress", "events", "accesses", "threads", *(["since_step"] if STEPS_ARE_LUCK else [])):
        if isinstance(fixed.get(key), int):
            fixed[key] = 0
    if "module" in fixed:
        fixed["module"] = pathlib.PurePath(fixed["module"]).name
    if fixed.get("kind") == "stack":
        fixed["size"] = 0
    if "address" in fixed:
        fixed["address"] = "ADDRESS"
    if fixed.get("kind") in ("task", "thread", "main") or "path" in fixed or "recording" in fixed:
        for key in ("id",):
            if isinstance(fixed.get(key), str):
                fixed[key] = "ID"
    if "file" in fixed and not (HERE / pathlib.PurePath(fixed["file"]).name).exists():
        fixed["file"] = pathlib.PurePath(fixed["file"]).name
        fixed["line"] = fixed["column"] = 0
    if set(fixed) == {"name", "id"}:
        fixed["id"] = "ADDRESS"
    if "uri" in fixed and not (HERE / pathlib.PurePath(fixed["uri"]).name).exists():
        fixed["uri"] = pathlib.PurePath(fixed["uri"]).name
    if "region" in fixed and not (HERE / fixed["artifactLocation"]["uri"]).exists():
        fixed["region"] = "REGION"
    if "help" in fixed:   # a page of docs/findings, which may change
        fixed["help"] = fixed["fullDescription"] = "PAGE"
    return fixed


def steady(kind, written, place):
    if kind == "sarif":
        return json.dumps(steady_json(json.loads(written), place), indent=1) + "\n"
    if kind == "html":   # the page has tests of its own; what it is given to show is in the one element of data
        data = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', written, re.S)
        assert len(data) == 1, f"{len(data)} elements of data"
        return json.dumps(steady_json(json.loads(data[0]), place), indent=1) + "\n"
    if kind == "xml":
        xml.etree.ElementTree.fromstring(written)   # is it XML at all?
    return steady_text(written, place)


def differences(name, wanted_path, got, update):
    if update:
        wanted_path.write_text(got)
        return []
    wanted = wanted_path.read_text() if wanted_path.exists() else ""
    return list(difflib.unified_diff(wanted.splitlines(), got.splitlines(), f"{name}, wanted", "got", lineterm=""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("name")
    chosen = parser.parse_args()
    tools, name = chosen.bin.resolve(), chosen.name
    global STEPS_ARE_LUCK
    STEPS_ARE_LUCK = not name.startswith("made_")
    tenter = tools / "tenter"
    with tempfile.TemporaryDirectory(prefix="tenter-golden-") as folder:
        place = pathlib.Path(folder).resolve()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TENTER_")}
        if name.startswith("made_"):
            run(tools / "make_recordings", place)
            recording = place / f"{name.removeprefix('made_')}.tent"
        elif (HERE / f"{name}.std").exists():
            recording = place / f"{name}.std"
            recording.write_bytes((HERE / f"{name}.std").read_bytes())
        else:
            # A copy beside its program, so that reports name it without a folder and show its lines.
            source = place / f"{name}.cc"
            source.write_bytes((HERE / f"{name}.cc").read_bytes())
            programs = HERE.parent / "programs"
            run(tools / "tenter-c++", "-std=c++20", "-g", "-O0", f"-I{programs}", source, "-o", place / name, "-ltenter", "-pthread",
                cwd=place, env=environment)
            recording = place / f"{name}.tent"
            run(tenter, "record", "-o", recording, "--", f"./{name}", status=PROGRAM_STATUS.get(name, 0), cwd=place, env=environment)
        report = place / "report.json"
        more = {kind: place / f"report.{kind}" for kind in FORMATS if (HERE / f"{name}.{kind}").exists()}
        text = run(tenter, "check", recording.name, "--format", "text", "--format", f"json={report}",
                   *(f"--format={FORMATS[kind]}={path}" for kind, path in more.items()), status=CHECK_STATUS.get(name, 1), cwd=place, env=environment)
        document = json.loads(report.read_text())
        if recording.suffix == ".tent" and not name.startswith("made_"):   # which side of a race came first in this run is luck, and so is the schedule
            for finding in document["findings"]:
                for field in ("witness", "timeline"):
                    if field in finding:
                        finding[field] = "SCHEDULE"
        python = next((one for one in (sys.executable, "/usr/bin/python3")
                       if subprocess.run([one, "-c", "import jsonschema"], capture_output=True).returncode == 0), None)
        if python is None:
            sys.exit("python3-jsonschema is not installed; ./dev deps installs it")
        run(python, "-c", VALIDATE, HERE.parent.parent / "docs" / "report-schema.json", report)
        found = differences(f"{name}.txt", HERE / f"{name}.txt", steady_text(text, place), chosen.update)
        found += differences(f"{name}.json", HERE / f"{name}.json", json.dumps(steady_json(document, place), indent=1) + "\n", chosen.update)
        for kind, path in more.items():
            found += differences(f"{name}.{kind}", HERE / f"{name}.{kind}", steady(kind, path.read_text(), place), chosen.update)
        if found:
            print("\n".join(found))
            print(f"\nIf the new report is better, write it: {pathlib.Path(__file__).name} --bin BIN {name} --update")
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
