"""Ends of handshakes that a server rejected, and the ends that only share a port with one."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.connections.rejected_handshakes import forget_rejected
from logdiag.events import Event, EventKind
from tests.analyzers.cases import SERVER, event, timeline

K = EventKind
REJECT = "WSREJECT /ws/agent-chat/"


def told(second: float, kind: EventKind, socket: str | None = "10.0.0.7:40112", **fields: Any) -> Event:
    """A line of the server about one of its sockets."""
    return event(second, kind, SERVER, socket_id=socket, **fields)


def kinds(*events: Event) -> list[str]:
    """What is left of a timeline."""
    return list(forget_rejected(timeline(*events))["kind"])


def test_the_end_behind_a_rejection_of_the_same_socket_is_none() -> None:
    """Daphne tells of a disconnect where nobody ever got in."""
    assert kinds(told(0, K.SERVER_ERROR, error=REJECT), told(0, K.SERVER_DISCONNECTED)) == ["server-error"]


def test_a_later_socket_on_the_same_port_ends_by_itself() -> None:
    """Ports are used again, and one rejection takes away one end."""
    lines = (told(0, K.SERVER_ERROR, error=REJECT), told(0, K.SERVER_DISCONNECTED))
    assert kinds(*lines, told(60, K.SERVER_DISCONNECTED)) == ["server-error", "server-disconnected"]
    accepted = (told(60, K.SERVER_CONNECTED), told(90, K.SERVER_DISCONNECTED))
    assert kinds(lines[0], *accepted) == ["server-error", "server-connected", "server-disconnected"]


def test_another_socket_and_another_error_take_no_end_away() -> None:
    """Only the socket that was rejected never opened, and an error of one that lives does not undo its end."""
    others = (told(0, K.SERVER_ERROR, error=REJECT), told(0, K.SERVER_DISCONNECTED, "10.0.0.7:40113"))
    assert kinds(*others) == ["server-error", "server-disconnected"]
    failed = (told(0, K.SERVER_ERROR, error="boom"), told(0, K.SERVER_DISCONNECTED))
    assert kinds(*failed) == ["server-error", "server-disconnected"]
    nameless = (told(0, K.SERVER_ERROR, None, error=REJECT), told(0, K.SERVER_DISCONNECTED, None))
    assert kinds(*nameless) == ["server-error", "server-disconnected"]
