"""What Python's programs write before a message, whoever stamped the line."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from logdiag.parsers.forms.header_search import find_header
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.openings import find_opening
from logdiag.parsers.forms.records import decode_records
from logdiag.times.stamps import Hints

SID = "4b08a53608dff3ba307532f304479f87"
SAID = f"{SID}: Client is gone, closing socket"
STAMPED = (
    "2025-11-14 16:25:52,756 {}",
    "2025-11-14T16:25:52.756Z {}",
    "Nov 14 16:25:52 host python3[812]: {}",
    "api-1  | 2025-11-14T16:25:52.756000813Z {}",
    "0|api  | 2025-11-14 16:25:52 +00:00: {}",
)


@pytest.mark.parametrize("form", STAMPED)
def test_level_and_logger_are_taken_off_line_by_line(form: str) -> None:
    """Whatever collected the lines, and although others in the file, of `print`, have neither."""
    lines = [form.format(text) for text in (f"INFO:engineio.server:{SAID}", "WARNING:root:late", "Client connected")]
    header = find_header(lines * 4)
    hints = Hints(anchor=datetime(2025, 11, 14, tzinfo=UTC))
    layout = Layout(header=header, hints=hints, is_json=False, has_braces=False)
    records = [record for line in lines for _, record in decode_records(line.encode(), layout)]
    assert [(one.level, one.message) for one in records] == [
        ("info", SAID),
        ("warn", "late"),
        (None, "Client connected"),
    ]
    assert [one.service for one in records[:2]] == ["engineio.server", "root"]


def test_the_line_in_a_record_of_docker_is_opened_too() -> None:
    """Docker's json-file holds it as it came."""
    line = json.dumps({"log": f"INFO:engineio.server:{SAID}\n", "stream": "stderr", "time": "2025-11-14T16:25:52.7Z"})
    ((_, record),) = decode_records(line.encode())
    assert (record.level, record.service, record.message) == ("info", "engineio.server", SAID)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"INFO:engineio.server:{SAID}", ("INFO", "engineio.server", SAID)),
        (
            "ERROR:asyncio:Task was destroyed",
            ("ERROR", "asyncio", "Task was destroyed"),
        ),
        ("INFO:app.hub: joined", ("INFO", "app.hub", "joined")),
        ("I/flutter (21873): joined", ("I", "flutter", "joined")),
        ("D/ReactNativeJS( 1234): joined", ("D", "ReactNativeJS", "joined")),
        ("W/System.err: joined", ("W", "System.err", "joined")),
        ("INFO:     connection open", ("INFO", None, "connection open")),
        ("CRITICAL: no worker", ("CRITICAL", None, "no worker")),
    ],
)
def test_openings(text: str, found: tuple[str, str | None, str]) -> None:
    """Python's default, its like with a blank, and uvicorn's padded level."""
    opening = find_opening(text)
    assert opening is not None
    assert (opening.level, opening.name, text[opening.place :]) == found


@pytest.mark.parametrize(
    "text",
    [
        "ERROR:Disconnected: transport close",
        "ERROR: xhr poll error",
        "Error:socket: closed",
        "INFO socket: closed",
        "INFO:",
        "INFO:16:25:52: closed",
    ],
)
def test_what_may_be_the_message_is_left_to_it(text: str) -> None:
    """A bare word that a colon and a blank close, one blank behind the level, a clock."""
    assert find_opening(text) is None
