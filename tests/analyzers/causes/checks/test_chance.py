"""What is left to chance: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.results.causes import Outcome
from tests.analyzers.cases import (
    Scene,
    Scenes,
    attempt,
    case,
    claim,
    clock,
    fact,
    facts_of,
    list_scenes,
    report,
    trigger,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _of_a_kind(count: int, of: int) -> Scene:
    facts = facts_of(of)
    return Scene(case(facts), facts[:count], {"count": count, "of_count": of})


def _memory(verdict: bool | None) -> Scene:
    facts = facts_of(10)
    return Scene(case(facts, patterns=report(memoryless={"worker1": verdict})), facts, {"count": 10})


SCENES: Final[Scenes] = {
    "no-pattern": {
        SUPPORTS: lambda _: Scene(case(), facts_of(4), {"count": 0, "of_count": 4}),
        REFUTES: lambda _: Scene(case(), (*facts_of(3, fit=clock()), fact(4)), {"count": 3, "of_count": 4}),
        UNKNOWN: lambda _: Scene(case(), (), {"count": 0, "of_count": 0}),
    },
    "more-than-strays": {
        SUPPORTS: lambda _: _of_a_kind(2, 20),
        REFUTES: lambda _: _of_a_kind(1, 20),
        UNKNOWN: lambda _: _of_a_kind(0, 20),
    },
    "enough-unexplained": {
        SUPPORTS: lambda _: Scene(case(), facts_of(6), {"count": 6, "needed_count": 6}),
        REFUTES: lambda _: _of_a_kind(2, 10)._replace(numbers={"count": 2, "of_count": 10}),
        UNKNOWN: lambda _: Scene(case(), facts_of(5), {"count": 5}),
    },
    "memoryless": {
        SUPPORTS: lambda _: _memory(verdict=True),
        REFUTES: lambda _: _memory(verdict=False),
        UNKNOWN: lambda _: _memory(verdict=None),
    },
    "no-trigger": {
        SUPPORTS: lambda _: Scene(case(), facts_of(10), {"count": 0, "of_count": 10}),
        REFUTES: lambda _: Scene(case(), (*facts_of(4, trigger="T1"), *facts_of(6)), {"count": 4, "of_count": 10}),
        UNKNOWN: lambda _: Scene(case(triggers=(trigger(role="undecided"),)), facts_of(10), {"count": 0}),
    },
}


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == pytest.approx(scene.numbers)


@each(
    ("count", "of", "outcome"),
    [(1, 1, SUPPORTS), (1, 3, SUPPORTS), (1, 4, REFUTES), (2, 4, SUPPORTS), (2, 40, REFUTES), (3, 40, SUPPORTS)],
)
def test_a_stray_is_one_of_four_or_a_twentieth(count: int, of: int, outcome: Outcome) -> None:
    """One ping timeout among three cuts does not make a second cause, nor do two among forty."""
    scene = _of_a_kind(count, of)
    assert CHECKS["more-than-strays"](scene.case, claim("heartbeat-timeout", scene.facts)).outcome is outcome


@each(("outage", "outcome"), [(1.2, UNKNOWN), (40.0, SUPPORTS)])
def test_what_several_meet_at_one_moment_is_one_witness(outage: float, outcome: Outcome) -> None:
    """Three connections that are cut together and back in a second show no kind; away for long, they do."""
    facts = tuple(
        fact(n, second=600.0 + n / 50, connection=f"w{n}", fleet_event=0, reopened=600.0 + outage) for n in range(3)
    )
    facts = tuple(replace(one, drop=replace(one.drop, outage_s=outage)) for one in facts)
    result = CHECKS["more-than-strays"](case(facts), claim("transport-failure", facts))
    assert (result.outcome, result.numbers.get("moments_count")) == (outcome, 1 if outcome is UNKNOWN else None)


@pytest.mark.parametrize(("count", "strength"), [(6, 0.6), (10, 1.0), (30, 1.0)])
def test_more_unexplained_disconnects_support_more(count: int, strength: float) -> None:
    """Ten and more count in full."""
    result = CHECKS["enough-unexplained"](case(), claim("unstable-network", facts_of(count)))
    assert (result.outcome, result.strength) == (SUPPORTS, strength)


@pytest.mark.parametrize(("jitter_s", "outcome"), [(3.0, REFUTES), (3.001, SUPPORTS)])
def test_a_loop_whose_rounds_differ_by_more_than_a_tenth_keeps_no_time(jitter_s: float, outcome: Outcome) -> None:
    """Reloads every 20 to 40 s are a loop of sorts, and no clock."""
    facts = facts_of(10, fit=clock("regular-loop", 30.0, jitter_s=jitter_s))
    assert CHECKS["no-pattern"](case(facts), claim("proxy-reload", facts)).outcome is outcome


def test_bursts_have_no_memory_of_a_clock() -> None:
    """Flapping supports a bad line even where the ages are not exponential."""
    facts = facts_of(10, fit=clock("burst", None))
    whole = case(facts, patterns=report(clock("burst", None), memoryless={"worker1": False}, bursty={"worker1": True}))
    assert CHECKS["memoryless"](whole, claim("unstable-network", facts)).outcome is SUPPORTS


@pytest.mark.parametrize(
    ("remember", "forget", "outcome"), [(1, 3, SUPPORTS), (2, 2, REFUTES), (2, 20, SUPPORTS), (5, 20, REFUTES)]
)
def test_a_few_connections_of_many_seem_to_remember_by_chance(remember: int, forget: int, outcome: Outcome) -> None:
    """One in twenty does; half of four do not, as where an idle limit ends connections whose traffic nobody knows."""
    names = [f"worker{number}" for number in range(remember + forget)]
    facts = [fact(number + 1, connection=name) for number, name in enumerate(names)]
    memories = {name: number >= remember for number, name in enumerate(names)}
    whole = case(facts, patterns=report(memoryless=memories))
    assert CHECKS["memoryless"](whole, claim("unstable-network", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("mixed", "lead_s", "outcome"),
    [
        ({"worker/w1": 90}, 0.2, UNKNOWN),
        ({}, 0.2, SUPPORTS),
        ({"worker/w1": 90}, 5.0, SUPPORTS),
        ({"worker/w1": 90}, -0.2, SUPPORTS),
    ],
)
def test_a_push_of_nobody_known_may_announce_the_end(mixed: dict[str, int], lead_s: float, outcome: Outcome) -> None:
    """Where clients share a file and no line says whose a push is, one right before a disconnect may have ended it."""
    facts = facts_of(10, connection="worker/w1")
    pushes = tuple(attempt(30.0 * number - lead_s, connection="worker") for number in range(1, 11))
    result = CHECKS["no-trigger"](case(facts, attempts=pushes, mixed_counts=mixed), claim("unstable-network", facts))
    assert result.outcome is outcome


def test_timed_disconnects_are_not_memoryless() -> None:
    """More than half on a clock refutes, whatever the ages say."""
    facts = (*facts_of(6, fit=clock()), *facts_of(4))
    whole = case(facts, patterns=report(clock(), memoryless={"worker1": True}))
    assert CHECKS["memoryless"](whole, claim("unstable-network", facts)).outcome is REFUTES


def test_sessions_without_length_have_no_spread() -> None:
    """Disconnects stamped like their connects, beside others that a different cause claims: no CV of nothing."""
    facts = [fact(number, second=40.0 * number, opened=40.0 * number) for number in range(1, 13)]
    result = CHECKS["memoryless"](case(facts), claim("unstable-network", facts[:10]))
    assert (result.outcome, result.numbers["cv"]) == (UNKNOWN, None)


def _share_with_an_age_limit(waits_s: Sequence[float]) -> tuple[list[DisconnectFacts], list[DisconnectFacts]]:
    """All disconnects, and those after so much time connected since the one before; a limit of 30 s ends the others."""
    facts: list[DisconnectFacts] = []
    mine: list[DisconnectFacts] = []
    second = 0.0
    for wait_s in waits_s:
        ages = [30.0] * int(wait_s // 30.0) + [wait_s % 30.0]
        for age_s in ages:
            second += age_s + 1.0
            facts.append(fact(len(facts) + 1, second=second, opened=second - age_s))
        mine.append(facts[-1])
    return facts, mine


@pytest.mark.parametrize(
    ("waits_s", "outcome"),
    [(np.random.default_rng(7).exponential(60.0, 30).tolist(), SUPPORTS), ([70.0] * 30, REFUTES)],
)
def test_drops_among_those_of_another_cause_are_judged_by_the_time_connected(
    waits_s: list[float], outcome: Outcome
) -> None:
    """The limit makes all ages short and many equal; the time connected from one drop to the next shows the chance."""
    facts, mine = _share_with_an_age_limit(waits_s)
    assert CHECKS["memoryless"](case(facts), claim("unstable-network", mine)).outcome is outcome


@pytest.mark.parametrize(("step_s", "outcome"), [(0.0, REFUTES), (7.3, SUPPORTS)], ids=["one age", "any age"])
def test_leftovers_of_one_age_are_not_chance(step_s: float, outcome: Outcome) -> None:
    """What another cause leaves, twelve ends of one age: the unseen message that restarts a clock, not the network."""
    loose = [fact(n, opened=30.0 * n - 25.0 - step_s * (n % 5), reopened=30.0 * n + 1) for n in range(1, 13)]
    facts = (*loose, *(fact(n, second=1_000.0 * n, opened=1_000.0 * n - 400.0) for n in range(20, 60)))
    mine = [one.drop.index for one in loose]
    whole = case(facts, patterns=report(bursty={"worker1": True}))
    result = CHECKS["memoryless"](whole, claim("unstable-network", [one for one in facts if one.drop.index in mine]))
    assert result.outcome is outcome


@pytest.mark.parametrize(("count", "outcome"), [(3, SUPPORTS), (4, REFUTES)])
def test_three_of_ten_announced_disconnects_leave_the_rest_unannounced(count: int, outcome: Outcome) -> None:
    """More than three tenths with a line before them are too many for chance as their cause."""
    facts = (*facts_of(count, trigger="T1"), *facts_of(10 - count))
    assert CHECKS["no-trigger"](case(facts), claim("unstable-network", facts)).outcome is outcome
