"""Clients that a server turned away for their credentials, by its own lines: of how many, before which ends.

Such a line stands before the end of the socket that it is about, or of one that never came in: only the former tells
why a connection ended. What names no socket belongs to the ends of its file only where both come by turns, or where it
says that it disconnects somebody and the ends follow at once. Who is ended so had come in: no connect was refused.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from logdiag.analyzers.attempts.credential_words import REFUSED_ELSEWHERE
from logdiag.analyzers.processes.start_lines import VALUE
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import REFUSED_CREDENTIALS
from logdiag.rows import Rows
from logdiag.verdict import Severity

LEAST_REFUSALS: Final = 3  # a choice, as `health.LEAST_REFUSALS`: fewer are a scanner's, or a tab's that was left open
REACH: Final = timedelta(seconds=2)  # a choice, as `kicks.KICK_REACH`: who is turned away is gone this soon
KICK_LAG: Final = timedelta(milliseconds=50)  # a choice: the server writes of a kick as it kicks
NEARLY_ALL: Final = 0.8  # a choice: a few lines get lost, and a few sockets go by themselves
LONGEST_TOLD: Final = 100  # a choice: a line and a half of a terminal
CREDENTIALS: Final = compile_later(
    r"(?i)unauthori[sz]ed|unauthenticated|not (?:authenticated|authori[sz]ed)|\bauth\w* (?:failed|failure|required)"
    r"|\bjwt\b|credentials|forbidden|\bbanned\b|\b(?:no|invalid|missing|expired|bad) (?:\w+ )?token\b"
    r"|\btoken (?:is |has |was )?(?:been )?(?:expired|invalid|missing|revoked|required)|未授权|未认证|鉴权失败|认证失败"
    rf"|{REFUSED_ELSEWHERE}"
)
_BY_PEOPLE: Final = compile_later(r"(?i)\bbann|kick|admin|moderator")  # they throw out whoever came in rightly
_JOINERS: Final = compile_later(r"(?<=[^\W_])[_.](?=[^\W_])|(?<=[a-z])(?=[A-Z])")  # of the words of a name in code
_ADDRESS: Final = compile_later(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}:\d{2,5}(?![\d.])")
_KINDS: Final = (EventKind.SERVER_ERROR, EventKind.SERVER_KICK)
_CONNECTS: Final = (EventKind.SERVER_CONNECTED, EventKind.CONNECTED)
_ENDS: Final = (EventKind.SERVER_DISCONNECTED, EventKind.DISCONNECTED)
_Opens: TypeAlias = Mapping[tuple[str, str | None], Sequence[datetime]]  # when, by file and name of the socket


class Refusal(NamedTuple):
    """A line by which a server turns a client away; `name`: the id or the address of its socket, if it tells one.

    `is_kick`: it ends a connection, which may have been open for long.
    """

    time: datetime
    name: str | None
    told: str
    evidence: Evidence
    is_kick: bool = False


@dataclass(frozen=True, slots=True)
class FollowedEnd:
    """An end on the clock of the file that tells it; `index` is that of the disconnect."""

    index: int
    time: datetime
    name: str | None
    evidence: Evidence


def list_refusals(timeline: Rows) -> list[Refusal]:
    """The lines of a server that speak of credentials, in the order of time."""
    rows = timeline.of_kinds(_KINDS)
    columns = (rows[name].tolist() for name in ("message", "error", "socket_id", "kind", "file", "line"))
    found = []
    for moment, message, error, socket, kind, file, line in zip(rows.moments(), *columns, strict=True):
        if CREDENTIALS.search(f"{message} {error or ''}"):
            address = None if socket else _ADDRESS.search(message or "")
            name = socket or (address[0] if address else None)
            told, place = VALUE.sub("…", message or ""), Evidence(file, int(line))
            found.append(Refusal(moment, name, told, place, kind == EventKind.SERVER_KICK))
    return sorted(found, key=lambda one: (one.time, one.evidence.file, one.evidence.line))


@lru_cache(maxsize=4_096)  # a fleet states few reasons
def unjoin(reason: str) -> str:
    """A reason that is a name in code, in words: `token_expired`, `auth.tokenExpired`; others as they are."""
    return reason if " " in reason else _JOINERS.sub(" ", reason)


@lru_cache(maxsize=1_024)  # a fleet states few reasons
def states_refusal(reason: str) -> bool:
    """Whether the reason of an end is that credentials were refused, or hold no longer: `token_expired`."""
    words = unjoin(reason)
    return CREDENTIALS.search(words) is not None and _BY_PEOPLE.search(words) is None


def pair_with_ends(refusals: Sequence[Refusal], ends: Iterable[FollowedEnd]) -> Mapping[int, Refusal]:
    """By the index of a disconnect: the line by which the server turned that client away, right before.

    A line that names a socket is about its end alone. The others of a file count only where nearly each of them has
    exactly one end before the next, within 2 s: else the end may be another client's. Lines that say that they
    disconnect somebody are held apart from those that say no more than a refusal, and may also stand right before an
    end, 50 ms at the most: a check of all clients ends several at once, each with a line of its own.
    """
    listed = sorted(ends, key=lambda end: (end.time, end.evidence.line))
    named = {(one.name, one.evidence.file): one for one in refusals if one.name is not None}
    found = {}
    of_file: dict[str, list[FollowedEnd]] = defaultdict(list)
    for end in listed:
        of_file[end.evidence.file].append(end)
        one = None if end.name is None else named.get((end.name, end.evidence.file))
        if one is not None and timedelta(0) <= end.time - one.time <= REACH:
            found[end.index] = one
    nameless: dict[tuple[str, bool], list[Refusal]] = defaultdict(list)
    for one in refusals:
        if one.name is None:
            nameless[one.evidence.file, one.is_kick].append(one)
    for (file, is_kick), rows in nameless.items():
        turns = list(_take_turns(rows, of_file[file]))
        if is_kick:
            turns = max(turns, list(_take_next(rows, of_file[file])), key=len)
        if len(rows) >= LEAST_REFUSALS and len(turns) >= NEARLY_ALL * len(rows):
            found |= {end.index: one for one, end in turns}
    return found


def _take_next(rows: Sequence[Refusal], ends: Sequence[FollowedEnd]) -> Iterable[tuple[Refusal, FollowedEnd]]:
    """Each line with the first end behind it, within 50 ms, that no line before it has taken."""
    taken = 0
    for one in rows:
        first = bisect_right(ends, (one.time, one.evidence.line), key=lambda end: (end.time, end.evidence.line))
        taken = max(taken, first)
        if taken < len(ends) and ends[taken].time - one.time <= KICK_LAG:
            yield one, ends[taken]
            taken += 1


def _take_turns(rows: Sequence[Refusal], ends: Sequence[FollowedEnd]) -> Iterable[tuple[Refusal, FollowedEnd]]:
    """The refusals that exactly one end stands behind before the next one, soon."""
    places = [(end.time, end.evidence.line) for end in ends]
    for number, one in enumerate(rows):
        first = bisect_right(places, (one.time, one.evidence.line))
        last = len(places)
        if number + 1 < len(rows):
            last = bisect_left(places, (rows[number + 1].time, rows[number + 1].evidence.line))
        if last - first == 1 and ends[first].time - one.time <= REACH:
            yield one, ends[first]


def find_turned_away(timeline: Rows) -> tuple[Finding, ...]:
    """How many of the connects the server turned away for their credentials, and in which words.

    Whom it throws out later had come in. A client's own log tells of the same connects once more.
    """
    refusals = list_refusals(timeline)
    connects = timeline.of_kinds(_CONNECTS)
    own = connects[connects["file"].isin({one.evidence.file for one in refusals})]
    connects = connects if not len(own) else own
    refusals = _drop_later(refusals, timeline, connects)
    if len(refusals) < LEAST_REFUSALS:
        return ()
    ((told, told_count),) = Counter(one.told for one in refusals).most_common(1)
    numbers: dict[str, Number] = {
        "count": len(refusals),
        "of_count": _count_tries(refusals, connects),
        "told": told[:LONGEST_TOLD],
        "told_count": told_count,
        "first_time": refusals[0].time.isoformat(),
        "last_time": refusals[-1].time.isoformat(),
    }
    return (Finding(REFUSED_CREDENTIALS, Severity.INFO, numbers, tuple(one.evidence for one in refusals[:SHOWN])),)


def _drop_later(refusals: Sequence[Refusal], timeline: Rows, connects: Rows) -> list[Refusal]:
    """The refusals without those that end a connection whose connect, as its file tells it, lies further back.

    A line that names nobody is about the socket whose end follows it, if that has a name. Else it is held against the
    last connect of its file, which may be another client's: what holds of most such lines of a file holds of all.
    """
    opens: dict[tuple[str, str | None], list[datetime]] = defaultdict(list)
    columns = (connects["file"].tolist(), connects["socket_id"].tolist())
    for moment, file, name in sorted(zip(connects.moments(), *columns, strict=True), key=lambda row: row[0]):
        opens[file, name].append(moment)
    ended = {one.evidence: name for one, name in _list_ended(refusals, timeline)}
    kept, nameless = [], defaultdict[str, list[Refusal]](list)
    for one in refusals:
        name = ended.get(one.evidence, one.name)
        if name is None and one.is_kick:
            nameless[one.evidence.file].append(one)
        elif name is None or not (one.is_kick or one.evidence in ended) or not _had_come_in(one, name, opens):
            kept.append(one)
    for rows in nameless.values():
        later_count = sum(_had_come_in(one, None, opens) for one in rows)
        kept += rows if 2 * later_count <= len(rows) else ()
    return sorted(kept, key=lambda one: (one.time, one.evidence.file, one.evidence.line))


def _list_ended(refusals: Sequence[Refusal], timeline: Rows) -> Iterable[tuple[Refusal, str]]:
    """The lines that an end follows as its own, with the name of the socket that ends."""
    rows = timeline.of_kinds(_ENDS)
    columns = [rows[name].tolist() for name in ("socket_id", "file", "line")]
    ends = [
        FollowedEnd(number, moment, name, Evidence(file, int(line)))
        for number, (moment, name, file, line) in enumerate(zip(rows.moments(), *columns, strict=True))
    ]
    for number, one in pair_with_ends(refusals, ends).items():
        name = ends[number].name
        if name is not None:
            yield one, name


def _had_come_in(one: Refusal, name: str | None, opens: _Opens) -> bool:
    mine = opens.get((one.evidence.file, name), ())
    place = bisect_right(mine, one.time)
    return place > 0 and one.time - mine[place - 1] > REACH


def _count_tries(refusals: Sequence[Refusal], connects: Rows) -> int:
    """All connects, and the tries that were turned away before they were one.

    A connect may be told by several lines, of which one names its socket. Refusals without a name are of the connects
    that are told where they come by turns with these, each soon after one: else they were turned away before.
    """
    columns = [connects[name].tolist() for name in ("file", "line", "socket_id")]
    rows = sorted(zip(connects.moments(), *columns, strict=True), key=lambda row: row[:3])
    named = {(file, name) for _, file, _, name in rows if name is not None}
    telling = {file for file, _ in named}
    bare = [(moment, file, int(line)) for moment, file, line, _ in rows if file not in telling]
    first_told = {(file, name): (moment, file, int(line)) for moment, file, line, name in reversed(rows) if name}
    opens = sorted([*bare, *first_told.values()])
    known = {name for _, name in named}
    outside = sum(one.name is not None and one.name not in known for one in refusals)
    nameless = [(one.time, one.evidence.file, one.evidence.line) for one in refusals if one.name is None]
    before = [bisect_left(opens, place) for place in nameless]
    moments = [one.time for one in refusals if one.name is None]
    by_turns = sum(
        after - first == 1 and moment - opens[after - 1][0] <= REACH
        for (first, after), moment in zip(pairwise([0, *before]), moments, strict=True)
    )
    if by_turns < NEARLY_ALL * len(nameless):
        outside += len(nameless)
    return len(known) + len(bare) + outside
