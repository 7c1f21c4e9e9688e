"""Ends that tell again of a socket that had ended: which they are, and which are ends of their own."""

from __future__ import annotations

from pathlib import Path

from logdiag.analyzers.connections.repeated_ends import forget_repeated_ends
from logdiag.events import Event, EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.analyzers.cases import event, timeline

K = EventKind
DAY = "2025-11-14"
FAILED = "Failed to check the current session or reconnect to the server (session id: {}, error: URLError, message: {})"
UNKNOWN_NAME = "<urlopen error [Errno -2] Name or service not known>"


def opened(second: float, socket: str | None = None) -> Event:
    """A connect."""
    return event(second, K.CONNECTED, socket_id=socket)


def ended(second: float, socket: str | None = None, message: str = "closed") -> Event:
    """An end."""
    return event(second, K.DISCONNECTED, socket_id=socket, message=message)


def times(*events: Event) -> list[float]:
    """The seconds of the ends that are left."""
    frame = forget_repeated_ends(timeline(*events))
    first = events[0].time
    return [(moment - first).total_seconds() for moment in frame.of_kinds({"disconnected"}).moments()]


def test_what_ended_does_not_end_again() -> None:
    """A socket has one end, be it told in each round until the next connect, or once more beside the next socket."""
    lines = [opened(0, "a1"), ended(60, "a1"), ended(70, "a1"), ended(80, "a1"), opened(90, "b2"), ended(91, "a1")]
    assert times(*lines, ended(150, "b2")) == [60, 150]


def test_another_line_of_the_same_moment_stays() -> None:
    """It may be the one that says why."""
    assert times(opened(0, "a1"), ended(60, "a1"), ended(60.1, "a1"), opened(90, "b2")) == [60, 60.1]


def test_a_name_that_comes_again_is_no_id() -> None:
    """Its next connect may be in words unknown here, and so may that of the only socket of a log."""
    assert times(opened(0, "feed"), ended(60, "feed"), opened(70, "feed"), ended(90, "feed"), ended(150, "feed")) == [
        60,
        90,
        150,
    ]
    assert times(opened(0, "feed"), ended(60, "feed"), ended(150, "feed")) == [60, 150]


def test_a_line_that_finds_the_connection_closed_ends_none() -> None:
    """Its words say so, where an end stands before it and a connect of the log is known."""
    again = ended(120, message="The session seems to be already closed. Reconnecting...")
    assert times(opened(0), ended(60), again) == [60]
    assert times(opened(0), again) == [120]
    assert times(opened(0), ended(60), ended(120)) == [60, 120]


def test_the_rounds_of_a_dead_session_are_failed_attempts(tmp_path: Path) -> None:
    """The outage lasts until the next connect, each round fails by its own error, and a stale socket was not kicked."""
    ids = [f"7f0c1d2e-aaaa-4bbb-8ccc-12345678900{number}" for number in range(2)]
    lines = [f"{DAY} 10:00:00,000 INFO app.App A new session has been established (session id: {ids[0]})"]
    stale = "The connection seems to be stale. Disconnecting... (session id: {}, reason: disconnected for 41+ seconds)"
    lines.append(f"{DAY} 10:20:00,000 INFO app.App {stale.format(ids[0])}")
    for minute in range(20, 59):
        for second, words in (
            (10, f"The session seems to be already closed. Reconnecting... (session id: {ids[0]})"),
            (11, "Connecting to a new endpoint..."),
            (12, FAILED.format(ids[0], UNKNOWN_NAME)),
        ):
            lines.append(f"{DAY} 10:{minute:02}:{second},000 INFO app.App {words}")
    lines.append(f"{DAY} 11:00:00,000 INFO app.App The connection has been closed (session id: {ids[0]})")
    lines.append(f"{DAY} 11:00:00,001 INFO app.App A new session has been established (session id: {ids[1]})")
    (tmp_path / "bot.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    assert [drop.reason for drop in diagnosis.disconnects] == ["ping timeout"]
    (connection,) = diagnosis.connections
    assert connection.outage_s == 2400.001
    (failure,) = diagnosis.connect_failures
    assert (failure.kind, failure.count) == ("name", 39)
