"""How fine the stamps of a log are: the one measure that all analyses go by."""

from __future__ import annotations

from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.exact_tests import binomial_greater

RESOLUTIONS_S: Final = (60.0, 1.0, 0.1, 0.01, 0.001)
FINEST_S: Final = 1e-6  # what a datetime holds
COARSE_S: Final = 0.1  # a choice: what finer stamps leave unsaid is below what timers scatter by (0.05 s)
LEAST_COUNT: Final = 4  # three stamps in ms lie whole tens of ms apart once in a hundred
BATCH_S: Final = 0.1  # a choice: what a buffer holds is stamped within this when it is written out
LEAST_BATCH_STEP_S: Final = 2.0  # a choice: in shorter steps the lines of one request come together, too
LEAST_BATCHES: Final = 20  # a choice: the fewest that show a step which chance does not
ON_STEPS: Final = 0.95  # of the gaps: a flush that is late, or a start that writes at once, makes a few others
MOST_CHANCE: Final = 1e-6  # a choice: stamps taken for coarse hide the clock that they show


def find_coarse_step_s(times_s: Floats) -> float | None:
    """Return the step of stamps (n,) that are coarser than clocks scatter, in seconds, None for finer ones."""
    step_s = min(find_resolution_s(times_s), 1.0)  # drops at full minutes: a beat, more often than such stamps
    return step_s if step_s >= COARSE_S else None


def find_resolution_s(times_s: Floats) -> float:
    """Return the coarsest of 60 s, 1 s, 0.1 s, 10 ms, 1 ms that divides every gap between the times (n,), else 1 µs.

    In any order, from any origin. Fewer than four times divide by accident: they count as milliseconds.
    """
    if times_s.size < LEAST_COUNT:
        return RESOLUTIONS_S[-1]
    gaps = times_s - times_s[0]
    for step_s in RESOLUTIONS_S:
        if bool(np.all(np.abs(gaps - np.round(gaps / step_s) * step_s) <= 3.0 * FINEST_S)):
            return step_s
    return FINEST_S


def find_batch_step_s(times_s: Floats) -> float | None:
    """Return the step of the few instants at which all times (n,) lie, at least 2 s, in seconds; None for others.

    A buffer that is written out every few seconds stamps what it holds at once. Lines of timers lie so, too: whether
    they come of a buffer is told by what lies between (`has_split_delay`).
    """
    times_s = np.sort(times_s)
    if times_s.size < LEAST_BATCHES:
        return None
    firsts = times_s[np.concatenate([[True], np.diff(times_s) > BATCH_S])]
    gaps_s = np.diff(firsts)
    if gaps_s.size < LEAST_BATCHES or 2 * gaps_s.size > times_s.size:
        return None
    shortest_s = float(np.quantile(gaps_s, 1 - ON_STEPS, method="lower"))
    if shortest_s < LEAST_BATCH_STEP_S - BATCH_S:
        return None
    near = gaps_s[np.abs(gaps_s - shortest_s) <= 2 * BATCH_S]
    step_s = float(np.median(near))
    on_steps = int(np.count_nonzero(count_steps(gaps_s, step_s) > 0))
    if on_steps < ON_STEPS * gaps_s.size or step_s < LEAST_BATCH_STEP_S:
        return None
    chance = binomial_greater(on_steps, gaps_s.size, min(1.0, 2 * BATCH_S / step_s))
    return step_s if chance <= MOST_CHANCE else None


def count_steps(lags_s: Floats, step_s: float) -> Floats:
    """Return how many steps each lag (n,) takes, to the width of a batch; NaN where it is no whole number."""
    counts = np.round(lags_s / step_s)
    return np.where(np.abs(lags_s - counts * step_s) <= BATCH_S, counts, np.nan)


def has_split_delay(lags_s: Floats, step_s: float, least_count: int) -> bool:
    """Whether lags (n,) of one kind take one number of steps here and one more there, each `least_count` times.

    A delay that scatters by a whole step and never by a part of it is one that the stamps round; a timer's is constant.
    """
    counts = count_steps(lags_s, step_s)
    found, times = np.unique(counts[np.isfinite(counts)], return_counts=True)
    often = set(found[times >= least_count].tolist())
    return any(count + 1 in often for count in often)
