"""The one timeline: a pandas DataFrame with fixed columns and dtypes, totally ordered, evidence on every row."""

from __future__ import annotations

import math
import weakref
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from operator import attrgetter
from os import PathLike
from typing import Any, Final, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from logdiag.events import Event, EventKind
from logdiag.reading import Repeats, is_copy_name
from logdiag.results.evidence import Evidence
from logdiag.tables import LIST_SEPARATOR, Cell, ColumnType, Table, type_of

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
DTYPES: Final[Mapping[ColumnType, Any]] = {
    ColumnType.TRUTH: pd.BooleanDtype(),
    ColumnType.WHOLE: pd.Int64Dtype(),
    ColumnType.NUMBER: pd.Float64Dtype(),
    ColumnType.TEXT: pd.StringDtype(),
}
TRUTHS: Final = {"true": True, "false": False}
ECHOED_KINDS: Final = frozenset({EventKind.PUSH_OK, EventKind.PUSH_ACKNOWLEDGED, EventKind.PUSH_FAILED})
ECHO: Final = timedelta(milliseconds=100)  # one call of a logger tells an event twice, 50 to 100 ms apart
_PLACES: Final[dict[int, dict[str, npt.NDArray[np.intp]]]] = {}  # by the identity of each frame that lives
TIMESKETCH_FIRST: Final = ("datetime", "timestamp_desc", "message")


CopyKey: TypeAlias = tuple[object, ...]


class Timeline(NamedTuple):
    """The frame, and how many events were dropped as copies of a line that another file of the folder holds."""

    frame: pd.DataFrame
    duplicates: tuple[Event, ...]


def name_by_process(events: Sequence[Event]) -> list[str]:
    """The process that wrote each event."""
    return [event.source for event in events]


def build_timeline(
    events: Iterable[Event], name_connections: Callable[[Sequence[Event]], list[str]] = name_by_process
) -> Timeline:
    """Order events by time, then file, then line; drop copies; name the connection of each.

    A line that stands in two files of one folder (winston's `X-error.log`, a captured console) is one event: of each
    distinct event as many are kept as the file that has it most often holds. Where events of different files carry
    the same instant, `order_unknown` is True for all of them: which came first is not known.
    """
    kept, duplicates = _drop_copies(events)
    ranks = _rank_files(kept)
    kept.sort(key=lambda event: (event.time, ranks[event.file], event.turn))
    kept = _drop_echoes(kept)
    names = name_connections(kept)
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
    repeats = Repeats()
    for source, file in sorted(by_file, key=lambda key: (is_copy_name(key[1]), key)):
        repeats.begin_file()
        for event in by_file[source, file]:
            if (source, event.time, event.message) not in shared:
                kept.append(event)
                continue
            (kept if repeats.is_new(_content(event)) else duplicates).append(event)
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
    said = (event.kind, event.level, event.message, event.identity, event.writer, event.reason, event.code)
    named = (event.error, event.socket_id, event.worker_id, event.message_id, event.channel, event.count, event.value)
    return event.source, event.time, service, *said, *named


def _drop_echoes(events: Sequence[Event]) -> list[Event]:
    """Events in order of time without the outcomes that another service tells again, in other words, within moments.

    The service that tells the start of pushes is believed; what another one adds, up to `ECHO` before or after, is the
    same outcome, one for one; an acknowledgement tells a success too, but no success is one. (Connects and disconnects
    are joined where sessions are: there a second line may add what the first lacks.)
    """
    starters = {
        (event.source, event.channel, event.service) for event in events if event.kind is EventKind.PUSH_STARTED
    }
    waiting: dict[tuple[str, EventKind, str | None], list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in ECHOED_KINDS and (event.source, event.channel, event.service) in starters:
            waiting[event.source, event.kind, event.channel].append(event)
            if event.kind is EventKind.PUSH_ACKNOWLEDGED:
                waiting[event.source, EventKind.PUSH_OK, event.channel].append(event)
    kept: list[Event] = []
    for event in events:
        pending = waiting.get((event.source, event.kind, event.channel), [])
        if not pending or (event.source, event.channel, event.service) in starters or not _pair_echo(pending, event):
            kept.append(event)
    return kept


def _pair_echo(pending: list[Event], event: Event) -> bool:
    """Whether `event` repeats one of the outcomes in order of time; that one, and those too old, are taken out."""
    while pending and event.time - pending[0].time > ECHO:
        pending.pop(0)
    twin = next((earlier for earlier in pending if earlier.time - event.time <= ECHO), None)
    if twin is None or None not in {twin.message_id, event.message_id}:
        return False
    pending.remove(twin)
    return True


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


def rows_of(frame: pd.DataFrame, kinds: Collection[str], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows whose kind is one of these, in their order, with all columns or those that are named.

    Most logs have none of most kinds, which copies nothing; of a fleet half of all rows may be of one kind: there each
    column that is not asked for saves megabytes.
    """
    places_of = _index_kinds(frame)
    found = [places for kind in {f"{kind}" for kind in kinds} if (places := places_of.get(kind)) is not None]
    frame = frame if columns is None else frame[list(columns)]
    if not found:
        return frame.iloc[:0]
    return frame.take(found[0] if len(found) == 1 else np.sort(np.concatenate(found)))


def _index_kinds(frame: pd.DataFrame) -> dict[str, npt.NDArray[np.intp]]:
    """The places of the rows of each kind, ascending: found once a frame, for some seventy ask for a few kinds each.

    Whoever changes kinds does so in a copy of his own, before he asks for rows of it.
    """
    known = _PLACES.get(id(frame))
    if known is None:
        codes, names = pd.factorize(frame["kind"].to_numpy(dtype=object))
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
        known = {name: order[edges[code] : edges[code + 1]] for code, name in enumerate(names)}
        _PLACES[id(frame)] = known
        weakref.finalize(frame, _PLACES.pop, id(frame), None)
    return known


def find_upside_down(frame: pd.DataFrame) -> frozenset[str]:
    """The files that begin with the newest line: there a line stands above those that it followed."""
    ends = frame.groupby("file")["line"].agg(["first", "last"])
    return frozenset(ends.index[ends["first"] > ends["last"]].tolist())


def is_earlier(line: Evidence, other: Evidence, upside_down: Collection[str]) -> bool:
    """Whether of two lines of a file the first was written before the other."""
    return line.line > other.line if line.file in upside_down else line.line < other.line


def find_client_connections(frame: pd.DataFrame) -> tuple[str, ...]:
    """The connections whose own lines tell of connecting or disconnecting, in the order of their names."""
    client = rows_of(frame, CLIENT_KINDS)
    return tuple(sorted(client["connection"].unique()))


def timeline_rows(frame: pd.DataFrame) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Header and rows of the timeline table; `datetime, timestamp_desc, message` come first, as Timesketch wants."""
    rest = tuple(name for name in COLUMNS if name not in {"time", "kind", "message"})
    sides = {kind.value: kind.side for kind in EventKind}
    rows = [
        (
            row["time"].to_pydatetime(), row["kind"], row["message"], *(_plain(row[name]) for name in rest),
            sides.get(row["kind"]),
        )
        for row in frame.to_dict("records")
    ]  # fmt: skip
    return (*TIMESKETCH_FIRST, *rest, "side"), rows


def build_frame(table: Table) -> pd.DataFrame:
    """A table as a frame: nullable dtypes by the names of the columns, instants in UTC, several texts joined by `;`."""
    columns = [[_flatten(row[place]) for row in table.rows] for place in range(len(table.header))]
    return pd.DataFrame({name: _type_column(name, cells) for name, cells in zip(table.header, columns, strict=True)})


def read_csv(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table that logdiag wrote as CSV, with the types of `build_frame`; empty cells are unknown."""
    texts = pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""])
    return pd.DataFrame({name: _type_column(name, list_values(texts[name])) for name in texts.columns})


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


def list_values(column: pd.Series[Any]) -> list[Any]:
    """Texts or numbers of a column, None for what is missing; to iterate over the column takes ten times as long."""
    array = column.array  # asked itself: the ways of a series round it take several times as long
    values = np.array(array, dtype=object)
    values[np.asarray(array.isna())] = None
    listed: list[Any] = values.tolist()
    return listed


def list_places(names: pd.Series[Any]) -> list[tuple[str, list[int]]]:
    """Where each name of a column stands, in order, by name."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(list_values(names)):
        if name is not None:
            places[name].append(place)
    return sorted(places.items())


def list_moments(times: pd.Series[Any]) -> list[datetime]:
    """Instants of a column."""
    moments: list[datetime] = times.array.to_pydatetime().tolist()
    return moments


def to_seconds(times: pd.Series[Any]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Instants as UNIX seconds, float64, shape (n,)."""
    return times.astype("int64").to_numpy().astype(np.float64) / 1e6


def from_seconds(seconds: float) -> datetime:
    """UNIX seconds as an instant in UTC, to the microsecond."""
    micros = round(seconds * 1e6)
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
