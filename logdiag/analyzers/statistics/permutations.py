"""Permutation tests that stop where the answer is plain."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Bools, Floats

PLAIN_P: Final = 0.05  # once a p is four sigmas above this, more permutations decide nothing
LOOK_AFTER: Final = (99, 999)
HELD_COUNT: Final = 2**14  # values that are permuted at once: as many as the nearest caches hold


def permutation_p(
    generator: np.random.Generator, values: Floats, is_extreme: Callable[[Floats], Bools], *, count: int
) -> float:
    """Return the share of `count` permutations of the values (n,) that are as extreme, theirs included.

    `is_extreme` takes permutations (m, n) and returns flags (m,). The share is exact where it is small, and only rough
    where the first 99 or 999 show that it is not (a sequential test, as in Besag & Clifford 1991).
    """
    extreme, done = 0, 0
    for goal in (*LOOK_AFTER, count):
        while done < goal:
            rows = min(goal - done, max(HELD_COUNT // len(values), 1))
            shuffled = np.tile(values, (rows, 1))
            extreme += int(np.sum(is_extreme(generator.permuted(shuffled, axis=1, out=shuffled))))
            done += rows
        if extreme > PLAIN_P * done + 4.0 * math.sqrt(PLAIN_P * (1.0 - PLAIN_P) * done):
            break
    return (1 + extreme) / (1 + done)
