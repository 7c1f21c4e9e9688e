"""The trace: what Perfetto and chrome://tracing ask of their format."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.renderers.trace import render_trace
from logdiag.results.connections import Session
from logdiag.results.diagnosis import Diagnosis
from tests.effort import examples
from tests.folders import SAMPLE_NAMES, SAMPLES, diagnose_once
from tests.renderers.example import EXAMPLES, GENERATED_AT, HOSTILE, at, build_example

# What each phase must have, by "Trace Event Format": metadata, complete events, instants.
REQUIRED: Final = {
    "M": {"ph", "name", "pid", "tid", "args"},
    "X": {"ph", "name", "cat", "pid", "tid", "ts", "dur", "args"},
    "i": {"ph", "name", "cat", "pid", "tid", "ts", "s", "args"},
}


def read_trace(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    """The events of a trace that obeys the format."""
    text = render_trace(diagnosis, generated_at=GENERATED_AT, version="0.1.0")
    document = json.loads(text)
    assert document.keys() == {"traceEvents", "displayTimeUnit", "otherData"}
    assert document["displayTimeUnit"] in {"ms", "ns"}
    events: list[dict[str, Any]] = document["traceEvents"]
    check_events(events)
    return events


def check_events(events: list[dict[str, Any]]) -> None:
    """Hold events against the format: keys and types per phase, order, names for all, slices that do not overlap."""
    named: dict[str, set[tuple[int, ...]]] = {"process_name": set(), "thread_name": set()}
    slices: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for event in events:
        assert event.keys() == REQUIRED[event["ph"]]
        assert isinstance(event["pid"], int)
        assert isinstance(event["tid"], int)
        assert isinstance(event["name"], str)
        thread = (event["pid"], event["tid"])
        if event["ph"] == "M" and event["name"].endswith("_sort_index"):
            assert isinstance(event["args"]["sort_index"], int)
            continue
        if event["ph"] == "M":
            assert isinstance(event["args"]["name"], str)
            named[event["name"]].add(thread if event["name"] == "thread_name" else thread[:1])
            continue
        assert type(event["ts"]) is int
        assert event["ts"] > 0
        assert thread in named["thread_name"]
        assert thread[:1] in named["process_name"]
        if event["ph"] == "X":
            assert type(event["dur"]) is int
            assert event["dur"] > 0
            slices[thread].append((event["ts"], event["ts"] + event["dur"]))
        else:
            assert event["s"] in {"g", "p", "t"}
    times = [event["ts"] for event in events if event["ph"] != "M"]
    assert times == sorted(times)
    for found in slices.values():
        assert all(one[1] <= other[0] for one, other in pairwise(found))


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)


def pick(events: list[dict[str, Any]], category: str) -> list[dict[str, Any]]:
    return [event for event in events if event.get("cat") == category]


def test_trace_reads_as_approved(golden: Callable[[str, str], None]) -> None:
    """The trace of the example is the approved one."""
    text = render_trace(build_example(), generated_at=GENERATED_AT, version="0.1.0")
    golden("example.trace.json", json.dumps(json.loads(text), indent=1) + "\n")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_examples_obey_the_format(name: str) -> None:
    """Every diagnosis is a trace that obeys the format."""
    read_trace(EXAMPLES[name]())


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_samples_obey_the_format(name: str) -> None:
    """The trace of each sample holds all of its sessions, disconnects and pushes at their times."""
    diagnosis = diagnose_once(SAMPLES / name).diagnosis
    events = read_trace(diagnosis)
    assert [event["ts"] for event in pick(events, "disconnect")] == sorted(
        micros(drop.time) for drop in diagnosis.disconnects
    )
    assert [event["ts"] for event in pick(events, "push")] == sorted(
        micros(push.time) for push in diagnosis.pushes.items
    )
    whole = [session for session in diagnosis.sessions if session.session_s is not None]
    found = {(event["ts"], event.get("dur", 0)) for event in pick(events, "session") if not event["args"]["cut_off"]}
    assert found == {
        (micros(session.connected_at), micros(session.disconnected_at) - micros(session.connected_at))
        for session in whole
        if session.connected_at is not None and session.disconnected_at is not None
    }
    outages = [session.outage_s for session in diagnosis.sessions if session.outage_s is not None]
    told = [event.get("dur", 0) / 1e6 for event in pick(events, "outage") if not event["args"]["cut_off"]]
    assert sorted(told) == pytest.approx(sorted(outages))


def test_each_connection_is_a_process() -> None:
    """Connections are processes, named as they are."""
    events = read_trace(build_example())
    names = [event["args"]["name"] for event in events if event["name"] == "process_name"]
    assert names[0] == "worker1"
    assert "worker2" in names


def test_trigger_stands_before_its_disconnect() -> None:
    """A trigger is an instant at its usual distance before the disconnect, and says that this is an estimate."""
    example = build_example()
    [trigger] = pick(read_trace(example), "trigger")
    assert trigger["ts"] == micros(example.disconnects[9].time) - 6_000
    assert trigger["args"]["time_estimated"] is True


def test_edges_are_cut_off() -> None:
    """A session that began before the logs, and an outage that outlasts them, reach to their edge and say so."""
    example = build_example()
    session = Session("worker1", None, at("16:27:00.000"), None, None, None)
    events = read_trace(replace(example, sessions=(session,)))
    [connected], [outage] = pick(events, "session"), pick(events, "outage")
    assert (connected["ts"], connected["args"]["cut_off"]) == (micros(example.inputs.start or at("00:00:00")), True)
    assert outage["ts"] + outage["dur"] == micros(example.inputs.end or at("00:00:00"))
    assert outage["args"]["cut_off"] is True


def test_what_lasted_no_time_is_an_instant() -> None:
    """A session without a length is an instant in its lane; where only its end at the edge is known it is left out."""
    example, moment = build_example(), at("16:27:00.000")
    edge = example.inputs.start
    assert edge is not None
    sessions = (Session("worker1", None, edge, None, None, 1.0), Session("worker1", moment, moment, "s", 0.0, 0.0))
    events = read_trace(replace(example, sessions=sessions))
    [session] = pick(events, "session")
    assert (session["ph"], session["ts"]) == ("i", micros(moment))
    assert [(event["ph"], event["ts"]) for event in pick(events, "outage")] == [
        ("X", micros(edge)),
        ("i", micros(moment)),
    ]


def test_no_lane_is_the_main_thread() -> None:
    """No thread has the id of a process or of a thread elsewhere, and the order of all is stated."""
    events = read_trace(build_example())
    threads = [event["tid"] for event in events if event["name"] == "thread_name"]
    processes = [event["pid"] for event in events if event["name"] == "process_name"]
    assert len({*threads, *processes}) == len(threads) + len(processes)
    for kind, ids in (("process_sort_index", processes), ("thread_sort_index", threads)):
        places = [event["args"]["sort_index"] for event in events if event["name"] == kind]
        assert places == sorted(places)
        assert len(places) == len(ids)


@examples(50)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.none() | st.integers(0, 20)), max_size=8),
    st.text(st.characters(exclude_categories=())) | st.just(HOSTILE),
)
def test_overlapping_sessions_get_lanes(rows: list[tuple[int, int, int | None]], text: str) -> None:
    """However sessions overlap, slices of a lane do not, and every session is there; any text is a valid name."""
    start = at("16:26:00.000")
    sessions = tuple(
        Session(
            text,
            start + timedelta(seconds=begin),
            start + timedelta(seconds=begin + length),
            text,
            length,
            None if outage is None else float(outage),
        )
        for begin, length, outage in rows
    )
    events = read_trace(replace(build_example(), sessions=sessions))
    assert len(pick(events, "session")) == len(rows)
    json.dumps(events).encode("ascii")


def test_numbers_carry_no_noise() -> None:
    """A lag that was computed in binary fractions is written as in the JSON."""
    example = build_example()
    trigger = example.triggers[0]
    noisy = replace(trigger, lag_ms=replace(trigger.lag_ms, median=16.000000000019554))
    text = render_trace(replace(example, triggers=(noisy,)), generated_at=GENERATED_AT, version="0.1.0")
    assert {16.0} == {float(found) for found in re.findall(r"median_lag_ms\": ([\d.]+)", text)}
