"""From the heads of files to their layouts, and what the lines of such files become."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Fault, Layout
from logdiag.parsers.forms.records import UnreadableError, decode_records
from logdiag.reading import Line, LogFile, find_log_files, read_lines
from logdiag.times.stamps import has_zone


def lay(folder: Path, **files: list[str]) -> dict[str, tuple[LogFile, Layout]]:
    """Write `name=lines` as `name.log` and find their layouts."""
    for name, lines in files.items():
        (folder / f"{name}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = find_layouts(find_log_files([str(folder)]).files)
    return {Path(file.path).stem: (file, layout) for file, layout in found.items()}


def times(lines: list[str], layout: Layout) -> list[datetime]:
    return [moment for line in lines for moment, _ in decode_records(line.encode(), layout)]


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


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"level":"info","message":"a"}', Fault.UNTIMED_JSON),
        ("engine:socket packet +2ms", Fault.UNTIMED_TEXT),
        ("level=info msg=a", Fault.UNTIMED_TEXT),
        ('{"level":"info","message":"a","timestamp":"yesterday"}', Fault.NOT_UNDERSTOOD),
        ("{level: info, message: a}", Fault.NOT_UNDERSTOOD),
        ("it was a quarter past 16:25 when it broke", Fault.NOT_UNDERSTOOD),
    ],
)
def test_lines_without_a_stamp_are_refused_by_name(tmp_path: Path, line: str, fault: Fault) -> None:
    """JSON or text: the layout says why, and shows the first line."""
    _, layout = lay(tmp_path, x=[line] * 3)["x"]
    assert (layout.fault, layout.line, layout.first_line) == (fault, 1, line)


def test_stacks_belong_to_the_line_before(tmp_path: Path) -> None:
    """They have no record of their own, and are no fault either."""
    lines = ["2025-11-14 16:25:52 error: gone", "    at Socket.onclose (/app/x.js:1:2)"]
    _, layout = lay(tmp_path, x=lines)["x"]
    assert [len(decode_records(line.encode(), layout)) for line in lines] == [1, 0]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", [None, "events"])
def test_documents_are_read(tmp_path: Path, indent: int | None, key: str | None) -> None:
    """An array or an export, in one line or in many: every record, each where it begins."""
    records = [{"timestamp": f"2025-11-14T16:00:0{n}Z", "level": "info", "message": "x"} for n in range(3)]
    text = json.dumps(records if key is None else {key: records}, indent=indent)
    file, layout = lay(tmp_path, x=[text])["x"]
    lines = [line for line in read_lines(file) if isinstance(line, Line) and line.raw.strip()]
    assert [time.second for line in lines for time in times([line.raw.strip().decode()], layout)] == [0, 1, 2]
    if indent:
        assert all(text.splitlines()[line.number - 1].strip() == "{" for line in lines)


def test_a_few_lines_of_another_form_take_their_year_from_the_file(tmp_path: Path) -> None:
    """Syslog among the output of docker compose is near the other lines; a clock alone could be of any day."""
    lines = [f"app-1  | 2026-12-31 23:59:5{n},001 INFO chat said {n}" for n in range(9)]
    _, layout = lay(tmp_path, x=lines)["x"]
    others = ["lb-1   | Dec 31 23:59:50 lb haproxy[8]: x", "lb-1   | Jan  1 00:00:01 lb haproxy[8]: x"]
    assert [moment.year for moment in times(others, layout)] == [2026, 2027]
    with pytest.raises(UnreadableError):
        times(["lb-1   | 00:00:01 lb haproxy[8]: x"], layout)


def test_the_clock_of_an_inner_logger_takes_no_date_from_the_stamp_before_it(tmp_path: Path) -> None:
    """Elixir under systemd: the journal has month and day, the message begins with its own clock."""
    lines = [f"Jan 22 18:00:1{n} web-1 chat[2210]: 18:00:1{n}.206 [info] said {n}" for n in range(9)]
    _, layout = lay(tmp_path, x=lines)["x"]
    assert layout.is_year_guessed
    assert not layout.is_date_guessed
    assert [(moment.month, moment.day) for moment in times(lines[:1], layout)] == [(1, 22)]


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


def test_few_stamped_lines_behind_a_build_are_read_alone(tmp_path: Path) -> None:
    """`docker compose up` writes how it builds, then what its containers log: that has its times, the rest has none."""
    build = [f"#{n} [api internal] load metadata of layer {n}" for n in range(200)]
    logged = [f"api-1         | 2025-11-14 16:25:{n:02},756 app INFO hello {n}" for n in range(8)]
    _, layout = lay(tmp_path, x=[*build, *logged])["x"]
    assert (layout.fault, layout.is_time_rare) == (None, True)
    assert [moment.second for moment in times([*build, *logged], layout)] == list(range(8))
    pairs = [f'time="2025-11-14T16:25:{n:02}Z" level=warning msg="hello {n}"' for n in range(8)]
    _, layout = lay(tmp_path, y=[*build, *pairs])["y"]
    assert (layout.fault, layout.is_time_rare) == (None, True)
    assert [moment.second for moment in times([*build, *pairs], layout)] == list(range(8))


@pytest.mark.parametrize("said", ["next run at: {}", '2025-11-15 12:00:00 KST)" executed', "started {} by hand"])
def test_a_time_that_few_lines_speak_of_is_no_stamp(tmp_path: Path, said: str) -> None:
    """A scheduler names the times of its jobs; a line of it may be torn before one."""
    spoken = [said.format(f"2025-11-14 16:{n:02}:00") for n in range(3 if said.startswith("2") else 8)]
    _, layout = lay(tmp_path, x=["DEBUG:paho.mqtt.client:Received PINGRESP"] * 200 + spoken)["x"]
    assert layout.fault is Fault.UNTIMED_TEXT
    with pytest.raises(UnreadableError):
        times(spoken[:1], layout)
