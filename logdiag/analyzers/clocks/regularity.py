"""What gaps alone say: a jittery clock, a regular loop, bursts, or nothing but chance.

All tests are against seeded simulations or permutations, so equal input gives equal output.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.analyzers.statistics.permutations import permutation_p
from logdiag.results.patterns import BURST_GAP_S

SEED: Final = 20251114  # any: equal logs give equal answers
DRAWS_COUNT: Final = 1999  # p-values in steps of 1/2,000
MIN_COUNT: Final = 8  # a choice: the spread of fewer gaps says nothing
MANY_COUNT: Final = 400  # more draws than these are as good as infinitely many
MAX_LOOP_CV: Final = 0.35  # a choice: gaps that vary by more start no loop that one would call regular
CLOCK_P: Final = 0.0075  # a choice: stricter than the 1 % of a pattern, as a loop is the likelier reading
BURST_SHARE_RATIO: Final = 0.4  # a choice: close on half of the gaps, see `is_bursty`
BURSTINESS: Final = 0.25  # a choice: chance has 0 (Goh and Barabasi 2008), a quarter is clearly above it


@dataclass(frozen=True, slots=True)
class Loop:
    """Gaps more regular than chance. `is_clock`: the error of phase is bounded, so the beat does not restart."""

    period_s: float
    error_s: float
    jitter_s: float
    is_clock: bool
    false_alarm_probability: float


def find_loop(times_s: Floats, *, alpha: float) -> Loop | None:
    """Return the loop of events (n,) when there are eight, their gaps have CV <= 0.35 and chance is refuted."""
    gaps = np.diff(times_s)
    if len(times_s) < MIN_COUNT or float(np.mean(gaps)) <= 0:
        return None
    cv = float(np.std(gaps)) / float(np.mean(gaps))
    if cv > MAX_LOOP_CV:
        return None
    probability = (1.0 + float(np.sum(_exponential_cvs(min(len(gaps), MANY_COUNT)) <= cv))) / (DRAWS_COUNT + 1.0)
    if probability > alpha:
        return None
    steps = np.arange(len(times_s), dtype=np.float64)
    if permutation_probability(gaps) <= CLOCK_P:
        slope, intercept = np.polyfit(steps, times_s - times_s[0], 1)
        rest = times_s - times_s[0] - slope * steps - intercept
        error = float(np.std(rest)) * float(np.sqrt(12.0 / len(times_s) ** 3))
        return Loop(float(slope), error, float(np.std(rest)), is_clock=True, false_alarm_probability=probability)
    period, jitter = float(np.mean(gaps)), float(np.std(gaps, ddof=1))
    error = jitter / float(np.sqrt(len(gaps)))
    return Loop(period, error, jitter, is_clock=False, false_alarm_probability=probability)


def permutation_probability(gaps_s: Floats) -> float:
    """Return how often shuffled gaps (n,) stay as close to a straight line: small for a clock, uniform for a loop."""
    observed = float(_line_spread(gaps_s[None, :])[0]) * (1.0 + 1e-12)
    generator = np.random.default_rng(SEED)
    return permutation_p(generator, gaps_s, lambda gaps: _line_spread(gaps) <= observed, count=DRAWS_COUNT)


def _line_spread(gaps_s: Floats) -> Floats:
    """Return the sd (m,) of cumulated gaps (m, n) about their own straight line."""
    times = np.concatenate([np.zeros((len(gaps_s), 1)), np.cumsum(gaps_s, axis=1)], axis=1)
    steps = np.arange(times.shape[1]) - 0.5 * (times.shape[1] - 1)
    times = times - times.mean(axis=1, keepdims=True)
    slope = times @ steps / float(steps @ steps)
    return np.asarray(np.std(times - slope[:, None] * steps[None, :], axis=1), dtype=np.float64)


@lru_cache(maxsize=64)
def _exponential_cvs(count: int) -> Floats:
    """Return the CV (1999,) of that many exponential gaps."""
    draws = np.random.default_rng(SEED).exponential(size=(DRAWS_COUNT, count))
    return np.asarray(draws.std(axis=1) / draws.mean(axis=1), dtype=np.float64)


@lru_cache(maxsize=64)
def _exponential_distances(count: int) -> Floats:
    """Return the Kolmogorov distance (1999,) of that many exponential values from the law of their own mean."""
    draws = np.sort(np.random.default_rng(SEED).exponential(size=(DRAWS_COUNT, count)), axis=1)
    return _distance(draws)


def _distance(ordered: Floats) -> Floats:
    count = ordered.shape[1]
    law = -np.expm1(-ordered / ordered.mean(axis=1, keepdims=True))
    high = np.arange(1, count + 1) / count - law
    low = law - np.arange(count) / count
    return np.asarray(np.maximum(high, low).max(axis=1), dtype=np.float64)


def is_memoryless(values_s: Floats) -> bool | None:
    """Tell whether lifetimes or gaps (n,) agree with an exponential law (Lilliefors, p > .05); None below eight.

    Above 400 values, the critical distance is the asymptotic 1.094 / sqrt(n) of Stephens (1974).
    """
    values = np.sort(values_s[np.isfinite(values_s)])
    if len(values) < MIN_COUNT or float(values.mean()) <= 0:
        return None
    distance = float(_distance(values[None, :])[0])
    if len(values) > MANY_COUNT:
        return bool(distance <= 1.094 / np.sqrt(len(values)))
    return bool(np.mean(_exponential_distances(len(values)) >= distance) > 0.05)


def is_bursty(gaps_s: Floats) -> bool:
    """Tell whether gaps (n,) come in bursts: (s-m)/(s+m) > .25 and at least 40 % of them below 10 s."""
    if len(gaps_s) < MIN_COUNT - 1:
        return False
    sd, mean = float(np.std(gaps_s)), float(np.mean(gaps_s))
    if sd + mean <= 0.0:
        return False
    return (sd - mean) / (sd + mean) > BURSTINESS and float(np.mean(gaps_s < BURST_GAP_S)) >= BURST_SHARE_RATIO


def mark_onsets(times_s: Floats) -> Bools:
    """Mark the events (n,) that begin a burst: 10 s or more after the one before."""
    onsets = np.ones(len(times_s), dtype=np.bool_)
    onsets[1:] = np.diff(times_s) >= BURST_GAP_S
    return onsets
