"""From the heads of files to their layouts, and what the lines of such files become."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Fault, Layout
from logdiag.parsers.forms.records import UnreadableError, decode_records
from logdiag.reading import Line, LogFile, find_log_files, read_lines


def lay(folder: Path, **files: list[str]) -> dict[str, tuple[LogFile, Layout]]:
    """Write `name=lines` as `name.log` and find their layouts."""
    for name, lines in files.items():
        (folder / f"{name}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = find_layouts(find_log_files([str(folder)]).files)
    return {Path(file.path).stem: (file, layout) for file, layout in found.items()}


def times(lines: list[str], layout: Layout) -> list[datetime]:
    return [moment for line in lines for moment, _ in decode_records(line.encode(), layout)]


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


def test_the_clock_of_an_inner_logger_takes_no_date_from_the_stamp_before_it(tmp_path: Path) -> None:
    """Elixir under systemd: the journal has month and day, the message begins with its own clock."""
    lines = [f"Jan 22 18:00:1{n} web-1 chat[2210]: 18:00:1{n}.206 [info] said {n}" for n in range(9)]
    _, layout = lay(tmp_path, x=lines)["x"]
    assert layout.is_year_guessed
    assert not layout.is_date_guessed
    assert [(moment.month, moment.day) for moment in times(lines[:1], layout)] == [(1, 22)]


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
