#!/usr/bin/env python3
"""`tenter gate` from outside: what opens it, what closes it, and that missing evidence never opens it."""
import itertools
import json

from commands import CLEAN, FINDINGS, INCONCLUSIVE, INPUT, USAGE, CommandTest, main


class Gate(CommandTest):
    def test_passes_on_its_own_baseline_and_fails_on_a_new_finding(self):
        old, new = self.report("old", "race.tent"), self.report("new", "race.tent", "other_race.tent", "inversion.tent")
        self.expect(FINDINGS, "gate", old)
        self.expect(CLEAN, "gate", old, "--baseline", "known.json", "--update-baseline")
        self.expect(CLEAN, "gate", old, "--baseline", "known.json", says="open")
        told = self.expect(FINDINGS, "gate", new, "--baseline", "known.json")
        self.assertIn("2 findings that the baseline lacks", told.out)
        self.expect(CLEAN, "gate", new, "--baseline", "known.json", "--update-baseline", says="2 findings added")
        self.expect(CLEAN, "gate", new, "--baseline", "known.json")

    def test_a_report_serves_as_baseline(self):
        old = self.report("old", "race.tent")
        self.expect(CLEAN, "gate", old, "--baseline", old)

    def test_what_is_gone_is_told_and_taken_out(self):
        both, one = self.report("both", "race.tent", "other_race.tent"), self.report("one", "race.tent")
        self.expect(CLEAN, "gate", both, "--baseline", "known.json", "--update-baseline")
        self.expect(CLEAN, "gate", one, "--baseline", "known.json", says="no report shows any more")
        self.expect(CLEAN, "gate", one, "--baseline", "known.json", "--update-baseline", says="1 removed")
        self.expect(FINDINGS, "gate", both, "--baseline", "known.json")

    def test_notes_never_close_it(self):
        self.expect(CLEAN, "gate", self.report("note", "note.tent", status=CLEAN))

    def test_lists_all_that_it_knows(self):
        both = self.report("both", "race.tent", "other_race.tent")
        self.expect(CLEAN, "gate", both, "--baseline", "known.json", "--update-baseline")
        known, gone = (one["fingerprint"] for one in json.loads(both.read_text())["findings"])
        rules = self.write("rules.supp", "thread:program\nmutex:nothing\n{\n kind: data-race\n obj: program\n reason: old\n expires: 2020-01-01\n}\n")
        only = self.report("only", "race.tent", "thread_leak.tent", "inversion.tent", "--suppressions", rules)
        [shown] = [one for one in json.loads(only.read_text())["findings"] if one["kind"] == "data-race"]
        known, gone = (known, gone) if shown["fingerprint"] == known else (gone, known)
        told = self.expect(FINDINGS, "gate", only, "--baseline", "known.json").out
        fresh = [one["fingerprint"] for one in json.loads(only.read_text())["findings"] if one["kind"] == "lock-order-inversion"]
        [suppressed] = [one["fingerprint"] for rule in json.loads(only.read_text())["suppressions"] for one in rule["findings"]]
        parts = ("1 finding that the baseline lacks:", *fresh, "1 finding in the baseline, not counted:", known,
                 "1 entry of the baseline that no report shows any more", gone, "1 finding suppressed, not counted:", suppressed,
                 "rules.supp:1: thread:program", "1 suppression that matched nothing:", "rules.supp:2: mutex:nothing",
                 "1 suppression that expired", "rules.supp:3: { old }")
        at = -1
        for part in parts:
            self.assertIn(part, told[at + 1:], told)
            at = told.index(part, at + 1)

    def test_is_never_open_on_missing_evidence(self):
        clean, killed = self.report("clean", "clean.tent"), self.report("killed", "killed.tent")
        self.expect(CLEAN, "gate", clean, killed, "--allow-incomplete")
        self.expect(INCONCLUSIVE, "gate", self.report("uninstrumented", "uninstrumented.tent"), says="instrumented")
        self.expect(INCONCLUSIVE, "gate", clean, "--baseline", "missing.json", says="missing")
        empty = json.loads(clean.read_text())
        empty["recordings"] = []
        self.expect(INCONCLUSIVE, "gate", self.write("empty.json", json.dumps(empty)))

    def test_no_combination_of_missing_evidence_opens_it(self):
        self.expect(CLEAN, "gate", self.report("race", "race.tent"), "--baseline", "good.json", "--update-baseline")
        good = json.loads((self.place / "good.json").read_text())
        baselines = {
            "missing.json": None, "empty.json": "", "array.json": "[]", "no_list.json": json.dumps({**good, "findings": {}}),
            "of_another_tool.json": json.dumps({**good, "tool": {"name": "other", "version": "1"}}),
            "newer.json": json.dumps({**good, "schema_version": 2}), "cut.json": json.dumps(good)[:-20],
            "sarif.json": json.dumps({"version": "2.1.0", "runs": []}),
        }
        for name, text in baselines.items():
            if text is not None:
                self.write(name, text)
        reports = {name: self.report(name, f"{name}.tent") for name in ("clean", "killed", "lost", "uninstrumented")}
        for size in range(1, len(reports) + 1):
            for chosen in itertools.combinations(reports, size):
                for baseline in (None, "good.json", *baselines):
                    arguments = [reports[name] for name in chosen] + (["--baseline", baseline] if baseline else [])
                    told = self.tenter("gate", *arguments)
                    sound = chosen == ("clean",) and baseline in (None, "good.json")
                    self.assertIn(told.status, (CLEAN,) if sound else (INPUT, INCONCLUSIVE), f"{chosen} {baseline} {told.err}")
        # Nor does agreeing to incomplete recordings excuse a baseline that cannot be read.
        for baseline in baselines:
            told = self.tenter("gate", reports["clean"], "--baseline", baseline, "--allow-incomplete")
            self.assertIn(told.status, (INPUT, INCONCLUSIVE), baseline)

    def test_is_not_open_for_the_baseline_of_another_program(self):
        race, clean = self.report("race", "race.tent"), self.report("clean", "clean.tent")
        self.expect(CLEAN, "gate", race, "--baseline", "known.json", "--update-baseline")
        self.assertEqual(json.loads((self.place / "known.json").read_text())["programs"], ["bin/program"])

        def of_program(name, path):
            report = json.loads(path.read_text())
            for recording in report["recordings"]:
                recording["program"] = f"/build/{name}"
            return self.write(f"{name}-{path.name}", json.dumps(report))
        other = of_program("store_test", clean)
        sentence = "known.json: this baseline is of bin/program, and the reports are of build/store_test; give the baseline of these"
        for baseline in ("known.json", race):   # a report serves as one
            told = self.expect(INCONCLUSIVE, "gate", other, "--baseline", baseline, says="give the baseline of these")
            self.assertEqual(len(told.err.splitlines()), 1, told.err)
            self.assertNotIn("open", told.out)
        self.expect(INCONCLUSIVE, "gate", other, "--baseline", "known.json", "--allow-incomplete", says=sentence)
        # A new finding is one in any case.
        inversion = of_program("store_test", self.report("inversion", "inversion.tent"))
        self.expect(FINDINGS, "gate", inversion, "--baseline", "known.json", says=sentence)
        # One program of several is enough, wherever it was built; so is a finding that the baseline knows.
        self.expect(CLEAN, "gate", other, of_program("program", clean), "--baseline", "known.json")
        self.expect(CLEAN, "gate", of_program("renamed", race), "--baseline", "known.json")
        # So is a program of the same folder: whatever is mended under another name is no stranger.
        self.expect(CLEAN, "gate", of_program("racy", race), "--baseline", "racy.json", "--update-baseline")
        self.expect(CLEAN, "gate", of_program("mended", clean), "--baseline", "racy.json", says="no report shows any more")
        # Nothing is asked of a baseline that holds nothing, or that does not tell its programs.
        self.expect(CLEAN, "gate", clean, "--baseline", "nothing.json", "--update-baseline")
        self.expect(CLEAN, "gate", other, "--baseline", "nothing.json")
        untold = json.loads((self.place / "known.json").read_text())
        del untold["programs"]
        self.expect(CLEAN, "gate", other, "--baseline", self.write("untold.json", json.dumps(untold)))
        # Whoever means it takes it over.
        self.expect(CLEAN, "gate", other, "--baseline", "known.json", "--update-baseline", says="1 removed")
        self.expect(CLEAN, "gate", other, "--baseline", "known.json")

    def test_documents_of_others_are_named_for_what_they_are(self):
        report = self.report("race", "race.tent")
        self.expect(CLEAN, "gate", report, "--baseline", "known.json", "--update-baseline")
        self.tenter("check", "race.tent", "--format", "sarif=race.sarif", "--format", "gitlab=quality.json", "--format", "junit=race.xml")
        self.write("package.json", json.dumps({"name": "left-pad", "version": "1.0.0", "findings": []}))
        self.write("lint.json", json.dumps({"schema_version": 1, "tool": {"name": "lint", "version": "2"}, "findings": [], "recordings": []}))
        self.write("empty.json", "")
        how = {"report": "make one with `tenter check --format json", "baseline": "--baseline NEW.json --update-baseline"}
        for name, nature in {"race.sarif": "it is a SARIF log", "quality.json": "it is no JSON object", "race.xml": "not valid JSON",
                             "package.json": "it names no schema_version", "lint.json": "it is of another tool, lint",
                             "empty.json": "it is empty", "race.tent": "not valid JSON"}.items():
            for wanted, arguments in {"report": ["gate", name], "baseline": ["gate", report, "--baseline", name]}.items():
                for more in ([], ["--allow-incomplete"], ["--update-baseline"] if wanted == "baseline" else []):
                    with self.subTest(name, wanted=wanted, more=more):
                        before = (self.place / name).read_bytes()
                        told = self.expect(INPUT, *arguments, *more, says=nature)
                        self.assertEqual(len(told.err.splitlines()), 1, told.err)
                        self.assertIn(how[wanted], told.err)
                        self.assertIn(name, told.err)
                        self.assertEqual((self.place / name).read_bytes(), before)
            with self.subTest(name, wanted="report", command="merge"):
                self.expect(INPUT, "merge", report, name, says=nature)
        # A baseline is no report: it tells of nothing that was looked at.
        for arguments in (["gate", "known.json"], ["gate", report, "known.json"], ["merge", "known.json"]):
            self.expect(INPUT, *arguments, says="this is a baseline and no report; put it behind --baseline")

    def test_an_incomplete_run_takes_nothing_out_of_the_baseline(self):
        self.expect(CLEAN, "gate", self.report("race", "race.tent"), "--baseline", "known.json", "--update-baseline")
        self.expect(INCONCLUSIVE, "gate", self.report("killed", "killed.tent"), "--baseline", "known.json", "--update-baseline")
        self.expect(CLEAN, "gate", self.report("race", "race.tent"), "--baseline", "known.json")

    def test_fails_from_the_severity_on_that_is_asked_for(self):
        warning, error = self.report("inversion", "inversion.tent"), self.report("race", "race.tent")
        self.expect(FINDINGS, "gate", warning)
        self.expect(CLEAN, "gate", warning, "--fail-on", "error")
        self.expect(FINDINGS, "gate", warning, error, "--fail-on", "error")
        self.expect(USAGE, "gate", warning, "--fail-on", "bad")

    def test_wants_the_evidence_that_is_asked_for(self):
        clean = self.report("clean", "clean.tent", status=CLEAN)
        self.expect(CLEAN, "gate", clean, "--require-module", "program", "--min-events", "1")
        self.expect(INCONCLUSIVE, "gate", clean, "--require-module", "libstore.so", says="`libstore.so`")
        self.expect(INCONCLUSIVE, "gate", clean, "--min-events", "1000000", says="--min-events")
        self.expect(CLEAN, "gate", clean, "--min-events", "1000000", "--allow-incomplete")

    def test_keeps_what_nobody_looked_for(self):
        both = self.report("both", "race.tent", "inversion.tent")
        self.expect(CLEAN, "gate", both, "--baseline", "known.json", "--update-baseline")
        races = self.report("races", "race.tent", "inversion.tent", "--kinds", "data-race")
        told = self.expect(CLEAN, "gate", races, "--baseline", "known.json", says="nobody looked for")
        self.assertNotIn("no report shows any more", told.out)
        self.expect(CLEAN, "gate", races, "--baseline", "known.json", "--update-baseline")
        self.expect(CLEAN, "gate", both, "--baseline", "known.json")

    def test_writes_reports_that_tell_new_from_known(self):
        old, both = self.report("old", "race.tent"), self.report("both", "race.tent", "inversion.tent")
        self.expect(CLEAN, "gate", old, "--baseline", "known.json", "--update-baseline")
        self.expect(FINDINGS, "gate", both, "--baseline", "known.json", "--format", "sarif=a.sarif", "--format", "junit=a.xml")
        results = json.loads((self.place / "a.sarif").read_text())["runs"][0]["results"]
        self.assertEqual({result["ruleId"]: result["baselineState"] for result in results},
                         {"data-race": "unchanged", "lock-order-inversion": "new"})
        self.assertIn('failures="1"', (self.place / "a.xml").read_text())

    def test_a_suppressed_finding_does_not_close_it(self):
        rules = self.write("rules.supp", "data-race:*\n")
        told = self.expect(CLEAN, "gate", self.report("quiet", "race.tent", "--suppressions", rules), says="1 finding suppressed, not counted")
        self.assertIn(f"    by {rules}:1: data-race:*", told.out)


if __name__ == "__main__":
    main()
