"""Lines that bring nothing about."""

from __future__ import annotations

from logdiag.analyzers.triggers.library_lines import brings_nothing
from tests.folding import each


@each(
    ("template", "expected"),
    [
        ("<str> <n>", True),
        ("<n> <n>", True),
        ("> CLOSE <n> (internal error) keepalive ping timeout [<n> bytes]", True),
        ("= connection is CLOSING", True),
        ("connection is CLOSING", True),
        ("! timed out waiting for keepalive pong", True),
        ("x half-closing TCP connection", True),
        ("Sending DISCONNECT", True),
        ("Transport error in StandardWebSocketSession[id=<id>]", True),
        ("Pushing data sync", False),
        ("推送快照", False),
        ("> TEXT snapshot", False),
        ("Sending PUBLISH (d<n>, q<n>)", False),
    ],
)
def test_steps_of_an_end_and_lines_without_a_word_are_no_triggers(template: str, *, expected: bool) -> None:
    """What a library does as it closes is the end; what an application sends may have brought it about."""
    assert brings_nothing(template) is expected
