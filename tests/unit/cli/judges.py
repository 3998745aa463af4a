"""Judges of the formats that other programs draw: each raises AssertionError where its program would refuse a file, or show
another order than is meant."""
import collections
import json
import re


def judge_trace_events(text):
    """What Perfetto and Chrome need of a file in the Trace Event Format. Gives the slices of each (process, track)."""
    document = json.loads(text)
    tracks = collections.defaultdict(list)
    names, flows = set(), collections.defaultdict(dict)
    for event in document["traceEvents"]:
        where = event["pid"], event.get("tid")
        if event["ph"] == "M":
            assert event["name"] in ("process_name", "thread_name", "thread_sort_index"), event
            names.add((event["name"], *where))
        elif event["ph"] == "X":
            assert event["name"] and event["dur"] > 0 and event["ts"] >= 0, event
            tracks[where].append(event)
        else:
            assert event["ph"] in "sf" and event["ph"] not in flows[event["id"]], event
            assert event["ph"] == "s" or event["bp"] == "e", event
            flows[event["id"]][event["ph"]] = event
    for where, slices in tracks.items():
        assert 0 not in where and ("thread_name", *where) in names and ("process_name", where[0], None) in names, where
        for one, following in zip(slices, slices[1:]):
            assert one["ts"] + one["dur"] <= following["ts"], (one, following)
            assert one["args"]["position"] < following["args"]["position"], (one, following)
    for ends in flows.values():
        assert set(ends) == {"s", "f"}, ends
        begin, end = ends["s"], ends["f"]
        assert begin["ts"] < end["ts"] and begin["pid"] == end["pid"] and begin["tid"] != end["tid"], ends
        for one in (begin, end):
            around = [slice for slice in tracks[one["pid"], one["tid"]] if slice["ts"] <= one["ts"] < slice["ts"] + slice["dur"]]
            assert len(around) == 1, one
    return tracks


def judge_shiviz(text):
    """What ShiViz checks of a log that it opens. Gives the events of each execution: [(host, clock, event)]."""
    parser, delimiter, log = text.split("\n", 2)
    python = {name: re.compile(one.replace("(?<", "(?P<")) for name, one in (("parser", parser), ("delimiter", delimiter))}
    assert {"host", "clock", "event"} <= set(python["parser"].groupindex) and "trace" in python["delimiter"].groupindex
    pieces = python["delimiter"].split(log)
    labels, executions = pieces[1::2], pieces[2::2]
    assert not pieces[0].strip() and len(set(labels)) == len(labels), labels
    told = {}
    for label, execution in zip(labels, executions):
        events = [(one["host"], json.loads(one["clock"]), one["event"]) for one in python["parser"].finditer(execution)]
        left = python["parser"].sub("", execution)
        assert events and not left.strip(), left
        clocks = {}
        for host, clock, event in events:
            assert event and clock[host] == sum(1 for known, _ in clocks if known == host) + 1, (label, host, clock)
            for other, count in clock.items():
                assert other == host or (other, count) in clocks, (label, host, clock)
                if other != host:   # who knows an event knows what that event knew
                    assert all(clock.get(third, 0) >= known for third, known in clocks[other, count].items()), (label, host, clock)
            before = clocks.get((host, clock[host] - 1), {})
            assert all(clock.get(third, 0) >= known for third, known in before.items()), (label, host, clock)
            clocks[host, clock[host]] = clock
        told[label] = events
    return told
