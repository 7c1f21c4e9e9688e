"""How regular the gaps between events are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdiag.analyzers.clocks.gaps import density_guard, merge_close, spread_ratio


@pytest.mark.parametrize("values", [[30.0, 31.0], [0.0, 0.0, 0.0], [0.0, 0.0, 9.0]])
def test_too_few_gaps_or_none_above_zero_have_no_spread(values: list[float]) -> None:
    """Two gaps measure nothing: they count as irregular."""
    assert spread_ratio(np.array(values)) == math.inf


def test_one_stray_gap_does_not_hide_a_loop() -> None:
    """The smaller of two measures counts, of which one does not mind strays; a loop that tight gets the whole guard."""
    gaps = np.array([30.0, 30.1, 29.9, 30.0, 30.05, 29.95, 300.0])
    assert spread_ratio(gaps) < 0.01
    assert density_guard(gaps) == 4.0
    assert density_guard(np.array([1.0, 30.0, 200.0, 7.0])) == 1.0


def test_a_group_begins_a_second_after_the_first_of_the_one_before() -> None:
    """What follows within less than 1 s belongs to the same event."""
    assert merge_close(np.array([0.0, 0.5, 0.99, 1.0, 1.9, 5.0])).tolist() == [0, 3, 5]
