"""Whose log it is, by what its lines tell: a server has many sockets at once, a client one at a time.

What only one side can say or know decides, in the order of `CLUES`; the name of a service or of a file, by which the
lexicon guessed, is left where nothing does. Then the kinds of the lines that could not tell are those of the side.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from logdiag.analyzers.connections.alternating import name_by_turns
from logdiag.analyzers.connections.library_echoes import drop_library_echoes
from logdiag.analyzers.connections.named_sockets import name_sockets_by_client
from logdiag.analyzers.connections.returning_ids import OF_ONE_SOCKET, is_returning, part_returning_ids
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, Event, EventKind, Interpreter, Side
from logdiag.results.inputs import SideReading

SERVER_TWINS: Final[Mapping[EventKind, EventKind]] = {
    EventKind.CONNECTED: EventKind.SERVER_CONNECTED,
    EventKind.JOINED: EventKind.SERVER_JOINED,
    EventKind.DISCONNECTED: EventKind.SERVER_DISCONNECTED,
    EventKind.CONNECT_ERROR: EventKind.SERVER_ERROR,
    EventKind.PROCESS_STARTED: EventKind.SERVER_STARTED,
    EventKind.PROCESS_STOPPING: EventKind.SERVER_STOPPING,
}
CLIENT_TWINS: Final[Mapping[EventKind, EventKind]] = {server: client for client, server in SERVER_TWINS.items()}
# Kinds that only a line of that side has, where its words could tell.
WORDS: Final[Mapping[EventKind, Side]] = {
    EventKind.CONNECTED: Side.CLIENT,
    EventKind.DISCONNECTED: Side.CLIENT,
    EventKind.SERVER_CONNECTED: Side.SERVER,
    EventKind.SERVER_JOINED: Side.SERVER,
    EventKind.SERVER_DISCONNECTED: Side.SERVER,
    EventKind.SERVER_KICK: Side.SERVER,
}
TRIES: Final = frozenset({EventKind.CONNECTING, EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT})
# Socket.IO 2 to 4 (lib/socket.js of both sides); python-socketio 5.
REASONS: Final[Mapping[str, Side]] = {
    "io server disconnect": Side.CLIENT,
    "io client disconnect": Side.CLIENT,
    "client namespace disconnect": Side.SERVER,
    "server namespace disconnect": Side.SERVER,
    "server shutting down": Side.SERVER,
    "forced server close": Side.SERVER,
}
# The loggers of the libraries themselves.
LIBRARIES: Final = (
    (
        Side.SERVER,
        re.compile(
            r"(?:engineio|socketio)\.server|socket\.io:(?:server|namespace)|engine(?:\.io)?:server|^uvicorn\b|websockets\.server"
        ),
    ),
    (Side.CLIENT, re.compile(r"(?:engineio|socketio)\.client|(?:socket|engine)\.io-client(?![\w-])")),
)
OVERLAP_S: Final = 1.0  # a client that replaces its socket has two for a moment
OVERLAPS: Final = 2  # one may be a close that was not logged
CROWD: Final = 10  # sockets open at once in one process: whatever its words say, it is no client
MAJORITY: Final = 2.0  # times as many words of one side: a gateway is also somebody's client
LEAST_PAIRS: Final = 3  # connects and disconnects in turn: fewer are no order
LEAST_IN_TURN: Final = 6  # of so many sessions of clients that know nothing of each other two are open at once
MOSTLY_OPEN: Final = 0.7  # of the time: clients that come and go leave a server alone as often, or they overlap
SHARED: Final = 0.5  # of the sockets that two logs tell of: then they are the two ends of them

UnitKey: TypeAlias = tuple[str, str, str]


class SidedEvents(NamedTuple):
    """The events, those told anew among them, and the side of each service that tells of connections."""

    events: list[Event]
    readings: tuple[SideReading, ...]


@dataclass(slots=True)
class _Unit:
    """What one service writes in the files of one name."""

    key: UnitKey
    ruled: Counter[Side] = field(default_factory=Counter)
    is_learned: bool = True  # what rules say is what this run learned, which may be a guess
    words: Counter[Side] = field(default_factory=Counter)
    reasons: Counter[Side] = field(default_factory=Counter)
    tries_count: int = 0
    openings: dict[str, datetime] = field(default_factory=dict)
    closings: dict[str, datetime] = field(default_factory=dict)
    bare_closings_count: int = 0
    bare_openings_count: int = 0
    turns: list[tuple[datetime, bool]] = field(default_factory=list)
    clients: set[str] = field(default_factory=set)
    unsure: Counter[Side] = field(default_factory=Counter)
    has_returning_ids: bool = False

    def note(self, event: Event) -> None:
        """Take in one line."""
        side = WORDS.get(event.kind)
        if side is not None:
            counts = self.unsure if not event.is_side_sure else self.words if event.rule is None else self.ruled
            counts[side] += 1
            self.is_learned = self.is_learned and event.by is not Interpreter.RULE
        if event.kind in CLOSINGS and (teller := REASONS.get(event.reason or "")) is not None:
            self.reasons[teller] += 1
        if event.kind in TRIES:
            self.tries_count += event.is_side_sure
        elif event.kind in OPENINGS:
            self._open(event)
        elif event.kind in CLOSINGS:
            self._close(event)

    def _open(self, event: Event) -> None:
        self.turns.append((event.time, True))
        if event.socket_id is None:
            self.bare_openings_count += 1
        else:
            self.openings.setdefault(event.socket_id, event.time)
            self.has_returning_ids = self.has_returning_ids or is_returning(event)
        if event.client is not None:
            self.clients.add(event.client.value)

    def _close(self, event: Event) -> None:
        self.turns.append((event.time, False))
        if event.socket_id is None:
            self.bare_closings_count += 1
        else:
            self.closings.setdefault(event.socket_id, event.time)

    @property
    def lives(self) -> list[tuple[float, float]]:
        """From when to when each socket was open whose both ends are told, UNIX seconds, in order."""
        return sorted(
            (opened.timestamp(), closed.timestamp())
            for socket, opened in self.openings.items()
            if (closed := self.closings.get(socket)) is not None and closed > opened
        )


def tell_sides(
    events: Sequence[Event], services: Mapping[str, str], stated: Mapping[str, Side] | None = None
) -> SidedEvents:
    """Decide the side of each service of each process, and tell the lines anew that could not say it.

    `services` are those of files; `stated` has the side of processes, services or files by their names: it overrules
    all that the lines say.
    """
    events = part_returning_ids(name_sockets_by_client(drop_library_echoes(events, _is_library)))
    units: dict[UnitKey, _Unit] = {}
    for event in events:
        if event.kind in WORDS or event.kind in TRIES:
            key = (event.source, services[event.file], event.service)
            unit = units.get(key)
            if unit is None:
                unit = units[key] = _Unit(key)
            unit.note(event)
    sides = _decide_all(units.values(), stated or {})
    changed: Counter[UnitKey] = Counter()
    sided = []
    for event in events:
        side, why = sides.get(key := (event.source, services[event.file], event.service), (None, "name"))
        anew = event if side is None else _tell(event, side, why)
        changed[key] += anew is not event and anew.kind is not event.kind
        sided.append(anew)
    readings = (
        SideReading(*key, *sides.get(key, (_guess(unit), "name")), changed[key])
        for key, unit in sorted(units.items())
        if unit.turns
    )
    return SidedEvents(name_by_turns(sided), tuple(readings))


def _tell(event: Event, side: Side, why: str) -> Event:
    """The event as its side tells it, where its own words do not prove otherwise."""
    kind = (SERVER_TWINS if side is Side.SERVER else CLIENT_TWINS).get(event.kind)
    if why == "stated":
        return event if kind is None else replace(event, kind=kind, is_side_sure=True)
    if kind is None or (event.is_side_sure and not _is_disproved(event, why)):
        return event
    return replace(event, kind=kind, is_side_sure=True)


def _is_disproved(event: Event, why: str) -> bool:
    """Whether a sentence that reads like the other side's is outweighed by what is known of the process."""
    return why in PROOFS and event.by is not Interpreter.RULE and event.kind in BOUNDS


def _guess(unit: _Unit) -> Side | None:
    return unit.unsure.most_common(1)[0][0] if unit.unsure else None


def _decide_all(units: Iterable[_Unit], stated: Mapping[str, Side]) -> dict[UnitKey, tuple[Side, str]]:
    """The side of each unit and why; those absent keep what the name hinted at."""
    sides: dict[UnitKey, tuple[Side, str]] = {}
    left = []
    for unit in units:
        found = _find_stated(unit, stated) or _decide(unit)
        if found is None:
            left.append(unit)
        else:
            sides[unit.key] = found
    known = {unit.key: unit for unit in units}
    for key in _find_both_ends(known, sides):
        sides[key] = Side.SERVER, "ids"  # until it shows which of them is the far end
    for key in _find_far_ends(known, sides):
        sides[key] = Side.CLIENT, "ends"
    for unit in left:
        found = _find_other_end(unit, known, sides) or _ask_process(unit, sides)
        if found is not None:
            sides[unit.key] = found
    return sides


def _find_stated(unit: _Unit, stated: Mapping[str, Side]) -> tuple[Side, str] | None:
    source, file, service = unit.key
    names = (service, file, f"{source}/{file}", source)
    return next(((stated[name], "stated") for name in names if name in stated), None)


def _decide(unit: _Unit) -> tuple[Side, str] | None:
    """The side by the first clue that tells."""
    for why, clue in CLUES:
        side = clue(unit)
        if side is not None:
            return side, why
    return None


def _find_both_ends(known: Mapping[UnitKey, _Unit], sides: Mapping[UnitKey, tuple[Side, str]]) -> list[UnitKey]:
    """Clients by the turns of their lines that tell of the same sockets as another one: one of them is the server."""
    guessed = [known[key] for key, (side, why) in sides.items() if side is Side.CLIENT and why in TURNS]
    return [
        unit.key
        for unit in guessed
        if any(one.key[0] != unit.key[0] and not one.openings.keys().isdisjoint(unit.openings) for one in guessed)
    ]


def _find_far_ends(known: Mapping[UnitKey, _Unit], sides: Mapping[UnitKey, tuple[Side, str]]) -> list[UnitKey]:
    """Servers by a guess alone that are the clients of another one: nobody serves the sockets that another one serves.

    The client has one socket at a time, and no more of them; where both have the same, it learns later of each connect.
    """
    servers = [known[key] for key, (side, _) in sides.items() if side is Side.SERVER]
    guessed = [
        unit
        for unit in servers
        if (why := sides[unit.key][1]) == "ids" or (why == "rules" and unit.is_learned and not unit.reasons)
    ]
    return [
        unit.key
        for unit in guessed
        if not _count_overlaps(unit.lives)
        and any(_is_far_end(unit, other) for other in servers if other.key[0] != unit.key[0])
    ]


def _is_far_end(unit: _Unit, other: _Unit) -> bool:
    shared = unit.openings.keys() & other.openings.keys()
    if len(shared) <= SHARED * len(unit.openings):
        return False
    if len(other.openings) != len(unit.openings):
        return len(other.openings) > len(unit.openings)
    return 2 * sum(unit.openings[socket] > other.openings[socket] for socket in shared) > len(shared)


def _find_other_end(
    unit: _Unit, known: Mapping[UnitKey, _Unit], sides: Mapping[UnitKey, tuple[Side, str]]
) -> tuple[Side, str] | None:
    """The opposite of a unit that tells of the same sockets."""
    for key, (side, _) in sides.items():
        other = known[key]
        shared = len(unit.openings.keys() & other.openings.keys())
        if key[:2] != unit.key[:2] and shared > SHARED * len(unit.openings):
            return (Side.CLIENT if side is Side.SERVER else Side.SERVER), "ends"
    return None


def _ask_process(unit: _Unit, sides: Mapping[UnitKey, tuple[Side, str]]) -> tuple[Side, str] | None:
    """What the other services in the same files say, where they agree."""
    mates = {side for key, (side, _) in sides.items() if key[:2] == unit.key[:2]}
    return (mates.pop(), "process") if len(mates) == 1 else None


def _is_library(service: str) -> bool:
    return any(pattern.search(service) for _, pattern in LIBRARIES)


def _ask_library(unit: _Unit) -> Side | None:
    return next((side for side, pattern in LIBRARIES if pattern.search(unit.key[2])), None)


def _ask_rules(unit: _Unit) -> Side | None:
    return _prefer(unit.ruled)


def _ask_reasons(unit: _Unit) -> Side | None:
    return _prefer(unit.reasons)


def _ask_crowd(unit: _Unit) -> Side | None:
    return Side.SERVER if not unit.tries_count and _count_at_once(unit.lives) >= CROWD else None


def _ask_words(unit: _Unit) -> Side | None:
    return _prefer(unit.words)


def _ask_overlaps(unit: _Unit) -> Side | None:
    return Side.SERVER if _count_overlaps(unit.lives) >= OVERLAPS else None


def _ask_tries(unit: _Unit) -> Side | None:
    return Side.CLIENT if unit.tries_count else None


def _ask_clients(unit: _Unit) -> Side | None:
    return Side.SERVER if len(unit.clients) >= LEAST_PAIRS else None


def _ask_ids(unit: _Unit) -> Side | None:
    """When a client learns of its disconnect, Socket.IO has taken the id from the socket; a server still has it.

    Ids of other forms nobody takes. What is open most of the time then, one at a time, each under an id that no other
    one has, is the one connection of a client.
    """
    if len(unit.openings) + unit.bare_openings_count < LEAST_PAIRS:
        return None
    if len(unit.lives) < LEAST_PAIRS or unit.bare_closings_count:
        return None
    is_own = not unit.has_returning_ids and not any(len(name) in OF_ONE_SOCKET for name in unit.openings)
    return Side.CLIENT if is_own and _is_one_after_the_other(unit) else Side.SERVER


def _is_one_after_the_other(unit: _Unit) -> bool:
    """Whether no connection opens before the last one has ended, though most of the time one is open."""
    lives = unit.lives
    if len(lives) < LEAST_IN_TURN or any(later < end for (_, end), (later, _) in pairwise(lives)):
        return False
    starts = sorted(moment.timestamp() for moment in unit.openings.values())
    inside = sum(bisect_left(starts, end) - bisect_right(starts, start) for start, end in lives)
    return not inside and sum(end - start for start, end in lives) >= MOSTLY_OPEN * (lives[-1][1] - lives[0][0])


def _ask_turns(unit: _Unit) -> Side | None:
    """One socket at a time, again and again."""
    order = [is_open for _, is_open in sorted(unit.turns)]
    alternates = all(one is not other for one, other in pairwise(order))
    return Side.CLIENT if alternates and len(order) >= 2 * LEAST_PAIRS else None


def _prefer(counts: Mapping[Side, int]) -> Side | None:
    client_count, server_count = counts.get(Side.CLIENT, 0), counts.get(Side.SERVER, 0)
    if client_count > MAJORITY * server_count:
        return Side.CLIENT
    return Side.SERVER if server_count > MAJORITY * client_count else None


def _count_at_once(lives: Sequence[tuple[float, float]]) -> int:
    """The most that were open at the same time."""
    steps = sorted([(start, 1) for start, _ in lives] + [(end, -1) for _, end in lives])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def _count_overlaps(lives: Sequence[tuple[float, float]]) -> int:
    """How often one opens while another has been open, and stays so, for longer than a moment."""
    found, latest = 0, float("-inf")
    for start, end in lives:
        found += min(latest, end) - start > OVERLAP_S
        latest = max(latest, end)
    return found


CLUES: Final[tuple[tuple[str, Callable[[_Unit], Side | None]], ...]] = (
    ("library", _ask_library),
    ("rules", _ask_rules),
    ("crowd", _ask_crowd),
    ("reasons", _ask_reasons),
    ("words", _ask_words),
    ("overlaps", _ask_overlaps),
    ("tries", _ask_tries),
    ("clients", _ask_clients),
    ("ids", _ask_ids),
    ("turns", _ask_turns),
)
TURNS: Final = frozenset({"ids", "turns"})  # clues that hold for a server of one client as well
# What proves more than a sentence that reads like the other side's.
PROOFS: Final = frozenset({"library", "crowd", "reasons", "ends"})
