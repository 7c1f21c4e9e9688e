"""The tables as data frames: read back from CSV, or straight from the diagnosis, with their types."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path

import pandas as pd
import pytest

from logdiag.frame import read_csv
from logdiag.renderers.csv import render_tables, write_rows
from logdiag.renderers.escape import escape_controls
from logdiag.results.diagnosis import Diagnosis
from logdiag.tables import Cell, Table, list_tables, list_timeline
from tests.folders import SAMPLE_NAMES, SAMPLES, diagnose_once
from tests.renderers.example import EXAMPLES


def check_cell(read: object, written: Cell) -> None:
    """A cell came back with its type and its value."""
    if written is None or (isinstance(written, float) and not math.isfinite(written)) or written in ("", (), []):
        assert read is pd.NA or read is pd.NaT
    elif isinstance(written, datetime):
        assert isinstance(read, pd.Timestamp)
        assert read.to_pydatetime() == written
    elif isinstance(written, bool) or (isinstance(written, int) and not isinstance(written, Enum)):
        assert read == written
        assert not isinstance(read, str)
    elif isinstance(written, float):
        assert read == pytest.approx(written, rel=1e-11)
        assert not isinstance(read, str)
    else:
        text = written.value if isinstance(written, Enum) else written
        joined = text if isinstance(text, str) else ";".join(text)
        assert (read is pd.NA and not joined) or read == escape_controls(joined)


def check_table(frame: pd.DataFrame, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    assert list(frame.columns) == list(header)
    assert len(frame) == len(rows)
    for name, column in zip(header, zip(*rows, strict=True), strict=False):
        for read, written in zip(frame[name], column, strict=True):
            check_cell(read, written)


def check_diagnosis(diagnosis: Diagnosis, folder: Path) -> None:
    wanted: dict[str, Table] = list_tables(diagnosis)
    for name, text in render_tables(diagnosis, raw=True).items():
        (folder / f"{name}.csv").write_bytes(text.encode("utf-8"))
        read, given = read_csv(folder / f"{name}.csv"), diagnosis.frame(name)
        check_table(read, wanted[name].header, wanted[name].rows)
        assert given.dtypes.to_dict() == read.dtypes.to_dict()
        check_table(given.map(escape_text), wanted[name].header, wanted[name].rows)


def escape_text(cell: object) -> object:
    """A text as a file holds it."""
    return escape_controls(cell) if isinstance(cell, str) else cell


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_examples_come_back(name: str, tmp_path: Path) -> None:
    """Every table of each hand-built diagnosis comes back as it was: times, numbers, truth values, texts, gaps."""
    check_diagnosis(EXAMPLES[name](), tmp_path)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_samples_come_back(name: str, tmp_path: Path) -> None:
    """Every table of each sample comes back as it was, its timeline too."""
    result = diagnose_once(SAMPLES / name)
    check_diagnosis(result.diagnosis, tmp_path)
    header, rows = list_timeline(result.timeline)
    (tmp_path / "timeline.csv").write_bytes(write_rows(header, rows, raw=True).encode("utf-8"))  # type: ignore[arg-type]
    check_table(read_csv(tmp_path / "timeline.csv"), header, rows)  # type: ignore[arg-type]


def test_types_are_those_of_the_columns(tmp_path: Path) -> None:
    """Columns have one type each, also where some cells or all of them are empty."""
    check_diagnosis(EXAMPLES["example"](), tmp_path)
    types = read_csv(tmp_path / "disconnects.csv").dtypes.astype(str).to_dict()
    assert types["index"] == "Int64"
    assert types["time"].startswith("datetime64[")
    assert types["outage_s"] == "Float64"
    assert types["logged"] == "boolean"
    assert types["reason"] == "string"
    assert types["server_evidence_line"] == "Int64"
    check_diagnosis(EXAMPLES["healthy"](), tmp_path)
    assert read_csv(tmp_path / "disconnects.csv").dtypes.astype(str).to_dict() == types


def test_a_cell_named_null_stays_text(tmp_path: Path) -> None:
    """Texts that pandas would take for a gap stay texts."""
    (tmp_path / "a.csv").write_text(write_rows(("reason",), [("NA",), ("null",), ("None",)]), encoding="utf-8")
    assert read_csv(tmp_path / "a.csv")["reason"].tolist() == ["NA", "null", "None"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_spreadsheet_finds_a_formula(separator: str) -> None:
    """Whether it parts cells at commas, semicolons, tabs or bars, no cell of text begins as a formula."""
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "a;=1+1", "a; @b", "\t=1", "＝1", "a\t=1", "a|=1", "a| =1"]
    text = write_rows(("a", "b"), [("x", item) for item in hostile] + [("x", ("=1", "+2"))])
    cells = [cell for line in text.splitlines() for cell in line.split(separator)]
    assert [cell for cell in cells if re.match(r"\s*[=+@＝＋＠-]", cell)] == []
