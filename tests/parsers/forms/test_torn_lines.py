"""A first line that is but the rest of one."""

from __future__ import annotations

from pathlib import Path

from logdiag.parsers.forms.forms import find_layouts
from logdiag.pipeline.stages import diagnose
from logdiag.reading import find_log_files
from logdiag.request import Request
from tests.folding import each

LATER = [f"{{}} 10:15:{second} [INFO] [Socket] Socket disconnected: ping timeout" for second in (24, 36, 49)]


def write(folder: Path, first: str, rest: list[str], date: str) -> None:
    (folder / "a.log").write_text("\n".join([first, *(line.format(date) for line in rest)]) + "\n")


@each(
    ("date", "torn"),
    [("26 Sep", "6 Sep"), ("14/11/2025", "4/11/2025"), ("11/14/2025", "1/14/2025"), ("21 Nov 2025", "1 Nov 2025")],
)
def test_what_is_left_of_a_date_dates_nothing(date: str, torn: str, tmp_path: Path) -> None:
    """The line is skipped, with the reason, and no outage of days comes of it."""
    write(tmp_path, f"{torn} 10:15:23 [WARN] [Socket] Socket disconnected: ping timeout", LATER, date)
    found = diagnose(Request(paths=(str(tmp_path),))).diagnosis
    assert [(one.reason, one.count) for one in found.inputs.skipped] == [("torn at its beginning", 1)]
    assert found.inputs.start is not None
    assert found.inputs.end is not None
    assert (found.inputs.end - found.inputs.start).total_seconds() == 25
    assert len(found.disconnects) == 3


@each(
    ("date", "first"),
    [
        ("26 Sep", "26 Sep 10:15:23"),
        ("26 Sep", "6 Sep 08:15:23"),
        ("26 Sep", "25 Sep 10:15:23"),
        ("2025-11-14", "2025-11-04 10:15:23"),
    ],
)
def test_a_line_of_days_before_is_none(date: str, first: str, tmp_path: Path) -> None:
    """One whose date is no rest of the next one's, or whose clock is far from it, is a line."""
    write(tmp_path, f"{first} [WARN] [Socket] Socket disconnected: ping timeout", LATER, date)
    (layout,) = find_layouts(find_log_files([str(tmp_path)]).files).values()
    assert layout.torn is None


def test_a_log_that_returns_to_the_day_is_not_torn(tmp_path: Path) -> None:
    """Only what contradicts all lines behind it is."""
    first = "6 Sep 10:15:23 [WARN] [Socket] closed"
    write(tmp_path, first, [*LATER, "6 Sep 10:16:00 [WARN] [Socket] closed"], "26 Sep")
    (layout,) = find_layouts(find_log_files([str(tmp_path)]).files).values()
    assert layout.torn is None
