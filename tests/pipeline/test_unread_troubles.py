"""No health beside lines that look as if they told of an end in unknown words."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline import unread_lines
from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.causes import CauseStatus
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict
from tests.winston import at, connect, drop, record, write

TRAFFIC = [record(at(17 * n), f"publication on news:{n % 5}") for n in range(1, 60)]
WORDS = "broker session lost rc=7, retry"


def _diagnose(folder: Path) -> Diagnosis:
    return diagnose(Request(paths=(str(folder),))).diagnosis


@pytest.mark.parametrize(
    "words", [WORDS, "feed went dark, code=1006", "die Leitung ist tot (Code 1006)", "线路掉了 code=4001"]
)
def test_an_end_in_unknown_words_is_no_health(words: str, tmp_path: Path) -> None:
    """One connect, traffic, and one line that nothing understands: it is quoted with its place."""
    write(tmp_path / "socket-client.log", [connect(0, 1), *TRAFFIC, record(at(1100), words), record(at(1200), "page")])
    got = _diagnose(tmp_path)
    assert got.verdict is Verdict.INCONCLUSIVE
    assert [(one.id, [place.line for place in one.evidence]) for one in got.findings[:1]] == [("unread-lives", [61])]


def test_traffic_alone_leaves_a_connection_healthy(tmp_path: Path) -> None:
    """What fails is a job, what is lost another subsystem's, and before the connect nothing could be lost."""
    others = [record(at(1100), "redis connection lost, retrying"), record(at(1101), "job 4 failed: timeout", "warn")]
    write(tmp_path / "socket-client.log", [record(at(-5), WORDS), connect(0, 1), *TRAFFIC, *others])
    assert _diagnose(tmp_path).verdict is Verdict.HEALTHY


def test_what_stands_beside_a_known_end_retells_it(tmp_path: Path) -> None:
    """Only another moment is another end."""
    ends = [record(at(300), "process is shutting down, SIGTERM received"), drop(300)]
    lines = [connect(0, 1), *ends, record(at(301), WORDS), connect(310, 2), *TRAFFIC[20:]]
    write(tmp_path / "socket-client.log", lines)
    assert all(one.id != "unread-lives" for one in _diagnose(tmp_path).findings)


def test_logs_in_which_nothing_was_understood_are_looked_at_too(tmp_path: Path) -> None:
    """A process that tells of losses in words of its own, beside a healthy one."""
    write(tmp_path / "one" / "socket-client.log", [connect(0, 1), *TRAFFIC])
    write(tmp_path / "hall" / "gateway.log", [record(at(60 * n), WORDS) for n in range(9)])
    got = _diagnose(tmp_path)
    assert (got.verdict, got.findings[0].id, got.findings[0].numbers["count"]) == (
        Verdict.INCONCLUSIVE,
        "unread-lives",
        9,
    )


def test_a_report_that_tells_of_no_fault_asserts_no_cause(tmp_path: Path) -> None:
    """Connects without an end and many refused tokens: what the verdict leaves open no cause explains."""
    lines: list[str] = []
    for n in range(5):
        refused = [record(at(3000 * n - 9 + k), "connect_error: 401 token expired", "error") for k in range(4)]
        lines += [*(refused if n else []), connect(3000 * n, n), record(at(3000 * n + 2900), WORDS)]
    write(tmp_path / "socket-client.log", lines)
    got = _diagnose(tmp_path)
    assert (got.verdict, got.disconnects) == (Verdict.INCONCLUSIVE, ())
    assert "auth-rejected" in [cause.id for cause in got.causes]
    assert [cause.id for cause in got.causes if cause.status is CauseStatus.ASSERTED] == []


@pytest.mark.parametrize(("place", "verdict"), [(3, Verdict.HEALTHY), (4990, Verdict.INCONCLUSIVE)])
def test_of_large_logs_the_last_part_is_looked_at(
    place: int, verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ended last stands there; to read all of it again would take longer than the first time."""
    monkeypatch.setattr(unread_lines, "MOST_LINES", 100)
    monkeypatch.setattr(unread_lines, "LEAST_LINES", 100)
    lines = [record(at(n), f"publication on news:{n % 5}") for n in range(1, 5000)]
    lines[place] = record(at(place + 1), WORDS)
    write(tmp_path / "socket-client.log", [connect(0, 1), *lines])
    assert _diagnose(tmp_path).verdict is verdict
