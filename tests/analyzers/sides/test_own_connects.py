"""A server that connects to its database before it listens has no client yet."""

from __future__ import annotations

from logdiag.analyzers.sides.own_connects import drop_own_connects
from logdiag.events import Event, EventKind
from tests.analyzers.cases import event

K = EventKind


def start(second: float) -> list[Event]:
    """A server connects to its database, listens, and lets somebody in."""
    return [
        event(second, K.SERVER_CONNECTED, message="Connected"),
        event(second + 1, K.SERVER_STARTED, message="Listening on 3001"),
        event(second + 9, K.SERVER_CONNECTED, message="New polling connection, IP = 10.0.0.7"),
    ]


def test_what_stands_before_each_listening_is_its_own() -> None:
    """Whoever connects after it is a client."""
    events = [*start(0), *start(4_000)]
    assert drop_own_connects(events) == [events[1], events[2], events[4], events[5]]


def test_where_one_stands_elsewhere_they_may_be_clients() -> None:
    """As may one that names somebody, or that no start follows."""
    events = [*start(0), event(100, K.SERVER_CONNECTED, message="Connected")]
    assert drop_own_connects(events) == events
    named = [event(0, K.SERVER_CONNECTED, message="Connected", socket_id="a1"), *start(1)[1:]]
    assert drop_own_connects(named) == named
    late = [event(0, K.SERVER_CONNECTED, message="Connected"), *start(200)[1:]]
    assert drop_own_connects(late) == late
