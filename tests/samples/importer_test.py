#!/usr/bin/env python3
"""samples/importer: its command line, its service and what it makes of workbooks, good and bad.

    importer_test.py --bin build/bin --importer build/samples/importer [PART...]

Whatever the importer does here is recorded, since it was built so; where nothing may be found, the recording is checked. That built
with TENTER_MODE=tsan ends with 66 where ThreadSanitizer has reported something.
"""
import argparse
import contextlib
import http.client
import io
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from start_test import shows  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "importer"
TIME_LIMIT_SECONDS = 900
BOUNDARY = "----boundary-of-the-test"
METHODS = ("sequential", "concurrent", "batch")
PLACES = argparse.Namespace()

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
LINKS = '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'


def cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def line(number, *texts):
    return f'<row r="{number}">' + "".join(cell(f"{chr(65 + i)}{number}", text) for i, text in enumerate(texts)) + "</row>"


HEAD = line(1, *"abcdefghi")


def sheet(*rows):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def workbook(rows=HEAD + line(2, *"bcdefghij"), **parts):
    """The bytes of a workbook; parts are changed by name (sheet, workbook, links, strings), None leaves one out."""
    texts = {"workbook": WORKBOOK, "links": LINKS, "sheet": sheet(rows), "strings": None, **parts}
    names = {"workbook": "xl/workbook.xml", "links": "xl/_rels/workbook.xml.rels", "sheet": "xl/worksheets/sheet1.xml",
             "strings": "xl/sharedStrings.xml"}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in texts.items():
            if text is not None:
                archive.writestr(names[part], text)
    return file.getvalue()


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TENTER_", "TSAN_", "PG"))}
    return {**kept, "TSAN_OPTIONS": "atexit_sleep_ms=0", **more}


class Folder(unittest.TestCase):
    """A test with a folder of its own, in which everything runs."""

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="tenter-importer-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.recording = self.place / "run.tent"

    def make_workbook(self, rows):
        path = self.place / "directory.xlsx"
        subprocess.run([PLACES.importer / "make_workbook", path, str(rows)], check=True, timeout=TIME_LIMIT_SECONDS,
                       env=environment(TENTER_OPTIONS=f"output={self.place}/made.tent"))
        return path

    def run_importer(self, *arguments, program="importer", status=1, prefix=(), **settings):
        done = subprocess.run([*prefix, PLACES.importer / program, *map(str, arguments)], capture_output=True, text=True,
                              cwd=self.place, timeout=TIME_LIMIT_SECONDS,
                              env=environment(TENTER_OPTIONS=f"output={self.recording}", **settings))
        if prefix and done.returncode == 77:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def rows_in(self, database):
        with contextlib.closing(sqlite3.connect(self.place / database)) as connection:
            return connection.execute("SELECT count(*) FROM businesses").fetchone()[0]

    def check(self, *options, status=0):
        report = self.place / "report.json"
        done = subprocess.run([PLACES.bin / "tenter", "check", self.recording, "--format", f"json={report}", "--format", "text",
                               *options], capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, env=environment())
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(report.read_text())["findings"]


class CommandLine(Folder):
    def test_what_is_wrong_is_said_in_one_sentence(self):
        (self.place / "text.xlsx").write_text("no workbook")
        for arguments, status, sentence in (
                (["--method", "quick", "x.xlsx"], 2, '"quick" is no method; there are sequential, concurrent and batch'),
                (["--workers", "0", "x.xlsx"], 2, "--workers takes a number from 1 to 64"),
                (["--serve", "web"], 2, "--serve takes a port, 0 to 65535"),
                (["--database", "oracle:x", "x.xlsx"], 3, '"oracle:x" is no database; it begins with sqlite: or postgres:'),
                (["--database", "sqlite:no/such/folder/x.db", "x.xlsx"], 3, "cannot open no/such/folder/x.db"),
                (["absent.xlsx"], 3, "cannot open absent.xlsx"),
                (["text.xlsx"], 3, "text.xlsx: the file is no workbook: it is not a zip archive")):
            with self.subTest(arguments):
                done = self.run_importer(*arguments, status=status)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr.startswith("importer: " + sentence), done.stderr)
        self.assertIn("--method METHOD", self.run_importer(status=2).stderr)
        self.assertIn("--method METHOD", self.run_importer("--help", status=0).stdout)

    def test_a_terminal_gets_a_progress_bar_and_a_pipe_does_not(self):
        path = self.make_workbook(300)
        self.assertEqual(self.run_importer(path).stderr, "")
        ours, theirs = pty.openpty()
        done = subprocess.run([PLACES.importer / "importer", path], stdout=subprocess.DEVNULL, stderr=theirs, cwd=self.place,
                              timeout=TIME_LIMIT_SECONDS, env=environment(TENTER_OPTIONS=f"output={self.recording}"))
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):   # the end of a terminal
            while piece := os.read(ours, 4096):
                shown += piece
        os.close(ours)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"] 100 %", shown)
        self.assertIn(b"[" + b"#" * 40 + b"]", shown)


class Workbooks(Folder):
    def imported(self, content, status):
        path = self.place / "some.xlsx"
        path.write_bytes(content)
        done = self.run_importer(path, status=status)
        return json.loads(done.stdout) if done.stdout else done.stderr

    def test_cells_of_every_kind_are_read(self):
        strings = "<sst><si><t>shared</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si></sst>"
        row = ('<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2"><v>42</v></c>'
               '<c r="D2" t="str"><v>computed</v></c>' + cell("E2", "a &amp; b") + cell("I2", "last") + "</row>")
        self.assertEqual(self.imported(workbook(HEAD + row, strings=strings), 0)["success"], 1)
        with contextlib.closing(sqlite3.connect(self.place / "directory.db")) as connection:
            self.assertEqual(connection.execute("SELECT * FROM businesses").fetchall(),
                             [("shared", "two runs", "42", "computed", "a & b", "", "", "", "last")])

    def test_rows_are_reported_by_their_number(self):
        rows = HEAD + line(2, *"bcdefghij") + line(7, "too", "short") + line(9, "", *"cdefghij")
        statistics = self.imported(workbook(rows), 1)
        self.assertEqual((statistics["total"], statistics["success"], statistics["errors"]), (3, 1, 2))
        self.assertEqual([error["row"] for error in statistics["row_errors"]], [7, 9])
        self.assertEqual(statistics["row_errors"][0]["why"], "2 columns where 9 are needed")
        self.assertIn("CHECK constraint failed", statistics["row_errors"][1]["why"])

    def test_an_empty_sheet_is_no_error(self):
        for rows in ("", HEAD):
            self.assertEqual(self.imported(workbook(rows), 0)["total"], 0)

    def test_damaged_and_hostile_workbooks_are_refused(self):
        good = workbook()
        where = good.index(b"xl/worksheets/sheet1.xml") + 24 + 30
        bomb = "<worksheet>" + " " * (30 << 20) + "</worksheet>"
        for content, sentence in (
                (b"", "it is not a zip archive"),
                (good[:len(good) // 2], "it is not a zip archive"),
                (good[:where] + bytes(byte ^ 255 for byte in good[where:where + 40]) + good[where + 40:], "cannot be unpacked"),
                (workbook(workbook=None), "it has no xl/workbook.xml"),
                (workbook(links=None), "it has no xl/_rels/workbook.xml.rels"),
                (workbook(sheet=None), "it has no xl/worksheets/sheet1.xml"),
                (workbook(workbook="<workbook/>"), "the workbook has no sheet"),
                (workbook(sheet="<worksheet><row>"), "is no XML"),
                (workbook(links=LINKS.replace("worksheets/sheet1.xml", "../../../etc/passwd")), "it has no xl/../../../etc/passwd"),
                (workbook(HEAD + '<row r="2"><c r="A2" t="s"><v>7</v></c></row>'), "row 2 refers to a text that is not there"),
                (workbook(HEAD + '<row r="2"><c r="7A"><v>7</v></c></row>'), "row 2 has a cell that stands nowhere"),
                (workbook("<row/>" * 5 + "".join(line(i + 1, "x") for i in range(200_001))), "it has more than 200000 rows"),
                (workbook(sheet=bomb), "unpacks to more than"),
                (b"PK\3\4" + bytes(33 << 20), "the file is larger than 33554432 bytes")):
            with self.subTest(sentence):
                said = self.imported(content, 3)
                self.assertIn(sentence, said)
                self.assertEqual(said.count("\n"), 1)


class Service(Folder):
    @contextlib.contextmanager
    def service(self, *arguments):
        server = subprocess.Popen([PLACES.importer / "importer", "--serve", "0", *arguments], stdout=subprocess.PIPE, text=True,
                                  cwd=self.place, env=environment(TENTER_OPTIONS=f"output={self.recording}"))
        try:
            told = server.stdout.readline().strip()
            self.assertTrue(told.startswith("listening on http://127.0.0.1:"), told)
            self.port = int(told.rsplit(":", 1)[1])
            yield server
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(TIME_LIMIT_SECONDS), 0)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()

    def request(self, method, path, body=None, headers=None, lengthless=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIME_LIMIT_SECONDS)
        with contextlib.closing(connection):
            if lengthless:
                connection.putrequest(method, path)
                connection.endheaders()
            else:
                connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def upload(self, content, path="/upload?method=batch", name="directory.xlsx", field="file"):
        body = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.request("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})

    def test_it_imports_and_ends_on_a_signal(self):
        content = self.make_workbook(1000).read_bytes()
        with self.service():
            self.assertEqual(self.request("GET", "/health"), (200, {"status": "ok"}))
            for number, method in enumerate(METHODS, 1):
                status, statistics = self.upload(content, f"/upload?method={method}")
                self.assertEqual(status, 200, statistics)
                self.assertEqual((statistics["total"], statistics["success"], statistics["errors"]), (1000, 995, 5))
                self.assertGreater(statistics["duration_seconds"], 0)
                self.assertGreater(statistics["records_per_second"], 0)
                self.assertEqual(self.rows_in("directory.db"), 995 * number)
        self.assertEqual(self.check("--analysis", "hb"), [])

    def test_wrong_requests_are_refused(self):
        content = workbook()
        with self.service():
            for wanted, sentence, answer in (
                    (400, "only .xlsx files are imported", self.upload(content, name="directory.csv")),
                    (400, "only .xlsx files are imported", self.upload(content, name="directory.xlsx.exe")),
                    (400, "the method is one of", self.upload(content, "/upload?method=quick")),
                    (400, "the form has no file", self.upload(content, field="other")),
                    (400, "the form has no file", self.request("POST", "/upload?method=batch", b"")),
                    (400, "the form has no file", self.request("POST", "/upload?method=batch", lengthless=True)),
                    (404, "there is GET /health and POST /upload", self.request("PUT", "/upload", lengthless=True)),
                    (400, "no form that can be read", self.request("POST", "/upload", b"x", {"Content-Type": "multipart/form-data"})),
                    (400, "it is not a zip archive", self.upload(b"no workbook")),
                    (400, "unpacks to more than", self.upload(workbook(sheet=" " * (30 << 20)))),
                    (413, "the file is too large", self.upload(bytes(33 << 20))),
                    (404, "there is GET /health and POST /upload", self.request("GET", "/nothing")),
                    (404, "there is GET /health and POST /upload", self.request("GET", "/../../../../etc/passwd"))):
                with self.subTest(sentence):
                    self.assertEqual(answer[0], wanted, answer)
                    self.assertIn(sentence, answer[1]["error"])
            self.assertEqual(self.rows_in("directory.db"), 0)
            self.assertEqual(self.upload(content)[0], 200)   # it still serves

    def test_a_name_of_the_client_is_never_a_path(self):
        before = set(os.listdir(self.place.parent))
        with self.service():
            for name in ("../outside.xlsx", str(self.place / "absolute.xlsx"), "a/b.XLSX"):
                self.assertEqual(self.upload(workbook(), name=name)[0], 200)
        self.assertEqual({path.name.split(".db")[0] for path in self.place.rglob("*")}, {"directory", "run.tent"})
        self.assertNotIn("outside.xlsx", set(os.listdir(self.place.parent)) - before)

    def test_a_port_that_is_taken_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assertIn(f"port {port} cannot be had", self.run_importer("--serve", port, status=3).stderr)


class Recorded(Folder):
    def test_every_method_imports_the_same_and_nothing_is_found(self):
        path = self.make_workbook(1000)
        seen = []
        for method in METHODS:
            for settings in ({}, {"TENTER_SCHEDULER": "seeded:3"}):
                with self.subTest(method, **settings):
                    database = f"{method}{len(settings)}.db"
                    done = self.run_importer("--method", method, "--database", f"sqlite:{database}", path, **settings)
                    statistics = json.loads(done.stdout)
                    self.assertEqual(self.rows_in(database), statistics["success"])
                    seen.append([statistics[key] for key in ("total", "success", "errors", "row_errors")])
                    self.assertEqual(self.check("--analysis", "hb"), [])
        self.assertEqual(seen[0][:3], [1000, 995, 5])
        self.assertEqual([error["row"] for error in seen[0][3]], [251, 501, 751, 778, 1001])
        self.assertEqual(seen, [seen[0]] * 6)


class AsPublished(Folder):
    def test_its_race_is_found_and_its_count_is_wrong(self):
        path = self.make_workbook(10_000)
        # By the seed, so that who is ahead of whom is the same in every run.
        done = self.run_importer("--method", "batch", path, program="importer_as_published", TENTER_SCHEDULER="seeded:1")
        statistics = json.loads(done.stdout)
        self.assertEqual((statistics["total"], statistics["success"], self.rows_in("directory.db")), (10_000, 9000, 8960))
        findings = self.check("--analysis", "hb", status=1)
        self.assertEqual([finding["kind"] for finding in findings], ["data-race"])
        source = (SAMPLE / "batch_as_published.cc").read_text().splitlines()
        for side in findings[0]["sides"]:
            self.assertEqual(pathlib.Path(side["stack"][0]["file"]).name, "batch_as_published.cc")
            self.assertEqual(source[side["stack"][0]["line"] - 1].strip(), "stats.error_count++;")
        page = (SAMPLE / "README.md").read_text()
        told = textwrap.dedent(re.search(r"\n((?:    .*\n)*    .*error: data race(?:.*\n)(?:    .*\n)*)", page)[1])
        report = subprocess.run([PLACES.bin / "tenter", "check", self.recording, "--analysis", "hb"], cwd=ROOT,
                                capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, env=environment()).stdout
        self.assertTrue(shows(report, told), f"README.md tells\n{told}\nand the report is\n{report}")


class Postgres(Folder):
    def test_every_method_imports_the_same(self):
        path = self.make_workbook(300)
        script = ('for method in sequential concurrent batch; do'
                  ' "$1" --database postgres: --method $method "$2" || [ $? = 1 ] || exit 3; done;'
                  ' psql -Atc "SELECT count(*) FROM businesses"')
        if not shutil.which("psql"):
            self.skipTest("psql is not installed")
        done = subprocess.run([SAMPLE / "with_postgres.sh", "bash", "-c", script, "_", PLACES.importer / "importer", path],
                              capture_output=True, text=True, cwd=self.place, timeout=TIME_LIMIT_SECONDS,
                              env=environment(TENTER_OPTIONS=f"output={self.recording}"))
        if done.returncode == 77:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        *reports, count = done.stdout.rstrip("\n").rsplit("\n", 1)
        self.assertEqual(count, "897")
        decoder, text, seen = json.JSONDecoder(), reports[0], []
        while text.strip():
            statistics, end = decoder.raw_decode(text.lstrip())
            text = text.lstrip()[end:]
            seen.append([statistics[key] for key in ("total", "success", "errors")] + [statistics["row_errors"][0]["row"]])
        self.assertEqual(seen, [[300, 299, 1, 251]] * 3)
        self.assertEqual(self.check("--analysis", "hb"), [])   # of the batch method, which recorded last

    def test_no_server_is_said(self):
        done = self.run_importer("--database", f"postgres:host={self.place}", "x.xlsx", status=3)
        self.assertIn("cannot connect", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--importer", required=True, type=pathlib.Path)
    parser.add_argument("parts", nargs="*")
    parser.parse_args(namespace=PLACES)
    PLACES.bin, PLACES.importer = PLACES.bin.resolve(), PLACES.importer.resolve()
    unittest.main(argv=[sys.argv[0], *PLACES.parts])


if __name__ == "__main__":
    main()
