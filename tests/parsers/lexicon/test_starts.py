"""What starts: a process, or a part of one."""

from __future__ import annotations

from logdiag.parsers.lexicon.messages import read_message
from tests.folding import each


@each(
    "message, is_start",
    [
        ("Starting WebSocket server on port 3000", True),
        ("Socket.IO initialized", True),
        ("Engine.IO server started", True),
        ("LOG SocketManager: Starting reconnect", False),
        ("LOG SocketEngine: Starting engine. Server: https://chat.example.com", False),
        ("Socket polling started", False),
        ("Starting WebSocket ping interval", False),
        ("WebSocket reader started", False),
    ],
)
def test_a_part_that_starts_is_no_process(message: str, is_start: bool) -> None:
    """A client that dials again, an engine, a timer or a loop starts many times in one life of its process."""
    found = read_message(message)
    assert (found is not None and found.kind.value.endswith("-started")) is is_start, message
