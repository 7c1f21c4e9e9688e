"""Permutation p-values: exact where they are small, cheap where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.analyzers.statistics.permutations import permutation_p

VALUES = np.arange(9.0)


@pytest.mark.parametrize("count", [999, 9_999])
def test_what_no_permutation_reaches_has_the_smallest_p_of_all_of_them(count: int) -> None:
    """The order as it stands is one of them: 1 in count + 1, and every one is tried."""
    p = permutation_p(np.random.default_rng(1), VALUES, lambda rows: np.zeros(len(rows), dtype=np.bool_), count=count)
    assert p == 1 / (1 + count)


def test_a_plain_p_costs_no_more_than_the_first_look() -> None:
    """Where all are as extreme, 99 show it."""
    tried: list[int] = []

    def is_extreme(rows: Floats) -> Bools:
        tried.append(len(rows))
        return np.ones(len(rows), dtype=np.bool_)

    assert permutation_p(np.random.default_rng(1), VALUES, is_extreme, count=9_999) == 1.0
    assert sum(tried) == 99


def test_the_share_is_that_of_the_permutations() -> None:
    """The largest of nine values comes first in one order of nine."""
    p = permutation_p(
        np.random.default_rng(1), VALUES, lambda rows: np.asarray(rows[:, 0] == 8.0, dtype=np.bool_), count=999
    )
    assert p == pytest.approx(1 / 9, abs=0.03)
