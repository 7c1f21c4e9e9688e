"""Whether lifetimes agree with chance, and what gaps alone say: a clock, a loop, bursts."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

from logdiag.analyzers.clocks.regularity import (
    MANY_COUNT,
    MIN_COUNT,
    find_loop,
    is_bursty,
    is_memoryless,
    mark_onsets,
)
from logdiag.analyzers.statistics.arrays import Floats


@pytest.mark.parametrize("count", [MIN_COUNT, 50, MANY_COUNT + 100])
def test_exponential_lifetimes_are_memoryless_and_equal_ones_are_not(count: int) -> None:
    """Chance alone gives an exponential law; a limit of 30 s does not. Above 400 values an asymptotic bound decides."""
    generator = np.random.default_rng(7)
    assert is_memoryless(generator.exponential(90.0, count)) is True
    assert is_memoryless(generator.normal(30.0, 0.05, count)) is False


def test_of_seven_lifetimes_nothing_is_said() -> None:
    """Too few show no law, and lengths of zero have none."""
    assert is_memoryless(np.full(MIN_COUNT - 1, 30.0)) is None
    assert is_memoryless(np.zeros(MIN_COUNT)) is None


@pytest.mark.parametrize(("shape", "expected"), [(1.1, True), (1.3, False)])
def test_the_bound_for_many_lifetimes_tells_a_slightly_regular_law_from_chance(shape: float, *, expected: bool) -> None:
    """Quantiles of gamma laws: of 500 values, one of shape 1.3 lies 0.057 off the exponential, 0.049 is the bound."""
    assert is_memoryless(scipy.stats.gamma.ppf((np.arange(500) + 0.5) / 500, shape)) is expected


def _beat(count: int, jitter_s: float) -> Floats:
    """A timer of 30 s, each of whose beats is late by itself."""
    return 30.0 * np.arange(count) + np.random.default_rng(7).normal(0.0, jitter_s, count)


def _loop(count: int, spread_s: float) -> Floats:
    """What starts anew 30 s, more or less, after the time before."""
    return np.cumsum(np.random.default_rng(7).normal(30.0, spread_s, count))


def test_events_that_are_late_each_by_itself_are_a_clock() -> None:
    """The next beat makes up for the last one's delay, so the period is known far better than the delays."""
    loop = find_loop(_beat(40, 2.0), alpha=0.01)
    assert loop is not None
    assert loop.is_clock
    assert loop.period_s == pytest.approx(30.0, abs=0.1)
    assert loop.error_s < 0.1
    assert loop.jitter_s == pytest.approx(2.0, abs=0.7)


def test_delays_that_add_up_are_a_loop_and_no_clock() -> None:
    """Each gap starts anew: nothing is made up for."""
    loop = find_loop(_loop(40, 3.0), alpha=0.01)
    assert loop is not None
    assert not loop.is_clock
    assert loop.period_s == pytest.approx(30.0, abs=1.5)
    assert loop.error_s == pytest.approx(3.0 / 39**0.5, rel=0.3)


@pytest.mark.parametrize(
    "times_s",
    [
        _beat(7, 0.1),
        np.zeros(9),
        np.cumsum(np.random.default_rng(7).exponential(30.0, 40)),
        np.cumsum(np.tile([10.0, 50.0], 20)),
    ],
)
def test_few_events_chance_and_uneven_gaps_are_no_loop(times_s: Floats) -> None:
    """Seven events, nine at once, forty by chance, gaps of 10 s and 50 s by turns."""
    assert find_loop(times_s, alpha=0.01) is None


def test_short_gaps_among_long_ones_are_bursts() -> None:
    """Six drops within seconds, then ten minutes of rest, again and again; equal gaps, long or short, are none."""
    assert is_bursty(np.tile([2.0, 3.0, 2.0, 3.0, 2.0, 600.0], 4))
    assert not is_bursty(np.full(15, 600.0))
    assert not is_bursty(np.full(15, 3.0))
    assert not is_bursty(np.zeros(15))
    assert not is_bursty(np.array([2.0, 3.0, 600.0, 2.0, 3.0, 600.0]))  # too few


def test_a_burst_begins_ten_seconds_after_the_event_before() -> None:
    """At exactly ten the next one has begun."""
    assert mark_onsets(np.array([0.0, 9.5, 19.5, 20.0])).tolist() == [True, False, True, False]
