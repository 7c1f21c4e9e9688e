"""Two clocks that tick together prove nothing: what is left of a coincidence when both sides keep a beat.

A 30 s timer precedes each disconnect of another 30 s timer by a constant lag for hours; all those coincidences count
as one. Independent evidence is what the beat does not explain: events off the beat, and early or late beats that the
disconnect follows (innovation). Against it speaks a lag with a memory: two timers drift apart, an effect does not.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.analyzers.statistics.permutations import PLAIN_P, permutation_p

PERMUTATIONS_COUNT: Final = 1999  # p-values in steps of 1/2,000
PAIRS_MAX: Final = 400  # as many as are permuted; the first ones
MIN_PAIRS: Final = 6  # fewer increments than this say nothing about jitter
INDEPENDENT_P: Final = 0.01  # evidence beyond the phase must be this strong to assert a phase-locked trigger
DRIFT_P: Final = 0.01  # a lag that wanders this clearly belongs to two clocks
_SEED: Final = 20251114  # any: equal logs give equal answers
_PERIOD_TOLERANCE: Final = 0.02  # of the period, either side
_TOLERANCE_FLOOR_S: Final = 0.05  # a choice: what a busy process writes a tick late by
_SHORTEST_PERIOD_S: Final = 2.0  # a choice: faster beats cover so much that nothing stands out
_LONGEST_PERIOD_S: Final = 7200.0  # a choice: a log of a day holds a dozen of such beats
_REACH: Final = 3  # a gap is measured to the 1st … 3rd next event
_PERIODS_COUNT: Final = 3  # a choice: a beat and its first harmonics
_MEMBERS_MIN: Final = 4  # three lie on some beat by chance
_SHARE_MIN: Final = 0.4  # a choice: others may be missing ticks


class LockTests(NamedTuple):
    """What the pairs of beat and disconnect say beyond their phase; None where they are too few."""

    innovation_p: float | None
    drift_p: float | None

    @property
    def follows_beat(self) -> bool:
        """Whether early and late beats move the disconnect and the lag does not wander."""
        if self.innovation_p is None or self.drift_p is None:
            return False
        return self.innovation_p <= INDEPENDENT_P and self.drift_p > DRIFT_P


def mark_beats(times_s: Floats, *, periods_s: tuple[float, ...] = ()) -> Bools:
    """Return which of the sorted times have a fellow one (or two) periods away, for a period that many of them share.

    A mask (m,), all False where such fellows are no more than a random train of the same rate has.
    """
    times = times_s
    on_beat = np.zeros(times.size, dtype=np.bool_)
    if times.size < _MEMBERS_MIN:
        return on_beat
    accepted: list[float] = []
    for period_s in sorted((*periods_s, *list_usual_gaps(times))):
        if any(_is_multiple(period_s, shorter_s) for shorter_s in accepted):
            continue
        tolerance_s = max(_PERIOD_TOLERANCE * period_s, _TOLERANCE_FLOOR_S)
        fellows = _count_fellows(times, period_s, tolerance_s) > 0
        span_s = max(float(times[-1] - times[0]), period_s)
        chance = 1 - math.exp(-8 * tolerance_s * times.size / span_s)
        spread = math.sqrt(max(chance * (1 - chance), 1e-9) / times.size)
        share = float(np.mean(fellows))
        if np.sum(fellows) >= _MEMBERS_MIN and share >= _SHARE_MIN and share > chance + 4 * spread:
            on_beat |= fellows
            accepted.append(period_s)
    return on_beat


def _is_multiple(period_s: float, shorter_s: float) -> bool:
    beats = period_s / shorter_s
    return abs(beats - round(beats)) <= _PERIOD_TOLERANCE * beats


def list_usual_gaps(times: Floats) -> tuple[float, ...]:
    """Return the most frequent gaps between near neighbours, in bins of 2 %; none of fewer than two times."""
    if times.size < 2:
        return ()
    gaps = np.concatenate([times[reach:] - times[:-reach] for reach in range(1, _REACH + 1) if reach < times.size])
    gaps = gaps[(gaps >= _SHORTEST_PERIOD_S) & (gaps <= _LONGEST_PERIOD_S)]
    if not gaps.size:
        return ()
    bins = np.round(np.log(gaps) / _PERIOD_TOLERANCE).astype(np.int64)
    values, counts = np.unique(bins, return_counts=True)
    best = values[np.argsort(-counts, kind="stable")[:_PERIODS_COUNT]]
    return tuple(float(np.median(gaps[bins == value])) for value in best)


def _count_fellows(times: Floats, period_s: float, tolerance_s: float) -> Floats:
    fellows = np.zeros(times.size)
    for beats in (-2, -1, 1, 2):
        centre = times + beats * period_s
        low = np.searchsorted(times, centre - tolerance_s, side="left")
        fellows += np.searchsorted(times, centre + tolerance_s, side="right") - low
    return fellows


def find_common_ages(ages_s: Floats, *, sessions_count: int, exposure_s: float) -> Bools:
    """Return which ages (NaN: unknown) recur within 2 % in at least 40 % of the sessions: a clock set by connecting."""
    recurring = np.zeros(ages_s.size, dtype=np.bool_)
    known = np.flatnonzero(np.isfinite(ages_s))
    if known.size < _MEMBERS_MIN or sessions_count < _MEMBERS_MIN:
        return recurring
    ages = ages_s[known]
    tolerance = np.maximum(_PERIOD_TOLERANCE * ages, _TOLERANCE_FLOOR_S)
    ordered = np.sort(ages)
    count = np.searchsorted(ordered, ages + tolerance, "right") - np.searchsorted(ordered, ages - tolerance, "left")
    expected = 2 * tolerance * known.size * sessions_count / max(exposure_s, 1e-3)
    recurring[known] = (count >= max(_MEMBERS_MIN, _SHARE_MIN * sessions_count)) & (count > 3 * expected)
    return recurring


def judge_pairs(events_s: Floats, drops_s: Floats) -> LockTests:
    """Test n pairs of a beat and the disconnect after it, both (n,) in order of time.

    Innovation: does an early or late beat move the disconnect by as much? The deviations of one side are permuted
    against the other's; the statistic is the sum of the absolute differences. Steps from beat to beat are
    exchangeable for a timer that starts anew each time, deviations from the lattice for one that keeps to a clock:
    the larger p of the two holds for both. Drift: von Neumann's ratio of the lag (1941), small when the lag wanders,
    against permutations of the lag.
    """
    events_s, drops_s = events_s[:PAIRS_MAX], drops_s[:PAIRS_MAX]
    lags = drops_s - events_s
    if lags.size <= MIN_PAIRS:
        return LockTests(None, None)
    generator = np.random.default_rng(_SEED)
    ours, theirs = _subtract_beats(np.diff(events_s)), _subtract_beats(np.diff(drops_s))
    innovation_p = _permute_deviations(generator, ours, theirs)
    if innovation_p <= PLAIN_P:
        innovation_p = max(innovation_p, _permute_deviations(generator, _accumulate(ours), _accumulate(theirs)))
    wander = float(np.sum(np.diff(lags) ** 2)) + 1e-12
    drift_p = permutation_p(
        generator,
        lags,
        lambda shuffled: np.sum(np.diff(shuffled, axis=1) ** 2, axis=1) <= wander,
        count=PERMUTATIONS_COUNT,
    )
    return LockTests(innovation_p, drift_p)


def _permute_deviations(generator: np.random.Generator, ours: Floats, theirs: Floats) -> float:
    """Return the share of permutations in which ours come as close to theirs as they do."""
    observed = float(np.sum(np.abs(theirs - ours))) + 1e-9
    return permutation_p(
        generator,
        ours,
        lambda shuffled: np.sum(np.abs(theirs - shuffled), axis=1) <= observed,
        count=PERMUTATIONS_COUNT,
    )


def _accumulate(steps: Floats) -> Floats:
    """Return the deviations from the lattice (least squares) that steps from beat to beat add up to."""
    total = np.concatenate(([0.0], np.cumsum(steps)))
    beat = np.arange(total.size) - (total.size - 1) / 2
    return total - float(np.mean(total)) - beat * float(np.dot(beat, total) / np.dot(beat, beat))


def _subtract_beats(gaps: Floats) -> Floats:
    """Return gaps of one, two … periods as what they differ from that many periods, in seconds."""
    base = float(np.min(gaps))
    beats = np.maximum(np.round(gaps / base), 1.0) if base > 0 else np.ones_like(gaps)
    return gaps - beats * float(np.median(gaps / beats))
