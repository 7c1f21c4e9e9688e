"""Faults of a program's own code in its lines about a connection."""

from __future__ import annotations

import pytest

from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.lexicon.program_faults import tells_program_fault


@pytest.mark.parametrize(
    "message",
    [
        "Error in WebSocket: name 'balance' is not defined",
        "WebSocket error: 'NoneType' object has no attribute 'send'",
        "WebSocket error: Cannot read properties of undefined (reading 'id')",
        "websocket error: runtime error: invalid memory address or nil pointer dereference",
    ],
)
def test_a_handler_that_fails_is_no_attempt_to_connect(message: str) -> None:
    """The connection is open while the code that takes its messages raises."""
    assert tells_program_fault(message)
    read = read_message(message, "app", {})
    assert read is None or read.kind.value != "connect-error"


def test_what_a_server_answers_is_none() -> None:
    """Nor is an address that nobody knows."""
    assert not tells_program_fault("WebSocket error: connect ECONNREFUSED 10.0.0.9:3000")
    assert not tells_program_fault("WebSocket error: name or service not known")
