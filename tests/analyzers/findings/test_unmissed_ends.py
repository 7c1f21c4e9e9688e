"""Ends that nobody need have minded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.analyzers.findings.unmissed_ends import UNMISSED, find_unmissed
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.finding_ids import SHARED_LIFETIME, UNSTATED_ENDS
from logdiag.verdict import Severity
from tests.analyzers.cases import at, drop_of, session
from tests.folding import each

FOUND = Finding(DISCONNECTS, Severity.WARNING, {"count": 12}, ())


def ends(count: int = 12, **fields: Any) -> list[Disconnect]:
    """Ends at odd times that the server alone tells of, without a reason and without a return."""
    known: dict[str, Any] = {"seen_by": "server", "reason": None, "outage_s": None, "reconnected_at": None}
    known |= {"logged": True} | fields
    return [replace(drop_of(session(700.0 * n + 41.7 * n % 13), n), **known) for n in range(count)]


def is_unmissed(drops: list[Disconnect], connects: list[datetime], *others: Finding) -> bool:
    """Whether the finding gives way to the one that leaves it open."""
    found = find_unmissed((FOUND, *others), drops, connects, ())
    return found is not None and (found.id, found.numbers) == (UNMISSED, {"count": len(drops)})


def test_where_connects_follow_no_more_often_than_by_chance_people_may_have_left() -> None:
    """They come at any time, or nothing tells of any."""
    at_any_time = [at(611.0 * n + 300.0) for n in range(12)]
    assert [is_unmissed(ends(), at_any_time), is_unmissed(ends(), [])] == [True, True]


def test_who_is_cut_off_connects_anew() -> None:
    """Behind most ends somebody connects within seconds, under whatever name: they may be the same ones."""
    assert not is_unmissed(ends(), [drop.time + timedelta(seconds=2) for drop in ends()])


def test_of_few_ends_none_may_be_followed() -> None:
    """One of three with a connect within a minute behind it may have been cut off."""
    few = ends(3)
    assert [is_unmissed(few, [at(100_000.0)]), is_unmissed(few, [at(700.0 + 60.0)])] == [True, False]


@each(
    "fields",
    [
        {"server_reason": "ping timeout"},
        {"reason": "transport close"},
        {"seen_by": "client"},
        {"outage_s": 3.0, "reconnected_at": at(9_000.0)},
        {"pattern": "timer-1"},
        {"trigger": "trigger-1"},
        {"fleet_event": 0},
    ],
)
def test_what_is_known_of_an_end_makes_it_one_to_mind(fields: dict[str, Any]) -> None:
    """A reason of who is cut off, the client's own word, a quick return, a clock, a trigger, many at once."""
    assert not is_unmissed(ends(**fields), [])


def nameless(count: int = 12, every: int = 3, **fields: Any) -> str | None:
    """What becomes of sockets by address and port; somebody connects right behind each third end, or behind all."""
    drops = ends(count)
    names = [f"10.9.1.{number}:{40_000 + number}" for number in range(count)]
    drops = [
        replace(one, **{"connection": name, "socket_id": name, **fields})
        for one, name in zip(drops, names, strict=True)
    ]
    connects = [drop.time + timedelta(seconds=2) for drop in drops[::every]]
    found = find_unmissed((FOUND,), drops, connects, ())
    return None if found is None else found.id


def test_of_many_nameless_ends_without_a_reason_nobody_can_tell() -> None:
    """An access log has the end of each socket and no more: neither an incident nor health, if few are followed."""
    assert nameless() == UNSTATED_ENDS


@each(
    ("count", "every", "fields"),
    [
        (9, 3, {}),
        (12, 1, {}),
        (12, 3, {"pattern": "P1"}),
        (12, 3, {"trigger": "T1"}),
        (12, 3, {"fleet_event": 0}),
        (12, 3, {"connection": "worker-7"}),
        (12, 3, {"server_reason": "transport close"}),
    ],
    ids=["few", "all back at once", "on a clock", "behind a line", "at one moment", "by name", "for a reason"],
)
def test_what_tells_more_of_nameless_ends_stays_an_incident(count: int, every: int, fields: dict[str, Any]) -> None:
    """Machines, returns within seconds, a clock, a trigger, a crowd, a name that is seen to come back, a reason."""
    assert nameless(count, every, **fields) is None


def test_findings_that_say_more_of_the_ends_leave_them_as_they_are() -> None:
    """Ends that share a lifetime, or that come right after the connect, are not those of people who leave."""
    shared = Finding(SHARED_LIFETIME, Severity.INFO, {}, ())
    assert not is_unmissed(ends(), [], shared)


def test_what_else_is_wrong_stays_an_incident() -> None:
    """Lost messages, say; nor does anything give way where a server had said that it stops, or ends them itself."""
    assert not is_unmissed(ends(), [], Finding("lost-pushes", Severity.ERROR, {}, ()))
    stopped = replace(FOUND, numbers={"count": 12, "stopped_count": 2})
    assert find_unmissed((stopped,), ends(), [], ()) is None
