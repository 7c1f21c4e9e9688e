"""Following a beat through a series of events, from the seeds that the scan found, and on where it was reset.

A track is extended forwards and backwards by the median of the last few deviations, so that slow drift is no loss of
lock; where it ends, the same period is looked for at another phase.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.clocks.gaps import density_guard
from logdiag.analyzers.statistics.arrays import Floats, Ints, median
from logdiag.analyzers.statistics.tails import log10_arc_probability

TRACK_MEMORY_COUNT: Final = 5  # a choice: fewer jitter with each beat, more lag behind a drift
TOLERANCE_SIGMAS: Final = 4.0  # six in 100,000 of a normal spread lie farther out
MAX_TOLERANCE_RATIO: Final = 0.1  # of the period: a fifth of all instants is then on the beat, more shows no beat
EARLY_LATE_RATIO: Final = 0.02  # of the period: a beat that something pulled forward or held back
EARLY_LATE_MAX_S: Final = 0.5  # a choice: what comes farther off the beat belongs to no beat
RESET_LOG10_FALSE_ALARM: Final = -3.0  # a choice: stricter than the 1 % of a pattern, each reset being one more trial
MAX_RESETS_COUNT: Final = 20  # bounds the time: more resets than this leave nothing that one calls a clock
MIN_SEGMENT_COUNT: Final = 3  # two instants lie on a beat of any phase
FEWEST_HITS_COUNT: Final = 4  # as many as an arc of the phase scan must hold


@dataclass(frozen=True, slots=True)
class Track:
    """Events that one uninterrupted beat explains: indices (m,) and their cycle numbers (m,)."""

    hits: Ints
    cycles: Ints

    @property
    def is_long(self) -> bool:
        """Tell whether it has more than one beat, so that it tells a period."""
        return len(self.hits) >= 2 and bool(self.cycles[0] != self.cycles[-1])

    @property
    def is_enough(self) -> bool:
        """Tell whether a beat can rest on it: four events (fewer are no evidence) of more than one beat."""
        return len(self.hits) >= FEWEST_HITS_COUNT and self.is_long


class BeatWidth(NamedTuple):
    """A period, and how far from its beat an event may be."""

    period_s: float
    tolerance_s: float


def find_tracks(times_s: Floats, hits: Ints, period_s: float, floor_s: float) -> list[Track]:
    """Return the tracks of the beat of which `hits` (m,) are seeds, in the order of time; none below four events.

    `times_s` (n,) are all events; `floor_s` is the narrowest tolerance. Nor is there a track when all events of the
    seeds, or of what follows from them, stand in one cycle: no period can be told from that.
    """
    beat = _fit_seeds(times_s, hits, period_s, floor_s)
    settled = None if beat is None else _settle(times_s, hits, beat, floor_s)
    if settled is None:
        return []
    track, beat = settled
    tracks = [track]
    while len(tracks) <= MAX_RESETS_COUNT:
        added = _find_reset(times_s, tracks, beat)
        if added is None:
            break
        tracks = sorted([*tracks, added], key=lambda track: int(track.hits[0]))
    return tracks


def _settle(times_s: Floats, hits: Ints, beat: BeatWidth, floor_s: float) -> tuple[Track, BeatWidth] | None:
    """Follow the beat and fit it to what follows it, three times at most; None when too little is left of it."""
    for _ in range(3):
        track = _follow_beat(times_s, hits, beat, (0, len(times_s)))
        if not track.is_enough:
            return None
        gathered = _gather_near(times_s, track, beat)
        fitted = _fit_seeds(times_s, gathered, beat.period_s, floor_s)
        if fitted is None:
            return None
        if fitted == beat and np.array_equal(gathered, hits):
            return track, beat  # nothing moves any more
        hits, beat = gathered, fitted
    track = _follow_beat(times_s, hits, beat, (0, len(times_s)))
    return (track, beat) if track.is_enough else None


def early_late_reach_s(period_s: float) -> float:
    """Return how far from its beat an early or late event may be: 2 % of the period, at most 0.5 s."""
    return min(EARLY_LATE_RATIO * period_s, EARLY_LATE_MAX_S)


def theil_sen(x: Floats, y: Floats) -> float:
    """Return the median slope over pairs of points (n,); over a fixed subset of pairs when there are very many.

    At least two of the `x` differ.
    """
    n = len(x)
    if n <= 200:
        i, j = _pair_all(n)
    else:
        i = np.concatenate([np.arange(n - lag) for lag in range(n // 2, n, max(1, n // 100))])
        j = np.concatenate([np.arange(lag, n) for lag in range(n // 2, n, max(1, n // 100))])
    apart = x[j] != x[i]
    return median((y[j] - y[i])[apart] / (x[j] - x[i])[apart])


@lru_cache(maxsize=32)
def _pair_all(count: int) -> tuple[Ints, Ints]:
    """Return the indices of all pairs of that many points."""
    return np.triu_indices(count, 1)


def _fit_seeds(times_s: Floats, hits: Ints, period_s: float, floor_s: float) -> BeatWidth | None:
    """Return the period of the seeds (m,) and their tolerance; None unless they stand in two cycles or more."""
    seeds_s = times_s[hits]
    cycles = np.round((seeds_s - seeds_s[:1]) / period_s)
    if not cycles.any():
        return None
    fitted = theil_sen(cycles, seeds_s)
    deviations = seeds_s - fitted * cycles
    deviations = deviations - median(deviations)
    sigma = 1.4826 * median(np.abs(deviations))
    sigma *= 1.0 + 4.0 / len(hits)  # of few deviations the median is often too small
    widest_s = max(MAX_TOLERANCE_RATIO * fitted, floor_s)
    return BeatWidth(fitted, float(np.clip(TOLERANCE_SIGMAS * sigma, floor_s, widest_s)))


def _gather_near(times_s: Floats, track: Track, beat: BeatWidth) -> Ints:
    """Return the event nearest to each beat of the track, within early-or-late reach: seeds that show the true width.

    The least probable arc may be a tight part of a wider beat; its width would set a tolerance that is too small.
    """
    period_s = beat.period_s
    reach_s = max(beat.tolerance_s, early_late_reach_s(period_s))
    offsets = np.interp(times_s, times_s[track.hits], times_s[track.hits] - period_s * track.cycles)
    cycles = np.round((times_s - offsets) / period_s)
    deviations = np.abs(times_s - offsets - cycles * period_s)
    order = np.lexsort((deviations, cycles))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = np.diff(cycles[order]) > 0
    nearest = np.sort(order[first])
    inside = (nearest >= track.hits[0]) & (nearest <= track.hits[-1]) & (deviations[nearest] <= reach_s)
    return np.asarray(nearest[inside], dtype=np.int64)


def _follow_beat(times_s: Floats, hits: Ints, beat: BeatWidth, bounds: tuple[int, int]) -> Track:
    """Extend the seeds into a track over the events `bounds`, from the middle of the seeds to both ends."""
    period_s, tolerance_s = beat
    start = times_s[hits[0]]
    middle = median(times_s[hits] - period_s * np.round((times_s[hits] - start) / period_s))
    seeds = times_s[hits] - middle
    offset = seeds - period_s * np.round(seeds / period_s)
    first = int(hits[len(hits) // 2])
    near = offset[np.argsort(np.abs(np.arange(len(hits)) - len(hits) // 2), kind="stable")][:TRACK_MEMORY_COUNT]
    times = times_s.tolist()
    forward = _walk(times, range(first, bounds[1]), (middle, period_s, tolerance_s), near)
    backward = _walk(times, range(first - 1, bounds[0] - 1, -1), (middle, period_s, tolerance_s), near)
    pairs = sorted([*forward, *backward])
    return Track(
        np.array([index for index, _ in pairs], dtype=np.int64), np.array([cycle for _, cycle in pairs], dtype=np.int64)
    )


def _walk(
    times_s: Sequence[float], indices: range, beat: tuple[float, float, float], near_s: Floats
) -> list[tuple[int, int]]:
    """Return (index, cycle) of the events on the beat, walking away from the seeds in one direction."""
    phase_s, period_s, tolerance_s = beat
    memory = deque(near_s.tolist(), maxlen=TRACK_MEMORY_COUNT)
    offset = median(near_s)
    found: list[tuple[int, int]] = []
    last: int | None = None
    for index in indices:
        time_s = times_s[index]
        cycle = round((time_s - phase_s - offset) / period_s)
        deviation = time_s - phase_s - cycle * period_s
        lost = 0 if last is None else max(abs(cycle - last) - 1, 0)
        room = min(tolerance_s * (1.0 + 0.1 * lost), max(MAX_TOLERANCE_RATIO * period_s, tolerance_s))
        if abs(deviation - offset) <= room:
            found.append((index, cycle))
            if cycle != last:
                memory.append(deviation)
                offset = sorted(memory)[len(memory) // 2]
                last = cycle
    return found


def _find_reset(times_s: Floats, tracks: list[Track], beat: BeatWidth) -> Track | None:
    """Return the same beat at another phase, in the longest stretch of time that no track covers; None if none is."""
    period_s, tolerance_s = beat
    guard = density_guard(np.diff(times_s))
    for first, last in _uncovered(len(times_s), tracks):
        window = times_s[first:last]
        if len(window) < MIN_SEGMENT_COUNT:
            continue
        phases = np.mod(window - window[0], period_s)
        near = np.abs((phases[None, :] - phases[:, None] + 0.5 * period_s) % period_s - 0.5 * period_s) <= tolerance_s
        best = int(np.argmax(near.sum(axis=1)))
        seeds = np.flatnonzero(near[best]) + first
        distinct = len(np.unique(np.round((times_s[seeds] - times_s[seeds[0]]) / period_s)))
        log10_alarm = log10_arc_probability(distinct, len(window), guard * 2.0 * tolerance_s / period_s)
        if distinct >= MIN_SEGMENT_COUNT and log10_alarm <= RESET_LOG10_FALSE_ALARM:
            return _follow_beat(times_s, seeds, beat, (first, last))
    return None


def _uncovered(events_count: int, tracks: list[Track]) -> list[tuple[int, int]]:
    """Return the index ranges before, between and after the tracks, the one with most events first."""
    edges = [0, *(edge for track in tracks for edge in (int(track.hits[0]), int(track.hits[-1]) + 1)), events_count]
    ranges = [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2)]
    return sorted(ranges, key=lambda r: (r[0] - r[1], r[0]))
