"""The one timeline: a pandas DataFrame with fixed columns and dtypes, totally ordered, evidence on every row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, cast

import numpy as np
import pandas as pd

from logdiag.events import Event, EventKind, Identity
from logdiag.reading import is_copy_name

COLUMNS: Final[Mapping[str, str]] = {
    "time": "datetime64[us, UTC]",
    "connection": "str",
    "source": "str",
    "service": "str",
    "kind": "str",
    "level": "str",
    "message": "str",
    "reason": "str",
    "code": "str",
    "error": "str",
    "socket_id": "str",
    "worker_id": "str",
    "message_id": "str",
    "channel": "str",
    "count": "Int64",
    "value": "Float64",
    "file": "str",
    "line": "int64",
    "order_unknown": "bool",
}
CLIENT_KINDS: Final = frozenset({EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.CONNECT_ERROR})
SERVER_KINDS: Final = frozenset(
    {
        EventKind.SERVER_CONNECTED,
        EventKind.SERVER_JOINED,
        EventKind.SERVER_DISCONNECTED,
        EventKind.SERVER_STARTED,
        EventKind.RECEIPT,
    }
)
FLEETING_KEYS: Final = frozenset({"hostname"})
TIMESKETCH_FIRST: Final = ("datetime", "timestamp_desc", "message")


CopyKey: TypeAlias = tuple[object, ...]


class Timeline(NamedTuple):
    """The frame, and how many events were dropped as copies of a line that another file of the folder holds."""

    frame: pd.DataFrame
    duplicates: tuple[Event, ...]


def build_timeline(events: Iterable[Event]) -> Timeline:
    """Order events by time, then file, then line; drop copies; name the connection of each.

    A line that stands in two files of one folder (winston's `X-error.log`, a captured console) is one event: of each
    distinct event as many are kept as the file that has it most often holds. Where events of different files carry
    the same instant, `order_unknown` is True for all of them: which came first is not known.
    """
    kept, duplicates = _drop_copies(events)
    ranks = _rank_files(kept)
    kept.sort(key=lambda event: (event.time, ranks[event.file], event.line))
    names = _name_connections(kept)
    unknown = _find_unknown_order(kept)
    columns: dict[str, Any] = {
        name: list(map(attrgetter(name), kept))
        for name in COLUMNS
        if name not in {"connection", "order_unknown", "kind"}
    }
    columns["kind"] = [event.kind.value for event in kept]
    columns["connection"] = names
    columns["order_unknown"] = unknown
    frame = pd.DataFrame({name: _column(columns[name], dtype) for name, dtype in COLUMNS.items()})
    return Timeline(frame, tuple(duplicates))


def _column(values: list[Any], dtype: str) -> pd.Series[Any]:
    if dtype.startswith("datetime64"):
        naive = np.array([moment.replace(tzinfo=None) for moment in values], dtype="datetime64[us]")
        return pd.Series(naive).dt.tz_localize("UTC")
    return cast("pd.Series[Any]", pd.Series(values, dtype=cast("Any", dtype)))


def _drop_copies(events: Iterable[Event]) -> tuple[list[Event], list[Event]]:
    by_file: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        by_file[event.source, event.file].append(event)
    shared = _find_shared(by_file)
    kept: list[Event] = []
    duplicates: list[Event] = []
    have: Counter[CopyKey] = Counter()
    for source, file in sorted(by_file, key=lambda key: (is_copy_name(key[1]), key)):
        seen: Counter[CopyKey] = Counter()
        for event in by_file[source, file]:
            if (source, event.time, event.message) not in shared:
                kept.append(event)
                continue
            key = _content(event)
            seen[key] += 1
            (duplicates if seen[key] <= have[key] else kept).append(event)
        for known, count in seen.items():
            have[known] = max(have[known], count)
    return kept, duplicates


def _find_shared(by_file: Mapping[tuple[str, str], Sequence[Event]]) -> set[tuple[str, datetime, str]]:
    """(source, instant, message) of what stands in several files of a folder: few lines need a closer look."""
    first: dict[tuple[str, datetime, str], str] = {}
    return {
        key
        for (source, file), events in by_file.items()
        for event in events
        if first.setdefault(key := (source, event.time, event.message), file) != file
    }


def _content(event: Event) -> CopyKey:
    """What makes two lines of one folder the same; a service that only the file name tells is no part of it."""
    service = event.service if event.is_service_stated else None
    said = (event.kind, event.level, event.message, event.identity, event.reason, event.code, event.error)
    named = (event.socket_id, event.worker_id, event.message_id, event.channel, event.count, event.value)
    return event.source, event.time, service, *said, *named


def _rank_files(events: Iterable[Event]) -> dict[str, int]:
    """Files in the order of their content: rotated parts of one service by their first instant, not by name."""
    first: dict[str, tuple[str, str, datetime]] = {}
    for event in events:
        known = first.get(event.file)
        if known is None or event.time < known[2]:
            first[event.file] = (event.source, event.service, event.time)
    order = sorted(first, key=lambda file: (first[file][0], first[file][1], first[file][2], file))
    return {file: rank for rank, file in enumerate(order)}


def _find_unknown_order(events: Sequence[Event]) -> list[bool]:
    files: dict[datetime, set[str]] = defaultdict(set)
    for event in events:
        files[event.time].add(event.file)
    return [len(files[event.time]) > 1 for event in events]


def _name_connections(events: Sequence[Event]) -> list[str]:
    """The connection of each event: its folder, split by what its lines say of their client where they differ."""
    writers: dict[str, list[Identity | None]] = defaultdict(list)
    for event in events:
        if event.kind in CLIENT_KINDS:
            writers[event.source].append(event.identity)
    split = {source for source, names in writers.items() if _are_several(names)}
    return [
        f"{event.source}/{event.identity.value}" if event.source in split and event.identity else event.source
        for event in events
    ]


def _are_several(writers: Sequence[Identity | None]) -> bool:
    """Whether the connect and disconnect lines of a folder, in order of time, come from more than one client.

    All of them must say who wrote them, by the same key. A container gets another hostname when it starts again: a
    key like that counts only if the names alternate.
    """
    known = [writer for writer in writers if writer is not None]
    names_count = len(set(known))
    if len(known) < len(writers) or names_count < 2 or len({writer.key for writer in known}) > 1:
        return False
    return known[0].key not in FLEETING_KEYS or sum(1 for _ in groupby(known)) > names_count


def find_client_connections(frame: pd.DataFrame) -> tuple[str, ...]:
    """The connections whose own lines tell of connecting or disconnecting, in the order of their names."""
    client = frame[frame["kind"].isin([kind.value for kind in CLIENT_KINDS])]
    return tuple(sorted(client["connection"].unique()))


def timeline_rows(frame: pd.DataFrame) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Header and rows of the timeline table; `datetime, timestamp_desc, message` come first, as Timesketch wants."""
    rest = tuple(name for name in COLUMNS if name not in {"time", "kind", "message"})
    rows = [
        (row["time"].to_pydatetime(), row["kind"], row["message"], *(_plain(row[name]) for name in rest))
        for row in frame.to_dict("records")
    ]
    return (*TIMESKETCH_FIRST, *rest), rows


def _plain(value: object) -> object:
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124


def list_values(column: pd.Series[Any]) -> list[Any]:
    """Texts or numbers of a column, None for what is missing; to iterate over the column takes ten times as long."""
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    return values.tolist()


def list_places(names: pd.Series[Any]) -> list[tuple[str, list[int]]]:
    """Where each name of a column stands, in order, by name."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(list_values(names)):
        if name is not None:
            places[name].append(place)
    return sorted(places.items())


def list_moments(times: pd.Series[Any]) -> list[datetime]:
    """Instants of a column."""
    return list(times.dt.to_pydatetime())


def to_seconds(times: pd.Series[Any]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Instants as UNIX seconds, float64, shape (n,)."""
    return times.astype("int64").to_numpy().astype(np.float64) / 1e6


def from_seconds(seconds: float) -> datetime:
    """UNIX seconds as an instant in UTC, to the microsecond."""
    micros = round(seconds * 1e6)
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
