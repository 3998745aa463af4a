"""What the cases of this folder work with: programs built twice, with the recorder and without; runs of them; and what
`tenter check` makes of what is left.

A file of cases is a program:  signals_case.py --bin BUILD/bin [NAME...]; each function case_NAME(place) is one case,
and its test's name is fault.NAME. FAULT_SOAK=1 makes the long ones as long as they are meant to be.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 600
SKIPPED = 77
SOAK = os.environ.get("FAULT_SOAK") == "1"
CLEAN, FINDINGS, USAGE, INPUT, INCONCLUSIVE, INTERNAL = range(6)


class Failure(Exception):
    pass


class Skipped(Exception):
    pass


def expect(good, sentence):
    if not good:
        raise Failure(sentence)


def soak_or(many, few):
    return many if SOAK else few


def needs(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            raise Skipped(f"{tool} is not installed")


def alone(*unshare_options):
    """The words that run a command in namespaces of its own; the case is skipped where that is forbidden."""
    words = ["unshare", *unshare_options]
    needs("unshare")
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped(f"{' '.join(words)} is not permitted here")
    return words


class Done:
    """How a run ended: `status` as subprocess tells it, -N for signal N."""

    def __init__(self, process):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr

    def __str__(self):
        return f"ended with {self.status}\n{self.out[-2000:]}{self.err[-2000:]}"


class Place:
    """A folder of its own for a case."""

    def __init__(self, options, folder):
        self.bin, self.folder = options.bin, folder

    def build(self, source, *flags, plain=False, out=None):
        """Builds programs/SOURCE; `plain` without the wrapper's instrumentation, where there is no library of ours."""
        path = HERE / "programs" / source
        is_c = path.suffix == ".c"
        out = self.folder / (out or path.stem + (".plain" if plain else ""))
        ours = "<tenter/" in path.read_text()
        compiler = "clang-19" if is_c else "clang++-19"
        if plain and not ours:
            command = [compiler]
        else:
            command = [self.bin / ("tenter-cc" if is_c else "tenter-c++"), f"--tenter-mode={'off' if plain else 'record'}"]
        command += ["-std=gnu17" if is_c else "-std=c++20", "-O1", "-g", "-pthread", path, "-o", out, *flags]
        if ours:
            command.append("-ltenter")
        environment = {**self.environment(), "TENTER_CXX": "clang++-19", "TENTER_CC": "clang-19"}
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment,
                              timeout=SECONDS, check=False)
        expect(done.returncode == 0, f"{source} cannot be built: {done.stderr}")
        return out

    def twins(self, source, *flags):
        """The same program with the recorder and without."""
        return self.build(source, *flags), self.build(source, *flags, plain=True)

    @staticmethod
    def environment():
        kept = dict(os.environ)
        for name in ("TENTER_OPTIONS", "TENTER_MODE", "TENTER_MAX_WORKERS"):
            kept.pop(name, None)
        return kept

    def run(self, *command, options="output=run.tent", environment=None, seconds=SECONDS, **more):
        more.setdefault("cwd", self.folder)
        try:
            process = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace",
                                     env={**self.environment(), "TENTER_OPTIONS": options, **(environment or {})},
                                     timeout=seconds, check=False, **more)
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(map(str, command))} hangs") from None
        return Done(process)

    def expect_as_plain(self, recorded, plain, *arguments, said="", **more):
        """Runs both; the recorded one must end as the plain one, and say what that says; `said`: and one sentence of
        the recorder with these words."""
        before, after = self.run(plain, *arguments, **more), self.run(recorded, *arguments, **more)
        self.expect_same(after, before, said)
        return after

    @staticmethod
    def expect_same(after, before, said=""):
        expect(after.status == before.status, f"recorded it {after}\nplain it {before}")
        expect(after.out == before.out, f"said {after.out!r}, plain {before.out!r}")
        own = [line for line in after.err.splitlines(True) if not line.startswith("tenter: ")]
        told = [line for line in after.err.splitlines() if line.startswith("tenter: ")]
        expect("".join(own) == before.err, f"said on standard error {after.err!r}, plain {before.err!r}")
        if said:
            expect(len(told) == 1 and said in told[0], f"one sentence with {said!r} was expected: {told}")
        else:
            expect(not told, f"the recorder spoke: {told}")

    def recordings(self, pattern="*.tent*"):
        return sorted(path for path in self.folder.glob(pattern) if path.suffix != ".json")

    def check(self, recording, *options):
        """The status of `tenter check` and its report's facts: findings' kinds, and the recording's own."""
        report = self.folder / (recording.name + ".json")
        report.unlink(missing_ok=True)
        done = self.run(self.bin / "tenter", "check", recording, "--no-symbolize", "--format", f"json={report}", *options)
        expect(done.status in (CLEAN, FINDINGS, INPUT, INCONCLUSIVE), f"tenter check {done}")
        facts = json.loads(report.read_text()) if report.exists() else {"findings": [], "recordings": [{}]}
        return done.status, {finding["kind"] for finding in facts["findings"]}, facts["recordings"][0]

    def expect_recording(self, recording, status, complete, kinds=frozenset()):
        expect(recording.exists(), f"{recording.name} does not exist, but {[p.name for p in self.recordings()]}")
        got, found, facts = self.check(recording)
        expect(got == status, f"tenter check {recording.name} ended with {got}: {found}, {facts}")
        expect(found == set(kinds), f"found {found}")
        expect(facts["complete"] == complete, f"complete is {facts['complete']}: {facts}")
        if complete:
            expect(facts["lost_events"] == 0, f"{facts['lost_events']} events were lost")
        return facts

    def clear(self):
        for path in self.recordings() + list(self.folder.glob("*.json")):
            path.unlink()



def main(cases):
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("name", nargs="*", help="cases; all if none")
    options = parser.parse_args()
    known = {name[len("case_"):]: case for name, case in cases.items() if name.startswith("case_")}
    failed = skipped = 0
    for name in (options.name or known) * options.repeat if options.name else list(known) * options.repeat:
        with tempfile.TemporaryDirectory(prefix="tenter-fault-") as folder:
            try:
                known[name](Place(options, pathlib.Path(folder)))
                print(f"passed {name}")
            except Skipped as reason:
                print(f"skipped {name}: {reason}")
                skipped += 1
            except Failure as failure:
                print(f"FAILED {name}: {failure}")
                failed += 1
    sys.exit(1 if failed else SKIPPED if skipped else 0)
