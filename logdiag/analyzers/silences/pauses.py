"""Pauses of processes that write without a beat: whether they stop at disconnects more often than chance allows.

No beat says when the next line of such a process was due, but its own pauses say how long it stays quiet in calm
times. If disconnects fall into far longer ones, time after time, the process stood still there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.silences.process_silences import EDGE_S, ProcessLines, find_standstill
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.results.connections import Silence

LEAST_STOPS: Final = 3  # two long pauses at two disconnects are an anecdote
LEAST_LATE_S: Final = 1.0  # a close reaches a process that runs within a round trip, or one lost packet later
LATE_ERRORS: Final = 3.0  # times what the clocks are uncertain (docs/methods.md, Order)
LENGTHS_TRIED: Final = 10  # a choice: quantiles are near enough, each costs a pass
WAKE_S: Final = 1.0  # a choice, and the step of many stamps: what held a process up, it tells before it looks around
WAKE_SHARE: Final = 0.25  # a choice: of the time by which an end was noticed late
LUCK: Final = 1e-4  # for one process, all lengths tried; a fleet of a hundred keeps it under 1 %


class NoticedEnd(NamedTuple):
    """A process logged at `end_s` an end that had come about at `start_s`, in UNIX seconds of its own clock.

    `error_s` is how far the clocks of both sides may disagree, `number` that of the disconnect.
    """

    number: int
    start_s: float
    end_s: float
    error_s: float

    @property
    def is_late(self) -> bool:
        """Whether it came later than a network and clocks explain."""
        return self.end_s - self.start_s >= max(LEAST_LATE_S, LATE_ERRORS * self.error_s)

    @property
    def wake_s(self) -> float:
        """The earliest that a process that stood still may have written again, a moment before it noticed the end."""
        return self.end_s - min(WAKE_S, WAKE_SHARE * (self.end_s - self.start_s))


def find_stops(process: ProcessLines, notices: Sequence[NoticedEnd]) -> Mapping[int, Silence]:
    """The pauses in which a process stood still, by the number of the disconnect that it noticed late after each.

    Empty unless the disconnects fall into pauses too long, too often: of n of them, k lie in pauses of a length that
    covers a share p of the calm time, and the binomial tail of k of n at p, times the lengths tried, is 1e-4 or less.
    """
    found = _find_pauses(process, notices)
    if len(found) < LEAST_STOPS:
        return {}
    calm_s = _list_calm_s(process, notices)
    lengths = {index: _measure_read_s(process, pause) for index, pause in found.items()}
    grid = np.unique(np.quantile(list(lengths.values()), np.linspace(0, 1, LENGTHS_TRIED), method="higher"))
    for length in grid.tolist():
        kept = {index: found[index] for index, known_s in lengths.items() if known_s >= length}
        chance = len(grid) * binomial_greater(len(kept), len(notices), _cover(calm_s, length))
        if len(kept) >= LEAST_STOPS and chance <= LUCK:
            return kept
    return {}


def find_longest(process: ProcessLines, notices: Sequence[NoticedEnd]) -> Mapping[int, Silence]:
    """The pauses at ends that were noticed late, each longer than any that holds no such end, by their numbers.

    Empty where too little of the calm time was read to know what pauses the process makes.
    """
    found = _find_pauses(process, notices)
    calm_s = _list_calm_s(process, notices) if found else np.array([])
    if not len(calm_s):
        return {}
    usual_s, calm_total_s = float(np.max(calm_s)), float(np.sum(calm_s))
    lengths = {index: _measure_read_s(process, pause) for index, pause in found.items()}
    return {index: found[index] for index, known_s in lengths.items() if usual_s < known_s <= calm_total_s}


def _find_pauses(process: ProcessLines, notices: Sequence[NoticedEnd]) -> dict[int, Silence]:
    """The pause of a process that spans each end that it noticed late, by the numbers of the disconnects."""
    return {
        notice.number: pause
        for notice in notices
        if notice.is_late and (pause := find_standstill(process, notice.start_s, notice.wake_s)) is not None
    }


def _was_silent(process: ProcessLines, notice: NoticedEnd) -> bool:
    """Whether no line stands within a notice: also where its pause began before the first line that was read."""
    first, last = np.searchsorted(process.times_s, (notice.start_s + EDGE_S, notice.wake_s - EDGE_S))
    return bool(first >= last)


def _measure_read_s(process: ProcessLines, pause: Silence) -> float:
    """How much of a pause lies in what was read, up to its end, in seconds."""
    end = pause.end.timestamp()
    lows = [low for low, _ in process.windows_s if low < end]
    return end - max(pause.start.timestamp(), lows[-1])


def _list_calm_s(process: ProcessLines, notices: Sequence[NoticedEnd]) -> NDArray[np.float64]:
    """The pauses of all that was read of a process, in seconds, but those in which it noticed one of the ends late."""
    noticed_s = np.sort([one.start_s for one in notices if one.is_late and _was_silent(process, one)])
    calm = []
    for low, high in process.windows_s:
        first, last = np.searchsorted(process.times_s, (low, high))
        points = np.concatenate(([low], process.times_s[first:last], [high]))
        calm.append(np.diff(points)[np.diff(np.searchsorted(noticed_s, points)) == 0])
    return np.concatenate(calm)


def _cover(calm_s: NDArray[np.float64], length_s: float) -> float:
    """The share of calm time in pauses of a length or more; one more such pause is granted, lest zero look certain."""
    return float((np.sum(calm_s[calm_s >= length_s]) + length_s) / (np.sum(calm_s) + length_s))
