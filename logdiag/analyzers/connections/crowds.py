"""Rows of lines that several connections wrote at once, and in which nothing tells these apart.

Of one connection connects and ends come by turns, but for lines that are lost. Two connects in a row beside two ends in
a row, again and again, or many connects before any end, would need more losses, at one place, than there are elsewhere:
so it is not one connection. Nobody knows then how long one of them was up or away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from logdiag.analyzers.connections.failed_attempts import NEVER_OPENED, TRIES
from logdiag.analyzers.connections.open_sessions import NUMBERED
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import CLIENT_SAYS, CLOSINGS, OPENINGS, STARTS, EventKind
from logdiag.rows import Rows

LEAST_LOST: Final = 0.05  # a choice: of the lines may be lost without another sign of it
MOST_LOST: Final = 0.3  # a choice: nobody keeps a log that lacks more, so more pairs than that are no losses
MOST_CHANCE: Final = 1e-3  # a choice: four connects before any end of many, four times `ccdd`
MOMENT_S: Final = 1.0  # a handler that is registered twice tells of everything twice within it
AT_ONCE_S: Final = 0.05  # a choice: nobody dials anew, and gives that up, within 50 ms of an end
_OPENS: Final = frozenset(kind.value for kind in OPENINGS & CLIENT_SAYS)
_CLOSES: Final = frozenset(kind.value for kind in CLOSINGS & CLIENT_SAYS)
_STARTS: Final = frozenset(kind.value for kind in STARTS)
_TRIES: Final = frozenset(kind.value for kind in TRIES)


class Crowd(NamedTuple):
    """How many connections were open at once at the least; `may_be_runs`: or one program was started as often.

    It may have been where nothing but many connects before the first end tells of a crowd, and no line of a start.
    """

    least_count: int
    may_be_runs: bool


class _Run(NamedTuple):
    """Lines of one kind that follow each other: how many, and whether they are spread over more than a moment."""

    is_open: bool
    lines_count: int
    is_spread: bool
    is_first: bool


def find_crowds(timeline: Rows) -> dict[str, Crowd]:
    """By connection: how many were open at once at the least, where those of one row are certain to be several."""
    rows = timeline.of_kinds(_OPENS | _CLOSES | _STARTS)
    names = ("kind", "message", "socket_id")
    columns = {name: rows[name].tolist() for name in names}
    times = rows.moments()
    found = {}
    for name, places in rows.group("connection"):
        if any(columns["socket_id"][place] for place in places):
            continue
        runs = list(_list_runs([(columns["kind"][one], columns["message"][one], times[one]) for one in places]))
        if (crowd := _count_at_once(runs)).least_count > 1:
            found[name] = crowd
    return found


def _list_runs(lines: Sequence[tuple[str, str, datetime]]) -> Iterator[_Run]:
    """The runs of one row in order; two wordings may tell of one moment, so a line of another one begins a new run."""
    own: list[datetime] = []
    last, is_first = "", True
    for kind, message, moment in lines:
        word = "" if kind in _STARTS else f"{kind} {NUMBERED.sub('', message)}"
        if word != last and own:
            yield _make_run(last, own, is_first=is_first)
            own, is_first = [], False
        if word:
            own.append(moment)
        else:
            is_first = False
        last = word
    if own:
        yield _make_run(last, own, is_first=is_first)


def _make_run(word: str, moments: Sequence[datetime], *, is_first: bool) -> _Run:
    length_s = (moments[-1] - moments[0]).total_seconds()
    return _Run(word.partition(" ")[0] in _OPENS, len(moments), length_s > MOMENT_S, is_first)


def _count_at_once(runs: Sequence[_Run]) -> Crowd:
    """How many were open, or away, at once at the least; 1 where one connection may have written all of it."""
    first = runs[0] if runs and runs[0].is_first and runs[0].is_open and runs[0].is_spread else None
    rest = runs[1:] if first is not None else runs
    joined = list(_list_answered(rest))
    long_count = sum(run.lines_count > 1 for run in rest)
    lost = min(max(LEAST_LOST, long_count / max(len(rest), 1)), MOST_LOST)
    chance = binomial_greater(len(joined), max(len(rest) // 2, 1), lost**2) if joined else 1.0
    if first is not None and len(rest) > 1:
        chance *= max(lost, _measure_unended(rest)) ** (first.lines_count - 1)
    if chance > MOST_CHANCE:
        return Crowd(1, may_be_runs=False)
    answered = (min(one.lines_count, other.lines_count) for one, other in joined)
    return Crowd(max(2, first.lines_count if first else 2, *answered), may_be_runs=not joined)


def _measure_unended(runs: Sequence[_Run]) -> float:
    """Which share of the connects after the first run has no end beside it.

    A crowd that is open from the first run on keeps its number: what ends is dialled anew. Where connects go on to come
    without ends, as of a program that is stopped and run again without a word, those of the first run may be such, too.
    """
    opened_count = sum(run.lines_count for run in runs if run.is_open)
    closed_count = sum(run.lines_count for run in runs if not run.is_open)
    return max(0.0, 1.0 - closed_count / opened_count) if opened_count else 0.0


def _list_answered(runs: Sequence[_Run]) -> Iterator[tuple[_Run, _Run]]:
    """Several ends with several connects right behind them, or the reverse: none of them in two pairs."""
    place = 0
    while place + 1 < len(runs):
        one, other = runs[place], runs[place + 1]
        is_pair = one.is_open is not other.is_open and min(one.lines_count, other.lines_count) > 1
        if is_pair and (one.is_spread or other.is_spread):
            yield one, other
            place += 1
        place += 1


def find_parallel_attempts(timeline: Rows) -> set[str]:
    """The rows in which an attempt is given up so soon after an end that it had begun before: two sockets at once.

    Which of them the connects and the next ends are of, no line says.
    """
    rows = timeline.of_kinds(_OPENS | _CLOSES | _TRIES | {EventKind.CONNECT_ERROR})
    kinds, errors = rows["kind"].tolist(), rows["error"].tolist()
    times = rows.moments()
    found = set()
    for name, places in rows.group("connection"):
        for before, place in pairwise(places):
            is_given_up = kinds[place] == EventKind.CONNECT_ERROR and NEVER_OPENED.search(errors[place] or "")
            if is_given_up and kinds[before] in _CLOSES and (times[place] - times[before]).total_seconds() <= AT_ONCE_S:
                found.add(name)
    return found


def forget_crowds(sessions: tuple[SessionRecord, ...], crowds: Collection[str]) -> tuple[SessionRecord, ...]:
    """The same sessions; of a row of several connections nothing is left but the ends that its lines tell of."""
    if not crowds:
        return sessions
    return tuple(
        _leave_end(one) if one.connection in crowds else one
        for one in sessions
        if one.connection not in crowds or one.has_end_line
    )


def _leave_end(session: SessionRecord) -> SessionRecord:
    return replace(session, opened=None, reopened=None, next_closed=None, open_evidence=None, restarted=False)
