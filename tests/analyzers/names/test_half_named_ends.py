"""Ends that name the client alone, beside connects that name client and socket."""

from __future__ import annotations

from logdiag.analyzers.names.half_named_ends import name_half_named_ends
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, CLOSE, START = EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.SERVER_STARTED


def event(second: float, kind: EventKind, client: str | None = None, socket: str | None = None) -> Event:
    return Event(at(second), kind, "hub", "app", "info", "", "hub/app.log", 1, socket_id=socket, worker_id=client)


def tell(*lines: Event) -> list[str | None]:
    """Which sockets the ends are of."""
    return [one.socket_id for one in name_half_named_ends(lines) if one.kind is CLOSE]


OPENS = [event(n, OPEN, f"agent0{n}", f"10{n}") for n in range(1, 5)]


def test_an_end_is_of_the_socket_that_its_client_has_open() -> None:
    """`opened agent=agent02 conn=102` … `closed agent=agent02`: a later connect of it is not over."""
    again = event(62, OPEN, "agent02", "202")
    closes = [event(60 + n, CLOSE, f"agent0{n}") for n in (2, 1, 3)]
    assert tell(*OPENS, *closes[:1], again, *closes[1:]) == ["102", "101", "103"]


def test_one_client_after_the_other_is_left_alone() -> None:
    """A client's own log names its socket at a connect, and itself on every line: that is no server's."""
    turns = [event(n, CLOSE if n % 2 else OPEN, "agent01", None if n % 2 else f"s{n}") for n in range(12)]
    assert set(tell(*turns)) == {None}


def test_a_client_with_two_sockets_leaves_its_ends_to_nobody() -> None:
    """Which of them ended is not said; where that is so of many, nothing is joined."""
    twice = [event(10 + n, OPEN, f"agent0{n}", f"20{n}") for n in range(1, 5)]
    assert set(tell(*OPENS, *twice, *(event(60 + n, CLOSE, f"agent0{n}") for n in range(1, 5)))) == {None}


def test_a_start_leaves_nothing_open() -> None:
    """An end after the start is not that of a socket before it."""
    assert set(tell(*OPENS, event(30, START), *(event(60 + n, CLOSE, f"agent0{n}") for n in range(1, 5)))) == {None}
