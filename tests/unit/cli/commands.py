"""What the tests of this folder share: `tenter` run from outside, one process per question, among small recordings."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CLEAN, FINDINGS, USAGE, INPUT, INCONCLUSIVE, INTERNAL = range(6)
TOOLS = argparse.Namespace()   # filled by main()


class Told:
    def __init__(self, process):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr


class CommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="tenter-cli-"))
        subprocess.run([TOOLS.make_recordings, cls.made], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.made)

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="tenter-cli-"))
        for recording in self.made.iterdir():
            shutil.copy(recording, self.place)

    def tearDown(self):
        shutil.rmtree(self.place)

    def tenter(self, *arguments, environment=None, **options):
        options.setdefault("stdout", subprocess.PIPE)
        process = subprocess.run([TOOLS.tenter, *map(str, arguments)], stderr=subprocess.PIPE, text=True, cwd=self.place,
                                 env={**os.environ, **(environment or {})}, timeout=600, **options)
        self.assertGreaterEqual(process.returncode, 0, f"killed by a signal: {arguments}\n{process.stderr}")
        self.assertNotIn("internal error", process.stderr)
        return Told(process)

    def expect(self, status, *arguments, says=None, **options):
        told = self.tenter(*arguments, **options)
        self.assertEqual(told.status, status, f"{arguments}\n{told.out}\n{told.err}")
        if status in (USAGE, INPUT, INCONCLUSIVE, INTERNAL):
            lines = told.err.splitlines()
            self.assertTrue(lines, f"{arguments}: status {status} without a sentence")
            for line in lines:
                self.assertTrue(line.startswith("tenter: "), line)
        if says is not None:
            self.assertIn(says, (told.out or "") + told.err)
        return told

    def report(self, name, *arguments, status=None):
        path = self.place / f"{name}.json"
        told = self.tenter("check", *arguments, "--format", f"json={path}")
        if status is not None:
            self.assertEqual(told.status, status, told.err)
        return path

    def write(self, name, contents):
        path = self.place / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return path


def main():
    parser = argparse.ArgumentParser()
    for tool in ("tenter", "make-recordings", "schema"):
        parser.add_argument(f"--{tool}", required=True, type=os.path.abspath)
    parser.add_argument("--killed-writer", type=os.path.abspath)
    _, rest = parser.parse_known_args(namespace=TOOLS)
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
