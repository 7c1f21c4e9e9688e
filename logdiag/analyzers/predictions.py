"""When a pattern expects the next disconnect, by the clock of the logs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.results.connections import Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect, NextDrop
from logdiag.results.observation import Prediction
from logdiag.results.patterns import Pattern, PatternKind

BEATS: Final = frozenset({PatternKind.TIMER, PatternKind.WALL_CLOCK})
LIFETIME: Final = PatternKind.CONNECTION_AGE
# As the search for beats has it (analyzers/clocks/beat_tracks, phase_scan): four times the scatter, 20 ms at least.
TOLERANCE_SIGMAS: Final = 4.0
LEAST_TOLERANCE_S: Final = 0.02  # the least width of the phase scan (docs/methods.md, clocks)
# A disconnect at any time would then be within the tolerance once in ten: no more can be called a prediction.
MOST_TOLERANCE_RATIO: Final = 0.05


def find_next_drop(diagnosis: Diagnosis) -> NextDrop | None:
    """The nearest disconnect that a sure pattern expects of a connection that is up, or about to be, as the logs end.

    None where the disconnects seem to have stopped.
    """
    quiet = diagnosis.quiet
    if quiet is not None and (quiet.is_telling or quiet.is_long):
        return None
    sure = {pattern.id for pattern in diagnosis.patterns if pattern.is_significant}
    up = {session.connection for session in _list_open(diagnosis)}
    soon = up | _list_coming_back(diagnosis)  # a beat goes on meanwhile; from when an age will count is not known yet
    found = (one for one in predict(diagnosis) if one.pattern in sure)
    due = [(one, (soon if one.kind in BEATS else up).intersection(one.connections)) for one in found]
    if not any(names for _, names in due):
        return None
    first, names = min((row for row in due if row[1]), key=lambda row: (row[0].expected_at, row[0].pattern))
    connection = min(names)
    return NextDrop(connection, first.expected_at, first.tolerance_s, first.pattern)


def predict(diagnosis: Diagnosis) -> Iterator[Prediction]:
    """Yield the next disconnect that each clock expects after the end of the logs.

    An age is counted from the connect of each session that is open; an idle limit from traffic that is still to come,
    so it expects nothing.
    """
    kept_of: dict[str | None, list[Disconnect]] = defaultdict(list)
    for drop in diagnosis.disconnects:
        if drop.residual_s is not None:
            kept_of[drop.pattern].append(drop)
    for pattern in diagnosis.patterns:
        if pattern.kind in BEATS:
            yield from _predict_beat(pattern, kept_of[pattern.id], diagnosis.inputs.end)
        elif pattern.kind == LIFETIME:
            yield from _predict_ages(pattern, diagnosis)


def _predict_beat(pattern: Pattern, kept: Sequence[Disconnect], end: datetime | None) -> Iterator[Prediction]:
    """The first beat after the end of the logs, counted from the last of the disconnects that came on one."""
    period_s = pattern.period_s
    if not kept or end is None or not period_s:
        return
    last = max(kept, key=lambda drop: drop.time)
    beat = last.time - timedelta(seconds=last.residual_s or 0.0)
    count = max(math.floor((end - beat).total_seconds() / period_s) + 1, 1)
    tolerance_s = _find_tolerance_s(pattern, period_s, count)
    if tolerance_s is not None:
        expected_at = beat + timedelta(seconds=count * period_s)
        yield Prediction(pattern.id, pattern.kind, pattern.connections, expected_at, period_s, tolerance_s)


def _predict_ages(pattern: Pattern, diagnosis: Diagnosis) -> Iterator[Prediction]:
    """The end of each session that is open, where its age has not passed already."""
    end, period_s = diagnosis.inputs.end, pattern.period_s
    tolerance_s = None if not period_s else _find_tolerance_s(pattern, period_s, 1)
    if end is None or not period_s or tolerance_s is None:
        return
    names = frozenset(pattern.connections)
    for session in _list_open(diagnosis):
        if session.connection in names and session.connected_at is not None:
            expected_at = session.connected_at + timedelta(seconds=period_s)
            if expected_at > end:
                yield Prediction(pattern.id, pattern.kind, (session.connection,), expected_at, period_s, tolerance_s)


def _list_coming_back(diagnosis: Diagnosis) -> set[str]:
    """The connections that dropped last, and are away no longer yet than they have been after another drop.

    Of one that never came back nobody knows that it will: what a server names by its sockets never does.
    """
    end, last, longest_s = diagnosis.inputs.end, dict[str, Session](), dict[str, float]()
    for session in diagnosis.sessions:  # in the order of time
        last[session.connection] = session
        longest_s[session.connection] = max(longest_s.get(session.connection, 0.0), session.outage_s or 0.0)
    dropped = {(drop.connection, drop.time) for drop in diagnosis.disconnects if not drop.is_orderly}
    return {
        name
        for name, session in last.items()
        if end is not None
        and session.disconnected_at is not None
        and longest_s[name] > 0.0
        and (name, session.disconnected_at) in dropped
        and (end - session.disconnected_at).total_seconds() <= longest_s[name]
    }


def _list_open(diagnosis: Diagnosis) -> list[Session]:
    return [one for one in diagnosis.sessions if one.disconnected_at is None and one.connected_at is not None]


def _find_tolerance_s(pattern: Pattern, period_s: float, count: int) -> float | None:
    """How far from its moment a disconnect may come; None if the pattern tells the time too badly to predict."""
    drift_s = count * (pattern.period_error_s or 0.0)
    tolerance_s = max(TOLERANCE_SIGMAS * (pattern.jitter_s or 0.0), LEAST_TOLERANCE_S) + drift_s
    return tolerance_s if tolerance_s <= MOST_TOLERANCE_RATIO * period_s else None
