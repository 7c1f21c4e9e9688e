"""Constant lifetimes: which sessions a limit ended, and when it is none."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.clocks.lifetimes import find_spikes, is_limit, is_one_moment
from logdiag.analyzers.statistics.arrays import Floats


def _ages(count: int = 20, *others_s: float) -> Floats:
    """Sessions of 5 s, as a limit makes them, to the millisecond, and others."""
    return np.concatenate([5.0 + np.random.default_rng(3).normal(0.0, 0.001, count), others_s])


def test_a_limit_ends_the_sessions_that_lasted_as_long_to_a_fiftieth() -> None:
    """4.95 s may be 5 s after a slow handshake; 4.85 s is another end, and so is 5.15 s."""
    ages_s = _ages(20, 4.95, 4.85, 5.15, 31.0, 57.0)
    (spike,) = find_spikes(ages_s, np.arange(len(ages_s)), "age", resolution_s=0.001)
    assert spike.lifetime_s == pytest.approx(5.0, abs=0.002)
    assert spike.members.tolist() == [True] * 21 + [False] * 4
    assert spike.log10_false_alarm < -6


def test_a_long_limit_takes_in_what_ends_three_tenths_of_a_second_beside_it() -> None:
    """A fiftieth of a minute is more than a second: an end so far from the limit belongs to another cause."""
    ages_s = np.concatenate([_ages() + 55.0, [59.75, 59.6]])
    (spike,) = find_spikes(ages_s, np.arange(len(ages_s)), "age", resolution_s=0.001)
    assert spike.members.tolist() == [True] * 21 + [False]


def test_ends_of_one_moment_are_one_hit() -> None:
    """Twenty sessions as old that one event ended show no limit."""
    ages_s = np.concatenate([_ages(), np.random.default_rng(4).exponential(40.0, 20) + 6.0])
    events = np.concatenate([np.zeros(20, np.int64), np.arange(1, 21)])
    assert find_spikes(ages_s, events, "age", resolution_s=0.001) == []


def test_chance_and_three_sessions_show_no_limit() -> None:
    """Memoryless lives pile up nowhere, and three lie together by chance."""
    ages_s = np.random.default_rng(5).exponential(40.0, 60)
    assert find_spikes(ages_s, np.arange(60), "age", resolution_s=0.001) == []
    assert find_spikes(_ages(3), np.arange(3), "age", resolution_s=0.001) == []


@pytest.mark.parametrize(("older", "expected"), [(3, True), (4, False)])
def test_few_sessions_outlive_a_limit(older: int, *, expected: bool) -> None:
    """Beside twenty that it ended, three may have another, four not: 4 of 24 are more than 15 %."""
    ages_s = _ages(20, *(20.0 + 11.0 * number**1.5 for number in range(older)))
    (spike,) = find_spikes(ages_s, np.arange(len(ages_s)), "age", resolution_s=0.001)
    assert is_limit(spike, ages_s, np.ones(len(ages_s), np.bool_)) is expected
    assert is_limit(spike, ages_s, np.arange(len(ages_s)) < 20)


@pytest.mark.parametrize(
    ("wave_s", "jitter_s", "expected"), [(100.0, None, True), (100.0, 1.0, False), (0.5, 0.02, False)]
)
def test_ends_that_agree_better_on_the_moment_than_on_the_age_show_no_limit(
    wave_s: float, jitter_s: float | None, *, expected: bool
) -> None:
    """Clients that came in a wave, and one cut (None) that heartbeats tell within seconds; or a limit on their age."""
    rng = np.random.default_rng(6)
    opened_s = rng.uniform(0.0, wave_s, 30)
    ends_s = 6000.0 + (rng.uniform(0.0, 20.0, 30) if jitter_s is None else opened_s + rng.normal(0.0, jitter_s, 30))
    ages_s = ends_s - opened_s
    (spike,) = find_spikes(ages_s, np.arange(30), "age", resolution_s=0.001)
    assert is_one_moment(spike, ends_s) is expected
