"""Sockets without ids of their own: the client that a server's lines name stands for its one connection at a time.

`Client 17 connected` … `Client 17 disconnected` tells of one connection as surely as an id does, as long as nobody has
two at once. And an id that several connections have at once is none: the pid in `[4242] Client connected`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise
from typing import Final

from logdiag.events import Event, EventKind

OPENINGS: Final = frozenset({EventKind.CONNECTED, EventKind.SERVER_CONNECTED})
CLOSINGS: Final = frozenset({EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED})
LEAST_NAMES: Final = 2  # one name alone may be the process that writes the line
NEARLY_ALL: Final = 0.9  # of the lines have a name, of a name's turns a close between opens: a few lines get lost
LEAST_TWICE: Final = 2  # opens of an open id, and closes of a closed one: a line lost or logged twice is one of them


def name_sockets_by_client(events: Sequence[Event]) -> list[Event]:
    """The events, where sockets without ids have the names of their clients as ids, process by process."""
    cleared = _clear_shared_ids(events)
    rows: dict[str, list[Event]] = defaultdict(list)
    for event in cleared:
        if event.kind in OPENINGS | CLOSINGS:
            rows[event.source].append(event)
    named = {source for source, ends in rows.items() if _are_named(ends)}
    ids = {(event.source, event.socket_id) for event in cleared if event.kind in OPENINGS and event.socket_id}
    return [_take_name(event) if event.source in named or _is_named_by_id(event, ids) else event for event in cleared]


def _is_named_by_id(event: Event, ids: AbstractSet[tuple[str, str | None]]) -> bool:
    """Whether a line calls a client what another calls its socket: `connected … as till-7`, `Client till-7 left`."""
    return event.kind in CLOSINGS and event.socket_id is None and (event.source, _find_name(event)) in ids


def _find_name(event: Event) -> str | None:
    return event.worker_id or (event.client and event.client.value)


def _take_name(event: Event) -> Event:
    name = _find_name(event)
    if event.kind not in OPENINGS | CLOSINGS or name is None:
        return event
    return replace(event, socket_id=name, worker_id=name)


def _are_named(ends: Sequence[Event]) -> bool:
    """Whether these opens and closes have names in place of ids, several, each with one connection at a time."""
    if any(event.socket_id is not None for event in ends) or not any(event.kind in CLOSINGS for event in ends):
        return False
    if all(event.kind in {EventKind.CONNECTED, EventKind.DISCONNECTED} and event.is_side_sure for event in ends):
        return False
    turns: dict[str, list[bool]] = defaultdict(list)
    for event in ends:
        if (name := _find_name(event)) is not None:
            turns[name].append(event.kind in OPENINGS)
    paired_count = sum(map(len, turns.values()))
    if len(turns) < LEAST_NAMES or paired_count < NEARLY_ALL * len(ends):
        return False
    pairs = [one is not other for own in turns.values() for one, other in pairwise(own)]
    return bool(pairs) and sum(pairs) >= NEARLY_ALL * len(pairs)


def _clear_shared_ids(events: Sequence[Event]) -> list[Event]:
    """The events without the ids that several connections had at once."""
    turns: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for event in events:
        if event.kind in OPENINGS | CLOSINGS and event.socket_id is not None and event.socket_id.isdigit():
            turns[event.source, event.socket_id].append(event.kind in OPENINGS)
    shared = {key for key, own in turns.items() if _is_shared(own)}
    if not shared:
        return list(events)
    return [
        replace(event, socket_id=None) if (event.source, event.socket_id or "") in shared else event for event in events
    ]


def _is_shared(turns: Sequence[bool]) -> bool:
    """Whether an id opens while it is open and closes while it is closed, again and again."""
    twice = Counter(one for one, other in pairwise(turns) if one is other)
    return min(twice[True], twice[False]) >= LEAST_TWICE or (all(turns) and twice[True] > LEAST_TWICE)
