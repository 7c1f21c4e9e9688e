"""Since when no connection has dropped any more, and whether that is long enough to mean something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from logdiag.analyzers.connections.fleet import TOGETHER_S
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.results.diagnosis import FEWEST_DROPS
from logdiag.results.disconnects import Disconnect, Quiet
from logdiag.results.inputs import InputFile
from logdiag.results.patterns import Pattern

MOSTLY: Final = 0.5  # a choice: most of the clients, or of the faults
RULE_OF_THREE: Final = 3.0  # no event in T leaves a rate of 3/T possible: exp(-3) is 5 %


def find_quiet(
    drops: Sequence[Disconnect], patterns: Sequence[Pattern], files: Sequence[InputFile], end: datetime | None
) -> Quiet | None:
    """The time from the last fault to the end of the logs; None if faults are too few or most clients are still down.

    What counts is the time in which there was something to drop: not that in which a process was stopped or may have
    been. Its chance is that of no fault in it, had things gone on as before: each beat that was due is missed with the
    share of beats that were missed before; without a clock, the rate of before, known from so many faults only.
    """
    faults = [drop for drop in drops if not drop.is_orderly]
    moments_s = _merge_moments(faults)
    if end is None or len(moments_s) < FEWEST_DROPS:
        return None
    last_of = {drop.connection: drop for drop in sorted(faults, key=lambda drop: drop.time)}
    back = [name for name, drop in last_of.items() if drop.away_s is not None]
    back_ratio = len(back) / len(last_of)
    last = max(drop.time for drop in faults)
    quiet_s = _measure_up_s(drops, back, last, _find_last_line(back, files, end))
    if back_ratio < MOSTLY or quiet_s <= 0:
        return None
    pattern = _find_clock(faults, patterns)
    chance = _chance_of_rate(moments_s, back_ratio * quiet_s) if pattern is None else _chance_of_beat(pattern, quiet_s)
    return Quiet(
        since=last,
        quiet_s=round(quiet_s, 3),
        disconnects_count=len(faults),
        interval_before_s=round(float(moments_s[-1] - moments_s[0]) / (len(moments_s) - 1), 3),
        no_drop_probability=chance,
        least_interval_s=round(quiet_s / RULE_OF_THREE, 3),
    )


def _merge_moments(faults: Sequence[Disconnect]) -> Floats:
    """The instants of faults, UNIX seconds, in order; what hits several connections within a second is one."""
    times = np.sort(np.array([drop.time.timestamp() for drop in faults], dtype=np.float64))
    return times[np.diff(times, prepend=-np.inf) > TOGETHER_S]


def _find_last_line(connections: Sequence[str], files: Sequence[InputFile], end: datetime) -> datetime:
    """Until when the logs would tell of a drop: each client's own last line, where it has a log, else their end."""
    last: dict[str, datetime] = {}
    names = frozenset(connections)
    for file in files:
        if file.last is not None and file.connection in names:
            last[file.connection] = max(file.last, last.get(file.connection, file.last))
    return min(last.values(), default=end)


def _measure_up_s(drops: Sequence[Disconnect], names: Sequence[str], since: datetime, until: datetime) -> float:
    """How long these clients had a connection to lose, in the mean: without stops, and without what nothing tells.

    The outages of faults count: the intervals before hold theirs, too.
    """
    span_s = (until - since).total_seconds()
    down_s = 0.0
    known = frozenset(names)
    for drop in drops:
        if drop.connection in known and (drop.is_orderly or drop.unknown_s is not None):
            back = until if drop.away_s is None else min(drop.time + timedelta(seconds=drop.away_s), until)
            down_s += max(0.0, (back - max(drop.time, since)).total_seconds())
    return span_s - down_s / max(1, len(known))


def _find_clock(faults: Sequence[Disconnect], patterns: Sequence[Pattern]) -> Pattern | None:
    """The clock that most faults obey, if one does."""
    counts = Counter(drop.pattern for drop in faults)
    clocks = [one for one in patterns if one.keeps_time and one.period_s and counts[one.id] > MOSTLY * len(faults)]
    return max(clocks, key=lambda one: counts[one.id], default=None)


def _chance_of_beat(pattern: Pattern, quiet_s: float) -> float:
    """P[no drop at any beat that was due], each missed as often as before, one more of both kinds granted (Laplace)."""
    missed_count = pattern.missed_beats_count or 0
    missed_ratio = (missed_count + 1) / (pattern.explained_count + missed_count + 2)
    return float(missed_ratio ** int(quiet_s / (pattern.period_s or quiet_s)))


def _chance_of_rate(moments_s: Floats, quiet_s: float) -> float:
    """P[no event in a time T], given n intervals in a time S before: (S / (S + T))^n, the rate integrated out.

    Intervals that scatter more than without memory come in clusters: n is divided by their squared relative spread.
    """
    intervals = np.diff(moments_s)
    spread = float(np.var(intervals) / np.mean(intervals) ** 2)
    span_s = float(moments_s[-1] - moments_s[0])
    return float((span_s / (span_s + quiet_s)) ** max(1.0, len(intervals) / max(1.0, spread)))
