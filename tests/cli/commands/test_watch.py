"""`logdiag watch`: lines while logs grow, the report of diagnose at the end, and codes for scripts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Run, list_drops, write_lines
from tests.cli.test_process import POSIX, TIMEOUT_S, start
from tests.processes import Process
from tests.renderers.test_schema import list_faults, list_misplaced, load_schema

PINNED = {"SOURCE_DATE_EPOCH": "1763137800"}


def write_worker(folder: Path, count: int = 9) -> str:
    write_lines(folder / "logs" / "socket-client.log", list(list_drops(count)))
    return str(folder / "logs")


def append_drop(folder: Path, count: int) -> None:
    """The lines by which `count` drops are more than one fewer."""
    path = folder / "logs" / "socket-client.log"
    known = path.read_bytes()
    write_worker(folder / "longer", count)
    whole = (folder / "longer" / "logs" / "socket-client.log").read_bytes()
    assert whole.startswith(known)
    with path.open("ab") as file:
        file.write(whole[len(known) :])


def test_json_lines_obey_the_schema_and_end_with_the_diagnosis(run: Run, tmp_path: Path) -> None:
    """Of a stream that ends: each line is an object, and the last is what `diagnose --format json` writes."""
    write_worker(tmp_path)
    data = (tmp_path / "logs" / "socket-client.log").read_bytes()
    finished = run("watch", "-", "--format", "json", stdin=data, environ=PINNED)
    assert finished.code == 0
    *notices, report = map(json.loads, finished.text.splitlines())
    assert report == json.loads(run("diagnose", "-", "--format", "json", stdin=data, environ=PINNED).text)
    schema = load_schema("watch")
    for notice in notices:
        assert list_faults("watch", notice) == []
        assert list(list_misplaced(schema, schema, notice)) == []
    events = [notice["event"] for notice in notices]
    assert events[0] == "watching"
    assert events.count("line") == data.count(b"\n")
    assert {"verdict", "finding", "pattern", "prediction"} <= set(events)


def test_text_ends_with_the_report(run: Run, tmp_path: Path) -> None:
    """Behind the lines, in both languages; `--quiet` leaves the report alone."""
    logs = write_worker(tmp_path)
    report = run("diagnose", logs).text
    finished = run("watch", logs, "--for", "100ms")
    assert finished.code == 0
    assert finished.text.startswith("watching 1 file;")
    assert finished.text.endswith("\n\n" + report)
    assert run("watch", logs, "--for", "100ms", "--quiet").text == report
    assert "预计" in run("watch", logs, "--for", "100ms", "--lang", "zh").text


def test_fail_on_ends_at_the_first_finding(run: Run, tmp_path: Path) -> None:
    """With 1, long before the time is up; with 3 where nothing can be judged, and with 0 where all is well."""
    logs = write_worker(tmp_path)
    finished = run("watch", logs, "--for", "1h", "--fail-on", "error")
    assert finished.code == 1
    assert "INCIDENT" in finished.text
    write_lines(tmp_path / "silent" / "billing.log", [(1.0, "info", "invoice written")])
    assert run("watch", str(tmp_path / "silent"), "--for", "100ms", "--fail-on", "error").code == 3
    traffic = [(60.0 * minute, "debug", "Sent message: worker:heartbeat") for minute in range(1, 60)]
    calm = [(0.0, "info", "Connected to master (socket ID: BBBBBBBBBBBBBBBBBBB0)"), *traffic]
    write_lines(tmp_path / "calm" / "socket-client.log", calm)
    assert run("watch", str(tmp_path / "calm"), "--for", "100ms", "--fail-on", "error").code == 0


def test_what_cannot_be_watched_is_refused(run: Run, tmp_path: Path) -> None:
    """No path, one that is not there, a URL, a time that is none, logs of which no line can be placed."""
    logs = write_worker(tmp_path)
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        ((), "logdiag watch logs/"),
        ((str(tmp_path / "nowhere"),), "no such file"),
        (("https://example.com/app.log",), "cannot be followed"),
        ((logs, "--for", "soon"), "not a duration"),
        ((str(tmp_path / "empty"), "--for", "100ms"), "not one line"),
    ):
        finished = run("watch", *arguments)
        assert (finished.code, words in finished.stderr) == (2, True), finished.stderr


def test_nothing_from_a_log_reaches_the_terminal_unescaped(run: Run) -> None:
    """Neither controls nor commands to what runs a CI job."""
    record = {
        "level": "warn",
        "message": "Disconnected from master: transport close \u202e\r\n::error::x ##vso[task.complete]",
        "service": "socket-client\x1b]0;x\x07",
        "timestamp": "2025-11-14 16:25:00.000",
    }
    finished = run("watch", "-", stdin=json.dumps(record).encode() + b"\n")
    assert r"\u202e\r\n::error" in finished.text
    assert "##vso[" not in finished.text
    assert not {"\x1b", "\u202e", "\x07"}.intersection(finished.text)
    assert not any(line.startswith("::") for line in finished.text.splitlines())


def await_text(process: Process, words: bytes) -> None:
    """Read on until a line holds these words; a process that never writes them is ended, and the test fails."""
    assert process.stdout is not None
    guard = threading.Timer(TIMEOUT_S, process.kill)
    guard.start()
    try:
        for line in process.stdout:
            if words in line:
                return
    finally:
        guard.cancel()
    raise AssertionError(words)


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_watch_prints_its_report(number: signal.Signals, tmp_path: Path) -> None:
    """With what was written meanwhile, and ends with 130."""
    logs = write_worker(tmp_path, 8)
    with start("watch", logs) as process:
        await_text(process, b"expected at")
        append_drop(tmp_path, 9)
        await_text(process, b"CAME")
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert b"9 of 9 keep a beat" in b" ".join(stdout.split())


@POSIX
def test_a_stream_is_followed_as_it_comes(tmp_path: Path) -> None:
    """A line is told although nothing comes behind it; a reader who leaves ends the watch."""
    write_worker(tmp_path)
    lines = (tmp_path / "logs" / "socket-client.log").read_bytes().splitlines(keepends=True)
    with start("watch", "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        await_text(process, b"watching")
        process.stdin.write(lines[0])
        process.stdin.flush()
        await_text(process, b"CONNECTED")
        process.stdout.close()
        process.stdin.write(lines[1])
        process.stdin.flush()
        assert process.wait(TIMEOUT_S) == 0


@POSIX
def test_a_terminal_gets_a_page(tmp_path: Path) -> None:
    """That shows the state and what is expected, and makes room for the report when it ends."""
    import pty  # noqa: PLC0415  only POSIX has it

    logs = write_worker(tmp_path)
    ours, theirs = pty.openpty()
    with start("watch", logs, environ={"TERM": "xterm"}, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown, has_end_line = bytearray(), False
        while True:
            try:
                piece = os.read(ours, 1 << 16)
            except OSError:  # what Linux says where the other end is closed
                break
            if not piece:
                break
            shown += piece
            if b"expected at" in shown and not has_end_line:
                has_end_line = True
                process.send_signal(signal.SIGINT)
    os.close(ours)
    assert process.returncode == 130
    plain = re.sub(rb"\x1b\[[\d;]*m", b"", shown)
    for words in (b"LAST DISCONNECTS", b"expected at", b"INCIDENT: 9 disconnects"):
        assert words in plain
