"""Retries that the application makes, and the connections that end with them."""

from __future__ import annotations

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.findings.findings import find_retry_findings
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.exposure import measure_exposure
from logdiag.analyzers.pushes.ledger import keep_ledger
from logdiag.analyzers.pushes.own_retries import OwnRetries, find_own_retries
from logdiag.events import Event, EventKind
from logdiag.results.evidence import Evidence
from logdiag.verdict import Severity
from tests.analyzers.cases import at, attempt, drop_of, event, session, timeline

REACH_MS = 300.0


def _sessions(died: float) -> list[SessionRecord]:
    """Down at 30 s, up at 31.2 s, down again, and up for good at 61 s."""
    return [session(30), session(died, opened=31.2, reopened=61.0), session(None, opened=61.0)]


def _find(died: float, *attempts: Attempt, events: tuple[Event, ...] = ()) -> OwnRetries:
    sessions = _sessions(died)
    drops = [drop_of(one, number) for number, one in enumerate(sessions[:2], 1)]
    _, pushes = keep_ledger(attempts, drops, measure_exposure(sessions, at(100)), reach_ms=REACH_MS)
    return find_own_retries(timeline(*events), pushes, drops, REACH_MS)


def _send(second: float, number: int, *, refused: bool = False, folder: str = "worker1") -> Event:
    kind = EventKind.EMIT_REFUSED if refused else EventKind.EMIT
    return event(second, kind, f"{folder}/worker-bridge.log", count=number)


def test_a_push_that_waited_for_the_reconnect_may_kill_the_next_connection() -> None:
    """It began in the outage and was reported as done 3 ms before that connection ended."""
    found = _find(33.203, attempt(30.1, 33.2))
    assert (found.sent_count, found.killing) == (1, (Evidence("worker1/data-pusher.log", 302),))


def test_a_push_that_waited_and_arrived_counts_too() -> None:
    """It began in the outage and was logged as sent when that was over: nothing of it is doubtful."""
    assert _find(60.0, attempt(30.1, 33.2)) == OwnRetries(1, ())
    assert _find(60.0, attempt(30.1, 30.2)) == OwnRetries(0, ())


def test_a_message_that_is_sent_again_may_kill_the_next_connection() -> None:
    """Both pushes carry its id, and both connections end within 20 ms."""
    tries = [attempt(29.98, message_ids=("m1",)), attempt(33.18, message_ids=("m1",))]
    found = _find(33.203, *tries)
    assert (found.sent_count, len(found.killing)) == (1, 1)


@pytest.mark.parametrize("folder", ["worker1", "packages"])
def test_attempts_that_bear_numbers_are_retries_after_a_refusal(folder: str) -> None:
    """The second attempt goes out over the next connection; where there is only one client, in any folder."""
    events = (_send(30.1, 1, refused=True, folder=folder), _send(33.18, 2, folder=folder))
    assert len(_find(33.203, events=events).killing) == 1
    assert _find(60.0, events=events) == OwnRetries(1, ())


def test_one_retry_that_two_services_tell_of_counts_once() -> None:
    """The pusher's lines and the bridge's numbers are of one push."""
    events = (_send(30.1, 1, refused=True), _send(33.18, 2))
    found = _find(33.203, attempt(30.1, 33.2), events=events)
    assert (found.sent_count, len(found.killing)) == (1, 1)


def test_first_attempts_and_refused_ones_are_no_retries_that_went_out() -> None:
    """A push before the drop, one that failed in the outage, and the number 1 alone."""
    tries = [attempt(33.18), attempt(30.5, 30.6, "failed")]
    assert _find(33.203, *tries, events=(_send(33.18, 1),)) == OwnRetries(0, ())


def test_retries_are_a_warning_where_they_end_connections_else_a_note() -> None:
    """No retry, no finding."""
    place = Evidence("a.log", 1)
    (killing,) = find_retry_findings(OwnRetries(3, (place,)))
    (seen,) = find_retry_findings(OwnRetries(3, ()))
    assert (killing.id, killing.severity, killing.numbers) == (
        "killing-retries",
        Severity.WARNING,
        {"count": 1, "of_count": 3},
    )
    assert (seen.id, seen.severity, seen.numbers) == ("retries-seen", Severity.INFO, {"count": 3})
    assert find_retry_findings(OwnRetries(0, ())) == ()


def test_a_message_sent_again_while_the_connection_is_down_went_nowhere() -> None:
    """A repeat that is refused in the outage goes over no connection; one after the reconnect goes over the next."""
    first, refused = attempt(29.98, message_ids=("m1",)), attempt(30.1, outcome="failed", message_ids=("m1",))
    assert _find(60.0, first, refused).sent_count == 0
    assert _find(33.203, first, refused, attempt(33.18, message_ids=("m1",))).sent_count == 1
