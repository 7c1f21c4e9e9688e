"""Whether what patterns expect comes true.

A prediction is made from a diagnosis and judged by later ones, by the clock of the logs alone: nothing is said of a
moment that the logs have not passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from logdiag.analyzers.predictions import predict
from logdiag.results.connections import Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect
from logdiag.results.observation import Notice, NoticeKind, Prediction

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

        What was predicted is judged, whatever has become of its pattern: its logs may have been emptied since.
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
