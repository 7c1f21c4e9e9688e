"""How many lines of a file lie within a window of time: cells are counted whole, only those at its edges again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from logdiag.parsers.forms.records import NOT_JSON
from logdiag.scanning.cells import Window, Within, count_within, list_cells
from logdiag.scanning.lines import FileScan
from tests.winston import at, connect, drop, record, scan, write

pytestmark = pytest.mark.xdist_group("cells")  # most look at one log

LINES_COUNT: Final = 12_000  # of 80 bytes or so: four cells
STACK: Final = "    at emit (events.js:1)"


def write_log(path: Path) -> Path:
    """A line a second; every 100th is a drop, behind every 70th stands a stack of two, behind every 500th a blank."""
    lines = []
    for second in range(LINES_COUNT):
        lines.append(drop(second) if second % 100 == 0 else record(at(second), f"tick {second} of many that say much"))
        lines += [STACK] * 2 if second % 70 == 0 else []
        lines += [""] if second % 500 == 0 else []
    return write(path, lines)


def count_plainly(start: float, end: float) -> tuple[int, int]:
    """What `write_log` writes in these seconds: lines without an event, and skipped ones."""
    seconds = [second for second in range(LINES_COUNT) if start <= second <= end]
    return sum(second % 100 != 0 for second in seconds), 2 * sum(second % 70 == 0 for second in seconds)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> FileScan:
    """That log, scanned once for all: nothing changes a scan."""
    return scan(write_log(tmp_path_factory.mktemp("cells") / "x.log"))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (-10, 20_000),
        (0, 11_999),
        (0, 0),
        (70, 70),
        (69.5, 69.9),
        (3000, 9000),
        (5999.5, 6001),
        (11_990, 11_999),
        (20_000, 21_000),
    ],
)
def test_lines_within_a_window_are_counted(found: FileScan, start: float, end: float) -> None:
    """As many as a reading of every line counts, ends included; a line without a stamp has that of the line before."""
    assert len(list_cells(found)) > 3
    within = count_within(found, Window(at(start), at(end)))
    unclassified, skipped = count_plainly(start, end)
    assert within.unclassified_count == unclassified
    assert len(within.skipped.get(NOT_JSON, [])) == skipped
    numbers = within.skipped.get(NOT_JSON, [])
    assert numbers == sorted(numbers)
    assert set(numbers) <= set(found.skipped[NOT_JSON])


def test_windows_that_touch_share_no_line(found: FileScan) -> None:
    """What lies before a moment and what lies after it are together all lines."""
    parts = [count_within(found, Window(at(start), at(end))) for start, end in ((0, 4321.5), (4321.6, 12_000))]
    assert sum(part.unclassified_count for part in parts) == found.unclassified_count
    assert sum(len(part.skipped[NOT_JSON]) for part in parts) == found.skipped_count


def test_skipped_lines_of_a_file_without_stamps_are_in_each_window(tmp_path: Path) -> None:
    """Nothing tells when they were written, so none of them is left out."""
    found = scan(write(tmp_path / "x.log", [STACK, STACK]))
    assert count_within(found, Window(at(0), at(1))) == Within(0, {NOT_JSON: [1, 2]})


@pytest.mark.parametrize("join", [lambda a, b: a + b, lambda a, b: b + a], ids=["in-order", "out-of-order"])
def test_joined_logs_are_counted_line_by_line(
    tmp_path: Path, join: Callable[[list[str], list[str]], list[str]]
) -> None:
    """Where times jump back, each line is counted by its own stamp."""
    early = [connect(0), *(record(at(second), "tick") for second in range(100))]
    late = [record(at(second), "tick") for second in range(5000, 5100)]
    found = scan(write(tmp_path / "x.log", join(early, late)))
    assert count_within(found, Window(at(50), at(5049))).unclassified_count == 100
