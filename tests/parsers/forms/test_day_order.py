"""Whether a file writes the day or the month first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.parsers.forms.test_forms import lay, times


def test_one_stamp_settles_day_and_month_of_a_file(tmp_path: Path) -> None:
    """01/08 and 14/11 in one file are both day first, wherever the one that decides stands."""
    lines = ["01/08/2025 10:00:00 info: a"] * 500 + ["14/11/2025 10:00:00 info: b"]
    _, layout = lay(tmp_path, x=lines)["x"]
    assert times([lines[0], lines[-1]], layout) == [
        datetime(2025, 8, 1, 10, tzinfo=UTC),
        datetime(2025, 11, 14, 10, tzinfo=UTC),
    ]


def test_undecided_order_is_known_as_such(tmp_path: Path) -> None:
    """Where nothing tells, the month is read first, and the layout says that this is a choice."""
    _, layout = lay(tmp_path, x=["01/08/2025 10:00:00 info: a"] * 3)["x"]
    assert layout.is_order_open
    assert times(["01/08/2025 10:00:00 info: a"], layout) == [datetime(2025, 1, 8, 10, tzinfo=UTC)]
