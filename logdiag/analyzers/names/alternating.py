"""Connects and ends that do not both name their socket, but come strictly by turns: one socket at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

from logdiag.analyzers.names.turns import Turn, list_turns
from logdiag.events import SERVER_BOUNDS, Event, EventKind

# Where others, opened before the logs, are open beside them, each next line is an end or a connect by chance, and an
# end is as near to the connect before it as to the next one.
MOST_CHANCE: Final = 5e-4  # a choice: six sockets by turns, four where each end is nearer to its own connect


def name_by_turns(events: Sequence[Event]) -> list[Event]:
    """The same events, where connects and ends of a server that come by turns name the socket of their turn.

    Only where of one process all connects name theirs and no end does, or the reverse, or none of them, and each
    connect is followed by an end before the next, or by a start of the server. What begins with an end says that
    something else was open.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    bare: set[str] = set()
    for place, event in enumerate(events):
        if event.kind in SERVER_BOUNDS or event.kind is EventKind.SERVER_STARTED:
            rows[event.source].append(place)
            if event.kind in SERVER_BOUNDS and event.socket_id is None:
                bare.add(event.source)
    named = list(events)
    for source in bare:
        turns = _leave_one_each(events, list_turns(events, rows[source]))
        if _are_by_turns(events, turns):
            _name(named, turns)
    return named


def _leave_one_each(events: Sequence[Event], turns: Sequence[Turn]) -> list[Turn]:
    """The turns but for what tells once more of the socket that the line before it names."""
    return [*turns[:1], *(later for one, later in pairwise(turns) if not _is_told_twice(events, one, later))]


def _is_told_twice(events: Sequence[Event], one: Turn, later: Turn) -> bool:
    socket = events[later.place].socket_id
    return socket is not None and one.repeats(later) and socket == events[one.place].socket_id


def _name(named: list[Event], turns: Sequence[Turn]) -> None:
    for number, own in enumerate(_join_halves(turns), start=1):
        mine = [named[turn.place] for turn in own]
        told = (event.socket_id for event in mine if event.socket_id is not None)
        socket = next(told, f"{number}@{mine[0].source}")
        for turn in own:
            named[turn.place] = replace(named[turn.place], socket_id=socket)


def _join_halves(turns: Sequence[Turn]) -> list[list[Turn]]:
    """The lines of each socket, where they come by turns: its connect, and its end if that is logged."""
    found: list[list[Turn]] = []
    for turn in turns:
        if turn.is_open:
            found.append([turn])
        else:
            found[-1].append(turn)
    return found


def _are_by_turns(events: Sequence[Event], turns: Sequence[Turn]) -> bool:
    if not turns or not turns[0].is_open or any(map(_break_order, turns, turns[1:])):
        return False
    told = {is_open: {_is_told(events, one) for one in turns if one.is_open is is_open} for is_open in (True, False)}
    if (told[True], told[False]) not in (({True}, {False}), ({False}, {True}), ({False}, {False})):
        return False
    ends_count = sum(not turn.is_open for turn in turns)
    chance: float = 0.5 ** (2 * ends_count - 1) * 0.5 ** (ends_count * _are_short(events, turns))
    return chance <= MOST_CHANCE


def _break_order(one: Turn, other: Turn) -> bool:
    """Whether a second socket shows: no start of the server stands between, or what follows it is an end."""
    return one.repeats(other) or (not other.is_open and one.starts_count != other.starts_count)


def _is_told(events: Sequence[Event], turn: Turn) -> bool:
    return events[turn.place].socket_id is not None


def _are_short(events: Sequence[Event], turns: Sequence[Turn]) -> bool:
    """Whether every end is nearer to the connect before it than to the next one."""
    times = [events[turn.place].time for turn in turns]
    gaps = [
        (later - former, former_turn.is_open)
        for (former, later), former_turn in zip(pairwise(times), turns, strict=False)
    ]
    return all(timedelta(0) <= life < pause for (life, is_life), (pause, _) in pairwise(gaps) if is_life)
