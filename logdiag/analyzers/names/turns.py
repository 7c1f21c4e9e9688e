"""In which order connects and ends come, of a whole process or under one name: whether each has its other half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from logdiag.events import OPENINGS, STARTS, Event


class Turn(NamedTuple):
    """One line that opens or closes a connection: its place among the events, and after how many starts it stands."""

    place: int
    is_open: bool
    starts_count: int

    def repeats(self, other: Turn) -> bool:
        """Whether both open, or both close, in one life of the process: of two sockets, or a line is missing."""
        return self.is_open is other.is_open and self.starts_count == other.starts_count


def list_turns(events: Sequence[Event], places: Sequence[int]) -> list[Turn]:
    """The turns among the events at these places of one process, in the order in which it wrote them.

    That is the order of the lines in one file, even where its clock was set, and of the times in several. A start of
    the process leaves nothing open.
    """
    if len({events[place].file for place in places}) > 1:
        places = sorted(places, key=lambda place: (events[place].time, events[place].file, events[place].turn))
    return list(_number_turns(events, places))


def _number_turns(events: Sequence[Event], places: Sequence[int]) -> Iterator[Turn]:
    starts_count = 0
    for place in places:
        kind = events[place].kind
        if kind in STARTS:
            starts_count += 1
        else:
            yield Turn(place, kind in OPENINGS, starts_count)


def pair_turns(turns: Sequence[Turn]) -> list[tuple[Turn, ...]]:
    """The connections under one name of which it is certain which lines bound them: two of them, or a last open one.

    By count: where one opens while another one is open, nobody knows whose the next ends are until as many have ended;
    and an end of what did not open, of which there may be more, makes doubtful all of that life of the process. Clients
    behind one address that come back at once would alternate, too, but for these.
    """
    return [bounds for _, life in groupby(turns, key=attrgetter("starts_count")) for bounds in _pair_life(life)]


def _pair_life(turns: Iterable[Turn]) -> list[tuple[Turn, ...]]:
    found: list[tuple[Turn, ...]] = []
    opened: list[Turn] = []
    open_count = 0
    for turn in turns:
        if turn.is_open:
            opened.append(turn)
            open_count += 1
            continue
        open_count -= 1
        if open_count < 0:
            return []
        if open_count == 0:
            found += [(opened[0], turn)] if len(opened) == 1 else []
            opened = []
    return [*found, (opened[0],)] if len(opened) == 1 else found
