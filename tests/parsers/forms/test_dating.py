"""Of which day and year stamps are that tell the time alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Fault
from logdiag.parsers.forms.records import UnreadableError
from logdiag.reading import find_log_files
from logdiag.times.stamps import has_zone
from tests.parsers.forms.test_forms import lay, times


def test_clocks_take_their_day_from_a_neighbour(tmp_path: Path) -> None:
    """Midnight in between makes it the next day."""
    clocks = ["[23:59:58.000] INFO: a", "[00:00:03.000] INFO: b"]
    dated = ["2025-11-14T23:59:57Z info: c"]
    _, layout = lay(tmp_path, x=clocks, y=dated)["x"]
    assert times(clocks, layout) == [
        datetime(2025, 11, 14, 23, 59, 58, tzinfo=UTC),
        datetime(2025, 11, 15, 0, 0, 3, tzinfo=UTC),
    ]


@pytest.mark.parametrize("is_of_one_day", [True, False])
def test_clocks_take_their_day_from_a_journal_that_lacks_the_year(tmp_path: Path, *, is_of_one_day: bool) -> None:
    """One that tells of a single day; of several, nothing says which of them the clocks are of."""
    clocks = ["18:00:01.200 [bot] socket opened", "18:00:41.848 [bot] hello"]
    journal = [f"Feb 03 18:0{minute}:03 live1 CRON[10331]: (root) CMD (dyndns)" for minute in range(8)]
    journal += [] if is_of_one_day else ["Feb 05 18:00:03 live1 CRON[10331]: (root) CMD (dyndns)"]
    _, layout = lay(tmp_path, x=clocks, journal=journal)["x"]
    first = times(clocks, layout)[0]
    assert ((first.month, first.day) == (2, 3)) is is_of_one_day
    assert (layout.is_date_guessed, layout.is_year_guessed) == (not is_of_one_day, is_of_one_day)


def test_the_clock_of_a_browser_names_its_zone(tmp_path: Path) -> None:
    """As `toTimeString()` writes it; the day is that of the neighbour in the stamp's own zone."""
    clocks = ["[23:59:58 GMT-0400 (Eastern Daylight Time)] a", "[00:00:03 GMT-0400 (Eastern Daylight Time)] b"]
    _, layout = lay(tmp_path, x=clocks, y=["2025-08-15T03:59:57Z info: c"])["x"]
    assert times(clocks, layout) == [
        datetime(2025, 8, 15, 3, 59, 58, tzinfo=UTC),
        datetime(2025, 8, 15, 4, 0, 3, tzinfo=UTC),
    ]
    assert all(has_zone(clock[1 : clock.index("]")]) for clock in clocks)


def test_clocks_alone_are_of_a_day_that_is_told_to_be_assumed(tmp_path: Path) -> None:
    """2000-01-01, whenever the file was written, and the next day behind midnight: the intervals are right."""
    clocks = ["[11:59:58 PM] - a left channel: stats", "[12:00:03 AM] - b left channel: stats"]
    _, layout = lay(tmp_path, x=["Channel: stats", *clocks])["x"]
    assert (layout.is_date_guessed, layout.is_year_guessed, layout.fault) == (True, False, None)
    assert times(clocks, layout) == [
        datetime(2000, 1, 1, 23, 59, 58, tzinfo=UTC),
        datetime(2000, 1, 2, 0, 0, 3, tzinfo=UTC),
    ]


def test_clocks_of_several_midnights_are_refused_by_the_first_line_that_has_one(tmp_path: Path) -> None:
    """Which day a line is of cannot be told from its clock: no interval is made up."""
    hours = [f"{hour:02}:00:00 info: hour {'x' * 900}" for hour in [*range(24)] * 3]
    _, layout = lay(tmp_path, x=["Channel: stats", *hours])["x"]
    assert (layout.fault, layout.first_line[:8], layout.line) == (Fault.CLOCK_ALONE, "00:00:00", 2)


def test_the_day_of_a_name_does_not_tell_which_of_several_nights_passed(tmp_path: Path) -> None:
    """All of them would be placed on the first day and the next."""
    hours = [f"{hour:02}:00:00 info: hour {'x' * 900}" for hour in [*range(24)] * 3]
    (layout,) = (layout for _, layout in lay(tmp_path, **{"x-2025-11-14": hours}).values())
    assert layout.fault is Fault.CLOCK_ALONE


def test_a_dated_name_tells_the_day(tmp_path: Path) -> None:
    """As rotation writes it."""
    clocks = ["16:25:52.756 info: a"]
    _, layout = lay(tmp_path, **{"worker-2025-11-14": clocks})["worker-2025-11-14"]
    assert times(clocks, layout) == [datetime(2025, 11, 14, 16, 25, 52, 756_000, tzinfo=UTC)]


def test_a_few_lines_of_another_form_take_their_year_from_the_file(tmp_path: Path) -> None:
    """Syslog among the output of docker compose is near the other lines; a clock alone could be of any day."""
    lines = [f"app-1  | 2026-12-31 23:59:5{n},001 INFO chat said {n}" for n in range(9)]
    _, layout = lay(tmp_path, x=lines)["x"]
    others = ["lb-1   | Dec 31 23:59:50 lb haproxy[8]: x", "lb-1   | Jan  1 00:00:01 lb haproxy[8]: x"]
    assert [moment.year for moment in times(others, layout)] == [2026, 2027]
    with pytest.raises(UnreadableError):
        times(["lb-1   | 00:00:01 lb haproxy[8]: x"], layout)


@pytest.mark.parametrize(
    ("stamp", "year"), [("Jan 04 18:56:03", 2026), ("Nov 29 09:00:00", 2026), ("Dec 04 18:56:03", 2025)]
)
def test_a_guessed_year_never_lies_ahead(tmp_path: Path, stamp: str, year: int) -> None:
    """Of a file that was last written on 29 November 2026 no line is younger."""
    lay(tmp_path, x=[f"{stamp} host node[812]: said {n}" for n in range(3)])
    written = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
    os.utime(tmp_path / "x.log", (written, written))
    (layout,) = find_layouts(find_log_files([str(tmp_path)]).files).values()
    assert layout.is_year_guessed
    assert times([f"{stamp} host node[812]: said"], layout)[0].year == year
