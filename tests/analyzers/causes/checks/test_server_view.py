"""What a server's log says without reasons: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from typing import Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, Scene, Scenes, case, claim, facts_of, list_scenes
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _heard(heard_s: float | None, *, count: int = 4, **fields: object) -> Scene:
    """Drops of a client that never pauses for more than 10 s, the last message `heard_s` before each."""
    facts = facts_of(count, heard_s=heard_s, usual_s=10.0, **fields)
    silent_count = count if heard_s is not None and heard_s > 12 else 0
    spoke_count = 0 if heard_s is None else count - silent_count
    numbers = {"count": silent_count, "spoke_count": spoke_count, "of_count": silent_count + spoke_count}
    return Scene(case(facts), facts, numbers)


SCENES: Final[Scenes] = {
    "client-fell-silent": {
        SUPPORTS: lambda _: _heard(18.0),
        REFUTES: lambda _: _heard(4.0),
        UNKNOWN: lambda _: _heard(None),
    },
    "client-spoke-to-the-end": {
        SUPPORTS: lambda _: _heard(4.0),
        REFUTES: lambda _: _heard(18.0),
        UNKNOWN: lambda _: _heard(4.0, kick=Evidence(SERVER, 7)),
    },
}


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """The outcome, and the numbers that it rests on."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {key: result.numbers[key] for key in scene.numbers} == scene.numbers


def test_a_pause_of_every_day_is_no_silence() -> None:
    """Where a client pauses for 10 s as a rule, 12 s are still one."""
    assert _heard(12.0).facts[0].fell_silent is False
    assert _heard(12.1).facts[0].fell_silent is True


def test_two_drops_decide_nothing() -> None:
    """It takes three: two may be stray."""
    scene = _heard(18.0, count=2)
    assert CHECKS["client-fell-silent"](scene.case, claim("heartbeat-timeout", scene.facts)).outcome is UNKNOWN


def test_silences_that_no_server_with_heartbeats_waits_through_are_no_lost_heartbeats() -> None:
    """Up to 85 s (25 s and 60 s, the longest defaults) a server may have missed a pong; beyond it waited for none."""
    outcomes = {
        heard_s: CHECKS["client-fell-silent"](scene.case, claim("heartbeat-timeout", scene.facts)).outcome
        for heard_s in (84.0, 86.0)
        for scene in (_heard(heard_s),)
    }
    assert outcomes == {84.0: SUPPORTS, 86.0: UNKNOWN}


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"sent_s": 3.0, "reason": None}, SUPPORTS),
        ({"sent_s": 20.0, "reason": None}, UNKNOWN),
        ({"sent_s": 3.0}, UNKNOWN),
    ],
    ids=["sent late", "silent for most of its time", "a reason is stated"],
)
def test_a_client_that_sent_to_the_end_was_not_cut_for_its_silence(fields: dict[str, object], outcome: Outcome) -> None:
    """Connections of 28.8 s, by the client's own log, that states no reason: messages went out in their last half."""
    facts = facts_of(8, **fields)
    assert CHECKS["client-spoke-to-the-end"](case(facts), claim("connection-age-limit", facts)).outcome is outcome
