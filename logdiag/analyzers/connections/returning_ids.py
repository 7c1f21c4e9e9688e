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
    turns = _count_turns(events)
    returning = {key for key, number in turns.items() if number > 1}
    if not returning:
        return list(events)
    numbers: dict[tuple[str, str], int] = defaultdict(int)
    closed: dict[tuple[str, str], bool] = {}
    renamed = []
    for event in events:
        key = (event.source, event.socket_id or "")
        if key not in returning:
            renamed.append(event)
            continue
        if event.kind in OPENINGS and closed.get(key, True):
            numbers[key] += 1
        closed[key] = event.kind in CLOSINGS or (event.kind not in OPENINGS and closed.get(key, True))
        name = f"{event.socket_id}#{max(numbers[key], 1)}"
        renamed.append(replace(event, socket_id=name, worker_id=event.worker_id or event.socket_id))
    return renamed


def _count_turns(events: Sequence[Event]) -> dict[tuple[str, str], int]:
    """How many connections open under each id that may return, in each process."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    closed: dict[tuple[str, str], bool] = {}
    for event in events:
        if event.socket_id is None or len(event.socket_id) in OF_ONE_SOCKET:
            continue
        key = (event.source, event.socket_id)
        if event.kind in OPENINGS:
            found[key] += closed.get(key, True)
            closed[key] = False
        elif event.kind in CLOSINGS:
            closed[key] = True
    return found
