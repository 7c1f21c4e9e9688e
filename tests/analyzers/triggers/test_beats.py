"""Beats, and what is left of a coincidence between two of them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

from logdiag.analyzers.statistics.exact_tests import combine_p_values
from logdiag.analyzers.triggers.beats import find_common_ages, judge_pairs, list_usual_gaps, mark_beats


def _tick(seed: int, count: int = 40, jitter_s: float = 0.01) -> np.ndarray:
    """A timer as Node's: each period starts when the last one fired."""
    return np.cumsum(30 + np.random.default_rng(seed).normal(0.005, jitter_s, count))


def test_a_timer_is_on_the_beat_and_what_comes_between_is_not() -> None:
    """Forty ticks of a 30 s timer keep their beat among eight lines at other times."""
    ticks, others = _tick(1), np.array([37.0, 101.0, 222.0, 400.0, 555.0, 777.0, 901.0, 1100.0])
    times = np.sort(np.concatenate((ticks, others)))
    on_beat = mark_beats(times)
    assert np.all(on_beat[np.isin(times, ticks)])
    assert int(np.sum(on_beat[np.isin(times, others)])) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_random_times_keep_no_beat(seed: int) -> None:
    """A Poisson train has no more fellows at any period than chance gives."""
    assert int(np.sum(mark_beats(np.sort(np.random.default_rng(seed).uniform(0, 1200, 60))))) == 0


def test_an_effect_follows_the_jitter_of_its_beat() -> None:
    """A disconnect 15 ± 3 ms after each tick moves with the tick and its lag does not wander."""
    ticks = _tick(3)
    tests = judge_pairs(ticks, ticks + np.random.default_rng(4).normal(0.015, 0.003, ticks.size))
    assert tests.follows_beat
    assert tests.innovation_p is not None
    assert tests.innovation_p <= 0.001


def test_another_timer_at_the_same_phase_does_not_follow() -> None:
    """Of 40 pairs of free timers started 20 ms apart not one passes for cause and effect."""
    passed = [
        judge_pairs(_tick(seed, 27, 0.002), _tick(1000 + seed, 27, 0.002) + 0.02).follows_beat for seed in range(40)
    ]
    assert sum(passed) == 0


def test_a_few_pairs_say_nothing() -> None:
    """Six pairs have five increments: too few to test."""
    assert judge_pairs(np.arange(6.0), np.arange(6.0) + 0.1) == (None, None)


def test_lines_at_a_constant_age_of_the_connection_are_recognised() -> None:
    """A line 35 s after each connect recurs, lines at random ages do not."""
    ages = np.concatenate((35 + np.random.default_rng(5).normal(0, 0.05, 20), np.linspace(1, 30, 9), [np.nan]))
    recurring = find_common_ages(ages, sessions_count=20, exposure_s=20 * 40.0)
    assert recurring.tolist() == [True] * 20 + [False] * 10


def test_fisher_combination_agrees_with_scipy() -> None:
    """Two p-values combine as scipy combines them."""
    assert combine_p_values(0.01, 0.2) == pytest.approx(scipy.stats.combine_pvalues([0.01, 0.2]).pvalue)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_times_propose_no_period(count: int) -> None:
    """Without a gap there is nothing to measure."""
    assert list_usual_gaps(np.zeros(count)) == ()


@pytest.mark.parametrize(("count", "marked"), [(3, 0), (4, 4)])
def test_four_ticks_make_a_beat(count: int, marked: int) -> None:
    """Any three times lie on some beat."""
    assert int(np.sum(mark_beats((30.0 * np.arange(count)).astype(np.float64)))) == marked


def test_the_usual_gap_is_that_of_the_most_frequent_bin() -> None:
    """Of a timer of 30 s it is 30 s, then its multiples; stray lines make bins of their own."""
    usual = list_usual_gaps(np.sort(np.append(np.arange(40) * 30.0, [100.5, 555.25])))
    assert usual[0] == pytest.approx(30.0)
    assert set(np.round(usual[:3])) <= {30.0, 60.0, 90.0, 120.0}
    assert list_usual_gaps(np.array([5.0])) == ()
