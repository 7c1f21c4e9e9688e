"""Servers that say that they stop, and are off for a while: what that explains, and what it does not cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.terminal import render_text
from logdiag.results.causes import CauseStatus, Outcome
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Severity

MORNING = datetime(2025, 3, 4, 9, tzinfo=UTC)


def _line(minute: float, logger: str, text: str) -> str:
    stamp = (MORNING + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S")
    return f"{stamp} INFO  [main] {logger} - {text}"


def _life(minute: float, socket: str, *, is_stopped: bool) -> list[str]:
    """A start, one client for half an hour and, if so, the stop that ends it; else the client leaves by itself."""
    stop = [_line(minute + 30, "o.s.b.w.e.tomcat.GracefulShutdown", "Commencing graceful shutdown.")]
    handler = "c.example.FeedHandler"
    return [
        _line(minute, "c.example.FeedApplication", "Started FeedApplication in 4.1 seconds (process running for 4.9)"),
        _line(minute + 1, handler, f"Client connected sessionId={socket} deviceId=pump{socket[0]}"),
        *(stop if is_stopped else ()),
        _line(minute + 30.01, handler, f"Client disconnected sessionId={socket} deviceId=pump{socket[0]} code=1006"),
    ]


def _diagnose(folder: Path, lines: list[str]) -> Diagnosis:
    (folder / "server.log").write_text("\n".join(lines) + "\n")
    return diagnose(Request(paths=(str(folder),))).diagnosis


def _show(got: Diagnosis) -> str:
    return " ".join(render_text(got, version="0", width=80, color=False).split())


def _write_lives(folder: Path) -> Diagnosis:
    lives = [_life(90.0 * place, f"{place % 2}aaaa{place}", is_stopped=True) for place in range(5)]
    return _diagnose(folder, [line for life in lives for line in life])


def test_ends_right_after_a_stated_stop_are_the_servers(tmp_path: Path) -> None:
    """One client after the other, each end logged: neither speaks against a server that stops in order."""
    got = _write_lives(tmp_path)
    cause = got.causes[0]
    assert (cause.id, cause.explains_count, cause.status is CauseStatus.ASSERTED) == ("server-restart", 5, True)
    outcomes = {check.id: check.outcome for check in cause.checks}
    assert outcomes["server-gone-seen"] is Outcome.SUPPORTS
    assert outcomes["all-at-once"] is outcomes["sockets-forgotten"] is Outcome.UNKNOWN


def test_time_in_which_the_server_is_off_is_told_as_such(tmp_path: Path) -> None:
    """It is no downtime of a connection: a client that is back with the server was down for a minute each time."""
    found = {one.id: one.numbers for one in _write_lives(tmp_path).findings}
    assert float(found["server-off"]["off_s"] or 0) > 3600
    assert float(found["low-availability"]["outage_s"] or 0) < float(found["server-off"]["outage_s"] or 0)


def test_what_a_framework_says_of_its_start_is_said_by_the_side_of_its_process(tmp_path: Path) -> None:
    """Spring Boot says the same of a client: where the process holds the connections, the server starts."""
    got = _write_lives(tmp_path)
    assert [turn.kind for turn in got.server_turns].count("start") == 5


def test_stops_that_are_said_all_the_time_explain_nothing(tmp_path: Path) -> None:
    """A line every second stands before each end by luck."""
    noise = [_line(place / 60, "c.example.Pool", "Commencing graceful shutdown.") for place in range(240 * 60)]
    lives = [_life(40.0 * place, f"{place % 2}bbbb{place}", is_stopped=False) for place in range(6)]
    lines = sorted([*noise, *(line for life in lives for line in life[1:])])
    got = _diagnose(tmp_path, lines)
    assert not any(cause.id == "server-restart" and cause.status is CauseStatus.ASSERTED for cause in got.causes)


def test_a_last_stop_without_a_start_behind_it_is_no_restart(tmp_path: Path) -> None:
    """The server that stops as the logs end did not start again by any line of theirs: the first screen says so."""
    got = _write_lives(tmp_path)
    seen = next(check for check in got.causes[0].checks if check.id == "server-gone-seen")
    assert seen.numbers["unreturned_count"] == 1
    text = _show(got)
    assert "1 of these ends has no new start behind it" in text
    assert "started again 5 times" not in text
    assert "5 restarts" not in text


def test_a_server_that_is_off_for_long_is_an_error_whose_cost_is_told_as_its_own(tmp_path: Path) -> None:
    """Nobody was served, whoever stopped it: `--fail-on error` fails, and the cost names the server, as the finding."""
    got = _write_lives(tmp_path)
    off = next(one for one in got.findings if one.id == "server-off")
    assert (off.severity, got.severity) == (Severity.ERROR, Severity.ERROR)
    assert float(off.numbers["all_off_s"] or 0) > float(off.numbers["off_s"] or 0)
    assert "of that the server itself was off" in _show(got)


def _drain(minute: float) -> list[str]:
    """Three clients, a stated stop that ends them without a word of which sockets they had, and a start."""
    came = [_line(minute + place, "Endpoint", "CONNECTED TO FeedSocket") for place in range(3)]
    stop = [_line(minute + 20, "Supervisor", "SIGTERM received - shutting down")]
    gone = [_line(minute + 20, "Channel", f"device d-{place} offline, reason: draining") for place in range(3)]
    return [*came, *stop, *gone, _line(minute + 20.1, "Endpoint", "Server started on port 4000")]


def test_ends_without_a_socket_are_those_of_the_only_server_that_said_that_it_stops(tmp_path: Path) -> None:
    """Ends that cannot be joined to a connect still show what stood right before them, and nothing to learn from."""
    got = _diagnose(tmp_path, [line for place in range(4) for line in _drain(30.0 * place)])
    found = {one.id: one.numbers for one in got.findings}
    assert found["unexplained-disconnects"]["stopped_count"] == 12
    assert "traffic-unread" not in found
