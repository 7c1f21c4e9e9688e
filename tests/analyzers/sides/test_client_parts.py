"""Starts of a client's parts in the words of a server, and starts that are a server's."""

from __future__ import annotations

from logdiag.analyzers.sides.client_parts import drop_parts_of_clients
from logdiag.events import Event, EventKind
from tests.analyzers.cases import event

K = EventKind


def kinds(*events: Event) -> list[EventKind]:
    """What is left of the events."""
    return [one.kind for one in drop_parts_of_clients(events)]


def started(message: str) -> Event:
    """A start as the lexicon reads it."""
    return event(0, K.SERVER_STARTED, message=message)


def test_a_client_starts_its_listener() -> None:
    """In a file that tells of attempts to connect, and of nobody who came, what starts is a part of the client."""
    parts = started("WebSocket listener started"), started("WebSocket integration initialized successfully.")
    assert kinds(*parts, event(1, K.CONNECTING)) == [K.CONNECTING]
    assert kinds(*parts) == [K.SERVER_STARTED] * 2


def test_who_says_that_it_serves_is_a_server() -> None:
    """So is who tells of visitors; either may connect to others as well."""
    told = [
        kinds(started(text), event(1, K.CONNECTING)) for text in ("Socket server started", "WebSocket on port 8080")
    ]
    assert told == [[K.SERVER_STARTED, K.CONNECTING]] * 2
    visited = (
        started("WebSocket started"),
        event(1, K.CONNECTING),
        event(2, K.SERVER_CONNECTED, file="worker1/socket-client.log"),
    )
    assert kinds(*visited)[0] == K.SERVER_STARTED
