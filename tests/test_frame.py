"""Events become one frame: ordered, without copies, each with its connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from logdiag.events import Event, EventKind, Identity
from logdiag.frame import (
    COLUMNS,
    build_timeline,
    find_client_connections,
    from_seconds,
    list_moments,
    list_places,
    list_values,
    timeline_rows,
    to_seconds,
)
from logdiag.reading import find_log_files, read_lines
from logdiag.scanning.lines import scan_lines
from tests.folding import each
from tests.winston import BUILT_IN, DROP, at, connect, drop, record, write


def event(seconds: float, kind: EventKind = EventKind.DISCONNECTED, file: str = "w/x.log", line: int = 1) -> Event:
    return Event(at(seconds), kind, "w", "x", "warn", "a message", file, line)


def read(*paths: Path) -> list[Event]:
    files = find_log_files([str(path) for path in paths]).files
    return [event for file in files for event in scan_lines(file, read_lines(file), BUILT_IN).events]


def places(frame: pd.DataFrame) -> list[tuple[str, int]]:
    return [(Path(file).name, int(line)) for file, line in zip(frame["file"], frame["line"], strict=True)]


@pytest.mark.parametrize("events", [[], [event(0)], [replace(event(0), count=3, value=1.5, reason="x")]])
def test_columns_and_dtypes_are_fixed(events: Sequence[Event]) -> None:
    """Empty or full, the frame has the same columns of the same types."""
    frame = build_timeline(events).frame
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(COLUMNS)
    assert len(frame) == len(events)


def test_missing_is_missing() -> None:
    """A field that a line does not have is NA, never an empty text or zero."""
    row = build_timeline([event(0)]).frame.iloc[0]
    assert all(pd.isna(row[name]) for name in ("reason", "code", "error", "socket_id", "count", "value"))


def test_events_are_ordered_by_time_then_file_then_line() -> None:
    """Whatever the order in which they were read."""
    other = replace(event(1, file="w/b.log", line=9), message="another")
    events = [event(2, line=3), event(1, line=2), other, event(1, line=1)]
    for order in permutations(events):
        frame = build_timeline(order).frame
        assert places(frame) == [("b.log", 9), ("x.log", 1), ("x.log", 2), ("x.log", 3)]


def test_rotated_parts_of_equal_time_keep_the_order_of_their_content() -> None:
    """At the seam of two parts the older part comes first, though its name sorts last."""
    older = [event(0, file="w/x9.log"), event(5, file="w/x9.log", line=2)]
    newer = [event(5, EventKind.CONNECTED, "w/x.log"), event(6, file="w/x.log", line=2)]
    frame = build_timeline([*newer, *older]).frame
    assert places(frame) == [("x9.log", 1), ("x9.log", 2), ("x.log", 1), ("x.log", 2)]


def test_equal_instants_of_different_files_have_no_order() -> None:
    """All of them are marked; equal instants within a file are in file order."""
    events = [
        event(0), event(0, EventKind.CONNECTED, line=2),
        event(1, line=3), event(1, EventKind.CONNECTED, file="w/y.log"), event(1.001, file="w/y.log", line=2),
    ]  # fmt: skip
    assert build_timeline(events).frame["order_unknown"].tolist() == [False, False, True, True, False]


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
    assert places(timeline.frame) == [(whole, 1), (whole, 2), (copy, 2)]
    assert [Path(one.file).name for one in timeline.duplicates] == [copy]


def test_repeated_line_of_one_file_is_as_many_events() -> None:
    """As many are kept as the file that has most holds."""
    twice = [event(0, line=1), event(0, line=2)]
    thrice = [event(0, file="w/x-error.log", line=line) for line in (1, 2, 3)]
    timeline = build_timeline([*thrice, *twice])
    assert (len(timeline.frame), len(timeline.duplicates)) == (3, 2)


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
    assert (len(timeline.frame), timeline.duplicates) == (2, ())


def test_services_that_say_the_same_at_once_are_two() -> None:
    """Stated services differ, so the lines do."""
    other = replace(event(0, file="w/y.log"), service="y")
    assert len(build_timeline([event(0), other]).frame) == 2


def test_folder_is_the_connection(tmp_path: Path) -> None:
    """A fleet of folders is a fleet of connections."""
    for name in ("worker1", "worker2"):
        write(tmp_path / name / "socket-client.log", [connect(0), drop(1)])
    write(tmp_path / "master" / "socket-server.log", [record(at(1), "Worker disconnected: ReUg8Bn4XkldSwyT0000")])
    frame = build_timeline(read(tmp_path)).frame
    assert find_client_connections(frame) == ("worker1", "worker2")
    assert set(frame["connection"]) == {"worker1", "worker2", "master"}


def test_hostile_text_survives() -> None:
    """Half an emoji was mended by the scanner; everything else stays as it is."""
    text = "\x1b[31m[/oops] =1+1 <script> | \n\0 \U0001f600 推"
    row = build_timeline([replace(event(0), message=text)]).frame.iloc[0]
    assert row["message"] == text


def test_rows_are_plain_values() -> None:
    """The table has Timesketch's columns first and None for what is unknown."""
    header, rows = timeline_rows(build_timeline([replace(event(0), count=3)]).frame)
    assert header[:3] == ("datetime", "timestamp_desc", "message")
    row = dict(zip(header, rows[0], strict=True))
    assert (row["datetime"], row["timestamp_desc"], row["count"]) == (at(0), "disconnected", 3)
    assert (row["reason"], row["value"], row["order_unknown"], row["side"]) == (None, None, False, "client")
    assert timeline_rows(build_timeline([]).frame) == (header, [])


def test_columns_become_plain_values() -> None:
    """Text, numbers and instants leave a column as Python's own, None for what is missing; the frame stays as it is."""
    known = replace(event(0), reason="transport close", count=3, value=0.5)
    frame = build_timeline([known, event(1, line=2)]).frame
    before = frame.copy()
    values = [list_values(frame[name]) for name in ("reason", "count", "value", "line")]
    assert values == [["transport close", None], [3, None], [0.5, None], [1, 2]]
    assert [type(value) for value, _ in values] == [str, int, float, int]
    assert list_moments(frame["time"]) == [at(0), at(1)]
    pd.testing.assert_frame_equal(frame, before)


def test_places_of_names_stand_in_order() -> None:
    """By name, each with its rows from the first to the last; a missing name has none."""
    names = pd.Series(["b", "a", None, "b"], dtype="str")
    assert list_places(names) == [("a", [1]), ("b", [0, 3])]
    assert list_places(names[:0]) == []


def test_seconds_and_instants_convert_exactly() -> None:
    """To the microsecond, before 1970 too."""
    moments = [at(0.000001), datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
    seconds = to_seconds(build_timeline([event(0), event(0.000001, line=2)]).frame["time"])
    assert seconds.dtype == np.float64
    assert from_seconds(float(seconds[1])) == moments[0]
    assert from_seconds(-1e-6) == moments[1]


def test_message_of_a_drop_is_kept_verbatim(tmp_path: Path) -> None:
    """With its place."""
    row = build_timeline(read(write(tmp_path / "w" / "x.log", ["", drop(1)]))).frame.iloc[0]
    assert (row["message"], row["line"], row["connection"]) == (DROP, 2, "w")
