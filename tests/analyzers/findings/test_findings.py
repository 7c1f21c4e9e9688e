"""What a person should know, the verdict, and what the logs cannot show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.findings.findings import (
    decide_verdict,
    find_connectless,
    find_findings,
    find_losses,
    find_unheard,
)
from logdiag.analyzers.pushes.ledger import keep_ledger
from logdiag.results.causes import Finding
from logdiag.results.connections import Connection, LineLoss
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern, PatternKind
from logdiag.results.pushes import Push, Pushes
from logdiag.verdict import Severity, Verdict
from tests.analyzers.cases import (
    drop_of,
    far_session,
    nothing_far,
    push,
    server_view,
    session,
)
from tests.folding import each


def _pushes(*items: Push, **counts: Any) -> Pushes:
    empty, _ = keep_ledger((), (), {})
    return replace(empty, items=items, **counts)


def _connection(availability: float | None, drops: int = 3) -> Connection:
    return Connection("worker1", 4, drops, 0, 600.0, 6.0, availability, 200.0, 2.0, {})


def _pattern(kind: str = "timer", alarm: float | None = 1e-6) -> Pattern:
    return Pattern(
        "P1", PatternKind(kind), ("worker1",), 30.0, 0.1, 0.1, None, 9, 10, None, alarm, None, (), None, None, None
    )


def _kinds(found: tuple[Finding, ...]) -> list[tuple[str, Severity]]:
    return [(one.id, one.severity) for one in found]


def test_a_healthy_system_has_no_finding() -> None:
    """No drop, no lost push, full availability."""
    found = find_findings((), (), _pushes(), [_connection(1.0, 0)])
    assert found == ()
    assert decide_verdict(found, events_seen=True) == (Verdict.HEALTHY, Severity.INFO)


def test_health_is_never_reported_from_nothing() -> None:
    """Without a connection event the verdict is inconclusive."""
    assert decide_verdict((), events_seen=False) == (Verdict.INCONCLUSIVE, Severity.INFO)


def test_a_doubt_forbids_health_and_hides_no_incident() -> None:
    """What leaves a life open makes the verdict inconclusive; an incident stays one."""
    doubt = Finding("unowned-closes", Severity.INFO, {"count": 1}, ())
    assert decide_verdict((), events_seen=True, doubts=(doubt,)) == (Verdict.INCONCLUSIVE, Severity.INFO)
    found = find_findings([drop_of(session(30, reopened=40))], (), _pushes(), ())
    assert decide_verdict(found, events_seen=True, doubts=(doubt,)) == (Verdict.INCIDENT, Severity.WARNING)


def test_a_disconnect_is_an_incident_of_warning() -> None:
    """One logged disconnect of ten seconds, with its line."""
    found = find_findings([drop_of(session(30, reopened=40))], (), _pushes(), ())
    assert _kinds(found) == [("unexplained-disconnects", Severity.WARNING)]
    assert found[0].evidence == (Evidence("worker1/socket-client.log", 30),)
    assert decide_verdict(found, events_seen=True) == (Verdict.INCIDENT, Severity.WARNING)


def test_ends_that_the_server_alone_tells_without_a_reason_are_counted() -> None:
    """Of people who leave and of clients that are cut off such a log says the same; a single reason says more."""
    silent = [drop_of(session(60.0 * n, reason=None), n, seen_by="server") for n in range(1, 5)]
    stated = [*silent, drop_of(session(300, reason=None), 5, seen_by="server", server_reason="ping timeout")]
    told = [find_findings(drops, (), _pushes(), ())[0].numbers for drops in (silent, stated)]
    assert told == [{"count": 4, "unstated_count": 4}, {"count": 5}]


def test_ends_that_clients_asked_for_are_told_apart() -> None:
    """`client namespace disconnect` is the client's own wish: nobody may say that nobody asked for these."""
    reasons = ("transport close", "client namespace disconnect", "io client disconnect", "logged out: token expired")
    drops = [drop_of(session(30 * n, reopened=30 * n + 9, reason=reason), n) for n, reason in enumerate(reasons, 1)]
    assert find_findings(drops, (), _pushes(), ())[0].numbers == {"count": 4, "own_count": 2}


def test_ends_by_a_close_handshake_are_not_said_to_be_asked_for_by_nobody() -> None:
    """By code 1000 or 1001 one side closed in order; a client that is seen to come back may have been cut off."""
    words = ("going away", "normal closure")
    ends = [
        drop_of(session(60.0 * n, reason=None), n, seen_by="server", server_reason=words[n % 2], outage_s=None)
        for n in range(1, 5)
    ]
    back = [*ends[1:], replace(ends[0], outage_s=2.0)]
    told = [find_findings(drops, (), _pushes(), ())[0].numbers for drops in (ends, back)]
    assert told == [{"count": 4, "in_order_count": 4}, {"count": 4}]


def test_ends_whose_closing_handshake_was_complete_are_no_cuts() -> None:
    """A library that says of each end whether it was clean says so to a client, too; one cut among them is one."""
    ends = [drop_of(session(60.0 * n, reason="closing handshake complete"), n) for n in range(1, 5)]
    cut = drop_of(session(30.0), 9)
    told = [find_findings(drops, (), _pushes(), ())[0].numbers for drops in (ends, [*ends, cut])]
    assert told == [{"count": 4, "handshake_count": 4}, {"count": 5}]


def test_ends_by_the_stop_of_their_server_are_told_as_such() -> None:
    """Of four ends that a server alone tells two follow its word that it stops; a client's log speaks of the client."""
    drops = [drop_of(session(60.0 * n, reason=None), n, seen_by="server") for n in range(1, 5)]
    numbers = find_findings(drops, (), _pushes(), (), stopped={drop.index: 0.0 for drop in drops[:2]})[0].numbers
    assert numbers == {"count": 4, "stopped_count": 2}
    own = [replace(drop, seen_by="client") for drop in drops]
    assert find_findings(own, (), _pushes(), (), stopped={drop.index: 0.0 for drop in own})[0].numbers == {"count": 4}


@each(
    ("outages_s", "lost_count", "expected"),
    [
        ((1.0,), 0, Severity.INFO),
        ((2.4, 2.5), 0, Severity.INFO),
        ((2.5, 2.5), 0, Severity.WARNING),
        ((1.0, 1.0, 1.0), 0, Severity.WARNING),
        ((None,), 0, Severity.WARNING),
        ((1.0,), 1, Severity.WARNING),
    ],
)
def test_a_short_disconnect_without_a_loss_is_an_incident_of_info(
    outages_s: tuple[float | None, ...], lost_count: int, expected: Severity
) -> None:
    """One or two, under 5 s together; an end whose outage is unknown, a third one or a lost push makes it a warning."""
    drops = [replace(drop_of(session(30 * n), n), outage_s=outage_s) for n, outage_s in enumerate(outages_s, 1)]
    found = find_findings(drops, (), _pushes(lost_certain_count=lost_count), ())
    assert ("unexplained-disconnects", expected) in _kinds(found)
    assert decide_verdict(found, events_seen=True)[0] is Verdict.INCIDENT


@pytest.mark.parametrize(
    ("clients_count", "outages_s", "fields", "availability", "expected"),
    [
        (14, (2.0, 8.2, 3.3, 6.6), {}, 0.9997, Severity.INFO),
        (6, (2.0, 8.2, 3.3), {}, 0.9997, Severity.WARNING),
        (14, (2.0, 8.2, 31.0), {}, 0.9997, Severity.WARNING),
        (14, (2.0, 8.2, 3.3), {"fleet_event": 0}, 0.9997, Severity.WARNING),
        (14, (2.0, 8.2, 3.3), {"pattern": "P1"}, 0.9997, Severity.WARNING),
        (14, (2.0, 8.2, 3.3), {}, 0.995, Severity.WARNING),
        (14, (2.0,) * 8, {}, 0.9997, Severity.WARNING),
    ],
    ids=["a quiet night", "few clients", "one for long", "together", "on a clock", "often away", "most of them"],
)
def test_blips_of_a_fleet_each_alone_and_of_seconds_wake_nobody(
    clients_count: int, outages_s: tuple[float, ...], fields: dict[str, Any], availability: float, expected: Severity
) -> None:
    """Of fourteen tablets in a night four lose their Wi-Fi for seconds: an incident, by contract, of info."""
    drops = [
        replace(drop_of(session(3_000.0 * n, connection=f"w{n}"), n), outage_s=outage_s, **fields)
        for n, outage_s in enumerate(outages_s, 1)
    ]
    connections = [replace(_connection(availability, 1), id=f"w{n}") for n in range(clients_count)]
    assert ("unexplained-disconnects", expected) in _kinds(find_findings(drops, (), _pushes(), connections))


def test_one_moment_of_several_connections_is_as_short_as_one() -> None:
    """Three that are cut together and back within 1.3 s meet one blip, not three faults."""
    drops = [
        replace(drop_of(session(30, connection=f"w{n}"), n), outage_s=1.0 + n / 10, fleet_event=0) for n in range(3)
    ]
    assert ("unexplained-disconnects", Severity.INFO) in _kinds(find_findings(drops, (), _pushes(), ()))


def test_an_unlogged_end_is_an_incident() -> None:
    """The process died without a word."""
    found = find_findings([drop_of(session(30, logged=False))], (), _pushes(), ())
    assert _kinds(found) == [("unlogged-ends", Severity.WARNING)]


def test_an_orderly_stop_is_no_incident() -> None:
    """Logged or not, a stop that was announced is for information."""
    drops = [drop_of(session(30), remarks=("orderly",)), drop_of(session(60, logged=False), remarks=("orderly",))]
    found = find_findings(drops, (), _pushes(), ())
    assert _kinds(found) == [("orderly-stops", Severity.INFO)]
    assert found[0].numbers == {"count": 2}
    assert decide_verdict(found, events_seen=True)[0] is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("kind", "alarm", "expected"),
    [
        ("timer", 0.01, [Severity.ERROR]),
        ("timer", 0.0101, [Severity.WARNING]),
        ("timer", None, []),
        ("burst", 1e-6, []),
    ],
)
def test_a_pattern_is_an_error_if_chance_does_it_once_in_a_hundred(
    kind: str, alarm: float | None, expected: list[Severity]
) -> None:
    """At exactly 1 % it is significant; bursts are no clock."""
    found = find_findings((), [_pattern(kind, alarm)], _pushes(), ())
    assert [one.severity for one in found if one.id == "periodic-disconnects"] == expected


@pytest.mark.parametrize(
    ("availability", "expected"),
    [
        (0.99, []),
        (None, []),
        (0.98999, [("some-downtime", Severity.ERROR)]),
        (0.95, [("some-downtime", Severity.ERROR)]),
        (0.94999, [("low-availability", Severity.ERROR)]),
    ],
)
def test_availability_under_99_percent_is_an_error(
    availability: float | None, expected: list[tuple[str, Severity]]
) -> None:
    """Exactly 99 % is good, under 95 % it is called often down; unknown is no finding."""
    assert _kinds(find_findings((), (), _pushes(), [_connection(availability)])) == expected


@pytest.mark.parametrize(("stopped_s", "count"), [(20.0, 0), (19.0, 1)])
def test_orderly_stops_do_not_count_against_availability(stopped_s: float, count: int) -> None:
    """970 of 1,000 s connected, 20 s of the rest on purpose: 99 %; with 19 s it is less."""
    connection = replace(_connection(0.97), connected_s=970.0, outage_s=30.0)
    stop = drop_of(session(30.0), remarks=("orderly",), outage_s=stopped_s)
    found = find_findings((stop,), (), _pushes(), [connection])
    assert [one.id for one in found].count("some-downtime") == count


@pytest.mark.parametrize(("shared", "counts"), [(True, [2]), (False, [None, None])])
def test_connections_that_are_down_together_are_one_finding(shared: bool, counts: list[int | None]) -> None:
    """The worst of them is named; each with outages of its own is a finding by itself."""
    worse = replace(_connection(0.9), id="worker2")
    event = 1 if shared else None
    drops = [
        drop_of(session(30.0, connection=name), n, outage_s=9.0, fleet_event=event)
        for n, name in enumerate(("worker1", "worker2"))
    ]
    found = [
        one for one in find_findings(drops, (), _pushes(), [_connection(0.94), worse]) if one.id == "low-availability"
    ]
    assert [one.numbers.get("count") for one in found] == counts
    assert {one.numbers["connection"] for one in found} >= {"worker2"}


@pytest.mark.parametrize(("jitter_s", "count"), [(3.0, 1), (3.01, 0)])
def test_a_loop_that_keeps_no_time_is_no_finding(jitter_s: float, count: int) -> None:
    """Rounds that differ by more than a tenth of 30 s tell no time."""
    loop = replace(_pattern("regular-loop"), jitter_s=jitter_s)
    found = find_findings((), [loop], _pushes(), ())
    assert [one.id for one in found].count("periodic-disconnects") == count


def test_a_pattern_of_orderly_stops_is_no_finding() -> None:
    """Somebody restarts the process regularly, and the process says so; one drop among them that is none counts."""
    stops = [drop_of(session(30.0 * n), n, pattern="P1", remarks=("orderly",)) for n in range(1, 10)]
    assert "periodic-disconnects" not in {
        one.id for one in find_findings(stops, [_pattern("timer", 1e-6)], _pushes(), ())
    }
    drops = [*stops, drop_of(session(300.0), 10, pattern="P1")]
    assert "periodic-disconnects" in {one.id for one in find_findings(drops, [_pattern("timer", 1e-6)], _pushes(), ())}


def test_lost_and_probably_lost_pushes_are_errors_and_come_first() -> None:
    """With their numbers, ids and lines, not those of a push that went out again; disconnects follow as warnings."""
    failed = push(outcome="failed", evidence=(Evidence("p.log", 1), Evidence("p.log", 2)), fate="lost")
    resent = push(outcome="failed", evidence=(Evidence("p.log", 3),), fate="resent")
    pushes = _pushes(
        resent,
        failed,
        push(fate="probably-lost"),
        lost_certain_count=1,
        lost_probable_count=1,
        lost_message_ids=("m",),
        suspect_expected_count=0.1,
    )
    found = find_findings([drop_of(session(30))], (), pushes, ())
    assert _kinds(found) == [
        ("lost-pushes", Severity.ERROR),
        ("probably-lost-pushes", Severity.ERROR),
        ("unexplained-disconnects", Severity.WARNING),
    ]
    assert found[0].numbers == {"count": 1, "ids_count": 1, "ids": "m", "unsure_count": None}
    assert found[0].evidence == (Evidence("p.log", 2),)
    assert found[1].evidence == (Evidence("worker1/data-pusher.log", 2),)
    assert found[1].numbers == {"count": 1, "expected_count": 0.1}


def test_losses_known_from_missing_receipts_have_lines_too() -> None:
    """Where no push failed, those logged as sent are the evidence."""
    found = find_findings((), (), _pushes(push(fate="lost"), lost_certain_count=1), ())
    assert found[0].evidence == (Evidence("worker1/data-pusher.log", 2),)


def test_a_failure_outside_every_outage_is_told_apart() -> None:
    """The disconnects do not explain it."""
    found = find_findings((), (), _pushes(push(outcome="failed", disconnect_index=None)), ())
    assert _kinds(found) == [("unmatched-pushes", Severity.WARNING)]


def test_disconnects_that_only_the_server_logged_are_an_incident() -> None:
    """With the server's logs alone; where a client is heard, its own lines count."""
    server = server_view(far_session("a", 0.0, 30.0), far_session("b", 31.0))
    (one,) = find_unheard((), server)
    assert (one.id, one.severity, one.numbers) == ("server-side-disconnects", Severity.WARNING, {"count": 1})
    assert find_unheard([_connection(1.0)], server) == ()
    assert find_unheard((), server_view(far_session("b", 31.0))) == ()


def test_missing_lines_are_told_of_the_side_that_lacks_them() -> None:
    """One connect of a hundred may be a cut file; a tenth are lines that the log has lost."""
    (found,) = find_losses((LineLoss("server", 10, 100), LineLoss("client", 1, 100)))
    assert (found.id, found.severity, found.numbers["missing_count"]) == ("lines-missing-server", Severity.INFO, 10)


def test_connects_without_a_name_are_told_of() -> None:
    """Ends alone are a note; where lines tell of connects, but not whose, the note says so."""
    drops = [drop_of(session(30.0))]
    (none,) = find_connectless(drops, (), nothing_far())
    (nameless,) = find_connectless(drops, (), nothing_far(), 7)
    assert (none.numbers["nameless_count"], nameless.numbers["nameless_count"]) == (None, 7)


def test_connects_of_sockets_to_which_no_end_belongs_join_none() -> None:
    """Each handshake names its socket and no end does: the connects are seen, and are nobody's of those that ended."""
    drops = [drop_of(session(30.0))]
    server = server_view(far_session("b", 31.0, connection="b"))
    (nameless,) = find_connectless(drops, (), server, 7)
    assert nameless.numbers["nameless_count"] == 7


def test_connects_of_others_are_not_said_to_be_nameless() -> None:
    """Where connects and ends both name a connection, the connects are of other ones."""
    (apart,) = find_connectless([drop_of(session(30.0))], (), nothing_far(), 7, are_named=True)
    assert apart.numbers == {"count": 1, "apart_count": 7}


@pytest.mark.parametrize(
    ("count", "departures_count", "together", "severity"),
    [
        (9, 90, False, Severity.INFO),  # one in ten
        (9, 89, False, Severity.WARNING),
        (9, 90, True, Severity.WARNING),  # all in one moment
        (3, 0, False, Severity.WARNING),
    ],
)
def test_few_ends_beside_many_goodbyes_are_a_note(
    count: int, departures_count: int, *, together: bool, severity: Severity
) -> None:
    """Telephones fall asleep, each alone; what hits several at once is no such thing."""
    event = "F1" if together else None
    drops = [drop_of(session(30.0 * n, reopened=None), n, fleet_event=event) for n in range(1, count + 1)]
    (found,) = find_findings(drops, (), _pushes(), (), departures_count)
    assert found.severity is severity


@pytest.mark.parametrize(
    ("reason", "departures_count", "severity"),
    [
        ("transport close", 2, Severity.INFO),
        ("transport close", 1, Severity.WARNING),
        ("ping timeout", 2, Severity.WARNING),
    ],
)
def test_nameless_sockets_that_close_may_have_left(reason: str, departures_count: int, severity: Severity) -> None:
    """Where only sockets are known nobody is seen to return: half as many goodbyes make them a note."""
    drops = [
        drop_of(
            session(60.0 * n, reopened=None, connection=f"{n}" * 20, socket_id=f"{n}" * 20), n, server_reason=reason
        )
        for n in range(1, 5)
    ]
    (found,) = find_findings(drops, (), _pushes(), (), departures_count)
    assert found.severity is severity
