"""The diagnosis as tables, one row a thing, values as they are; and of which type a column is, by its name alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, NamedTuple, TypeAlias

from logdiag.events import EventKind
from logdiag.results.causes import Cause, Outcome
from logdiag.results.connections import Connection, Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Trigger
from logdiag.results.pushes import Push
from logdiag.rows import COLUMNS, Rows

Cell: TypeAlias = "str | float | bool | datetime | Enum | Sequence[str] | None"
TIMESKETCH_FIRST: Final = ("datetime", "timestamp_desc", "message")
LIST_SEPARATOR: Final = ";"  # between the parts of a cell that holds several texts

DISCONNECT_COLUMNS: Final = (
    "index", "time", "connection", "socket_id", "reason", "server_reason", "logged", "interval_s", "session_s",
    "outage_s", "pattern", "residual_s", "trigger", "fleet_event", "evidence_file", "evidence_line",
    "server_evidence_file", "server_evidence_line", "remarks", "push_lead_ms", "seen_by", "unknown_s",
)  # fmt: skip
CONNECTION_COLUMNS: Final = (
    "id", "side", "identity", "processes", "connects_count", "disconnects_count",
    "unlogged_disconnects_count", "connected_s", "outage_s", "availability_ratio", "median_session_s",
    "median_outage_s", "reasons", "unknown_s",
)  # fmt: skip
SESSION_COLUMNS: Final = (
    "connection", "connected_at", "disconnected_at", "socket_id", "session_s", "outage_s", "side", "unknown_s",
)  # fmt: skip
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
    """A header and its rows."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class ColumnType(StrEnum):
    """What the cells of a column are; any of them may be unknown."""

    TIME = "time"
    TRUTH = "truth"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"


TYPES_BY_NAME: Final = {
    **dict.fromkeys(("datetime", "time", "connected_at", "disconnected_at", "failed_at"), ColumnType.TIME),
    **dict.fromkeys(("logged", "start_inferred", "order_unknown"), ColumnType.TRUTH),
    **dict.fromkeys(("index", "fleet_event", "rank", "line", "count"), ColumnType.WHOLE),
    **dict.fromkeys(("confidence", "expected_by_chance", "value"), ColumnType.NUMBER),
}
TYPES_BY_ENDING: Final = {
    **dict.fromkeys(("_s", "_ms", "_ratio", "_value"), ColumnType.NUMBER),
    **dict.fromkeys(("_count", "_line", "_index"), ColumnType.WHOLE),
}


def type_of(column: str) -> ColumnType:
    """The type of a column of any table, the timeline included."""
    by_ending = (kind for ending, kind in TYPES_BY_ENDING.items() if column.endswith(ending))
    return TYPES_BY_NAME.get(column) or next(by_ending, ColumnType.TEXT)


def list_tables(diagnosis: Diagnosis) -> dict[str, Table]:
    """Every table that a diagnosis holds, by its name."""
    return {
        "disconnects": list_disconnects(diagnosis),
        "connections": Table(CONNECTION_COLUMNS, [_connection_row(item) for item in diagnosis.connections]),
        "sessions": Table(SESSION_COLUMNS, [_session_row(item) for item in diagnosis.sessions]),
        "pushes": Table(PUSH_COLUMNS, [_push_row(item) for item in diagnosis.pushes.items]),
        "triggers": Table(TRIGGER_COLUMNS, [_trigger_row(item) for item in diagnosis.triggers]),
        "causes": Table(CAUSE_COLUMNS, [_cause_row(item) for item in diagnosis.causes]),
    }


def list_disconnects(diagnosis: Diagnosis) -> Table:
    """The table of disconnects."""
    return Table(DISCONNECT_COLUMNS, [_disconnect_row(item) for item in diagnosis.disconnects])


def _place(evidence: Evidence | None) -> tuple[str | None, int | None]:
    return (None, None) if evidence is None else (evidence.file, evidence.line)


def _disconnect_row(item: Disconnect) -> list[Cell]:
    return [
        item.number, item.time, item.connection, item.socket_id, item.reason, item.server_reason, item.logged,
        item.interval_s, item.session_s, item.outage_s, item.pattern, item.residual_s, item.trigger, item.fleet_event,
        *_place(item.evidence), *_place(item.server_evidence), item.remarks, item.push_lead_ms, item.seen_by,
        item.unknown_s,
    ]  # fmt: skip


def _connection_row(item: Connection) -> list[Cell]:
    identity = None if item.identity is None else f"{item.identity.key}={item.identity.value}"
    reasons = [f"{reason}={count}" for reason, count in item.reasons.items()]
    return [
        item.id, item.side, identity, item.processes, item.connects_count, item.disconnects_count,
        item.unlogged_disconnects_count, item.connected_s, item.outage_s, item.availability_ratio,
        item.median_session_s, item.median_outage_s, reasons, item.unknown_s,
    ]  # fmt: skip


def _session_row(item: Session) -> list[Cell]:
    return [
        item.connection, item.connected_at, item.disconnected_at, item.socket_id, item.session_s, item.outage_s,
        item.side, item.unknown_s,
    ]  # fmt: skip


def _push_row(item: Push) -> list[Cell]:
    return [
        item.time, item.connection, item.message_ids, item.outcome, item.error,
        None if item.disconnect_index is None else item.disconnect_index + 1, item.lead_ms,
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


def list_timeline(timeline: Rows) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Header and rows of the timeline table; `datetime, timestamp_desc, message` come first, as Timesketch wants."""
    rest = tuple(name for name in COLUMNS if name not in {"time", "kind", "message"})
    kinds = timeline["kind"].tolist()
    sides = [EventKind(kind).side for kind in kinds]
    columns = (timeline["message"], *(timeline[name] for name in rest), sides)
    return (*TIMESKETCH_FIRST, *rest, "side"), list(zip(timeline.moments(), kinds, *columns, strict=True))
