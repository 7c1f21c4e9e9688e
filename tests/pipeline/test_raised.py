"""Ends whose reason stands in an error that was logged with them."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from tests.folding import each

TRACE = 'Traceback (most recent call last):\n  File "/srv/app/ws.py", line 130, in handle\n    raw = await ws.recv()\n'
LOST = f"{TRACE}websockets.exceptions.ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout\n"


def _read_reasons(folder: Path, text: str) -> set[str | None]:
    """The reasons of a server's log with three such ends, each in a minute of its own."""
    lines = "".join(
        f"2026-05-04 10:0{minute}:00,100 - chat - INFO - client connected sid=ab12cd{minute}\n"
        + text.replace("MM", f"0{minute}").replace("NN", str(minute))
        for minute in range(1, 4)
    )
    (folder / "server.log").write_text(lines)
    found = diagnose(Request(paths=(str(folder / "server.log"),))).diagnosis
    assert len(found.disconnects) == 3
    return {drop.server_reason or drop.reason for drop in found.disconnects}


def test_an_end_has_the_reason_of_the_error_right_before_it(tmp_path: Path) -> None:
    """A handler logs what it caught, and 3 ms later that its client is gone: that is why."""
    error = f"2026-05-04 10:MM:30,100 - chat - ERROR - handler failed\n{LOST}"
    end = "2026-05-04 10:MM:30,103 - chat - INFO - client disconnected sid=ab12cdNN\n"
    assert _read_reasons(tmp_path, error + end) == {"ping timeout"}


def test_an_end_has_the_reason_of_the_error_below_it(tmp_path: Path) -> None:
    """Lines without a stamp belong to the record before: the error below an end is why it came."""
    end = "2026-05-04 10:MM:30,103 - chat - ERROR - client disconnected sid=ab12cdNN\n"
    assert _read_reasons(tmp_path, end + LOST) == {"ping timeout"}


@each(
    "error",
    [
        f"2026-05-04 10:MM:20,100 - chat - ERROR - handler failed\n{LOST}",
        f"2026-05-04 10:MM:30,100 - chat - ERROR - handler failed sid=ff99ee7\n{LOST}",
        f"2026-05-04 10:MM:30,100 - feed - ERROR - upstream failed\n{LOST}",
        f"2026-05-04 10:MM:30,100 - chat - ERROR - save failed\n{TRACE}redis.exceptions.ConnectionError: closed\n",
        f"2026-05-04 10:MM:30,100 - chat - ERROR - failed\n{LOST}2026-05-04 10:MM:30,101 - chat - INFO - 4 tickets\n",
    ],
    ids=["10 s before", "another connection's", "another logger's", "another library's", "not right before"],
)
def test_an_error_of_something_else_is_not_the_reason_of_an_end(tmp_path: Path, error: str) -> None:
    """What is logged long before an end, or by another connection, logger or library, does not say why it came."""
    end = "2026-05-04 10:MM:30,103 - chat - INFO - client disconnected sid=ab12cdNN\n"
    assert _read_reasons(tmp_path, error + end) == {None}
