"""Lines without a stamp: what they tell is counted, and no cause comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.errors import InputError
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.verdict import Verdict
from tests.folding import each

SID = "szhKsuMk5-aNlPDAADI{}"
LINES = [
    line
    for n in range(4)
    for line in (
        f"[1] user 5e1f0a12 connected, socket {SID.format(n)}",
        f"[1] user 5e1f0a12 disconnected, socket {SID.format(n)}: client namespace disconnect",
    )
]


def refuse(folder: Path, name: str, lines: list[str]) -> str:
    """The error for a folder with one file of these lines."""
    (folder / name).write_text("\n".join(["[1] Server running on port 5000", *lines]) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        diagnose(Request(paths=(str(folder),)))
    return refused.value.write("en")


@pytest.mark.parametrize("name", ["terminal.log", "terminal.txt", "terminal"])
def test_ends_without_a_time_are_counted_by_reason(tmp_path: Path, name: str) -> None:
    """With the place of the first, the ways to get stamps, and no cause; whether the name is that of a log or not."""
    said = refuse(tmp_path, name, LINES)
    assert f"ends of connections: 4 (the first {tmp_path / name}:3; reasons: client namespace disconnect 4×)" in said
    assert f"connects: 4 (the first {tmp_path / name}:2)" in said
    assert "docker logs -t" in said
    assert "Without stamps nothing can be said of times" in said


def test_one_end_that_two_lines_tell_counts_once(tmp_path: Path) -> None:
    """python-engineio says twice of a socket that its client is gone; one that opens again ends again."""
    gone = [f"INFO:engineio.server:{SID.format(n)}: Client is gone, closing socket" for n in range(4) for _ in "ab"]
    assert "ends of connections: 4 (" in refuse(tmp_path, "a.log", gone)
    assert "ends of connections: 8 (" in refuse(tmp_path, "a.log", [*LINES, *LINES])


def test_json_without_a_time_is_counted_too(tmp_path: Path) -> None:
    """By the message in it."""
    lines = ['{"level":"info","message":"Disconnected from master: ping timeout"}'] * 3
    assert "reasons: ping timeout 3×" in refuse(tmp_path, "a.log", lines)


SHOWN = [
    ["Got a note {", "  posted_at: '2025-11-14 16:25:5{}',", "  timestamp: '2025-11-14T16:25:5{}.756Z'", "}"],
    ["Got a note {", "  note_id: 176313755{}756,", "}"],
    ["Got a note from player 176313755{}756 in the hall"],
    ["Got a note of 2025-11-14 16:25:5{} and stored it"],
]


@each("shown", SHOWN)
def test_times_inside_of_what_is_shown_are_no_stamps(tmp_path: Path, shown: list[str]) -> None:
    """Dates of a dumped object or of a text, and ids made of the time, place no line: the file has no stamps."""
    lines = [
        line for n in range(4) for line in (*LINES[2 * n : 2 * n + 2], *(row.replace("{}", str(n)) for row in shown))
    ]
    assert "ends of connections: 4 (" in refuse(tmp_path, "a.log", lines)


@pytest.mark.parametrize("name", ["notes.txt", "table.csv"])
def test_texts_that_tell_of_no_connection_are_left_alone(tmp_path: Path, name: str) -> None:
    """They are no logs: the folder holds none."""
    lines = ["bread"] if name == "notes.txt" else LINES
    (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        diagnose(Request(paths=(str(tmp_path),)))
    assert "log files: 0, lines: 0, other files left alone: 1" in refused.value.write("en")


def find_notes(folder: Path, name: str) -> list[dict[str, object]]:
    """The numbers of the findings of this name."""
    findings = diagnose(Request(paths=(str(folder),))).diagnosis.findings
    return [dict(finding.numbers) for finding in findings if finding.id == name]


def test_stamps_within_other_lines_place_no_connection(tmp_path: Path) -> None:
    """Where only logins name their time, the ends are told without theirs, and it is not said that none was seen."""
    lines = ["connection open", "user admin1 logged in at 2022-07-31 22:01:{:02}", "connection closed"]
    text = "\n".join(line.format(n) for n in range(20) for line in lines)
    (tmp_path / "a.log").write_text(text, encoding="utf-8")
    told = {"ends_count": 20, "connects_count": 20, "faileds_count": 0, "reasons": None}
    assert find_notes(tmp_path, "untimed-lives") == [told]
    assert not find_notes(tmp_path, "nothing-recognised")


def test_a_file_without_stamps_is_told_beside_others(tmp_path: Path) -> None:
    """Its ends are counted beside an incident, and beside what would be health there is none."""
    (tmp_path / "bare.log").write_text("\n".join(LINES), encoding="utf-8")
    rows = [f"2025-11-14T16:{n:02}:00.000Z INFO {{}}" for n in range(12)]
    said = ("Connected to server", "Disconnected from server: transport close")
    (tmp_path / "client.log").write_text("\n".join(row.format(said[n % 2]) for n, row in enumerate(rows)))
    assert [note["ends_count"] for note in find_notes(tmp_path, "untimed-ends")] == [4]
    quiet = [row.format("Still here" if n else said[0]) for n, row in enumerate(rows)]
    (tmp_path / "client.log").write_text("\n".join(quiet))
    found = diagnose(Request(paths=(str(tmp_path),))).diagnosis
    assert found.verdict is Verdict.INCONCLUSIVE
    assert [note["ends_count"] for note in find_notes(tmp_path, "untimed-lives")] == [4]


@pytest.mark.parametrize("name", ["terminal.log", "terminal.txt"])
def test_what_is_understood_without_a_time_was_parsed(tmp_path: Path, name: str) -> None:
    """No line is said to be unreadable above what it told, and the file counts as one that was read."""
    said = refuse(tmp_path, name, LINES)
    assert "not one line that could be parsed" not in said
    assert "log files: 1, lines: 9, other files left alone: 0" in said


def test_one_end_of_a_client_that_four_lines_tell_counts_once(tmp_path: Path) -> None:
    """python-socketio's client, its handler twice, and the loop that meets the closed socket tell of one."""
    end = [
        "INFO:root:Client has disconnected from the websocket",
        "INFO:engineio.client:Sending packet CLOSE data None",
        "INFO:socketio.client:Engine.IO connection dropped",
        "INFO:root:Client has disconnected from the websocket",
        "WARNING:engineio.client:Write loop: WebSocket connection was closed, aborting",
    ]
    assert "ends of connections: 1 (" in refuse(tmp_path, "a.log", end)
    again = [*end, "INFO:socketio.client:Engine.IO connection established", *end]
    assert "ends of connections: 2 (" in refuse(tmp_path, "a.log", again)


def test_a_stated_reason_is_quoted_with_its_count(tmp_path: Path) -> None:
    """A pong that uWSGI missed is a ping timeout."""
    line = '[uwsgi-websocket] "GET /socket.io/?sid={}" (127.0.0.1) no PONG received in 3 seconds !!!'
    lines = [line.format(f"0f69ec7f4f1143ca81f30970f7180e5{digit}") for digit in "12"]
    assert "ping timeout 2×" in refuse(tmp_path, "a.log", lines)
