"""Sends to somebody who was not connected."""

from __future__ import annotations

from logdiag.analyzers.findings.refused_sends import find_refused_sends
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import CLIENT, PUSHER, SERVER, disconnected, event, timeline


def test_sends_that_found_nobody_are_counted() -> None:
    """Three lines with their places; numbered tries are retries of the application's, told elsewhere."""
    sends = [event(10.0 * n, EventKind.EMIT_REFUSED, SERVER) for n in range(3)]
    retries = [event(100 + n, EventKind.EMIT_REFUSED, SERVER, count=n) for n in range(1, 4)]
    (found,) = find_refused_sends(timeline(*sends, *retries))
    assert (found.id, found.numbers["count"]) == ("refused-sends", 3)
    assert found.evidence == tuple(Evidence(SERVER, line) for line in (1, 2, 3))


def test_a_client_that_is_offline_itself_is_told_apart_from_a_client_that_is_not_there() -> None:
    """What a client cannot send is not for nobody; the line of a push that failed in the same moment counts there."""
    refused = [event(second, EventKind.EMIT_REFUSED, CLIENT) for second in (10.0, 20.0, 20.05)]
    failed = event(20.01, EventKind.PUSH_FAILED, PUSHER)
    frame = timeline(disconnected(5), *refused, failed, event(30, EventKind.EMIT_REFUSED, SERVER))
    assert [(one.id, one.numbers["count"]) for one in find_refused_sends(frame)] == [
        ("unsent", 2),
        ("refused-sends", 1),
    ]


def test_a_log_without_such_lines_has_no_such_finding() -> None:
    """One that goes out is none."""
    assert find_refused_sends(timeline(event(1, EventKind.EMIT, SERVER))) == ()
