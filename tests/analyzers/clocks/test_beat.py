"""The fit of a beat: period, error, labels, resets."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.clocks.beat import Lattice, fit_lattice
from logdiag.analyzers.statistics.arrays import Floats

OFFSETS_S = np.array([0.0, 30.012, 60.018, 83.295, 90.028, 120.032, 150.034, 180.039, 210.043, 239.852])


def fit(times_s: Floats, seeds: list[int], period_s: float) -> Lattice:
    """Fit, and insist on a result."""
    lattice = fit_lattice(times_s, np.array(seeds, dtype=np.int64), period_s)
    assert lattice is not None
    return lattice


def test_incident_period_and_error() -> None:
    """The incident's period is 30.0058 s +- 0.6 ms, not 30.004 (its typical late gap)."""
    lattice = fit(OFFSETS_S, [0, 1, 2, 4, 5, 6, 7, 8], 30.006)
    assert lattice.period_s == pytest.approx(30.0058, abs=0.0002)
    assert lattice.period_error_s == pytest.approx(0.0006, abs=0.0002)


def test_incident_labels() -> None:
    """One drop is off the beat, the last is an early beat by 190 to 205 ms, and no beat is missed."""
    lattice = fit(OFFSETS_S, [0, 1, 2, 4, 5, 6, 7, 8], 30.006)
    assert np.flatnonzero(~lattice.members).tolist() == [3]
    assert np.flatnonzero(lattice.early_late).tolist() == [9]
    assert -0.205 < lattice.residuals_s[9] < -0.190
    assert lattice.missed_count == 0


def test_missed_beats_are_counted() -> None:
    """Beats between the first and last that ended nothing are missed; those outside are not."""
    cycles = np.array([0, 1, 2, 5, 6, 8, 9])
    lattice = fit(30.0 * cycles, [0, 1, 2, 3, 4, 5, 6], 30.0)
    assert lattice.missed_count == 3
    assert lattice.cycles.tolist() == cycles.tolist()


def test_reset_is_one_clock_with_a_jump() -> None:
    """The same period at another phase is one lattice with one reset, and its error does not suffer."""
    rng = np.random.default_rng(1)
    times = np.concatenate([30.006 * np.arange(12), 341.3 + 30.006 * np.arange(12)]) + rng.normal(0.0, 0.005, 24)
    lattice = fit(times, list(range(12)), 30.006)
    assert bool(lattice.on_beat.all())
    assert len(lattice.shifts) == 1
    time_s, shift_s = lattice.shifts[0]
    assert time_s == times[12]
    assert shift_s == pytest.approx(341.3 - 11 * 30.006, abs=0.05)
    assert abs(lattice.period_s - 30.006) < 4 * lattice.period_error_s


def test_random_rest_is_no_reset() -> None:
    """After the beat ends, random drops are not taken for the same beat at another phase."""
    resets = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        times = np.concatenate([30.006 * np.arange(12), 345.0 + np.cumsum(rng.exponential(30.0, 12))])
        resets += bool(fit(times, list(range(12)), 30.006).shifts)
    assert resets <= 1


def test_wandering_timer_keeps_its_lock() -> None:
    """A timer that is re-armed late by its own callback wanders off its line, and stays one clock."""
    rng = np.random.default_rng(2)
    times: Floats = np.cumsum(30.0 + rng.exponential(0.004, 400)).astype(np.float64)
    lattice = fit(times, list(range(20)), 30.004)
    assert bool(lattice.on_beat.all())
    assert lattice.jitter_s < 0.02


def test_tight_seeds_do_not_hide_the_jitter() -> None:
    """Seeds from a tight part of a wide beat give the wide beat's jitter and a fair error."""
    rng = np.random.default_rng(4)
    times: Floats = (60.0 * np.arange(20) + np.abs(rng.normal(0.0, 0.06, 20))).astype(np.float64)
    seeds = np.flatnonzero(np.abs(times - 60.0 * np.arange(20) - 0.04) < 0.02)
    lattice = fit(times, seeds.tolist(), 60.0)
    assert lattice.jitter_s > 0.02
    assert abs(lattice.period_s - 60.0) < 4 * lattice.period_error_s


def test_a_beat_hit_every_third_time_is_three_times_as_long() -> None:
    """Hits on every third cycle of 10 s, and on no other, are a beat of 30 s."""
    times = 30.0 * np.arange(8.0)
    assert fit(times, list(range(8)), 10.0).period_s == pytest.approx(30.0, abs=1e-6)


def test_too_few_on_the_beat_is_no_fit() -> None:
    """Three events on a beat are no lattice."""
    assert fit_lattice(np.array([0.0, 30.0, 60.0]), np.array([0, 1, 2]), 30.0) is None


@pytest.mark.parametrize("seeds", [[], [2], [3, 4, 5, 6]])
def test_seeds_of_one_cycle_tell_no_period(seeds: list[int]) -> None:
    """No seed, one seed, or four that all stand in one cycle are no fit, whatever else is there."""
    times = np.array([0.0, 30.0, 60.0, 89.0, 90.0, 91.0, 92.0, 120.0])
    assert fit_lattice(times, np.array(seeds, dtype=np.int64), 30.0) is None


@pytest.mark.parametrize(
    ("every", "hits_count", "period_s"), [(2, 4, 10.0), (2, 5, 10.0), (2, 6, 20.0), (3, 3, 10.0), (3, 4, 30.0)]
)
def test_a_longer_beat_needs_more_than_luck(every: int, hits_count: int, period_s: float) -> None:
    """Five hits in a row on even beats are luck once in 16, six once in 32; four on every third once in 27."""
    cycles = np.array([every * number for number in range(hits_count)])
    lattice = fit_lattice(10.0 * cycles, np.arange(hits_count), 10.0)
    assert lattice is None if hits_count < 4 else fit(10.0 * cycles, list(range(hits_count)), 10.0).period_s == period_s


@pytest.mark.parametrize("jitter_s", [0.005, 0.01])
def test_slow_drift_is_no_jitter(jitter_s: float) -> None:
    """A beat that swings by 60 ms over hours scatters no more from one tick to the next: MAD over sqrt 6 is its sd."""
    rng = np.random.default_rng(7)
    ticks = np.arange(400)
    times: Floats = 30.0 * ticks + 0.06 * np.sin(ticks / 60.0) + rng.normal(0.0, jitter_s, 400)
    lattice = fit(times, list(range(400)), 30.0)
    assert float(np.std(lattice.residuals_s)) > 3 * jitter_s
    assert lattice.jitter_s == pytest.approx(jitter_s, rel=0.15)
