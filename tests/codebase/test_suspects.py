"""Timers against measured periods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.codebase.suspects import match_pattern, rank_timers
from logdiag.results.code import CodeTimer, CodeTimerKind, PeriodRelation
from logdiag.results.patterns import Pattern, PatternKind
from tests.folding import each


def pattern(period_s: float, kind: str = "timer") -> Pattern:
    nothing = (None,) * 2
    return Pattern("P1", PatternKind(kind), ("a",), period_s, *nothing, None, 9, 10, 0, 1e-6, False, (), *nothing, None)


def timer(seconds: float, *, reaches: bool = True, function: str = "tick", guess: bool = False) -> CodeTimer:
    return CodeTimer(
        seconds, CodeTimerKind.INTERVAL, function, "", None, reaches, None, None, "a.js", 1, is_guess=guess
    )


@each(
    ("seconds", "relation"),
    [(30.0, PeriodRelation.SAME), (30.6, PeriodRelation.SAME), (30.7, None), (15.0, PeriodRelation.DIVIDES),
     (60.0, PeriodRelation.MULTIPLE), (45.0, None), (4.0, None)],
)  # fmt: skip
def test_same_within_two_percent_else_part_or_multiple(seconds: float, relation: PeriodRelation | None) -> None:
    """2 % to either side; a half and a double are marked as such; a seventh is none of it."""
    found = match_pattern(seconds, [pattern(30.006)])
    assert (found.relation if found else None) == relation


def test_bursts_have_no_period() -> None:
    """What is no clock matches no timer."""
    assert match_pattern(30.0, [pattern(30.0, "burst")]) is None


def test_what_reaches_the_socket_leads() -> None:
    """Same interval and socket before same interval alone, before a double; of equals, a sign of life comes later."""
    rows = [
        timer(60.0, function="double"),
        timer(30.0, reaches=False, function="sweep"),
        timer(30.0, function="sendHeartbeat"),
        timer(30.0, function="snapshot"),
        timer(7.0, function="other"),
    ]
    ranked = rank_timers(rows, [pattern(30.006)])
    assert [(one.function, one.rank) for one in ranked] == [
        ("snapshot", 1), ("sendHeartbeat", 2), ("sweep", 3), ("double", 4), ("other", None),
    ]  # fmt: skip


def test_what_stands_in_the_logs_leads_among_equals() -> None:
    """Of two that reach the socket, the one whose lines are in the logs."""
    rows = [timer(30.0, function="a"), timer(30.0, function="b")]
    ranked = rank_timers(rows, [pattern(30.0)], lambda one: float(one.function == "b"))
    assert [one.function for one in ranked] == ["b", "a"]


def test_what_the_logs_say_of_a_timer_parts_equals() -> None:
    """What the phase confirms leads, with or without a known way to the socket; what the logs clear comes last."""
    rows = [
        replace(timer(30.0, function="cleared"), answer="cleared"),
        timer(30.0, function="unheard"),
        replace(timer(30.0, function="confirmed", reaches=False), answer="suspect"),
        timer(60.0, function="double"),
    ]
    ranked = rank_timers(rows, [pattern(30.006)], lambda one: 9.0 if one.function == "cleared" else 0.0)
    assert [one.function for one in ranked] == ["confirmed", "unheard", "double", "cleared"]


@each(
    ("kind", "period_s", "excess_s"),
    [
        (CodeTimerKind.INTERVAL, 30.006, None), (CodeTimerKind.INTERVAL, 30.195, 0.195),
        (CodeTimerKind.INTERVAL, 29.9, -0.1),
        (CodeTimerKind.REARMED, 30.195, None), (CodeTimerKind.LOOP, 30.195, None), (CodeTimerKind.REARMED, 29.9, -0.1),
        (CodeTimerKind.CRON, 30.0004, None), (CodeTimerKind.CRON, 30.006, 0.006),
    ],
)  # fmt: skip
def test_the_drift_tells_kinds_of_timers_apart(kind: CodeTimerKind, period_s: float, excess_s: float | None) -> None:
    """An interval is late by milliseconds, what sets itself anew by its work too, cron by nothing; none is early."""
    beat = replace(pattern(period_s), period_error_s=0.0002)
    (found,) = rank_timers([replace(timer(30.0), kind=kind)], [beat])
    assert found.excess_s == (None if excess_s is None else pytest.approx(excess_s))


def test_of_two_that_reach_the_socket_the_kind_that_fits_leads() -> None:
    """A period of 30.2 s is that of a timeout that does 200 ms of work and sets itself anew, not of an interval."""
    rows = [timer(30.0, function="a"), replace(timer(30.0, function="b"), kind=CodeTimerKind.REARMED)]
    beat = replace(pattern(30.2), period_error_s=0.001)
    assert [(one.function, one.rank) for one in rank_timers(rows, [beat])] == [("b", 1), ("a", 2)]
    loose = replace(pattern(30.2), period_error_s=0.1)
    assert [one.rank for one in rank_timers(rows, [loose])] == [1, 1], "too loosely measured to tell"


def test_what_nothing_tells_apart_shares_a_rank() -> None:
    """Two intervals of 30 s that reach the socket and log nothing are both first; the next one is third."""
    rows = [timer(30.0, function="b"), timer(30.0, function="a"), timer(30.0, reaches=False, function="c")]
    assert [one.rank for one in rank_timers(rows, [pattern(30.006)])] == [1, 1, 3]
