"""Who fell silent before the disconnects, who wrote on, and which side noticed first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.results.causes import Outcome
from tests.analyzers.cases import (
    Scene,
    Scenes,
    case,
    claim,
    fact,
    facts_of,
    list_scenes,
    silence,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _quiet(count: int, of: int, **fields: Any) -> Scene:
    facts = (*facts_of(count, silence=silence()), *facts_of(of - count))
    return Scene(case(facts), facts, {"count": count, "of_count": of, **fields})


def _running(ran_on: int, of: int, **numbers: int) -> Scene:
    """Client and server wrote on through so many of the drops; of the others nothing is known."""
    facts = (*facts_of(ran_on, client_ran_on=True, server_ran_on=True), *facts_of(of - ran_on))
    return Scene(case(facts), facts, {"of_count": of, **numbers})


def _ticked(ticked: int, missed: int, of: int) -> Scene:
    """What comes over the connection came up to so many of the drops, and had stopped before so many."""
    facts = (
        *facts_of(ticked, ticked_to_end=True),
        *facts_of(missed, ticked_to_end=False),
        *facts_of(of - ticked - missed),
    )
    return Scene(case(facts), facts, {"count": ticked, "missed_count": missed, "of_count": of})


def _noticed(notice_s: float, **fields: Any) -> Scene:
    """Both sides log the end; the client, which was silent, so much later."""
    return Scene(case(), facts_of(3, notice_s=notice_s, notice_error_s=0.01, **({"silence": silence()} | fields)))


SCENES: Final[Scenes] = {
    "silence-at-drop": {
        SUPPORTS: lambda _: _quiet(3, 5, longest_s=28.0, side="client"),
        REFUTES: lambda _: _running(3, 5, count=0, ran_on_count=3)._replace(facts=()),
        UNKNOWN: lambda _: _quiet(1, 5),
    },
    "no-silence-at-drop": {
        SUPPORTS: lambda _: _running(3, 5, count=3, silent_count=0),
        REFUTES: lambda _: _quiet(3, 5)._replace(numbers={"count": 0, "silent_count": 3, "of_count": 5}),
        UNKNOWN: lambda _: _running(2, 4, count=2, silent_count=0),
    },
    "ticks-to-the-drop": {
        SUPPORTS: lambda _: _ticked(3, 0, 5),
        REFUTES: lambda _: _ticked(2, 3, 5),
        UNKNOWN: lambda _: _ticked(2, 2, 5),
    },
    "silent-side-noticed-late": {
        SUPPORTS: lambda _: _noticed(12.0)._replace(numbers={"count": 3, "of_count": 3, "latest_s": 12.0}),
        REFUTES: lambda _: _noticed(0.01)._replace(numbers={"count": 0, "of_count": 3}),
        UNKNOWN: lambda _: Scene(case(), facts_of(3, silence=silence()), {"count": 0, "of_count": 0}),
    },
}


def test_without_a_regular_line_a_process_cannot_be_seen_to_freeze() -> None:
    """No beat, no silence: cannot tell, rather than refuted."""
    assert CHECKS["silence-at-drop"](case(facts_of(5)), claim("event-loop-blocked")).outcome is UNKNOWN


def test_the_only_disconnect_in_a_silence_supports() -> None:
    """One of one is enough, a little weaker than three."""
    facts = facts_of(1, server_silence=silence(connection="master"))
    result = CHECKS["silence-at-drop"](case(facts), claim("event-loop-blocked", facts))
    assert (result.outcome, result.strength, result.numbers["side"]) == (SUPPORTS, 0.8, "server")


def test_a_silence_of_a_log_that_lacks_lines_shows_no_freeze() -> None:
    """Of a side whose log lacks connects that the other tells of, other lines may be missing just as well."""
    facts = facts_of(5, server_silence=silence(connection="master"))
    lossy = replace(case(facts), lossy_sides=frozenset({"server"}))
    assert CHECKS["silence-at-drop"](lossy, claim("event-loop-blocked", facts)).outcome is UNKNOWN
    assert CHECKS["no-silence-at-drop"](lossy, claim("heartbeat-timeout", facts)).outcome is UNKNOWN
    other = replace(lossy, lossy_sides=frozenset({"client"}))
    assert CHECKS["silence-at-drop"](other, claim("event-loop-blocked", facts)).outcome is SUPPORTS


@pytest.mark.parametrize(
    ("late_count", "server_reason", "outcome"),
    [(5, "ping timeout", SUPPORTS), (5, None, SUPPORTS), (2, "ping timeout", UNKNOWN), (5, "transport error", UNKNOWN)],
)
def test_a_late_line_did_not_get_lost(late_count: int, server_reason: str | None, outcome: Outcome) -> None:
    """Silences of a lossy log count where the silent side logs ends late, and the other names no other reason."""
    facts = tuple(
        fact(
            number,
            silence=silence(),
            server_reason=server_reason,
            notice_s=12.0 if number <= late_count else 0.0,
            notice_error_s=0.01,
        )
        for number in range(1, 6)
    )
    lossy = case(facts, lossy_sides=frozenset({"client"}))
    result = CHECKS["silence-at-drop"](lossy, claim("event-loop-blocked", facts))
    assert (result.outcome, result.strength < 1.0) == (outcome, outcome is SUPPORTS)


def test_a_frozen_server_is_late_where_the_client_is_not() -> None:
    """The client says `ping timeout`; the server logs the end when it wakes, so client minus server is negative."""
    scene = _noticed(-12.0, silence=None, server_silence=silence(connection="master"))
    result = CHECKS["silent-side-noticed-late"](scene.case, claim("event-loop-blocked", scene.facts))
    assert (result.outcome, result.numbers["latest_s"]) == (SUPPORTS, 12.0)


def test_the_awake_side_that_is_late_supports_no_freeze() -> None:
    """A silent client that logged the end before the server did was not frozen by then; that refutes nothing either."""
    scene = _noticed(-12.0)
    result = CHECKS["silent-side-noticed-late"](scene.case, claim("event-loop-blocked", scene.facts))
    assert result.outcome is UNKNOWN


@pytest.mark.parametrize(("client", "server"), [(True, None), (None, True), (True, False), (False, True)])
def test_one_side_that_ran_on_does_not_speak_for_the_other(client: bool | None, server: bool | None) -> None:
    """A lost ping is told from a freeze only where neither of the two processes can have stood still."""
    facts = facts_of(5, client_ran_on=client, server_ran_on=server)
    whole = case(facts)
    assert CHECKS["no-silence-at-drop"](whole, claim("heartbeat-timeout", facts)).outcome is UNKNOWN
    assert CHECKS["silence-at-drop"](whole, claim("event-loop-blocked")).outcome is UNKNOWN


@pytest.mark.parametrize(("error_s", "outcome"), [(3.9, SUPPORTS), (4.0, REFUTES)])
def test_who_was_first_is_known_only_beyond_three_errors_of_the_clocks(error_s: float, outcome: Outcome) -> None:
    """12 s between the two lines are no order where each clock may be off by 4 s."""
    facts = facts_of(3, notice_s=12.0, notice_error_s=error_s, silence=silence())
    assert CHECKS["silent-side-noticed-late"](case(facts), claim("event-loop-blocked", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("silent", "ran_on", "outcome"), [(2, 2, UNKNOWN), (3, 1, REFUTES), (1, 3, SUPPORTS), (2, 1, UNKNOWN)]
)
def test_lost_heartbeats_are_judged_by_most_of_the_drops(silent: int, ran_on: int, outcome: Outcome) -> None:
    """Half of four is not most, on either side."""
    facts = (*facts_of(silent, silence=silence()), *facts_of(ran_on, client_ran_on=True, server_ran_on=True))
    facts = (*facts, *facts_of(4 - len(facts)))
    assert CHECKS["no-silence-at-drop"](case(facts), claim("heartbeat-timeout", facts)).outcome is outcome


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == pytest.approx(scene.numbers)


@each(("notice_s", "outcome"), [(1.0, REFUTES), (1.01, SUPPORTS), (-1.0, REFUTES), (-1.01, UNKNOWN)])
def test_within_a_second_nobody_is_known_to_be_first(notice_s: float, outcome: Outcome) -> None:
    """However well the clocks agree; of a silent client only a later line shows that it stood still."""
    scene = _noticed(notice_s)
    assert CHECKS["silent-side-noticed-late"](scene.case, claim("event-loop-blocked", scene.facts)).outcome is outcome


@each(("quiet", "of", "outcome"), [(2, 40, SUPPORTS), (2, 41, UNKNOWN), (1, 2, UNKNOWN), (1, 1, SUPPORTS)])
def test_silences_are_more_than_strays_from_a_twentieth_on(quiet: int, of: int, outcome: Outcome) -> None:
    """Two of forty, and not of 41; one alone only where it is all there is."""
    scene = _quiet(quiet, of)
    result = CHECKS["silence-at-drop"](scene.case, claim("event-loop-blocked", scene.facts))
    assert result.outcome is outcome


@each(("quiet", "strength"), [(2, 0.8), (3, 1.0)])
def test_three_silences_count_in_full(quiet: int, strength: float) -> None:
    """Two a little less."""
    scene = _quiet(quiet, 5)
    assert CHECKS["silence-at-drop"](scene.case, claim("event-loop-blocked", scene.facts)).strength == strength


def test_a_lone_server_that_pauses_before_each_end_loses_no_heartbeat_for_sure() -> None:
    """More than half of the drops, at three nats; half are not most."""
    for paused, outcome, strength in ((3, REFUTES, 1.5), (2, UNKNOWN, 1.0)):
        facts = (*facts_of(paused, lonely_pause=silence()), *facts_of(4 - paused))
        result = CHECKS["no-silence-at-drop"](case(facts), claim("heartbeat-timeout", facts))
        assert (result.outcome, result.strength) == (outcome, strength)


def test_a_server_that_pauses_as_never_before_a_crowd_ends_loses_no_heartbeat_for_sure() -> None:
    """More than half of the drops, at three nats, and the text says how long it was silent; half are not most."""
    for paused, outcome in ((3, REFUTES), (2, UNKNOWN)):
        facts = (*facts_of(paused, crowd_pause=silence()), *facts_of(4 - paused))
        result = CHECKS["no-silence-at-drop"](case(facts), claim("heartbeat-timeout", facts))
        assert (result.outcome, result.numbers.get("longest_s") is not None) == (outcome, outcome is REFUTES)
