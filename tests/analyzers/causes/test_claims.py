"""Which cause claims which disconnect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.catalogue import load_catalogue
from logdiag.analyzers.causes.claims import attribute
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.analyzers.pushes.sizes import Bracket
from logdiag.events import Side
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    PUSH_LINE,
    at,
    attempt,
    case,
    clock,
    error,
    fact,
    facts_of,
    push,
    report,
    silence,
    trigger,
)
from tests.folding import each


def _claims(whole: Case) -> dict[str, list[int]]:
    """Cause -> indices of the disconnects it claims; causes that claim nothing are left out."""
    claimed = attribute(whole, load_catalogue())
    assert set(claimed) == {row.id for row in load_catalogue()}
    return {name: [one.drop.index for one in facts] for name, facts in claimed.items() if facts}


REFUSED = (error(code="ECONNREFUSED"),)
EXPIRED = (error(text="jwt expired"),)
VERSIONS = (error(text="server in v2.x with a v3.x client"),)


@each(
    ("fields", "cause"),
    [
        ({"reason": "io client disconnect"}, "client-close"),
        ({"reason": "io server disconnect"}, "server-kick"),
        ({"reason": "ping timeout"}, "heartbeat-timeout"),
        ({"reason": None, "server_reason": "ping timeout"}, "heartbeat-timeout"),
        ({"reason": "transport error"}, "transport-failure"),
        ({"reason": "parse error"}, "transport-failure"),
        ({"reason": "transport close"}, "unstable-network"),
        ({"logged": False, "reason": None, "restarted": True}, "client-restart"),
        ({"logged": False, "reason": None, "crashed": True}, "client-restart"),
        ({"crashed": True}, "client-restart"),
        ({"reason": "io client disconnect", "restarted": True}, "client-restart"),
        ({"reason": "transport close", "restarted": True}, "unstable-network"),
        ({"errors": EXPIRED, "reason": "io server disconnect"}, "auth-rejected"),
        ({"rival": "worker2", "reason": "io server disconnect"}, "duplicate-connection"),
        ({"rival": "worker2", "reason": "transport close"}, "unstable-network"),
        ({"errors": VERSIONS}, "version-mismatch"),
        ({"errors": REFUSED}, "server-restart"),
        ({"server_start": at(31)}, "server-restart"),
        ({"silence": silence(), "reason": "ping timeout"}, "event-loop-blocked"),
        ({"server_silence": silence(), "reason": "ping timeout"}, "event-loop-blocked"),
        ({"fit": clock("timer")}, "server-timer"),
        ({"fit": clock("wall-clock")}, "wall-clock-schedule"),
        ({"fit": clock("connection-age")}, "connection-age-limit"),
        ({"fit": clock("idle")}, "idle-timeout"),
        ({"fit": clock("burst", None)}, "unstable-network"),
        ({"fit": clock("regular-loop", jitter_s=4.0)}, "unstable-network"),
        ({"reason": "transport close", "server_reason": "ping timeout"}, "heartbeat-timeout"),
        ({"reason": "transport close", "server_reason": "parse error"}, "transport-failure"),
        ({"reason": "transport close", "server_reason": "forced close"}, "unstable-network"),
        ({"reason": "forced close"}, "client-close"),
        ({"reason": "forced close", "server_reason": "transport close"}, "client-close"),
        ({"reason": "transport close", "server_reason": "transport error"}, "unstable-network"),
        ({"fit": clock("timer"), "reason": "io server disconnect"}, "server-kick"),
        ({"fit": clock("timer"), "errors": REFUSED}, "server-restart"),
        ({"fit": clock("timer"), "reason": "cloudflare websocket proxy restarting"}, "proxy-reload"),
    ],
)
def test_the_more_specific_explanation_claims_a_disconnect(fields: dict[str, Any], cause: str) -> None:
    """Once, by the first row of the catalogue that fits."""
    assert _claims(case([fact(1, **fields)])) == {cause: [1]}


@pytest.mark.parametrize(
    "fields",
    [
        {"orderly": True},
        {"orderly": True, "reason": "io client disconnect", "restarted": True},
        {"logged": False, "reason": None},
        {"reason": None},
        {"fit": clock("regular-loop")},
    ],
)
def test_some_disconnects_are_nobodys(fields: dict[str, Any]) -> None:
    """Orderly stops; ends that nothing explains."""
    assert _claims(case([fact(1, **fields)])) == {}


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({}, None),
        ({"server_reason": "transport close"}, None),
        ({"server_reason": "server namespace disconnect"}, "duplicate-connection"),
        ({"kick": Evidence("master/socket-server.log", 7)}, "duplicate-connection"),
        ({"speakers": ("worker1", "worker2")}, "duplicate-connection"),
    ],
)
def test_a_client_that_is_back_before_the_server_notices_is_no_rival(told: dict[str, Any], cause: str | None) -> None:
    """Another socket is one only if the server says that it ended the old one, or is heard from two by turns."""
    returned = fact(1, rival="b", reason=None, logged=False, side=Side.SERVER, **told)
    assert _claims(case([returned])) == ({} if cause is None else {cause: [1]})


@pytest.mark.parametrize(
    ("fields", "count"),
    [({}, 4), ({"opened": None}, 0), ({"logged": False}, 0), ({"opened": -200.0}, 0)],
    ids=["young", "connect lost", "end lost", "two sessions in one"],
)
def test_a_timer_claims_no_ends_of_unknown_age_beside_a_limit(fields: dict[str, Any], count: int) -> None:
    """A lost line hides that they lived as long as the many others; without a limit, ages matter to no timer."""
    timer, limit = clock(), clock("connection-age", 60.0, members=tuple(("worker1", number) for number in range(20)))
    left = [replace(one, fit=replace(timer, members=timer.members[:4])) for one in facts_of(4, **fields)]
    limited = [fact(10 + number, fit=limit) for number in range(20)]
    assert len(_claims(case([*left, *limited])).get("server-timer", [])) == count
    alone = [one.drop.index for one in left]
    assert _claims(case(left)).get("server-timer", []) == alone


@pytest.mark.parametrize(("length_s", "cause"), [(15.05, "idle-timeout"), (22.0, "event-loop-blocked")])
def test_a_silence_of_the_idle_time_is_no_freeze(length_s: float, cause: str) -> None:
    """A client that sends nothing writes little: what lasts just as long as the limit allows is its idle time."""
    quiet = fact(1, fit=clock("idle", 15.0), silence=silence(30.0 - length_s, 30.0))
    assert _claims(case([quiet])) == {cause: [1]}


def test_an_end_that_no_line_tells_of_has_no_lifetime() -> None:
    """A limit that counts from the connect or from the last message claims ends whose moment is known."""
    union = clock("connection-age", 60.0, margin_nats=0.5, runner_up="idle")
    told, untold = fact(1, fit=union), fact(2, fit=union, logged=False)
    assert _claims(case([told, untold])).get("limit-on-the-way") == [1]


def test_ends_without_a_reason_right_after_a_kick_each_are_kicks() -> None:
    """Where chance does not put so many lines of kicks there; one that states another reason is none."""
    kicked = facts_of(6, reason=None, kick_lead_s=0.003)
    stated = fact(7, reason="ping timeout", kick_lead_s=0.003)
    assert _claims(case((*kicked, stated), kicks_count=7)) == {
        "server-kick": [1, 2, 3, 4, 5, 6],
        "heartbeat-timeout": [7],
    }


@pytest.mark.parametrize(("lead_s", "kicks_count"), [(1.9, 100), (1.9, 24), (None, 6)])
def test_kicks_that_come_anyhow_explain_no_ends(lead_s: float | None, kicks_count: int) -> None:
    """A server that kicks so often that some line stands before any moment, or not before these."""
    whole = case(facts_of(6, reason=None, kick_lead_s=lead_s), kicks_count=kicks_count)
    assert _claims(whole) == {}


def test_no_disconnects_have_no_claims() -> None:
    """An empty case gives every cause an empty claim."""
    assert _claims(case()) == {}


def test_a_push_trigger_claims_the_disconnects_that_it_precedes() -> None:
    """Those whose push did not arrive; the rest stays on its clock."""
    killed = facts_of(6, push=push(), trigger="T1", fit=clock())
    arrived = fact(7, push=push(), push_arrived=True, fit=clock())
    whole = case((*killed, arrived, fact(8, fit=clock())), triggers=(trigger(),), push_templates=PUSH_LINE)
    assert _claims(whole) == {"payload-too-large": [1, 2, 3, 4, 5, 6], "server-timer": [7, 8]}


def test_one_push_that_moves_the_beat_makes_the_beat_its_own() -> None:
    """The reference incident: with one push line in the log, all ten disconnects are the pushes'."""
    fit = clock(jitter_s=0.004)
    facts = (
        *facts_of(9, fit=fit, pattern="P1", residual_s=0.001),
        fact(10, second=299.805, fit=fit, pattern="P1", residual_s=-0.195, push=push(6.0, "failed")),
    )
    tries = (attempt(299.8, inferred=True),)
    assert _claims(case(facts, attempts=tries)) == {"payload-too-large": list(range(1, 11))}


def test_where_the_log_shows_its_pushes_one_of_them_does_not_take_the_beat() -> None:
    """Nine beats without a push: those are the timer's, the moved one is the push's."""
    fit = clock(jitter_s=0.004)
    facts = (
        *facts_of(9, fit=fit, pattern="P1", residual_s=0.001),
        fact(10, second=299.805, fit=fit, pattern="P1", residual_s=-0.195, push=push(6.0, "failed")),
    )
    tries = tuple(attempt(30.0 * number + 9) for number in range(9))
    claims = _claims(case(facts, attempts=tries))
    assert claims == {"payload-too-large": [10], "server-timer": list(range(1, 10))}


def test_an_idle_limit_takes_the_ages_that_pings_make() -> None:
    """A lifetime of 25 s + 20 s is the idle limit of 20 s again."""
    age, idle = clock("connection-age", 45.0), clock("idle", 20.0)
    whole = case([fact(1, fit=age), fact(2, fit=idle)], patterns=report(age, idle))
    assert _claims(whole) == {"idle-timeout": [1, 2]}


def _cuts(events: int, *, alone: int = 0, fleet: int = 3, slower_s: float = 7.0, first_s: float = 13.0) -> Case:
    """So many moments, ever further apart, at which `fleet` connections are cut together, and cuts of one alone."""
    facts = [
        fact(
            number * fleet + place + 1,
            second=first_s + 120.0 * number + slower_s * number**2 + place / 100,
            connection=f"worker{place}",
            fleet_wide=True,
            fleet_event=number,
        )
        for number in range(events)
        for place in range(fleet)
    ]
    facts += [fact(1000 + number, second=50.0 + 100.0 * number) for number in range(alone)]
    return case(facts, connections_count=fleet)


@pytest.mark.parametrize(
    ("whole", "count"), [(_cuts(3), 9), (_cuts(2), 0), (_cuts(6, alone=18), 18), (_cuts(6, alone=19), 0)]
)
def test_cuts_of_all_connections_at_once_are_one_cause(whole: Case, count: int) -> None:
    """From three moments on, if at least half of the cuts that nothing explains are common."""
    assert len(_claims(whole).get("proxy-reload", [])) == count


def test_common_cuts_of_clients_that_share_a_file_may_be_of_a_host_that_stood_still() -> None:
    """Where nobody knows whose lines go on, no client is known to have run on."""
    whole = _cuts(3)
    mixed = {one.drop.connection: 40 for one in whole.facts}
    assert "proxy-reload" not in _claims(replace(whole, mixed_counts=mixed))


@pytest.mark.parametrize(("slower_s", "first_s"), [(0.0, 13.0), (60.0, 0.0)])
def test_moments_too_few_for_a_clock_that_keep_time_are_no_reload(slower_s: float, first_s: float) -> None:
    """Three moments 120 s apart, or all at full minutes, are a timer's or a schedule's."""
    assert "proxy-reload" not in _claims(_cuts(3, slower_s=slower_s, first_s=first_s))


def test_a_regular_loop_of_all_connections_is_no_reload() -> None:
    """Where a step of the clock hides the beat of a timer, its drops still follow each other at one distance."""
    facts = [replace(one, fit=clock("regular-loop")) for one in _cuts(6).facts]
    assert "proxy-reload" not in _claims(case(facts, connections_count=3))
    loose = [replace(one, fit=clock("regular-loop", jitter_s=4.0)) for one in _cuts(6).facts]
    assert len(_claims(case(loose, connections_count=3))["proxy-reload"]) == 18


@pytest.mark.parametrize(("lines_count", "owner"), [(6, "proxy-reload"), (300, "server-timer")])
def test_a_reload_that_a_proxy_tells_comes_before_the_clock_it_keeps(lines_count: int, owner: str) -> None:
    """Six cuts on a beat, each right after a reload: of few reloads that is their work, of many it is luck."""
    facts = facts_of(6, fit=clock(), pattern="P1", proxy_reload=Evidence("nginx/error.log", 7))
    reloads = tuple(
        ProxyLine((at(3600 / lines_count * number),), Evidence("nginx/error.log", 7)) for number in range(lines_count)
    )
    whole = case(facts, proxies=ProxyLines(reloads=reloads, span_s=3600.0))
    assert {name: len(mine) for name, mine in _claims(whole).items() if mine} == {owner: 6}


def test_connections_that_drop_all_the_time_drop_together_by_chance() -> None:
    """Two connections with a cut every 2 s each: many fall within a second of each other."""
    facts = [
        fact(number, second=2.0 * number, opened=2.0 * number - 1, fleet_wide=number % 2 == 0, fleet_event=number)
        for number in range(1, 40)
    ]
    assert "proxy-reload" not in _claims(case(facts, connections_count=2))


@pytest.mark.parametrize(
    ("fields", "claimed"),
    [
        ({"server_reason": "transport error"}, True),
        ({"server_reason": "transport close"}, False),
        ({"too_large": Evidence("hub/app.log", 7)}, True),
        ({"too_large": Evidence("hub/app.log", 7), "push": None}, True),
        ({"too_large": Evidence("hub/app.log", 7), "push_arrived": True}, False),
    ],
)
def test_a_drop_that_bears_the_mark_of_an_oversized_push_is_the_pushes(fields: dict[str, Any], claimed: bool) -> None:
    """One by one, whatever clock the others obey."""
    claims = _claims(case([fact(1, **{"push": push(), **fields})]))
    assert ("payload-too-large" in claims) is claimed


def test_drops_of_messages_above_the_bracket_belong_to_the_size_limit() -> None:
    """The others stay with what takes the rest."""
    bracket = Bracket(1.6e7, 4e7, 40, 1e-9, frozenset({1, 2, 4}))
    assert _claims(case(facts_of(5), bracket=bracket)) == {"payload-too-large": [1, 2, 4], "unstable-network": [3, 5]}


def test_what_hits_several_at_once_has_one_cause() -> None:
    """Of three clients that drop together two are refused: the third, that came back later, dropped for the same."""
    common: dict[str, Any] = {"fleet_event": 1, "fleet_wide": True, "second": 30.0}
    refused = [fact(number, connection=f"worker{number}", errors=REFUSED, **common) for number in (1, 2)]
    third = fact(3, connection="worker3", **common)
    kicked = fact(4, connection="worker4", reason="io server disconnect", **common)
    alone = fact(5, connection="worker3", second=90.0)
    assert _claims(case([*refused, third, kicked, alone])) == {
        "server-restart": [1, 2, 3],
        "server-kick": [4],
        "unstable-network": [5],
    }


@pytest.mark.parametrize(("alone_count", "count"), [(3, 3), (4, 0)])
def test_hang_ups_that_meet_most_clients_alone_end_no_server(alone_count: int, count: int) -> None:
    """Three drops together meet a 502 when they come back: so do others that drop alone, then it is the road's."""
    answer = (error(text="websocket error: Unexpected server response: 502"),)
    together = facts_of(3, errors=answer, fleet_wide=True, fleet_event=1)
    alone = [fact(10 + number, errors=answer) for number in range(alone_count)]
    claims = attribute(case([*together, *alone]), load_catalogue())
    assert len(claims["server-restart"]) == count


def test_refused_clients_show_a_dead_server_whatever_the_road_does_to_others() -> None:
    """Nobody listened: no relay between says that."""
    refused = facts_of(3, errors=(error(code="ECONNREFUSED"),))
    hung_up = [fact(10 + number, errors=(error(code="ECONNRESET"),)) for number in range(9)]
    claims = attribute(case([*refused, *hung_up]), load_catalogue())
    assert [one.drop.index for one in claims["server-restart"]] == [1, 2, 3]


@pytest.mark.parametrize(("lasted_s", "claimed"), [(40.0, False), (9.0, True)])
def test_an_end_as_old_as_an_idle_limit_is_not_left_to_the_network(lasted_s: float, *, claimed: bool) -> None:
    """Most ends keep an idle limit of 15 s. One at 40 s may be its work, after a ping that no line tells of."""
    idle = clock("idle", 15.0)
    timed = [fact(number, fit=idle) for number in range(1, 11)]
    loose = fact(11, second=900.0, opened=900.0 - lasted_s)
    got = _claims(case([*timed, loose], patterns=report(idle)))
    assert (got.get("unstable-network") == [11]) is claimed


@pytest.mark.parametrize(("late_s", "claimed_count"), [(0.04, 9), (12.0, 0)], ids=["as it is told", "at other times"])
def test_attempts_of_another_version_are_no_sessions_of_their_own(late_s: float, claimed_count: int) -> None:
    """The server opens a session for each attempt and waits in vain; the client is told at that moment and never in."""
    told = tuple(error(second=32.0 * number, text="server in v2.x with a v3.x client") for number in range(1, 10))
    ends = [
        fact(
            number,
            second=32.0 * number + 30,
            opened=32.0 * number - late_s,
            side=Side.SERVER,
            logged=False,
            reason=None,
        )
        for number in range(1, 10)
    ]
    got = _claims(replace(case(ends), errors=told))
    assert len(got.get("version-mismatch", [])) == claimed_count


def test_heartbeats_that_are_late_by_the_clock_are_a_jobs() -> None:
    """A heartbeat knows no clock times: what makes it late every ten minutes is a job, where that is beyond chance."""
    facts = facts_of(6, reason="ping timeout", fit=clock("wall-clock", 600.0))
    assert _claims(case(facts)) == {"wall-clock-schedule": [1, 2, 3, 4, 5, 6]}
    luck = facts_of(6, reason="ping timeout", fit=clock("wall-clock", 600.0, false_alarm_probability=0.01))
    assert _claims(case(luck)) == {"heartbeat-timeout": [1, 2, 3, 4, 5, 6]}
