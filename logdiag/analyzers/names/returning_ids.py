"""Ids under which one connection after the other opens: a device's, a login's, not a socket's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, NamedTuple, TypeAlias

from logdiag.analyzers.names.turns import Turn, pair_turns
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, STARTS, Event

Key: TypeAlias = tuple[str, str]  # the process that tells of an id, and the id

OF_ONE_SOCKET: Final = frozenset({20, 32, 36})  # the lengths of Engine.IO's ids, Python's and uuids
TURN: Final = "#"  # between an id and the number of its turn
MANY_TURNS: Final = 3  # an id as long as a socket's that opens once more may be a line out of order; twice more is none
ANOTHER_END: Final = timedelta(seconds=60)  # a choice: one end is told again for seconds, until both sides gave it up
SAME_MOMENT: Final = timedelta(seconds=1)  # a client that replaces its connection has two for a moment
LEAST_TWICE: Final = 2  # a line lost or logged twice is one of them
FEW_UNTOLD: Final = 0.1  # a choice: of the opens of an id; where more stand upon each other, an open is told again
OUT_OF_ORDER: Final = timedelta(milliseconds=50)  # two threads of a program write the lines of one moment in any order


def part_returning_ids(events: Sequence[Event]) -> list[Event]:
    """The events, where each connection that opens under an id which has closed has an id of its own.

    The id itself says whose connection that is, where the line does not. An id of a length that sockets' ids have
    must open many times before it is taken for a client's. An end before the first connect is of a connection that
    opened before the logs begin.
    """
    turns: dict[Key, _Turns] = defaultdict(_Turns)
    starts_count: dict[str, int] = defaultdict(int)
    parted: list[_Line] = []
    for place in _order(events):
        event = events[place]
        if event.kind in STARTS:
            starts_count[event.source] += 1
        if event.socket_id is None:
            continue
        own = turns[event.source, event.socket_id]
        own.take(event, starts_count[event.source])
        parted.append(_Line(place, own, max(own.count, 1), own.untold_count, starts_count[event.source]))
    returning = {id(own) for key, own in turns.items() if _is_returning(key[1], own)}
    apart = _part_shared(events, [line for line in parted if id(line.own) in returning and line.own.is_shared])
    renamed = list(events)
    for line in parted:
        if id(line.own) in returning:
            turn = f"{TURN}{apart[line.place]}" if line.place in apart else str(line.number)
            renamed[line.place] = _rename(renamed[line.place], turn)
    return renamed


class _Line(NamedTuple):
    """A line that names an id: its place among the events, how often the id had opened, and its process started.

    `untold_count`: how often it had opened, besides, long after an open of which no end is told.
    """

    place: int
    own: _Turns
    turns_count: int
    untold_count: int
    starts_count: int

    @property
    def number(self) -> int:
        """Which connection of the id it is about."""
        return self.turns_count + (self.untold_count if self.own.are_ends_untold else 0)


def _part_shared(events: Sequence[Event], lines: Iterable[_Line]) -> dict[int, int]:
    """The numbers of the connections of lines under ids that several have at once.

    No such line says which of those that are open it ends: only where one is open is it certain, and the others stand
    alone.
    """
    rows: dict[int, list[Turn]] = defaultdict(list)
    for line in lines:
        if (kind := events[line.place].kind) in BOUNDS:
            rows[id(line.own)].append(Turn(line.place, kind in OPENINGS, line.starts_count))
    found: dict[int, int] = {}
    for own in rows.values():
        pairs = pair_turns(own)
        paired = {turn.place for bounds in pairs for turn in bounds}
        alone = [(turn,) for turn in own if turn.place not in paired]
        for number, bounds in enumerate([*pairs, *alone], start=1):
            found |= dict.fromkeys((turn.place for turn in bounds), number)
    return found


def _order(events: Sequence[Event]) -> Iterable[int]:
    """The places of the events in the order in which they came about, for each process.

    That is the order of the lines of its only file, from the end where that begins with the newest; by time in several,
    which rotation names from the newest to the oldest.
    """
    bounds: dict[str, tuple[set[str], Event, Event]] = {}
    for event in events:
        if event.kind in BOUNDS:
            files, first, _ = bounds.get(event.source) or (set(), event, event)
            files.add(event.file)
            bounds[event.source] = files, first, event
    several = {source for source, (files, _, _) in bounds.items() if len(files) > 1}
    backwards = {source for source, (_, first, last) in bounds.items() if last.time < first.time} - several
    if not several and not backwards:
        return range(len(events))
    moved = [place for place, event in enumerate(events) if event.source in several]
    moved.sort(key=lambda place: (events[place].time, events[place].file, events[place].turn))
    turned = [place for place, event in enumerate(events) if event.source in backwards]
    left = (place for place, event in enumerate(events) if event.source not in several | backwards)
    return [*left, *moved, *reversed(turned)]


@dataclass(slots=True)
class _Turns:
    """How many connections there were under one id by now, and what the last line said of the last one.

    `opened_after_count`: how many starts of the process there had been when it opened, None where it is closed: the
    next start ends it.
    """

    count: int = 0
    opens_count: int = 0
    opened_after_count: int | None = None
    last_open: Event | None = None
    last_end: Event | None = None
    opened_twice_count: int = 0
    ended_twice_count: int = 0
    untold_count: int = 0

    @property
    def is_shared(self) -> bool:
        """Whether it opens while it is open and ends while it is closed, again and again: several have it at once."""
        return min(self.opened_twice_count, self.ended_twice_count) >= LEAST_TWICE

    @property
    def are_ends_untold(self) -> bool:
        """Whether an open long after one that is open shows that no line tells the end of that: few do so."""
        return not self.is_shared and self.untold_count <= FEW_UNTOLD * (self.opens_count + self.untold_count)

    @property
    def total_count(self) -> int:
        """How many connections there were, with those whose ends are untold."""
        return self.count + (self.untold_count if self.are_ends_untold else 0)

    def take(self, event: Event, starts_count: int) -> None:
        """One more line under the id."""
        if event.kind in OPENINGS:
            if self.opened_after_count != starts_count and not self._is_out_of_order(event):
                self.count += 1
                self.opens_count += 1
            elif self.last_open is not None:
                self.opened_twice_count += event.time - self.last_open.time > SAME_MOMENT
                self.untold_count += event.time - self.last_open.time > ANOTHER_END
            self.opened_after_count, self.last_open = starts_count, event
        elif event.kind in CLOSINGS:
            self.ended_twice_count += self.opened_after_count is None and self.opens_count > 0
            self.count += self._is_another_end(event)
            self.opened_after_count, self.last_end = None, event

    def _is_another_end(self, event: Event) -> bool:
        """Whether it is the end of a connection of which no line tells that it opened."""
        if self.opened_after_count is not None:
            return False
        if self.last_end is None:
            return self.count == 0
        if self.opens_count or len(event.socket_id or "") in OF_ONE_SOCKET:
            return False  # where its connects are logged, what ended is told again: a broker when its client is back
        return event.time - self.last_end.time > ANOTHER_END

    def _is_out_of_order(self, event: Event) -> bool:
        """Whether the only end before the first connect may be its own, written too early."""
        end = self.last_end
        if self.opens_count or end is None or not (end.time.microsecond or event.time.microsecond):
            return False
        return timedelta(0) <= event.time - end.time <= OUT_OF_ORDER


def _is_returning(name: str, own: _Turns) -> bool:
    """Whether several connections opened under an id."""
    return own.total_count >= (MANY_TURNS if len(name) in OF_ONE_SOCKET else 2)


def is_returning(event: Event) -> bool:
    """Whether a line names one connection of several that opened under an id."""
    return TURN in (event.socket_id or "")


def is_shared(event: Event) -> bool:
    """Whether a line names one connection of several that were open under an id at once."""
    return TURN + TURN in (event.socket_id or "")


def _rename(event: Event, turn: str) -> Event:
    name = f"{event.socket_id}{TURN}{turn}"
    return replace(event, socket_id=name, worker_id=event.worker_id or event.socket_id)
