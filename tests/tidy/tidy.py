#!/usr/bin/env python3
"""Checks what no compiler checks: the arrows between folders, files that nobody uses, and what must not be committed.

    tidy.py [--root DIR]      prints one line for each breach, and ends with 1 if there is any

docs/architecture.md draws the same arrows. A folder may include what its arrows reach, at any distance.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

ENGINES = ["race", "deadlock", "leak", "channel"]
ARROWS = {
    "runtime-hooks/trace": [],
    "runtime-hooks/annotate": [],
    "runtime-hooks/record": ["runtime-hooks/trace"],
    "runtime-hooks/hooks": ["runtime-hooks/record", "runtime-hooks/annotate"],
    "runtime-hooks/online": ["runtime-hooks/annotate"],
    "runtime-hooks/tsan": ["runtime-hooks/hooks", "runtime-hooks/record", "runtime-hooks/annotate"],
    "runtime-hooks/pass": [],   # LLVM alone
    "runtime-hooks/wrapper": [],
    "lib/include": ["runtime-hooks/annotate"],
    "lib/task": ["lib/include"],
    "lib/channel": ["lib/task"],
    "lib/sync": ["lib/task"],
    "lib/time": ["lib/task", "lib/channel"],   # a timer sends on a channel
    "lib/io": ["lib/task", "lib/channel"],   # a signal is sent on channels
    "lib/context": ["lib/task", "lib/channel"],   # done() is a channel
    "lib/leak": ["lib/task"],
    "analyzer/base": [],
    "analyzer/read": ["runtime-hooks/trace", "analyzer/base"],
    "analyzer/order": ["analyzer/read", "analyzer/base"],
    "analyzer/clock": ["analyzer/base"],
    "analyzer/happens_before": ["analyzer/order", "analyzer/clock"],
    "analyzer/timeline": ["analyzer/order", "analyzer/clock", "analyzer/happens_before"],
    **{f"analyzer/{engine}": ["analyzer/order", "analyzer/clock", "analyzer/happens_before"] for engine in ENGINES},
    "analyzer/leak": ["analyzer/deadlock", "analyzer/happens_before"],   # who is stuck is asked of the wait graph
    "analyzer/predict": ["analyzer/order"],
    "analyzer/witness": ["analyzer/order"],   # not predict: the judge shares no code with those it judges
    "analyzer/symbolize": ["analyzer/base"],
    "analyzer/finding": [f"analyzer/{engine}" for engine in ENGINES] + ["analyzer/timeline", "analyzer/symbolize"],
    "analyzer/report": ["analyzer/finding", "analyzer/symbolize"],
    "analyzer/check": ["analyzer/report", "analyzer/finding", "analyzer/symbolize", "analyzer/predict", "analyzer/witness"],
    "analyzer/cli": ["analyzer/check"],
    "analyzer/lint": [],
}
INCLUDE_ROOTS = ["analyzer", "runtime-hooks", "lib"]
CODE_ROOTS = ("analyzer/", "runtime-hooks/", "lib/")
SOURCE_ENDINGS = (".cc", ".cpp", ".c", ".h")
TEXT_ENDINGS = SOURCE_ENDINGS + (".py", ".sh", ".md", ".txt", ".cmake", ".in", ".json", ".trace", "dev", "run")
LONGEST_FILE_LINES = 1000
OWN_FOLDER = "tests/tidy/"   # names what it looks for
FUZZ_INPUTS = "tests/fuzz/corpus/"   # wrong in every way, on purpose

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|^\s*#\s*if\s+0\b", re.M)
# A comment of one space or none before what can only be code; examples in header comments are indented further.
COMMENTED_OUT = re.compile(
    r"^\s*//\s?(?:return\b[^.]*;|(?:if|for|while|switch)\s*\(.*\)\s*\{|\}|#include\b.*"
    r"|(?:[\w:]+(?:<.*>)?[\s&*]+)?[\w.\->\[\]]+\s*=\s*[^=].*;|[\w:]+(?:(?:\.|->)\w+)*\(.*\);)\s*$", re.M)
MACHINE_PATH = re.compile(r"(?<![\w.$}\])-])/(?:work|root)/\w|/home/(?!user/|ann/|you/)\w+/")
REGISTRY = re.compile(
    r"\b(?:deb\.debian\.org|registry\.npmjs\.org|pypi\.org|crates\.io|proxy\.golang\.org|archive\.ubuntu\.com)\b")
# The tree speaks of the program, and not of the work on it.
WORKSHOP = re.compile(r"\.\./shared\b|/work/shared|\bissue #?\d+\b|\b(?:coding|AI) (?:agent|assistant)s?\b", re.I)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def reachable(folder):
    seen, todo = set(), [folder]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += ARROWS.get(here, [])
    return seen


def list_files(root):
    if (root / ".git").exists():
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                stdout=subprocess.PIPE, check=True).stdout.decode()
        names = [name for name in listed.split("\0") if name]
    else:
        names = []
        for folder, subfolders, files in os.walk(root):
            subfolders[:] = [each for each in subfolders if not each.startswith((".", "build"))]
            names += [os.path.relpath(os.path.join(folder, file), root) for file in files]
    return sorted(name for name in names if (root / name).is_file() and not (root / name).is_symlink())


def folder_of(name):
    return "/".join(name.split("/")[:2])


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def target_of_include(kind, path):
    """The folder of ours that an #include names; None for everybody else's headers."""
    if path.startswith("tenter/"):
        return "runtime-hooks/annotate" if path == "tenter/annotate.h" else "lib/include"
    if kind == "<" or "/" not in path:
        return None
    first = path.split("/")[0]
    return next((f"{top}/{first}" for top in INCLUDE_ROOTS if f"{top}/{first}" in ARROWS), None)


def check_arrows(name, text):
    if not name.startswith(CODE_ROOTS) or name.count("/") < 2:
        return
    here = folder_of(name)
    if here not in ARROWS:
        yield f"{name}: the folder {here} has no arrows in tests/tidy/tidy.py; draw them there and in docs/architecture.md"
        return
    allowed = reachable(here)
    for match in INCLUDE.finditer(text):
        # lib/channel and analyzer/channel share a name; a file means the one in its own tree.
        own_tree = f"{name.split('/')[0]}/{match[2].split('/')[0]}"
        there = own_tree if match[1] == '"' and own_tree in ARROWS else target_of_include(*match.groups())
        if there and there not in allowed:
            yield f"{name}:{line_of(text, match.start())}: {here} may not include {there}"


def check_text(name, text):
    if text and not text.endswith("\n"):
        yield f"{name}: the last line has no newline"
    if name.endswith(SOURCE_ENDINGS + (".py",)) and text.count("\n") > LONGEST_FILE_LINES:
        yield f"{name}: longer than {LONGEST_FILE_LINES} lines; it holds more than one idea"
    if name.startswith(OWN_FOLDER):
        return
    patterns = [(MACHINE_PATH, "a path of somebody's machine"), (REGISTRY, "the host of a package registry")]
    patterns.append((WORKSHOP, "how the work was done"))
    if name.endswith(SOURCE_ENDINGS + (".py", ".sh", ".cmake", "CMakeLists.txt")):
        patterns.append((UNFINISHED, "unfinished work"))
    if name.endswith(SOURCE_ENDINGS) and not name.startswith("tests/programs/"):
        patterns.append((COMMENTED_OUT, "code in a comment"))
    for pattern, what in patterns:
        for match in pattern.finditer(text):
            yield f"{name}:{line_of(text, match.start())}: {what}: {match[0].strip()[:60]}"


def check_unused(files, texts):
    lists = {name: texts[name] for name in files if name.endswith(("CMakeLists.txt", ".cmake"))}
    included = set()
    for name in files:
        if name.endswith(SOURCE_ENDINGS + (".in",)):
            included.update(os.path.basename(match[2]) for match in INCLUDE.finditer(texts[name]))
    for name in files:
        base = os.path.basename(name)
        if name.startswith(CODE_ROOTS + ("tests/unit/", "tests/oracle/", "tests/fuzz/")) and name.endswith((".cc", ".c")):
            above = [str(parent / "CMakeLists.txt") for parent in pathlib.PurePosixPath(name).parents]
            stem = os.path.splitext(base)[0]
            built = re.compile(rf"\b{re.escape(stem)}\b")
            # A list of subjects may stand for their tests: foreach(subject locks once) ... ${subject}_test.cc
            subject = re.compile(rf"\b{re.escape(stem.removesuffix('_test'))}\b(?=.*\}}_test\.cc)", re.S)
            # A folder of programs may be listed as a whole: file(GLOB ... endings/*.cc)
            folder = re.compile(rf"\b{re.escape(os.path.basename(os.path.dirname(name)))}/\*")
            if not any(each.search(lists.get(path, "")) for path in above for each in (built, subject, folder)):
                yield f"{name}: no CMakeLists.txt builds it"
        if name.startswith(CODE_ROOTS) and name.endswith(".h") and base not in included:
            yield f"{name}: nobody includes it"


def breaches(root):
    files = list_files(root)
    texts = {}
    for name in files:
        if name.endswith(TEXT_ENDINGS) and not name.startswith(FUZZ_INPUTS):
            texts[name] = (root / name).read_text(errors="replace")
    files = [name for name in files if name in texts]
    for name in files:
        if name.endswith(SOURCE_ENDINGS):
            yield from check_arrows(name, texts[name])
        yield from check_text(name, texts[name])
    yield from check_unused(files, texts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    found = list(breaches(parser.parse_args().root.resolve()))
    print("\n".join(found) if found else "tidy")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
