"""Who speaks over the sockets of one identity, by the names that the server hears: those of one client or of several.

A client that is back before the server notices that its old socket is dead leaves the same lines as a second client
that takes the place of the first. But over the sockets of one client the same one speaks: where lines of one wording
name another one with nearly each new socket, and never two over one socket, several clients share the identity.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeAlias

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import EventKind, Side
from logdiag.rows import Rows

LEAST_EACH: Final = 3  # a choice, as in `by_turns`: of one or two sockets another name may be a slip
LEAST_REPEATED: Final = 3  # sockets over which one spoke more than once: who names many things would have named two
MOST_MIXED: Final = 0.1  # a choice: a line that comes as its socket ends may be written after the next one's connect
MOST_CHANCE: Final = 1e-3  # a choice: each of these ends must have a newer socket right before it besides
AROUND: Final = ".,:;()[]'\"`"  # what stands around a name

Wording: TypeAlias = tuple[str, str]  # the service, and the message without the name
Heard: TypeAlias = Sequence[tuple[datetime, str]]  # when a name was heard, in order


def find_speakers(timeline: Rows, sessions: Sequence[SessionRecord]) -> dict[str, tuple[str, ...]]:
    """The names that speak by turns over the sockets of a connection, where the server alone tells: it is several."""
    own: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        if session.side is Side.SERVER and session.opened is not None:
            own[session.connection].append(session)
    heard = _list_heard(timeline) if own else {}
    found = {}
    for connection, sockets in own.items():
        others = {name.rpartition("/")[2] for name in own if name != connection}
        turns = (_list_turns(lines, sockets, others) for lines in heard.values())
        names = next((names for told in turns if (names := _name_speakers(told))), None)
        if names:
            found[connection] = names
    return found


def _list_heard(timeline: Rows) -> Mapping[Wording, Heard]:
    rows = timeline.of_kinds({EventKind.RECEIPT})
    rows = rows[rows["worker_id"].notna()]
    columns = [rows[name].tolist() for name in ("worker_id", "service", "message")]
    heard: dict[Wording, list[tuple[datetime, str]]] = defaultdict(list)
    for moment, name, service, message in zip(rows.moments(), *columns, strict=True):
        wording = " ".join("<n>" if word.strip(AROUND) == name else word for word in message.split())
        heard[service, wording].append((moment, name))
    return {wording: sorted(lines) for wording, lines in heard.items()}


def _list_turns(heard: Heard, sockets: Sequence[SessionRecord], others: Collection[str]) -> list[Counter[str]]:
    """Who was heard how often while each socket was the newest, in order; not of `others`, who have their own."""
    lines = [(moment, name) for moment, name in heard if name not in others]
    moments = [moment for moment, _ in lines]
    opens = sorted(session.opened for session in sockets if session.opened is not None)
    ends = [*opens[1:], max([*moments, *opens])]
    return [
        Counter(name for _, name in lines[bisect_right(moments, start) : bisect_left(moments, end)])
        for start, end in zip(opens, ends, strict=True)
    ]


def _name_speakers(turns: Sequence[Counter[str]]) -> tuple[str, ...]:
    """The names that take turns, beyond chance; none where two speak over one socket, or the same one over most."""
    spoken = [turn for turn in turns if turn]
    repeated = [turn for turn in spoken if turn.total() > 1]
    mixed_count = sum(len(turn) > 1 for turn in repeated)
    if len(repeated) < LEAST_REPEATED or mixed_count > MOST_MIXED * len(repeated):
        return ()
    firsts = Counter(turn.most_common(1)[0][0] for turn in spoken)
    names = tuple(sorted(name for name, count in firsts.items() if count >= LEAST_EACH))
    both = [(one, later) for one, later in pairwise(turns) if one and later]
    changes_count = sum(one.keys().isdisjoint(later) for one, later in both)
    by_chance = 1.0 - sum((count / len(spoken)) ** 2 for count in firsts.values())
    is_beyond = len(names) > 1 and binomial_greater(changes_count, len(both), by_chance) <= MOST_CHANCE
    return names if is_beyond else ()
