"""Starts that a client tells of its own parts: `WebSocket listener started` in a program that only connects to others.

The words are those of a server. Whose they are shows in the file: it tells of attempts to connect, and of nobody who
came. Such a part starts once more with each start of its program, in several lines, and says nothing of any server.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.sides.side_clues import TRIES
from logdiag.deferred import compile_later
from logdiag.events import SERVER_BOUNDS, Event, EventKind, Interpreter

OF_VISITORS: Final = SERVER_BOUNDS | {EventKind.SERVER_JOINED, EventKind.SERVER_KICK}
# What only a server says as it starts: that it is one, where it listens, or in the words of a library that serves.
_SERVES: Final = compile_later(
    r"(?i)server|listening|\bport\b|:\d{2,5}\b|https?://|wss?://|\d\.\d{1,3}\.\d|socket\.?io|\bhub\b|gateway|broker"
    r"|服务|监听|端口"
)


def drop_parts_of_clients(events: Sequence[Event]) -> list[Event]:
    """The events without those starts."""
    clients = {event.file for event in events if event.kind in TRIES and event.is_side_sure}
    clients -= {event.file for event in events if event.kind in OF_VISITORS}
    return [event for event in events if not (event.file in clients and _is_of_a_part(event))]


def _is_of_a_part(event: Event) -> bool:
    is_start = event.kind is EventKind.SERVER_STARTED and event.by is Interpreter.LEXICON
    return is_start and _SERVES.search(event.message) is None
