#!/usr/bin/env python3
"""Every way in which the tools refuse: one line that says what and where, why, and what to do next.

Each row of TABLE provokes one refusal."""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

from commands import CLEAN, INCONCLUSIVE, INPUT, INTERNAL, TOOLS, USAGE, CommandTest, main


@dataclasses.dataclass
class Refusal:
    status: int
    command: str     # words between spaces; the first is the tool
    where: str       # what the sentence is about: the file, the option, the word
    advice: str      # what it tells one to do
    environment: dict = dataclasses.field(default_factory=dict)


def rows(status, *table):
    return [Refusal(status, *row) for row in table]


TABLE = [
    *rows(USAGE,
          ("tenter chekc race.tent", "chekc", "did you mean `check`?"),
          ("tenter --frobnicate", "--frobnicate", "tenter --help"),
          ("tenter explore x", "explore", "tenter"),
          ("tenter check", "recording", "tenter check FILE.tent"),
          ("tenter check --fromat json race.tent", "--fromat", "did you mean --format?"),
          ("tenter check race.tent --format sarfi", "--format sarfi", "did you mean `sarif`?"),
          ("tenter check race.tent --format json=", "json=", "path"),
          ("tenter check race.tent --format json=x --format sarif=x", "x", "--format F=PATH"),
          ("tenter check race.tent --kinds datarace", "datarace", "data-race"),
          ("tenter check race.tent --analysis wcp", "wcp", "there are hb"),
          ("tenter check race.tent --shard 4/3", "4/3", "I/N"),
          ("tenter check race.tent --jobs 0", "--jobs", "1"),
          ("tenter check race.tent --memory-limit lots", "lots", "--memory-limit"),
          ("tenter check race.tent --source-root x", "--source-root", "FROM=TO"),
          ("tenter check race.tent --window far", "--window", "tenter check --help"),
          ("tenter check race.tent --color pink", "--color", "auto"),
          ("tenter check race.tent -o", "--output", "PATH"),
          ("tenter check race.tent --debuginfod", "--debuginfod", "DEBUGINFOD_URLS", {"DEBUGINFOD_URLS": ""}),
          ("tenter check race.tent --suppressions bad.supp", "bad.supp:1", "kind"),
          ("tenter record", "program", "tenter record -- PROG ARGS"),
          ("tenter record ./app", "./app", "tenter record -- ./app"),
          ("tenter record -o nowhere/x.tent -- true", "nowhere/x.tent", "name a file in a folder that exists and is yours"),
          ("tenter record -o fifo -- true", "fifo", "name one in a folder that exists"),
          ("tenter run", "program", "tenter run -- PROG ARGS"),
          ("tenter run --mode fast -- true", "fast", "record"),
          ("tenter gate", "REPORT.json", "tenter gate --help"),
          ("tenter gate report.json --update-baseline", "--update-baseline", "--baseline FILE"),
          ("tenter gate report.json --fail-on bad", "--fail-on", "error"),
          ("tenter merge", "REPORT.json", "tenter merge --help"),
          ("tenter dump", "FILE", "tenter dump --help"),
          ("tenter dump race.tent x", "`x`", "tenter dump --help"),
          ("tenter convert", "recording", "tenter convert FILE --to std -o OUT"),
          ("tenter convert race.tent", "convert", "--to"),
          ("tenter convert race.tent --to perfeto -o x", "perfeto", "did you mean `perfetto`?"),
          ("tenter convert race.tent --to std", "where to", "-o OUT"),
          ("tenter lint --", "which file", "tenter lint"),
          ("tenter explain", "KIND", "tenter explain --help"),
          ("tenter explain datarace", "datarace", "did you mean `data-race`?"),
          ("tenter completion fissh", "fissh", "did you mean `fish`?"),
          ("tenter manual chekc", "chekc", "did you mean `check`?"),
          ("tenter manual check --into x", "--into", "leave `check` out"),
          ("tenter-c++ --tenter-mode=fast", "--tenter-mode", "record or tsan or off"),
          ("tenter-c++ --tenter-mode", "--tenter-mode", "say --tenter-mode=record|tsan|off"),
          ("tenter-cc --tenter-lint=yes", "--tenter-lint=yes", "say --tenter-lint"),
          ("tenter-c++ --tenter-speed=9", "--tenter-speed", "there are --tenter-mode"),
          ("tenter-cc --version", "TENTER_PASS", "on or off", {"TENTER_PASS": "maybe"}),
          ("tenter-c++ -static -nostdlib x.cc", "-nostdlib", "leave out"),
          ("tenter-c++ --tenter-mode=tsan -static x.cc", "-static", "link dynamically"),
          ("tenter-c++ -fsanitize=address -c x.cc", "-fsanitize=address", "drop one of them"),
          ("tenter-c++ -fsanitize=undefined x.cc", "-fsanitize=undefined", "add -fsanitize-trap=all"),
          ("tenter-c++ --version", "TENTER_CXX", "compiler beneath", {"TENTER_CXX": "TOOLS/tenter-c++"})),
    *rows(INPUT,
          ("tenter check missing.tent", "missing.tent", "`tenter record -o FILE -- PROGRAM` makes one"),
          ("tenter check folder", "folder", "Name a file that `tenter record` wrote"),
          ("tenter check empty.tent", "empty.tent", "was it built with tenter-c++?"),
          ("tenter check text.tent", "text.tent", "`tenter record -o FILE -- PROGRAM` makes one"),
          ("tenter check half.tent", "half.tent", "Record again"),
          ("tenter check newer.tent", "newer.tent", "Update tenter, or record again"),
          ("tenter check bad.std", "bad.std", "`tenter record -o FILE -- PROGRAM` makes one"),
          ("tenter check race.tent --suppressions missing.supp", "missing.supp", "name a file that is there"),
          ("tenter dump missing.tent", "missing.tent", "`tenter record -o FILE -- PROGRAM` makes one"),
          ("tenter dump text.tent", "text.tent", "`tenter record -o FILE -- PROGRAM` makes one"),
          ("tenter convert text.tent --to std -o x", "text.tent", "`tenter record -o FILE -- PROGRAM` makes one"),
          ("tenter gate missing.json", "missing.json", "name a file that is there"),
          ("tenter gate text.tent", "text.tent", "make one with `tenter check --format json"),
          ("tenter gate known.json", "known.json", "put it behind --baseline"),
          ("tenter gate newer.json", "newer.json", "use the tenter that wrote it"),
          ("tenter gate cut.json", "cut.json", "make one with"),
          ("tenter gate damaged.json", "damaged.json", "make it anew"),
          ("tenter gate report.json --baseline text.tent", "text.tent", "--update-baseline"),
          ("tenter gate report.json --baseline damaged.json", "damaged.json", "take it from the repository"),
          ("tenter merge missing.json", "missing.json", "name a file that is there"),
          ("tenter record -- ./missing", "./missing", "name a program by its path"),
          ("tenter run -- ./folder", "./folder", "name a program that may be executed"),
          ("tenter lint", "compile_commands.json", "name its folder with -p DIR"),
          ("tenter lint none.cc --", "none.cc", "name a source file that does"),
          ("tenter-c++ --version", "clang++-99", "apt-get install clang-99", {"TENTER_CXX": "clang++-99"}),
          ("alone/bin/tenter-c++ x.cc", "libtenter_record.so", "build or install Tenterhook completely"),
          ("alone/bin/tenter-c++ --tenter-lint -c x.cc", "tenter_lint.so", "leave the option out")),
    *rows(INCONCLUSIVE,
          ("tenter gate clean.json --baseline missing.json", "missing.json", "--update-baseline"),
          ("tenter gate other.json --baseline known.json", "known.json", "give the baseline of these"),
          ("tenter gate killed.json", "killed.tent", "let it pass with --allow-incomplete"),
          ("tenter gate none.json", "recording", "check a recording first"),
          ("tenter record -- true", "recording", "build it with CXX=tenter-c++"),
          ("tenter run -- true", "recording", "build it with CXX=tenter-c++")),
    *rows(INTERNAL,
          ("tenter check race.tent --format json=/dev/full", "/dev/full", "make room, or write elsewhere"),
          ("tenter check race.tent --format json=folder", "folder", "name a file in a folder that exists and is yours"),
          ("tenter check race.tent -o nowhere/x", "nowhere/x", "name a file in a folder that exists and is yours"),
          ("tenter check race.tent --memory-limit 100K", "memory", "raise the limit"),
          ("tenter convert race.tent --to std -o nowhere/x", "nowhere/x", "name a file in a folder that exists and is yours"),
          ("tenter merge report.json -o nowhere/x", "nowhere/x", "name a file in a folder that exists and is yours"),
          ("tenter gate report.json --baseline nowhere/x --update-baseline", "nowhere/x", "name a file in a folder that exists and is yours"),
          ("tenter manual --into nowhere", "nowhere", "name a file in a folder that exists and is yours"),
          ("tenter run --keep nowhere/x -- true", "nowhere/x", "name a file in a folder that exists and is yours")),
]


class Sentences(CommandTest):
    def setUp(self):
        super().setUp()
        self.bin = pathlib.Path(TOOLS.tenter).parent
        (self.place / "folder").mkdir()
        (self.place / "alone/bin").mkdir(parents=True)
        shutil.copy(self.bin / "tenter-c++", self.place / "alone/bin")
        os.mkfifo(self.place / "fifo")
        race = (self.place / "race.tent").read_bytes()
        report = json.loads(self.report("report", "race.tent").read_text())
        clean = json.loads(self.report("clean", "clean.tent").read_text())
        self.report("killed", "killed.tent")
        self.expect(CLEAN, "gate", "report.json", "--baseline", "known.json", "--update-baseline")
        [recording] = clean["recordings"]
        for name, contents in {
                "bad.supp": "no colon\n", "empty.tent": "", "text.tent": "hello\n", "half.tent": race[:40], "bad.std": "none\n",
                "newer.tent": race[:8] + b"\x63\0" + race[10:], "x.cc": "int main() {}\n", "cut.json": json.dumps(report)[:-20],
                "newer.json": json.dumps({**report, "schema_version": 9}), "damaged.json": json.dumps({**report, "findings": [7]}),
                "none.json": json.dumps({**clean, "recordings": []}),
                "other.json": json.dumps({**clean, "recordings": [{**recording, "program": "store"}]})}.items():
            self.write(name, contents)

    def test_say_what_and_where_and_what_to_do(self):
        for row in TABLE:
            with self.subTest(row.command):
                name, *arguments = row.command.split()
                program = self.place / name if "/" in name else self.bin / name
                environment = {key: value.replace("TOOLS", str(self.bin)) for key, value in row.environment.items()}
                done = subprocess.run([program, *arguments], capture_output=True, text=True, cwd=self.place,
                                      env={**os.environ, **environment}, timeout=600)
                self.assertEqual(done.returncode, row.status, done.stderr)
                self.assertRegex(done.stderr, rf"\A{re.escape(pathlib.Path(name).name)}: [^\n]+\n\Z")
                self.assertIn(row.where, done.stderr)
                self.assertIn(row.advice, done.stderr)
                self.assertLess(len(done.stderr), 300)
                if row.status == USAGE:
                    self.assertEqual(done.stdout, "")

    def test_of_every_command_are_among_them(self):
        listed = re.findall(r"^  (\w+) ", self.expect(CLEAN, "--help").out.split("Subcommands:")[1], re.M)
        asked = {(row.status, row.command.split()[1]) for row in TABLE}
        for command in listed:
            self.assertIn((USAGE, command), asked)
        for command in ("check", "record", "run", "gate", "merge", "dump", "convert", "lint"):   # which read something
            self.assertIn((INPUT, command), asked)


if __name__ == "__main__":
    main()
