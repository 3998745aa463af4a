#!/usr/bin/env python3
"""What share of small mistakes the static checks find: each is put into a program that is right, and must be warned of.

    mutation_test.py --tenter build/bin/tenter --mutate build/bin/lint_mutate --work DIR [--missed] [--demand] CORPUS...

patterns   the samples that are right
pairs      the mended functions of tests/programs/pairs
variety    the functions of tests/lint/variety and tests/lint/checks that are right, of the sections about an operator's checks

A mutant counts as found if `tenter lint` warns of something in the mutated function of which it did not warn before, or, where the
operator's checks look at several functions, in the file. It warns of what it does by default; only lock-order-cycle is asked for.
Mutants that behave as the program did are no mistakes: equivalent.txt lists those of variety, each with the reason, and
equivalence_test.py runs them. Of the other
corpora nobody has judged which mutants are equivalent, so their shares are lower bounds. One row is printed for each operator.
Exit status 1: equivalent.txt is wrong, or with --demand an operator is found more seldom than it was.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
INCLUDES = [ROOT / "lib/include", ROOT / "runtime-hooks/annotate"]


@dataclasses.dataclass(frozen=True)
class Operator:
    checks: str          # that it is there for
    least: int = 80      # percent of variety's mutants that must be found; docs/lint.md says what is missed
    asked: str = ""      # where those checks are not usual: how they are asked for
    alone: bool = False  # the checks look at other functions, too, so that these may have no mutants at the same time


OPERATORS = {
    "duplicate-close": Operator("chan-double-close, chan-multiple-closers"),
    "delete-close": Operator("chan-range-never-closed, chan-leaked-receiver"),
    "close-before-last-send": Operator("chan-send-after-close, chan-close-races-send"),
    "capacity-1-to-0": Operator("chan-leaked-sender, chan-self-deadlock"),
    "receive-on-one-branch": Operator("chan-leaked-sender"),
    "delete-wait": Operator("task-captures-local, chan-close-races-send"),
    "delete-join": Operator("thread-not-joined"),
    "delete-done": Operator("wg-done-missing"),
    "delete-cancel": Operator("ctx-lost-cancel"),
    "copies-to-references": Operator("task-captures-local"),
    "delete-unlock": Operator("lock-leaked, lock-double", alone=True),
    "swap-lock-order": Operator("lock-order-cycle", asked="-*,lock-order-cycle,possible", alone=True),
}

# A mutant's condition, of which no check knows the value. It stands on the first line, so that no line moves.
PROLOGUE = "inline bool tenter_mutant() { static volatile bool yes = true; return yes; } "


@dataclasses.dataclass(frozen=True)
class Mutant:
    source: pathlib.Path
    function: str
    operator: str
    number: int       # of those with this operator in this function
    edits: tuple
    lines: range      # in which a warning is about it

    @property
    def key(self):
        return f"{self.source.relative_to(ROOT)} {self.function} {self.operator} {self.number}"


@dataclasses.dataclass(frozen=True)
class Corpus:
    sources: list
    functions: str    # whose names match this
    alone: bool       # functions know nothing of each other, so that each may have a mutant at the same time


CORPORA = {
    "patterns": Corpus([*ROOT.glob("samples/patterns/*/*.cc"), *ROOT.glob("samples/wrong/*/mended.cc"),
                        *ROOT.glob("samples/first_steps/*.cc")], ".*", False),
    "pairs": Corpus(list(ROOT.glob("tests/programs/pairs/*.cc")), ".*::mended", True),
    "variety": Corpus([*ROOT.glob("tests/lint/variety/*.cc"), *ROOT.glob("tests/lint/checks/*.cc")], "(.*::)?right_.*", True),
}


def flags(source):
    return ["-std=c++20", "-pthread", f"-I{source.parent}", f"-I{ROOT}/tests/programs"]


def scope_of(text, first, last):
    """The lines of the namespace around a function, if it stands in one for itself and its helpers alone; else the function's."""
    lines = text.splitlines()
    opened = next((i for i in range(first - 1, -1, -1) if lines[i].startswith("namespace ")), None)
    if opened is not None and sum("void mended()" in line for line in lines[opened:last]) == 1:
        closed = next((i for i in range(last, len(lines)) if lines[i].startswith("}  // namespace")), last)
        return range(opened + 1, closed + 2)
    return range(first, last + 1)


def section_at(text, line):
    """Which checks the functions around a line of tests/lint are about; "" elsewhere."""
    headings = re.findall(r"^// ---- (\S.*?) -+$", "\n".join(text.splitlines()[:line]), re.M)
    return headings[-1] if headings else ""


def belongs(operator, section):
    return not section or any(check in OPERATORS[operator].checks.split(", ") for check in section.split(", "))


def mutants_of(tools, corpus, source):
    command = [tools.mutate, source, corpus.functions, "--", *flags(source), *(f"-isystem{each}" for each in INCLUDES), "-w"]
    told = subprocess.run(command, capture_output=True, text=True)
    if told.returncode != 0:
        sys.exit(f"{source}: {told.stderr}")
    text, seen, mutants = source.read_text(), collections.Counter(), []
    everything = range(1, text.count("\n") + 2)
    for each in json.loads(told.stdout):
        if not belongs(each["operator"], section_at(text, each["first_line"])):
            continue
        seen[each["function"], each["operator"]] += 1
        lines = scope_of(text, each["first_line"], each["last_line"])
        if not corpus.alone or OPERATORS[each["operator"]].alone:
            lines = everything
        mutants.append(Mutant(source, each["function"], each["operator"], seen[each["function"], each["operator"]],
                              tuple(map(tuple, each["edits"])), lines))
    return mutants


def mutated(source, mutants):
    text = source.read_bytes()
    for offset, length, words in sorted((edit for each in mutants for edit in each.edits), reverse=True):
        lost_lines = text[offset:offset + length].count(b"\n") - words.count("\n")
        text = text[:offset] + words.encode() + b"\n" * lost_lines + text[offset + length:]
    return PROLOGUE.encode() + text


def batches(corpus, mutants):
    """Groups that do not touch one another: at most one mutant for each place."""
    turns = collections.defaultdict(list)
    seen = collections.Counter()
    groups = []
    for each in mutants:
        if not corpus.alone or OPERATORS[each.operator].alone:
            groups.append([each])
            continue
        turns[seen[each.lines]].append(each)
        seen[each.lines] += 1
    return [*groups, *turns.values()]


def warnings(tools, header, file, source, asked):
    """Kind, and the lines that the warning speaks of, in the file itself."""
    checks = [f"--checks={asked}"] if asked else []
    told = subprocess.run([tools.tenter, "lint", "--format", "json", *checks, file, "--", *flags(source), "-include-pch", header],
                          capture_output=True, text=True)
    report = json.loads(told.stdout) if told.returncode in (0, 1, 4) else sys.exit(f"{file}: {told.stderr}")
    if not report["recordings"][0]["complete"]:
        return None
    return [(each["kind"], tuple(place["line"] for place in each["locations"] if pathlib.Path(place["file"]).name == file.name))
            for each in report["findings"]]


def make_header(tools):
    tools.work.mkdir(parents=True, exist_ok=True)
    source, header = tools.work / "all.h", tools.work / "all.h.pch"
    source.write_text("#include <tenter/tenter.h>\n#include <future>\n#include <map>\n#include <mutex>\n#include <shared_mutex>\n"
                      "#include <string>\n#include <thread>\n#include <vector>\n")
    subprocess.run(["clang++-19", "-std=c++20", "-pthread", "-DTENTER_LINTING=1", *(f"-isystem{each}" for each in INCLUDES),
                    "-x", "c++-header", source, "-o", header], check=True)
    return header


def examine(tools, header, corpus, source):
    """Of each mutant of a source: the kinds of the new warnings, or None where it does not compile."""
    results = {}
    mutants = mutants_of(tools, corpus, source)
    before = {asked: warnings(tools, header, source, source, asked)
              for asked in {OPERATORS[each.operator].asked for each in mutants}}
    for turn, batch in enumerate(batches(corpus, mutants)):
        after = try_batch(tools, header, source, turn, batch)
        if after is None and len(batch) > 1:   # one of them does not compile: each on its own
            for each in batch:
                results[each] = verdict(before[""], try_batch(tools, header, source, turn, [each]), each)
        else:
            for each in batch:
                results[each] = verdict(before[OPERATORS[each.operator].asked], after, each)
    return results


def try_batch(tools, header, source, turn, batch):
    file = tools.work / f"{source.parent.name}_{source.stem}_{turn}.cc"
    file.write_bytes(mutated(source, batch))
    found = warnings(tools, header, file, source, OPERATORS[batch[0].operator].asked)
    file.unlink()
    return found


def verdict(before, after, mutant):
    if after is None:
        return None
    new = collections.Counter(after) - collections.Counter(before)
    return sorted({kind for kind, lines in new if any(line in mutant.lines for line in lines)})


def equivalents():
    """Key of a mutant: why it is no mistake."""
    known = {}
    for line in (HERE / "equivalent.txt").read_text().splitlines():
        if line and line[0] not in "# ":
            key, reason = line.split(": ", 1)
            known[key] = reason
    return known


def run(tools):
    header = make_header(tools)
    results = {}
    work = [(CORPORA[name], source) for name in tools.corpora for source in sorted(CORPORA[name].sources)]
    with concurrent.futures.ThreadPoolExecutor(tools.jobs) as pool:
        for each in pool.map(lambda one: examine(tools, header, *one), work):
            results |= each
    return results


def report(results, known, tools):
    troubles, missed = [], []
    print(f"{'operator':24}{'mutants':>9}{'equivalent':>12}{'found':>7}{'percent':>9}  checks")
    for operator, about in OPERATORS.items():
        mine = {mutant: kinds for mutant, kinds in results.items() if mutant.operator == operator and kinds is not None}
        same = {mutant for mutant in mine if mutant.key in known}
        found = [mutant for mutant, kinds in mine.items() if kinds and mutant not in same]
        real = len(mine) - len(same)
        percent = 100 * len(found) / real if real else 0
        share = f"{percent:.0f}%" if real else "-"
        print(f"{operator:24}{len(mine):9}{len(same):12}{len(found):7}{share:>9}  {about.checks}")
        if tools.demand and percent < about.least:
            troubles.append(f"{operator}: {len(found)} of {real} are found, which is below {about.least} %")
        troubles += [f"{mutant.key}: said to be equivalent, and warned of: {', '.join(mine[mutant])}"
                     for mutant in same if mine[mutant]]
        missed += [mutant for mutant, kinds in mine.items() if not kinds and mutant not in same]
    if tools.missed:
        for mutant in missed:
            print(f"missed: {mutant.key}")
    broken = sum(kinds is None for kinds in results.values())
    print(f"{len(results)} mutants, of which {broken} do not compile")
    return troubles


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenter", required=True, type=pathlib.Path)
    parser.add_argument("--mutate", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--missed", action="store_true", help="name the mutants that are not found")
    parser.add_argument("--demand", action="store_true", help="fail where an operator is found too seldom")
    parser.add_argument("corpora", nargs="+", choices=CORPORA)
    tools = parser.parse_args()
    results, known = run(tools), equivalents()
    troubles = report(results, known, tools)
    keys = {mutant.key for mutant in results}
    looked_at = {str(source.relative_to(ROOT)) for name in tools.corpora for source in CORPORA[name].sources}
    troubles += [f"equivalent.txt names what is no mutant: {key}" for key in known
                 if key not in keys and key.split(" ")[0] in looked_at]
    sys.exit("\n".join(troubles) or 0)


if __name__ == "__main__":
    main()
