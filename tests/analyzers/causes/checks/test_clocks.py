"""What the clocks say: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from typing import Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.results.causes import Outcome
from logdiag.results.connections import Clock
from tests.analyzers.cases import (
    START,
    Scene,
    Scenes,
    case,
    claim,
    clock,
    facts_of,
    list_scenes,
    own_clock,
    report,
    server_view,
    timed,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _own_pattern(cause: str) -> Scene:
    return timed(own_clock(cause))._replace(numbers={"period_s": 30.0, "count": 10, "of_count": 10})


def _too_few(_: str) -> Scene:
    return Scene(case(facts_of(4), patterns=report(enough={"worker1": False})), (), {"count": 4, "needed_count": 8})


SAME_CLOCK: Final = server_view(clocks=[Clock("worker1", 0.0, 10.0, 9)])
PATTERN: Final = {
    SUPPORTS: _own_pattern,
    REFUTES: lambda _: Scene(case(facts_of(10), emits_seen=True), (), {"count": 10}),
    UNKNOWN: _too_few,
}


SCENES: Final[Scenes] = {
    "wall-clock-pattern": PATTERN,
    "idle-pattern": PATTERN,
    "age-pattern": PATTERN,
    "timer-pattern": PATTERN,
    "lifetime-pattern": {
        SUPPORTS: lambda _: timed(clock("connection-age", 60.04, margin_nats=0.0, runner_up="idle")),
        REFUTES: lambda _: timed(clock("timer")),
        UNKNOWN: lambda _: timed(clock("connection-age", 60.04, margin_nats=9.0, runner_up="idle"))._replace(facts=()),
    },
    "period-not-round": {
        SUPPORTS: lambda cause: timed(own_clock(cause, 30.0058))._replace(numbers={"off_s": 0.0058}),
        REFUTES: lambda cause: timed(own_clock(cause, 30.0001, phase_s=START.timestamp() + 0.4)),
        UNKNOWN: lambda cause: timed(own_clock(cause, 30.0001, phase_s=START.timestamp() + 22.0)),
    },
    "phase-on-the-clock": {
        SUPPORTS: lambda cause: timed(own_clock(cause, 60.0, phase_s=START.timestamp() + 0.01)),
        REFUTES: lambda cause: timed(own_clock(cause, 60.0, phase_s=START.timestamp() + 22.0), server=SAME_CLOCK),
        UNKNOWN: lambda cause: timed(own_clock(cause, 60.0, phase_s=START.timestamp() + 22.0)),
    },
    "limit-of-no-heartbeat": {
        SUPPORTS: lambda cause: timed(own_clock(cause, 60.0))._replace(numbers={"lifetime_s": 60.0}),
        REFUTES: lambda cause: timed(own_clock(cause, 30.1))._replace(numbers={"ping_sum_s": 30.0}),
        UNKNOWN: lambda cause: timed(own_clock(cause, 18.17))._replace(numbers={"product": None}),
    },
    "beat-survives-reconnect": {
        SUPPORTS: lambda cause: timed(own_clock(cause, reset_by_reconnect=False)),
        REFUTES: lambda cause: timed(own_clock(cause, reset_by_reconnect=True)),
        UNKNOWN: lambda cause: timed(own_clock(cause, reset_by_reconnect=None)),
    },
}


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == pytest.approx(scene.numbers)


@pytest.mark.parametrize(("margin", "outcome"), [(None, SUPPORTS), (3.0, SUPPORTS), (2.999, UNKNOWN)])
def test_a_pattern_that_hardly_beats_its_runner_up_supports_nothing(margin: float | None, outcome: Outcome) -> None:
    """Below three nats the two clocks cannot be told apart, and the check names the other one."""
    scene = timed(clock(margin_nats=margin, runner_up="idle"))
    result = CHECKS["timer-pattern"](scene.case, claim("server-timer", scene.facts))
    assert (result.outcome, result.numbers["runner_up"]) == (outcome, "idle")


@pytest.mark.parametrize(("missed", "outcome"), [(None, SUPPORTS), (10, SUPPORTS), (11, UNKNOWN)])
def test_a_beat_that_connections_mostly_lived_through_is_no_timer_s(missed: int | None, outcome: Outcome) -> None:
    """What closes all that is open at each beat does not spare more beats than it hits: chance finds such beats."""
    whole = case(facts_of(10), patterns=report(clock(missed_beats_count=missed)))
    result = CHECKS["timer-pattern"](whole, claim("server-timer", whole.facts))
    assert (result.outcome, result.numbers.get("missed_count")) == (outcome, missed if outcome is UNKNOWN else None)


def test_of_several_patterns_the_one_that_is_set_apart_speaks() -> None:
    """A larger pattern that another clock explains as well does not hide it."""
    doubtful = clock(margin_nats=0.5, members=tuple(("worker1", number) for number in range(12)))
    sure = clock(period_s=47.0, margin_nats=9.0)
    whole = case(facts_of(20), patterns=report(doubtful, sure))
    result = CHECKS["timer-pattern"](whole, claim("server-timer", whole.facts))
    assert (result.outcome, result.numbers["period_s"]) == (SUPPORTS, 47.0)


def test_another_pattern_refutes_the_own_one() -> None:
    """With enough disconnects, a timer speaks against a limit of the connection's age."""
    scene = timed(clock("timer"))
    assert CHECKS["age-pattern"](scene.case, claim("connection-age-limit")).outcome is REFUTES


def test_no_timer_is_ruled_out_where_all_ends_are_those_of_several_at_once() -> None:
    """One that ends a few of them would not show; beside a row of one connection that keeps none, it is ruled out."""
    enough = {"worker1": True, "hub": True, "few": False}
    for mixed, outcome in ((frozenset({"worker1", "hub"}), UNKNOWN), (frozenset({"hub"}), REFUTES)):
        whole = case(facts_of(20), patterns=report(enough=enough, mixed=mixed))
        result = CHECKS["timer-pattern"](whole, claim("server-timer"))
        assert (result.outcome, result.numbers.get("mixed_count")) == (outcome, 20 if mixed > {"hub"} else None)


def test_without_traffic_lines_an_idle_limit_is_not_refuted() -> None:
    """Nobody knows when the connection was last in use; an age limit needs no such lines."""
    whole = case(facts_of(10), emits_seen=False)
    idle = CHECKS["idle-pattern"](whole, claim("idle-timeout"))
    assert (idle.outcome, idle.numbers["needed_count"]) == (UNKNOWN, None)  # not: too few disconnects
    assert CHECKS["age-pattern"](whole, claim("connection-age-limit")).outcome is REFUTES


def test_a_coarse_stamp_does_not_show_a_drift() -> None:
    """30.0058 s over ten beats stamped to the second may be 30 s."""
    scene = timed(clock("timer", 30.0058), resolution_s=1.0)
    assert CHECKS["period-not-round"](scene.case, claim("server-timer", scene.facts)).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("second", "outcome"), [(22.4, SUPPORTS), (22.0, UNKNOWN), (22.99, SUPPORTS), (22.998, UNKNOWN), (22.07, SUPPORTS)]
)
def test_a_round_period_beside_the_seconds_of_a_known_clock_is_a_timer(second: float, outcome: Outcome) -> None:
    """A schedule starts at a whole second, or up to 50 ms after; the worker's stamps are 5 s ahead of the server."""
    server = server_view(clocks=[Clock("worker1", 5000.0, 10.0, 9)])
    fit = clock("timer", 30.0, phase_s=START.timestamp() + second + 5.0, jitter_s=0.002)
    scene = timed(fit, server=server, local_offsets_s={"worker1": (-5.0, 0.0)})
    result = CHECKS["period-not-round"](scene.case, claim("server-timer", scene.facts))
    assert (result.outcome, result.numbers["off_s"]) == (outcome, None)  # its error explains the period


def test_a_schedule_follows_the_local_clock() -> None:
    """A phase 7 s off in the stamps is on the minute where the stamps are 7 s behind the wall clock."""
    fit = clock("wall-clock", 60.0, phase_s=START.timestamp() - 7.0)
    facts = facts_of(10, fit=fit)
    whole = case(facts, local_offsets_s={"worker1": (7.0,)})
    result = CHECKS["phase-on-the-clock"](whole, claim("wall-clock-schedule", facts))
    assert result.outcome is SUPPORTS
    assert result.numbers["lag_s"] == pytest.approx(0.0, abs=1e-6)
