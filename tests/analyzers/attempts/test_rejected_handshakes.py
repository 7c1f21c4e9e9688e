"""Ends of handshakes that a server rejected, and the ends that only share a port with one."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.attempts.rejected_handshakes import forget_rejected
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


def request(second: float, socket: str = "::1", words: str = "Request origin not allowed: http://a") -> list[Event]:
    """A handshake that Action Cable refuses: the request, its upgrade, the reason, the failure, the end."""
    return [
        told(second, K.SERVER_CONNECTED, socket),
        told(second, K.SERVER_CONNECTED, socket),
        told(second, K.SERVER_ERROR, None, message=words),
        told(second, K.SERVER_ERROR, None, message="Failed to upgrade to WebSocket (REQUEST_METHOD: GET)"),
        told(second, K.SERVER_DISCONNECTED, socket),
    ]


def test_what_frames_a_refusal_that_names_nobody_is_no_connection() -> None:
    """Action Cable tells the start and the finish of a request that it refuses in the words of any connection."""
    assert kinds(*request(0), *request(6)) == ["server-error"] * 4


def test_a_connection_beside_the_refused_one_stays() -> None:
    """Several tabs share an address: a refusal takes away the connect and the end next to it, of one handshake."""
    before = told(0, K.SERVER_CONNECTED, "::1")
    after = told(90, K.SERVER_DISCONNECTED, "::1")
    left = ["server-connected", "server-error", "server-error", "server-disconnected"]
    assert kinds(before, *request(30), after) == left
    other = told(30, K.SERVER_CONNECTED, "10.0.0.9"), told(30, K.SERVER_DISCONNECTED, "10.0.0.9")
    assert kinds(other[0], *request(30), other[1])[-1] == "server-disconnected"


def test_an_end_long_after_a_refusal_is_its_own() -> None:
    """Who is refused is gone at once: a connection that lived on while another was refused did end."""
    lines = (
        told(0, K.SERVER_CONNECTED, "::1"),
        told(1, K.SERVER_ERROR, None, message="Failed to upgrade to WebSocket"),
    )
    assert kinds(*lines, told(60, K.SERVER_DISCONNECTED, "::1")) == [
        "server-connected",
        "server-error",
        "server-disconnected",
    ]


def test_an_end_that_names_nobody_behind_a_refusal_is_none() -> None:
    """Python's websockets logs the close of each handshake that it rejects, two of which may cross."""
    refused = told(0, K.SERVER_ERROR, None, message="connection rejected (403 Forbidden)")
    end = told(0.1, K.SERVER_DISCONNECTED, None)
    assert kinds(refused, refused, end, end) == ["server-error"] * 2
    opened = told(0.05, K.SERVER_CONNECTED, None)
    assert kinds(refused, opened, end) == ["server-error", "server-connected", "server-disconnected"]
    assert kinds(refused, told(30, K.SERVER_DISCONNECTED, None)) == ["server-error", "server-disconnected"]
