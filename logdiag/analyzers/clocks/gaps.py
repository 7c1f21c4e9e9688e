"""Events that belong together, and how regular the gaps between the others are."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints, median

MERGE_S: Final = 1.0  # several sockets of one client, or one fleet, drop together


def merge_close(times_s: Floats, gap_s: float = MERGE_S) -> Ints:
    """Return the index (m,) of the first event of each group; a group lasts less than `gap_s` from its first event."""
    firsts: list[int] = []
    last = -math.inf
    for index, time_s in enumerate(times_s.tolist()):
        if time_s - last >= gap_s:
            firsts.append(index)
            last = time_s
    return np.array(firsts, dtype=np.int64)


def spread_ratio(values: Floats) -> float:
    """Return the smaller of CV and 1.4826 MAD / median of positive values (n,); inf when there are too few."""
    if len(values) < 3:
        return math.inf
    mean, middle = float(np.mean(values)), median(values)
    if mean <= 0 or middle <= 0:
        return math.inf
    return min(float(np.std(values)) / mean, 1.4826 * median(np.abs(values - middle)) / middle)


def density_guard(gaps_s: Floats) -> float:
    """Return kappa in 1..4: a loop of spread CV has a phase density of up to 0.4/CV times the uniform one.

    A loop tighter than 10 % is reported as periodic; to name it timer, age or loop is the competition's job.
    """
    spread = spread_ratio(gaps_s)
    return 4.0 if spread <= 0.1 else float(np.clip(0.4 / spread, 1.0, 4.0))
