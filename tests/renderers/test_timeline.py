"""The merged timeline as text, CSV and JSON, entry by entry."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.merging.entries import Account, Entry
from logdiag.parsers.rules import FIELDS as EXTRACTED
from logdiag.renderers import timeline
from logdiag.results.evidence import Evidence
from logdiag.rows import COLUMNS
from logdiag.tables import TIMESKETCH_FIRST
from tests.renderers.example import GENERATED_AT, HOSTILE

DROP: Final = Entry(
    time=datetime(2025, 11, 14, 8, 29, 52, 608_000, tzinfo=UTC),
    connection="worker1",
    service="socket-client",
    level="warn",
    kind="disconnected",
    message="Disconnected from master: transport close",
    fields={"reason": "transport close"},
    evidence=Evidence("logs/worker1/socket-client.log", 19),
    side="client",
)
PLAIN: Final = replace(DROP, kind=None, fields={}, level=None, message="已连接 ok", order_unknown=True, side=None)
ODD: Final = replace(
    DROP, connection=HOSTILE, service=HOSTILE, level=HOSTILE, message=HOSTILE, fields={"error": "=1+1"}, late=True,
    evidence=Evidence(HOSTILE, 3),
)  # fmt: skip
ENTRIES: Final = (DROP, PLAIN, replace(DROP, level="error", kind="push-failed", fields={"count": "2"}, side=None), ODD)
PLAIN_LAYOUT: Final = timeline.TextLayout(
    zone="Asia/Shanghai", connections=("master", "worker1"), services=("socket-client", "worker"), color=False,
    encoding="utf-8",
)  # fmt: skip
any_text = st.text(st.characters(exclude_categories=())) | st.just(HOSTILE)


def write_json() -> str:
    account = Account(files_count=1, lines_count=5, records_count=4, shown_count=4, late_count=1)
    account.skip(HOSTILE, Evidence(HOSTILE, 7))
    pieces = timeline.write_json(ENTRIES, account, paths=("logs", HOSTILE), generated_at=GENERATED_AT, version="0.1.0")
    return "".join(pieces)


def test_forms_read_as_approved(golden: Callable[[str, str], None]) -> None:
    """Text, plain and coloured, CSV and JSON are the approved ones."""
    golden("timeline.txt", "".join(timeline.write_text(ENTRIES, PLAIN_LAYOUT)))
    golden("timeline-color.txt", "".join(timeline.write_text(ENTRIES, replace(PLAIN_LAYOUT, color=True))))
    golden("timeline.csv", "".join(timeline.write_csv(ENTRIES)))
    golden("timeline.json", write_json())


def test_color_adds_nothing_but_color() -> None:
    """Without its escape sequences, coloured text is the plain text."""
    colored = "".join(timeline.write_text(ENTRIES, replace(PLAIN_LAYOUT, color=True)))
    assert "\x1b[33m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == "".join(timeline.write_text(ENTRIES, PLAIN_LAYOUT))


def test_one_connection_needs_no_name() -> None:
    """The connection stands in the line only where there are several."""
    [line] = timeline.write_text([DROP], replace(PLAIN_LAYOUT, connections=("worker1",)))
    assert line.count("worker1") == 1
    assert line.startswith("2025-11-14 16:29:52.608  warn  socket-client [disconnected] Disconnected")


def test_columns_are_those_of_the_diagnosis() -> None:
    """Timesketch's three columns come first; the others are those of diagnose's timeline, which has no `late`."""
    assert timeline.COLUMNS[:3] == TIMESKETCH_FIRST
    assert set(timeline.FIELDS) == set(EXTRACTED)
    of_diagnose = [name for name in (*COLUMNS, "side") if name not in {"time", "kind", "message", "source"}]
    assert [name for name in timeline.COLUMNS[3:] if name != "late"] == sorted(of_diagnose, key=timeline.COLUMNS.index)


def test_csv_is_what_timesketch_imports() -> None:
    """Each row has an ISO 8601 stamp with offset, a description and a message; formulas are harmless."""
    rows = list(csv.DictReader(io.StringIO("".join(timeline.write_csv(ENTRIES)), newline="")))
    assert [datetime.fromisoformat(row["datetime"]) for row in rows] == [entry.time for entry in ENTRIES]
    assert [row["timestamp_desc"] for row in rows] == ["disconnected", "line", "push-failed", "disconnected"]
    assert all(row["message"] for row in rows)
    assert rows[3]["error"] == "'=1+1"
    raw = list(csv.DictReader(io.StringIO("".join(timeline.write_csv(ENTRIES, raw=True)), newline="")))
    assert raw[3]["error"] == "=1+1"


def test_empty_timelines() -> None:
    """Nothing to show is an empty text, a header, no JSON line, and an object without entries."""
    assert list(timeline.write_text([], PLAIN_LAYOUT)) == []
    assert "".join(timeline.write_csv([])) == ",".join(timeline.COLUMNS) + "\r\n"
    assert list(timeline.write_json_lines([])) == []
    pieces = timeline.write_json([], Account(), paths=("logs",), generated_at=GENERATED_AT, version="0")
    assert json.loads("".join(pieces))["entries"] == []


@pytest.mark.parametrize("form", ["text", "csv", "json", "lines"])
def test_forms_stream(form: str) -> None:
    """What is written of an entry is there before the next one is asked for, and nothing before the first."""
    asked: list[int] = []

    def feed() -> Iterator[Entry]:
        for number in range(3):
            asked.append(number)
            yield DROP

    forms: dict[str, Callable[[Iterator[Entry]], Iterator[str]]] = {
        "text": lambda entries: timeline.write_text(entries, PLAIN_LAYOUT),
        "csv": timeline.write_csv,
        "json": lambda entries: timeline.write_json(
            entries, Account(), paths=(), generated_at=GENERATED_AT, version="0"
        ),
        "lines": timeline.write_json_lines,
    }
    pieces = forms[form](feed())
    for number in range(3):
        assert "Disconnected" in next(pieces)
        assert asked == list(range(number + 1))


def test_day_that_nothing_tells_is_not_written() -> None:
    """Of a file of clocks the text shows the clock, and the number of a later day; other files keep their dates."""
    clocks = Evidence("logs/bare.log", 1)
    early = replace(DROP, time=datetime(2000, 1, 1, 8, 29, 52, tzinfo=UTC), evidence=clocks)
    late = replace(early, time=datetime(2000, 1, 2, 8, 29, 52, tzinfo=UTC))
    layout = replace(PLAIN_LAYOUT, zone="UTC", undated=frozenset({clocks.file}))
    heads = [line.split(" warn ")[0].rstrip() for line in timeline.write_text([early, late, DROP], layout)]
    assert heads == ["08:29:52.000", "+2 08:29:52.000", "2025-11-14 08:29:52.608"]


@given(any_text)
def test_any_text_survives(text: str) -> None:
    """Whatever a log says, an entry is one line of text, one row of CSV and one JSON object, without controls."""
    entry = replace(ODD, message=text, service=text, level=text, fields={"reason": text})
    for encoding in ("utf-8", "ascii"):
        [line] = timeline.write_text([entry], replace(PLAIN_LAYOUT, encoding=encoding))
        assert "\x1b" not in line
        assert len(line.splitlines()) == 1
        line.encode(encoding)
    rows = list(csv.reader(io.StringIO("".join(timeline.write_csv([entry])), newline="")))
    assert [len(row) for row in rows] == [len(timeline.COLUMNS)] * 2
    [written] = timeline.write_json_lines([entry])
    assert written.isascii()
    assert set(json.loads(written)["fields"]) == {"reason"}
