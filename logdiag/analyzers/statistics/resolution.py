"""How fine the stamps of a log are: the one measure that all analyses go by."""

from __future__ import annotations

from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats

RESOLUTIONS_S: Final = (60.0, 1.0, 0.1, 0.01, 0.001)
FINEST_S: Final = 1e-6  # what a datetime holds
COARSE_S: Final = 0.1  # a choice: what finer stamps leave unsaid is below what timers scatter by (0.05 s)
LEAST_COUNT: Final = 4  # three stamps in ms lie whole tens of ms apart once in a hundred


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
