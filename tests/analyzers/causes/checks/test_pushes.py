"""What the pushes say: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.pushes.sizes import Bracket
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import PushReading
from tests.analyzers.cases import (
    PUSH_LINE,
    PUSHER,
    SERVER,
    Scene,
    Scenes,
    at,
    attempt,
    case,
    claim,
    clock,
    fact,
    facts_of,
    list_scenes,
    push,
    trigger,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN
VISIBLE: Final = tuple(attempt(30.0 * number + 9) for number in range(10))


def _pushed(count: int = 10, of: int = 10, **fields: Any) -> Scene:
    """So many of the disconnects have a push 20 ms before."""
    facts = (*facts_of(count, push=push(), **fields), *facts_of(of - count))
    return Scene(case(facts, attempts=VISIBLE), facts)


def _announced(role: str, **fields: Any) -> Scene:
    facts = facts_of(10, push=push(), trigger="T1")
    whole = case(facts, attempts=VISIBLE, triggers=(trigger(role=role, **fields),), push_templates=PUSH_LINE)
    return Scene(whole, facts)


def _moved(lead_ms: float, *, resolution_s: float = 0.001) -> Scene:
    """Nine drops on a beat of 30 s; the tenth 195 ms early, so long after its push began."""
    fit = clock(jitter_s=0.004)
    on_beat = facts_of(9, fit=fit, pattern="P1", residual_s=0.001)
    early = fact(10, second=299.805, fit=fit, pattern="P1", residual_s=-0.195, push=push(lead_ms, "failed"))
    return Scene(case((*on_beat, early), attempts=(attempt(299.8),), resolution_s=resolution_s), (*on_beat, early))


def _off_beat(count: int) -> Scene:
    """Nine drops on a beat of 30 s and so many off it, none of them after one of the ten pushes."""
    on_beat = facts_of(9, fit=clock(), pattern="P1", residual_s=0.001)
    others = tuple(fact(10 + number, second=287.0 + number, residual_s=-13.0) for number in range(count))
    return Scene(case((*on_beat, *others), attempts=VISIBLE), (*on_beat, *others))


def _engine(**fields: Any) -> Scene:
    """A server whose lines of the ends of four sockets give an error."""
    facts = facts_of(4, **fields)
    facts = tuple(replace(one, drop=replace(one.drop, server_evidence=Evidence(SERVER, 3))) for one in facts)
    return Scene(case(facts), facts)


def _sent(*sizes: float | None, limit: int | None = 1_000_000) -> Scene:
    """Drops just before which messages of these sizes were sent, under a stated limit."""
    facts = tuple(fact(number, sent_bytes=size) for number, size in enumerate(sizes, 1))
    return Scene(case(facts, max_payload_bytes=limit), facts)


def _own_lines(count: int = 6, **fields: Any) -> Scene:
    facts = facts_of(count)
    return Scene(case(facts, **({"debug_seen": True} | fields)), facts)


def _arrived(arrived: int, of: int) -> Scene:
    facts = (
        *facts_of(arrived, push=push(), push_arrived=True),
        *facts_of(of - arrived, push=push(), push_arrived=False),
    )
    return Scene(case(facts), facts, {"arrived_count": arrived, "of_count": of})


def _own_clock(scene: Scene, cause: str) -> Scene:
    """The same, with every drop on a clock of the cause's kind."""
    fit = clock(claim(cause).patterns[0])
    facts = tuple(fact(one.drop.index, fit=fit, push=one.push, trigger=one.drop.trigger) for one in scene.facts)
    whole = scene.case
    return Scene(
        case(facts, attempts=whole.attempts, triggers=whole.triggers, push_templates=whole.push_templates), facts
    )


def _codes(code: str | None, count: int, other: str | None = None, others: int = 0) -> Scene:
    facts = (*facts_of(count, code=code), *facts_of(others, code=other))
    return Scene(case(facts), facts, {"count": count if code in {"1009", "413"} else 0})


def _server_says(reason: str | None) -> Scene:
    facts = facts_of(4, server_reason=reason)
    return Scene(case(facts), facts, {"of_count": 0 if reason is None else 4})


SCENES: Final[Scenes] = {
    "push-precedes-drops": {
        SUPPORTS: lambda _: _announced("trigger")._replace(numbers={"count": 10, "of_count": 10, "lag_ms": 20.0}),
        REFUTES: lambda _: _pushed(2)._replace(numbers={"count": 2, "of_count": 10, "pushes_count": 10}),
        UNKNOWN: lambda _: _announced("undecided", why_undecided="phase-locked")._replace(
            numbers={"why": "phase-locked"}
        ),
    },
    "push-moves-beat": {
        SUPPORTS: lambda _: _moved(6.0)._replace(
            numbers={"count": 1, "of_count": 1, "lead_ms": 6.0, "early_s": -0.195}
        ),
        REFUTES: lambda _: _off_beat(3)._replace(numbers={"count": 0, "of_count": 3, "pushes_count": 10}),
        UNKNOWN: lambda _: _moved(290.0)._replace(numbers={"count": 1, "of_count": 1}),
    },
    "pushes-arrived": {
        SUPPORTS: lambda _: _arrived(1, 10),
        REFUTES: lambda _: _arrived(5, 10),
        UNKNOWN: lambda _: _arrived(2, 10),
    },
    "no-push-trigger": {
        SUPPORTS: lambda cause: _own_clock(_pushed(2), cause)._replace(numbers={"count": 2, "of_count": 10}),
        REFUTES: lambda cause: _own_clock(_announced("trigger"), cause),
        UNKNOWN: lambda cause: _own_clock(_pushed(3), cause)._replace(numbers={"count": 3, "of_count": 10}),
    },
    "close-code": {
        SUPPORTS: lambda _: _codes("1009", 4, "1006", 6),
        REFUTES: lambda _: _codes("1002", 4),
        UNKNOWN: lambda _: _codes(None, 4),
    },
    "server-transport-error": {
        SUPPORTS: lambda _: _server_says("transport error"),
        REFUTES: lambda _: _server_says("transport close"),
        UNKNOWN: lambda _: _server_says(None),
    },
    "server-payload-line": {
        SUPPORTS: lambda _: Scene(case(payload_errors=(Evidence(SERVER, 9),)), (), {"count": 1}),
        REFUTES: lambda _: _engine(server_error="read ECONNRESET")._replace(numbers={"count": 0, "engine_count": 4}),
        UNKNOWN: lambda _: Scene(case(), (), {"count": 0, "engine_count": 0}),
    },
    "push-size": {
        SUPPORTS: lambda _: _sent(2e6, 3e6, 1e3, None)._replace(
            numbers={"count": 2, "of_count": 3, "largest_bytes": 3e6}
        ),
        REFUTES: lambda _: _sent(2e3, 3e3, None)._replace(numbers={"count": 0, "limit_bytes": 1_000_000}),
        UNKNOWN: lambda _: _sent(None, None)._replace(numbers={"of_count": 0, "limit_bytes": 1_000_000}),
    },
    "own-trigger": {
        SUPPORTS: lambda _: _announced("trigger")._replace(numbers={"count": 10, "template": "Pushing data sync"}),
        REFUTES: lambda _: _own_lines()._replace(numbers={"count": 0, "of_count": 6}),
        UNKNOWN: lambda _: Scene(case(facts_of(3), triggers=(trigger(),)), facts_of(3)),
    },
}


def _outcome(check: str, scene: Scene, cause: str = "payload-too-large") -> Outcome:
    return CHECKS[check](scene.case, claim(cause, scene.facts)).outcome


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == scene.numbers


@pytest.mark.parametrize(("visible", "outcome"), [(5, REFUTES), (4, UNKNOWN)])
def test_a_log_that_hides_its_pushes_refutes_nothing(visible: int, outcome: Outcome) -> None:
    """Below five visible pushes their absence before drops is no evidence."""
    scene = _pushed(0)
    assert _outcome("push-precedes-drops", Scene(case(scene.facts, attempts=VISIBLE[:visible]))) is outcome


def test_inferred_starts_are_not_visible_pushes() -> None:
    """The one failure of the reference incident does not show that the log holds all pushes."""
    tries = tuple(attempt(30.0 * number, inferred=True) for number in range(9))
    assert _outcome("push-precedes-drops", Scene(case(facts_of(10), attempts=tries))) is UNKNOWN


def test_stamps_of_whole_seconds_show_no_push_before_a_drop() -> None:
    """At half a second and coarser neither presence nor absence of a push is known."""
    whole = case(facts_of(10), attempts=VISIBLE, resolution_s=0.5)
    assert _outcome("push-precedes-drops", Scene(whole)) is UNKNOWN
    assert CHECKS["no-push-trigger"](whole, claim("server-timer", whole.facts)).outcome is UNKNOWN


def test_the_last_drop_of_the_reference_incident_is_tied_to_its_push() -> None:
    """6 ms at one push per 30 s: a chance of 2 in 10,000."""
    result = CHECKS["push-moves-beat"](_moved(6.0).case, claim("payload-too-large"))
    assert result.numbers["p_value"] == pytest.approx(2e-4)
    assert result.evidence == (Evidence("worker1/socket-client.log", 300),)


@pytest.mark.parametrize(("lead_ms", "outcome"), [(29.9, SUPPORTS), (30.1, UNKNOWN)])
def test_a_push_moves_a_beat_at_odds_of_one_in_a_thousand(lead_ms: float, outcome: Outcome) -> None:
    """At one push per 30 s that is a lead of 30 ms."""
    assert _outcome("push-moves-beat", _moved(lead_ms)) is outcome


def test_without_a_clock_nothing_can_be_moved() -> None:
    """No beat, no deviation."""
    assert _outcome("push-moves-beat", _pushed(10)) is UNKNOWN


def test_coarse_stamps_show_no_moved_beat() -> None:
    """6 ms mean nothing where stamps are tenths of a second."""
    assert _outcome("push-moves-beat", _moved(6.0, resolution_s=0.1)) is UNKNOWN


def test_a_push_that_arrived_moved_nothing() -> None:
    """Its receipt says that the connection lived."""
    scene = _moved(6.0)
    *others, last = scene.facts
    moved = fact(10, second=299.805, fit=last.fit, pattern="P1", residual_s=-0.195, push=push(6.0), push_arrived=True)
    assert _outcome("push-moves-beat", Scene(case((*others, moved), attempts=(attempt(299.8),)))) is UNKNOWN


def test_one_receipt_decides_nothing() -> None:
    """Fewer than two pushes with a known fate cannot tell."""
    assert _outcome("pushes-arrived", _arrived(1, 1)) is UNKNOWN
    assert _outcome("pushes-arrived", _arrived(0, 1)) is UNKNOWN


@pytest.mark.parametrize(("unknown", "outcome"), [(4, REFUTES), (5, UNKNOWN)])
def test_receipts_acquit_only_where_most_pushes_have_a_known_fate(unknown: int, outcome: Outcome) -> None:
    """All four known pushes arrived: with four more of unknown fate that acquits them, with five it does not."""
    facts = (*facts_of(4, push=push(), push_arrived=True), *facts_of(unknown, push=push()))
    assert _outcome("pushes-arrived", Scene(case(facts), facts)) is outcome


@pytest.mark.parametrize(
    ("arrived", "pattern", "outcome"),
    [(3, "P1", REFUTES), (2, "P1", UNKNOWN), (3, "P2", SUPPORTS), (0, "P1", SUPPORTS)],
)
def test_a_beat_that_goes_on_after_pushes_that_arrived_acquits_the_others(
    arrived: int, pattern: str, outcome: Outcome
) -> None:
    """Drops whose push arrived are not claimed, but those on the beat of the claimed ones show what keeps it."""
    claimed = facts_of(10, fit=clock(), pattern="P1", push=push(), push_arrived=False)
    others = tuple(
        fact(11 + number, fit=clock(), pattern=pattern, push=push(), push_arrived=True) for number in range(arrived)
    )
    assert _outcome("pushes-arrived", Scene(case((*claimed, *others)), claimed)) is outcome


def test_pushes_that_arrive_acquit_themselves() -> None:
    """A push 20 ms before each beat whose receipts are all there does not pull the timer."""
    fit = clock()
    facts = facts_of(10, fit=fit, push=push(), push_arrived=True)
    result = CHECKS["no-push-trigger"](case(facts, attempts=VISIBLE), claim("server-timer", facts))
    assert (result.outcome, result.numbers["arrived_count"]) == (SUPPORTS, 10)


@pytest.mark.parametrize(
    ("mixed", "connections", "together", "outcome"),
    [
        ({}, ("worker1",), False, SUPPORTS),
        ({"worker1": 90}, ("worker1",), False, UNKNOWN),
        ({"worker1": 90}, ("worker1", "worker2"), True, SUPPORTS),
        ({"worker1": 90}, ("worker1", "worker2"), False, UNKNOWN),
    ],
)
def test_pushes_of_nobody_known_may_set_the_beat_of_one_client(
    mixed: dict[str, int], connections: tuple[str, ...], together: bool, outcome: Outcome
) -> None:
    """Messages that stand mixed in a file of several clients: no push of one ends all of them in one moment.

    Clients that end one after the other at equal distances may each have a beat of its own, or be mistaken for another.
    """
    facts = facts_of(10, fit=clock(connections=connections), fleet_wide=together)
    whole = case(facts, attempts=VISIBLE, mixed_counts=mixed)
    result = CHECKS["no-push-trigger"](whole, claim("server-timer", facts))
    assert (result.outcome, result.numbers.get("mixed_count")) == (outcome, 90 if outcome is UNKNOWN else None)


@pytest.mark.parametrize(
    ("template", "outcome"), [("Pushing data sync", UNKNOWN), ("Scheduled connection cleanup", SUPPORTS)]
)
def test_a_push_of_somebody_before_a_common_beat_may_set_it(template: str, outcome: Outcome) -> None:
    """Clients that start together push together; what the server announces is no push of theirs."""
    facts = facts_of(10, fit=clock(connections=("worker1", "worker2")), trigger="T1", fleet_wide=True)
    announced = trigger(template, connection="")
    whole = case(
        facts,
        attempts=VISIBLE,
        mixed_counts={"worker1": 90},
        triggers=(announced,),
        push_templates=PUSH_LINE,
    )
    assert CHECKS["no-push-trigger"](whole, claim("server-timer", facts)).outcome is outcome


def test_an_end_that_no_line_tells_of_left_no_beat() -> None:
    """Its moment is that of the last line before, which may well be a push's."""
    scene = _moved(20.0)
    *on_beat, early = scene.case.facts
    untold = replace(early, drop=replace(early.drop, logged=False))
    assert _outcome("push-moves-beat", scene) is SUPPORTS
    assert _outcome("push-moves-beat", Scene(replace(scene.case, facts=(*on_beat, untold)), ())) is UNKNOWN


def test_without_disconnects_on_its_clock_no_push_is_missing_either() -> None:
    """A cause that claims nothing has nothing that a push could have pulled."""
    assert _outcome("no-push-trigger", Scene(case(attempts=VISIBLE)), "server-timer") is UNKNOWN


def test_a_trigger_of_the_server_is_no_push_of_ours() -> None:
    """Only lines of the client count as our own trigger."""
    facts = facts_of(10, trigger="T1")
    whole = case(facts, triggers=(trigger(connection="", source="master"),), push_templates=PUSH_LINE)
    assert CHECKS["own-trigger"](whole, claim("client-close", facts)).outcome is UNKNOWN
    assert _outcome("push-precedes-drops", Scene(whole, facts)) is UNKNOWN


@pytest.mark.parametrize(
    ("code", "outcome"), [("1009", SUPPORTS), ("413", SUPPORTS), ("1002", REFUTES), ("1006", UNKNOWN)]
)
def test_too_big_is_1009_or_413(code: str, outcome: Outcome) -> None:
    """RFC 6455 on a WebSocket, HTTP on polling."""
    assert _outcome("close-code", _codes(code, 3)) is outcome


def test_the_trigger_is_shown_by_its_line() -> None:
    """The evidence of a push before drops is the trigger's example."""
    scene = _announced("trigger")
    result = CHECKS["push-precedes-drops"](scene.case, claim("payload-too-large", scene.facts))
    assert result.evidence == (Evidence(PUSHER, 7),)


@pytest.mark.parametrize(("count", "visible", "outcome"), [(3, 10, REFUTES), (2, 10, UNKNOWN), (3, 4, UNKNOWN)])
def test_it_takes_three_drops_off_the_beat_and_visible_pushes_to_acquit_them(
    count: int, visible: int, outcome: Outcome
) -> None:
    """Fewer than three, or pushes that the log does not hold, say nothing."""
    scene = _off_beat(count)
    whole = replace(scene.case, attempts=VISIBLE[:visible])
    assert _outcome("push-moves-beat", Scene(whole, scene.facts)) is outcome


def test_a_push_that_moved_the_beat_refutes_a_timer_elsewhere() -> None:
    """At three quarters of the weight of a push before nearly every drop."""
    scene = _moved(6.0)
    result = CHECKS["no-push-trigger"](scene.case, claim("server-timer", scene.facts))
    assert (result.outcome, result.strength, result.numbers["lead_ms"]) == (REFUTES, 0.75, 6.0)


@each(
    ("sizes", "limit", "outcome"),
    [
        ((1_000_001.0,), 1_000_000, SUPPORTS),
        ((1_000_000.0,), 1_000_000, UNKNOWN),
        ((900_000.0,), 1_000_000, UNKNOWN),
        ((899_999.0,), 1_000_000, REFUTES),
        ((2e6, 2e3), 1_000_000, UNKNOWN),
        ((2e6,), None, UNKNOWN),
    ],
)
def test_a_size_is_held_against_the_stated_limit(sizes: tuple[float, ...], limit: int | None, outcome: Outcome) -> None:
    """Above it supports, below nine tenths refutes (a frame is larger than its payload); without a limit, nothing."""
    assert _outcome("push-size", _sent(*sizes, limit=limit)) is outcome


def test_the_servers_own_error_may_name_the_size() -> None:
    """What Socket.IO gives as the description of a disconnect."""
    assert _outcome("server-payload-line", _engine(server_error="Max payload size exceeded")) is SUPPORTS


def test_a_server_that_logs_its_engine_would_have_logged_the_size() -> None:
    """Debug lines of Engine.IO near the drops, none of them about the size."""
    facts = facts_of(3)
    assert _outcome("server-payload-line", Scene(case(facts, engine_lines_count=9), facts)) is REFUTES


@pytest.mark.parametrize(
    "fields",
    [{"debug_seen": False}, {"resolution_s": 1.0}, {"triggers": (trigger(role="undecided"),)}, {"count": 5}],
)
def test_unannounced_drops_say_nothing_where_a_line_could_hide(fields: dict[str, Any]) -> None:
    """No debug level, coarse stamps, a doubtful line, or fewer than six drops."""
    assert _outcome("own-trigger", _own_lines(**fields), "client-close") is UNKNOWN


def test_a_receipt_acquits_no_push_where_the_stamps_are_coarse() -> None:
    """Another push may have begun within the same second."""
    facts = facts_of(10, fit=clock(), push=push(), push_arrived=True)
    whole = case(facts, attempts=VISIBLE, resolution_s=1.0)
    assert CHECKS["no-push-trigger"](whole, claim("server-timer", facts)).outcome is UNKNOWN


def test_sizes_that_part_the_dead_from_the_survivors_decide_without_a_stated_limit() -> None:
    """And pushes seconds before the drops are then no objection."""
    whole = case(facts_of(6), attempts=VISIBLE, bracket=Bracket(1.6e7, 4e7, 40, 1e-6, frozenset(range(1, 7))))
    result = CHECKS["push-size"](whole, claim("payload-too-large", whole.facts))
    assert result.outcome is SUPPORTS
    assert (result.numbers["largest_survivor_bytes"], result.numbers["smallest_dead_bytes"]) == (1.6e7, 4e7)
    assert (result.numbers["count"], result.numbers["of_count"], result.numbers["chance_probability"]) == (6, 40, 1e-6)
    assert CHECKS["push-precedes-drops"](whole, claim("payload-too-large", whole.facts)).outcome is UNKNOWN


def _read_both(beat_ms: float, chance: float) -> Scene:
    """The last drop off its beat, before which the lines leave open which push failed: weights 0.25 and 0.75."""
    scene = _moved(6.0)
    *others, last = scene.facts
    readings = (
        PushReading("handed-over", at(299.799), 0.25, 181.0, 201.0, 0.0134),
        PushReading("at-once", at(299.98), 0.75, 0.0, beat_ms, chance),
    )
    moved = replace(last, push=push(6.0, readings=readings))
    return Scene(replace(scene.case, facts=(*others, moved)))


def test_both_readings_of_a_push_weigh_on_what_moved_the_beat() -> None:
    """One counts by its weight; the other by how unlikely its nearness to the beat due is, and not at all after it."""
    cause = claim("payload-too-large")
    near, far, after = (
        CHECKS["push-moves-beat"](_read_both(*one).case, cause)
        for one in ((25.0, 1 / 600), (2_000.0, 0.13), (-25.0, 1 / 600))
    )
    assert (near.outcome, far.outcome) == (SUPPORTS, SUPPORTS)
    assert near.strength == pytest.approx(0.25 + 0.75 * 0.926, abs=0.001)
    assert far.strength == after.strength == 0.25
    assert (near.numbers["joined_ratio"], near.numbers["other_ratio"], near.numbers["beat_ms"]) == (0.25, 0.75, 25.0)
    assert (far.numbers["beat_ms"], after.numbers["beat_probability"]) == (None, None)
