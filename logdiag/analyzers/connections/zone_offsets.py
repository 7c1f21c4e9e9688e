"""How far the zone of one file's clock lies from another's, measured on the sockets that both tell of.

Where no id joins a client's file to a server's, their connects do if they meet at one shift alone; and where a file
tells of no connects, as a proxy's error log, the moments at which it tells of ends, or of attempts that failed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, permutations, product
from statistics import median
from typing import Final, NamedTuple

from logdiag.analyzers.connections.proxied_sessions import find_end
from logdiag.analyzers.sides.matched_connects import Shift, match_connects, match_ends
from logdiag.events import Event, EventKind

ZONE_STEP_S: Final = 900.0  # zones lie whole quarters of an hour apart (Nepal +05:45)
FURTHEST_STEPS: Final = 26 * 4  # from UTC-12 to UTC+14
CLOCK_ERROR_S: Final = 2.0  # a network time client keeps a clock within a second, and a connect takes less than one
ONE_HOST_S: Final = 0.75  # one clock, and half of a second that a stamp in whole seconds leaves out
MOSTLY: Final = 0.9  # a user or a proxy may connect again under one id; a zone moves all
LEAST_IDS: Final = 3  # a choice: two short ids are equal by chance
LONG_ID: Final = 16  # an id of Socket.IO has 20 characters: one alone is no coincidence
MOST_PAIRS: Final = 32  # of files without a common id: under half a second
MOST_FILES: Final = 16  # that tell of one socket; an id in more is a constant

OPENS: Final = frozenset({EventKind.CONNECTED, EventKind.JOINED, EventKind.SERVER_CONNECTED, EventKind.SERVER_JOINED})
ENDS: Final = frozenset({EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED})
CLIENT_OPENS: Final = frozenset({EventKind.CONNECTED})
SERVER_OPENS: Final = frozenset({EventKind.SERVER_CONNECTED, EventKind.SERVER_JOINED})
PROXY_ENDS: Final = frozenset({EventKind.PROXY_TIMEOUT, EventKind.PROXY_SESSION})
FAILURES: Final = frozenset({EventKind.CONNECT_ERROR, EventKind.PROXY_REFUSAL})


class Witness(NamedTuple):
    """The events of one file; `is_movable`: none of its stamps names a zone."""

    path: str
    source: str
    events: Sequence[Event]
    is_movable: bool


class ZoneOffset(NamedTuple):
    """A file's clock minus that of the files it was measured against, in seconds, and by how many sockets.

    `ids_count` is 0 where other files of the same process were measured and this one goes with them.
    """

    offset_s: float
    ids_count: int


class _Step(NamedTuple):
    steps_count: int
    ids_count: int


def measure_zone_offsets(witnesses: Sequence[Witness]) -> dict[str, ZoneOffset]:
    """The files that stand in another zone than those they share sockets with, by path.

    Files whose stamps name their zone are right; where none does, the file that tells of most sockets on the server's
    side is held to be. From there each file that shares sockets is measured against one that is settled.
    """
    if not any(one.is_movable for one in witnesses):
        return {}
    steps = _compare(witnesses)
    settled = {one.path: _Step(0, 0) for one in witnesses if not one.is_movable}
    _settle(settled, steps)
    for path in _rank_servers(witnesses):
        if path in steps and path not in settled:
            settled[path] = _Step(0, 0)
            _settle(settled, steps)
    own = {
        path: ZoneOffset(step.steps_count * ZONE_STEP_S, step.ids_count)
        for path, step in settled.items()
        if step.steps_count
    }
    return own | _follow_process(witnesses, settled)


def _settle(settled: dict[str, _Step], steps: Mapping[str, Mapping[str, _Step]]) -> None:
    """Add what is measured against a settled file, directly or over others."""
    waiting = list(settled)
    while waiting:
        base = waiting.pop(0)
        for path, step in steps.get(base, {}).items():
            if path not in settled and abs(total := settled[base].steps_count + step.steps_count) <= FURTHEST_STEPS:
                settled[path] = _Step(total, step.ids_count)
                waiting.append(path)


def _follow_process(witnesses: Iterable[Witness], settled: Mapping[str, _Step]) -> dict[str, ZoneOffset]:
    """The files without a socket of their own, where all others of their process stand in one other zone."""
    known: dict[str, set[int]] = defaultdict(set)
    for one in witnesses:
        if one.path in settled:
            known[one.source].add(settled[one.path].steps_count)
    return {
        one.path: ZoneOffset(min(known[one.source]) * ZONE_STEP_S, 0)
        for one in witnesses
        if one.is_movable and one.path not in settled and len(known[one.source]) == 1 and 0 not in known[one.source]
    }


def _rank_servers(witnesses: Iterable[Witness]) -> list[str]:
    """The paths, those first that tell of most connects as the server, then of most ends: no proxy's error log."""
    opens = {one.path: sum(event.kind in SERVER_OPENS for event in one.events) for one in witnesses}
    ends = {one.path: sum(event.kind in ENDS for event in one.events) for one in witnesses}
    return sorted(opens, key=lambda path: (-opens[path], -ends[path], path))


def _compare(witnesses: Sequence[Witness]) -> dict[str, dict[str, _Step]]:
    """For each file those that share sockets with it, and how many steps they are ahead of it."""
    steps: dict[str, dict[str, _Step]] = defaultdict(dict)
    for kinds in (OPENS, ENDS):  # an end is seen late by whom a timeout tells
        for pair, gaps in _list_gaps(witnesses, kinds).items():
            base, other = pair
            step = _agree_on_steps(gaps)
            if step is not None and other not in steps[base]:
                steps[base][other] = step
    _compare_connects(witnesses, steps)
    _compare_ends(witnesses, steps)
    return steps


def _compare_connects(witnesses: Sequence[Witness], steps: dict[str, dict[str, _Step]]) -> None:
    """Add what the connects of clients and servers measure that share no socket with anyone."""
    alone = [one for one in witnesses if not steps.get(one.path)]
    clients = {one.path: _list_opens(one, CLIENT_OPENS) for one in alone}
    servers = {one.path: _list_opens(one, SERVER_OPENS) for one in alone}
    only_clients = [path for path, opens in clients.items() if opens and not servers[path]]
    only_servers = [path for path, opens in servers.items() if opens and not clients[path]]
    for client, server in islice(product(only_clients, only_servers), MOST_PAIRS):
        shift = _match_connects(clients[client], servers[server])
        if shift is not None:
            steps[server][client] = _Step(shift.steps_count, shift.connects_count)
            steps[client][server] = _Step(-shift.steps_count, shift.connects_count)


def _match_connects(client_s: Sequence[float], server_s: Sequence[float]) -> Shift | None:
    """The shift of a client's connects against a server's; connects on a wavering beat stand out at small errors."""
    for error_s in (CLOCK_ERROR_S, ONE_HOST_S):
        shift = match_connects(client_s, server_s, step_s=ZONE_STEP_S, error_s=error_s, most_steps=FURTHEST_STEPS)
        if shift is not None:
            return shift
    return None


def _compare_ends(witnesses: Sequence[Witness], steps: dict[str, dict[str, _Step]]) -> None:
    """Add what ends, or attempts that failed, measure of the files without zones that nothing else joins to anyone."""
    told = {one.path: (_list_ends(one), _list_failures(one)) for one in witnesses}
    telling = [one.path for one in witnesses if any(told[one.path])]
    movable = {one.path for one in witnesses if one.is_movable}
    alone = dict.fromkeys(path for path in telling if path in movable and not steps.get(path))
    pairs = ((path, other) for path in alone for other in telling if other not in alone or path < other)
    for path, other in islice(pairs, MOST_PAIRS):
        step = next((found for pair in zip(told[path], told[other], strict=True) if (found := _match(*pair))), None)
        if step is not None:
            steps[other][path] = step
            steps[path][other] = _Step(-step.steps_count, step.ids_count)


def _match(own_s: Sequence[float], others_s: Sequence[float]) -> _Step | None:
    """How many steps the first is ahead of the other; whichever tells of fewer moments is matched to the other's."""
    is_turned = len(own_s) > len(others_s)
    few, many = (others_s, own_s) if is_turned else (own_s, others_s)
    for error_s in (CLOCK_ERROR_S, ONE_HOST_S):
        shift: Shift | None = match_ends(few, many, step_s=ZONE_STEP_S, error_s=error_s, most_steps=FURTHEST_STEPS)
        if shift is not None:
            return _Step(-shift.steps_count if is_turned else shift.steps_count, shift.connects_count)
    return None


def _list_ends(one: Witness) -> list[float]:
    """When the connections ended that a file tells of: an application's, else a proxy's."""
    own = [event.time.timestamp() for event in one.events if event.kind in ENDS]
    if own:
        return sorted(own)
    ends = (find_end(event) for event in one.events if event.kind in PROXY_ENDS)
    return sorted(end.timestamp() for end in ends if end is not None)


def _list_failures(one: Witness) -> list[float]:
    return sorted(event.time.timestamp() for event in one.events if event.kind in FAILURES)


def _list_opens(one: Witness, kinds: frozenset[EventKind]) -> list[float]:
    return sorted(event.time.timestamp() for event in one.events if event.kind in kinds)


def _list_gaps(witnesses: Sequence[Witness], kinds: frozenset[EventKind]) -> dict[tuple[str, str], dict[str, float]]:
    """By (base, other): for each shared socket, other's first instant minus base's, in seconds."""
    times_of: dict[str, dict[str, datetime]] = defaultdict(dict)
    for one in witnesses:
        for event in one.events:
            if event.kind in kinds and event.socket_id is not None:
                times_of[event.socket_id].setdefault(one.path, event.time)
    gaps: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for socket_id, times in times_of.items():
        for base, other in _pair(times):
            gaps[base, other][socket_id] = (times[other] - times[base]).total_seconds()
    return gaps


def _pair(times: Mapping[str, datetime]) -> Iterator[tuple[str, str]]:
    return iter(()) if len(times) > MOST_FILES else permutations(times, 2)


def _agree_on_steps(gaps: Mapping[str, float]) -> _Step | None:
    """The whole number of steps that the gaps agree on, None if they do not."""
    if len(gaps) < LEAST_IDS and min(map(len, gaps)) < LONG_ID:
        return None
    steps, count = Counter(round(gap_s / ZONE_STEP_S) for gap_s in gaps.values()).most_common(1)[0]
    rest_s = median(abs(gap_s - steps * ZONE_STEP_S) for gap_s in gaps.values())
    return _Step(steps, count) if count >= MOSTLY * len(gaps) and rest_s <= CLOCK_ERROR_S else None
