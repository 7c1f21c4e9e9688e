"""Ids of sockets that one file gives away and another only holds.

`Client connected: 866397be-… | Total: 1` stands beside `WebSocket client disconnected: 866397be-…` in the log of
another logger of the same process, or of the other end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, Event

LEAST_IDS: Final = 3  # a choice: one word in common may be chance
_WORD: Final = compile_later(r"(?<![\w.-])(?=[\w-]*\d)[\w-]{16,64}(?![\w-]|\.\w)")  # as long as no name or count is


def name_by_ids_elsewhere(events: Sequence[Event]) -> list[Event]:
    """The events, where a line about a connect or an end that names no socket has the id in it that another file names.

    Two known ids in one line leave open which is meant.
    """
    files_of: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.kind in BOUNDS and event.socket_id is not None:
            files_of[event.socket_id].add(event.file)
    if not files_of:
        return list(events)
    found: dict[int, str] = {}
    ids: dict[str, set[str]] = defaultdict(set)  # by the file that does not name them
    for place, event in enumerate(events):
        if event.kind not in BOUNDS or event.socket_id is not None:
            continue
        known = {word for word in _WORD.findall(event.message) if files_of.get(word, set()) - {event.file}}
        if len(known) == 1:
            (found[place],) = known
            ids[event.file] |= known
    return [
        replace(event, socket_id=found[place]) if place in found and len(ids[event.file]) >= LEAST_IDS else event
        for place, event in enumerate(events)
    ]
