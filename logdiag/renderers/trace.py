"""The Trace Event Format, which Perfetto (ui.perfetto.dev) and chrome://tracing open.

A process is a connection; its threads are lanes: sessions and outages as slices (`X`), disconnects, pushes and triggers
as instants (`i`), names and order as metadata (`M`). Slices of one thread must not overlap, so a session that begins
before the one before it ended gets a lane of its own; nor may they be empty, for viewers nest an empty slice in its
neighbour or the neighbour in it, so what lasted no time is an instant. Thread ids are unique in the whole trace, and
none is a process id, which would make its lane a "main thread". Times are microseconds since 1970. Format: "Trace Event
Format", Google, docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, NamedTuple

from logdiag.renderers.escape import escape_json
from logdiag.renderers.json import round_number, write_instant, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.results.connections import Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class TraceMark(NamedTuple):
    """A stretch of time with a name, or, where `end` is None, an instant."""

    start: datetime
    end: datetime | None
    name: str
    category: str
    arguments: dict[str, Any]


class Lane(NamedTuple):
    """A thread of the trace: its title, and marks that do not overlap."""

    title: str
    marks: list[TraceMark]


def render_trace(diagnosis: Diagnosis, *, generated_at: datetime, version: str, language: str = "en") -> str:
    """Write the sessions, outages, silences, disconnects, pushes and triggers of every connection as a trace."""
    inputs = diagnosis.inputs
    phrases = Phrases(language, inputs.display_zone, has_dates=inputs.has_dates, voices=diagnosis.voices)
    events: list[dict[str, Any]] = []
    connections = list(_list_connections(diagnosis))
    threads = count(len(connections) + 1)
    for process, name in enumerate(connections, 1):
        events += _write_names("process", process, 0, name=name, place=process)
        for lane in _list_lanes(diagnosis, name, phrases):
            thread = next(threads)
            events += _write_names("thread", process, thread, name=lane.title, place=thread)
            events += [_write_mark(mark, process, thread) for mark in lane.marks]
    document = {
        "traceEvents": sorted(events, key=lambda event: event.get("ts", 0)),
        "displayTimeUnit": "ms",
        "otherData": {"tool": "logdiag", "version": version, "generated_at": write_instant(generated_at)},
    }
    return write_json(document, indent=None)


def _list_connections(diagnosis: Diagnosis) -> Iterable[str]:
    """Every connection that anything is said of, those of the diagnosis first."""
    known = [connection.id for connection in diagnosis.connections]
    others = (diagnosis.sessions, diagnosis.disconnects, diagnosis.pushes.items, diagnosis.silences)
    return dict.fromkeys([*known, *(item.connection for items in others for item in items)])


def _list_lanes(diagnosis: Diagnosis, name: str, phrases: Phrases) -> Iterator[Lane]:
    """The lanes of one connection, from top to bottom; those of slices are as many as overlaps ask for."""
    yield from _spread(phrases.text("trace.sessions"), _list_sessions(diagnosis, name, phrases))
    yield Lane(phrases.text("trace.disconnects"), list(_list_drops(diagnosis, name, phrases)))
    yield Lane(phrases.text("trace.pushes"), list(_list_pushes(diagnosis, name)))
    yield Lane(phrases.text("trace.triggers"), list(_list_triggers(diagnosis, name)))
    yield from _spread(phrases.text("trace.silences"), _list_silences(diagnosis, name, phrases))


def _spread(title: str, marks: Iterable[TraceMark]) -> list[Lane]:
    """Deal slices out to as few lanes as are needed for none to overlap within a lane."""
    lanes: list[Lane] = []
    ends: list[datetime] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        end = mark.end or mark.start
        free = next((number for number, last in enumerate(ends) if last <= mark.start), None)
        if free is None:
            lanes.append(Lane(f"{title} {len(lanes) + 1}" if lanes else title, [mark]))
            ends.append(end)
        else:
            lanes[free].marks.append(mark)
            ends[free] = end
    return lanes


def _list_sessions(diagnosis: Diagnosis, name: str, phrases: Phrases) -> Iterator[TraceMark]:
    """Sessions and the outages between them; what the logs cut off reaches to their edge."""
    mine = [session for session in diagnosis.sessions if session.connection == name]
    own = [one for one in diagnosis.connections if one.id == name and one.logs_start is not None]
    span = (own[0].logs_start, own[0].logs_end) if own else (diagnosis.inputs.start, diagnosis.inputs.end)
    for session in mine:
        yield from _mark_session(session, span, phrases, is_last=session is mine[-1])


def _mark_session(
    session: Session, span: tuple[datetime | None, datetime | None], phrases: Phrases, *, is_last: bool
) -> Iterator[TraceMark]:
    begin, over = session.connected_at, session.disconnected_at
    start, end = begin or span[0], over or span[1]
    cut_off = begin is None or over is None
    if (begin or over) and start is not None and end is not None and (start < end or (start == end and not cut_off)):
        arguments = {"socket_id": session.socket_id, "cut_off": cut_off}
        yield TraceMark(start, end, phrases.text("trace.session"), "session", arguments)
    if over is None:
        return
    lasted_s = session.outage_s
    if session.unknown_s:
        over, known_to = over + timedelta(seconds=session.unknown_s), over
        yield TraceMark(known_to, over, phrases.text("trace.unknown"), "unknown", {})
    back = (span[1] if is_last else None) if lasted_s is None else over + timedelta(seconds=lasted_s)
    if back is not None and (over < back or (over == back and lasted_s is not None)):
        yield TraceMark(over, back, phrases.text("trace.outage"), "outage", {"cut_off": lasted_s is None})


def _list_drops(diagnosis: Diagnosis, name: str, phrases: Phrases) -> Iterator[TraceMark]:
    for drop in diagnosis.disconnects:
        if drop.connection == name:
            arguments = {
                "index": drop.number,
                "server_reason": drop.server_reason,
                "pattern": drop.pattern,
                "residual_s": drop.residual_s,
                "trigger": drop.trigger,
                "logged": drop.logged,
                "place": _write_place(drop.evidence),
            }
            yield TraceMark(drop.time, None, drop.reason or phrases.text("trace.disconnect"), "disconnect", arguments)


def _list_pushes(diagnosis: Diagnosis, name: str) -> Iterator[TraceMark]:
    for push in diagnosis.pushes.items:
        if push.connection == name:
            arguments = {
                "message_ids": ", ".join(push.message_ids),
                "channel": push.channel,
                "error": push.error,
                "disconnect": None if push.disconnect_index is None else push.disconnect_index + 1,
                "lead_ms": push.lead_ms,
                "start_inferred": push.start_inferred,
                "place": _write_place(push.evidence[0] if push.evidence else None),
            }
            yield TraceMark(push.time, None, push.outcome, "push", arguments)


def _list_triggers(diagnosis: Diagnosis, name: str) -> Iterator[TraceMark]:
    """The trigger of each disconnect that has one, at the usual distance before it: its own lines are not at hand."""
    triggers = {trigger.id: trigger for trigger in diagnosis.triggers}
    for drop in diagnosis.disconnects:
        trigger = triggers.get(drop.trigger or "")
        if trigger is not None and drop.connection == name:
            arguments = {
                "id": trigger.id,
                "service": trigger.service,
                "disconnect": drop.number,
                "median_lag_ms": trigger.lag_ms.median,
                "time_estimated": True,
            }
            moment = drop.time - timedelta(milliseconds=trigger.lag_ms.median)
            yield TraceMark(moment, None, trigger.template, "trigger", arguments)


def _list_silences(diagnosis: Diagnosis, name: str, phrases: Phrases) -> Iterator[TraceMark]:
    for silence in diagnosis.silences:
        if silence.connection == name:
            arguments = {
                "whole_process": silence.whole_process,
                "place": _write_place(silence.evidence[0] if silence.evidence else None),
            }
            yield TraceMark(silence.start, silence.end, phrases.text("trace.silence"), "silence", arguments)


def _write_place(evidence: Evidence | None) -> str | None:
    return None if evidence is None else f"{evidence.file}:{evidence.line}"


def _write_names(kind: str, process: int, thread: int, *, name: str, place: int) -> list[dict[str, Any]]:
    """The metadata of a process or a thread: its name, and its place in the viewer's order."""
    common = {"ph": "M", "pid": process, "tid": thread}
    return [
        {**common, "name": f"{kind}_name", "args": {"name": escape_json(name)}},
        {**common, "name": f"{kind}_sort_index", "args": {"sort_index": place}},
    ]


def _write_mark(mark: TraceMark, process: int, thread: int) -> dict[str, Any]:
    arguments = {
        key: escape_json(value) if isinstance(value, str) else round_number(value)
        for key, value in mark.arguments.items()
        if value is not None
    }
    common = {
        "name": escape_json(mark.name),
        "cat": mark.category,
        "pid": process,
        "tid": thread,
        "ts": _write_micros(mark.start),
    }
    if mark.end is None or mark.end == mark.start:
        return {"ph": "i", **common, "s": "t", "args": arguments}
    return {"ph": "X", **common, "dur": _write_micros(mark.end) - _write_micros(mark.start), "args": arguments}


def _write_micros(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND
