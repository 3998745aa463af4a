#!/usr/bin/env python3
"""How programs end under the recorder: builds each one here with tenter-c++, runs it and looks at what is left.

    run_endings.py --bin BUILD/bin --compiler clang++-19 PROGRAM.cc...

The first line of a program says what it must come to: `// status N` or `// signal N`, how many recordings there are, and
whether they are complete (then `tenter check` finds nothing and ends with 0) or incomplete (then it ends with 4).
The recorder says nothing on standard error, except where a case below says what: one sentence.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 300


class Failure(Exception):
    pass


def expect(good, sentence):
    if not good:
        raise Failure(sentence)


def build(options, source, directory):
    library = source.read_text().startswith("// library")
    out = directory / (source.stem + (".so" if library else ""))
    command = [options.bin / "tenter-c++", "-std=c++20", "-O1", "-g", "-pthread", source, "-o", out]
    if library:
        command += ["-shared", "-fPIC"]
    subprocess.run(command, check=True, env={**os.environ, "TENTER_CXX": options.compiler}, timeout=SECONDS * 2)
    return out


def run(program, directory, recorder_options, limit=None):
    def prepare():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        done = subprocess.run([program], cwd=directory, capture_output=True, text=True, timeout=SECONDS, check=False,
                              preexec_fn=prepare, env={**os.environ, "TENTER_OPTIONS": recorder_options})
    except subprocess.TimeoutExpired:
        raise Failure(f"{program.name} hangs") from None
    return done


def check_recording(options, recording, complete):
    report = recording.with_name(recording.name + ".json")
    done = subprocess.run([options.bin / "tenter", "check", recording, "--format", f"json={report}"],
                          capture_output=True, text=True, timeout=SECONDS, check=False)
    expect(done.returncode == (0 if complete else 4),
           f"tenter check ends with {done.returncode}: {done.stdout}{done.stderr}")
    facts = json.loads(report.read_text())["recordings"][0]
    expect(facts["complete"] == complete, f"complete is {facts['complete']}")
    expect(facts["lost_events"] == 0, f"{facts['lost_events']} events are lost")
    expect(facts["threads"] >= 2, f"{facts['threads']} threads")


def judge(options, source, directory):
    first_lines = source.read_text().splitlines()[:3]
    verdict = first_lines[0]
    said = next((line[len("// stderr "):] for line in first_lines if line.startswith("// stderr ")), "")
    for line in first_lines:
        if line.startswith("// needs "):
            build(options, source.with_name(line.split()[2]).with_suffix(".cc"), directory)
    program = build(options, source, directory)
    rounds = options.rounds if source.stem in ("exit_among_threads", "exit_in_handler", "fork_among_threads") else 1
    for _ in range(rounds):
        done = run(program, directory, "output=%n.tent")
        kind, number = re.match(r"// (status|signal) (\d+)", verdict).groups()
        wanted = int(number) if kind == "status" else -int(number)
        expect(done.returncode == wanted, f"ended with {done.returncode}, not {wanted}: {done.stderr}")
        expect(said in done.stderr if said else done.stderr == "", f"said: {done.stderr}")
        recordings = sorted(path for path in directory.glob("*.tent*") if path.suffix != ".json")
        count = int(re.search(r"recordings (\d+)", verdict).group(1))
        expect(len(recordings) == count, f"left {[str(path.name) for path in recordings]}")
        if "complete" in verdict:
            for recording in recordings:
                check_recording(options, recording, "incomplete" not in verdict)
        for left in directory.glob("*.tent*"):
            left.unlink()


def one_sentence(done, words):
    lines = [line for line in done.stderr.splitlines() if line.startswith("tenter: ")]
    expect(len(lines) == 1 and words in lines[0] and len(done.stderr.splitlines()) == 1, f"said: {done.stderr}")
    expect(done.returncode == 0, f"ended with {done.returncode}")


def full_disk(options, directory):
    program = build(options, HERE / "writes_much.cc", directory)
    done = run(program, directory, "output=full.tent", limit=1 << 19)
    one_sentence(done, "limit on file sizes")
    expect((directory / "full.tent").stat().st_size <= 1 << 19, "the recording is larger than the limit")
    ended = subprocess.run([options.bin / "tenter", "check", directory / "full.tent"], capture_output=True, text=True,
                           timeout=SECONDS, check=False)
    expect(ended.returncode == 4, f"tenter check ends with {ended.returncode}: {ended.stderr}")


def small_file_system(options, directory):
    """A file system of half a megabyte, where we may mount one."""
    mount = directory / "small"
    mount.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", mount], capture_output=True, check=False)
    if mounted.returncode != 0:
        return
    try:
        done = run(build(options, HERE / "writes_much.cc", directory), directory, f"output={mount}/full.tent")
        one_sentence(done, "no space left")
        ended = subprocess.run([options.bin / "tenter", "check", mount / "full.tent"], capture_output=True, text=True,
                               timeout=SECONDS, check=False)
        expect(ended.returncode == 4, f"tenter check ends with {ended.returncode}: {ended.stderr}")
    finally:
        subprocess.run(["umount", mount], check=True)


def nowhere_to_write(options, directory):
    program = build(options, HERE / "writes_much.cc", directory)
    for path, words in (("/nonexistent/x.tent", "no such directory"), (str(directory), "directory"),
                        ("/dev/full", "not a regular file")):
        one_sentence(run(program, directory, f"output={path}"), words)


CASES = {"full_disk": full_disk, "small_file_system": small_file_system, "nowhere_to_write": nowhere_to_write}


def main():
    parser = argparse.ArgumentParser(description="how programs end under the recorder")
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--compiler", default="clang++-19")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("what", nargs="*", help="programs and cases; all if none")
    options = parser.parse_args()
    if shutil.which(options.compiler) is None:
        print(f"{options.compiler} is not installed")
        return 77
    programs = {path.stem: path for path in sorted(HERE.glob("*.cc")) if not path.read_text().startswith("// library")}
    failed = 0
    for name in options.what or [*programs, *CASES]:
        with tempfile.TemporaryDirectory(prefix="tenter_endings.") as directory:
            try:
                if name in CASES:
                    CASES[name](options, pathlib.Path(directory))
                else:
                    judge(options, programs[name], pathlib.Path(directory))
                print(f"passed {name}")
            except Failure as failure:
                print(f"FAILED {name} ({options.compiler}): {failure}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
