"""An age limit, or something that ends all at once? Connections that began apart tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS, CheckResult
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.ranking import judge_causes
from logdiag.results.causes import Outcome
from tests.analyzers.cases import (
    START,
    Scene,
    Scenes,
    case,
    claim,
    clock,
    fact,
    facts_of,
    far_session,
    list_scenes,
    server_view,
)
from tests.folding import each

LIMIT_S = 600.0
AGE = clock("connection-age", LIMIT_S)


def ends(moments: Sequence[float], ages: Sequence[float], event: int | None, first: int = 1) -> list[DisconnectFacts]:
    """One end a connection: of these moments and ages; those at the limit belong to its pattern."""
    return [
        fact(
            first + place,
            second=moment,
            opened=moment - age,
            connection=f"u{place}",
            fit=AGE if abs(age - LIMIT_S) <= 1.0 else None,
            fleet_event=event,
            fleet_wide=event is not None,
        )
        for place, (moment, age) in enumerate(zip(moments, ages, strict=True))
    ]


def ask(facts: Sequence[DisconnectFacts], resolution_s: float = 0.001) -> CheckResult:
    claimed = [one for one in facts if one.fit is not None]
    whole = case(facts, connections_count=6, resolution_s=resolution_s)
    return CHECKS["ages-outlast-moments"](whole, claim("connection-age-limit", claimed))


def mass(cycle: int, spread_s: float, age_spread_s: float) -> list[DisconnectFacts]:
    """Six ends within `spread_s`, at ages that differ by `age_spread_s`."""
    at = [LIMIT_S * cycle + spread_s * place / 5 for place in range(6)]
    return ends(at, [LIMIT_S - age_spread_s * place / 5 for place in range(6)], cycle, 6 * cycle)


FIRST = ends([300.0] * 6, [10.0, 50.0, 90.0, 130.0, 170.0, 210.0], 0)


def _apart() -> Scene:
    facts = ends([100.0 * place + LIMIT_S for place in range(6)], [LIMIT_S] * 6, None)
    return Scene(case(facts, connections_count=6), tuple(facts), {"count": 6, "of_count": 6})


def _together_scene() -> Scene:
    facts = [*FIRST, *mass(1, 0.0, 0.0)]
    claimed = tuple(one for one in facts if one.fit is not None)
    return Scene(case(facts, connections_count=6), claimed, {"moment_count": 6, "of_count": 6})


def _back(soon_count: int, late_count: int) -> Scene:
    facts = [fact(n, reopened=30.0 * n + 10.0) for n in range(1, soon_count + 1)]
    facts += [fact(n, reopened=30.0 * n + 10.1) for n in range(11, 11 + late_count)]
    numbers = {"count": soon_count, "late_count": late_count, "of_count": soon_count + late_count}
    return Scene(case(facts), tuple(facts), numbers)


def _in_step(apart_s: float, beats_count: int = 8) -> Scene:
    """Two connections, both known by the server alone, whose ends come `apart_s` apart on a beat of 30 s."""
    facts = [
        fact(
            2 * beat + place,
            second=30.0 * beat + place * apart_s,
            connection=f"u{place}",
            fleet_event=beat if apart_s < 1.0 else None,
            fleet_wide=apart_s < 1.0,
        )
        for beat in range(1, beats_count + 1)
        for place in (0, 1)
    ]
    server = server_view(*(far_session(name, connection=name) for name in ("u0", "u1")))
    return Scene(case(facts, server=server), tuple(facts), {"of_count": len(facts)})


def _together(count: int, of: int, *, connections: int = 3) -> Scene:
    """So many of the ends are of the whole fleet."""
    facts = (*facts_of(count, fleet_wide=True), *facts_of(of - count))
    return Scene(case(facts, connections_count=connections), facts, {"connections_count": connections})


SCENES: Final[Scenes] = {
    "all-at-once": {
        Outcome.SUPPORTS: lambda _: _together(6, 10),
        Outcome.REFUTES: lambda _: _together(2, 10),
        Outcome.UNKNOWN: lambda _: _together(5, 10),
    },
    "not-all-at-once": {
        Outcome.SUPPORTS: lambda _: _together(5, 10),
        Outcome.REFUTES: lambda _: _together(6, 10),
        Outcome.UNKNOWN: lambda _: _together(0, 0),
    },
    "ends-in-step": {
        Outcome.SUPPORTS: lambda _: _in_step(0.01),
        Outcome.REFUTES: lambda _: _in_step(9.0),
        Outcome.UNKNOWN: lambda _: _in_step(0.01, beats_count=5),
    },
    "ages-outlast-moments": {
        Outcome.SUPPORTS: lambda _: _apart(),
        Outcome.REFUTES: lambda _: _together_scene(),
        Outcome.UNKNOWN: lambda _: Scene(case(), (), {"count": None}),
    },
    "back-at-once": {
        Outcome.SUPPORTS: lambda _: _back(4, 1),
        Outcome.REFUTES: lambda _: _back(2, 3),
        Outcome.UNKNOWN: lambda _: _back(3, 2),
    },
}


def test_ends_together_at_ages_of_their_own_refute_an_age() -> None:
    """Six began when they liked and ended in one second; all later ones began, and ended, together."""
    result = ask([*FIRST, *mass(1, 0.0, 0.0), *mass(2, 0.0, 0.0)], resolution_s=1.0)
    assert (result.outcome, result.numbers["moment_count"], result.numbers["count"]) == (Outcome.REFUTES, 6, 0)


def test_moments_of_another_clock_say_nothing_of_an_age() -> None:
    """A timer ends all at once, at ages of their own; between its beats each connection reaches its limit alone."""
    limit = [*mass(1, 0.8, 0.0), *mass(3, 0.8, 0.0)]
    timer = [one for cycle in (2, 4) for one in ends([LIMIT_S * cycle] * 6, [350.0] * 6, cycle, 6 * cycle)]
    result = ask([*limit, *timer])
    assert (result.outcome, result.numbers["moment_count"]) == (Outcome.SUPPORTS, None)


def test_a_timer_of_whole_seconds_shows_no_step() -> None:
    """Stamps in whole seconds cannot show that two ends are 20 ms apart."""
    scene = _in_step(0.01)
    coarse = replace(scene.case, resolution_s=1.0)
    assert CHECKS["ends-in-step"](coarse, claim("server-timer", scene.facts)).outcome is Outcome.UNKNOWN


def test_ends_together_that_began_together_are_not_told_apart() -> None:
    """Whole seconds hide which of both it is: not asserted, and nothing is said of other ages."""
    facts = [*mass(1, 0.0, 0.0), *mass(2, 0.0, 0.0)]
    result = ask(facts, resolution_s=1.0)
    assert (result.outcome, result.numbers["moment_count"], result.numbers["of_count"]) == (Outcome.REFUTES, None, 12)
    asserted = [
        one.id for one in judge_causes(case(facts, connections_count=6, resolution_s=1.0)) if one.confidence >= 0.5
    ]
    assert "connection-age-limit" not in asserted


@pytest.mark.parametrize(
    "facts",
    [
        ends([100.0 * place + LIMIT_S for place in range(6)], [LIMIT_S] * 6, None),
        [*mass(1, 0.8, 0.0), *mass(2, 0.8, 0.0)],
        [
            *FIRST,
            *(one for n in range(1, 4) for one in ends([n * 900.0 + 100.0 * k for k in range(6)], [LIMIT_S] * 6, None)),
        ],
    ],
    ids=["each ends alone", "the ages are nearer than the ends", "a restart beside an age limit"],
)
def test_ends_apart_at_one_age_support_it(facts: Sequence[DisconnectFacts]) -> None:
    """Connections that began apart end apart, also where they drop within one second of each other."""
    assert ask(facts).outcome is Outcome.SUPPORTS


def test_moments_nearer_than_ages_refute_an_age() -> None:
    """Reconnects of all within 0.9 s show in the ages, not in the ends."""
    assert ask([*mass(1, 0.0, 0.9), *mass(2, 0.0, 0.9)]).outcome is Outcome.REFUTES


@pytest.mark.parametrize("connections_count", [1, 6])
def test_too_few_ends_tell_nothing(connections_count: int) -> None:
    """One connection has no company; of two ends that were alone a coin is as sure."""
    facts = ends([600.0, 1300.0], [LIMIT_S] * 2, None)
    whole = case(facts, connections_count=connections_count)
    result = CHECKS["ages-outlast-moments"](whole, claim("connection-age-limit", facts))
    assert result.outcome is Outcome.UNKNOWN


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == scene.numbers


@pytest.mark.parametrize(
    ("outage_s", "reason", "asserted"), [(1.2, None, True), (32.0, None, False), (32.0, "transport close", True)]
)
def test_a_schedule_needs_a_reason_or_clients_that_come_straight_back(
    outage_s: float, reason: str | None, *, asserted: bool
) -> None:
    """All drop at each full minute, no line says why: who is kept away for 32 s may hold an old token."""
    fit = clock("wall-clock", 60.0, phase_s=START.timestamp() + 0.001)
    facts = [
        fact(n, second=60.0 * n, reopened=60.0 * n + outage_s, reason=reason, fit=fit, fleet_wide=True, fleet_event=n)
        for n in range(1, 20)
    ]
    causes = judge_causes(case(facts, connections_count=2))
    assert ("wall-clock-schedule" in [one.id for one in causes if one.confidence >= 0.5]) is asserted


def test_one_worker_cannot_drop_together_with_others() -> None:
    """With a single connection, simultaneity says nothing for or against the server."""
    scene = _together(0, 10, connections=1)
    assert CHECKS["all-at-once"](scene.case, claim("server-restart", scene.facts)).outcome is Outcome.UNKNOWN


def test_few_ends_in_one_moment_refute_no_restart_that_is_seen() -> None:
    """Where the very server started anew in most outages, its clients may have noticed its end one by one."""
    scene = _together(0, 10)
    started = tuple(replace(fact, server_start=fact.drop.time) for fact in scene.facts)
    assert CHECKS["all-at-once"](scene.case, claim("server-restart", started)).outcome is Outcome.UNKNOWN
