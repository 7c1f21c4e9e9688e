"""Names that stand at one place of a client's connect and end lines: several connections of one process.

`public websocket connected` beside `trade websocket connected`, `Websocket for BTC/USDT closed`, `[2] disconnected`,
`WebSocket closed: wss://…/ethusdt@trade`: under each name connects and ends come by turns, while those of all names
together do not. What tells that from chance is that a name opens only while it is closed and closes only while it is
open; and what tells it from two lines of one connection, that most connects of a name have a moment of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import log10
from typing import Final, NamedTuple

from logdiag.analyzers.names.turns import Turn, list_turns
from logdiag.analyzers.sides.side_clues import OVERLAPS, count_overlaps
from logdiag.events import BOUNDS, SERVER_BOUNDS, STARTS, Event, EventKind

FIRST_WORDS: Final = 8  # a choice: places that are tried from the start of a line, as many as a short sentence has
LAST_WORDS: Final = 3  # a choice: and from its end, where a reason of any length stands before the name
LONGEST_LINE: Final = 400  # a choice: characters of a message that are looked at
MOST_NAMES: Final = 50  # a choice: one process has no more connections that it names; what does not return is an id
LEAST_RETURNS: Final = 2  # connects of a name on an average: what opens once is an id, which another part follows
LEAST_NAMED: Final = 0.95  # of the lines have such a name: others are of another wording
MOST_BROKEN: Final = 0.1  # of a name's turns: a few lines get lost
BETTER: Final = 0.5  # of the turns that are out of order in all lines are in order under the names
LOG10_CHANCE: Final = -4.0  # a choice: names drawn at random fit in one of 10^4 files, of all places that are tried
APART_S: Final = 1.0  # lines of one connection tell of its connect within this
LEAST_APART: Final = 0.5  # of a name's connects: what a server cuts at once comes back together, too
_ROUND_A_WORD: Final = "[](){}<>:,;.'\"|-–"
_OF_A_CLIENT: Final = frozenset(
    {EventKind.CONNECTING, EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT, EventKind.RECEIVED, EventKind.EMIT}
)


def find_standing_names(events: Sequence[Event]) -> dict[int, str]:
    """By its place among the events, which come in order of time: the name of the connection that a line is of."""
    rows: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.kind in BOUNDS or event.kind in STARTS:
            rows[event.source].append(place)
    found: dict[int, str] = {}
    for source, places in rows.items():
        if any(events[place].kind in SERVER_BOUNDS for place in places):
            continue
        turns = list_turns(events, places)
        if (names := _find_names(events, turns)) is not None:
            found |= names
            found |= dict(_name_others(events, source, set(names.values())))
    return found


class _Choice(NamedTuple):
    """The words at one place of the connects and one of the ends that are names, by the places of the lines."""

    names: Mapping[int, str]
    broken_count: int


def _find_names(events: Sequence[Event], turns: Sequence[Turn]) -> dict[int, str] | None:
    broken_count = _count_broken(turns)
    if broken_count < OVERLAPS:
        return None
    words = {turn.place: _list_words(events[turn.place].message) for turn in turns}
    named = {turn.place: name for turn in turns if (name := events[turn.place].worker_id) is not None}
    columns = {is_open: _list_columns(words, named, turns, is_open=is_open) for is_open in (True, False)}
    pairs = list(product(columns[True].values(), columns[False].values()))
    most_chance = LOG10_CHANCE - log10(max(len(pairs), 1))
    choices = [
        choice
        for opens, closes in pairs
        if (choice := _try(events, turns, {**opens, **closes}, most_chance)) is not None
        and choice.broken_count <= (1 - BETTER) * broken_count
    ]
    best = min(choices, key=lambda one: (one.broken_count, -len(one.names)), default=None)
    return None if best is None else dict(best.names)


def _list_words(message: str) -> list[str]:
    return [word.strip(_ROUND_A_WORD) for word in message[:LONGEST_LINE].split()]


def _list_columns(
    words: Mapping[int, Sequence[str]], named: Mapping[int, str], turns: Sequence[Turn], *, is_open: bool
) -> dict[int | None, dict[int, str]]:
    """By its place in a line, counted from the start or the end: the word that stands there, of each line.

    Before all others stands what the line or a key of its record names, `venue=…`: it has no place.
    """
    own = [turn.place for turn in turns if turn.is_open is is_open]
    stated = {place: named[place] for place in own if place in named}
    found: dict[int | None, dict[int, str]] = {None: stated} if 1 < len(set(stated.values())) <= MOST_NAMES * 2 else {}
    for at in (*range(FIRST_WORDS), *range(-LAST_WORDS, 0)):
        column = {
            place: words[place][at]
            for place in own
            if -len(words[place]) <= at < len(words[place]) and words[place][at]
        }
        if 1 < len(set(column.values())) <= MOST_NAMES * 2 and column not in found.values():
            found[at] = column
    return found


def _try(
    events: Sequence[Event], turns: Sequence[Turn], words: Mapping[int, str], most_chance: float
) -> _Choice | None:
    """The words as names, if they are: both connects and ends have them, and each by turns."""
    opened = Counter(words[turn.place] for turn in turns if turn.is_open and turn.place in words)
    closed = {words[turn.place] for turn in turns if not turn.is_open and turn.place in words}
    names = opened.keys() & closed
    if not 1 < len(names) <= MOST_NAMES or sum(opened[name] for name in names) < LEAST_RETURNS * len(names):
        return None
    parts: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if words.get(turn.place) in names:
            parts[words[turn.place]].append(turn)
    named_count = sum(map(len, parts.values()))
    broken_count = sum(map(_count_broken, parts.values()))
    if named_count < LEAST_NAMED * len(turns) or broken_count > MOST_BROKEN * named_count:
        return None
    if count_overlaps(sorted(_list_lives(events, parts))) < OVERLAPS or not _are_apart(events, parts):
        return None
    if _measure_chance(turns, words, names) > most_chance:
        return None
    return _Choice({turn.place: name for name, own in parts.items() for turn in own}, broken_count)


def _count_broken(turns: Sequence[Turn]) -> int:
    return sum(one.repeats(other) for one, other in pairwise(turns))


def _list_lives(events: Sequence[Event], parts: Mapping[str, Sequence[Turn]]) -> Iterator[tuple[float, float]]:
    """From when to when each name was connected, in UNIX seconds, where both lines are there."""
    for own in parts.values():
        for one, other in pairwise(own):
            if one.is_open and not other.is_open and one.starts_count == other.starts_count:
                yield events[one.place].time.timestamp(), events[other.place].time.timestamp()


def _are_apart(events: Sequence[Event], parts: Mapping[str, Sequence[Turn]]) -> bool:
    """Whether of each name most connects have a moment of their own."""
    opens = sorted(
        (events[turn.place].time.timestamp(), name) for name, own in parts.items() for turn in own if turn.is_open
    )
    moments = [moment for moment, _ in opens]
    apart: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for moment, name in opens:
        first, last = bisect_left(moments, moment - APART_S), bisect_left(moments, moment + APART_S)
        apart[name] += all(other == name for _, other in opens[first:last])
        total[name] += 1
    return all(apart[name] >= LEAST_APART * total[name] for name in parts)


def _measure_chance(turns: Sequence[Turn], words: Mapping[int, str], names: set[str]) -> float:
    """How likely names drawn at random open what is closed and close what is open, as a power of ten."""
    up: set[str] = set()
    known: set[str] = set()  # a name that was not there yet may be either
    chance, starts_count = 0.0, 0
    for turn in turns:
        name = words.get(turn.place)
        if turn.starts_count != starts_count:
            up, known, starts_count = set(), set(), turn.starts_count
        if name not in names:
            continue
        fitting = (names - up) if turn.is_open else (up | (names - known))
        if name in fitting:
            chance += log10(len(fitting) / len(names))
        else:
            chance -= log10(max(len(fitting), 1) / len(names)) if fitting else 0.0
        known.add(name)
        if turn.is_open:
            up.add(name)
        else:
            up.discard(name)
    return chance


def _name_others(events: Sequence[Event], source: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """The attempts and the traffic of a process that speak of one of its connections."""
    for place, event in enumerate(events):
        if event.source == source and event.kind in _OF_A_CLIENT:
            words = _list_words(event.message)
            told = names.intersection((*words, *(word.rpartition("=")[2] for word in words), event.worker_id))
            if len(told) == 1:
                yield place, told.pop()
