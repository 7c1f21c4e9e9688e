"""Ids under which one connection after the other opens: a device's, a login's, not a socket's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from logdiag.events import Event, EventKind

OPENINGS: Final = frozenset({EventKind.CONNECTED, EventKind.SERVER_CONNECTED})
CLOSINGS: Final = frozenset({EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED})
OF_ONE_SOCKET: Final = frozenset({20, 32, 36})  # the lengths of ids that never return: Engine.IO's, Python's, uuids


def part_returning_ids(events: Sequence[Event]) -> list[Event]:
    """The events, where each connection that opens under an id which has closed has an id of its own.

    The id itself says whose connection that is, where the line does not.
    """
    turns_count: dict[tuple[str, str], int] = defaultdict(int)
    closed: dict[tuple[str, str], bool] = {}
    parted = []
    for place, event in enumerate(events):
        if event.socket_id is None or len(event.socket_id) in OF_ONE_SOCKET:
            continue
        key = (event.source, event.socket_id)
        if event.kind in OPENINGS:
            turns_count[key] += closed.get(key, True)
            closed[key] = False
        elif event.kind in CLOSINGS:
            closed[key] = True
        parted.append((place, key, max(turns_count[key], 1)))
    renamed = list(events)
    for place, key, turn in parted:
        if turns_count[key] > 1:
            renamed[place] = _rename(renamed[place], turn)
    return renamed


def _rename(event: Event, turn: int) -> Event:
    name = f"{event.socket_id}#{turn}"
    return replace(event, socket_id=name, worker_id=event.worker_id or event.socket_id)
