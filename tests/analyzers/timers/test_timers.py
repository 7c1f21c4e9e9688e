"""Announced timers: suspects by period and phase together, never by one of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.timers.ticks import Announcement, follow_timers
from logdiag.analyzers.timers.timers import Scenery, judge_timers
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern, PatternKind
from logdiag.results.timers import Timer, TimerAnswer
from tests.analyzers.timers.test_suspicions import SPAN, START, Times, list_drops, list_lines, tick
from tests.effort import examples

PERIOD = 30.006


def write_drop(index: int, at_s: float, pattern: str | None) -> Disconnect:
    return Disconnect(
        index=index,
        time=datetime.fromtimestamp(at_s, UTC),
        connection="worker1",
        socket_id=None,
        reason="transport close",
        server_reason=None,
        logged=True,
        interval_s=None,
        session_s=None,
        outage_s=None,
        pattern=pattern,
        residual_s=None,
        trigger=None,
        fleet_event=None,
        evidence=Evidence("worker1/socket-client.log", index),
        server_evidence=None,
    )


def write_pattern(period_s: float, count: int, kind: str = "timer") -> Pattern:
    return Pattern(
        "P1",
        PatternKind(kind),
        ("worker1",),
        period_s,
        0.0002,
        0.003,
        None,
        count,
        count,
        0,
        1e-9,
        None,
        (),
        None,
        None,
        None,
    )


def announce(
    at_s: float, period_s: float = 30.0, service: str = "data-manager", *, shift_s: float = 0.0, source: str = "worker1"
) -> Announcement:
    place = Evidence(f"{source}/{service}.log", 1)
    return Announcement(START + shift_s + at_s, period_s, source, service, source, "started (interval: <n>ms)", place)


def judge(
    announcements: list[Announcement],
    times: Times,
    *,
    pattern_s: float | None = PERIOD,
    lines: tuple[TemplateSeries, ...] = (),
    shift_s: float = 0.0,
) -> dict[str, Timer]:
    """Judge timers against disconnects at `times`, all of them on the beat if there is one."""
    context: DropContext = list_drops(times, shift_s=shift_s)
    name = None if pattern_s is None else "P1"
    drops = [write_drop(i, at_s, name) for i, at_s in enumerate(context.times_s.tolist(), 1)]
    patterns = [] if pattern_s is None else [write_pattern(pattern_s, len(drops))]
    timers = follow_timers(announcements, {}, START + shift_s + SPAN)
    found = judge_timers(timers, lines, Scenery(drops, patterns, [context], {}, ()))
    return {timer.service: timer for timer in found}


def test_a_timer_of_the_period_that_stands_just_before_the_beat_is_a_suspect() -> None:
    """Announced 60 ms before the beat, it predicts all 59 disconnects: one chance in hundreds."""
    found = judge([announce(19.94)], tick(1, PERIOD, phase_s=20.0 + PERIOD))["data-manager"]
    assert (found.answer, found.why, found.ticks) == (TimerAnswer.SUSPECT, "same-phase", "predicted")
    assert found.lag_ms is not None
    assert found.lag_ms.median == pytest.approx(60, abs=5)
    assert (found.preceded_count, found.without_count) == (found.of_count, 0)
    assert found.chance_ratio is not None
    assert found.chance_ratio < 0.01


@examples(30, long_count=2000)
@given(st.floats(1.7, 28.4))
def test_a_decoy_of_equal_period_at_another_phase_is_no_suspect(phase_s: float) -> None:
    """Wherever in the period it stands, but for the last and first 1.6 s, the true timer is told from it by phase."""
    times = tick(1, PERIOD, phase_s=50.0 + PERIOD)
    alone = judge([announce(49.94 - phase_s, service="decoy")], times)
    assert alone["decoy"].answer is not TimerAnswer.SUSPECT
    both = judge([announce(49.94 - phase_s, service="decoy"), announce(49.94)], times)
    assert both["data-manager"].answer is TimerAnswer.SUSPECT
    assert both["decoy"].answer is not TimerAnswer.SUSPECT


@examples(20, long_count=2000)
@given(st.integers(-400_000_000, 400_000_000))
def test_a_shift_of_all_times_changes_no_answer(shift_s: int) -> None:
    """Whole seconds earlier or later, the judgement is the same but for the moment of the announcement."""
    times, names = tick(1, PERIOD, phase_s=20.0 + PERIOD), ("data-manager", "report")
    there, here = (
        judge([announce(19.94, shift_s=s), announce(18.0, 60.0, "report", shift_s=s)], times, shift_s=s)
        for s in (float(shift_s), 0.0)
    )
    for name in names:
        one, other = there[name], here[name]
        assert (one.answer, one.why, one.preceded_count) == (other.answer, other.why, other.preceded_count)
        assert one.lag_ms is not None
        assert other.lag_ms is not None
        assert one.lag_ms.median == pytest.approx(other.lag_ms.median, abs=0.01)


def test_a_report_of_twice_the_period_is_cleared_by_the_beats_without_it() -> None:
    """The third question of the reference: half of the disconnects keep the beat without the 60 s report."""
    found = judge([announce(19.94, 60.0, "report")], tick(1, PERIOD, phase_s=20.0 + PERIOD))["report"]
    assert (found.answer, found.why) == (TimerAnswer.CLEARED, "beats-without-it")
    assert found.without_count == pytest.approx(found.of_count / 2, abs=1)


def test_disconnects_off_the_beat_are_none_that_keep_it() -> None:
    """Lines before 5 of 29 disconnects on a beat leave 24 that keep it without them, not all others."""
    times = tick(1, PERIOD, phase_s=20.0 + PERIOD)
    context = list_drops(times)
    drops = [write_drop(i, at_s, "P1" if i % 2 else None) for i, at_s in enumerate(context.times_s.tolist(), 1)]
    lines = list_lines(times[::6] - 0.05)
    found = judge_timers((), (lines,), Scenery(drops, [write_pattern(PERIOD, len(drops))], [context], {}, ()))
    (one,) = found
    assert one.why == "beats-without-it"
    assert one.of_count == sum(drop.pattern == "P1" for drop in drops)
    assert one.without_count == one.of_count - one.preceded_count


def test_a_timer_of_another_period_is_cleared() -> None:
    """Every 25 s makes no beat of 30 s."""
    found = judge([announce(19.94, 25.0)], tick(1, PERIOD))["data-manager"]
    assert (found.answer, found.why) == (TimerAnswer.CLEARED, "other-period")


def test_a_timer_that_ticks_after_the_disconnects_is_cleared() -> None:
    """It comes 1.5 s after each of them: nothing is late before its cause."""
    found = judge([announce(21.5)], tick(1, PERIOD, phase_s=20.0 + PERIOD))["data-manager"]
    assert (found.answer, found.why) == (TimerAnswer.CLEARED, "ticks-after")


def test_a_finer_timer_in_phase_is_neither_suspect_nor_cleared() -> None:
    """Every 10 s, and every third tick stands before a disconnect: alone it does not make the beat."""
    found = judge([announce(19.94, 10.0)], tick(1, PERIOD, phase_s=20.0 + PERIOD))["data-manager"]
    assert (found.answer, found.why) == (TimerAnswer.UNDECIDED, "finer-period")


def test_three_disconnects_on_a_beat_decide_nothing() -> None:
    """Too few to tell a constant lag from luck."""
    found = judge([announce(19.94)], tick(1, PERIOD, phase_s=20.0 + PERIOD)[:3])["data-manager"]
    assert (found.answer, found.why) == (TimerAnswer.UNDECIDED, "few-drops")


def test_logged_ticks_whose_lag_drifts_are_no_suspects() -> None:
    """Two timers of equal period 20 ms apart, one of them 0.6 ms slower a beat: the lag wanders, so two clocks."""
    drops = tick(1, PERIOD, phase_s=20.0 + PERIOD, jitter_s=0.001)
    lines = list_lines(tick(2, PERIOD - 0.0006, phase_s=19.98 + PERIOD, jitter_s=0.001))
    found = judge([announce(19.98)], drops, lines=(lines,))["data-manager"]
    assert found.ticks == "logged"
    assert (found.answer, found.why) == (TimerAnswer.UNDECIDED, "lag-drifts")


def test_no_disconnects_no_timers() -> None:
    """Where nothing went wrong nothing is held against it."""
    assert judge_timers(follow_timers([announce(1.0)], {}, START + SPAN), (), Scenery((), (), (), {}, ())) == ()
