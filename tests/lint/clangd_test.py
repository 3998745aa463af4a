#!/usr/bin/env python3
"""tenter-clangd as an editor sees it: a conversation in the Language Server Protocol, each message awaited, none timed.

    clangd_test.py --clangd build/bin/tenter-clangd --tenter build/bin/tenter
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOOLS = None

DOUBLE_CLOSE = """#include <tenter/tenter.h>
void twice(bool failed) {
  auto out = tenter::make_chan<int>(1);
  out.close();
  if (failed) return;
  out.close();
}
"""
# Quick to read, unlike sources that include the library.
DOUBLE_LOCK = """#include <mutex>
std::mutex mutex;
void twice() {
  mutex.lock();
  mutex.lock();
  mutex.unlock();
}
"""


class Editor:
    """Starts the server in a folder, and speaks with it."""

    def __init__(self, folder, *options):
        # No settings but those of the folder.
        environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
        self.log = tempfile.TemporaryFile()
        self.server = subprocess.Popen([TOOLS.clangd, "--log=error", "--background-index=0", *options], cwd=folder,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=environment)
        self.requests = 0
        self.request("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {"textDocument": {
            "publishDiagnostics": {"relatedInformation": True, "codeActionsInline": False},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}}})
        self.tell("initialized", {})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def receive(self):
        length = 0
        while True:
            line = self.server.stdout.readline()
            if not line:
                self.log.seek(0)
                raise AssertionError(f"the server is gone, and said: {self.log.read().decode()}")
            if line == b"\r\n":
                return json.loads(self.server.stdout.read(length))
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])

    def request(self, method, params):
        self.requests += 1
        self.send({"id": self.requests, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.requests and "method" not in message:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]

    def diagnostics(self, file, version):
        while True:
            message = self.receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                params = message["params"]
                if params["uri"] == file.as_uri() and params.get("version") == version:
                    return params["diagnostics"]

    def open(self, file):
        self.tell("textDocument/didOpen", {"textDocument": {"uri": file.as_uri(), "languageId": "cpp", "version": 1,
                                                            "text": file.read_text()}})
        return self.diagnostics(file, 1)

    def change(self, file, version, text):
        self.tell("textDocument/didChange", {"textDocument": {"uri": file.as_uri(), "version": version},
                                             "contentChanges": [{"text": text}]})
        return self.diagnostics(file, version)

    def close(self):
        self.request("shutdown", None)
        self.tell("exit", None)
        status = self.server.wait()
        for stream in (self.server.stdin, self.server.stdout, self.log):
            stream.close()
        return status


def with_edits(text, edits):
    lines = text.splitlines(keepends=True)

    def offset(place):
        return sum(map(len, lines[:place["line"]])) + place["character"]
    for edit in sorted(edits, key=lambda each: offset(each["range"]["start"]), reverse=True):
        text = text[:offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]):]
    return text


def codes(diagnostics):
    return [each.get("code") for each in diagnostics]


class ClangdTest(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="tenter-clangd-")).resolve()
        self.addCleanup(shutil.rmtree, self.place)

    def write(self, name, text):
        (self.place / name).write_text(text)
        return self.place / name

    def commands(self, file, command):
        self.write("compile_commands.json", json.dumps(
            [{"directory": str(self.place), "file": str(file), "command": f"{command} -c {file}"}]))

    def editor(self, *options):
        editor = Editor(self.place, *options)
        self.addCleanup(lambda: self.assertEqual(editor.close(), 0))
        return editor


class Conversation(ClangdTest):
    def test_a_finding_comes_with_its_notes_and_its_fix_and_goes_when_it_is_mended(self):
        file = self.write("stage.cc", DOUBLE_CLOSE)
        self.commands(file, "tenter-c++ --tenter-mode=record --tenter-lint -std=c++20")
        editor = self.editor()
        found = editor.open(file)
        self.assertEqual(codes(found), ["tenter-chan-double-close"], found)
        self.assertEqual(found[0]["range"]["start"]["line"], 5)
        self.assertIn("'out' is closed twice", found[0]["message"])
        told = [(each["location"]["range"]["start"]["line"], each["message"]) for each in found[0]["relatedInformation"]]
        self.assertEqual(told, [(3, "Closed here")])

        actions = editor.request("textDocument/codeAction", {
            "textDocument": {"uri": file.as_uri()}, "range": found[0]["range"], "context": {"diagnostics": found}})
        edits = [each["edit"]["changes"][file.as_uri()] for each in actions if each["kind"] == "quickfix"]
        self.assertTrue(edits, actions)
        mended = with_edits(DOUBLE_CLOSE, edits[0])
        self.assertEqual(mended.count("close()"), 1, mended)
        self.assertEqual(editor.change(file, 2, mended), [])

        broken = editor.change(file, 3, DOUBLE_CLOSE.replace("if (failed)", "if (fail)"))
        self.assertEqual(codes(broken), ["undeclared_var_use"], broken)
        self.assertEqual(codes(editor.change(file, 4, DOUBLE_CLOSE)), ["tenter-chan-double-close"])

    def test_a_file_of_which_nobody_knows_the_command_is_checked_too(self):
        file = self.write("alone.cc", DOUBLE_CLOSE)
        self.assertEqual(codes(self.editor().open(file)), ["tenter-chan-double-close"])

    def test_a_file_of_c_is_read_as_such(self):
        file = self.write("plain.c", "int new = 1;\n")
        self.assertEqual(self.editor().open(file), [])


class Choice(ClangdTest):
    """Which checks are on: ours, among whatever else is wished for."""

    def found(self, wish, text=DOUBLE_LOCK):
        file = self.write("lock.cc", text)
        if wish is not None:
            self.write(".clang-tidy", f"Checks: '{wish}'\n")
        return codes(self.editor().open(file))

    def test_without_a_word(self):
        self.assertEqual(self.found(None), ["tenter-lock-double"])

    def test_beside_those_of_clang_tidy(self):
        found = self.found("-*,bugprone-terminating-continue", DOUBLE_LOCK + "void once() { do { continue; } while (false); }\n")
        self.assertEqual(found, ["tenter-lock-double", "bugprone-terminating-continue"])

    def test_without_one_of_ours(self):
        self.assertEqual(self.found("-tenter-lock-double"), [])

    def test_with_one_of_ours_only(self):
        self.assertEqual(self.found("-*,tenter-chan-*"), [])

    def test_with_none_of_ours(self):
        self.assertEqual(self.found("-tenter-*"), [])


class Headers(ClangdTest):
    def test_of_a_body_in_a_header_clangd_knows_what_its_declaration_says(self):
        """Clangd skips the bodies of what a file includes; the other doors do not."""
        self.write("finish.h", "#include <tenter/tenter.h>\n"
                   "inline void finish(tenter::Chan<int> out) { out.close(); }\n"
                   "inline void finish_as_said(TENTER_CLOSES tenter::Chan<int> out) { out.close(); }\n")
        text = DOUBLE_CLOSE.replace("  out.close();\n", "  finish(out);\n", 1)
        body = text.removeprefix("#include <tenter/tenter.h>\n")
        file = self.write("stage.cc", '#include "finish.h"\n' + body +
                          body.replace("twice", "twice_as_said").replace("finish(", "finish_as_said("))
        lint = subprocess.run([TOOLS.tenter, "lint", "--format", "json", file, "--", "-std=c++20"], capture_output=True,
                              text=True)
        seen = [(each["locations"][0]["line"], each["kind"]) for each in json.loads(lint.stdout)["findings"]]
        self.assertEqual(seen, [(6, "chan-double-close"), (12, "chan-double-close")])
        here = [(each["range"]["start"]["line"] + 1, each["code"]) for each in self.editor().open(file)]
        self.assertEqual(here, [(12, "tenter-chan-double-close")])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--clangd", required=True, type=pathlib.Path)
    parser.add_argument("--tenter", required=True, type=pathlib.Path)
    TOOLS, rest = parser.parse_known_args()
    unittest.main(argv=[__file__, *rest], verbosity=2)
