#!/usr/bin/env python3
"""The commands of `tenter` from outside: what they print, and the status that each use and each misuse earns."""
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

from commands import CLEAN, FINDINGS, INCONCLUSIVE, INPUT, INTERNAL, TOOLS, USAGE, CommandTest, main
from judges import judge_shiviz, judge_trace_events

FORMATS = ["text", "json", "sarif", "html", "junit", "gitlab", "github", "markdown", "dot", "perfetto", "shiviz"]

VALIDATE = """
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
for path in sys.argv[2:]:
    jsonschema.Draft7Validator(schema).validate(json.load(open(path)))
"""


def python_with_jsonschema():
    """Debian's package belongs to Debian's Python, which need not be the first on PATH; None where neither has it."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import jsonschema"], capture_output=True).returncode == 0:
            return python
    return None


class Check(CommandTest):
    def test_status_tells_the_verdict(self):
        for name, status in {"race": FINDINGS, "killed_race": FINDINGS, "inversion": FINDINGS, "thread_leak": FINDINGS,
                             "clean": CLEAN, "killed": INCONCLUSIVE, "lost": INCONCLUSIVE,
                             "uninstrumented": INCONCLUSIVE, "note": CLEAN}.items():
            with self.subTest(name):
                self.expect(status, "check", f"{name}.tent")

    def test_a_note_is_shown_and_fails_nothing(self):
        told = self.expect(CLEAN, "check", "note.tent")
        self.assertIn("unlock-by-other-task", told.out)
        self.assertIn("No errors or warnings, but 1 note", told.out)
        self.expect(FINDINGS, "check", "note.tent", "race.tent")
        self.expect(INCONCLUSIVE, "check", "note.tent", "killed.tent", says="nothing but notes")

    def test_a_loss_is_told_even_with_findings(self):
        told = self.expect(FINDINGS, "check", "killed_race.tent")
        self.assertIn("incomplete", told.out)
        self.assertIn("clean-end mark is missing", told.out)

    def test_one_event_was_lost_and_two_were(self):
        self.assertIn("1 event was lost", self.expect(INCONCLUSIVE, "check", "lost.tent").out)

    def test_json_follows_the_schema(self):
        python = python_with_jsonschema()
        if python is None:
            self.skipTest("python3-jsonschema is not installed")
        reports = [self.report(recording.stem, recording) for recording in sorted(self.place.glob("*.tent"))]
        merged = self.place / "merged.json"
        self.expect(CLEAN, "merge", *reports, "-o", merged)
        checked = subprocess.run([python, "-c", VALIDATE, TOOLS.schema, *reports, merged], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_formats_go_where_they_are_sent(self):
        told = self.expect(FINDINGS, "check", "race.tent", "--format", "json")
        self.assertEqual(json.loads(told.out)["summary"], {"data-race": 1})
        told = self.expect(FINDINGS, "check", "race.tent", "--format", "text=a.txt", "--format", "json=a.json")
        self.assertEqual(told.out, "")
        self.assertIn("[data-race]", (self.place / "a.txt").read_text())
        json.loads((self.place / "a.json").read_text())
        self.expect(FINDINGS, "check", "race.tent", "--format", "json", "-o", "b.json")
        json.loads((self.place / "b.json").read_text())
        self.expect(FINDINGS, "check", "race.tent", "--format", "html=a.html", "--format", "json=a.json")
        page = (self.place / "a.html").read_text()
        told = re.search(r'<script type="application/json" id="report">(.*)</script>', page)
        shown, whole = json.loads(told[1]), json.loads((self.place / "a.json").read_text())
        # The page has timelines as rows of numbers.
        for packed, finding in zip(shown["report"]["findings"], whole["findings"], strict=True):
            numbers, events = packed["timeline"].pop("events"), finding["timeline"].pop("events")
            self.assertEqual([shown["strings"][numbers[at + 3]] for at in range(0, len(numbers), 9)], [event["does"] for event in events])
            self.assertEqual(len(packed["timeline"].pop("arrows")), 3 * len(finding["timeline"].pop("arrows")))
        self.assertEqual(shown["report"], whole)
        self.expect(FINDINGS, "check", "race.tent", "-o", "b.txt")
        self.assertIn("[data-race]", (self.place / "b.txt").read_text())

    def test_every_format_can_be_made_of_a_stored_report(self):
        report = self.report("all", "race.tent", "inversion.tent", "killed_race.tent", "note.tent", status=FINDINGS)
        for name in FORMATS:
            with self.subTest(name):
                direct = self.tenter("check", "race.tent", "inversion.tent", "killed_race.tent", "note.tent", "--format", name).out
                self.assertEqual(self.expect(CLEAN, "merge", report, "--format", name).out, direct)

    def test_the_same_input_gives_the_same_bytes(self):
        files = ["race.tent", "inversion.tent", "clean.tent", "note.tent"]
        outputs = {self.tenter("check", *order, "--jobs", jobs, "--format", "json").out
                   for order in (files, files[::-1]) for jobs in (1, 4)}
        self.assertEqual(len(outputs), 1)

    def test_one_recording_gives_the_same_bytes_whatever_the_threads(self):
        for options in ([], ["--analysis", "hb"], ["--shard", "2/3"], ["--kinds", "data-race"]):
            with self.subTest(options):
                arguments = ["check", "many_races.tent", *options, "--format", "json"]
                alone = self.expect(FINDINGS, *arguments, "--jobs", 1).out
                self.assertGreater(json.loads(alone)["summary"]["data-race"], 100)
                for jobs in (2, 3, 9):
                    self.assertEqual(self.expect(FINDINGS, *arguments, "--jobs", jobs).out, alone, jobs)
                self.assertEqual(self.expect(FINDINGS, *arguments).out, alone)

    def test_shards_together_are_the_whole(self):
        whole = self.report("whole", "race.tent", "other_race.tent")
        parts = []
        for i in range(1, 4):
            parts.append(self.report(f"part{i}", "race.tent", "other_race.tent", "--shard", f"{i}/3"))
        merged = self.place / "joined.json"
        self.expect(CLEAN, "merge", *parts, "-o", merged)
        prints = lambda path: [one["fingerprint"] for one in json.loads(path.read_text())["findings"]]
        self.assertEqual(prints(merged), prints(whole))
        self.expect(INCONCLUSIVE, "gate", self.report("clean1", "clean.tent", "--shard", "1/2"), says="shards")

    def test_kinds_and_analyses_choose(self):
        self.expect(CLEAN, "check", "race.tent", "--kinds", "deadlock,task-leak")
        self.expect(FINDINGS, "check", "race.tent", "--kinds", "data-race,deadlock")
        self.expect(CLEAN, "check", "race.tent", "--analysis", "deadlock")
        self.expect(FINDINGS, "check", "race.tent", "--analysis", "hb")
        for name in ("hb", "shb", "syncp", "osr", "deadlock", "spd", "standstill", "leak", "misuse"):
            self.assertIn(name, self.expect(CLEAN, "check", "--list-analyses").out)

    def test_what_a_compiler_told_is_predicted_from_when_asked(self):
        names = lambda *more: {one["name"] for one in json.loads(self.report("who", "race.tent", *more).read_text())["analyses"]}
        self.assertEqual(names(), {"hb", "deadlock", "leak", "misuse"})
        self.assertEqual(names("--analysis", "syncp"), {"syncp"})
        self.assertEqual(names("--deep"), {"hb", "shb", "syncp", "osr", "deadlock", "spd", "standstill", "leak", "misuse"})

    def test_convert_keeps_what_the_analyses_find(self):
        numbers = lambda path: [(one["name"], one["racy_events"]) for one in json.loads(path.read_text())["analyses"]
                                if one["name"] in ("hb", "shb", "syncp")]
        for source, status in (("race.tent", FINDINGS), ("clean.tent", CLEAN)):
            wanted = numbers(self.report("before", source, "--analysis", "hb,shb,syncp"))
            for to, name in (("std", "after.std"), ("rapidbin", "after.data")):
                with self.subTest(source=source, to=to):
                    self.expect(CLEAN, "convert", source, "--to", to, "-o", name)
                    self.expect(status, "check", name)
                    self.assertEqual(numbers(self.report("after", name)), wanted)
        # A damaged trace is read as far as it is one.
        whole = (self.place / "after.data").read_bytes()
        (self.place / "cut.data").write_bytes(whole[:-8])
        self.expect(INCONCLUSIVE, "check", "cut.data", says="the file ends after")

    def test_pictures_are_what_their_programs_read(self):
        kinds = {"race": "data-race", "inversion": "lock-order-inversion", "thread_leak": None}
        for name, kind in kinds.items():
            with self.subTest(name):
                report = self.report(name, f"{name}.tent")
                # A picture of the findings, straight and by way of the stored report, and one of the whole run.
                self.tenter("check", f"{name}.tent", "--format", "perfetto=p.json", "--format", "shiviz=s.log", "--format", "text=t.txt")
                tracks = judge_trace_events((self.place / "p.json").read_text())
                marked = [one["name"] for slices in tracks.values() for one in slices if one["cat"] == "finding"]
                self.assertEqual(len(marked), 2 if kind else 0, marked)
                executions = judge_shiviz((self.place / "s.log").read_text())
                self.assertEqual(len(executions), 1)
                told = [event for _, _, event in executions.popitem()[1]]
                self.assertEqual(sum(event.endswith(f"[{kind}]") for event in told), len(marked), told)
                for form, straight in (("perfetto", "p.json"), ("shiviz", "s.log")):
                    self.assertEqual(self.expect(CLEAN, "merge", report, "--format", form).out, (self.place / straight).read_text())
                whole = judge_trace_events(self.expect(CLEAN, "convert", f"{name}.tent", "--to", "perfetto", "-o", "-").out)
                self.assertEqual({track for _, track in whole}, {1, 2})
                log = judge_shiviz(self.expect(CLEAN, "convert", f"{name}.tent", "--to", "shiviz", "-o", "-").out)
                self.assertEqual({host for host, _, _ in log.popitem()[1]}, {"main-1", "thread-2"})

    def test_a_picture_of_nothing_says_so(self):
        report = self.report("note", "note.tent")
        for form in ("perfetto", "shiviz"):
            self.assertIn("is empty: it shows the timelines", self.expect(CLEAN, "merge", report, "--format", form).err)
            self.assertNotIn("is empty", self.expect(CLEAN, "check", "clean.tent", "--format", form).err)

    def test_a_picture_of_a_long_run_is_its_beginning(self):
        lines = ["T0|fork(T1)|1"] + [f"T{i % 2}|{op}(m)|{2 + i % 2}" for i in range(6000) for op in ("acq", "rel")]
        long = self.write("long.std", "\n".join(lines) + "\n")
        told = self.expect(CLEAN, "convert", long, "--to", "shiviz", "-o", "-")
        self.assertIn("the first 5,000 of 12,00", told.err)
        events = judge_shiviz(told.out).popitem()[1]
        self.assertEqual(len(events), 5000)
        # Each lock is after the other's unlock.
        self.assertGreater(events[-1][1]["main-1"], 1000)
        told = self.expect(CLEAN, "convert", long, "--to", "perfetto", "-o", "-")
        self.assertEqual(told.err, "")
        self.assertGreater(sum(map(len, judge_trace_events(told.out).values())), 12000)

    def test_all_pairs_of_places_that_raced(self):
        def pairs_of(name, lines, *more):
            text = self.write(f"{name}.std", "".join(f"{line}\n" for line in lines))
            told = json.loads(self.report(name, text, "--analysis", "hb", *more).read_text())
            numbers = lambda one: sorted(int(side["stack"][0]["function"].split()[-1]) for side in one["sides"])
            return sorted(numbers(one) for one in told["findings"])

        unlocked = lambda task, lock: [f"{task}|acq({lock})|8", f"{task}|rel({lock})|8"]
        # Each write supersedes the one before it, and the last read comes long after the first.
        lines = ["T0|fork(T1)|9", "T0|r(x)|1", "T0|w(x)|2", *unlocked("T0", "a"), "T0|w(x)|3", *unlocked("T0", "a"),
                 "T1|r(x)|4", "T1|r(x)|5", *unlocked("T1", "b"), "T1|w(x)|6"]
        all_pairs = [[1, 6], [2, 4], [2, 5], [2, 6], [3, 4], [3, 5], [3, 6]]
        self.assertEqual(pairs_of("pairs", lines), all_pairs)
        self.assertEqual(pairs_of("pairs_by_two", lines, "--jobs", "2"), all_pairs)
        ordered = ["T0|fork(T1)|9", "T0|w(x)|1", *unlocked("T0", "a"), "T0|w(x)|2", "T1|r(x)|3", *unlocked("T1", "a"), "T1|r(x)|4"]
        self.assertEqual(pairs_of("ordered", ordered), [[1, 3], [2, 3], [2, 4]])

    def test_other_orders_of_the_same_steps(self):
        hidden = self.write("hidden.std", "".join(f"{line}|{place}\n" for place, line in enumerate(
            ["T0|fork(T1)", "T1|w(x)", "T1|acq(m)", "T1|rel(m)", "T0|acq(m)", "T0|rel(m)", "T0|w(x)", "T0|join(T1)"])))
        self.expect(CLEAN, "check", hidden, "--analysis", "hb,shb")
        self.expect(FINDINGS, "check", hidden, "--analysis", "syncp", says="found by syncp; predicted")
        report = json.loads(self.report("hidden", hidden).read_text())
        self.assertEqual([one["certainty"] for one in report["findings"]], ["predicted"])
        witness = report["findings"][0]["witness"]
        self.assertEqual([(turn["task"], turn["steps"]) for turn in witness["schedule"]], [(1, 3)])
        mended = self.write("mended.std", pathlib.Path(self.place / hidden).read_text().replace("T0|w(x)|6\n", "")
                            + "T0|w(x)|6\n")
        self.expect(CLEAN, "check", mended)
        # Only critical sections that change places show this one.
        swapped = self.write("swapped.std", "".join(f"{line}|{place}\n" for place, line in enumerate(
            ["T1|acq(m)", "T1|w(x)", "T1|rel(m)", "T2|acq(m)", "T2|rel(m)", "T2|w(x)"])))
        self.expect(CLEAN, "check", swapped)
        self.expect(FINDINGS, "check", swapped, "--deep", says="found by osr; predicted")

    def test_other_orders_after_a_long_time_without_shared_locks(self):
        quiet = [f"T1|w(y{i % 100})" for i in range(150_000)]  # so long that nobody asks any more whether a race is possible
        lines = ["T0|fork(T1)", *quiet, "T1|w(x)", "T1|acq(m)", "T1|rel(m)", "T0|acq(m)", "T0|rel(m)", "T0|w(x)", "T0|join(T1)"]
        write = lambda name, lines: self.write(name, "".join(f"{line}|{place % 1000}\n" for place, line in enumerate(lines)))
        hidden = write("late.std", lines)
        mended = write("late_mended.std", [line for line in lines if line != "T0|w(x)"])
        for jobs in ("1", "2"):
            self.expect(FINDINGS, "check", hidden, "--jobs", jobs, says="found by syncp; predicted")
            self.expect(CLEAN, "check", mended, "--jobs", jobs)

    def test_dump_names_the_variables_of_a_text(self):
        text = self.write("named.std", "T0|fork(T1)|1\nT1|w(total)|2\nT0|acq(door)|3\nT0|r(total)|4\n")
        told = self.expect(CLEAN, "dump", text).out
        accesses = [line.split(" ", 3) for line in told.splitlines() if " write " in line or " read " in line]
        self.assertEqual([(who, does) for who, does, *_ in accesses], [("2", "write"), ("1", "read")])
        for _, _, _, rest in accesses:
            self.assertIn('"total"', rest)
        self.assertIn("door", told)

    def test_a_fault_of_the_trace_is_no_misuse_by_the_program(self):
        def trace(name, *lines):
            return self.write(name, "".join(f"{line}|{place}\n" for place, line in enumerate(lines)))

        # T0 gives back what T1 has by then, and T1 ends with it.
        overlap = ["T0|fork(T1)", "T0|acq(m)", "T1|acq(m)", "T0|rel(m)"]
        told = self.expect(INCONCLUSIVE, "check", trace("overlap.std", *overlap), says="Critical sections of one lock overlap")
        self.assertNotIn("unlock", told.out)
        self.expect(INCONCLUSIVE, "check", trace("stray.std", "T0|fork(T1)", "T1|acq(m)", "T0|rel(m)"),
                    says="released by threads that do not hold them")
        # Of another lock it is still told, and so are races.
        report = json.loads(self.report("faults", trace("left.std", *overlap, "T1|acq(other)", "T0|w(x)", "T1|w(x)"),
                                        "--analysis", "hb,misuse").read_text())
        self.assertEqual({(one["kind"], one["object"]["name"]) for one in report["findings"]},
                         {("data-race", "x"), ("lock-left-held", "other")})

    def test_suppressions_take_out_and_are_counted(self):
        rules = self.write("rules.supp", "# known\ndata-race:program\n")
        self.expect(CLEAN, "check", "race.tent", "--suppressions", rules, says="1 finding suppressed")
        rules = self.write("rules.supp", "deadlock:nothing_like_it\n")
        self.expect(FINDINGS, "check", "race.tent", "--suppressions", rules, says="1 suppression of 1 in")
        self.expect(FINDINGS, "check", "race.tent", "--suppressions", rules, "--verbose", says="unused suppression")
        # Whoever asks for races learns nothing about a rule for deadlocks.
        self.assertEqual(self.expect(FINDINGS, "check", "race.tent", "--suppressions", rules, "--kinds", "data-race").err, "")
        self.expect(USAGE, "check", "race.tent", "--suppressions", self.write("bad.supp", "no colon here\n"), says="bad.supp:1")
        self.expect(USAGE, "check", "race.tent", "--suppressions", self.write("bad.supp", "\nnosuchkind:x\n"), says="bad.supp:2")
        self.expect(INPUT, "check", "race.tent", "--suppressions", "missing.supp", says="missing.supp")

    def test_a_block_suppresses_until_its_day(self):
        rules = self.write("rules.supp", "{\n  kind: data-race\n  obj: program\n  reason: known since long\n  expires: 2030-01-01\n}\n")
        before, after = {"SOURCE_DATE_EPOCH": "1893455999"}, {"SOURCE_DATE_EPOCH": "1893456000"}   # a second apart
        self.expect(CLEAN, "check", "race.tent", "--suppressions", rules, environment=before, says="1 finding suppressed")
        self.expect(FINDINGS, "check", "race.tent", "--suppressions", rules, environment=after, says="rules.supp:1: { known since long }")
        self.expect(USAGE, "check", "race.tent", "--suppressions", self.write("bad.supp", "{\nfun: f\n}\n"), says="bad.supp:3: this block says no reason")

    def test_github_actions_shows_findings_by_itself(self):
        summary = self.write("summary.md", "before\n")
        actions = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
        told = self.expect(FINDINGS, "check", "race.tent", environment=actions)
        lines = told.out.splitlines()
        fence = lines[0].removeprefix("::stop-commands::")
        self.assertTrue(lines[0].startswith("::stop-commands::tenter-"), lines[0])
        self.assertEqual(lines[-1], f"::{fence}::")
        self.assertIn("[data-race]", told.out)
        self.assertEqual(len([line for line in told.err.splitlines() if line.startswith("::error ")]), 1, told.err)
        self.assertTrue(summary.read_text().startswith("before\n### Tenterhook: 1 finding\n"), summary.read_text())
        # The word is another one each time, and other formats go out as they are.
        self.assertNotIn(fence, self.expect(FINDINGS, "check", "race.tent", environment=actions).out)
        json.loads(self.expect(FINDINGS, "check", "race.tent", "--format", "json", environment=actions).out)
        with open(self.place / "log", "w") as log:
            self.expect(FINDINGS, "check", "race.tent", environment=actions, stdout=log)
        self.assertNotIn("::", (self.place / "log").read_text().splitlines()[0])
        told = self.tenter("check", "race.tent", environment={**actions, "GITHUB_STEP_SUMMARY": "/nonexistent/summary"})
        self.assertEqual(told.status, INTERNAL)
        self.assertIn("tenter: /nonexistent/summary: the step's summary cannot be written", told.err)
        # The gate annotates what is new.
        report = self.report("race", "race.tent")
        self.expect(CLEAN, "gate", report, "--baseline", "known.json", "--update-baseline")
        told = self.expect(CLEAN, "gate", report, "--baseline", "known.json", environment=actions)
        self.assertNotIn("::error", told.err)
        self.assertIn("::error", self.expect(FINDINGS, "gate", report, environment=actions).err)

    def test_color_only_where_it_is_wanted(self):
        self.assertNotIn("\x1b", self.tenter("check", "race.tent").out)
        self.assertIn("\x1b[1;31m", self.tenter("check", "race.tent", "--color", "always").out)
        self.assertNotIn("\x1b", self.tenter("check", "race.tent", "--color", "never", environment={"CLICOLOR_FORCE": "1"}).out)
        self.assertIn("\x1b", self.tenter("check", "race.tent", environment={"CLICOLOR_FORCE": "1", "NO_COLOR": ""}).out)
        self.assertNotIn("\x1b", self.tenter("check", "race.tent", environment={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}).out)

    def test_without_a_symbolizer_the_report_says_so(self):
        # Only code of a module has names to look for; this one exists.
        told = self.expect(FINDINGS, "check", "race.tent", environment={"TENTER_SYMBOLIZER": "/nonexistent/llvm-symbolizer"})
        self.assertIn("no llvm-symbolizer was found", told.out)
        self.assertIn("program+0x", told.out)
        told = self.expect(FINDINGS, "check", "race.tent", environment={"TENTER_SYMBOLIZER": "", "PATH": "/nonexistent"})
        self.assertIn("no llvm-symbolizer was found", told.out)
        told = self.expect(FINDINGS, "check", "race.tent", "--no-symbolize", environment={"TENTER_SYMBOLIZER": "/nonexistent"})
        self.assertNotIn("symbolizer", told.out)

    def test_a_broken_symbolizer_costs_names_alone(self):
        for name, body in {"dies": "exit 1", "babbles": "while read -r line; do echo 'no json {'; done"}.items():
            with self.subTest(name):
                script = self.write(name, f"#!/bin/sh\n{body}\n")
                script.chmod(0o755)
                self.expect(FINDINGS, "check", "race.tent", environment={"TENTER_SYMBOLIZER": str(script)})

    def test_wrong_usage(self):
        for arguments, says in {
                (): "tenter", ("check",): "which recording", ("frobnicate",): "frobnicate", ("check", "--frob", "race.tent"): "--frob",
                ("check", "race.tent", "--format", "pdf"): "pdf", ("check", "race.tent", "--format", "json="): "path",
                ("check", "race.tent", "--format", "sarfi"): "did you mean `sarif`?", ("merge", "x.json", "--format", "pdf"): "text, json",
                ("check", "race.tent", "--format", "junit=x", "--format", "sarif=x"): "two formats would go to x",
                ("check", "race.tent", "--format", "json", "--format", "text"): "standard output",
                ("check", "race.tent", "--analysis", "wcp"): "there are hb", ("check", "race.tent", "--analysis", "deadlok"): "did you mean `deadlock`?", ("check", "race.tent", "--kinds", "datarace"): "datarace",
                ("check", "race.tent", "--shard", "0/3"): "0/3", ("check", "race.tent", "--shard", "4/3"): "4/3", ("check", "race.tent", "--shard", "x"): "I/N",
                ("check", "race.tent", "--jobs", "0"): "jobs", ("check", "race.tent", "--jobs", "many"): "jobs",
                ("check", "race.tent", "--memory-limit", "lots"): "lots", ("check", "race.tent", "--source-root", "x"): "FROM=TO",
                ("check", "race.tent", "--window", "far"): "window", ("check", "race.tent", "--color", "pink"): "color",
                ("record",): "which program", ("run",): "which program", ("record", "--"): "which program",
                ("run", "--mode", "fast", "--", "true"): "fast",
                ("gate",): "which REPORT.json", ("gate", "x.json", "--update-baseline"): "--baseline", ("merge",): "which REPORT.json",
                ("dump",): "which FILE", ("explain",): "which KIND", ("explain", "frobnication"): "data-race",
                ("completion",): "which SHELL", ("completion", "fissh"): "did you mean `fish`?", ("manual", "chekc"): "did you mean `check`?",
                ("manual", "check", "--into", "x"): "leave `check` out",
                ("chekc", "race.tent"): "did you mean `check`?", ("explain", "datarace"): "did you mean `data-race`?",
                ("check", "race.tent", "--fromat", "json"): "did you mean --format?", ("dump", "race.tent", "x"): "`x`",
                ("check", "race.tent", "-o"): "--output needs a value: --output PATH",
                ("check", "race.tent", "-o", "a", "-o", "b"): "--output may be given only once",
                ("record", "-o", "x.tent", "./app", "-v"): "record -- ./app", ("run", "./app"): "run -- ./app",
                ("explore", "x"): "not available", ("replay", "x"): "not available",
                ("convert", "race.tent", "--to", "perfeto", "-o", "x"): "did you mean `perfetto`?",
                ("convert", "race.tent", "--to", "pdf", "-o", "x"): "shiviz",
                ("convert",): "which recording", ("convert", "race.tent"): "--to", ("convert", "race.tent", "--to", "std"): "-o"}.items():
            with self.subTest(arguments):
                process = subprocess.run([TOOLS.tenter, *arguments], capture_output=True, text=True, cwd=self.place, timeout=600)
                self.assertEqual(process.returncode, USAGE, process.stderr)
                self.assertIn(says, process.stderr)
                self.assertEqual(process.stdout, "")
                if arguments:
                    self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)

    def test_help_and_version(self):
        self.assertRegex(self.expect(CLEAN, "--version").out, r"^tenter \d+\.\d+\.\d+")
        listed = re.findall(r"^  (\w+) ", self.expect(CLEAN, "--help").out.split("Subcommands:")[1], re.M)
        self.assertGreater(len(listed), 9)
        for command in ([], *([one] for one in listed)):
            told = self.expect(CLEAN, *command, "--help")
            self.assertIn("Example", told.out)
            self.assertIn("notes alone are clean", told.out)
            self.assertLessEqual(len(told.out.splitlines()), 40)

    def test_every_kind_has_a_page(self):
        kinds = json.loads(pathlib.Path(TOOLS.schema).read_text())["definitions"]["kind"]["enum"]
        for kind in kinds:
            with self.subTest(kind):
                page = self.expect(CLEAN, "explain", kind).out
                self.assertTrue(page.startswith(f"# {kind}\n"), page[:60])
                self.assertIn("## Wrong", page)
                self.assertIn("## Right", page)


    def test_the_page_on_ci_says_what_there_is(self):
        page = (pathlib.Path(TOOLS.schema).parent / "ci.md").read_text()
        called = 0
        for command, rest in re.findall(r"\btenter (check|gate|merge) ([^\n`;]*)", page):
            known = self.expect(CLEAN, command, "--help").out
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
                called += 1
                self.assertRegex(known, re.escape(option) + r"\b", f"{command} {rest}")
            for name in re.findall(r"--format ([a-z]+)", rest):
                self.assertIn(name, FORMATS)
        self.assertGreater(called, 15)
        table = re.findall(r"^\| `([a-z]+)` \|", page, re.M)
        self.assertEqual(sorted(table), sorted(FORMATS))
        for option in re.findall(r"^\| `(--[a-z-]+)", page, re.M):
            self.assertIn(option, self.expect(CLEAN, "gate", "--help").out)


class BadInput(CommandTest):
    """Whatever the file, one sentence and a status of the table."""

    def bad_files(self):
        race = (self.place / "race.tent").read_bytes()
        os.mkfifo(self.place / "fifo.tent")
        (self.place / "folder.tent").mkdir()
        (self.place / "dangling.tent").symlink_to("nowhere")
        return {"missing.tent": "missing.tent", "folder.tent": "folder.tent", "dangling.tent": "dangling.tent",
                "fifo.tent": "fifo.tent",
                "empty": self.write("empty.tent", b""), "one byte": self.write("one.tent", b"T"),
                "text": self.write("text.tent", "hello, world\n"), "elf": TOOLS.tenter,
                "half a header": self.write("half.tent", race[:40]),
                "another major version": self.write("major.tent", race[:8] + b"\x63\x00" + race[10:]),
                "zeros": self.write("zeros.tent", bytes(4096)), "/dev/zero": "/dev/zero", "/dev/null": "/dev/null",
                "no std": self.write("bad.std", "this is no trace\n"),
                "unprintable": self.write("nasty\x1b]52;c;x\x07.tent", b"nothing")}

    def test_recordings_that_are_none(self):
        for name, path in self.bad_files().items():
            for command in ("check", "dump"):
                with self.subTest(name, command=command):
                    told = self.expect(INPUT, command, path)
                    self.assertEqual(len(told.err.splitlines()), 1, told.err)
                    self.assertNotIn("\x1b", told.err)

    def test_good_files_beside_a_bad_one_are_reported(self):
        told = self.expect(INPUT, "check", "race.tent", "missing.tent")
        self.assertIn("[data-race]", told.out)
        self.assertIn("missing.tent", told.err)

    def test_a_file_that_may_not_be_read(self):
        (self.place / "race.tent").chmod(0)
        nobody = {}
        if os.geteuid() == 0:   # whom nothing is forbidden
            self.place.chmod(0o755)
            nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        tool = shutil.copy(TOOLS.tenter, self.place / "tool")
        process = subprocess.run([tool, "check", "race.tent"], capture_output=True, text=True, cwd=self.place, **nobody)
        self.assertEqual(process.returncode, INPUT, process.stderr)
        self.assertIn("Permission denied", process.stderr)

    def test_only_the_header(self):
        race = (self.place / "race.tent").read_bytes()
        told = self.tenter("check", self.write("header.tent", race[:64]))
        self.assertIn(told.status, (INPUT, INCONCLUSIVE))

    def test_cut_short_anywhere(self):
        race = (self.place / "race.tent").read_bytes()
        for size in range(64, len(race), 97):
            with self.subTest(size):
                told = self.tenter("check", self.write("cut.tent", race[:size]))
                self.assertIn(told.status, (FINDINGS, INPUT, INCONCLUSIVE), told.err)

    def test_flipped_bits(self):
        race = (self.place / "clean.tent").read_bytes()
        for position in range(0, len(race), 53):
            with self.subTest(position):
                flipped = bytearray(race)
                flipped[position] ^= 1 << (position % 8)
                told = self.tenter("check", self.write("flipped.tent", bytes(flipped)))
                # Bits outside of checksummed chunks (ids and times of the header, padding) may change without harm.
                self.assertIn(told.status, (CLEAN, INPUT, INCONCLUSIVE), told.out + told.err)

    def test_reports_that_are_none(self):
        good = json.loads(self.report("good", "race.tent").read_text())

        def changed(**fields):
            return json.dumps({**good, **fields})
        (self.place / "folder.json").mkdir()
        bad = {"missing": "missing.json", "folder": "folder.json",
               "empty": self.write("0.json", ""), "cut": self.write("1.json", json.dumps(good)[:-20]),
               "array": self.write("2.json", "[]"), "another tool": self.write("3.json", '{"schema_version": 1, "tool": {"name": "lint"}}'),
               "newer": self.write("4.json", changed(schema_version=2)), "no findings": self.write("5.json", changed(findings=None)),
               "no fingerprint": self.write("6.json", changed(findings=[{"kind": "data-race"}])),
               "text as fingerprint": self.write("7.json", changed(findings=[{"kind": "data-race", "fingerprint": "x" * 32}])),
               "a recording": "race.tent", "deep": self.write("8.json", "[" * 100000),
               "invalid UTF-8": self.write("9.json", b'{"schema_version": "\xff"}')}
        for name, path in bad.items():
            for arguments in (["gate", path], ["merge", path, "-o", "out.json"], ["gate", self.place / "good.json", "--baseline", path]):
                with self.subTest(name, arguments=arguments[0]):
                    missing_baseline = name == "missing" and "--baseline" in arguments
                    self.expect(INCONCLUSIVE if missing_baseline else INPUT, *arguments)
        self.assertFalse((self.place / "out.json").exists())

    def test_flipped_bits_of_a_report(self):
        text = self.report("good", "race.tent").read_bytes()
        for position in range(0, len(text), 61):
            with self.subTest(position):
                flipped = bytearray(text)
                flipped[position] ^= 1 << (position % 7)
                path = self.write("flipped.json", bytes(flipped))
                self.assertIn(self.tenter("gate", path).status, (CLEAN, FINDINGS, INPUT, INCONCLUSIVE))
                self.assertIn(self.tenter("merge", path, "-o", "merged.json").status, (CLEAN, INPUT))


class Merge(CommandTest):
    def merge(self, *paths):
        out = self.place / f"merged{len(list(self.place.glob('merged*')))}.json"
        self.expect(CLEAN, "merge", *paths, "-o", out)
        return out

    def test_order_grouping_and_repetition_change_nothing(self):
        a = self.report("a", "race.tent", "clean.tent")
        b = self.report("b", "race.tent", "inversion.tent")
        c = self.report("c", "killed_race.tent", "other_race.tent")
        whole = self.merge(a, b, c).read_bytes()
        for order in itertools.permutations((a, b, c)):
            self.assertEqual(self.merge(*order).read_bytes(), whole)
        self.assertEqual(self.merge(self.merge(a, b), c).read_bytes(), whole)
        self.assertEqual(self.merge(a, self.merge(b, c)).read_bytes(), whole)
        self.assertEqual(self.merge(a, a, b, c, b, self.merge(a, c)).read_bytes(), whole)

    def test_one_finding_with_the_set_of_recordings(self):
        merged = json.loads(self.merge(self.report("a", "race.tent"), self.report("b", "killed_race.tent")).read_text())
        self.assertEqual(merged["summary"], {"data-race": 1})
        self.assertEqual(merged["findings"][0]["recordings"], ["killed_race.tent", "race.tent"])
        self.assertEqual(merged["findings"][0]["count"], 2)

    def test_a_report_of_check_is_already_merged(self):
        a = self.report("a", "race.tent", "inversion.tent", "note.tent")
        self.assertEqual(self.merge(a).read_bytes(), a.read_bytes())


class Record(CommandTest):
    def test_passes_the_program_s_status_through(self):
        self.expect(INCONCLUSIVE, "record", "--", "true", says="tenter-c++")
        for script, status in {"exit 7": 7, "kill -TERM $$": 128 + 15, "kill -SEGV $$": 128 + 11}.items():
            for command in ("record", "run"):
                with self.subTest(script, command=command):
                    self.assertEqual(self.tenter(command, "--", "sh", "-c", script).status, status)

    def test_the_program_gets_signals_as_whoever_called_had_them(self):
        asked = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

        def ignored_by_program(handler):
            def set_all():
                for number in asked:
                    signal.signal(number, handler)
            told = self.tenter("record", "--", "cat", "/proc/self/status", preexec_fn=set_all, restore_signals=False)
            [mask] = [int(line.split()[1], 16) for line in told.out.splitlines() if line.startswith("SigIgn:")]
            return {number for number in asked if mask >> (number - 1) & 1}
        self.assertEqual(ignored_by_program(signal.SIG_IGN), set(asked))
        self.assertEqual(ignored_by_program(signal.SIG_DFL), set())

    def test_programs_that_cannot_be_started(self):
        self.write("data", "no program")
        (self.place / "folder").mkdir()
        for program in ("./missing", "./data", "./folder", "no-such-program-anywhere"):
            for command in ("record", "run"):
                with self.subTest(program, command=command):
                    self.expect(INPUT, command, "--", program, says=program.removeprefix("./"))

    def test_places_for_the_recording(self):
        (self.place / "folder").mkdir()
        for path in ("nowhere/x.tent", "folder"):
            self.expect(USAGE, "record", "-o", path, "--", "touch", "ran", says=path)
        self.assertFalse((self.place / "ran").exists())


if __name__ == "__main__":
    main()
