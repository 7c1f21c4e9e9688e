"""When a pattern expects the next disconnect, and whether that came true.

A prediction is made from a diagnosis and judged by later ones, by the clock of the logs alone: nothing is said of a
moment that the logs have not passed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from logdiag.diagnosis import Diagnosis, Disconnect, Pattern, PatternKind, Session
from logdiag.observation import Notice, NoticeKind, Prediction

BEATS: Final = frozenset({PatternKind.TIMER, PatternKind.WALL_CLOCK})
LIFETIME: Final = PatternKind.CONNECTION_AGE
# As the search for beats has it (analyzers/clocks/beat_tracks, phase_scan): four times the scatter, 20 ms at least.
TOLERANCE_SIGMAS: Final = 4.0
LEAST_TOLERANCE_S: Final = 0.02
# A disconnect at any time would then be within the tolerance once in ten: no more can be called a prediction.
MOST_TOLERANCE_RATIO: Final = 0.05

Subject: TypeAlias = tuple[str, tuple[str, ...]]


class Forecast:
    """The predictions that are open, and how those before them did."""

    def __init__(self) -> None:
        self.came_true_count = self.failed_count = self.void_count = 0
        self._open: dict[Subject, Prediction] = {}

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What is expected next, the nearest first."""
        return tuple(sorted(self._open.values(), key=lambda one: (one.expected_at, one.pattern)))

    def take(self, diagnosis: Diagnosis) -> Iterator[Notice]:
        """Judge what was expected by a later diagnosis, and expect what that one says.

        What was told is judged, whatever has become of its pattern: its logs may have been emptied since.
        """
        for subject, prediction in list(self._open.items()):
            notice = judge(prediction, diagnosis)
            if notice is not None:
                del self._open[subject]
                self._count(notice.event)
                yield notice
        new = {(one.kind, one.connections): one for one in predict(diagnosis)}
        self._open = {
            subject: one
            for subject, one in self._open.items()
            if subject in new or not any(_is_successor(later, one) for later in new.values())
        }
        for subject, prediction in new.items():
            if subject not in self._open:
                self._open[subject] = prediction
                yield Notice(NoticeKind.PREDICTION, time=diagnosis.inputs.end, prediction=prediction)

    def _count(self, event: NoticeKind) -> None:
        self.came_true_count += event is NoticeKind.CAME_TRUE
        self.failed_count += event is NoticeKind.FAILED
        self.void_count += event is NoticeKind.VOID


def predict(diagnosis: Diagnosis) -> Iterator[Prediction]:
    """Yield the next disconnect that each clock expects after the end of the logs.

    An age is counted from the connect of each session that is open; an idle limit from traffic that is still to come,
    so it expects nothing.
    """
    for pattern in diagnosis.patterns:
        if pattern.kind in BEATS:
            yield from _predict_beat(pattern, diagnosis)
        elif pattern.kind == LIFETIME:
            yield from _predict_ages(pattern, diagnosis)


def _predict_beat(pattern: Pattern, diagnosis: Diagnosis) -> Iterator[Prediction]:
    """The first beat after the end of the logs, counted from the last disconnect that came on one."""
    kept = [drop for drop in diagnosis.disconnects if drop.pattern == pattern.id and drop.residual_s is not None]
    end, period_s = diagnosis.inputs.end, pattern.period_s
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
    for session in _list_open(diagnosis):
        if session.connection in pattern.connections and session.connected_at is not None:
            expected_at = session.connected_at + timedelta(seconds=period_s)
            if expected_at > end:
                yield Prediction(pattern.id, pattern.kind, (session.connection,), expected_at, period_s, tolerance_s)


def _list_open(diagnosis: Diagnosis) -> list[Session]:
    return [one for one in diagnosis.sessions if one.disconnected_at is None and one.connected_at is not None]


def _find_tolerance_s(pattern: Pattern, period_s: float, count: int) -> float | None:
    """How far from its moment a disconnect may come; None if the pattern tells the time too badly to predict."""
    drift_s = count * (pattern.period_error_s or 0.0)
    tolerance_s = max(TOLERANCE_SIGMAS * (pattern.jitter_s or 0.0), LEAST_TOLERANCE_S) + drift_s
    return tolerance_s if tolerance_s <= MOST_TOLERANCE_RATIO * period_s else None


def judge(prediction: Prediction, diagnosis: Diagnosis) -> Notice | None:
    """Whether a prediction came true, by a later diagnosis; None while the logs have not passed its moment.

    Void: none of its connections was connected then, so that none could have been disconnected; or what the logs said
    of that moment is no longer there.
    """
    reach = timedelta(seconds=prediction.tolerance_s)
    first, last = prediction.expected_at - reach, prediction.expected_at + reach
    end = diagnosis.inputs.end
    drop = _find_drop(prediction, diagnosis, first, last)
    if drop is not None:
        hit = replace(prediction, disconnect_at=drop.time)
        return Notice(NoticeKind.CAME_TRUE, time=drop.time, prediction=hit)
    if end is None or end <= last:
        return None
    is_there = diagnosis.inputs.start is not None and diagnosis.inputs.start <= first
    sessions = [session for session in diagnosis.sessions if _is_of(session, prediction)]
    could = is_there and any(_covers(session, first, last) for session in sessions)
    return Notice(NoticeKind.FAILED if could else NoticeKind.VOID, time=prediction.expected_at, prediction=prediction)


def _find_drop(prediction: Prediction, diagnosis: Diagnosis, first: datetime, last: datetime) -> Disconnect | None:
    drops = (drop for drop in diagnosis.disconnects if drop.connection in prediction.connections)
    return next((drop for drop in drops if first <= drop.time <= last), None)


def _is_successor(later: Prediction, one: Prediction) -> bool:
    """Whether a prediction says of a connection anew what another said of it."""
    return later.kind == one.kind and not set(later.connections).isdisjoint(one.connections)


def _is_of(session: Session, prediction: Prediction) -> bool:
    return session.connection in prediction.connections


def _covers(session: Session, first: datetime, last: datetime) -> bool:
    """Whether a session lasted from before a moment to after it."""
    began, ended = session.connected_at, session.disconnected_at
    return (began is None or began <= first) and (ended is None or ended >= last)
