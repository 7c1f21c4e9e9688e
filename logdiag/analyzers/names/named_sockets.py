"""Sockets without ids of their own: the client that a server's lines name stands for its one connection at a time.

`Client 17 connected` … `Client 17 disconnected` tells of one connection as surely as an id does, as long as nobody has
two at once; so does an address, and a word that one connect and one end have alone is an id, whatever its shape. And an
id that several connections have at once is none: the pid in `[4242] Client connected`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from logdiag.analyzers.names.addresses import find_address
from logdiag.analyzers.names.numbers import find_numbers
from logdiag.analyzers.names.own_words import find_own_words
from logdiag.analyzers.names.restarted_clients import find_restarted
from logdiag.analyzers.names.turns import Turn, list_turns, pair_turns
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, SERVER_BOUNDS, STARTS, Event, EventKind, Identity

LEAST_NAMES: Final = 2  # one name alone may be the process that writes the line, unless the words speak of it
NEARLY_ALL: Final = 0.9  # of the lines have a name, of a name's turns a close between opens: a few lines get lost
LEAST_TWICE: Final = 2  # opens of an open id, and closes of a closed one: a line lost or logged twice is one of them
MANY_PAIRS: Final = 12  # a choice: of one address alone; two sockets from there overlap somewhere in as many turns
MOST: Final = 0.75  # a choice: of the lines are certain: where most are not, turns are luck
NAMELESS: Final = "\0"  # no line has it
ADDRESS: Final = "address"  # the key of a client that is known by nothing else


def name_sockets_by_client(events: Sequence[Event]) -> list[Event]:
    """The events, where sockets without ids have the names of their clients as ids, process by process."""
    named = _clear_shared_ids(events)
    starting = {event.source for event in events if event.kind is EventKind.SERVER_STARTED}
    for places in _list_nameless(named).values():
        turns = list_turns(named, places)
        by_address = partial(_name_by_address, starting=starting)
        for name in (_name_by_client, _name_by_own_words, _name_by_numbers, by_address):
            if changed := dict(name(named, turns)):
                for place, event in changed.items():
                    named[place] = event
                break
    for places in _list_without_ends(named).values():
        for place in find_restarted(named, places):
            named[place] = _take_name(named[place])
    ids = {(event.source, event.socket_id) for event in named if event.kind in OPENINGS and event.socket_id}
    return [_take_name(event) if _is_named_by_id(event, ids) else event for event in named]


def _list_nameless(events: Sequence[Event]) -> dict[str, list[int]]:
    """The places of the connects, ends and starts of each process that logs ends, and gives no socket an id."""
    bounds = [(event.source, event.kind, event.socket_id) for event in events if event.kind in BOUNDS]
    closing = {source for source, kind, _ in bounds if kind in CLOSINGS}
    return _list_places(events, closing - {source for source, _, socket in bounds if socket is not None})


def _list_without_ends(events: Sequence[Event]) -> dict[str, list[int]]:
    """The places of the connects and starts of each process that starts anew, logs no end and gives no socket an id."""
    starts = Counter(event.source for event in events if event.kind is EventKind.SERVER_STARTED)
    told = {event.source for event in events if event.kind in CLOSINGS or (event.kind in BOUNDS and event.socket_id)}
    return _list_places(events, {source for source, count in starts.items() if count > 1} - told)


def _list_places(events: Sequence[Event], sources: AbstractSet[str]) -> dict[str, list[int]]:
    """The places of the connects, ends and starts of each of these processes."""
    found: dict[str, list[int]] = defaultdict(list)
    if sources:
        for place, event in enumerate(events):
            if event.source in sources and event.kind in BOUNDS | STARTS:
                found[event.source].append(place)
    return found


def _is_named_by_id(event: Event, ids: AbstractSet[tuple[str, str | None]]) -> bool:
    """Whether a line calls a client what another calls its socket: `connected … as till-7`, `Client till-7 left`."""
    return event.kind in CLOSINGS and event.socket_id is None and (event.source, event.client_name) in ids


def _take_name(event: Event) -> Event:
    name = event.client_name
    return event if name is None else replace(event, socket_id=name, worker_id=name)


def _name_by_client(events: Sequence[Event], turns: Sequence[Turn]) -> Iterator[tuple[int, Event]]:
    """The events whose names stand for their sockets: nearly all alternate, as nearly all lines have them.

    They are several, or the only one alternates without fail in lines that speak of it.
    """
    of_a_client = {EventKind.CONNECTED, EventKind.DISCONNECTED}
    if all(events[turn.place].kind in of_a_client and events[turn.place].is_side_sure for turn in turns):
        return
    by_name = _group(events, turns, lambda event: event.client_name)
    pairs = [one.repeats(other) for own in by_name.values() for one, other in pairwise(own)]
    lines_count = sum(map(len, by_name.values()))
    if lines_count < NEARLY_ALL * len(turns) or not pairs:
        return
    if len(by_name) < LEAST_NAMES and (any(pairs) or not all(_speaks_of(events[turn.place]) for turn in turns)):
        return
    if sum(pairs) > (1 - NEARLY_ALL) * len(pairs):
        return
    for own in by_name.values():
        for turn in own:
            yield turn.place, _take_name(events[turn.place])


def _speaks_of(event: Event) -> bool:
    """Whether a line's words speak of the client that it names: `client connected id=5`, not `till-7: connected`."""
    before, name, after = event.message.partition(event.client_name or NAMELESS)
    return bool(name) and any(map(str.isalpha, before)) and not after.lstrip().startswith((":", "]", "|", "-"))


def _name_by_own_words(events: Sequence[Event], turns: Sequence[Turn]) -> Iterator[tuple[int, Event]]:
    for place, word in find_own_words(events, turns).items():
        yield place, replace(events[place], socket_id=word)


def _name_by_numbers(events: Sequence[Event], turns: Sequence[Turn]) -> Iterator[tuple[int, Event]]:
    for place, number in find_numbers(events, turns).items():
        yield place, replace(events[place], socket_id=number)


def _name_by_address(
    events: Sequence[Event], turns: Sequence[Turn], starting: AbstractSet[str]
) -> Iterator[tuple[int, Event]]:
    """The events of a server whose clients are known by their addresses, where these have one connection at a time.

    `starting` are the processes that tell of the start of a server.
    """
    if not any(events[turn.place].kind in SERVER_BOUNDS and events[turn.place].is_side_sure for turn in turns):
        source = events[turns[0].place].source if turns else None
        if source not in starting:
            return  # who dials several servers may log their addresses, too
    by_name = _group(events, turns, lambda event: find_address(event.message))
    found = [(name, bounds) for name, own in by_name.items() for bounds in pair_turns(own)]
    pairs = [name for name, bounds in found if len(bounds) > 1]
    if sum(len(bounds) for _, bounds in found) < MOST * len(turns):
        return
    if len(set(pairs)) < LEAST_NAMES and len(pairs) < MANY_PAIRS:
        return
    for name, bounds in found:
        for turn in bounds:
            event = events[turn.place]
            client = event.client or Identity(ADDRESS, name)
            # Of another server it is another socket.
            yield turn.place, replace(event, socket_id=f"{event.source}/{name}", client=client, worker_id=name)
    paired = {turn.place for _, bounds in found for turn in bounds}
    for name in set(pairs):
        for turn in by_name[name]:
            event = events[turn.place]
            if event.kind in CLOSINGS and turn.place not in paired:  # one of its sockets, nobody knows which
                yield turn.place, replace(event, client=event.client or Identity(ADDRESS, name), worker_id=name)


def _group(
    events: Sequence[Event], turns: Sequence[Turn], find_name: Callable[[Event], str | None]
) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if (name := find_name(events[turn.place])) is not None:
            found[name].append(turn)
    return found


def _clear_shared_ids(events: Sequence[Event]) -> list[Event]:
    """The events without the ids that several connections had at once; one of Erlang's processes has dots."""
    turns: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for event in events:
        if event.kind in BOUNDS and event.socket_id is not None and event.socket_id.replace(".", "").isdigit():
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
