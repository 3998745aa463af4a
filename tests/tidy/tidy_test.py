#!/usr/bin/env python3
"""Shows that tidy.py sees each kind of breach, in a tree made for it, and stays silent about the mended tree."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import tidy  # noqa: E402

GOOD = {
    "analyzer/CMakeLists.txt": "add_subdirectory(order)\n",
    "analyzer/order/CMakeLists.txt": "add_library(tenter_order STATIC sequencer.cc)\n",
    "analyzer/order/sequencer.cc": '#include "order/sequencer.h"\n#include "read/event.h"\n#include "trace/event.h"\n',
    "analyzer/order/sequencer.h": "// Say:\n//\n//   Sequencer s(events);\n//   s.next();\n#pragma once\n",
    "analyzer/read/event.h": "#pragma once\n#include <vector>\n",
    "runtime-hooks/trace/event.h": "#pragma once\n",
    "tests/unit/order/CMakeLists.txt": "foreach(subject queue)\n  add_executable(x ${subject}_test.cc)\nendforeach()\n",
    "tests/unit/order/queue_test.cc": "int x;\n",
    "docs/start.md": "Look into ../home/page and /tmp.\n",
}
BREACHES = [
    ("arrow backwards", "analyzer/read/event.h", '#pragma once\n#include "order/sequencer.h"\n', "may not include"),
    ("the library", "analyzer/order/sequencer.h", "#pragma once\n#include <tenter/tenter.h>\n", "may not include"),
    ("a new folder", "analyzer/magic/magic.h", "#pragma once\n", "has no arrows"),
    ("to do", "analyzer/order/sequencer.cc", '#include "order/sequencer.h"\n#include "read/event.h"\n'
     '#include "trace/event.h"\n// TODO: the rest\n', "unfinished work"),
    ("if 0", "analyzer/order/sequencer.h", "#pragma once\n#if 0\n#endif\n", "unfinished work"),
    ("code in a comment", "analyzer/order/sequencer.h", "#pragma once\n// events.push_back(next());\n", "code in a comment"),
    ("assignment in a comment", "analyzer/order/sequencer.h", "#pragma once\n// int x = 3;\n", "code in a comment"),
    ("a machine's path", "docs/start.md", "See /work/main/x.\n", "a path of somebody's machine"),
    ("a home", "docs/start.md", "See /home/joe/x.\n", "a path of somebody's machine"),
    ("a registry", "docs/start.md", "Get it from https://pypi.org/x\n", "the host of a package registry"),
    ("the workshop", "docs/start.md", "As issue 7 asks.\n", "how the work was done"),
    ("a dead source", "analyzer/order/forgotten.cc", "int x;\n", "no CMakeLists.txt builds it"),
    ("a dead test", "tests/unit/order/stack_test.cc", "int x;\n", "no CMakeLists.txt builds it"),
    ("a dead header", "analyzer/order/forgotten.h", "#pragma once\n", "nobody includes it"),
    ("no newline", "docs/start.md", "end", "no newline"),
    ("a long file", "analyzer/order/sequencer.h", "#pragma once\n" + "\n" * 1001, "longer than"),
]


def breaches_in(tree):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return list(tidy.breaches(root))


class Tidy(unittest.TestCase):
    def test_a_tidy_tree_is_silent(self):
        self.assertEqual(breaches_in(GOOD), [])

    def test_every_breach_is_named(self):
        for title, name, text, expected in BREACHES:
            with self.subTest(title):
                found = breaches_in({**GOOD, name: text})
                self.assertTrue(any(name in line and expected in line for line in found), found)


if __name__ == "__main__":
    unittest.main()
