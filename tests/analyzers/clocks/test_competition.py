"""The competition of anchors: who foretells the drops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdiag.analyzers.clocks.beat import fit_lattice
from logdiag.analyzers.clocks.competition import (
    AGE,
    CLOCK,
    CYCLE,
    IDLE,
    Drops,
    fit_spike,
    fit_spikes,
    predict_beats,
    score_anchors,
    score_lags,
)
from logdiag.analyzers.statistics.arrays import Floats


def table(times_s: Floats, age_s: Floats | None = None, idle_s: Floats | None = None) -> Drops:
    """Build the drops of one connection."""
    count = len(times_s)
    nan = np.full(count, np.nan)
    gaps = np.concatenate([[np.nan], np.diff(times_s)])
    rate = np.full(count, 1.0 / float(np.nanmean(gaps)))
    numbers = np.arange(count)
    age_s, idle_s = (nan if age_s is None else age_s), (nan if idle_s is None else idle_s)
    return Drops(times_s, age_s, idle_s, gaps, np.zeros(count, dtype=np.int64), numbers, rate, np.full(count, np.nan))


def test_spikes_fitted_together_are_those_fitted_apart() -> None:
    """Rows share the iterations and nothing else: to the last bit, whatever the others need."""
    rng = np.random.default_rng(3)
    rows = np.array([rng.laplace(shift, scale, 41) for shift, scale in ((0.0, 0.01), (5.0, 0.3), (0.0, 9.0))])
    rows[:, [4, 17]] = np.nan
    background, weight = rng.uniform(-6.0, -2.0, 41), rng.uniform(-1.0, 0.0, 41)
    together = fit_spikes(rows, background, weight, parameters_count=3, floor_s=0.003)
    apart = [fit_spike(row, background, weight, parameters_count=3, floor_s=0.003) for row in rows]
    assert together == apart
    assert len({spike.nats for spike in together}) == 3


def test_spike_is_found_in_a_background() -> None:
    """A spike of 10 ms that holds 70 % of the residuals is recovered in share and scale."""
    rng = np.random.default_rng(1)
    residuals = np.where(rng.uniform(size=200) < 0.7, rng.laplace(0.0, 0.01, 200), rng.uniform(-15.0, 15.0, 200))
    spike = fit_spike(residuals, np.full(200, math.log(1 / 30)), np.zeros(200), parameters_count=3, floor_s=0.003)
    assert spike.share_ratio == pytest.approx(0.7, abs=0.1)
    assert spike.scale_s == pytest.approx(0.01, rel=0.3)
    assert spike.nats > 300


def test_two_known_residuals_are_no_evidence() -> None:
    """An anchor with fewer than three known lags is out of the competition."""
    residuals = np.array([0.0, 0.0, np.nan, np.nan])
    spike = fit_spike(residuals, np.zeros(4), np.zeros(4), parameters_count=3, floor_s=0.003)
    assert spike.nats == -math.inf


def test_clock_beats_age_when_reconnects_vary() -> None:
    """A 30 s timer with reconnects of 0.5 to 1.5 s is predicted by the clock, not by the age."""
    rng = np.random.default_rng(2)
    times = 30.0 * np.arange(1, 21) + rng.normal(0.0, 0.005, 20)
    starts = np.concatenate([[0.0], times[:-1]]) + rng.uniform(0.5, 1.5, 20)
    lattice = fit_lattice(times, np.arange(20), 30.0)
    scores = score_anchors(table(times, times - starts), lattice, floor_s=0.003)
    assert max(scores, key=lambda name: scores[name]) == CLOCK
    assert scores[CLOCK] - scores[AGE] > 20


def test_age_beats_clock_when_the_lifetime_is_constant() -> None:
    """A lifetime of 45 s is predicted by the age; the beat that it feigns wanders with each reconnect."""
    rng = np.random.default_rng(3)
    lives, delays = 45.0 + rng.normal(0.0, 0.01, 20), rng.uniform(0.5, 1.5, 20)
    times = np.cumsum(lives + delays) - delays
    lattice = fit_lattice(times, np.arange(20), 46.0)
    scores = score_anchors(table(times, lives), lattice, floor_s=0.003)
    assert max(scores, key=lambda name: scores[name]) == AGE


def test_idle_beats_age_when_traffic_varies() -> None:
    """Sessions of any length that end 20 s after the last traffic are idle timeouts."""
    rng = np.random.default_rng(4)
    ages = 20.0 + rng.uniform(0.0, 60.0, 20)
    drops = table(np.cumsum(ages + 1.0), ages, 20.0 + rng.normal(0.0, 0.01, 20))
    scores = score_anchors(drops, None, floor_s=0.003)
    assert max(scores, key=lambda name: scores[name]) == IDLE


def test_traffic_just_before_each_drop_is_no_idleness() -> None:
    """A push 5 ms before every drop does not make an idle timeout of 5 ms."""
    drops = table(np.cumsum(np.random.default_rng(5).exponential(30.0, 20)), idle_s=np.full(20, 0.005))
    assert score_lags(drops.idle_s, drops, IDLE, floor_s=0.003).nats == -math.inf


def test_unknown_connects_leave_the_age_out() -> None:
    """With two known connects of twenty, the age does not take part."""
    times = 30.0 * np.arange(1.0, 21.0)
    ages = np.full(20, np.nan)
    ages[:2] = 29.0
    assert set(score_anchors(table(times, ages), None, floor_s=0.003)) == {CYCLE}


def test_the_first_beat_is_not_foretold() -> None:
    """Beats are predicted by earlier beats only."""
    times = 30.0 * np.arange(6.0)
    lattice = fit_lattice(times, np.arange(6), 30.0)
    assert lattice is not None
    predicted = predict_beats(times, lattice)
    assert math.isnan(predicted[0])
    assert predicted[1:] == pytest.approx(np.zeros(5), abs=1e-9)


@pytest.mark.parametrize("count", [10, 400])
def test_each_parameter_costs_half_the_logarithm_of_the_drops(count: int) -> None:
    """The Bayesian information criterion: what fits equally well with fewer parameters wins."""
    residuals = np.random.default_rng(6).laplace(0.0, 0.01, count)

    def score(parameters_count: int) -> float:
        return fit_spike(
            residuals, np.full(count, -3.0), np.zeros(count), parameters_count=parameters_count, floor_s=0.003
        ).nats

    assert score(2) - score(5) == pytest.approx(1.5 * math.log(count))
    assert score(0) - score(2) == pytest.approx(math.log(count))


@pytest.mark.parametrize(("anchor", "least_s"), [(AGE, 2.0), (IDLE, 5.0), (CYCLE, 2.0)])
def test_what_ends_sooner_than_any_limit_is_no_anchor(anchor: str, least_s: float) -> None:
    """Twenty lags of a constant length: from the shortest that an anchor may have they count, below it not."""
    drops = table(np.cumsum(np.random.default_rng(5).exponential(30.0, 20)))
    assert score_lags(np.full(20, least_s), drops, anchor, floor_s=0.003).nats > 0
    assert score_lags(np.full(20, least_s - 0.01), drops, anchor, floor_s=0.003).nats == -math.inf
