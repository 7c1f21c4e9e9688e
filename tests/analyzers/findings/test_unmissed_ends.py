"""Ends that nobody need have minded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.analyzers.findings.unmissed_ends import UNMISSED, find_unmissed
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
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


def test_what_else_is_wrong_stays_an_incident() -> None:
    """Lost messages, say; nor does anything give way where a server had said that it stops, or ends them itself."""
    assert not is_unmissed(ends(), [], Finding("lost-pushes", Severity.ERROR, {}, ()))
    stopped = replace(FOUND, numbers={"count": 12, "stopped_count": 2})
    assert find_unmissed((stopped,), ends(), [], ()) is None
