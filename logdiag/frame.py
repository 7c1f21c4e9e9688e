"""Tables as frames of pandas, for whoever goes on from there: by the API, or from CSV files that logdiag wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from os import PathLike
from typing import Any, Final

import pandas as pd

from logdiag.tables import LIST_SEPARATOR, Cell, ColumnType, Table, type_of

DTYPES: Final[Mapping[ColumnType, Any]] = {
    ColumnType.TRUTH: pd.BooleanDtype(),
    ColumnType.WHOLE: pd.Int64Dtype(),
    ColumnType.NUMBER: pd.Float64Dtype(),
    ColumnType.TEXT: pd.StringDtype(),
}
TRUTHS: Final = {"true": True, "false": False}


def build_frame(table: Table) -> pd.DataFrame:
    """A table as a frame: nullable dtypes by the names of the columns, instants in UTC, several texts joined by `;`."""
    columns = [[_flatten(row[place]) for row in table.rows] for place in range(len(table.header))]
    return pd.DataFrame({name: _type_column(name, cells) for name, cells in zip(table.header, columns, strict=True)})


def read_csv(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table that logdiag wrote as CSV, with the types of `build_frame`; empty cells are unknown."""
    texts = pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""])
    return pd.DataFrame(
        {name: _type_column(name, [None if pd.isna(cell) else cell for cell in texts[name]]) for name in texts.columns}
    )


def _type_column(name: str, cells: list[Any]) -> pd.Series[Any]:
    """A column from values, or from the texts that stand for them; None is unknown."""
    kind = type_of(name)
    if kind is ColumnType.TIME:
        return pd.to_datetime(pd.Series(cells, dtype="object"), format="ISO8601", utc=True).dt.as_unit("us")
    if kind is ColumnType.TRUTH:
        cells = [TRUTHS.get(cell, cell) for cell in cells]
    return pd.Series(pd.array(cells, dtype=DTYPES[kind]))


def _flatten(cell: Cell) -> object:
    """A cell as one value; None for what is unknown, empty or not finite."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if isinstance(cell, Enum):
        return cell.value
    if isinstance(cell, Sequence) and not isinstance(cell, str):
        cell = LIST_SEPARATOR.join(cell)
    return None if cell == "" else cell


def _plain(value: object) -> object:
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124
