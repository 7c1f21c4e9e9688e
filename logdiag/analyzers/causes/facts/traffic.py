"""What went over each connection before it ended: messages of the other side, beats, sizes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.clocks.received_lines import tells_receiving
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.silences.last_ticks import judge_last_ticks
from logdiag.analyzers.silences.process_silences import ProcessLines
from logdiag.events import EventKind, Side
from logdiag.rows import Rows, from_seconds

LEAST_PAUSES: Final = 10  # a choice: the 95th percentile of fewer is their largest
USUALLY_PERCENT: Final = 95  # a choice: one pause in twenty may be longer
SENDING: Final = (EventKind.PUSH_STARTED.value, EventKind.EMIT.value)


class Traffic(NamedTuple):
    """What went over a connection before one disconnect, as `DisconnectFacts` has it."""

    heard_s: float | None
    sent_s: float | None
    usual_s: float | None
    ticked_to_end: bool | None
    sent_bytes: float | None


def find_traffic(known: FactInput, endings: Sequence[Ending]) -> list[Traffic]:
    """What went over the connection before each disconnect."""
    sessions = [ending.session for ending in endings]
    heard = _list_heard(known.timeline, known.sockets.server)
    late = _add_learned(heard, known.tracks.learned)
    pauses_s = _measure_pauses_s(sessions, heard)
    ticked = _judge_last_ticks(sessions, known.processes, heard)
    sizes = _list_sizes(known.timeline)
    sent = _list_sent(known.timeline)
    return [
        Traffic(
            heard_s=find_heard_s(late.get(drop.connection, []), drop.time),
            sent_s=find_heard_s(sent.get(drop.connection, []), drop.time),
            usual_s=pauses_s.get(drop.connection),
            ticked_to_end=ticked.get(drop.connection, {}).get(drop.time),
            sent_bytes=find_sent_bytes(sizes.get(drop.connection, []), drop.time, known.ledger.reach_ms),
        )
        for drop, *_ in endings
    ]


def _list_heard(timeline: Rows, server: ServerView) -> dict[str, list[datetime]]:
    """When each client logged a message of the server, in the order of time; or the server one of the client."""
    received = timeline["kind"] == EventKind.RECEIVED.value
    received_by_server = (timeline["kind"] == EventKind.RECEIPT.value) & timeline["connection"].isin(server.server_only)
    rows = timeline[received | received_by_server]
    heard: dict[str, list[datetime]] = {}
    for moment, connection in zip(rows.moments(), rows["connection"].tolist(), strict=True):
        heard.setdefault(connection, []).append(moment)
    return heard


def _add_learned(heard: Mapping[str, list[datetime]], learned: Sequence[LineKind]) -> Mapping[str, list[datetime]]:
    """The same with the lines that were learned to tell of messages received."""
    receiving = [kind for kind in learned if tells_receiving(kind.name)]
    if not receiving:
        return heard
    added: dict[str, list[datetime]] = {name: list(moments) for name, moments in heard.items()}
    for kind in receiving:
        for name, times in kind.times_s.items():
            added.setdefault(name, []).extend(from_seconds(second) for second in times.tolist())
    return {name: sorted(moments) for name, moments in added.items()}


def _list_sent(timeline: Rows) -> dict[str, list[datetime]]:
    """When each client logged that it sent something, in the order of time."""
    rows = timeline.of_kinds(SENDING)
    sent: dict[str, list[datetime]] = {}
    for moment, connection in zip(rows.moments(), rows["connection"].tolist(), strict=True):
        sent.setdefault(connection, []).append(moment)
    return sent


def _measure_pauses_s(sessions: Sequence[SessionRecord], heard: Mapping[str, Sequence[datetime]]) -> dict[str, float]:
    """The pause between two messages within a session that 95 % do not exceed, of each client the server tells of."""
    closed: dict[str, list[float]] = defaultdict(list)
    for session in sessions:
        if session.side is Side.SERVER and session.closed is not None:
            closed[session.connection].append(session.closed.timestamp())
    pauses = {}
    for name, ends in closed.items():
        times = np.array([moment.timestamp() for moment in heard.get(name, ())])
        within = np.diff(np.searchsorted(np.sort(ends), times)) == 0
        if np.count_nonzero(within) >= LEAST_PAUSES:
            pauses[name] = float(np.percentile(np.diff(times)[within], USUALLY_PERCENT))
    return pauses


def _judge_last_ticks(
    sessions: Sequence[SessionRecord], lines: Mapping[str, ProcessLines], heard: Mapping[str, Sequence[datetime]]
) -> dict[str, Mapping[datetime, bool]]:
    """For each client that writes itself: whether what comes regularly over its connection came up to each end."""
    by_connection: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        if session.side is not Side.SERVER and session.connection in lines:
            by_connection[session.connection].append(session)
    return {
        name: judge_last_ticks(lines[name], np.array([moment.timestamp() for moment in heard.get(name, ())]), ended)
        for name, ended in by_connection.items()
    }


def _list_sizes(timeline: Rows) -> dict[str, list[tuple[datetime, float]]]:
    """When each connection sent something whose size its line gives, and that size in bytes."""
    rows = timeline[timeline["kind"].isin(SENDING) & timeline["value"].notna()]
    sizes: dict[str, list[tuple[datetime, float]]] = {}
    for moment, connection, size in zip(
        rows.moments(), rows["connection"].tolist(), rows["value"].tolist(), strict=True
    ):
        sizes.setdefault(connection, []).append((moment, float(size)))
    return sizes


def find_heard_s(heard: Sequence[datetime], moment: datetime) -> float | None:
    """How long before `moment` the last of the messages came, in seconds; `heard` is in the order of time."""
    place = bisect_right(heard, moment)
    return (moment - heard[place - 1]).total_seconds() if place else None


def find_sent_bytes(sizes: Sequence[tuple[datetime, float]], moment: datetime, reach_ms: float) -> float | None:
    """The largest message whose size a line of the client gives within `reach_ms` before `moment`, in bytes."""
    first = bisect_left(sizes, (moment - timedelta(milliseconds=reach_ms), 0.0))
    last = bisect_right(sizes, (moment, inf))
    return max((size for _, size in sizes[first:last]), default=None)
