"""Timers that the logs announce, and lines that recur: which of them bring disconnects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Lag


class TimerKind(StrEnum):
    """How the logs tell of something that recurs."""

    ANNOUNCED = "announced"
    LINES = "lines"


class TimerAnswer(StrEnum):
    """Whether something that recurs has to do with the disconnects."""

    SUSPECT = "suspect"
    UNDECIDED = "undecided"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that recurs, held against the disconnects: a timer that a service announces, or lines on a beat.

    `why` says what decided, or what keeps it from being decided. `period_s` is the one announced or measured; `ticks`
    are `logged` where lines show them, else `predicted` from `announced_at`. Of the `of_count` disconnects that it is
    held against, `preceded_count` stand in the same place after a tick as `lag_ms` says, which is None without a
    common beat. `chance_ratio` is the luck of standing so close, or coming along so often, with nothing to do with
    them, over all that was tried; the other `without_count` keep their beat without a tick. Without a common beat these
    are counts: so many have one within `window_s` before them, `expected_by_chance` would. `other` is the service that
    explains them better.
    """

    kind: TimerKind
    service: str
    template: str
    connection: str | None
    period_s: float
    ticks: str
    announced_at: datetime | None
    answer: TimerAnswer
    why: str
    pattern: str | None
    lag_ms: Lag | None
    preceded_count: int
    without_count: int
    of_count: int
    expected_by_chance: float | None
    window_s: float | None
    chance_ratio: float | None
    other: str | None
    example: Evidence
