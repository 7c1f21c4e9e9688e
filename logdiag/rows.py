"""The one timeline: rows with fixed columns, totally ordered, evidence on every row; what a report is made from.

A report of a few lines must not wait for pandas, whose import alone takes longer than all else that such a report
needs, and whose rows cost a hundred times what they hold; `logdiag.frame` makes a frame of them for whoever asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from logdiag.events import EventKind
from logdiag.results.evidence import Evidence

Truths: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]
Array: TypeAlias = npt.NDArray[Any]

INSTANTS: Final = "datetime64[us]"  # in UTC
COLUMNS: Final[Mapping[str, str]] = {
    "time": INSTANTS,
    "connection": "object",
    "source": "object",
    "service": "object",
    "kind": "object",
    "level": "object",
    "message": "object",
    "reason": "object",
    "code": "object",
    "error": "object",
    "socket_id": "object",
    "worker_id": "object",
    "message_id": "object",
    "channel": "object",
    "count": "object",
    "value": "object",
    "file": "object",
    "line": "int64",
    "order_unknown": "bool",
}
CLIENT_KINDS: Final = frozenset({EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.CONNECT_ERROR})


class Column:
    """The values of one column, in the order of the rows; None where a line has none.

    `values` is an array of shape (rows,): instants in UTC (datetime64[us]), int64, bool, or objects.
    """

    __slots__ = ("values",)
    __hash__ = None  # type: ignore[assignment]  # as of all that answers == with an array

    def __init__(self, values: Array) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values.tolist())

    def __eq__(self, other: object) -> Truths:  # type: ignore[override]
        return np.asarray(self.values == _values_of(other), dtype=np.bool_)

    def __ne__(self, other: object) -> Truths:  # type: ignore[override]
        return np.asarray(self.values != _values_of(other), dtype=np.bool_)

    def isin(self, wanted: Collection[object]) -> Truths:
        """Whether each value is one of these."""
        known = frozenset(wanted)
        return np.fromiter((value in known for value in self.values.tolist()), dtype=np.bool_, count=len(self.values))

    def isna(self) -> Truths:
        """Whether each value is missing."""
        return np.fromiter((value is None for value in self.values.tolist()), dtype=np.bool_, count=len(self.values))

    def notna(self) -> Truths:
        """Whether each value is known."""
        return ~self.isna()

    def tolist(self) -> list[Any]:
        """The values as Python's own."""
        listed: list[Any] = self.values.tolist()
        return listed

    def known(self) -> list[Any]:
        """The values that are not missing."""
        return [value for value in self.values.tolist() if value is not None]


class Rows:
    """Some rows of the timeline; a column is gathered when it is asked for.

    `places` says where each row stands among all that there were at first, so that a row keeps its place whatever is
    left out around it.
    """

    __slots__ = ("_by_kind", "_columns", "_is_whole", "places")

    def __init__(self, columns: Mapping[str, Array], places: Places | None = None) -> None:
        self._columns = columns
        self._is_whole = places is None
        self.places: Places = np.arange(len(columns["kind"])) if places is None else places
        self._by_kind: dict[str, list[int]] | None = None

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, wanted: str) -> Column: ...
    @overload
    def __getitem__(self, wanted: Truths | Places | slice | Sequence[bool]) -> Rows: ...
    def __getitem__(self, wanted: str | Truths | Places | slice | Sequence[bool]) -> Column | Rows:
        """The column of this name; or the rows where a truth stands, or at these places among them."""
        if isinstance(wanted, str):
            values = self._columns[wanted]
            return Column(values if self._is_whole else values[self.places])
        if isinstance(wanted, Sequence):
            wanted = np.asarray(wanted, dtype=np.bool_)
        return Rows(self._columns, self.places[wanted])

    def of_kinds(self, kinds: Collection[str]) -> Rows:
        """The rows whose kind is one of these, in their order. Most logs have none of most kinds."""
        of_kind = self._index_kinds()
        found = [own for kind in {f"{kind}" for kind in kinds} if (own := of_kind.get(kind))]
        wanted = found[0] if len(found) == 1 else sorted(chain.from_iterable(found))
        return Rows(self._columns, self.places[np.array(wanted, dtype=np.intp)])

    def _index_kinds(self) -> dict[str, list[int]]:
        """The numbers of the rows of each kind: found once, for some seventy ask for a few kinds each."""
        if self._by_kind is None:
            self._by_kind = defaultdict(list)
            for number, kind in enumerate(self["kind"]):
                self._by_kind[kind].append(number)
        return self._by_kind

    def group(self, name: str) -> list[tuple[str, list[int]]]:
        """The numbers of the rows of each value of a column, by value; a row without one is in no group."""
        groups: dict[str, list[int]] = defaultdict(list)
        for number, value in enumerate(self[name]):
            if value is not None:
                groups[value].append(number)
        return sorted(groups.items())

    def part(self, name: str) -> list[tuple[str, Rows]]:
        """The rows of each value of a column, by value."""
        return [(value, self[np.array(numbers, dtype=np.intp)]) for value, numbers in self.group(name)]

    def distinct(self, *names: str) -> list[tuple[Any, ...]]:
        """What stands side by side in these columns, each once, in order of its first row."""
        return list(dict.fromkeys(zip(*(self[name] for name in names), strict=True)))

    def first_by(self, name: str) -> dict[str, datetime]:
        """The first instant of each value of a column."""
        times = self["time"].values
        return {value: _moment(times[numbers].min()) for value, numbers in self.group(name)}

    def last_by(self, name: str) -> dict[str, datetime]:
        """The last instant of each value of a column."""
        times = self["time"].values
        return {value: _moment(times[numbers].max()) for value, numbers in self.group(name)}

    def moments(self) -> list[datetime]:
        """The instant of each row."""
        return [moment.replace(tzinfo=UTC) for moment in self["time"]]

    def seconds(self) -> npt.NDArray[np.float64]:
        """The instant of each row as UNIX seconds, float64, shape (rows,)."""
        return self["time"].values.astype(np.int64).astype(np.float64) / 1e6

    def measure_s(self) -> float:
        """How long it is from the first instant to the last, in seconds."""
        span = self.find_span()
        return 0.0 if span is None else (span[1] - span[0]).total_seconds()

    def find_span(self) -> tuple[datetime, datetime] | None:
        """The first instant and the last; None of no rows."""
        times = self["time"].values
        if not len(times):
            return None
        return _moment(times.min()), _moment(times.max())

    def without(self, places: Collection[int]) -> Rows:
        """The rows but those at these places (as `places` counts)."""
        return Rows(self._columns, self.places[~np.isin(self.places, np.fromiter(places, dtype=np.intp))])

    def replace(self, name: str, values: Mapping[int, object]) -> Rows:
        """The rows with other values in one column, by place (as `places` counts)."""
        changed = self._columns[name].copy()
        for place, value in values.items():
            changed[place] = value
        return Rows({**self._columns, name: changed}, self.places)

    def rename(self, name: str, names: Mapping[str, str]) -> Rows:
        """The rows with other names in one column."""
        values = self._columns[name].tolist()
        changed = np.array([names.get(value, value) for value in values], dtype=object)
        return Rows({**self._columns, name: changed}, self.places)

    def join(self, *parts: Rows) -> Rows:
        """The rows of these parts of them in their order; one that is of several parts stands as often."""
        wanted = np.sort(np.concatenate([part.places for part in parts]), kind="stable")
        return Rows(self._columns, wanted)

    def sort_by_time(self) -> Rows:
        """The rows from the first to the last, in their order where the instants are equal."""
        return self[np.argsort(self["time"].values, kind="stable")]


def _values_of(other: object) -> object:
    return other.values if isinstance(other, Column) else other


def instant(moment: datetime) -> np.datetime64:
    """An instant as the column of times holds it."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _moment(time: np.datetime64) -> datetime:
    moment: datetime = time.astype(object)
    return moment.replace(tzinfo=UTC)


def find_upside_down(rows: Rows) -> frozenset[str]:
    """The files that begin with the newest line: there a line stands above those that it followed."""
    lines = rows["line"].values
    return frozenset(file for file, numbers in rows.group("file") if lines[numbers[0]] > lines[numbers[-1]])


def is_earlier(line: Evidence, other: Evidence, upside_down: Collection[str]) -> bool:
    """Whether of two lines of a file the first was written before the other."""
    return line.line > other.line if line.file in upside_down else line.line < other.line


def find_client_connections(rows: Rows) -> tuple[str, ...]:
    """The connections whose own lines tell of connecting or disconnecting, in the order of their names."""
    return tuple(sorted(set(rows.of_kinds(CLIENT_KINDS)["connection"])))


def from_seconds(seconds: float) -> datetime:
    """UNIX seconds as an instant in UTC, to the microsecond."""
    micros = round(seconds * 1e6)
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
