"""Contract 4: tables for spreadsheets and data frames. RFC 4180, CRLF, one line a row, empty for unknown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum

from logdiag.renderers.escape import escape_csv
from logdiag.renderers.json import SIGNIFICANT_DIGITS, write_instant
from logdiag.results.diagnosis import Diagnosis
from logdiag.tables import LIST_SEPARATOR, Cell, list_disconnects, list_tables


def render_csv(diagnosis: Diagnosis, *, raw: bool = False) -> str:
    """Write the table of disconnects: what `--format csv` puts on standard output."""
    return disconnects_csv(diagnosis, raw=raw)


def disconnects_csv(diagnosis: Diagnosis, *, raw: bool = False) -> str:
    """Write the table of disconnects; `raw` leaves cells that a spreadsheet would run as they are."""
    table = list_disconnects(diagnosis)
    return write_rows(table.header, table.rows, raw=raw)


def render_tables(diagnosis: Diagnosis, *, raw: bool = False) -> dict[str, str]:
    """Write every table, name → CSV text: what `--csv DIR` puts into files."""
    return {name: write_rows(table.header, table.rows, raw=raw) for name, table in list_tables(diagnosis).items()}


def write_rows(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, raw: bool = False) -> str:
    """Write rows of values as RFC 4180 text; every format of a cell is decided here."""
    return "".join(stream_rows(header, rows, raw=raw))


def stream_rows(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, raw: bool = False) -> Iterator[str]:
    """Yield the same row by row, the header with the first one."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([write_cell(cell, raw=raw) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def write_cell(cell: Cell, *, raw: bool = False) -> str:
    """Write one value: numbers and times in full, text made harmless, unknown as nothing."""
    if cell is None:
        return ""
    if type(cell) is str:  # most cells: asked before an Enum that is a string as well
        return escape_csv(cell, raw=raw)
    if isinstance(cell, Enum):
        return str(cell.value)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return f"{cell:.{SIGNIFICANT_DIGITS}g}" if math.isfinite(cell) else ""
    if isinstance(cell, datetime):
        return write_instant(cell)
    return escape_csv(cell if isinstance(cell, str) else LIST_SEPARATOR.join(cell), raw=raw)
