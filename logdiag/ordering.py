"""Events become rows of one timeline: ordered, without copies and echoes, each with its connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from logdiag.events import Event, EventKind
from logdiag.reading import Repeats, is_copy_name
from logdiag.rows import COLUMNS, INSTANTS, Array, Rows

ECHOED_KINDS: Final = frozenset({EventKind.PUSH_OK, EventKind.PUSH_ACKNOWLEDGED, EventKind.PUSH_FAILED})
ECHO: Final = timedelta(milliseconds=100)  # one call of a logger tells an event twice, 50 to 100 ms apart


CopyKey: TypeAlias = tuple[object, ...]


class Timeline(NamedTuple):
    """The rows, and how many events were dropped as copies of a line that another file of the folder holds."""

    rows: Rows
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
    given: dict[str, list[Any]] = {
        "kind": [event.kind.value for event in kept],
        "connection": name_connections(kept),
        "order_unknown": _find_unknown_order(kept),
    }
    columns = {
        name: _build_column(given[name] if name in given else list(map(attrgetter(name), kept)), dtype)
        for name, dtype in COLUMNS.items()
    }
    return Timeline(Rows(columns), tuple(duplicates))


def _build_column(values: list[Any], dtype: str) -> Array:
    if dtype == INSTANTS:
        values = [moment.replace(tzinfo=None) for moment in values]  # of them all UTC is known
    column = np.empty(len(values), dtype=dtype)
    column[:] = values
    column.flags.writeable = False  # all that is drawn from a timeline shares it
    return column


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
