#!/usr/bin/env python3
"""Tests of page.py: that it sees what is missing, what is there twice, and what does not exist."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import page  # noqa: E402


class PageTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        root = pathlib.Path(self.folder.name)
        unit = root / "tests/unit/lib/conformance"
        unit.mkdir(parents=True)
        (unit / "a_test.cc").write_text("TEST_P(Conformance, S001_one) {}\nTEST(Run, Twice) {}\n")
        cases = root / "tests/conformance"
        cases.mkdir()
        (cases / "a_cases.cc").write_text('CASE(race_two, "S001 S002", "nothing") {}\n')
        self.tests = page.Tests(root)
        self.text = "".join(f"| S{i:03} | text | `S001_one` |\n" for i in range(1, page.STATEMENTS + 1))

    def wrong(self, text):
        return "\n".join(page.check(text, self.tests))

    def test_a_good_page(self):
        self.assertEqual(self.wrong(self.text), "")

    def test_a_statement_without_a_row(self):
        self.assertIn("S007 has 0 rows", self.wrong(self.text.replace("| S007 |", "| S008 |")))

    def test_a_statement_with_two_rows(self):
        self.assertIn("S008 has 2 rows", self.wrong(self.text.replace("| S007 |", "| S008 |")))

    def test_a_row_beyond_the_last(self):
        self.assertIn("S143 is no statement", self.wrong(self.text + "| S143 | text | `S001_one` |\n"))

    def test_a_test_that_does_not_exist(self):
        self.assertIn("S003 names S003_gone", self.wrong(self.text.replace("| S003 | text | `S001_one` |",
                                                                           "| S003 | text | `S003_gone` |")))

    def test_other_names(self):
        good = "| S003 | text | `Run.Twice`, `race_two`, `tests/conformance/a_cases.cc` |"
        self.assertEqual(self.wrong(self.text.replace("| S003 | text | `S001_one` |", good)), "")

    def test_a_row_that_says_nothing(self):
        self.assertIn("S003 names no test", self.wrong(self.text.replace("| S003 | text | `S001_one` |",
                                                                         "| S003 | text | none |")))
        self.assertEqual(self.wrong(self.text.replace("| S003 | text | `S001_one` |",
                                                      f"| S003 | text | {page.NOT_APPLICABLE}there is none |")), "")

    def wrong_use(self, rows):
        table = f"{page.WRONG_USE}\n\n| what | what happens | checked by |\n|---|---|---|\n{rows}\n\n## Settings\n| a | b |\n"
        return "\n".join(page.check_wrong_use(table, self.tests))

    def test_wrong_use(self):
        self.assertEqual(self.wrong_use("| this | that | `Run.Twice`, `S001_one` |"), "")
        self.assertIn("`this` names no test", self.wrong_use("| this | that |"))
        self.assertIn("`this` names no test", self.wrong_use("| this | `that` | nothing |"))
        self.assertIn("`this` names Run.Gone", self.wrong_use("| this | that | `Run.Twice`, `Run.Gone` |"))
        self.assertIn("there is no table", self.wrong_use(""))

    def test_update_writes_what_the_tests_say(self):
        text = page.update("| S001 | a | ? |\n| S002 | b | `Run.Twice` |\n| S003 | c | ? |\n", self.tests)
        self.assertEqual(text, "| S001 | a | `S001_one`, `race_two` |\n| S002 | b | `race_two`, `Run.Twice` |\n"
                               "| S003 | c | ? |\n")


if __name__ == "__main__":
    unittest.main()
