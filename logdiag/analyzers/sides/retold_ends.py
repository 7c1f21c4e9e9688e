"""One connect or end that two lines of a process tell: the library's with the socket's id, the application's without.

`41c0…: Client is gone, closing socket` and `Client disconnected` a moment later are one end. No single pair of lines
says so: of one wording nearly all lines must have a socket of their own beside them, nearly all sockets such a line,
and always the same one of the two must speak first. Two ends that fall together do so in no order, or not each time.
Where one of the two has stamps in whole seconds, as an access log, the moment of the other lies within its second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise, permutations
from typing import Final, TypeAlias

from logdiag.analyzers.sides.matched_connects import measure_chance
from logdiag.analyzers.sides.side_clues import is_library
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.deferred import compile_later
from logdiag.events import CLOSINGS, OPENINGS, SERVER_SAYS, Event

MOMENT: Final = timedelta(milliseconds=200)  # two loggers of one process tell of one moment within 50 to 100 ms
SECOND: Final = timedelta(seconds=1)  # what lies within a moment may stand in the next second of stamps in seconds
LEAST_COARSE: Final = 2  # one stamp in ms falls on a whole second once in a thousand, two next to never
MOSTLY: Final = 0.9  # of the lines, and of the sockets: a log lacks a few
LEAST_PAIRS: Final = 3  # two meet by chance
LEAST_OF_ALL: Final = 2  # beside a log of all sockets a line tells of one of them: two in a row are no luck
MOST_CHANCE: Final = 1e-4  # a choice: two ends taken for one hide one of them
MOST_WORDINGS: Final = 8  # a choice: nobody words one end in more ways
MOST_TRIED: Final = 20  # a choice: of sockets that end together, so many lines may stand between the two of one

# daphne's own lines: all WebSockets of a process pass through it to the consumers of Django Channels.
OF_ALL_SOCKETS: Final = frozenset(
    {"daphne-connect", "daphne-disconnect", "daphne-access-connect", "daphne-access-disconnect"}
)

Teller: TypeAlias = tuple[str, str | None, bool]  # the process, its name where several write one file, and its side
Wording: TypeAlias = tuple[str, str]  # the service, and what its lines have in common
Pair: TypeAlias = tuple[int, int]  # the places of a line that tells again, and of the one whose end it tells

NAMED: Final = compile_later(r"[\w.:-]*\d[\w.:-]*")  # a word with a digit: what differs from line to line
LONGEST_CHARS: Final = 300  # a wording is known by its beginning


@dataclass(frozen=True, slots=True)
class _Told:
    """The lines of one process about connects, or about ends: those that name a socket, and the others by wording."""

    named: Sequence[int]
    nameless: Mapping[Wording, Sequence[int]]


def join_retold_ends(events: Sequence[Event]) -> list[Event]:
    """The events, where a line that tells again of a socket has its id.

    Of two wordings that both name none the second is left out, and what it adds stands in the first.
    """
    tellers = {
        name_teller(event)
        for event in events
        if event.socket_id is None and (event.kind in CLOSINGS or event.kind in OPENINGS)
    }
    if not tellers:
        return list(events)
    opens, ends = _sort_out(events, OPENINGS, tellers), _sort_out(events, CLOSINGS, tellers)
    names: dict[int, str] = {}
    joined: dict[int, Event | None] = {}
    for teller, told in ends.items():
        opened = opens.get(teller, _Told((), {}))
        own = _find_names(events, opened, is_known=False)
        names |= own
        if own or not _are_of_others(opened):
            names |= _find_names(events, told, is_known=bool(own) and len(own) >= MOSTLY * _count_nameless(opened))
        joined |= _join_nameless(events, told, names)
    named = (replace(event, socket_id=names[at]) if at in names else event for at, event in enumerate(events))
    return [anew for at, event in enumerate(named) if (anew := joined.get(at, event)) is not None]


def _are_of_others(opened: _Told) -> bool:
    """Whether connects that name no socket, none of them beside one that does, show that they are of others.

    Then so are their ends.
    """
    return bool(opened.named) and _count_nameless(opened) >= LEAST_PAIRS


def _count_nameless(told: _Told) -> int:
    return sum(map(len, told.nameless.values()))


def name_teller(event: Event) -> Teller:
    """The process, its name where several write one file, and its side."""
    return event.source, event.writer, event.kind in SERVER_SAYS


def _sort_out(events: Sequence[Event], kinds: frozenset[str], tellers: set[Teller]) -> dict[Teller, _Told]:
    """The lines of these kinds, by who tells them, in order."""
    rows: dict[Teller, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.kind in kinds and (teller := name_teller(event)) in tellers:
            rows[teller].append(place)
    return {teller: _part(events, places) for teller, places in rows.items()}


def _part(events: Sequence[Event], places: list[int]) -> _Told:
    places.sort(key=lambda place: (events[place].time, events[place].file, events[place].turn))
    nameless = _group_by_wording(events, [place for place in places if events[place].socket_id is None])
    commonest = sorted(nameless.items(), key=lambda item: -len(item[1]))[:MOST_WORDINGS]
    return _Told([place for place in places if events[place].socket_id is not None], dict(commonest))


def _group_by_wording(events: Sequence[Event], places: Iterable[int]) -> dict[Wording, list[int]]:
    grouped: dict[Wording, list[int]] = defaultdict(list)
    for place in places:
        grouped[name_wording(events[place])].append(place)
    return grouped


def name_wording(event: Event) -> Wording:
    """What the lines of one place in the code have in common."""
    text = event.message[:LONGEST_CHARS]
    for value in (event.socket_id, event.client_name, event.reason):
        text = text.replace(value, "<n>") if value else text
    return event.service, NAMED.sub("<n>", text)


def _find_names(events: Sequence[Event], told: _Told, *, is_known: bool) -> dict[int, str]:
    """The socket of each line of those wordings that tell again of sockets.

    `is_known`: their connects have shown that the process tells of each socket twice.
    """
    found: dict[int, str] = {}
    if told.named:
        for again in told.nameless.values():
            pairs = _find_pairs(events, again, told.named, is_known=is_known)
            found |= {line: events[first].socket_id or "" for line, first in pairs}
    return found


def _find_pairs(events: Sequence[Event], again: Sequence[int], named: Sequence[int], *, is_known: bool) -> list[Pair]:
    """The lines of one wording with the sockets beside them: all sockets, those of one wording, or some of those.

    Empty for none.
    """
    sockets = _list_first(events, named)
    pairs = _pair_up(events, again, sockets)
    if len(pairs) < MOSTLY * len(again):
        return []
    if len(pairs) >= MOSTLY * len(sockets):
        return pairs if _is_telling(events, again, sockets, pairs, is_known=is_known) else []
    parts = [_list_first(events, own) for own in _group_by_wording(events, named).values()]
    tried = (_pair_all(events, again, own, is_known=is_known) for own in parts[:MOST_WORDINGS])
    found = max(tried, key=len, default=[])
    return found or max((_pair_part(events, again, own) for own in parts[:MOST_WORDINGS]), key=len, default=[])


def _pair_all(events: Sequence[Event], again: Sequence[int], others: Sequence[int], *, is_known: bool) -> list[Pair]:
    """The pairs of two wordings of which nearly all lines have one; empty for others."""
    if min(len(again), len(others)) < MOSTLY * max(len(again), len(others)):
        return []
    pairs = _pair_up(events, again, others)
    return pairs if _is_telling(events, again, others, pairs, is_known=is_known) else []


def _pair_part(events: Sequence[Event], again: Sequence[int], others: Sequence[int]) -> list[Pair]:
    """The pairs of a wording of which nearly all lines stand beside one of another wording that tells of more ends.

    `Player 41c0… disconnected` tells of those who had joined, the library's `connection closed` of all.
    """
    if len(again) >= len(others):
        return []
    pairs = _pair_up(events, again, others)
    return pairs if _is_telling(events, again, others, pairs, is_known=False, is_part=True) else []


def _list_first(events: Sequence[Event], places: Iterable[int]) -> list[int]:
    """Of each socket the first of these lines, in order."""
    first: dict[str | None, int] = {}
    for place in places:
        first.setdefault(events[place].socket_id, place)
    return list(first.values())


def _pair_up(events: Sequence[Event], again: Sequence[int], others: Sequence[int]) -> list[Pair]:
    """Each of the lines with one of its own among the others, in order and within a moment; too few mean none."""
    before, after = _find_reach(events, again, others)
    taken: set[int] = set()
    pairs: list[Pair] = []
    start = 0
    for done_count, line in enumerate(again):
        if done_count - len(pairs) > (1 - MOSTLY) * len(again):
            return []
        moment = events[line].time
        while start < len(others) and (start in taken or events[others[start]].time < moment - before):
            start += 1
        place = start
        while place < min(len(others), start + MOST_TRIED) and events[others[place]].time <= moment + after:
            if place not in taken and _may_be_one(events[line], events[others[place]]):
                taken.add(place)
                pairs.append((line, others[place]))
                break
            place += 1
    return pairs


def _find_reach(events: Sequence[Event], again: Sequence[int], others: Sequence[int]) -> tuple[timedelta, timedelta]:
    """How far before one of the lines the other line on the same end may be stamped, and how far after it."""
    is_coarse, are_coarse = (_has_whole_seconds(events, places) for places in (again, others))
    if is_coarse and are_coarse:
        return SECOND, SECOND
    # Whole seconds are cut, not rounded: what they stamp came within the second after it.
    if are_coarse and len(others) >= LEAST_COARSE:
        return SECOND + MOMENT, MOMENT
    if is_coarse and len(again) >= LEAST_COARSE:
        return MOMENT, SECOND + MOMENT
    return MOMENT, MOMENT


def _has_whole_seconds(events: Sequence[Event], places: Sequence[int]) -> bool:
    return not any(events[place].time.microsecond for place in places)


def _may_be_one(one: Event, other: Event) -> bool:
    """Whether nothing that two lines name tells them apart."""
    if one.reason is not None and other.reason is not None and one.reason != other.reason:
        return False
    name, other_name = one.client_name, other.client_name
    return name is None or other_name is None or name == other_name


def _is_telling(
    events: Sequence[Event],
    again: Sequence[int],
    others: Sequence[int],
    pairs: Sequence[Pair],
    *,
    is_known: bool,
    is_part: bool = False,
) -> bool:
    """Whether nearly all have a partner, more than chance gives them, and the same of the two speaks first.

    `is_part`: the others may tell of more.
    """
    if not pairs or len(pairs) < MOSTLY * (len(again) if is_part else max(len(again), len(others))):
        return False
    orders = [_is_later(events[line], events[first]) for line, first in pairs]
    if max(sum(orders), len(orders) - sum(orders)) < MOSTLY * len(orders):
        return False
    if is_known or _stand_beside_all(events, again, others, pairs):
        return True
    return are_no_luck(
        (events[line].time for line, _ in pairs),
        (events[place].time for place in others),
        sum(_find_reach(events, again, others), timedelta()).total_seconds() / 2,
    )


def _stand_beside_all(
    events: Sequence[Event], again: Sequence[int], others: Sequence[int], pairs: Sequence[Pair]
) -> bool:
    """Whether each line stands beside one of its own of a log that tells of all sockets, and none of either is left."""
    if len(pairs) < LEAST_OF_ALL or not len(pairs) == len(again) == len(others):
        return False
    steps = {events[line].turn - events[first].turn for line, first in pairs}
    files = {(events[line].file, events[first].file) for line, first in pairs}
    return (
        all(events[place].rule in OF_ALL_SOCKETS for place in others)
        and all(file == other_file for file, other_file in files)
        and steps in ({1}, {-1})
    )


def are_no_luck(paired: Iterable[datetime], others: Iterable[datetime], reach_s: float) -> bool:
    """Whether so many lines stand within reach of one of the others as chance puts there next to never."""
    moments = _merge_moments(paired)
    if len(moments) < LEAST_PAIRS:
        return False
    chance = measure_chance(moments, _merge_moments(others), reach_s)
    return binomial_greater(len(moments), len(moments), chance) <= MOST_CHANCE


def _merge_moments(times: Iterable[datetime]) -> list[float]:
    """The moments of lines in order, UNIX seconds, what comes in one moment once: a cut ends many sockets."""
    times_s = sorted(moment.timestamp() for moment in times)
    return times_s[:1] + [later for one, later in pairwise(times_s) if later - one > SECOND.total_seconds()]


def _is_later(one: Event, other: Event) -> bool:
    if one.file == other.file:
        return one.turn > other.turn
    return one.time > other.time


def _join_nameless(events: Sequence[Event], told: _Told, names: Mapping[int, str]) -> dict[int, Event | None]:
    """Of two lines that name no socket, the one that says more, completed; None for the other one.

    They are of one service, or one of them is of a library's own logger: all sockets of the process pass through it.
    """
    wordings = {key: own for key, own in told.nameless.items() if not any(place in names for place in own)}
    joined: dict[int, Event | None] = {}
    for (one, again), (other, first) in permutations(wordings.items(), 2):
        are_of_one = one[0] == other[0] or is_library(one[0]) or is_library(other[0])
        if not are_of_one or any(place in joined for place in (*again, *first)):
            continue
        pairs = _pair_all(events, again, first, is_known=False)
        later = [pair for pair in pairs if _is_later(*(events[place] for place in pair))]
        for pair in later if pairs else _pair_part(events, again, first):
            joined |= _join_lines(events, pair)
    return joined


def _join_lines(events: Sequence[Event], pair: Pair) -> dict[int, Event | None]:
    """Both lines as one: that of the first, or of the second where that alone states a reason."""
    left, kept = pair
    if events[kept].reason is None and events[left].reason is not None:
        kept, left = left, kept
    one, other = events[kept], events[left]
    added = {
        name: getattr(one, name) or getattr(other, name) for name in ("reason", "code", "error", "worker_id", "client")
    }
    return {kept: replace(one, **added), left: None}
