#!/usr/bin/env python3
"""Shows that run_program.py can fail: on a missing, a superfluous and a misplaced finding."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import run_program  # noqa: E402

SOURCE = pathlib.Path("race.cc")


def race(name="total", lines=(4, 9), kind="data-race", **more):
    sides = [{"stack": [{"file": "/usr/include/thread", "line": 99}, {"file": "/somewhere/race.cc", "line": line}]}
             for line in lines]
    return {"kind": kind, "message": "", "object": {"name": name, "kind": "global"}, "sides": sides, "locations": [],
            **more}


def judge(findings, marks=frozenset(), **values):
    return run_program.problems_with(findings, values, set(marks), SOURCE)


class Verdicts(unittest.TestCase):
    def test_what_is_expected_is_fine(self):
        self.assertEqual(judge([race()], expect=["data-race object=total"]), [])
        self.assertEqual(judge([race()], marks={4, 9}, expect=["data-race object=total"]), [])
        self.assertEqual(judge([race(), race()], expect=["data-race"]), [])
        self.assertEqual(judge([race(kind="use-after-free-race")], expect=["data-race|use-after-free-race"]), [])
        self.assertEqual(judge([], expect=["nothing"]), [])
        self.assertEqual(judge([race()], EXPECT=["race"]), [])
        self.assertEqual(judge([race(kind="task-leak")], expect=["nothing"], allow=["task-leak"]), [])

    def test_what_is_not_expected_fails(self):
        self.assertTrue(judge([], expect=["data-race object=total"]))
        self.assertTrue(judge([race()], expect=["nothing"]))
        self.assertTrue(judge([race()], expect=["data-race object=other"]))
        self.assertTrue(judge([race(kind="deadlock"), race(kind="deadlock")], expect=["deadlock"]))
        self.assertTrue(judge([race(), race(kind="deadlock")], expect=["data-race object=total"]))
        self.assertTrue(judge([race()], marks={4}, expect=["data-race"]))
        self.assertTrue(judge([race(kind="task-leak")], marks={5}, expect=["task-leak"]))
        self.assertTrue(judge([race(reason="x")], expect=["data-race reason=y"]))
        self.assertTrue(judge([race()], EXPECT=["clean"]))
        self.assertTrue(judge([], EXPECT=["deadlock"]))

    def test_an_object_must_be_made_where_the_program_says(self):
        def made_at(file, line):
            stack = [{"file": file, "line": line}, {"file": "/somewhere/race.cc", "line": 3}]
            return race(object={"name": "", "kind": "heap", "created_at": stack})

        self.assertEqual(judge([made_at("/somewhere/race.cc", 2)], expect=["data-race"], made={2}), [])
        self.assertTrue(judge([made_at("/somewhere/race.cc", 4)], expect=["data-race"], made={2, 3}))
        self.assertTrue(judge([made_at("", 0)], expect=["data-race"], made={3}))
        self.assertTrue(judge([race()], expect=["data-race"], made={3}))

    def test_a_program_must_say_something(self):
        with self.assertRaises(ValueError):
            judge([])


if __name__ == "__main__":
    unittest.main()
