"""Lines without a stamp between lines that have one: which are records of their own, and when they were written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import decode_records
from logdiag.parsers.forms.unstamped import find_borrowed
from logdiag.reading import find_log_files

STAMPED = b"2025-11-14 16:25:52 INFO gate: started"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """That of a file of such stamped lines."""
    (tmp_path / "a.log").write_bytes(STAMPED + b"\n" + STAMPED + b"\n")
    (found,) = find_layouts(find_log_files([str(tmp_path)]).files).values()
    return found


@pytest.mark.parametrize(
    "line",
    [
        "[Call] WebSocket connection closed",
        "Client connected: tab-7",
        "🔌 New connection: {",
        "[-] left: 17",
        "fdbff8d4c61240118b3994482f0f717f: Client is gone",
        "- Gracefully stopping, waiting for requests to finish",
    ],
)
def test_a_print_is_written_when_the_line_before_it_was(line: str, layout: Layout) -> None:
    """Its message is the whole line, its time that of the nearest line before it that has one."""
    found = find_borrowed(line.encode(), [b"another print", b"", STAMPED], layout)
    assert found is not None
    moment, record = found
    assert (moment, record.message) == (datetime(2025, 11, 14, 16, 25, 52, tzinfo=UTC), line)


@pytest.mark.parametrize(
    "line",
    [
        "    at Socket.onclose (socket.js:7:3)",
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        "websockets.exceptions.ConnectionClosed: no close frame received",
        "Caused by: java.io.IOException: Connection closed",
        "Connection: close",
        "reason: the socket was closed",
        "<p>You are disconnected</p>",
        "}",
        "^^^^^^",
    ],
)
def test_a_piece_of_a_record_is_none_by_itself(line: str, layout: Layout) -> None:
    """Stacks, the names of errors, fields and markup belong to the line before."""
    assert find_borrowed(line.encode(), [STAMPED], layout) is None


def test_what_a_line_announces_belongs_to_it(layout: Layout) -> None:
    """A line that ends with a colon goes on in the next one; without any stamp before it a line has no time."""
    assert find_borrowed(b"Socket disconnected", [STAMPED + b":"], layout) is None
    assert find_borrowed(b"Socket disconnected", [b"a print", b"a print"], layout) is None


def test_a_line_of_rails_is_written_when_the_request_before_it_was(tmp_path: Path) -> None:
    """Rails tells the time inside its lines of a request, and what becomes of it in lines without any."""
    lines = [f'Started GET "/cable" for ::1 at 2025-11-14 16:25:{second} +0000' for second in range(10, 20)]
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (found,) = find_layouts(find_log_files([str(tmp_path)]).files).values()
    read = find_borrowed(b"Request origin not allowed: http://localhost:4200", [lines[0].encode()], found)
    assert read is not None
    assert read[0] == datetime(2025, 11, 14, 16, 25, 10, tzinfo=UTC)


def test_a_banner_around_a_stamp_is_a_message(layout: Layout) -> None:
    """What stands before a stamp with nothing behind it is what the line says, and no logger's name."""
    ((_, record),) = decode_records(b"=== puma shutdown: 2024-11-20 13:31:02 +0000 ===", layout)
    assert (record.message, record.service) == ("=== puma shutdown: 2024-11-20 13:31:02 +0000 ===", None)


def test_the_answer_to_a_client_is_a_record_below_the_line_that_announces_it(layout: Layout) -> None:
    """A trace shows an answer in lines of its own, whose head alone tells of a connect; what a server sends is none."""
    head = b"      HTTP/1.1 101 Switching Protocols"
    found = find_borrowed(head, [STAMPED + b" A response to this request:"], layout)
    assert found is not None
    assert found[1].message == "HTTP/1.1 101 Switching Protocols"
    assert find_borrowed(head, [STAMPED + b" Sending this response:"], layout) is None
    assert find_borrowed(head, [STAMPED], layout) is None
    assert find_borrowed(b"      HTTP/1.1 403 Forbidden", [STAMPED + b" A response:"], layout) is None
