"""Stack traces name the application's own line, not a library's."""

from __future__ import annotations

import pytest

from logdiag.parsers.stacks import StackFrame, find_own_frame

LIBRARY = "    at Socket.emit (/app/node_modules/socket.io-client/lib/socket.js:143:20)"
OWN = "    at sendToMaster (/app/src/worker.js:19:33)"


@pytest.mark.parametrize("line_break", ["\n", "\\n"], ids=["plain", "in JSON"])
def test_the_innermost_own_frame_is_named(line_break: str) -> None:
    """Frames of node_modules and of the runtime are passed over; in JSON the line breaks are escaped."""
    text = line_break.join(
        ["Error: Socket is not connected", LIBRARY, OWN, "    at pushItems (/app/src/worker.js:35:5)"]
    )
    assert find_own_frame(text) == StackFrame("/app/src/worker.js", 19, "sendToMaster", "Socket is not connected")
    text = line_break.join(["Error: Socket is not connected", OWN, LIBRARY])
    assert find_own_frame(text) == StackFrame("/app/src/worker.js", 19, "sendToMaster", "Socket is not connected")


def test_a_frame_without_a_function_and_one_of_a_module_are_read() -> None:
    """`at file:line:column`, with `async` and `file://` or without."""
    assert find_own_frame("x\n    at async file:///app/a.mjs:7:1") == StackFrame("/app/a.mjs", 7, None, None)


@pytest.mark.parametrize(
    "text", ["", "meet me at noon (room 3:4:5)", f"x\n{LIBRARY}\n    at node:internal/timers:519:7"]
)
def test_where_only_libraries_stand_nothing_is_named(text: str) -> None:
    """A library's line, the runtime's, or prose is no place in the application."""
    assert find_own_frame(text) is None
