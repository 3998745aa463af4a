#!/usr/bin/env python3
"""What is right is left in peace: `tenter lint` over code that nobody wrote for it, with everything that it warns of by default.

    quiet_test.py --tenter build/bin/tenter --build build CORPUS...

samples    all samples: nothing in what is mended, and in samples/wrong the mistakes that can be seen without running
programs   the programs of tests/programs in which nothing is wrong, and all mended() functions of tests/programs/pairs
asio       the examples of Asio that use threads, as Debian's package libasio-doc has them
leveldb    LevelDB, as the npm package classic-level ships it (tests/real/leveldb.sh)
library    lib/ of this project, each file by itself

For each a row is printed: files, seconds, findings. Exit code 77: the program could not be fetched.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "programs"
PAIRS = PROGRAMS / "pairs"
INCLUDES = [ROOT / "lib/include", ROOT / "runtime-hooks/annotate"]
FLAGS = ["-std=c++20", "-pthread"]

# Mistakes of samples/wrong that show without running. The others need a run, or are in a main function, with which all ends.
SEEN_IN_SAMPLES = {
    ("add_inside_task", "wg-add-in-task"),
    ("all_asleep", "chan-self-deadlock"),
    ("counter_race", "task-shared-write"),
    ("double_close", "chan-multiple-closers"),
    ("leak_after_timeout", "chan-leaked-sender"),
    ("loop_variable", "task-loop-variable"),
    ("missing_close", "chan-range-never-closed"),
    ("sleep_as_synchronization", "task-shared-write"),
}

# Warnings that stay, each read against the source. File, function and check.
STAY = {
    # True: it returns before its join() when the table is wrong, which would end the program; it never is.
    ("norace_static_local.cc", "main", "thread-not-joined"),
    # Wrong: the other thread ends the process, and this one waits for that at a gate that nobody opens.
    ("libc_order.h", "at_exit", "thread-not-joined"),
}


def flags_with_header(build, corpus):
    """What most files include is compiled beforehand, for that is most of the work of looking at them."""
    header = build / "tests" / "lint" / f"quiet_{corpus}.pch"
    subprocess.run(["clang++-19", *FLAGS, "-DTENTER_LINTING=1", *(f"-isystem{each}" for each in INCLUDES),
                    "-x", "c++-header", PROGRAMS / "headers.h", "-o", header], check=True)
    return [*FLAGS, "-include-pch", header]


class Lint:
    def __init__(self, tenter):
        self.tenter = tenter

    def over(self, sources, arguments):
        """Findings, and the files that do not compile."""
        return self.lint([*sources, "--", *arguments])

    def lint(self, arguments):
        told = subprocess.run([self.tenter, "lint", "--format", "json", *map(str, arguments)], capture_output=True, text=True)
        if told.returncode not in (0, 1, 4):
            sys.exit(f"tenter lint ended with {told.returncode}\n{told.stderr}")
        report = json.loads(told.stdout)
        return report["findings"], [one["path"] for one in report["recordings"] if not one["complete"]]


def place(finding):
    first = finding["locations"][0]
    return pathlib.Path(first["file"]), first["line"]


def told(finding):
    file, line = place(finding)
    return f"{file}:{line}: {finding['message']} [{finding['kind']}]"


def samples(lint, build):
    sources = sorted([*ROOT.glob("samples/patterns/*/*.cc"), *ROOT.glob("samples/wrong/*/*.cc"),
                      *ROOT.glob("samples/first_steps/*.cc"), *ROOT.glob("samples/echo_server/*.cc")])
    findings, broken = lint.over(sources, flags_with_header(build, "samples"))
    troubles, seen = [], set()
    for finding in findings:
        file, _ = place(finding)
        if file.name == "wrong.cc":
            seen.add((file.parent.name, finding["kind"]))
        else:
            troubles.append(told(finding))
    troubles += [f"samples/wrong/{folder} shows {kind} no more" for folder, kind in sorted(SEEN_IN_SAMPLES - seen)]
    troubles += [f"samples/wrong/{folder} shows {kind}, which nobody has judged" for folder, kind in sorted(seen - SEEN_IN_SAMPLES)]
    return len(sources), troubles, broken


def mended_lines(source):
    """The lines of functions that are not the wrong ones."""
    lines, inside = set(), False
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if line.startswith("void mended()"):
            inside = True
        if inside:
            lines.add(number)
        if line.startswith("}"):
            inside = False
    return lines


def programs(lint, build):
    flags = [*flags_with_header(build, "programs"), f"-I{PROGRAMS}"]
    pairs = [each for each in sorted(PAIRS.glob("*.cc"))]
    right = sorted([*ROOT.glob("tests/programs/no*.cc"), *ROOT.glob("tests/programs/tasks_no*.cc")])
    findings, broken = lint.over([*right, *pairs], flags)
    mended = {each: mended_lines(each) for each in pairs}
    troubles = []
    for each in findings:
        file, line = place(each)
        judged = (file.name, each["locations"][0]["function"], each["kind"]) in STAY
        if not judged and (file not in mended or line in mended[file]):
            troubles.append(told(each))
    return len(right) + len(pairs), troubles, broken


def asio(lint, _):
    examples = pathlib.Path("/usr/share/doc/libasio-dev/examples")
    uses_threads = re.compile(r"std::(jthread|thread|mutex|async)\b|thread_pool")
    # Those of cpp03 bind with Boost.
    sources = [each for part in ("cpp11", "cpp14", "cpp17", "cpp20") for each in sorted((examples / part).rglob("*.cpp"))
               if uses_threads.search(each.read_text())]
    if not sources:
        return None
    findings, broken = lint.over(sources, ["-std=c++20", "-pthread"])
    return len(sources), [told(each) for each in findings], broken


def leveldb(lint, build):
    """From the package that tests/real/leveldb.sh fetches, too, and with its flags."""
    package, version = re.search(r"^package=(\S+) package_version=(\S+)$",
                                 (ROOT / "tests/real/leveldb.sh").read_text(), re.M).groups()
    fetched = build / "real" / f"{package}-{version}"
    deps = fetched / "package" / "deps"
    if not (deps / "leveldb").is_dir():
        if shutil.which("npm") is None:
            return None
        fetched.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", "--silent", "--fetch-retries=1", f"{package}@{version}"], cwd=fetched,
                                capture_output=True, text=True)
        if packed.returncode != 0:
            return None
        subprocess.run(["tar", "xzf", packed.stdout.split()[-1]], cwd=fetched, check=True)
    folder = next((deps / "leveldb").glob("leveldb-*"))
    snappy = deps / "snappy" / "snappy"
    flags = ("-std=c++17 -O2 -pthread -DNDEBUG -DLEVELDB_PLATFORM_POSIX=1 -DOS_LINUX=1 -DSNAPPY=1 -DHAVE_CONFIG_H=1 "
             f"-I{folder} -I{folder}/include -I{deps}/snappy/linux -I{snappy}").split()
    sources = [each for part in ("db", "table", "util", "helpers/memenv") for each in sorted((folder / part).glob("*.cc"))]
    sources += [*sorted((folder / "port").glob("port_posix*.cc")), snappy / "snappy.cc", snappy / "snappy-sinksource.cc"]
    findings, broken = lint.over(sources, flags)
    # The package changed DB::Get and left its tests and tools, which it does not build, as they were.
    broken = [each for each in broken if not re.search(r"(_test|/c|/db_bench)\.cc$", each)]
    return len(sources), [told(each) for each in findings], broken


def compiled(build, folder):
    """What the build compiles of a folder, and has not made itself."""
    files = {pathlib.Path(each["file"]) for each in json.loads((build / "compile_commands.json").read_text())}
    return sorted(each for each in files if each.is_relative_to(folder) and not each.is_relative_to(build))


def library(lint, build):
    sources = compiled(build, ROOT / "lib")
    findings, broken = lint.lint(["--single-unit", "-p", build, *sources])
    return len(sources), [told(each) for each in findings], broken


CORPORA = {each.__name__: each for each in (samples, programs, asio, leveldb, library)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("corpora", nargs="+", choices=CORPORA)
    tools = parser.parse_args()
    failed = False
    for name in tools.corpora:
        start = time.monotonic()
        result = CORPORA[name](Lint(tools.tenter), tools.build.resolve())
        if result is None:
            print(f"{name}: skipped, because it is not here and could not be fetched")
            sys.exit(77)
        files, troubles, broken = result
        print(f"{name}: {files} files, {time.monotonic() - start:.0f} s, {len(troubles)} that should not be", flush=True)
        for line in troubles + [f"{each} does not compile" for each in broken]:
            print(f"  {line}")
        failed |= bool(troubles or broken)
    sys.exit(failed)


if __name__ == "__main__":
    main()
