"""The scan finds beats among noise and keeps its word about false alarms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy

from logdiag.analyzers.clocks.gaps import density_guard, merge_close
from logdiag.analyzers.clocks.phase_scan import PhaseScan, propose_periods, scan_phases
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.resolution import find_resolution_s
from logdiag.analyzers.statistics.tails import log10_arc_probability, log10_binomial_tail
from tests.folding import each


def scan(times_s: Floats) -> PhaseScan | None:
    """Scan as the analyzers do: merged, guarded, with the resolution of the stamps."""
    times_s = times_s[merge_close(times_s)]
    found = scan_phases(times_s, guard=density_guard(np.diff(times_s)), resolution_s=find_resolution_s(times_s))
    return found[0] if found else None


def alarm_ratio(draw: str, count: int, runs: int) -> float:
    """Return how often a null of that name gets a false-alarm probability of at most 1 %."""
    alarms = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        if draw == "poisson":
            times = np.cumsum(rng.exponential(30.0, count)).round(3)
        elif draw == "seconds":
            times = np.floor(np.cumsum(rng.exponential(30.0, count)))
        elif draw == "loop":
            times = np.cumsum(rng.gamma(100.0, 0.3, count)).round(3)
        else:
            starts = np.cumsum(rng.exponential(300.0, count // 5 + 1) + 30.0)
            times = np.sort((starts[:, None] + np.cumsum(rng.exponential(2.5, (len(starts), 5)), axis=1)).ravel())
        found = scan(np.sort(times))
        alarms += found is not None and found.log10_false_alarm <= -2.0
    return alarms / runs


@pytest.mark.parametrize(("successes", "trials", "probability"), [(4, 9, 0.01), (8, 59, 0.02), (3, 20, 0.001)])
def test_tail_is_a_close_upper_bound(successes: int, trials: int, probability: float) -> None:
    """The binomial tail never lies below scipy's and not more than a tenth above it where it is small."""
    exact = math.log10(float(scipy.stats.binom.sf(successes - 1, trials, probability)))
    ours = float(log10_binomial_tail(np.array([float(successes)]), trials, np.array([probability]))[0])
    assert exact - 1e-9 <= ours <= exact + math.log10(1.1)


def test_tail_of_the_expected_is_no_surprise() -> None:
    """At or below the mean of the law the bound is 1."""
    assert log10_binomial_tail(np.array([1.0]), 10, np.array([0.2]))[0] == 0.0
    assert log10_arc_probability(3, 3, 1.0) == 0.0


def test_incident_beat_is_found() -> None:
    """The ten stamps of the reference incident hold a beat between 30.000 and 30.010 s, FAP below 1e-5."""
    offsets = [0.0, 30.012, 60.018, 83.295, 90.028, 120.032, 150.034, 180.039, 210.043, 239.852]
    found = scan(1_763_137_552.756 + np.array(offsets))
    assert found is not None
    assert 30.000 < found.period_s < 30.010
    assert found.log10_false_alarm < -5
    assert found.hits.tolist() == [0, 1, 2, 4, 5, 6, 7, 8]


def test_beat_survives_three_times_as_much_noise() -> None:
    """Twenty beats among sixty random drops are found."""
    rng = np.random.default_rng(3)
    beats = 30.006 * np.arange(20) + rng.normal(0.0, 0.005, 20)
    found = scan(np.sort(np.concatenate([beats, rng.uniform(0.0, 570.0, 60)])))
    assert found is not None
    assert abs(found.period_s / 30.006 - 1.0) < 1e-3
    assert found.log10_false_alarm < -6


def test_half_of_the_beats_give_the_whole_period() -> None:
    """When every other beat is missed at random, neither 15 nor 60 s is reported for 30 s."""
    rng = np.random.default_rng(5)
    beats = 30.006 * np.sort(rng.permutation(28)[:14]) + rng.normal(0.0, 0.005, 14)
    found = scan(beats)
    assert found is not None
    assert abs(found.period_s - 30.006) < 0.05


@each(
    ("draw", "count"), [("poisson", 10), ("poisson", 30), ("seconds", 30), ("loop", 10), ("loop", 30), ("bursts", 30)]
)
def test_nulls_stay_below_their_level(draw: str, count: int) -> None:
    """Chance, whole-second stamps, regular loops and bursts raise a 1 % alarm in at most 2 % of 60 runs."""
    assert alarm_ratio(draw, count, 60) <= 0.02


def test_fewer_than_four_events_are_no_scan() -> None:
    """Three events have no false-alarm probability."""
    assert scan_phases(np.array([0.0, 30.0, 60.0]), guard=1.0, resolution_s=0.001) == ()
    assert scan_phases(np.empty(0), guard=1.0, resolution_s=0.001) == ()


def test_equal_times_are_no_beat() -> None:
    """Events without a span give nothing."""
    assert scan_phases(np.zeros(6), guard=1.0, resolution_s=0.001) == ()


def test_a_narrow_range_of_periods_is_no_error() -> None:
    """A span of barely three shortest periods leaves hardly a bin to search, which is fine."""
    for span_s in (15.01, 15.1, 15.3, 16.0):
        assert len(scan_phases(np.linspace(0.0, span_s, 7), guard=1.0, resolution_s=0.001)) <= 8


def test_resolution_depends_on_gaps_alone() -> None:
    """Whole-second stamps shifted by 0.4 s still have a resolution of 1 s."""
    times = 1_763_137_552.4 + np.array([0.0, 30.0, 61.0, 95.0])
    assert find_resolution_s(times) == 1.0
    assert find_resolution_s(times + np.array([0.0, 0.001, 0.0, 0.0])) == 0.001


def test_merge_keeps_the_first_of_each_second() -> None:
    """Drops less than a second after the first of a group belong to it; a second later begins the next group."""
    assert merge_close(np.array([0.0, 0.4, 0.99, 1.0, 5.0])).tolist() == [0, 3, 4]


def test_guard_is_one_for_chance_and_four_for_loops() -> None:
    """The density guard grows with regularity and is capped."""
    assert density_guard(np.array([1.0, 40.0, 3.0, 90.0, 12.0])) == 1.0
    assert density_guard(np.array([30.0, 30.1, 29.9, 30.0])) == 4.0


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_times_propose_no_period(count: int) -> None:
    """Without a gap there is nothing to measure."""
    assert propose_periods(np.zeros(count), min_period_s=5.0, max_period_s=100.0).size == 0


def test_a_beat_among_more_events_than_are_looked_at_is_found() -> None:
    """Of 15,000 events only 400 windows are searched; a beat of a third of them is in each."""
    rng = np.random.default_rng(5)
    beats = 30.0 * np.arange(5_000) + rng.normal(0.0, 0.01, 5_000)
    found = scan(np.sort(np.concatenate((beats, rng.uniform(0.0, 150_000.0, 10_000)))))
    assert found is not None
    assert found.period_s == pytest.approx(30.0, rel=1e-3)


@pytest.mark.parametrize(("count", "windows_count"), [(13, 1), (20, 6)])
def test_the_false_alarm_probability_pays_for_every_trial(count: int, windows_count: int) -> None:
    """All of an exact beat in one arc of 20 ms: tries of starts, sizes, phases, periods (5 s to a third), windows."""
    times, span_s, width_s = 30.0 * np.arange(count), 30.0 * (count - 1), 0.02
    best = scan_phases(times.astype(np.float64), guard=1.0, resolution_s=width_s)[0]
    tail = (count - 1) * math.log10(width_s / 30.0)
    phases_and_periods = span_s / width_s * math.log(span_s / 3.0 / 5.0) + 1.0
    trials = count * (count - 3) * phases_and_periods * windows_count
    assert best.period_s == pytest.approx(30.0)
    assert best.log10_false_alarm == pytest.approx(tail + math.log10(trials), abs=1e-6)
