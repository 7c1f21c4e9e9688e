"""Files that tell what another file tells, by another transport of one logger: a console beside a log file.

Their stamps lie a few milliseconds apart, their layout differs, and either may hold levels that the other leaves out.
Such files are of one process, and each line counts once. What two ends, or two clients, tell is never folded: they name
other sockets, or other things at other moments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, NamedTuple, TypeAlias

from logdiag.analyzers.sides.retold_ends import are_no_luck
from logdiag.events import BOUNDS, OPENINGS, Event

Key: TypeAlias = tuple[str, str, str]  # the process, what its file is named after, and its form: all rotated parts

REACH: Final = timedelta(milliseconds=5)  # two transports of one logger stamp a line within that
SLOT_S: Final = 0.01  # twice the reach: what belongs together lies in one slot or in two that touch
FEWEST_NAMED: Final = 6  # bounds with ids of sockets; a choice: as of files that are copies word for word
FEWEST_IDS: Final = 3  # a choice: two may be a server's log beside its client's
FEWEST_NAMELESS: Final = 8  # bounds without ids; a choice
NEARLY_ALL: Final = 0.95  # of the bounds: a line may be lost, or torn
MOSTLY: Final = 0.8  # of the other lines of a kind that both tell: a level that one leaves out is not always one kind's
MOST_TRANSPORTS: Final = 8  # a choice: what more files tell at once is told by clients of one moment
ENDING_CHARS: Final = 24  # of a message, which both transports write whatever stands before it
METADATA: Final = ' {"'  # as winston's printf formats append what the JSON has as keys
JOINED: Final = (
    "reason", "code", "socket_id", "worker_id", "message_id", "channel", "error", "count", "value", "client", "identity"
)  # fmt: skip


class WrittenFile(NamedTuple):
    """A file: its place, the process and the service that it is labelled with, its form, what it tells."""

    path: str
    source: str
    service: str
    form: str
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Retold:
    """What is told twice: whose process each such file is of, its lines as the other told them, those completed.

    `again` has, by the identities of the events that tell again, those which they repeat; `completed`, by theirs, these
    with all that either says; `whole` are the files that hold (nearly) nothing else.
    """

    sources: dict[str, str] = field(default_factory=dict)
    again: dict[int, Event] = field(default_factory=dict)
    completed: dict[int, Event] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)


class _Unit:
    """The rotated parts of one log."""

    def __init__(self, key: Key, files: Sequence[WrittenFile]) -> None:
        self.key = key
        self.paths = [file.path for file in files]
        self.events = sorted((event for file in files for event in file.events), key=lambda one: (one.time, one.turn))
        self.bounds = [event for event in self.events if event.kind in BOUNDS]


def find_retold_files(files: Iterable[WrittenFile]) -> Retold:
    """The files that tell what others tell by another transport; nothing for those of two ends or two clients."""
    parts: dict[Key, list[WrittenFile]] = defaultdict(list)
    for file in files:
        parts[file.source, file.service, file.form].append(file)
    found = Retold()
    if len(parts) < 2:  # most often: nothing is sorted for a log without another one
        return found
    units = {key: _Unit(key, own) for key, own in sorted(parts.items())}
    for keys in _join_ties(pair for pair in _list_candidates(units.values()) if _are_of_one(*(units[k] for k in pair))):
        _fold(units, keys, found)
    return found


def _list_candidates(units: Iterable[_Unit]) -> list[tuple[Key, Key]]:
    """The pairs of logs that tell of the same moments, often enough to be looked at."""
    slots: dict[tuple[bool, str, int], set[Key]] = defaultdict(set)
    lines = []
    for unit in units:
        for event in unit.bounds if len(unit.bounds) >= FEWEST_NAMED else ():
            key = event.kind in OPENINGS, event.socket_id or _normalize(event.message)[-ENDING_CHARS:]
            slot = int(event.time.timestamp() / SLOT_S)
            slots[*key, slot].add(unit.key)
            lines.append((unit.key, key, slot))
    hits: Counter[tuple[Key, Key]] = Counter()
    for own, key, slot in lines:
        others = set().union(*(slots.get((*key, near), ()) for near in (slot - 1, slot, slot + 1)))
        if len(others) <= MOST_TRANSPORTS:
            hits.update((own, other) for other in others if own < other)
    return sorted(pair for pair, count in hits.items() if count >= FEWEST_NAMED)


def _normalize(message: str) -> str:
    return message.partition(METADATA)[0].strip()


def _are_of_one(one: _Unit, other: _Unit) -> bool:
    """Whether two logs are written by one logger, as nearly all that both can tell of is told by both."""
    start = max(one.bounds[0].time, other.bounds[0].time) - REACH
    end = min(one.bounds[-1].time, other.bounds[-1].time) + REACH
    mine, others = ([event for event in unit.bounds if start <= event.time <= end] for unit in (one, other))
    pairs = _pair(mine, others)
    least = min(len(mine), len(others))
    if len(pairs) < max(FEWEST_NAMED, NEARLY_ALL * least):
        return False
    rest = _compare_rest(one, other)
    if rest is False or (one.key[2] == other.key[2] and rest is None):
        return False  # two programs lay out their lines alike: then they must tell the same of other things too
    if len({event.socket_id for event, _ in pairs} - {None}) >= FEWEST_IDS:
        return True
    return (
        len(pairs) >= max(FEWEST_NAMELESS, least)
        and one.key[2] != other.key[2]
        and are_no_luck((event.time for event, _ in pairs), (event.time for event in others), REACH.total_seconds())
    )


def _compare_rest(one: _Unit, other: _Unit) -> bool | None:
    """Whether both tell the same of all else; None where too little else is told by both."""
    start, end = max(one.events[0].time, other.events[0].time), min(one.events[-1].time, other.events[-1].time)
    mine, others = (
        [event for event in unit.events if event.kind not in BOUNDS and start - REACH <= event.time <= end + REACH]
        for unit in (one, other)
    )
    counts, others_counts = (Counter(event.kind for event in some) for some in (mine, others))
    least = {kind: min(counts[kind], others_counts[kind]) for kind in counts.keys() & others_counts.keys()}
    paired = Counter(event.kind for event, _ in _pair(mine, others))
    if any(count >= FEWEST_IDS and paired[kind] < MOSTLY * count for kind, count in least.items()):
        return False
    return True if sum(least.values()) >= FEWEST_NAMED else None


def _pair(one: Sequence[Event], other: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Those of the first lines that the others tell again, each with its own, in order of time."""
    times = [event.time for event in other]
    taken: set[int] = set()
    pairs = []
    for event in one:
        best: tuple[timedelta, int] | None = None
        for place in range(bisect_left(times, event.time - REACH), len(other)):
            if times[place] > event.time + REACH:
                break
            apart = abs(times[place] - event.time)
            if place not in taken and (best is None or apart < best[0]) and _is_same(event, other[place]):
                best = apart, place
        if best is not None:
            taken.add(best[1])
            pairs.append((event, other[best[1]]))
    return pairs


def _is_same(one: Event, other: Event) -> bool:
    """Whether two lines say the same of the same thing."""
    if one.kind is not other.kind:
        if not {one.kind, other.kind} <= BOUNDS or (one.kind in OPENINGS) != (other.kind in OPENINGS):
            return False
        if one.is_side_sure and other.is_side_sure:
            return False
    names = ((one.socket_id, other.socket_id), (one.reason, other.reason), (one.message_id, other.message_id))
    if any(name is not None and again is not None and name != again for name, again in names):
        return False
    said, again = _normalize(one.message), _normalize(other.message)
    return said.endswith(again) or again.endswith(said) or said in again or again in said


def _join_ties(pairs: Iterable[tuple[Key, Key]]) -> list[set[Key]]:
    groups: list[set[Key]] = []
    for pair in pairs:
        touched = [group for group in groups if not group.isdisjoint(pair)]
        groups = [group for group in groups if group not in touched] + [set(pair).union(*touched)]
    return groups


def _fold(units: dict[Key, _Unit], tied: set[Key], found: Retold) -> None:
    """Take all that the process writes for what its fullest log tells, or that for what all others tell.

    A transport that stamps for itself does so later than the logger, and by turns: the earlier stamps are the better.
    """
    hub = max((units[key] for key in sorted(tied)), key=lambda unit: len(unit.events))
    sources = {key[0] for key in tied}
    pairs: list[tuple[Event, Event]] = []
    whole: list[str] = []
    for unit in units.values():
        if unit is hub or unit.key[0] not in sources:
            continue
        own = _pair(unit.events, hub.events)
        is_told = bool(own) and len(own) >= NEARLY_ALL * len(unit.events)
        if unit.key in tied or is_told:
            pairs += own
            whole += unit.paths if is_told else ()
        if unit.key in tied or is_told or _is_mate(unit, units, tied):
            found.sources.update(dict.fromkeys(unit.paths, hub.key[0]))
    told_count = len({id(event) for _, event in pairs})
    delay = sum((event.time - first.time for first, event in pairs), start=timedelta())
    if told_count >= NEARLY_ALL * len(hub.events) and delay > timedelta():
        pairs = [(again, first) for first, again in pairs]
        whole = hub.paths
    found.whole.update(whole)
    for again, first in pairs:
        if id(again) not in found.again:
            found.completed[id(first)] = _complete(found.completed.get(id(first), first), again)
            found.again[id(again)] = first


def _is_mate(unit: _Unit, units: dict[Key, _Unit], tied: set[Key]) -> bool:
    """Whether a log lies in a folder where nothing but those tied tells of connections."""
    return not any(other.bounds for key, other in units.items() if key[0] == unit.key[0] and key not in tied)


def _complete(known: Event, again: Event) -> Event:
    """The event with what another transport says of it besides: metadata that a console leaves out, or whose it is."""
    gained = {name: getattr(again, name) for name in JOINED if getattr(known, name) is None}
    if again.is_side_sure and not known.is_side_sure:
        gained |= {"kind": again.kind, "is_side_sure": True}
    return replace(known, **gained)
