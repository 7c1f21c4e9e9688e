"""Exposure, chances and tails."""

from __future__ import annotations

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.statistics.tails import log_tails
from logdiag.analyzers.triggers.chance import (
    Intervals,
    cut_shadows,
    estimate_chances,
    intersect_intervals,
    merge_intervals,
    reach_after,
    reach_before,
    survey_neighbourhoods,
)
from tests.effort import examples


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=40), st.integers(0, 41))
@examples(100)
def test_tails_agree_with_scipy(chances: list[float], count: int) -> None:
    """The tail of the Poisson-binomial distribution is scipy's, wherever scipy's is not lost in rounding."""
    ours = float(np.exp(log_tails(np.array([chances]), np.array([count]))[0]))
    theirs = float(scipy.stats.poisson_binom.sf(count - 1, chances)) if count <= len(chances) else 0.0
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-13)


@pytest.mark.parametrize("coins", [5, 60, 3000])
def test_equal_coins_give_the_binomial_tail_far_below_the_smallest_double(coins: int) -> None:
    """Equal chances give scipy's binomial tail in logarithms, also where the tail itself would underflow."""
    counts = np.array([1, coins // 2, coins])
    ours = log_tails(np.full((3, coins), 0.001), counts)
    theirs = np.array(
        [
            scipy.stats.binom.logsf(0, coins, 0.001),
            scipy.stats.binom.logsf(coins // 2 - 1, coins, 0.001),
            coins * np.log(0.001),
        ]
    )
    exact = np.isfinite(theirs)
    assert ours[exact] == pytest.approx(theirs[exact], rel=1e-9)
    assert ours[2] < ours[1] < ours[0] <= 0


def test_a_count_of_none_is_certain_and_one_over_all_is_impossible() -> None:
    """P[S >= 0] = 1 and P[S >= n + 1] = 0."""
    assert log_tails(np.full((2, 3), 0.5), np.array([0, 4])).tolist() == [0.0, -np.inf]


def test_stretches_merge_intersect_and_measure() -> None:
    """Overlapping stretches become one; what two sets share is what both cover."""
    merged = merge_intervals(np.array([[5.0, 9.0], [0.0, 2.0], [1.0, 3.0], [4.0, 4.0]]))
    assert (merged.starts_s.tolist(), merged.ends_s.tolist(), merged.length_s) == ([0.0, 5.0], [3.0, 9.0], 7.0)
    both = intersect_intervals(merged, Intervals(np.array([2.0]), np.array([6.0])))
    assert (both.starts_s.tolist(), both.ends_s.tolist()) == ([2.0, 5.0], [3.0, 6.0])
    assert merged.measure_s(np.array([-1.0, 2.0, 4.0, 6.0, 99.0])).tolist() == [0.0, 2.0, 3.0, 4.0, 7.0]


def test_three_seconds_after_a_disconnect_are_in_its_shadow() -> None:
    """A session that opens in the shadow is exposed from its end on; one that closes in it never is."""
    sessions = Intervals(np.array([0.0, 11.0, 30.5]), np.array([10.0, 30.0, 32.0]))
    lit = cut_shadows(sessions, np.array([10.0, 30.0]))
    assert (lit.starts_s.tolist(), lit.ends_s.tolist()) == ([0.0, 13.0], [10.0, 30.0])


def test_chances_count_connected_time_only() -> None:
    """Ten lines a minute cover 1 s each of the 55.5 s that were connected around the moment, plus half a line."""
    exposure = Intervals(np.array([0.0]), np.array([60.0]))
    lines = reach_after(np.arange(2.0, 60.0, 6.0), exposure)
    chance = estimate_chances(survey_neighbourhoods(np.array([60.0]), exposure, np.array([1.0])), lines)
    assert chance[0, 0] == pytest.approx((10 + 0.5) / (59 + 0.5))


def test_lines_in_an_outage_cover_nothing_before_a_connected_moment() -> None:
    """A line 5 s into the outage is within 10 s of the last 5 connected seconds, within 3 s of none."""
    exposure = Intervals(np.array([0.0]), np.array([100.0]))
    lines = reach_before(np.array([105.0]), exposure)
    covered, total = lines.cover_s(np.full((1, 2, 1), 200.0), np.array([3.0, 10.0]))
    assert total.tolist() == [0.0, 5.0]
    assert covered.ravel().tolist() == [0.0, 5.0]
