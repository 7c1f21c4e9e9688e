"""What is said of failed connects by the share of each kind, in logs of errors alone, and of other servers."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.finding_ids import FAILURES_ALONE
from tests.winston import at, record, write

CLOSED = "Connection ended before spawn: socketClosed"


def _diagnose(folder: Path, *lines: str) -> Diagnosis:
    write(folder / "bots" / "error.log", lines)
    return diagnose(Request((str(folder),))).diagnosis


def _fail(number: int, error: str) -> str:
    return record(at(60 * number), "Bot connection failed", "error", botId=f"bot_{number % 4}", error=error)


def test_a_log_of_errors_alone_shows_no_connect_and_lacks_none(tmp_path: Path) -> None:
    """What failed is told, of each of four bots; that nobody ever connected is not, nor for how long."""
    got = _diagnose(tmp_path, *(_fail(number, CLOSED) for number in range(8)))
    finding = got.find(FAILURES_ALONE)
    assert finding is not None
    numbers = finding.numbers
    assert (numbers["connections_count"], numbers["count"], numbers["levels"]) == (4, 8, "error")
    assert got.find("never-connected") is None
    assert "down_s" not in finding.numbers


def test_where_other_levels_stand_a_client_without_a_connect_never_connected(tmp_path: Path) -> None:
    """One line at level info shows that connects would stand there."""
    started = record(at(0), "Bots are created", "info")
    got = _diagnose(tmp_path, started, *(_fail(number, CLOSED) for number in range(1, 9)))
    assert (got.find(FAILURES_ALONE), got.find("never-connected") is None) == (None, False)


def test_what_most_attempts_met_explains_them(tmp_path: Path) -> None:
    """One of sixteen that ran out of time says nothing of the others; unknown words lead where most met them."""
    rare = _fail(3, "Connection timeout: the server may be offline")
    closed = _diagnose(tmp_path / "a", rare, *(_fail(number, CLOSED) for number in range(4, 19)))
    assert closed.shut_out_kinds == ("closed",)
    few = [_fail(number, "Connection timeout") for number in (1, 2, 3)]
    strange = _diagnose(tmp_path / "b", *few, *(_fail(number, "qqq") for number in range(4, 12)))
    assert strange.shut_out_kinds == ("other", "timeout")


def test_advice_for_socket_io_needs_its_words(tmp_path: Path) -> None:
    """A client of any other server gets no URL of Socket.IO's to ask."""
    bare = _diagnose(tmp_path / "a", *(_fail(number, "connect ETIMEDOUT 10.0.0.7:25565") for number in range(4)))
    own = _diagnose(tmp_path / "b", *(_fail(number, "xhr poll error") for number in range(4)))
    assert (bare.is_of_socket_io, own.is_of_socket_io) == (False, True)
