"""Whom the server throws out, and for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    SERVER,
    Scene,
    Scenes,
    case,
    claim,
    fact,
    facts_of,
    far_session,
    list_scenes,
    server_view,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _kicked_unstated(lead_s: float | None) -> Scene:
    facts = facts_of(4, reason=None, kick_lead_s=lead_s)
    return Scene(case(facts, kicks_count=60), facts, {"count": 0 if lead_s is None else 4, "of_count": 4})


def _replaced(count: int) -> Scene:
    facts = tuple(
        replace(one, drop=replace(one.drop, reason="replaced by another login")) for one in facts_of(count, reason=None)
    )
    return Scene(case((*facts, fact(9, reason=None))), facts)


def _announced_by_server(count: int) -> Scene:
    """A server that logs three kicks, so many of them at these drops."""
    reason = "io server disconnect"
    facts = (*facts_of(count, reason=reason, kick=Evidence(SERVER, 4)), *facts_of(5 - count, reason=reason))
    return Scene(case(facts, kicks_count=3), facts, {"count": count, "of_count": 5, "kicks_count": 3})


def _rivals(count: int, connections: int) -> Scene:
    facts = (*facts_of(count, rival="worker2"), fact(9))
    return Scene(case(facts, connections_count=connections), facts, {"count": count, "of_count": count + 1})


SCENES: Final[Scenes] = {
    "same-worker-joined": {
        SUPPORTS: lambda _: _rivals(2, connections=2),
        REFUTES: lambda _: _rivals(0, connections=2),
        UNKNOWN: lambda _: _rivals(1, connections=2),
    },
    "stated-replaced": {
        SUPPORTS: lambda _: _replaced(2)._replace(numbers={"count": 2, "of_count": 3}),
        REFUTES: lambda _: Scene(case(facts_of(3, reason="ping timeout")), (), {"count": 3, "of_count": 3}),
        UNKNOWN: lambda _: _replaced(1)._replace(numbers={"count": 1, "of_count": 2}),
    },
    "kick-line-seen": {
        SUPPORTS: lambda _: _announced_by_server(3),
        REFUTES: lambda _: _announced_by_server(0),
        UNKNOWN: lambda _: Scene(case(facts_of(3)), facts_of(3), {"count": 0, "kicks_count": 0}),
    },
    "kicks-precede-drops": {
        SUPPORTS: lambda _: _kicked_unstated(0.003),
        REFUTES: lambda _: _kicked_unstated(None),
        UNKNOWN: lambda _: _kicked_unstated(1.9),
    },
}


def test_no_second_login_is_ruled_out_where_no_line_names_a_client() -> None:
    """Logs in which every connection has the name of its own socket would not show a second one of the same id."""
    facts = facts_of(3)
    for seen, outcome in ((True, REFUTES), (False, UNKNOWN)):
        whole = case(facts, connections_count=3, ids_seen=seen)
        assert CHECKS["same-worker-joined"](whole, claim("duplicate-connection")).outcome is outcome


def test_sockets_of_one_client_that_live_side_by_side_are_told_of() -> None:
    """Three of one user's overlap: nobody may say that none joined under the same id, though none ended another."""
    facts = [fact(n, opened=30.0 * n - 50, side=Side.SERVER, server_has_end=True) for n in range(1, 4)]
    whole = case(facts, connections_count=3)
    result = CHECKS["same-worker-joined"](whole, claim("duplicate-connection"))
    assert (result.outcome, result.numbers["beside_count"]) == (REFUTES, 2)


def test_the_servers_line_by_which_the_other_one_came_is_cited() -> None:
    """That of its join right at the drop, before the lines of the drops, with the names of all who came."""
    drops = [replace(one, rival=f"worker{n}", shared_id="w") for n, one in enumerate(facts_of(2), 2)]
    at_drop = drops[0].drop.time
    join = Evidence(SERVER, 5)
    other = replace(far_session("other", 0.0, joined=at_drop), worker_id="w", join_evidence=join)
    stranger = replace(other, socket_id="stranger", worker_id="x", join_evidence=Evidence(SERVER, 6))
    whole = case(drops, connections_count=2, server=server_view(other, stranger))
    result = CHECKS["same-worker-joined"](whole, claim("duplicate-connection", drops))
    assert result.evidence[0] == join
    assert Evidence(SERVER, 6) not in result.evidence
    assert result.numbers["rivals"] == "worker2, worker3"
    assert result.numbers["joins_count"] == 1  # the other drop is a minute away from it


def test_a_line_that_ends_the_older_socket_tells_of_a_rival() -> None:
    """`already connected, disconnecting old socket` right before each end: no coincidence, and no refutation by ids."""
    said = "Runner 7 already connected, disconnecting old socket"
    facts = facts_of(9, reason=None, kick_lead_s=0.001, kick=Evidence(SERVER, 2), replaced=said)
    whole = case(facts, kicks_count=9, connections_count=9)
    rival = claim("duplicate-connection", facts)
    assert CHECKS["stated-replaced"](whole, rival).outcome is SUPPORTS
    assert CHECKS["same-worker-joined"](whole, rival).outcome is UNKNOWN


def test_a_kick_of_drops_that_state_another_reason_supports_no_kick() -> None:
    """A cause that claims nothing is not supported by the server's line."""
    whole = case(facts_of(3, kick=Evidence(SERVER, 4)), kicks_count=3)
    assert CHECKS["kick-line-seen"](whole, claim("server-kick")).outcome is UNKNOWN


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == scene.numbers


def test_a_replacement_is_quoted_in_the_words_that_most_ends_have() -> None:
    """What the server says right before, else the reason; no more of it than a line of a terminal."""
    said = "Runner 7 already connected, disconnecting old socket" + "." * 80
    facts = (*facts_of(2, replaced=said), fact(3, reason="replaced by another login"))
    result = CHECKS["stated-replaced"](case(facts), claim("duplicate-connection", facts))
    assert (result.numbers["count"], result.numbers["reason"]) == (3, said[:80])


def test_the_evidence_of_a_throw_out_is_the_server_s_line_before_it() -> None:
    """Of the end where the line of the end says it; of a kick without one nothing is shown."""
    kick, end = Evidence(SERVER, 2), fact(1).drop.evidence
    before = [fact(number, kick=kick, replaced="another login") for number in (1, 2)]
    at_end = [replace(one, drop=replace(one.drop, reason="another login")) for one in before]
    stated = [replace(one, replaced=None, drop=replace(one.drop, reason="replaced by another login")) for one in at_end]
    for facts, shown in ((before, kick), (at_end, kick), (stated, end)):
        assert CHECKS["stated-replaced"](case(facts), claim("duplicate-connection", facts)).evidence[0] == shown
    kicked = (fact(1, reason=None, kick_lead_s=0.003, kick=kick), fact(2, reason=None, kick_lead_s=0.001))
    result = CHECKS["kicks-precede-drops"](case(kicked, kicks_count=9), claim("server-kick", kicked))
    assert (result.evidence, result.numbers["within_ms"]) == ((kick,), 3.0)


def test_who_comes_right_after_a_replaced_login_is_told() -> None:
    """The next line may be that of the login that took the place: "the logs do not show which" is false."""
    (scene,) = [_replaced(3)]
    facts = tuple(replace(one, drop=replace(one.drop, outage_s=0.002)) for one in scene.facts)
    result = CHECKS["same-worker-joined"](case(facts, connections_count=20), claim("duplicate-connection", facts))
    assert result.outcome is UNKNOWN
    assert (result.numbers["next_count"], result.numbers["within_ms"]) == (3, 2.0)
