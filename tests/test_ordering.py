"""Events become one timeline: ordered, without copies, each with its connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from logdiag.events import Event, EventKind, Identity
from logdiag.ordering import build_timeline
from logdiag.reading import find_log_files, read_lines
from logdiag.rows import COLUMNS, Rows, find_client_connections
from logdiag.scanning.lines import scan_lines
from logdiag.tables import list_timeline
from tests.folding import each
from tests.winston import BUILT_IN, DROP, at, connect, drop, record, write


def event(seconds: float, kind: EventKind = EventKind.DISCONNECTED, file: str = "w/x.log", line: int = 1) -> Event:
    return Event(at(seconds), kind, "w", "x", "warn", "a message", file, line)


def read(*paths: Path) -> list[Event]:
    files = find_log_files([str(path) for path in paths]).files
    return [event for file in files for event in scan_lines(file, read_lines(file), BUILT_IN).events]


def places(rows: Rows) -> list[tuple[str, int]]:
    return [(Path(file).name, line) for file, line in zip(rows["file"], rows["line"], strict=True)]


def only(rows: Rows) -> dict[str, Any]:
    """The one row, by column."""
    return {name: value for name in COLUMNS for (value,) in [rows[name].tolist()]}


@pytest.mark.parametrize("events", [[], [event(0)], [replace(event(0), count=3, value=1.5, reason="x")]])
def test_columns_and_dtypes_are_fixed(events: Sequence[Event]) -> None:
    """Empty or full, the timeline has the same columns of the same types."""
    rows = build_timeline(events).rows
    assert {name: str(rows[name].values.dtype) for name in COLUMNS} == dict(COLUMNS)
    assert len(rows) == len(events)


def test_missing_is_missing() -> None:
    """A field that a line does not have is None, never an empty text or zero."""
    row = only(build_timeline([event(0)]).rows)
    assert all(row[name] is None for name in ("reason", "code", "error", "socket_id", "count", "value"))


def test_events_are_ordered_by_time_then_file_then_line() -> None:
    """Whatever the order in which they were read."""
    other = replace(event(1, file="w/b.log", line=9), message="another")
    events = [event(2, line=3), event(1, line=2), other, event(1, line=1)]
    for order in permutations(events):
        rows = build_timeline(order).rows
        assert places(rows) == [("b.log", 9), ("x.log", 1), ("x.log", 2), ("x.log", 3)]


def test_rotated_parts_of_equal_time_keep_the_order_of_their_content() -> None:
    """At the seam of two parts the older part comes first, though its name sorts last."""
    older = [event(0, file="w/x9.log"), event(5, file="w/x9.log", line=2)]
    newer = [event(5, EventKind.CONNECTED, "w/x.log"), event(6, file="w/x.log", line=2)]
    rows = build_timeline([*newer, *older]).rows
    assert places(rows) == [("x9.log", 1), ("x9.log", 2), ("x.log", 1), ("x.log", 2)]


def test_equal_instants_of_different_files_have_no_order() -> None:
    """All of them are marked; equal instants within a file are in file order."""
    events = [
        event(0), event(0, EventKind.CONNECTED, line=2),
        event(1, line=3), event(1, EventKind.CONNECTED, file="w/y.log"), event(1.001, file="w/y.log", line=2),
    ]  # fmt: skip
    assert build_timeline(events).rows["order_unknown"].tolist() == [False, False, True, True, False]


@pytest.mark.parametrize(
    ("whole", "copy"),
    [("X.log", "X-error.log"), ("combined.log", "error.log"), ("X.log", "X.log.1"), ("app.log", "app-out-0.log")],
)
@pytest.mark.parametrize("meta", [{"service": "X"}, {}], ids=["service stated", "no service"])
def test_line_in_two_files_of_a_folder_is_one_event(
    tmp_path: Path, whole: str, copy: str, meta: dict[str, str]
) -> None:
    """By content, with the evidence in the file that is no by-product; a line that stands in one alone is kept."""
    error = record(at(1), "Connection error: xhr poll error", "error", **meta)
    write(tmp_path / whole, [record(at(0), "Connected to master", **meta), error])
    write(tmp_path / copy, [error, record(at(2), "Connection error: only here", "error", **meta)])
    timeline = build_timeline(read(tmp_path))
    assert places(timeline.rows) == [(whole, 1), (whole, 2), (copy, 2)]
    assert [Path(one.file).name for one in timeline.duplicates] == [copy]


def test_repeated_line_of_one_file_is_as_many_events() -> None:
    """As many are kept as the file that has most holds."""
    twice = [event(0, line=1), event(0, line=2)]
    thrice = [event(0, file="w/x-error.log", line=line) for line in (1, 2, 3)]
    timeline = build_timeline([*thrice, *twice])
    assert (len(timeline.rows), len(timeline.duplicates)) == (3, 2)


@each(
    "other",
    [
        replace(event(0), source="v"),
        replace(event(0), identity=Identity("workerId", "2")),
        replace(event(0), level="error"),
        replace(event(0), message="b message"),
        replace(event(0), socket_id="z"),
        replace(event(0), error="z"),
        replace(event(0), code="z"),
        replace(event(0), count=1),
    ],
    ids=["source", "identity", "level", "message", "socket_id", "error", "code", "count"],
)
def test_lines_that_differ_are_no_copies(other: Event) -> None:
    """Of another folder or another client, with another level, error or count."""
    timeline = build_timeline([event(0), replace(other, file="w/y.log")])
    assert (len(timeline.rows), timeline.duplicates) == (2, ())


def test_services_that_say_the_same_at_once_are_two() -> None:
    """Stated services differ, so the lines do."""
    other = replace(event(0, file="w/y.log"), service="y")
    assert len(build_timeline([event(0), other]).rows) == 2


def test_folder_is_the_connection(tmp_path: Path) -> None:
    """A fleet of folders is a fleet of connections."""
    for name in ("worker1", "worker2"):
        write(tmp_path / name / "socket-client.log", [connect(0), drop(1)])
    write(tmp_path / "master" / "socket-server.log", [record(at(1), "Worker disconnected: ReUg8Bn4XkldSwyT0000")])
    rows = build_timeline(read(tmp_path)).rows
    assert find_client_connections(rows) == ("worker1", "worker2")
    assert set(rows["connection"]) == {"worker1", "worker2", "master"}


def test_hostile_text_survives() -> None:
    """Half an emoji was mended by the scanner; everything else stays as it is."""
    text = "\x1b[31m[/oops] =1+1 <script> | \n\0 \U0001f600 推"
    row = only(build_timeline([replace(event(0), message=text)]).rows)
    assert row["message"] == text


def test_rows_are_plain_values() -> None:
    """The table has Timesketch's columns first and None for what is unknown."""
    header, rows = list_timeline(build_timeline([replace(event(0), count=3)]).rows)
    assert header[:3] == ("datetime", "timestamp_desc", "message")
    row = dict(zip(header, rows[0], strict=True))
    assert (row["datetime"], row["timestamp_desc"], row["count"]) == (at(0), "disconnected", 3)
    assert (row["reason"], row["value"], row["order_unknown"], row["side"]) == (None, None, False, "client")
    assert list_timeline(build_timeline([]).rows) == (header, [])


def test_message_of_a_drop_is_kept_verbatim(tmp_path: Path) -> None:
    """With its place."""
    row = only(build_timeline(read(write(tmp_path / "w" / "x.log", ["", drop(1)]))).rows)
    assert (row["message"], row["line"], row["connection"]) == (DROP, 2, "w")
