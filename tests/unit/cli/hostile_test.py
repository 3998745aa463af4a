#!/usr/bin/env python3
"""A report in which every text is hostile, in every format, before the judges that readers of that format use: parsers of
JSON and XML, what SARIF 2.1.0 and GitHub's code scanning ask for (sarif_profile.json), Graphviz, and a reader of workflow
commands. tests/judges has those that are programs of others."""
import argparse
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from judges import judge_shiviz, judge_trace_events

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = None
HOSTILE = ["</script><img src=x onerror=alert(1)>", "]]></failure><testcase name='x'/>", "\n::error::injected\n", "%0A::set-output name=x::y",
           "##[add-mask]x", "::stop-commands::x", "\x1b]52;c;eA==\x07\x1b[2J", "\u202edesrever\u2066", "\ufffe\uffff\u0000", "\u2028\u2029\u0085\u009b",
           "\"'&<>\\", "[link](1) {0} [x](99999)", "| `code` *b* <b> @all", "\\\"; } digraph { x", "=cmd()|'/c calc'!A1", "../../etc/passwd", "x" * 70000, ""]
# Fixed words of the format, which no recording decides.
KEPT = {"id", "kind", "certainty", "severity", "fingerprint", "role", "proof", "reason", "schema_version"}

VALIDATE = """
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.Draft7Validator(schema).validate(json.load(open(sys.argv[2])))
"""


def with_texts(value, text, key=None):
    """The document with every free text replaced."""
    if isinstance(value, dict):
        return {name: one if name in ("tool", "summary", "analyses") else with_texts(one, text, name) for name, one in value.items()}
    if isinstance(value, list):
        return [with_texts(one, text, key) for one in value]
    return text if isinstance(value, str) and key not in KEPT and value else value


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tenter-hostile-")
        cls.place = pathlib.Path(cls.folder.name)
        subprocess.run([TOOLS.make_recordings, cls.place], check=True)
        names = ["race", "inversion", "killed_race", "thread_leak", "note"]
        subprocess.run([TOOLS.tenter, "check", *(f"{name}.tent" for name in names), "--format", "json=tame.json", "--jobs", "2"],
                       cwd=cls.place, capture_output=True, timeout=600)
        cls.tame = json.loads((cls.place / "tame.json").read_text())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def render(self, document, *formats):
        (self.place / "report.json").write_text(json.dumps(document))
        outputs = {name: self.place / f"out.{name}" for name in formats}
        done = subprocess.run([TOOLS.tenter, "merge", "report.json", *(f"--format={name}={path}" for name, path in outputs.items())],
                              cwd=self.place, capture_output=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {name: path.read_bytes().decode() for name, path in outputs.items()}

    def each(self, formats, judge):
        self.assertGreaterEqual(len(self.tame["findings"]), 4)
        for text in HOSTILE:
            with self.subTest(text[:40]):
                judge(self.render(with_texts(copy.deepcopy(self.tame), text), *formats))

    def test_no_character_steers_its_reader(self):
        steering = {chr(code) for code in [*range(0x20), *range(0x7f, 0xa0), 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x206a),
                                           0x2028, 0x2029, 0x61c]} - {"\n"}
        def judge(outputs):
            for name, text in outputs.items():
                self.assertEqual(steering & set(text), set(), name)
        self.each(["text", "junit", "gitlab", "github", "markdown", "dot", "perfetto", "shiviz"], judge)

    def test_junit_has_the_elements_that_it_has(self):
        def shape(text):
            # Recordings are sorted by name, so their order says nothing.
            return sorted((one.tag, sorted(one.attrib)) for one in xml.etree.ElementTree.fromstring(text).iter())
        tame = shape(self.render(self.tame, "junit")["junit"])
        def judge(outputs):
            self.assertEqual(shape(outputs["junit"]), tame)
            subprocess.run(["xmllint", "--noout", self.place / "out.junit"], check=True)
        self.each(["junit"], judge)

    def test_sarif_is_what_its_readers_ask_for(self):
        def judge(outputs):
            document = json.loads(outputs["sarif"])
            self.assertEqual(len(document["runs"][0]["results"]), len(self.tame["findings"]))
            subprocess.run([TOOLS.python, "-c", VALIDATE, HERE / "sarif_profile.json", self.place / "out.sarif"], check=True)
        self.each(["sarif"], judge)

    def test_gitlab_s_list_has_a_place_for_each(self):
        def judge(outputs):
            entries = json.loads(outputs["gitlab"])
            self.assertEqual(len(entries), len(self.tame["findings"]))
            for entry in entries:
                self.assertEqual(set(entry), {"description", "check_name", "fingerprint", "severity", "location"})
                self.assertIn(entry["severity"], {"info", "minor", "major", "critical", "blocker"})
                self.assertTrue(entry["location"]["path"])
                self.assertGreaterEqual(entry["location"]["lines"]["begin"], 1)
            self.assertEqual(len({entry["fingerprint"] for entry in entries}), len(entries))
        self.each(["gitlab"], judge)

    def test_github_gets_a_command_for_each_and_no_other(self):
        def judge(outputs):
            lines = outputs["github"].splitlines()
            self.assertEqual(len(lines), len(self.tame["findings"]))
            for line in lines:
                command = re.fullmatch(r"::(error|warning|notice) ((?:\w+=[^,:]*,)*\w+=[^,:]*)::(.*)", line)
                self.assertTrue(command, line)
                self.assertIn("title", dict(one.split("=", 1) for one in command[2].split(",")))
        self.each(["github"], judge)

    def test_markdown_keeps_its_table(self):
        def judge(outputs):
            rows = [line for line in outputs["markdown"].splitlines() if line.startswith("|")]
            self.assertEqual(len(rows), len(self.tame["findings"]) + 2)
            self.assertEqual({row.count("|") for row in rows}, {6})
            self.assertNotIn("<", outputs["markdown"])
        self.each(["markdown"], judge)

    @unittest.skipUnless(shutil.which("dot"), "graphviz is not installed; ./dev deps installs it")
    def test_graphviz_draws_every_graph(self):
        def shape():
            drawn = subprocess.run(["dot", "-Tplain", self.place / "out.dot"], capture_output=True, timeout=600)
            self.assertEqual((drawn.returncode, drawn.stderr), (0, b""))
            words = [line.split(b" ", 1)[0] for line in drawn.stdout.splitlines()]
            return words.count(b"node") > 0
        self.render(self.tame, "dot")
        self.assertTrue(shape())
        self.each(["dot"], lambda _: self.assertTrue(shape()))

    def test_pictures_keep_their_events_and_arrows(self):
        tame = self.render(self.tame, "perfetto", "shiviz")
        tracks = {where: [one["ts"] for one in slices] for where, slices in judge_trace_events(tame["perfetto"]).items()}
        clocks = [[clock for _, clock, _ in events] for events in judge_shiviz(tame["shiviz"]).values()]
        self.assertGreater(len(tracks), 5)
        def judge(outputs):
            # Findings of the same words keep the order of their kinds; the shape is the same one.
            self.assertEqual(sorted(map(len, judge_trace_events(outputs["perfetto"]).values())), sorted(map(len, tracks.values())))
            told = judge_shiviz(outputs["shiviz"]).values()
            self.assertEqual(sorted(map(len, told)), sorted(map(len, clocks)))
        self.each(["perfetto", "shiviz"], judge)

    def test_the_profile_bites(self):
        good = json.loads(self.render(self.tame, "sarif")["sarif"])
        def refused(change):
            bad = copy.deepcopy(good)
            change(bad["runs"][0])
            (self.place / "bad.sarif").write_text(json.dumps(bad))
            return subprocess.run([TOOLS.python, "-c", VALIDATE, HERE / "sarif_profile.json", self.place / "bad.sarif"],
                                  capture_output=True).returncode != 0
        def region(run, key, value):
            run["results"][0]["locations"][0]["physicalLocation"]["region"][key] = value
        for change in (lambda run: region(run, "startLine", -1), lambda run: region(run, "startColumn", 0),
                       lambda run: run["results"][0].pop("message"), lambda run: run["results"][0].update(level="fatal"),
                       lambda run: run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b"),
                       lambda run: run["tool"]["driver"].pop("name")):
            self.assertTrue(refused(change))
        self.assertFalse(refused(lambda run: None))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True)
    parser.add_argument("--make-recordings", required=True)
    TOOLS, rest = parser.parse_known_args()
    TOOLS.tenter, TOOLS.make_recordings = os.path.abspath(TOOLS.tenter), os.path.abspath(TOOLS.make_recordings)
    # Debian's package belongs to Debian's Python, which need not be the first on PATH.
    TOOLS.python = next((one for one in (sys.executable, "/usr/bin/python3")
                         if subprocess.run([one, "-c", "import jsonschema"], capture_output=True).returncode == 0), None)
    if TOOLS.python is None:
        sys.exit("python3-jsonschema is not installed; ./dev deps installs it")
    unittest.main(argv=[sys.argv[0], *rest])
