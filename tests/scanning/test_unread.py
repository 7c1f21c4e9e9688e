"""What prints say beside a logger, and what speaks of connections and is not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.events import EventKind
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.rules import RuleSet
from logdiag.reading import find_log_files, read_lines
from logdiag.scanning.lines import FileScan, scan_lines
from logdiag.scanning.ranges import FileRange, join_scans, scan_range
from logdiag.scanning.unread import may_tell
from tests.winston import BUILT_IN

RULES = RuleSet((), has_lexicon=True)


def scan(folder: Path, lines: list[str], rules: RuleSet = RULES) -> FileScan:
    """The same by lines and by blocks."""
    (folder / "a.log").write_text("\n".join(lines) + "\n")
    ((file, layout),) = find_layouts(find_log_files([str(folder)]).files).items()
    whole = scan_lines(file, read_lines(file), rules, layout)
    parts = join_scans([scan_range(FileRange(file, layout=layout), rules)])
    assert (parts.events, parts.borrowed, parts.unread) == (whole.events, whole.borrowed, whole.unread)
    assert whole.lines_count == whole.event_lines_count + whole.unclassified_count + whole.skipped_count
    return whole


def test_prints_between_stamped_lines_are_events(tmp_path: Path) -> None:
    """Each has the time of the stamped line before it; a stack says nothing by itself."""
    rows = [f"2025-11-14 16:{minute:02d}:00 INFO gate: tick {minute}" for minute in range(20)]
    rows.insert(6, "WebSocket connection closed: d1B6kAAAB")
    rows.insert(4, "Error: WebSocket connection closed")
    found = scan(tmp_path, rows)
    assert [(event.line, event.time.minute) for event in found.events] == [(8, 5)]
    assert list(found.borrowed) == [8]


def test_prints_beside_a_logger_that_tells_the_same_count_once(tmp_path: Path) -> None:
    """Where the stamped lines of a file tell of as many ends, what prints say of connections is the same again."""
    rows = [f"2025-11-14 16:{minute:02d}:00 INFO gate: Socket disconnected: tab-{minute}" for minute in range(20)]
    rows.insert(6, "Bye: socket of tab-5 disconnected")
    assert len(scan(tmp_path, rows).events) == 20


def _daphne(second: int, peer: int, path: str) -> list[str]:
    told = f'127.0.0.1:{peer} - - [14/Nov/2025:16:25:{second:02d}] "WS{{}} /ws/{path}/" - -'
    return [told.format(word) for word in ("CONNECT", "DISCONNECT")]


def test_what_a_print_adds_of_a_close_stands_in_the_end_that_it_tells_of(tmp_path: Path) -> None:
    """The server's own line names the socket, the consumer's print right behind it the code: the one of its path."""
    rows = [line for second in range(6) for line in _daphne(second, 50000 + second, "presence")]
    rows += [*_daphne(10, 50010, "chat"), *_daphne(10, 50011, "presence")]
    rows += ["DISCONNECT: Chat WebSocket disconnected - User: mira (Code: 1001)"]
    rows += [*_daphne(20, 50020, "feed"), "DISCONNECT: WebSocket disconnected (Code: 1000)"]
    rows += [*_daphne(30, 50030, "feed"), *_daphne(30, 50031, "chat"), "WebSocket disconnected (Code: 1001)"]
    found = scan(tmp_path, rows, BUILT_IN)
    ends = [event for event in found.events if event.kind is EventKind.SERVER_DISCONNECTED]
    assert len(ends) == 11
    assert {event.socket_id: event.code for event in ends if event.code} == {
        "127.0.0.1:50010": "1001",
        "127.0.0.1:50020": "1000",
    }


@pytest.mark.parametrize(
    ("message", "tells"),
    [
        ("Zorgling session ab12 was invalidated by peer", True),
        ("frobnicated disconnection of user 7", True),
        ("GET /health took 3 ms", False),
        ("closed the books", False),
    ],
)
def test_words_of_connections_are_known_by_what_came_or_went(message: str, tells: bool) -> None:
    """A thing that connects, and what became of it."""
    assert may_tell(message) is tells


@pytest.mark.parametrize(
    "message", ["WEBSOCKET_CLOSED_GRACEFUL - CallSid: bf2d8d81", "on.close client ip ::ffff:10.0.0.4 disconnected"]
)
def test_names_of_events_are_words_of_the_message(message: str, tmp_path: Path) -> None:
    """In capitals with underscores, or the handler before a sentence of its own."""
    rows = [f"2025-11-14 16:25:{second:02d} INFO [call] {message}" for second in range(6)]
    assert len(scan(tmp_path, rows).events) == 6
