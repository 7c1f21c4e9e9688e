"""Ends of no more than two words may be a server's or a client's."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.sides.sides import tell_sides
from logdiag.events import Event, EventKind
from tests.analyzers.cases import connected, event


def bare(message: str = "client disconnect", **fields: Any) -> Event:
    """An end as the lexicon takes it: the server's."""
    return event(90.0, EventKind.SERVER_DISCONNECTED, message=message, **fields)


def tell(*events: Event) -> Event:
    """The last event, as the side of its log tells it."""
    services = {one.file: one.service for one in events}
    return tell_sides(events, services).events[-1]


def test_the_last_word_of_a_client_is_its_own() -> None:
    """What it says that it does is its reason; what befell it is none."""
    tries = event(0.0, EventKind.CONNECTING), connected(1.0, "a")
    one, other = tell(*tries, bare()), tell(*tries, bare("client disconnected"))
    assert (one.kind, one.reason) == (EventKind.DISCONNECTED, "client disconnect")
    assert (other.kind, other.reason) == (EventKind.DISCONNECTED, None)


def test_of_a_log_that_tells_of_nothing_else_it_is_a_clients() -> None:
    """Whoever serves many tells of more than one end."""
    assert tell(bare()).kind is EventKind.DISCONNECTED


def test_a_server_names_its_clients() -> None:
    """An end with a name, or beside connects of clients, is the server's."""
    assert tell(bare(worker_id="u1")).kind is EventKind.SERVER_DISCONNECTED
    let_in = [event(float(n), EventKind.SERVER_CONNECTED, worker_id=f"u{n}") for n in range(3)]
    assert tell(*let_in, bare()).kind is EventKind.SERVER_DISCONNECTED
