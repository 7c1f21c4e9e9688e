"""What keys call what happened, beside messages that say nothing of it."""

from __future__ import annotations

import json
from typing import Any

from logdiag.events import EventKind
from logdiag.parsers.lexicon.messages import Reading, read_message
from logdiag.parsers.lexicon.needles import may_understand
from tests.folding import each


def _read(message: str, **keys: Any) -> Reading:
    found = read_message(message, "app", keys)
    assert found is not None, message
    return found


@each(
    ("event", "kind"),
    [
        ("connection_close", EventKind.DISCONNECTED),
        ("ws_close", EventKind.DISCONNECTED),
        ("onClose", EventKind.DISCONNECTED),
        ("connect", EventKind.CONNECTED),
        ("open", EventKind.CONNECTED),
        ("connection_error", EventKind.CONNECT_ERROR),
        ("error", EventKind.CONNECT_ERROR),
        ("reconnect_attempt", EventKind.RECONNECT_ATTEMPT),
        ("reconnect_failed", EventKind.CONNECT_ERROR),
    ],
)
def test_a_message_that_says_nothing_leaves_it_to_the_name_of_the_event(event: str, kind: EventKind) -> None:
    """`WebSocket Event` with the event in a key, or in an object of the record; one of data has its own types."""
    failed = {"error": "getaddrinfo ENOTFOUND x.example"} if kind is EventKind.CONNECT_ERROR else {}
    found = _read("WebSocket Event", event=event, data="getaddrinfo ENOTFOUND x.example")
    assert (found.kind, found.extracted) == (kind, failed)
    assert _read("socket status", payload={"type": event}).kind is kind
    assert may_understand(json.dumps({"message": "WebSocket Event", "event": event}).encode())
    assert read_message("WebSocket message", "app", {"event": event}) is None
    assert read_message("WebSocket Event", "app", {"event": "message"}) is None
