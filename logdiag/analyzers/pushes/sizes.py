"""Which sizes of messages their connections survived and which they did not: between them lies the limit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from math import comb
from operator import attrgetter
from typing import Final, NamedTuple

from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.events import EventKind
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import PushOutcome
from logdiag.rows import Rows

LONGEST_DEATH: Final = timedelta(seconds=10)  # the shortest idle limits (limits.toml): later, silence may have ended it
SAME_MESSAGE: Final = timedelta(seconds=1)  # a push and the emit that carries it are logged one after the other
FEWEST_DEAD: Final = 3  # two large ones are chance
FEWEST_PASSED: Final = 3  # as many that pass later show that the limit is gone
SMALLEST_LIMIT_BYTES: Final = 1_000  # no product in limits or docs stops smaller messages
MOST_CHANCE: Final = 1e-4  # a choice: a limit that is none sends the reader to the wrong setting


class SizedSend(NamedTuple):
    """A message of `size_bytes` (None: its line does not say) that a connection sent, and whether it was answered."""

    connection: str
    sent: datetime
    size_bytes: float | None
    outcome: PushOutcome | None
    received: bool | None
    evidence: Evidence


class Bracket(NamedTuple):
    """The largest message that was survived, the smallest that was not, and the disconnects (indices) of the latter.

    `chance_probability` is how likely it is that the dead are the largest of all `of_count` messages by luck.
    `later_bytes`: how large the largest was that was survived once none died any more, from `later_time` on, if larger
    than one that had died: the limit was raised.
    """

    largest_survivor_bytes: float
    smallest_dead_bytes: float
    of_count: int
    chance_probability: float
    disconnect_indices: frozenset[int]
    later_bytes: float | None = None
    later_time: datetime | None = None


class _Fate(NamedTuple):
    """What became of a message of known size: the index of the disconnect that it died of, or None."""

    sent: datetime
    size_bytes: float
    disconnect_index: int | None


def list_sends(timeline: Rows, attempts: Sequence[Attempt]) -> tuple[SizedSend, ...]:
    """Every push and every emit in the order of time; an emit that only repeats the push before it is left out."""
    pushes = [
        SizedSend(push.connection, push.started, push.sent_bytes, push.outcome, push.received, push.evidence[0])
        for push in attempts
    ]
    sends: dict[str, list[SizedSend]] = defaultdict(list)
    for send in sorted(chain(pushes, _list_emits(timeline)), key=lambda send: (send.sent, send.evidence.line)):
        before = sends[send.connection][-1] if sends[send.connection] else None
        if before is None or not _is_emit_of(before, send):
            sends[send.connection].append(send)
    return tuple(chain.from_iterable(sends.values()))


def _list_emits(timeline: Rows) -> list[SizedSend]:
    rows = timeline.of_kinds({EventKind.EMIT})
    columns = (rows[name].tolist() for name in ("connection", "value", "file", "line"))
    return [
        SizedSend(connection, moment, size, None, None, Evidence(file, int(line)))
        for moment, connection, size, file, line in zip(rows.moments(), *columns, strict=True)
    ]


def _is_emit_of(before: SizedSend, send: SizedSend) -> bool:
    """Whether an emit tells of the push whose start was logged before: no other size, and at once."""
    is_emit, was_push = send.outcome is None, before.outcome is not None
    return (
        is_emit
        and was_push
        and send.size_bytes in {None, before.size_bytes}
        and send.sent - before.sent <= SAME_MESSAGE
    )


def find_bracket(sends: Sequence[SizedSend], drops: Sequence[Disconnect], reach_ms: float) -> Bracket | None:
    """The bracket of the limit (docs/methods.md, "Pushes"), if every message above some size died and none below.

    A message died if its connection did within 10 s, unanswered and before another was sent; it was survived if it
    was answered or another was sent first. What ends otherwise tells nothing. An answer that was logged up to
    `reach_ms` before the end is none: an emit does not wait. With all sizes equally likely to be hit, the n dead are
    the n largest of N with probability 1 / C(N, n). Where larger ones pass after the last that died, the limit was
    raised: it is looked for among those before.
    """
    fates = _find_fates(sends, drops, timedelta(milliseconds=reach_ms))
    whole = _find_among(fates)
    if whole is not None or not any(fate.disconnect_index is not None for fate in fates):
        return whole
    last = max(fate.sent for fate in fates if fate.disconnect_index is not None)
    before = _find_among([fate for fate in fates if fate.sent <= last])
    if before is None:
        return None
    later = [fate for fate in fates if fate.sent > last and fate.size_bytes >= before.smallest_dead_bytes]
    if len(later) < FEWEST_PASSED:
        return None
    first = min(fate.sent for fate in later)
    return before._replace(later_bytes=max(fate.size_bytes for fate in later), later_time=first)


def _find_among(fates: Sequence[_Fate]) -> Bracket | None:
    survived = [fate.size_bytes for fate in fates if fate.disconnect_index is None]
    dead = {fate.disconnect_index: fate.size_bytes for fate in fates if fate.disconnect_index is not None}
    if len(dead) < FEWEST_DEAD or not survived:
        return None
    largest, smallest = max(survived), min(dead.values())
    total = len(survived) + len(dead)
    chance = 1 / comb(total, len(dead))
    if largest >= smallest or smallest < SMALLEST_LIMIT_BYTES or chance >= MOST_CHANCE:
        return None
    return Bracket(largest, smallest, total, chance, frozenset(dead))


def _find_fates(sends: Sequence[SizedSend], drops: Sequence[Disconnect], reach: timedelta) -> list[_Fate]:
    """The messages that were survived, and those that were not."""
    ends = _by_connection(drops)
    starts: Mapping[str, list[datetime]] = defaultdict(list)
    for send in sends:
        starts[send.connection].append(send.sent)
    fates: list[_Fate] = []
    for send in sends:
        if send.size_bytes is None:
            continue
        end = _find_next_end(ends.get(send.connection, ()), send)
        later = bisect_right(starts[send.connection], send.sent)
        others = starts[send.connection][later : later + 1]
        is_last = end is not None and not (others and others[0] < end.time)
        if end is not None and is_last and not _is_answered(send, end, reach):
            if end.time - send.sent < LONGEST_DEATH:
                fates.append(_Fate(send.sent, send.size_bytes, end.index))
        elif send.outcome == PushOutcome.OK or (end is not None and not is_last) or (end is None and others):
            fates.append(_Fate(send.sent, send.size_bytes, None))
    return fates


def _is_answered(send: SizedSend, end: Disconnect, reach: timedelta) -> bool:
    if send.received is not None:
        return send.received
    return send.outcome == PushOutcome.OK and end.time - send.sent > reach


def _by_connection(drops: Sequence[Disconnect]) -> dict[str, list[Disconnect]]:
    ends: dict[str, list[Disconnect]] = defaultdict(list)
    for drop in sorted(drops, key=attrgetter("time")):
        ends[drop.connection].append(drop)
    return ends


def _find_next_end(ends: Sequence[Disconnect], send: SizedSend) -> Disconnect | None:
    """The first disconnect after a message; with one stamp, the one whose line stands below it in the same file."""
    place = bisect_left(ends, send.sent, key=attrgetter("time"))
    while place < len(ends) and ends[place].time == send.sent and not _is_below(ends[place].evidence, send.evidence):
        place += 1
    return ends[place] if place < len(ends) else None


def _is_below(line: Evidence | None, other: Evidence) -> bool:
    return line is not None and line.file == other.file and line.line > other.line
