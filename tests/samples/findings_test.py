#!/usr/bin/env python3
"""`tenter explain KIND` shows a wrong and a right program; here they are judged. Each is built with the wrapper, recorded by the
ordinary scheduler and by a seed, and checked: the wrong one has a finding of its kind, the right one has none of any kind.

    findings_test.py --bin build/bin --work FOLDER [KIND...]        FOLDER has the header that patterns_test.py makes

The pages of static checks are judged by tests/lint: `tenter lint` reads their programs, which are mostly parts of one.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from patterns_test import FLAGS, ROOT, SEEDED, run  # noqa: E402

PAGES = ROOT / "docs" / "findings"
# Compilers rightly wonder at mistakes.
PROGRAM_FLAGS = [flag for flag in FLAGS if not flag.startswith("-W")] + ["-w"]
CLEAN, FINDINGS = 0, 1
# Programs that cannot earn a finding, and why. Such a page has to say so itself.
NOT_JUDGED = {"signal-unsafe-call": "does not look for it"}
# What a mistake brings with it, and its page says so: the task that waits for a context which nobody can cancel has leaked.
BESIDE = collections.defaultdict(set, {"lost-cancel": {"task-leak"}})
NOTES = {"unlock-by-other-task", "lock-held-while-waiting"}   # a note fails nothing
# What its page says to add.
OPTIONS = collections.defaultdict(list, {"lock-held-while-waiting": ["--held-limit", "0.1"]})

# By a seed nobody really sleeps.
REAL_TIME = {"lock-held-while-waiting"}


class Misjudged(Exception):
    pass


def expect(good, sentence):
    if not good:
        raise Misjudged(sentence)


def static_checks():
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "lint.md").read_text(), re.M)
    return set(re.findall(r"`([a-z-]+)`", "".join(table)))


def program_of(page, heading):
    return re.search(rf"^## {heading}\n```cpp\n(.*?)^```$", page, re.M | re.S)[1]


def judge(tools, work, folder, kind, heading):
    page = (PAGES / f"{kind}.md").read_text()
    source = folder / f"{kind}-{heading.lower()}.cc"
    source.write_text(program_of(page, heading))
    # A program that includes nothing of the library must not get it from the header that makes the others quick to compile.
    header = ["-include-pch", work / "samples.h.record.pch"] if "<tenter/" in source.read_text() else []
    program = source.with_suffix("")
    run(tools / "tenter-c++", *PROGRAM_FLAGS, *header, source, "-o", program, "-ltenter")
    wanted = {kind} | BESIDE[kind] if heading == "Wrong" and kind not in NOT_JUDGED else set()
    # A wrong program may end with 2: all asleep, or an exception that left a task.
    endings = (0, 2) if wanted else (0,)
    for settings in ({},) if kind in REAL_TIME else ({}, SEEDED):
        recording, report = f"{program}{len(settings)}.tent", f"{program}{len(settings)}.json"
        run(tools / "tenter", "record", "-o", recording, "--", program, statuses=endings, **settings)
        told = run(tools / "tenter", "check", recording, *OPTIONS[kind], "--no-symbolize", "--format", f"json={report}",
                   statuses=range(6))
        found = {one["kind"] for one in json.loads(pathlib.Path(report).read_text())["findings"]}
        name = f"{kind}, {heading}, {settings or 'by the ordinary scheduler'}"
        expect(found == wanted, f"{name}: found {sorted(found)} instead of {sorted(wanted)}")
        status = FINDINGS if wanted - NOTES else CLEAN
        expect(told.returncode == status, f"{name}: ended with {told.returncode} instead of {status}: {told.stderr}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("kinds", nargs="*", help="pages; all if none")
    chosen = parser.parse_args()
    static = static_checks()
    kinds = chosen.kinds or sorted({path.stem for path in PAGES.glob("*.md")} - static)
    schema = json.loads((ROOT / "docs" / "report-schema.json").read_text())["definitions"]["kind"]["enum"]
    trouble = [f"{kind} has no page that is judged" for kind in set(schema) - static - set(kinds) if not chosen.kinds]
    for kind, words in NOT_JUDGED.items():
        if words not in (PAGES / f"{kind}.md").read_text():
            trouble.append(f"the page of {kind} does not say that this version {words}")
    with tempfile.TemporaryDirectory(prefix="tenter-findings-") as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        judged = [pool.submit(judge, chosen.bin.resolve(), chosen.work.resolve(), pathlib.Path(folder), kind, heading)
                  for kind in kinds for heading in ("Wrong", "Right")]
        for one in judged:
            try:
                one.result()
            except Misjudged as why:
                trouble.append(str(why))
            except SystemExit as why:   # a command that failed
                trouble.append(str(why.code))
    if trouble:
        sys.exit("\n".join(trouble))
    print(f"{len(judged)} programs of {len(kinds)} pages are what their headings say")


if __name__ == "__main__":
    main()
