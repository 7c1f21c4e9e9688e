"""The merged timeline, entry by entry: text for people, CSV for Timesketch, JSON for programs.

Each function yields pieces of the result, so that no timeline is ever held in memory as a whole; nothing is yielded
before the first entry is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from logdiag.merging.entries import Account, Entry
from logdiag.renderers.csv import stream_rows
from logdiag.renderers.escape import disarm_commands, escape_json, escape_terminal
from logdiag.renderers.json import envelope, write_instant
from logdiag.renderers.notation import Formats, load_zone
from logdiag.tables import Cell

# What a rule can extract; each is a column.
FIELDS: Final = (
    "reason", "code", "error", "socket_id", "worker_id", "message_id", "channel", "count", "value",
)  # fmt: skip
# Timesketch asks for the first three: its import reads ISO 8601 stamps and takes further columns as they are.
COLUMNS: Final = (
    "datetime", "timestamp_desc", "message", "connection", "service", "level", *FIELDS, "file", "line",
    "order_unknown", "late", "side",
)  # fmt: skip
NO_FIELDS: Final = (None,) * len(FIELDS)
PLAIN_LINE: Final = "line"  # timestamp_desc of what no rule knows
NAMES_KEPT: Final = 1_024  # levels, folders, services and files, which come again and again
LEVEL_WIDTH: Final = 5
LONGEST_NAME: Final = 32
LATER_DAY: Final = "+{number} {clock}"
RESET: Final = "\x1b[0m"
DIM: Final = "\x1b[2m"
BOLD: Final = "\x1b[1m"
LEVEL_COLORS: Final = {"error": "\x1b[31m", "fatal": "\x1b[1;31m", "warn": "\x1b[33m", "debug": DIM, "trace": DIM}


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a line of text is laid out.

    `connections` and `services` are the names that may come; `undated` the files whose stamps name no day.
    """

    zone: str
    connections: tuple[str, ...]
    services: tuple[str, ...]
    color: bool
    encoding: str
    undated: frozenset[str] = frozenset()


def write_text(entries: Iterable[Entry], layout: TextLayout) -> Iterator[str]:
    """Yield a line for each entry: time, level, connection where there are several, service, event, message, place.

    A tilde behind the time: the order among lines of this instant is unknown. An exclamation mark: it came too late.
    """
    zone = load_zone(layout.zone)
    dated, undated = Formats({}, zone), Formats({"day": LATER_DAY}, zone, has_dates=False)

    @lru_cache(maxsize=NAMES_KEPT)
    def escape(name: str) -> str:
        return escape_terminal(name, layout.encoding)

    widths = [_width(names) for names in (layout.connections, layout.services)]
    has_connections = len(layout.connections) > 1

    def paint(text: str, style: str) -> str:
        return f"{style}{text}{RESET}" if layout.color and style and text else text

    for entry in entries:
        level = escape(entry.level or "")
        sign = "!" if entry.late else "~" if entry.order_unknown else " "
        names = ((entry.connection, widths[0]), (entry.service, widths[1]))[0 if has_connections else 1 :]
        shown = [f"{escape(name):<{width}}" for name, width in names]
        kind = f"{paint(f'[{entry.kind}]', BOLD)} " if entry.kind is not None else ""
        message = paint(escape_terminal(entry.message, layout.encoding), LEVEL_COLORS.get(level, ""))
        place = f"{escape(entry.evidence.file)}:{entry.evidence.line}"
        formats = undated if entry.evidence.file in layout.undated else dated
        head = f"{formats.stamp(entry.time)}{sign} {paint(f'{level:<{LEVEL_WIDTH}}', LEVEL_COLORS.get(level, ''))}"
        yield disarm_commands(f"{head} {' '.join(shown)} {kind}{message}  {paint(f'({place})', DIM)}\n")


def _width(names: tuple[str, ...]) -> int:
    return min(LONGEST_NAME, max(map(len, names), default=0))


def write_csv(entries: Iterable[Entry], *, raw: bool = False) -> Iterator[str]:
    """Yield the rows of a table that Timesketch imports (docs/contracts.md, 4)."""
    return stream_rows(COLUMNS, map(_list_cells, entries), raw=raw)


def _list_cells(entry: Entry) -> list[Cell]:
    fields = map(entry.fields.get, FIELDS) if entry.fields else NO_FIELDS
    return [
        entry.time, entry.kind or PLAIN_LINE, entry.message, entry.connection, entry.service, entry.level,
        *fields, entry.evidence.file, entry.evidence.line,
        entry.order_unknown, entry.late, entry.side,
    ]  # fmt: skip


def write_json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield one JSON object a line."""
    for entry in entries:
        yield f"{_dump(_describe(entry))}\n"


def write_json(
    entries: Iterable[Entry], account: Account, *, paths: tuple[str, ...], generated_at: datetime, version: str
) -> Iterator[str]:
    """Yield the timeline as one JSON object (docs/contracts.md, 2), an entry a line; the account follows them."""
    head = {**envelope("timeline", generated_at=generated_at, version=version), "paths": list(map(escape_json, paths))}
    separator = f'{json.dumps(head, indent=2).removesuffix("}").rstrip()},\n  "entries": [\n    '
    opened = False
    for entry in entries:
        yield f"{separator}{_dump(_describe(entry))}"
        separator, opened = ",\n    ", True
    counts = json.dumps(_describe_account(account), indent=2).removeprefix("{\n")
    yield f"\n  ],\n{counts}\n" if opened else f"{separator.rstrip()}],\n{counts}\n"


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=True, allow_nan=False)


def _describe(entry: Entry) -> dict[str, Any]:
    return {
        "time": write_instant(entry.time),
        "connection": escape_json(entry.connection),
        "service": escape_json(entry.service),
        "level": None if entry.level is None else escape_json(entry.level),
        "kind": entry.kind,
        "message": escape_json(entry.message),
        "fields": {name: escape_json(entry.fields[name]) for name in FIELDS if name in entry.fields},
        "evidence": {"file": escape_json(entry.evidence.file), "line": entry.evidence.line},
        "order_unknown": entry.order_unknown,
        "late": entry.late,
        "side": entry.side,
    }


def _describe_account(account: Account) -> dict[str, Any]:
    return {
        "files_count": account.files_count,
        "lines_count": account.lines_count,
        "records_count": account.records_count,
        "shown_count": account.shown_count,
        "duplicates_count": account.duplicates_count,
        "late_count": account.late_count,
        "skipped": [
            {
                "reason": escape_json(reason),
                "count": skipped.count,
                "first": {"file": escape_json(skipped.first.file), "line": skipped.first.line},
            }
            for reason, skipped in sorted(account.skipped.items())
        ],
    }
