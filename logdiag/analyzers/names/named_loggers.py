"""Loggers that are named after the client that writes, or after the connection that a line is of.

`[Kiosk-A] Hub connection closed` beside `[Kiosk-B] Hub connection closed`: two clients write one file, or one file each
in one folder. Modules of one program word what they tell differently, and two that tell of one moment do so at once;
clients say the same, and each of them ends before it connects again. `…http.connection.140288280367000` is one
connection's own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, Event, EventKind

LEAST_NAMES: Final = 2  # a file of one name is one client's
MOST_NAMES: Final = 50  # a choice: more write no file together, and a name of each line's own is none
LEAST_ENDS: Final = 2  # of each: one may fall between any two connects
ONE_MOMENT: Final = timedelta(milliseconds=200)  # two services of one process tell of one moment within 50 to 100 ms
LEAST_APART: Final = 0.5  # of the connects: clients that a server cuts at once are back each at its own time
_PREFIX: Final = compile_later(r"\W{0,2}\[([A-Za-z][\w .-]{0,40})\][:\s-]{1,3}|([A-Za-z][\w.-]{0,40}): ")
LEAST_SOCKETS: Final = 3  # a number that two loggers have may be anything
LONGEST_NAME: Final = 200  # characters of a logger's name
_NUMBERED: Final = compile_later(r"[\w.:/-]*\d[\w.:/-]*|\b[A-Za-z0-9_-]{16,}\b")
_OF_A_SOCKET: Final = compile_later(
    r"^(?P<stem>.{2,200}?[a-z])[.:#/-]?[\[(]?(?P<id>\d{6,20}|0x[0-9a-f]{6,16})[\])]?$", re.IGNORECASE
)


def find_writing_clients(events: Sequence[Event]) -> dict[str, Callable[[Event], str | None]]:
    """By process, what names the client that writes a line, None for none of them; only where there are several.

    That is the logger, or the name before all words of the message.
    """
    rows: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in {EventKind.CONNECTED, EventKind.DISCONNECTED}:
            rows[event.source].append(event)
    found: dict[str, Callable[[Event], str | None]] = {}
    for source, own in rows.items():
        for read in (_read_service, _read_prefix):
            parts: dict[str | None, list[Event]] = defaultdict(list)
            for event in own:
                parts[read(event)].append(event)
            if _are_clients(parts):
                found[source] = partial(_name_one, read, frozenset(parts))
                break
    return found


def _name_one(read: Callable[[Event], str | None], names: frozenset[str | None], event: Event) -> str | None:
    name = read(event)
    return name if name in names else None


def _read_service(event: Event) -> str | None:
    return event.service


def _read_prefix(event: Event) -> str | None:
    found = _PREFIX.match(event.message)
    return None if found is None else found[1] or found[2]


def _are_clients(parts: Mapping[str | None, Sequence[Event]]) -> bool:
    if None in parts or not LEAST_NAMES <= len(parts) <= MOST_NAMES:
        return False
    if any(not _alternates(own) for own in parts.values()) or _alternates(_merge(parts)):
        return False
    wordings = [{(event.kind, _word(event)) for event in own} for own in parts.values()]
    return all(one == wordings[0] for one in wordings) and all(_is_apart(name, parts) for name in parts)


def _word(event: Event) -> str:
    """What a line says, without the name before it and without what differs from line to line."""
    return _NUMBERED.sub("<n>", _PREFIX.sub("", event.message))


def _merge(parts: Mapping[str | None, Sequence[Event]]) -> list[Event]:
    return sorted((event for own in parts.values() for event in own), key=lambda event: event.time)


def _alternates(own: Sequence[Event]) -> bool:
    """Whether connects and ends follow each other strictly, with some of both."""
    ends_count = sum(event.kind in CLOSINGS for event in own)
    return ends_count >= LEAST_ENDS and _takes_turns(own)


def _is_apart(name: str | None, parts: Mapping[str | None, Sequence[Event]]) -> bool:
    """Whether most connects of one come at a moment of their own: else both tell of the same ones."""
    others = sorted(event.time for other, own in parts.items() if other != name for event in own if _opens(event))
    own = [event.time for event in parts[name] if _opens(event)]
    return sum(not _is_near(others, moment) for moment in own) >= LEAST_APART * len(own)


def _opens(event: Event) -> bool:
    return event.kind in OPENINGS


def _is_near(moments: Sequence[datetime], moment: datetime) -> bool:
    first = bisect_left(moments, moment - ONE_MOMENT)
    return first < len(moments) and moments[first] <= moment + ONE_MOMENT


def name_sockets_by_logger(events: Sequence[Event]) -> list[Event]:
    """The events, where the number at the end of a logger's name is the id of its socket.

    Of one stem there are several such loggers, and each opens and ends by turns.
    """
    rows: dict[tuple[str, str], dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        if event.socket_id is None and event.kind in BOUNDS and (found := _read_logger(event)):
            rows[event.source, found[0]][found[1]].append(event)
    stems = {
        key for key, parts in rows.items() if len(parts) >= LEAST_SOCKETS and all(map(_takes_turns, parts.values()))
    }
    if not stems:
        return list(events)
    named = []
    for event in events:
        found = _read_logger(event) if event.socket_id is None else None
        is_own = found is not None and (event.source, found[0]) in stems
        named.append(replace(event, socket_id=found[1]) if is_own and found is not None else event)
    return named


def _read_logger(event: Event) -> tuple[str, str] | None:
    """The stem and the number of a logger's name, which may stand in brackets before the message."""
    name = event.service
    if event.message.startswith("["):
        name = event.message[1:LONGEST_NAME].partition("]")[0]
    found = _OF_A_SOCKET.match(name) if name[-1:].isalnum() and any(map(str.isdigit, name[-6:])) else None
    return None if found is None else (found["stem"], found["id"])


def _takes_turns(own: Sequence[Event]) -> bool:
    return all((one.kind in OPENINGS) is not (other.kind in OPENINGS) for one, other in pairwise(own))
