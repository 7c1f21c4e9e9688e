"""What the logs say in words: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.causes.checks.server_gone import is_cut_off, is_refused
from logdiag.analyzers.causes.own_words import Said
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    CLIENT,
    SERVER,
    Scene,
    Scenes,
    at,
    case,
    claim,
    clock,
    error,
    fact,
    facts_of,
    list_scenes,
    nothing_far,
    report,
    server_view,
)
from tests.folding import each

CLOCKS: Final = (Clock("worker1", 0.0, 0.0, 3),)
SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _own_reason(cause: str) -> Scene:
    facts = facts_of(3, reason=claim(cause).reasons[0])
    return Scene(case((*facts, fact(4))), facts, {"count": 3, "of_count": 4})


def _refused_credentials(count: int) -> Scene:
    errors = tuple(error(31 + number, "jwt expired") for number in range(count))
    return Scene(case(facts_of(3), errors=(*errors, error())), (), {"count": count, "of_count": count + 1})


def _kicked(text: str) -> Scene:
    facts = facts_of(4, reason="io server disconnect", errors=(error(31, text),))
    return Scene(case(facts), facts, {"count": 4 if text == "invalid token" else 0, "of_count": 4})


def _mismatch(*texts: str, age_s: float = 3600.0) -> Scene:
    facts = facts_of(2, opened=30.0 - age_s)
    errors = tuple(error(31, text) for text in texts)
    return Scene(case(facts, errors=errors), facts, {"count": len(texts)})


def _claimed(count: int = 3, **fields: object) -> Scene:
    facts = facts_of(count, **fields)
    return Scene(case(facts), facts, {"count": count, "of_count": count})


def _on_server(starts: tuple[float, ...]) -> Scene:
    facts = facts_of(4, server_evidence=Evidence(SERVER, 3))
    facts = tuple(replace(one, drop=replace(one.drop, server_evidence=Evidence(SERVER, 3))) for one in facts)
    return Scene(case(facts, server=server_view(starts=starts, clocks=CLOCKS)), facts)


def _killed_server() -> Scene:
    facts = facts_of(4, server_start=at(31))
    return Scene(case(facts, server=server_view(starts=(31.0,))), facts)


SCENES: Final[Scenes] = {
    "stated-reason": {
        SUPPORTS: _own_reason,
        REFUTES: lambda _: Scene(case(facts_of(3, reason="transport close")), (), {"count": 0, "of_count": 3}),
        UNKNOWN: lambda _: Scene(case((*facts_of(3), fact(4, reason=None))), (), {"count": 0, "of_count": 4}),
    },
    "transport-reason": {
        SUPPORTS: lambda _: _claimed(5),
        REFUTES: lambda _: Scene(case(facts_of(5, reason="io client disconnect")), (), {"count": 0, "other_count": 5}),
        UNKNOWN: lambda _: Scene(case(facts_of(5, reason=None)), (), {"count": 0, "other_count": 0}),
    },
    "server-disconnect-reason": {
        SUPPORTS: lambda _: _claimed(reason="io server disconnect"),
        REFUTES: lambda _: Scene(case(), facts_of(2), {"count": 0, "of_count": 2}),
        UNKNOWN: lambda _: Scene(case(), facts_of(2, reason=None), {"count": 0}),
    },
    "ping-reason": {
        SUPPORTS: lambda _: _claimed(server_reason="ping timeout"),
        REFUTES: lambda _: Scene(case(), facts_of(2, server_reason="transport close"), {"count": 0, "of_count": 2}),
        UNKNOWN: lambda _: Scene(case(), (fact(1), fact(2, server_reason="transport close")), {"stated_count": 1}),
    },
    "auth-errors": {
        SUPPORTS: lambda _: _refused_credentials(2),
        REFUTES: lambda _: _refused_credentials(0),
        UNKNOWN: lambda _: _refused_credentials(1),
    },
    "kick-then-refusal": {
        SUPPORTS: lambda _: _kicked("invalid token"),
        REFUTES: lambda _: _kicked("xhr poll error"),
        UNKNOWN: lambda _: Scene(case(facts_of(3)), (), {"of_count": 0}),
    },
    "mismatch-errors": {
        SUPPORTS: lambda _: _mismatch("It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client"),
        REFUTES: lambda _: _mismatch(),
        UNKNOWN: lambda _: _mismatch(age_s=36.0)._replace(numbers={"sessions_count": 2, "heartbeat_s": 67.5}),
    },
    "process-start-seen": {
        SUPPORTS: lambda _: _claimed(restarted=True),
        REFUTES: lambda _: Scene(case(starts_seen=True), facts_of(3, crashed=True), {"count": 0, "of_count": 3}),
        UNKNOWN: lambda _: Scene(case(facts_of(3), starts_seen=True), (), {"count": 0, "of_count": 0}),
    },
    "crash-line-seen": {
        SUPPORTS: lambda _: _claimed(crashed=True, logged=False),
        REFUTES: lambda _: Scene(case(facts_of(3), starts_seen=True), (), {"count": 0, "of_count": 3}),
        UNKNOWN: lambda _: _claimed(restarted=True, logged=False)._replace(numbers={"count": 0, "of_count": 3}),
    },
    "no-word-from-client": {
        SUPPORTS: lambda _: _claimed(logged=False),
        REFUTES: lambda _: Scene(case(facts_of(3)), (), {"count": 0, "of_count": 3}),
        UNKNOWN: lambda _: Scene(case(), facts_of(3, reason="io client disconnect", restarted=True), {"count": 0}),
    },
    "server-gone-seen": {
        SUPPORTS: lambda _: _claimed(errors=(error(code="ECONNREFUSED"),))._replace(
            numbers={"refused_count": 3, "started_count": 0}
        ),
        REFUTES: lambda _: _on_server(starts=(1000.0,))._replace(facts=(), numbers={"refused_count": 0, "of_count": 4}),
        UNKNOWN: lambda _: Scene(case(facts_of(3)), (), {"refused_count": 0, "started_count": 0, "of_count": 3}),
    },
    "server-crash-seen": {
        SUPPORTS: lambda _: _claimed(server_crash=Said("heap out of memory", Evidence(SERVER, 7))),
        REFUTES: lambda _: Scene(
            case(server_crashes_count=2), facts_of(3), {"count": 0, "of_count": 3, "lines_count": 2}
        ),
        UNKNOWN: lambda _: Scene(case(server_crashes_count=1), facts_of(3), {"count": 0, "lines_count": 1}),
    },
    "stuck-worker-killed": {
        SUPPORTS: lambda _: _claimed(stuck=Evidence(SERVER, 7)),
        REFUTES: lambda _: Scene(case(facts_of(3), stuck_count=2), (), {"count": 0, "of_count": 3, "lines_count": 2}),
        UNKNOWN: lambda _: Scene(case(facts_of(3)), (), {"count": 0, "lines_count": 0}),
    },
    "sockets-forgotten": {
        SUPPORTS: lambda _: _claimed(forgotten=True, logged=False, reason=None),
        REFUTES: lambda _: _on_server(starts=())._replace(numbers={"count": 0, "told_count": 4, "of_count": 4}),
        UNKNOWN: lambda _: Scene(case(), facts_of(3, logged=False, reason=None), {"count": 0, "told_count": 0}),
    },
    "server-ran-on": {
        SUPPORTS: lambda _: _on_server(starts=())._replace(numbers={"count": 4, "of_count": 4}),
        REFUTES: lambda _: _killed_server()._replace(numbers={"started_count": 4, "of_count": 4}),
        UNKNOWN: lambda _: Scene(case(facts_of(4)), facts_of(4)),
    },
    "server-log-broke-off": {
        SUPPORTS: lambda _: _killed_server()._replace(numbers={"broken_count": 4, "of_count": 4}),
        REFUTES: lambda _: _on_server(starts=(1000.0,))._replace(numbers={"count": 4, "of_count": 4}),
        UNKNOWN: lambda _: _on_server(starts=()),
    },
}


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == scene.numbers


@pytest.mark.parametrize(("stops_count", "outcome"), [(1, SUPPORTS), (2, UNKNOWN)])
def test_closes_as_many_as_announced_stops_give_the_same_reason_may_be_stops(
    stops_count: int, outcome: Outcome
) -> None:
    """The line of one announcement may be lost."""
    closed = facts_of(2, reason="io client disconnect")
    stopped = [fact(10 + number, reason="io client disconnect", orderly=True) for number in range(stops_count)]
    result = CHECKS["stated-reason"](case((*closed, *stopped)), claim("client-close", closed))
    assert result.outcome is outcome


@pytest.mark.parametrize(("count", "strength"), [(1, 0.7), (2, 0.85), (3, 1.0), (9, 1.0)])
def test_one_stated_reason_is_weaker_than_three(count: int, strength: float) -> None:
    """The support grows with the number of disconnects that state it."""
    facts = facts_of(count, reason="ping timeout")
    result = CHECKS["stated-reason"](case(facts), claim("heartbeat-timeout", facts))
    assert (result.outcome, result.strength) == (SUPPORTS, strength)
    assert result.evidence == tuple(one.drop.evidence for one in facts[:5])


def test_the_server_may_state_the_reason() -> None:
    """`ping timeout` on the server's side counts where the client's line has no reason."""
    facts = facts_of(3, reason=None, server_reason="ping timeout")
    assert CHECKS["stated-reason"](case(facts), claim("heartbeat-timeout", facts)).outcome is SUPPORTS


def test_a_reason_that_a_more_specific_cause_took_is_not_denied() -> None:
    """Where the drops state the reason but another cause claims them, their number is told, not that none states it."""
    facts = facts_of(3, reason="ping timeout")
    taken = CHECKS["stated-reason"](case(facts), claim("heartbeat-timeout", ()))
    assert (taken.outcome, taken.numbers["count"], taken.numbers["taken_count"]) == (REFUTES, 0, 3)
    none = CHECKS["stated-reason"](case(facts_of(3, reason="transport close")), claim("heartbeat-timeout", ()))
    assert (none.outcome, none.numbers["taken_count"]) == (REFUTES, None)
    some = CHECKS["stated-reason"](case((*facts, fact(4, reason=None))), claim("heartbeat-timeout", ()))
    assert (some.outcome, some.numbers["taken_count"]) == (UNKNOWN, 3)


@pytest.mark.parametrize(
    ("fitting", "other", "silent", "outcome"),
    [
        (8, 0, 2, SUPPORTS),
        (7, 0, 3, UNKNOWN),
        (8, 2, 0, SUPPORTS),
        (5, 5, 0, UNKNOWN),
        (4, 5, 1, REFUTES),
        (0, 4, 6, UNKNOWN),
    ],
)
def test_cut_transports_are_judged_by_the_majority(fitting: int, other: int, silent: int, outcome: Outcome) -> None:
    """From 80 % on it supports; more other reasons than cuts refute."""
    facts = (
        *facts_of(fitting, reason="transport error"),
        *facts_of(other, reason="ping timeout"),
        *facts_of(silent, reason=None),
    )
    assert CHECKS["transport-reason"](case(facts), claim("server-timer")).outcome is outcome


def test_other_reasons_of_a_mixture_rule_out_no_cause_of_the_cuts_in_it() -> None:
    """What ends a fifth of the connections of a server need not be what ends the others; one in ten may be strays."""
    mixed = report(mixed=frozenset({"worker1"}))
    for cuts_count, outcome in ((2, UNKNOWN), (1, REFUTES)):
        facts = (*facts_of(cuts_count, reason="transport error"), *facts_of(9, reason="ping timeout"))
        assert CHECKS["transport-reason"](case(facts, patterns=mixed), claim("server-timer")).outcome is outcome


@each(
    ("reason", "outcome"),
    [
        ("read frame header: unexpected EOF", SUPPORTS),
        ("read tcp 10.0.0.1:443: connection reset by peer", SUPPORTS),
        ("websocket: close 1006 (abnormal closure)", SUPPORTS),
        ("session over", UNKNOWN),
        ("geofence left", UNKNOWN),
        ("replaced by a newer session", REFUTES),
        ("closed with 1001", REFUTES),
    ],
)
def test_the_words_of_streams_that_end_are_transport_reasons(reason: str, outcome: Outcome) -> None:
    """Libraries have words of their own for a cut; what only the application understands says nothing either way."""
    facts = facts_of(5, reason=reason)
    assert CHECKS["transport-reason"](case(facts), claim("server-timer")).outcome is outcome


@pytest.mark.parametrize(("said", "outcome"), [("abnormal closure", SUPPORTS), ("going away", REFUTES)])
def test_code_1006_is_a_cut_and_1001_is_none(said: str, outcome: Outcome) -> None:
    """Where a server's log tells the close code: without a close frame the transport was cut, else a side closed it."""
    facts = facts_of(5, reason=None, server_reason=said, side=Side.SERVER)
    result = CHECKS["transport-reason"](case(facts), claim("idle-timeout"))
    assert result.outcome is outcome
    assert result.numbers["strange_count"] == (5 if outcome is SUPPORTS else None)


@pytest.mark.parametrize(
    ("code", "outcome"), [("1006", SUPPORTS), ("1000", REFUTES), ("1001", UNKNOWN), (None, UNKNOWN)]
)
def test_a_client_that_got_no_close_frame_was_cut(code: str | None, outcome: Outcome) -> None:
    """Code 1006 without a reason says so, 1000 that an end closed it; 1001 may be a platform's."""
    facts = [replace(one, session=replace(one.session, code=code)) for one in facts_of(5, reason=None)]
    assert CHECKS["transport-reason"](case(facts), claim("idle-timeout")).outcome is outcome


def test_a_close_in_order_speaks_against_a_cut_by_half() -> None:
    """What ends connections on the way may speak WebSocket, and send code 1000 as an end would: no cause dies of it."""
    facts = [replace(one, session=replace(one.session, code="1000")) for one in facts_of(5, reason=None)]
    assert CHECKS["transport-reason"](case(facts), claim("idle-timeout")).strength == 0.5
    stated = facts_of(5, reason="ping timeout")
    assert CHECKS["transport-reason"](case(stated), claim("idle-timeout")).strength == 1.0


def test_a_close_in_order_that_keeps_time_tells_a_client_nothing() -> None:
    """Cowboy closes with 1000 at its limit: a client cannot know why, and a server that logs it mostly got it."""
    timed = [replace(one, fit=clock("idle")) for one in facts_of(5, reason=None)]
    facts = [replace(one, session=replace(one.session, code="1000")) for one in timed]
    result = CHECKS["transport-reason"](case(facts), claim("idle-timeout"))
    assert (result.outcome, result.numbers["in_order_count"]) == (UNKNOWN, 5)
    of_server = [replace(one, session=replace(one.session, side=Side.SERVER)) for one in facts]
    result = CHECKS["transport-reason"](case(of_server), claim("idle-timeout"))
    assert (result.outcome, result.strength) == (REFUTES, 0.5)


def test_an_unlogged_end_has_no_transport_reason() -> None:
    """Processes that died without a word say nothing of the transport."""
    facts = facts_of(5, logged=False, reason=None)
    assert CHECKS["transport-reason"](case(facts), claim("server-timer")).outcome is UNKNOWN


def test_a_server_start_in_the_outage_supports_a_restart_of_the_server() -> None:
    """Without refused connections the server's own start line is enough."""
    facts = facts_of(2, server_start=at(31))
    result = CHECKS["server-gone-seen"](case(facts), claim("server-restart", facts))
    assert (result.outcome, result.strength) == (SUPPORTS, 0.85)
    assert (result.numbers["refused_count"], result.numbers["started_count"]) == (0, 2)


def test_a_server_that_forgot_its_sockets_need_not_say_that_it_started() -> None:
    """Ends that its log lacks all at once stand in for its start; ends that chance may have lost do not."""
    facts = facts_of(4, forgotten=True, logged=False, reason=None)
    lost = facts_of(4, logged=False, reason=None)
    for told, forgotten, gone in ((facts, SUPPORTS, UNKNOWN), (lost, UNKNOWN, REFUTES)):
        whole = case(told, server=server_view(starts=(1000.0,), clocks=CLOCKS))
        assert CHECKS["sockets-forgotten"](whole, claim("server-restart", told)).outcome is forgotten
        assert CHECKS["server-gone-seen"](whole, claim("server-restart", told)).outcome is gone
    numbers = CHECKS["sockets-forgotten"](case(facts), claim("server-restart", facts)).numbers
    assert (numbers["count"], numbers["of_count"]) == (4, 4)


@pytest.mark.parametrize(
    ("server", "ran_on", "outcome"),
    [
        (server_view(starts=(1000.0,), clocks=CLOCKS), None, REFUTES),
        (server_view(), True, REFUTES),
        (server_view(), None, UNKNOWN),
        (nothing_far(), None, UNKNOWN),
    ],
)
def test_a_restart_is_ruled_out_by_logs_that_would_show_it(
    server: ServerView, ran_on: bool | None, outcome: Outcome
) -> None:
    """A server's log that has starts elsewhere, or lines of its own on a beat through the drops; no client's log."""
    facts = facts_of(4, server_ran_on=ran_on)
    assert CHECKS["server-gone-seen"](case(facts, server=server), claim("server-restart")).outcome is outcome


@pytest.mark.parametrize(("clocks", "is_joined"), [((), True), (CLOCKS, False)], ids=["no-clock", "no-connect"])
def test_starts_that_cannot_be_held_against_the_ends_refute_no_restart(
    clocks: tuple[Clock, ...], *, is_joined: bool
) -> None:
    """Where no end is joined to a connect, or no common clock is known, no line says which sockets a start ended."""
    known: dict[str, Any] = {} if is_joined else {"opened": None, "reopened": None}
    facts = facts_of(4, server_evidence=Evidence(SERVER, 3), **known)
    whole = case(facts, server=server_view(starts=(31.0, 1000.0), clocks=clocks))
    for name in ("server-gone-seen", "sockets-forgotten", "server-log-broke-off"):
        result = CHECKS[name](whole, claim("server-restart"))
        assert (result.outcome, result.numbers["starts_count"]) == (UNKNOWN, 2)


def test_ends_of_nobody_do_not_show_how_many_were_open() -> None:
    """That few ended at once refutes nothing where no end is joined to a connect: nobody knows what was open."""
    facts = facts_of(4, server_evidence=Evidence(SERVER, 3), opened=None, reopened=None)
    result = CHECKS["all-at-once"](case(facts, connections_count=9), claim("server-restart"))
    assert (result.outcome, dict(result.numbers)) == (UNKNOWN, {"nameless_count": 4})


def test_the_words_of_an_end_may_name_the_restart() -> None:
    """`Service reloading, please reconnect` is evidence for it, without a refused connect or a start."""
    facts = facts_of(3, reason=None, restart_said=Said("Service reloading", Evidence(CLIENT, 4)))
    result = CHECKS["server-gone-seen"](case(facts), claim("server-restart", facts))
    assert (result.outcome, result.numbers["said_count"], result.numbers["words"]) == (SUPPORTS, 3, "Service reloading")


def test_refused_is_told_by_code_or_text() -> None:
    """ECONNREFUSED may stand in the metadata or in the message."""
    assert is_refused(fact(errors=(error(code="ECONNREFUSED"),)))
    assert is_refused(fact(errors=(error(text="connect ECONNREFUSED 127.0.0.1:4101"),)))
    assert not is_refused(fact(errors=(error(),)))


def test_refused_connections_are_shown_by_their_own_lines() -> None:
    """The evidence of a server that is gone are the refusals."""
    facts = facts_of(1, errors=(error(code="ECONNREFUSED"),))
    result = CHECKS["server-gone-seen"](case(facts), claim("server-restart", facts))
    assert result.evidence == (Evidence(CLIENT, 99),)


def test_without_server_logs_the_server_may_have_been_restarted() -> None:
    """Nothing is known of its starts."""
    facts = facts_of(4)
    assert CHECKS["server-log-broke-off"](case(facts), claim("server-restart", facts)).outcome is UNKNOWN


def test_a_server_that_says_that_it_stops_was_not_killed() -> None:
    """It may end without a line about its sockets; the sentence then names the stop."""
    facts = (*facts_of(2, server_start=at(31), server_stop=Evidence(SERVER, 2)), *facts_of(2, server_start=at(31)))
    whole = case(facts, server=server_view(starts=(31.0,)))
    result = CHECKS["server-log-broke-off"](whole, claim("server-restart", facts))
    assert (result.outcome, result.numbers["stopped_count"]) == (SUPPORTS, 2)
    killed = _killed_server()
    result = CHECKS["server-log-broke-off"](killed.case, claim("server-restart", killed.facts))
    assert (result.outcome, result.numbers["stopped_count"]) == (SUPPORTS, None)


def test_a_server_that_closes_in_order_logs_the_end_of_its_sockets() -> None:
    """Its start follows all the same, and its log neither broke off nor ran on."""
    facts = tuple(
        replace(one, drop=replace(one.drop, server_evidence=Evidence(SERVER, 3)))
        for one in facts_of(4, server_start=at(31))
    )
    whole = case(facts, server=server_view(starts=(31.0,)))
    assert CHECKS["server-log-broke-off"](whole, claim("server-restart", facts)).outcome is UNKNOWN


def test_where_no_process_start_is_logged_a_crash_would_not_show() -> None:
    """The same lines before and after a drop may be those of two processes."""
    assert CHECKS["crash-line-seen"](case(facts_of(3)), claim("client-restart")).outcome is UNKNOWN


def test_a_relay_that_hangs_up_on_all_clients_at_once_stands_before_a_dead_server() -> None:
    """ECONNRESET of one client alone is its own affair."""
    hung_up = (error(code="ECONNRESET"),)
    together = facts_of(3, errors=hung_up, fleet_wide=True)
    assert CHECKS["server-gone-seen"](case(together), claim("server-restart", together)).outcome is SUPPORTS
    assert not is_cut_off(fact(errors=hung_up))
    assert is_cut_off(fact(errors=(error(text="Unexpected server response: 502"),), fleet_wide=True))


def test_where_no_connect_failed_none_was_refused() -> None:
    """No failed connect says nothing of credentials; one that fails otherwise does."""
    assert CHECKS["auth-errors"](case(facts_of(3)), claim("auth-rejected")).outcome is UNKNOWN


@pytest.mark.parametrize(("count", "outcome"), [(2, UNKNOWN), (3, SUPPORTS)])
def test_who_takes_leave_of_a_server_once_or_twice_may_have_been_stopped(count: int, outcome: Outcome) -> None:
    """Where the server alone tells, a client that closes and one that its owner starts again leave the same line."""
    fields = {"reason": None, "server_reason": "client namespace disconnect", "side": Side.SERVER, "logged": False}
    facts = facts_of(count, **fields)
    assert CHECKS["stated-reason"](case(facts), claim("client-close", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"reason": None, "server_reason": "transport error"}, UNKNOWN),
        ({"reason": None, "server_reason": "transport error", "server_error": "Parse Error: Expected HTTP/"}, SUPPORTS),
        (
            {"reason": None, "server_reason": "transport error", "errors": (error(31, "xhr poll error"),)},
            SUPPORTS,
        ),
        ({"reason": None, "server_reason": "parse error"}, SUPPORTS),
        ({"reason": "transport error", "server_reason": "transport error"}, SUPPORTS),
    ],
    ids=["alone", "with-its-error", "with-xhr", "parse-error", "by-the-client"],
)
def test_transport_error_by_the_server_alone_is_what_any_abrupt_end_looks_like(
    fields: dict[str, Any], outcome: Outcome
) -> None:
    """A crash, a cut and a message too large give it as well: another word of the transport must stand beside it."""
    facts = facts_of(5, side=Side.SERVER, **fields)
    assert CHECKS["stated-reason"](case(facts), claim("transport-failure", facts)).outcome is outcome


def test_several_clients_that_each_take_leave_once_may_have_been_stopped() -> None:
    """A server whose owner restarts each of four clients once logs four goodbyes; none of them goes by its own code."""
    fields: dict[str, Any] = {
        "reason": None,
        "server_reason": "client namespace disconnect",
        "side": Side.SERVER,
        "logged": False,
    }
    facts = tuple(fact(number, connection=f"worker{number}", **fields) for number in range(1, 5))
    assert CHECKS["stated-reason"](case(facts), claim("client-close", facts)).outcome is UNKNOWN


def test_a_crash_elsewhere_supports_no_cause_without_disconnects_of_its_own() -> None:
    """The same crashed sessions are evidence for the cause that claims them, and none for one that claims nothing."""
    crashed = facts_of(3, crashed=True, logged=False)
    whole = case(crashed, starts_seen=True)
    assert CHECKS["crash-line-seen"](whole, claim("client-restart", crashed)).outcome is SUPPORTS
    assert CHECKS["crash-line-seen"](whole, claim("client-restart")).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ((True, True, True, True, False, False, False), SUPPORTS),
        ((True, True, True, False, False, False, False), UNKNOWN),
        ((True, False, True, False, True, True, False), UNKNOWN),
    ],
)
def test_a_server_ran_on_through_the_moments_that_its_log_covers(told: tuple[bool, ...], outcome: Outcome) -> None:
    """Its log may end before the drops do, but covers most of them, and tells of the ends in nearly each moment."""
    facts = [
        fact(
            2 * number + client + 1,
            second=100.0 * number + 50,
            connection=f"worker{client}",
            fleet_event=number,
            fleet_wide=True,
            server_evidence=Evidence(SERVER, number + 1) if is_told else None,
        )
        for number, is_told in enumerate(told)
        for client in (0, 1)
    ]
    result = CHECKS["server-ran-on"](
        case(facts, server=server_view(), connections_count=2), claim("proxy-reload", facts)
    )
    assert result.outcome is outcome


@pytest.mark.parametrize("name", ["server-ran-on", "server-log-broke-off"])
def test_a_server_without_a_single_end_to_look_at_says_nothing(name: str) -> None:
    """Its logs are there and no disconnect is; or disconnects are, and no log of the server."""
    assert CHECKS[name](case(server=server_view()), claim("proxy-reload")).outcome is UNKNOWN
    assert CHECKS[name](case(facts_of(3)), claim("proxy-reload", facts_of(3))).outcome is UNKNOWN


@pytest.mark.parametrize(("told", "outcome"), [(2, UNKNOWN), (3, REFUTES)])
def test_a_server_that_tells_of_most_ends_forgot_none(told: int, outcome: Outcome) -> None:
    """Of half of four it may have forgotten the others."""
    facts = (*facts_of(told, server_evidence=Evidence(SERVER, 3)), *facts_of(4 - told))
    assert CHECKS["sockets-forgotten"](case(facts), claim("server-restart", facts)).outcome is outcome


def test_sessions_of_another_protocol_say_nothing_of_socket_io_s_versions() -> None:
    """Of SignalR no session understood a version of Socket.IO's."""
    facts = facts_of(2, opened=-3570.0)
    whole = case(facts, is_another_protocol=True)
    assert CHECKS["mismatch-errors"](whole, claim("version-mismatch", facts)).outcome is UNKNOWN


@pytest.mark.parametrize("reason", ["ping timeout", "abnormal closure", None])
def test_only_who_speaks_socket_io_understood_its_versions(reason: str | None) -> None:
    """A server in Go, a broker of MQTT have no versions of Socket.IO: no session of theirs rules them out."""
    facts = facts_of(2, opened=-3570.0, reason=reason)
    assert CHECKS["mismatch-errors"](case(facts), claim("version-mismatch", facts)).outcome is UNKNOWN


@pytest.mark.parametrize(("cause", "outcome"), [("unstable-network", UNKNOWN), ("server-timer", REFUTES)])
def test_a_ping_timeout_is_what_a_lost_path_gives(cause: str, outcome: Outcome) -> None:
    """A broker's `exceeded timeout` is no other reason than a radio that is gone; of a timer it is one."""
    facts = facts_of(5, reason=None, server_reason="ping timeout")
    assert CHECKS["transport-reason"](case(facts), claim(cause)).outcome is outcome
