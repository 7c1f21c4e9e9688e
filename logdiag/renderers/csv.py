"""Contract 4: tables for spreadsheets and data frames. RFC 4180, CRLF, one line a row, empty for unknown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from logdiag.diagnosis import Cause, Diagnosis, Disconnect, Evidence, Outcome, Push, Session, Trigger
from logdiag.renderers.escape import escape_csv
from logdiag.renderers.json import SIGNIFICANT_DIGITS, write_instant

Cell: TypeAlias = "str | float | bool | datetime | Enum | Sequence[str] | None"
LIST_SEPARATOR: Final = ";"

DISCONNECT_COLUMNS: Final = (
    "index", "time", "connection", "socket_id", "reason", "server_reason", "logged", "interval_s", "session_s",
    "outage_s", "pattern", "residual_s", "trigger", "fleet_event", "evidence_file", "evidence_line",
    "server_evidence_file", "server_evidence_line", "remarks", "push_lead_ms", "seen_by",
)  # fmt: skip
SESSION_COLUMNS: Final = ("connection", "connected_at", "disconnected_at", "socket_id", "session_s", "outage_s")
PUSH_COLUMNS: Final = (
    "time", "connection", "message_ids", "outcome", "error", "disconnect_index", "lead_ms", "evidence_file",
    "evidence_line", "channel", "start_inferred", "failed_at", "after_drop_ms", "before_reconnect_ms", "attribution",
    "fate",
)  # fmt: skip
TRIGGER_COLUMNS: Final = (
    "id", "connection", "service", "template", "role", "lag_median_ms", "lag_p10_ms", "lag_p90_ms", "preceded_count",
    "of_count", "expected_by_chance", "p_value", "q_value", "occurrences_count", "followed_count", "example_file",
    "example_line",
)  # fmt: skip
CAUSE_COLUMNS: Final = (
    "id", "rank", "confidence", "explains_count", "of_count", "patterns", "triggers", "supports", "refutes", "unknown",
)  # fmt: skip


class Table(NamedTuple):
    """A header and its rows, values not yet written as text."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def render_csv(diagnosis: Diagnosis, *, raw: bool = False) -> str:
    """Write the table of disconnects: what `--format csv` puts on standard output."""
    return disconnects_csv(diagnosis, raw=raw)


def disconnects_csv(diagnosis: Diagnosis, *, raw: bool = False) -> str:
    """Write the table of disconnects; `raw` leaves cells that a spreadsheet would run as they are."""
    return write_rows(DISCONNECT_COLUMNS, map(_disconnect_row, diagnosis.disconnects), raw=raw)


def render_tables(diagnosis: Diagnosis, *, raw: bool = False) -> dict[str, str]:
    """Write every table, name → CSV text: what `--csv DIR` puts into files."""
    return {name: write_rows(table.header, table.rows, raw=raw) for name, table in tables(diagnosis).items()}


def tables(diagnosis: Diagnosis) -> dict[str, Table]:
    """Return every table that a diagnosis holds, values not yet written as text."""
    return {
        "disconnects": Table(DISCONNECT_COLUMNS, [_disconnect_row(item) for item in diagnosis.disconnects]),
        "sessions": Table(SESSION_COLUMNS, [_session_row(item) for item in diagnosis.sessions]),
        "pushes": Table(PUSH_COLUMNS, [_push_row(item) for item in diagnosis.pushes.items]),
        "triggers": Table(TRIGGER_COLUMNS, [_trigger_row(item) for item in diagnosis.triggers]),
        "causes": Table(CAUSE_COLUMNS, [_cause_row(item) for item in diagnosis.causes]),
    }


def write_rows(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, raw: bool = False) -> str:
    """Write rows of values as RFC 4180 text; every format of a cell is decided here."""
    return "".join([write_row(header), *(write_row(row, raw=raw) for row in rows)])


def write_row(cells: Sequence[Cell], *, raw: bool = False) -> str:
    """Write one row with its line end."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow([write_cell(cell, raw=raw) for cell in cells])
    return buffer.getvalue()


def write_cell(cell: Cell, *, raw: bool = False) -> str:
    """Write one value: numbers and times in full, text made harmless, unknown as nothing."""
    if cell is None:
        return ""
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


def _place(evidence: Evidence | None) -> tuple[str | None, int | None]:
    return (None, None) if evidence is None else (evidence.file, evidence.line)


def _disconnect_row(item: Disconnect) -> list[Cell]:
    return [
        item.index, item.time, item.connection, item.socket_id, item.reason, item.server_reason, item.logged,
        item.interval_s, item.session_s, item.outage_s, item.pattern, item.residual_s, item.trigger, item.fleet_event,
        *_place(item.evidence), *_place(item.server_evidence), item.remarks, item.push_lead_ms, item.seen_by,
    ]  # fmt: skip


def _session_row(item: Session) -> list[Cell]:
    return [
        item.connection, item.connected_at, item.disconnected_at, item.socket_id, item.session_s, item.outage_s,
    ]  # fmt: skip


def _push_row(item: Push) -> list[Cell]:
    return [
        item.time, item.connection, item.message_ids, item.outcome, item.error, item.disconnect_index, item.lead_ms,
        *_place(item.evidence[0] if item.evidence else None), item.channel, item.start_inferred, item.failed_at,
        item.after_drop_ms, item.before_reconnect_ms, item.attribution, item.fate,
    ]  # fmt: skip


def _trigger_row(item: Trigger) -> list[Cell]:
    return [
        item.id, item.connection, item.service, item.template, item.role, item.lag_ms.median, item.lag_ms.p10,
        item.lag_ms.p90, item.preceded_count, item.of_count, item.expected_by_chance, item.p_value, item.q_value,
        item.occurrences_count, item.followed_count, *_place(item.example),
    ]  # fmt: skip


def _cause_row(item: Cause) -> list[Cell]:
    checks = [[check.id for check in item.checks if check.outcome is outcome] for outcome in Outcome]
    return [
        item.id, item.rank, item.confidence, item.explains_count, item.of_count, item.patterns, item.triggers, *checks,
    ]  # fmt: skip
