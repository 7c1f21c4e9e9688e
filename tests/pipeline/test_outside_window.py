"""A time that no line is of: the report says when the logs are of, and blames no directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict
from tests.winston import at, connect, drop, write

LINES = [line for n in range(12) for line in (connect(60 * n, n), drop(60 * n + 30))]


def read(folder: Path, since: str | None = None, until: str | None = None, around: str | None = None) -> Diagnosis:
    write(folder / "worker1/socket-client.log", LINES)
    return diagnose(Request((str(folder),), since=since, until=until, around=around)).diagnosis


@pytest.mark.parametrize(
    "window", [{"since": "2030-01-01"}, {"until": "2020-01-01"}, {"around": "2025-11-14T16:00:45/5s"}]
)
def test_the_finding_says_what_time_the_logs_cover(tmp_path: Path, window: dict[str, str]) -> None:
    """Before them, after them or in a gap: all lines lie outside, and first and last instant are those of the logs."""
    found = read(tmp_path, **window)
    assert found.verdict is Verdict.INCONCLUSIVE
    finding = found.findings[0]
    assert finding.id == "outside-window"
    assert finding.numbers == {
        "count": len(LINES),
        "first_time": at(0).isoformat(),
        "last_time": at(690).isoformat(),
    }
    assert "nothing-recognised" not in {one.id for one in found.findings}


def test_a_window_that_holds_lines_is_no_such_case(tmp_path: Path) -> None:
    """One disconnect within the window is diagnosed."""
    found = read(tmp_path, around="2025-11-14T16:00:30/5s")
    assert len(found.disconnects) == 1
    assert "outside-window" not in {one.id for one in found.findings}
