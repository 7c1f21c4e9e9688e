"""Rows are picked, parted and changed without touching those they come from; a row keeps its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from logdiag.events import Event, EventKind
from logdiag.ordering import build_timeline
from logdiag.rows import Rows, find_upside_down, from_seconds, instant
from logdiag.tables import list_timeline
from tests.winston import at


def event(seconds: float, kind: EventKind = EventKind.DISCONNECTED, file: str = "w/x.log", line: int = 1) -> Event:
    return Event(at(seconds), kind, "w", "x", "warn", "a message", file, line)


@pytest.fixture
def rows() -> Rows:
    """A connect, its end with a reason, and a connect again."""
    end = replace(event(1, line=2), reason="transport close", count=3, value=0.5)
    return build_timeline([event(0, EventKind.CONNECTED), end, event(2, EventKind.CONNECTED, line=3)]).rows


def test_columns_become_plain_values(rows: Rows) -> None:
    """Text, numbers and instants leave a column as Python's own, None for what is missing."""
    values = [rows[name].tolist() for name in ("reason", "count", "value", "line")]
    assert values == [[None, "transport close", None], [None, 3, None], [None, 0.5, None], [1, 2, 3]]
    assert [type(column[1]) for column in values] == [str, int, float, int]
    assert rows.moments() == [at(0), at(1), at(2)]
    assert rows["reason"].known() == ["transport close"]


def test_truths_of_a_column(rows: Rows) -> None:
    """What is missing equals nothing but what is missing, and is in no set of values."""
    reasons = rows["reason"]
    assert (reasons == "transport close").tolist() == [False, True, False]
    assert (reasons != "transport close").tolist() == [True, False, True]
    assert reasons.isin({"transport close", "x"}).tolist() == [False, True, False]
    assert reasons.isna().tolist() == [True, False, True]
    assert reasons.notna().tolist() == [False, True, False]
    assert (rows["connection"] == rows["source"]).all()


def test_rows_are_picked_by_truth_place_slice_and_kind(rows: Rows) -> None:
    """In their order, each with the place that it has among all."""
    assert rows[rows["kind"] == EventKind.CONNECTED].places.tolist() == [0, 2]
    assert rows[[False, True, False]].places.tolist() == [1]
    assert rows[np.array([2, 1])]["line"].tolist() == [3, 2]
    assert rows[:2].places.tolist() == [0, 1]
    assert rows.of_kinds({EventKind.CONNECTED}).places.tolist() == [0, 2]
    assert rows.of_kinds({EventKind.CONNECTED, EventKind.DISCONNECTED}).places.tolist() == [0, 1, 2]
    assert len(rows.of_kinds({EventKind.RECEIPT})) == len(rows[:0]) == 0


def test_kinds_are_those_of_rows_picked_before(rows: Rows) -> None:
    """Picking goes on from what was picked, in its order."""
    last_first = rows[np.array([2, 1, 0])]
    assert last_first.of_kinds({EventKind.CONNECTED}).places.tolist() == [2, 0]
    assert last_first.sort_by_time().places.tolist() == [0, 1, 2]


def test_changes_leave_the_rows_as_they_are(rows: Rows) -> None:
    """What is left out or changed is so in what is returned alone; its kinds are looked up anew."""
    before = list_timeline(rows)
    connects = rows.of_kinds({EventKind.CONNECTED})
    changed = rows.replace("kind", {2: EventKind.CONNECT_ERROR.value}).without([0])
    assert changed["kind"].tolist() == [EventKind.DISCONNECTED, EventKind.CONNECT_ERROR]
    assert changed.of_kinds({EventKind.CONNECT_ERROR}).places.tolist() == [2]
    assert rows.rename("connection", {"w": "v"})["connection"].tolist() == ["v"] * 3
    assert connects["kind"].tolist() == [EventKind.CONNECTED] * 2
    assert list_timeline(rows) == before
    with pytest.raises(ValueError, match="read-only"):
        rows["line"].values[0] = 7


def test_parts_come_together_again(rows: Rows) -> None:
    """In the order of all; a row of two parts stands twice."""
    first, last = rows[:2], rows[1:]
    assert rows.join(last, first).places.tolist() == [0, 1, 1, 2]


def test_rows_are_grouped_by_value() -> None:
    """By value, each with its rows from the first to the last; a missing value has none."""
    named = [replace(event(at_s, line=at_s + 1), socket_id=name) for at_s, name in enumerate(["b", "a", None, "b"])]
    rows = build_timeline(named).rows
    assert rows.group("socket_id") == [("a", [1]), ("b", [0, 3])]
    assert [(name, part.moments()) for name, part in rows.part("socket_id")] == [("a", [at(1)]), ("b", [at(0), at(3)])]
    assert rows.first_by("socket_id") == {"a": at(1), "b": at(0)}
    assert rows.last_by("socket_id") == {"a": at(1), "b": at(3)}
    assert rows.distinct("connection", "socket_id") == [("w", "b"), ("w", "a"), ("w", None)]
    assert rows[:0].group("socket_id") == []


def test_span_is_from_the_first_to_the_last(rows: Rows) -> None:
    """Of no rows there is none."""
    assert rows.find_span() == (at(0), at(2))
    assert (rows.measure_s(), rows[:0].measure_s()) == (2.0, 0.0)
    assert rows[:0].find_span() is None


def test_files_that_begin_with_the_newest_line() -> None:
    """They are told by the numbers of their lines."""
    lines = [event(0, line=9), event(1, line=3), event(0, file="w/y.log"), event(1, file="w/y.log", line=2)]
    assert find_upside_down(build_timeline(lines).rows) == {"w/x.log"}


def test_seconds_and_instants_convert_exactly() -> None:
    """To the microsecond, before 1970 too."""
    moments = [at(0.000001), datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
    rows = build_timeline([event(0), event(0.000001, line=2)]).rows
    seconds = rows.seconds()
    assert seconds.dtype == np.float64
    assert from_seconds(float(seconds[1])) == moments[0]
    assert from_seconds(-1e-6) == moments[1]
    assert instant(moments[0]) == rows["time"].values[1]
