#!/usr/bin/env python3
"""Broken sources end neither the tool nor the compiler with the plug-in: each token of a program is left out in turn.

    crash_test.py --lint build/lib/tenterhook/tenter-lint --plugin build/lib/tenterhook/tenter_lint.so --work DIR [--every N] FILE...

Most of what comes of it does not compile; what does is a program that nobody meant, which the checks go through all the same.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "mutation"))
from mutation_test import INCLUDES, make_header  # noqa: E402

TOKEN = re.compile(r'#[^\n]*|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|\w+|::|->|&&|\|\||[^\s\w]')


def without_each_token(text):
    for match in TOKEN.finditer(text):
        if not match[0].startswith(("#", "//")):
            yield match, text[:match.start()] + text[match.end():]
    for end in (len(text) // 3, len(text) // 2):   # what an editor sees while somebody types
        yield re.compile("").match(text, end), text[:end]


def run(tools, header, number, source, match, text):
    """Trouble, as a sentence, and whether it compiled."""
    file = tools.work / f"{source.stem}_{number}.cc"
    file.write_text(text)
    flags = ["-std=c++20", "-pthread", f"-I{source.parent}", *(f"-isystem{each}" for each in INCLUDES), "-include-pch", header]
    commands = {"tenter-lint": [tools.lint, "--checks=*,possible", "--args", file, *flags],
                "the plug-in": ["clang++-19", "-fsyntax-only", "-w", "-DTENTER_LINTING=1", f"-fplugin={tools.plugin}",
                                "-fplugin-arg-tenter_lint-checks=*,possible", *flags, file]}
    compiled = False
    for name, command in commands.items():
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode not in (0, 1) or "Stack dump" in done.stderr:
            line = source.read_text().count("\n", 0, match.start()) + 1
            return f"{source}:{line}: {name} ended with {done.returncode} without \"{match[0]}\"\n{done.stderr[-2000:]}", False
        compiled |= name == "the plug-in" and done.returncode == 0
    file.unlink()
    return None, compiled


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lint", required=True, type=pathlib.Path)
    parser.add_argument("--plugin", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1, help="only each so many'th token")
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    tools = parser.parse_args()
    header = make_header(tools)
    work = [(number, source, match, text) for source in tools.sources
            for number, (match, text) in enumerate(without_each_token(source.read_text())) if number % tools.every == 0]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda one: run(tools, header, *one), work))
    troubles = [trouble for trouble, _ in results if trouble]
    compiled = sum(each for _, each in results)
    print(f"{len(results)} sources, of which {compiled} compile")
    if not 0 < compiled < len(results):
        troubles.append("some of them should compile, and some should not")
    sys.exit("\n".join(troubles) or 0)


if __name__ == "__main__":
    main()
