"""How each kind of clock is written down from its candidate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdiag.analyzers.clocks.beat import fit_lattice
from logdiag.analyzers.clocks.candidates import ClockCandidate
from logdiag.analyzers.clocks.competition import AGE, CLOCK, CYCLE, IDLE
from logdiag.analyzers.clocks.drop_table import DropSeries, DropTable, build_table
from logdiag.analyzers.clocks.fits import ClockFit, write_fit
from logdiag.analyzers.clocks.lifetimes import Limit
from logdiag.analyzers.statistics.arrays import Floats
from tests.analyzers.cases import clock
from tests.folding import each

ORIGIN_S = 1_763_136_017.3  # at no full minute
FLAGS = np.ones(10, dtype=np.bool_)


def table(times_s: Floats, ages_s: Floats | None = None, idle_s: Floats | None = None) -> DropTable:
    nan = np.full(len(times_s), np.nan)
    connected, traffic = nan if ages_s is None else times_s - ages_s, nan if idle_s is None else times_s - idle_s
    return build_table([DropSeries("w", times_s, connected, traffic, times_s[0], times_s[-1])], 0.01)


def write_beat(times_s: Floats, *, has_connects: bool = True) -> ClockFit:
    """The fit of a beat of ten drops and what lies off it."""
    known = table(times_s, np.full(len(times_s), 9.0) if has_connects else None)
    drops = known.drops.times_s
    period_s = float(np.median(np.diff(drops)))
    lattice = fit_lattice(drops, np.arange(len(drops)), period_s)
    assert lattice is not None
    all_drops = np.ones(len(drops), dtype=np.bool_)
    return write_fit(known, ClockCandidate(CLOCK, lattice.members, all_drops, 9.0, -6.0, lattice), CLOCK, all_drops)


def write_limit(anchor: str, lags_s: Floats) -> ClockFit:
    times_s = ORIGIN_S + 50.0 * np.arange(1, 11, dtype=np.float64)
    limit = Limit(40.0, 0.01, 0.02, 0.1, FLAGS, -6.0)
    known = table(times_s, lags_s, lags_s + (1.0 if anchor == AGE else 0.0))
    return write_fit(known, ClockCandidate(anchor, FLAGS, FLAGS, 9.0, -6.0, limit=limit), anchor, FLAGS)


@each(
    ("period_s", "drift_ms"),
    [(30.0, 0.0), (30.0058, 5.8), (29.9942, -5.8), (30.05, 50.0), (30.07, None), (70.09, 90.0), (70.12, None)],
)
def test_a_drift_is_told_of_a_period_near_a_whole_second(period_s: float, drift_ms: float | None) -> None:
    """Within two thousandths of it, and a tenth of a second."""
    found = write_beat(ORIGIN_S + period_s * np.arange(1, 11, dtype=np.float64))
    assert found.kind == "timer"
    assert found.period_s == pytest.approx(period_s)
    assert found.drift_ms_per_beat == (None if drift_ms is None else pytest.approx(drift_ms, abs=1e-3))
    assert found.false_alarm_probability == pytest.approx(1e-6)


def test_a_beat_has_its_phase_in_unix_seconds() -> None:
    """That of a beat, whichever; all of its drops are members, with residuals about 0."""
    found = write_beat(ORIGIN_S + 30.0 * np.arange(1, 11, dtype=np.float64))
    assert found.phase_s is not None
    assert math.remainder(found.phase_s - ORIGIN_S, 30.0) == pytest.approx(0.0, abs=1e-6)
    assert found.phase_s >= ORIGIN_S
    assert found.members == tuple(("w", number) for number in range(10))
    assert list(found.residuals_s.values()) == pytest.approx([0.0] * 10, abs=1e-6)


def test_a_beat_on_full_minutes_is_a_schedule() -> None:
    """Of 60 s, from a full minute on."""
    assert write_beat(1_763_136_000.0 + 60.0 * np.arange(1, 11, dtype=np.float64)).kind == "wall-clock"


@each(
    ("off_s", "has_connects", "is_reset"),
    [(None, True, None), (137.0, True, False), (137.0, False, None), (7.0, True, None), (307.0, True, None)],
)
def test_a_beat_survives_a_reconnect_off_it(off_s: float | None, has_connects: bool, is_reset: bool | None) -> None:
    """A drop amid the beats, and the beat goes on; before the first or behind the last one it shows nothing."""
    beats = 30.0 * np.arange(1, 11, dtype=np.float64)
    times_s = beats if off_s is None else np.sort(np.append(beats, off_s))
    assert write_beat(ORIGIN_S + times_s, has_connects=has_connects).reset_by_reconnect is is_reset


@each(("anchor", "kind"), [(AGE, "connection-age"), (IDLE, "idle")])
def test_a_limit_is_measured_by_its_own_lag(anchor: str, kind: str) -> None:
    """Age from the connect, idleness from the last traffic; each reconnect begins it anew."""
    lags_s = np.linspace(39.98, 40.02, 10)
    found = write_limit(anchor, lags_s)
    assert (found.kind, found.period_s, found.reset_by_reconnect) == (kind, 40.0, True)
    assert (found.period_error_s, found.jitter_s, found.phase_s) == (0.01, 0.02, None)
    residuals = list(found.residuals_s.values())
    assert np.array(residuals) == pytest.approx(lags_s - 40.0, abs=1e-6)


def test_a_loop_has_the_gap_between_its_drops_as_period() -> None:
    """The median of the gaps, 1.4826 times their middle deviation, and the error of a median of nine."""
    gaps = np.array([30.0, 30.2, 29.8, 30.1, 29.9, 30.0, 30.3, 29.7, 30.0])
    times_s = ORIGIN_S + np.concatenate([[0.0], np.cumsum(gaps)])
    limit = Limit(28.8, 0.01, 0.02, 0.1, FLAGS, -6.0)
    found = write_fit(table(times_s), ClockCandidate(AGE, FLAGS, FLAGS, 9.0, -6.0, limit=limit), CYCLE, FLAGS)
    assert found.kind == "regular-loop"
    assert found.period_s == pytest.approx(30.0)
    assert found.jitter_s == pytest.approx(0.14826, rel=1e-3)
    assert found.period_error_s == pytest.approx(1.2533 * 0.14826 / 3.0, rel=1e-3)
    assert math.isnan(found.residuals_s["w", 0])
    assert found.residuals_s["w", 2] == pytest.approx(0.2, abs=1e-6)


def test_a_clock_needs_a_lattice_or_a_limit() -> None:
    """Of neither there is nothing to write."""
    with pytest.raises(ValueError, match="lattice"):
        write_fit(table(ORIGIN_S + np.arange(10.0)), ClockCandidate(AGE, FLAGS, FLAGS, 9.0, -6.0), AGE, FLAGS)


@each(
    ("kind", "jitter_s", "keeps_time"),
    [("timer", 9.0, True), ("burst", 0.0, False), ("regular-loop", 3.0, True), ("regular-loop", 3.01, False)],
)
def test_a_loop_whose_rounds_differ_by_more_than_a_tenth_keeps_no_time(
    kind: str, jitter_s: float, keeps_time: bool
) -> None:
    """Nor do bursts; of 30 s a tenth is 3 s."""
    assert clock(kind, 30.0, jitter_s=jitter_s).keeps_time is keeps_time
