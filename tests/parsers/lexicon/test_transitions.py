"""Changes of a connection's state, told with an arrow."""

from __future__ import annotations

import pytest

from logdiag.events import EventKind
from logdiag.parsers.lexicon.messages import read_message


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("connection state: connected -> reconnecting", EventKind.DISCONNECTED),
        ("[ws] state changed from CONNECTED => CLOSED", EventKind.DISCONNECTED),
        ("Socket state: connecting → connected", EventKind.CONNECTED),
        ("Socket state: disconnected -> connecting", EventKind.CONNECTING),
        ("【2207】连接状态: connecting → reconnecting (第3次失败)", EventKind.CONNECT_ERROR),
        ("HubConnectionState of connection: ConnectionState.Disconnected -> Reconnecting", EventKind.RECONNECT_ATTEMPT),
    ],
)
def test_the_state_behind_the_arrow_is_what_happens(message: str, kind: EventKind) -> None:
    """The state before it is over: `connected -> reconnecting` is no connect."""
    found = read_message(message)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize(
    "message",
    [
        "Circuit breaker: open -> closed",
        "order status: open -> closed",
        "Redis connection: connected -> disconnected",
        "Socket state: connected -> connected",
        "Socket state: reconnecting -> connecting",
    ],
)
def test_other_changes_are_no_events(message: str) -> None:
    """Those of an order or a store, and those that change nothing."""
    assert read_message(message) is None


@pytest.mark.parametrize(
    "message", ["[SOCKETIO] Race started!", "[socket.io] The game has started", "ws | Quiz started"]
)
def test_what_starts_behind_a_label_is_no_server(message: str) -> None:
    """The label says who writes, the sentence what starts."""
    assert read_message(message) is None


@pytest.mark.parametrize("message", ["[SOCKETIO] Server started!", "[Socket.IO] Listening", "socket.io started"])
def test_a_server_that_starts_is_one_behind_a_label_too(message: str) -> None:
    """Where it is named, or where nothing else is."""
    found = read_message(message)
    assert found is not None
    assert found.kind is EventKind.SERVER_STARTED


def test_a_reason_that_is_not_told_is_none() -> None:
    """What Python and JavaScript write for nothing is no word of the sentence."""
    found = read_message("Disconnected with code: None")
    assert found is not None
    assert (found.kind, found.extracted) == (EventKind.DISCONNECTED, {})
