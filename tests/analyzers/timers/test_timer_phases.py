"""Where the disconnects of a beat stand after the ticks of a timer."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.timers.ticks import AnnouncedTimer, Announcement, Run
from logdiag.analyzers.timers.timer_phases import DropBeat, TickPhase, match_period, measure_phase
from logdiag.analyzers.triggers.moments import TemplateSeries
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Lag, Pattern, PatternKind
from tests.folding import each

PLACE = Evidence("worker1/data-pusher.log", 1)


def beat(period_s: float, error_s: float = 0.0, *times_s: float) -> DropBeat:
    pattern = Pattern(
        "P1", PatternKind.TIMER, ("worker1",), period_s, error_s, 0.003, None, 9, 9, 0, 1e-9, None, (), None, None, None
    )
    return DropBeat(pattern, np.array(times_s))


def timer(period_s: float, start_s: float = 0.0, end_s: float = 10_000.0) -> AnnouncedTimer:
    last = Announcement(start_s, period_s, "worker1", "data-pusher", "worker1", "started", PLACE)
    return AnnouncedTimer(last, (Run(start_s, end_s),))


@each(
    ("nominal_s", "period_s", "error_s", "matched"),
    [
        (30.0, 30.0, 0.0, (30.0, 1)),
        (30.0, 30.06, 0.0, (30.06, 1)),
        (30.0, 30.0601, 0.0, None),
        (30.0, 30.0641, 0.001, None),
        (30.0, 30.0639, 0.001, (30.0639, 1)),
        (30.0, 29.999, 0.0, None),
        (30.0, 29.9961, 0.001, (29.9961, 1)),
        (30.0, 29.9959, 0.001, None),
        (100.0, 100.1, 0.0, (100.1, 1)),
        (100.0, 100.101, 0.0, None),
        (10.0, 30.0, 0.0, (10.0, 3)),
        (60.0, 30.0, 0.0, (60.0, 1)),
        (25.0, 30.0, 0.0, None),
    ],
)
def test_a_timer_is_late_and_never_early(
    nominal_s: float, period_s: float, error_s: float, matched: tuple[float, int] | None
) -> None:
    """By two thousandths of its period, a tenth of a second at most, and four errors of the beat to either side."""
    found = match_period(nominal_s, beat(period_s, error_s).pattern)
    assert (found is None) is (matched is None)
    assert found is None or found == pytest.approx(matched)


def test_the_phase_is_that_about_which_most_disconnects_lie() -> None:
    """Four a tenth of a second after their tick; one amid the period is without a tick."""
    found = measure_phase(timer(30.0), None, beat(30.0, 0.0, 30.1, 60.1, 90.1, 120.1, 165.0))
    assert found is not None
    assert (found.with_count, found.without_count, found.parts_count) == (4, 1, 1)
    assert found.centre_s == pytest.approx(0.1)
    assert found.lag_ms.median == pytest.approx(100.0)
    assert found.spread_s == pytest.approx(0.0, abs=1e-9)


def test_a_disconnect_before_its_tick_has_a_negative_phase() -> None:
    """1.5 s early is not 28.5 s late."""
    found = measure_phase(timer(30.0), None, beat(30.0, 0.0, 28.5, 58.5, 88.5, 118.5))
    assert found is not None
    assert found.centre_s == pytest.approx(-1.5)


def test_the_error_of_a_prediction_grows_with_the_age_of_the_announcement() -> None:
    """A period off by 1 ms is off by 2.5 ms halfway of four beats; ticks that are shown need no prediction."""
    drops = beat(30.0, 0.001, 30.1, 60.1, 90.1, 120.1)
    predicted = measure_phase(timer(30.0), None, drops)
    assert predicted is not None
    assert predicted.error_s == pytest.approx(0.0025, rel=0.01)
    ticks = np.array([30.05, 60.05, 90.05, 120.05])
    zeros = np.zeros(4, dtype=np.int64)
    lines = TemplateSeries("worker1", "worker1", "data-pusher", "info", "tick", ticks, (PLACE.file,), zeros, zeros)
    shown = measure_phase(timer(30.0), lines, drops)
    assert shown is not None
    assert shown.error_s == 0.0
    assert shown.centre_s == pytest.approx(0.05)


def test_too_few_disconnects_in_the_life_of_a_timer_tell_nothing() -> None:
    """What came after its process ended is none of its own, and three are too few."""
    times_s = (30.1, 60.1, 90.1, 120.1)
    assert measure_phase(timer(30.0, end_s=120.1), None, beat(30.0, 0.0, *times_s)) is not None
    assert measure_phase(timer(30.0, end_s=120.0), None, beat(30.0, 0.0, *times_s)) is None
    assert measure_phase(timer(25.0), None, beat(30.0, 0.0, *times_s)) is None


@each(
    ("centre_s", "spread_s", "error_s", "ratio"), [(-3.0, 2.0, 0.5, 5 / 30), (3.0, 0.0, 0.0, 0.1), (9.0, 9.0, 9.0, 1)]
)
def test_the_chance_of_a_phase_is_its_reach_within_the_period(
    centre_s: float, spread_s: float, error_s: float, ratio: float
) -> None:
    """As far off as it is, half its spread and two errors; never more than certain."""
    phase = TickPhase(beat(30.0), 30.0, 1, centre_s, spread_s, error_s, 0, Lag(0.0, 0.0, 0.0))
    assert phase.chance_ratio == pytest.approx(ratio)
