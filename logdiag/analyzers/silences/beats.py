"""Lines that come as a timer ticks: which kinds do, which of them the process writes by itself, how many got lost."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.statistics.exact_tests import binomial_greater

REGULAR_SHARE: Final = 0.4  # a choice: others may be missing ticks, or lines of another kind
REGULAR_WIDTH: Final = 0.02  # of the gap: a choice; wider takes more lines without a clock for beats, see `LUCK`
FINE_S: Final = 0.05  # a choice: what a busy process writes a tick late by
COARSE_S: Final = 1.0  # what stamps of whole seconds leave open
LEAST_BEATS: Final = 4  # a choice: fewer gaps show no beat
SHORTEST_S: Final = 0.5  # lines closer than this are one tick in several lines
LUCK: Final = 0.01  # a choice: one kind of line in a hundred is taken for a beat by chance
CONNECT_REACH_S: Final = 1.0  # a choice: a client is done with what a connect brings within a second
EDGE_SHARE: Final = 0.8  # a choice: a log may lack a fifth of the connects
OWN_SHARE: Final = 0.5  # a choice: most of the ticks that are due in outages
PHASE_SHARE: Final = 0.2  # of all instants; where more count as in phase, a phase tells nothing
# Of gaps without memory that have the median P, this share falls within d to either side of P, for each d / P:
# 2 f(P) P with f(t) = ln 2 / P · exp(-t ln 2 / P).
MEDIAN_DENSITY: Final = 0.6931
LONG_SHARE: Final = 1.5  # of the period: surely more than one
LEAST_SKIPS: Final = 3  # two are chance
EQUAL_SHARE: Final = 0.9  # of its long gaps; above, they are all alike but for a stray
LEAST_MISSING: Final = 2  # a single tick that did not come measures nothing
LOSS_LUCK: Final = 0.05  # silences that losses alone would make in a log


@dataclass(frozen=True)
class Beat:
    """A kind of line that comes regularly: its median gap in seconds, its times, how far a gap may be from it."""

    period_s: float
    times_s: NDArray[np.float64]
    width_s: float = FINE_S

    @property
    def is_fine(self) -> bool:
        """Whether so few instants count as in phase that a phase tells something."""
        return 2 * self.width_s <= PHASE_SHARE * self.period_s

    @cached_property
    def skips(self) -> bool:
        """Whether it often stays away, now shorter, now longer, and comes again in its old phase.

        Most of its long gaps, three at least, are whole numbers of periods, and not always the same number: freezes
        that a timer of the same process makes last equally long, and may well end in phase.
        """
        gaps = np.diff(self.times_s)
        late = gaps[gaps > LONG_SHARE * self.period_s] - self.period_s
        counts = np.round(late / self.period_s)
        counts = counts[np.abs(late - self.period_s * counts) <= self.width_s]
        if not self.is_fine or len(counts) < LEAST_SKIPS or 2 * len(counts) <= len(late):
            return False
        return int(np.unique(counts, return_counts=True)[1].max()) <= EQUAL_SHARE * len(counts)


def find_beats(lines_s: Iterable[NDArray[np.float64]], *, regular_share: float = REGULAR_SHARE) -> list[Beat]:
    """Those kinds of lines, each by its times, that come as a timer ticks, the fastest first.

    At least `regular_share` of the gaps lie within 2 % of their median, and more than lines without memory would show.
    """
    beats = (_find_beat(times, regular_share) for times in lines_s)
    return sorted((beat for beat in beats if beat is not None), key=lambda beat: beat.period_s)


def _find_beat(times: NDArray[np.float64], regular_share: float) -> Beat | None:
    if len(times) <= LEAST_BEATS:
        return None
    gaps = np.diff(times)
    gaps = gaps[gaps > SHORTEST_S]
    if len(gaps) < LEAST_BEATS:
        return None
    period = float(np.median(gaps))
    width = REGULAR_WIDTH * period + (COARSE_S if not np.any(times % 1.0) else FINE_S)
    hits = int(np.sum(np.abs(gaps - period) <= width))
    # The median hits itself, so it proves nothing.
    luck = binomial_greater(hits - 1, len(gaps) - 1, min(1.0, MEDIAN_DENSITY * width / period))
    return Beat(period, times, width) if hits >= regular_share * len(gaps) and luck <= LUCK else None


def keep_own(beats: Sequence[Beat], outages_s: Sequence[tuple[float, float]]) -> list[Beat]:
    """Those beats that the process keeps by itself, whatever becomes of its connection.

    What arrives over a connection stays away because that is dead, so it proves no life: a beat is the process's own if
    it goes on while there is no connection, or keeps its phase over reconnects. Without an outage nothing tells.
    """
    return [
        beat for beat in beats if not outages_s or (_is_own(beat, outages_s) and not _is_of_connects(beat, outages_s))
    ]


def _is_of_connects(beat: Beat, outages_s: Sequence[tuple[float, float]]) -> bool:
    """Whether nearly all its ticks stand at ends and new beginnings of the connection: what each of them brings.

    Disconnects that come at regular distances make a beat of every line that a client writes once a connect.
    """
    edges = np.sort(np.array(outages_s).ravel())
    after = np.searchsorted(edges, beat.times_s)
    near = np.abs(beat.times_s - edges[np.minimum(after, len(edges) - 1)])
    near = np.minimum(near, np.abs(beat.times_s - edges[np.maximum(after - 1, 0)]))
    return beat.period_s > 2 * CONNECT_REACH_S / EDGE_SHARE and bool(np.mean(near <= CONNECT_REACH_S) >= EDGE_SHARE)


def _is_own(beat: Beat, outages_s: Sequence[tuple[float, float]]) -> bool:
    due_count = came_count = kept_count = crossed_count = 0
    for start, end in outages_s:
        first, last = bisect_right(beat.times_s, start), bisect_right(beat.times_s, end)
        if not 0 < first < len(beat.times_s):
            continue
        before, after = float(beat.times_s[first - 1]), float(beat.times_s[min(last, len(beat.times_s) - 1)])
        if before + beat.period_s + beat.width_s <= start:
            continue  # it had stayed away before the connection ended
        if before + beat.period_s + beat.width_s < end:
            due_count += 1
            came_count += last > first
        elif last < len(beat.times_s):
            crossed_count += 1
            kept_count += abs(after - before - beat.period_s) <= beat.width_s
    if due_count:
        return came_count >= OWN_SHARE * due_count
    return binomial_greater(kept_count, crossed_count, min(1.0, 2 * beat.width_s / beat.period_s)) <= LUCK


class Loss(NamedTuple):
    """How many of the lines that were due while others of the process came are missing: lost, not unwritten."""

    missing_count: int
    due_count: int

    @property
    def ratio(self) -> float:
        """The share of lines that got lost."""
        return self.missing_count / self.due_count if self.due_count else 0.0

    def explains(self, silent_count: int) -> bool:
        """Whether loss alone would take so many ticks in a row from this log (docs/methods.md, "Silence and loss")."""
        return self.missing_count >= LEAST_MISSING and self.due_count * self.ratio**silent_count > LOSS_LUCK


def measure_loss(
    beats: Sequence[Beat], lines_s: NDArray[np.float64], outages_s: Sequence[tuple[float, float]] = ()
) -> Loss:
    """Count the ticks of `beats` that are missing though the process wrote other lines around their instants.

    `lines_s` are all lines of the process, in order. A tick is missing where the next one stands in the old phase, a
    whole number of periods later, and the time between holds a line within half a period of the instant.
    """
    missing = due = 0
    for beat in beats:
        gaps = np.diff(beat.times_s)
        counts = np.round(gaps / beat.period_s)
        in_phase = (counts >= 1) & (np.abs(gaps - counts * beat.period_s) <= beat.width_s)
        due += int(np.sum(in_phase))
        for place in np.flatnonzero(in_phase & (counts > 1)):
            start, end = float(beat.times_s[place]), float(beat.times_s[place + 1])
            if any(closed < end and start < reopened for closed, reopened in outages_s):
                continue
            ticks = start + beat.period_s * np.arange(1, counts[place])
            low = np.searchsorted(lines_s, np.maximum(ticks - beat.period_s / 2, start), side="right")
            high = np.searchsorted(lines_s, np.minimum(ticks + beat.period_s / 2, end), side="left")
            lost = int(np.sum(high > low))
            missing += lost
            due += lost
    return Loss(missing, due)


def count_due(beat: Beat, start_s: float, end_s: float) -> int:
    """How many ticks of a beat were due between two instants, that at the end left out, by its last one before them."""
    before = bisect_right(beat.times_s, start_s) - 1
    if before < 0:
        return 0
    last = float(beat.times_s[before])
    return max(0, int((end_s - beat.width_s - last) // beat.period_s) - int((start_s - last) // beat.period_s))


def was_skipped(beat: Beat, late_s: float) -> bool:
    """Whether a tick so late stands in the old phase, whole periods later: the ones between did not come or got lost.

    A timer that a frozen process held back fires when that wakes, whenever that is; one that had nothing to do, or
    whose line got lost, comes again when it is due.
    """
    if not beat.skips:
        return False  # it has hardly ever: a freeze may well end in phase by chance
    count = round(late_s / beat.period_s)
    return count >= 1 and abs(late_s - count * beat.period_s) <= beat.width_s
