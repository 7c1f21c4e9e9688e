"""Clients that a server lets connect and turns away for their token, in a line that names no socket.

`Invalid token: 4f1c…` may be about any request. It is about a socket where such lines stand between a connect and
the end of that, each alone and at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lifecycles.pairs import Series, is_foreign_series
from logdiag.parsers.lifecycles.reasons import UNTRUSTED
from logdiag.parsers.lifecycles.sightings import CLOSING

LEAST_TURNED_AWAY: Final = 3  # as `refused.LEAST_REFUSED`
AT_ONCE: Final = timedelta(seconds=2)  # a choice: a server that asks nobody else knows sooner
NEARLY_ALL: Final = 0.8  # a choice: clients that come at the same time hide each other
COMPLAINTS: Final = frozenset({"warn", "warning", "error", "err", "fatal", "critical"})
_WORDS: Final = compile_later(
    rf"(?i)(?<![a-z])(?:{UNTRUSTED}|(?:no|missing|bad) token|invalid (?:credentials|api[ -]?key)"
    r"|auth(?:entication|ori[sz]ation)? (?:has )?failed|not (?:authenticated|authori[sz]ed))(?![a-z])"
)


_Place: TypeAlias = tuple[datetime, int]  # when, and the number of the line


class _Life(NamedTuple):
    """A connect and the end behind it, with nothing of either between them."""

    opening: _Place
    closing: _Place


def find_turned_away(series: Sequence[Series]) -> list[Series]:
    """The wordings not known whose lines complain of a token, nearly each within a life of its own, a short one."""
    told = [one for one in series if one.kind is None and not is_foreign_series(one) and _complains(one)]
    lives = _list_lives(series) if told else {}
    found = [one for one in told if sum(_is_within(one, lives)) >= NEARLY_ALL * len(one.sightings)]
    return found if sum(len(one.sightings) for one in found) >= LEAST_TURNED_AWAY else []


def _complains(one: Series) -> bool:
    return all(row.record.level in COMPLAINTS and _WORDS.search(row.record.message) for row in one.sightings)


def _list_lives(series: Sequence[Series]) -> Mapping[tuple[str, str], list[_Life]]:
    """The short lives of each stream, as a server tells them, by time."""
    turns: dict[tuple[str, str], list[tuple[datetime, int, bool]]] = defaultdict(list)
    for row in (row for one in series for row in one.sightings):
        if row.kind is EventKind.SERVER_CONNECTED or row.kind in CLOSING:
            turns[row.stream].append((row.time, row.number, row.kind in CLOSING))
    return {stream: list(_pair_up(sorted(rows))) for stream, rows in turns.items()}


def _pair_up(rows: Sequence[tuple[datetime, int, bool]]) -> Iterator[_Life]:
    for (opened, first, is_close), (closed, last, closes) in pairwise(rows):
        if not is_close and closes and closed - opened <= AT_ONCE:
            yield _Life((opened, first), (closed, last))


def _is_within(one: Series, lives: Mapping[tuple[str, str], list[_Life]]) -> Iterator[bool]:
    """Of each line, whether it stands in a life in which no other of its wording does."""
    taken = set[tuple[tuple[str, str], int]]()
    for row in one.sightings:
        mine = lives.get(row.stream, [])
        at = (row.time, row.number)
        place = bisect_left(mine, at, key=lambda life: life.closing)
        is_new = (row.stream, place) not in taken
        taken.add((row.stream, place))
        yield is_new and place < len(mine) and mine[place].opening <= at
