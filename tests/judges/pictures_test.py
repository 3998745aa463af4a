#!/usr/bin/env python3
"""Whether Perfetto and ShiViz could draw what we write for them of real recordings, by the rules of their formats: pairs of
flow ids, steps one after the other on each track, clocks that rise by one and know nothing of the future.

    pictures_test.py REPORTS      make_reports.py made REPORTS
"""
import copy
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "unit" / "cli"))
from judges import judge_shiviz, judge_trace_events   # noqa: E402

REPORTS = None


class Pictures(unittest.TestCase):
    def files(self, ending, whole_runs):
        found = sorted(one for one in REPORTS.glob(f"*.{ending}") if one.name.endswith(f".run.{ending}") == whole_runs)
        self.assertGreaterEqual(len(found), 10)
        return found

    def test_traces_are_what_perfetto_reads(self):
        flows = 0
        for file in self.files("trace", True) + self.files("trace", False):
            with self.subTest(file.name):
                judge_trace_events(file.read_text())
                flows += sum(one["ph"] == "s" for one in json.loads(file.read_text())["traceEvents"])
        self.assertGreater(flows, 50)

    def test_logs_are_what_shiviz_reads(self):
        for file in self.files("shiviz", True) + self.files("shiviz", False):
            with self.subTest(file.name):
                judge_shiviz(file.read_text())

    def test_both_tell_of_the_same_run(self):
        for trace in self.files("trace", True):
            with self.subTest(trace.name):
                tracks = judge_trace_events(trace.read_text())
                (events,) = judge_shiviz(trace.with_suffix(".shiviz").read_text()).values()
                hosts = {}
                for host, _, event in events:
                    hosts.setdefault(host, []).append(event)
                self.assertEqual(sorted(len(one) for one in hosts.values()), sorted(len(one) for one in tracks.values()))
                # Hosts and tracks both come in the order of their first events.
                first = {where: min(one["ts"] for one in slices) for where, slices in tracks.items()}
                host_of = dict(zip(sorted(tracks, key=first.get), hosts))
                clock_of = {(host, clock[host]): clock for host, clock, _ in events}
                def step(flow):
                    where = flow["pid"], flow["tid"]
                    at = next(i for i, one in enumerate(tracks[where]) if one["ts"] <= flow["ts"] < one["ts"] + one["dur"])
                    return host_of[where], at + 1
                flows = {}
                for one in json.loads(trace.read_text())["traceEvents"]:
                    if one["ph"] in "sf":
                        flows.setdefault(one["id"], {})[one["ph"]] = step(one)
                # Where an arrow ends, the clock knows its beginning.
                for arrow in flows.values():
                    host, number = arrow["s"]
                    self.assertGreaterEqual(clock_of[arrow["f"]].get(host, 0), number, arrow)

    def test_the_judges_bite(self):
        trace = json.loads((REPORTS / "race_two_mutexes.run.trace").read_text())
        changes = {"too long": ("X", lambda one: one.update(dur=10**6)), "of no track": ("X", lambda one: one.update(tid=99)),
                   "no name": ("X", lambda one: one.update(name="")), "alone": ("f", lambda one: one.update(id=10**6)),
                   "backwards": ("f", lambda one: one.update(ts=0)), "unbound": ("f", lambda one: one.pop("bp"))}
        for name, (phase, change) in changes.items():
            bad = copy.deepcopy(trace)
            change(next(one for one in bad["traceEvents"] if one["ph"] == phase))
            with self.subTest(f"trace: {name}"), self.assertRaises((AssertionError, KeyError)):
                judge_trace_events(json.dumps(bad))
        log = (REPORTS / "race_two_mutexes.run.shiviz").read_text()
        for old, new in ((':1}', ':2}'), ('"main-1":2', '"main-1":999'), ("(?<host>", "(?<who>"), ("\nstart\n", "\n\n")):
            with self.subTest(f"log {old}"), self.assertRaises((AssertionError, KeyError)):
                judge_shiviz(log.replace(old, new, 1))


if __name__ == "__main__":
    REPORTS = pathlib.Path(sys.argv.pop())
    unittest.main()
