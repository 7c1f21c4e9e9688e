"""What tells on which side of its connections a service writes: the clues, from the surest to the weakest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeAlias

from logdiag.analyzers.names.returning_ids import OF_ONE_SOCKET, is_returning, is_shared
from logdiag.analyzers.sides.bare_ends import is_bare
from logdiag.deferred import compile_later
from logdiag.events import CLOSINGS, OPENINGS, Event, EventKind, Interpreter, Side

# Kinds that only a line of that side has, where its words could tell.
WORDS: Final[Mapping[EventKind, Side]] = {
    EventKind.CONNECTED: Side.CLIENT,
    EventKind.DISCONNECTED: Side.CLIENT,
    EventKind.SERVER_CONNECTED: Side.SERVER,
    EventKind.SERVER_JOINED: Side.SERVER,
    EventKind.SERVER_DISCONNECTED: Side.SERVER,
    EventKind.SERVER_KICK: Side.SERVER,
}
TRIES: Final = frozenset({EventKind.CONNECTING, EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT})
# Socket.IO 2 to 4 (lib/socket.js of both sides); python-socketio 5.
REASONS: Final[Mapping[str, Side]] = {
    "io server disconnect": Side.CLIENT,
    "io client disconnect": Side.CLIENT,
    "client namespace disconnect": Side.SERVER,
    "server namespace disconnect": Side.SERVER,
    "server shutting down": Side.SERVER,
    "forced server close": Side.SERVER,
}
# The loggers of the libraries themselves.
LIBRARIES: Final = (
    (
        Side.SERVER,
        compile_later(
            r"(?:engineio|socketio)\.server|socket\.io:(?:server|namespace)|engine(?:\.io)?:server|websockets\.server"
            r"|^(?:(?:uvicorn|daphne|hypercorn|gunicorn)(?:\.\w+)*|puma|ActionCable|Phoenix\.(?:Endpoint|Socket|Channel)"
            r"|tornado\.access|(?:SingleUser)?(?:Lab|Notebook|Server)App|JupyterHub)(?![\w-])"
        ),
    ),
    (Side.CLIENT, compile_later(r"(?:engineio|socketio)\.client|(?:socket|engine)\.io-client(?![\w-])")),
)
OVERLAP_S: Final = 1.0  # a client that replaces its socket has two for a moment
OVERLAPS: Final = 2  # one may be a close that was not logged
CROWD: Final = 10  # sockets open at once in one process: whatever its words say, it is no client
MAJORITY: Final = 2.0  # times as many words of one side: a gateway is also somebody's client
LEAST_PAIRS: Final = 3  # connects and disconnects in turn: fewer are no order
LEAST_IN_TURN: Final = 6  # of so many sessions of clients that know nothing of each other two are open at once
MOSTLY_OPEN: Final = 0.7  # of the time: clients that come and go leave a server alone as often, or they overlap
MOSTLY_OWN_PORTS: Final = 0.7  # of the ends: 28,000 ports are given out by turns, so that few come twice
HOST_AND_PORT: Final = compile_later(r"(?P<host>\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})")
LEAST_REQUESTS: Final = 3  # answered between the lines: a worker has a request or two of somebody who looks after it
NEARLY_ALL: Final = 0.9  # of the connects have an attempt before them: a few lines get lost
# What clients are called that may listen as well, as the hints of `parsers.lexicon`.
CLIENT_NAMES: Final = compile_later(
    r"(?i)client|worker|agent|front|device|browser|bridge|mobile|(?:^|\W)(?:bot|edge)(?:\W|$)"
)

UnitKey: TypeAlias = tuple[str, str, str]  # the process, the name of its files, the service


@dataclass(slots=True)
class Unit:
    """What one service writes in the files of one name."""

    key: UnitKey
    ruled: Counter[Side] = field(default_factory=Counter)
    is_learned: bool = True  # what rules say is what this run learned, which may be a guess
    words: Counter[Side] = field(default_factory=Counter)
    reasons: Counter[Side] = field(default_factory=Counter)
    tries: list[datetime] = field(default_factory=list)
    openings: dict[str, datetime] = field(default_factory=dict)
    closings: dict[str, datetime] = field(default_factory=dict)
    bare_closings_count: int = 0
    bare_openings_count: int = 0
    turns: list[tuple[datetime, bool]] = field(default_factory=list)
    clients: set[str] = field(default_factory=set)
    unsure: Counter[Side] = field(default_factory=Counter)
    has_returning_ids: bool = False
    signs: Counter[str] = field(default_factory=Counter)
    has_shared_ids: bool = False
    has_bare_ends: bool = False
    ended_at: dict[str, datetime] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Take in one line."""
        side = WORDS.get(event.kind)
        if side is not None:
            counts = self.unsure if not event.is_side_sure else self.words if event.rule is None else self.ruled
            counts[side] += 1
            if counts is self.ruled:
                self.is_learned = self.is_learned and event.by is not Interpreter.RULE
        if event.kind in CLOSINGS and (teller := REASONS.get(event.reason or "")) is not None:
            self.reasons[teller] += 1
        if event.kind in TRIES:
            if event.is_side_sure:
                self.tries.append(event.time)
        elif event.kind in OPENINGS:
            self._open(event)
        elif event.kind in CLOSINGS:
            self._close(event)

    def _open(self, event: Event) -> None:
        self.turns.append((event.time, True))
        if event.socket_id is None:
            self.bare_openings_count += 1
        else:
            self.openings.setdefault(event.socket_id, event.time)
            self.has_returning_ids = self.has_returning_ids or is_returning(event)
            self.has_shared_ids = self.has_shared_ids or is_shared(event)
        if event.client is not None:
            self.clients.add(event.client.value)

    def _close(self, event: Event) -> None:
        self.has_bare_ends = self.has_bare_ends or is_bare(event)
        self.turns.append((event.time, False))
        if (name := event.socket_id or event.client_name) is not None:
            self.ended_at.setdefault(name, event.time)
        if event.socket_id is None:
            self.bare_closings_count += 1
        else:
            self.closings.setdefault(event.socket_id, event.time)

    @property
    def lives(self) -> list[tuple[float, float]]:
        """From when to when each socket was open whose both ends are told, UNIX seconds, in order."""
        return sorted(
            (opened.timestamp(), closed.timestamp())
            for socket, opened in self.openings.items()
            if (closed := self.closings.get(socket)) is not None and closed > opened
        )


def is_library(service: str) -> bool:
    """Whether a service is the logger of a library, by its name."""
    return any(pattern.search(service) for _, pattern in LIBRARIES)


def _ask_library(unit: Unit) -> Side | None:
    return next((side for side, pattern in LIBRARIES if pattern.search(unit.key[2])), None)


def _ask_rules(unit: Unit) -> Side | None:
    return None if unit.is_learned and _tries_by_turns(unit) else _prefer(unit.ruled)


def _ask_reasons(unit: Unit) -> Side | None:
    return _prefer(unit.reasons)


def _ask_crowd(unit: Unit) -> Side | None:
    return Side.SERVER if not unit.tries and _count_at_once(unit.lives) >= CROWD else None


def _ask_retries(unit: Unit) -> Side | None:
    return Side.CLIENT if _tries_by_turns(unit) else None


def _tries_by_turns(unit: Unit) -> bool:
    """Whether one connection follows the other, and before each of them stands its own attempt: a client's log.

    Several lines may tell of one connect, or of one end, within a moment. A server that is somebody's client too tries
    at other times than its clients come.
    """
    if len(unit.tries) < LEAST_PAIRS - 1:
        return False
    rows = sorted(unit.turns)
    turns = rows[:1] + [
        later
        for one, later in pairwise(rows)
        if one[1] is not later[1] or (later[0] - one[0]).total_seconds() > OVERLAP_S
    ]
    gaps = [(one, later) for (one, _), (later, is_open) in pairwise(turns) if is_open]
    if len(turns) < 2 * LEAST_PAIRS or any(one is other for (_, one), (_, other) in pairwise(turns)):
        return False
    tries = sorted(unit.tries)
    tried_count = sum(bisect_left(tries, one) < bisect_right(tries, later) for one, later in gaps)
    return tried_count >= NEARLY_ALL * len(gaps)


def _ask_words(unit: Unit) -> Side | None:
    return _prefer(unit.words)


def _ask_overlaps(unit: Unit) -> Side | None:
    return Side.SERVER if unit.has_shared_ids or count_overlaps(unit.lives) >= OVERLAPS else None


def _ask_tries(unit: Unit) -> Side | None:
    return Side.CLIENT if unit.tries else None


def _ask_clients(unit: Unit) -> Side | None:
    return Side.SERVER if len(unit.clients) >= LEAST_PAIRS else None


def _ask_ended_together(unit: Unit) -> Side | None:
    """So many ends, each of another name, within a moment: they were all open at once, though no connect is told."""
    moments = sorted(unit.ended_at.values())
    together = (later - one for one, later in zip(moments, moments[CROWD - 1 :], strict=False))
    return Side.SERVER if any(apart.total_seconds() <= OVERLAP_S for apart in together) else None


def _ask_signs(unit: Unit) -> Side | None:
    """What else stands in the file: requests that were answered, how many clients there are."""
    accepts = unit.signs["accepts"] or unit.signs["access"] >= LEAST_REQUESTS
    return Side.SERVER if accepts else None


def _ask_lasted(unit: Unit) -> Side | None:
    return Side.SERVER if unit.signs["lasted"] >= LEAST_PAIRS else None


def _ask_listens(unit: Unit) -> Side | None:
    """It says that it listens, and nothing that it tries to connect: a client with a port for its health may do so.

    What the name of the file or the service says goes before that.
    """
    return Side.SERVER if unit.signs["listens"] and not any(map(CLIENT_NAMES.search, unit.key)) else None


def _ask_ids(unit: Unit) -> Side | None:
    """When a client learns of its disconnect, Socket.IO has taken the id from the socket; a server still has it.

    Ids of other forms nobody takes. What is open most of the time then, one at a time, each under an id that no other
    one has, is the one connection of a client.
    """
    if len(unit.openings) + unit.bare_openings_count < LEAST_PAIRS:
        return None
    if len(unit.lives) < LEAST_PAIRS or unit.bare_closings_count:
        return None
    is_own = not unit.has_returning_ids and not any(len(name) in OF_ONE_SOCKET for name in unit.openings)
    return Side.CLIENT if is_own and _is_one_after_the_other(unit) else Side.SERVER


def _is_one_after_the_other(unit: Unit) -> bool:
    """Whether no connection opens before the last one has ended, though most of the time one is open."""
    lives = unit.lives
    if len(lives) < LEAST_IN_TURN or any(later < end for (_, end), (later, _) in pairwise(lives)):
        return False
    starts = sorted(moment.timestamp() for moment in unit.openings.values())
    inside = sum(bisect_left(starts, end) - bisect_right(starts, start) for start, end in lives)
    return not inside and sum(end - start for start, end in lives) >= MOSTLY_OPEN * (lives[-1][1] - lives[0][0])


def _ask_turns(unit: Unit) -> Side | None:
    """One socket at a time, again and again."""
    order = [is_open for _, is_open in sorted(unit.turns)]
    alternates = all(one is not other for one, other in pairwise(order))
    return Side.CLIENT if alternates and len(order) >= 2 * LEAST_PAIRS else None


def _ask_addresses(unit: Unit) -> Side | None:
    """The ends are those of many hosts, each with a port of its own: what connects from there, not what is called.

    A client calls few hosts, and all of them at the port where they listen.
    """
    found = [(at["host"], at["port"]) for name in unit.closings if (at := HOST_AND_PORT.fullmatch(name)) is not None]
    hosts, ports = {host for host, _ in found}, {port for _, port in found}
    return Side.SERVER if len(hosts) >= LEAST_PAIRS and len(ports) > MOSTLY_OWN_PORTS * len(found) else None


def _ask_last_word(unit: Unit) -> Side | None:
    """The one line that tells of an end says no more than that: whoever serves many tells whose it is, or of more."""
    ends_count = sum(not is_open for _, is_open in unit.turns)
    return Side.CLIENT if unit.has_bare_ends and ends_count == 1 >= len(unit.turns) - ends_count else None


def _prefer(counts: Mapping[Side, int]) -> Side | None:
    client_count, server_count = counts.get(Side.CLIENT, 0), counts.get(Side.SERVER, 0)
    if client_count > MAJORITY * server_count:
        return Side.CLIENT
    return Side.SERVER if server_count > MAJORITY * client_count else None


def _count_at_once(lives: Sequence[tuple[float, float]]) -> int:
    """The most that were open at the same time."""
    steps = sorted([(start, 1) for start, _ in lives] + [(end, -1) for _, end in lives])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def count_overlaps(lives: Sequence[tuple[float, float]]) -> int:
    """How often one opens while another has been open, and stays so, for longer than a moment."""
    found, latest = 0, float("-inf")
    for start, end in lives:
        found += min(latest, end) - start > OVERLAP_S
        latest = max(latest, end)
    return found


CLUES: Final[tuple[tuple[str, Callable[[Unit], Side | None]], ...]] = (
    ("library", _ask_library),
    ("rules", _ask_rules),
    ("retries", _ask_retries),
    ("crowd", _ask_crowd),
    ("reasons", _ask_reasons),
    ("words", _ask_words),
    ("overlaps", _ask_overlaps),
    ("tries", _ask_tries),
    ("clients", _ask_clients),
    ("ended-together", _ask_ended_together),
    ("signs", _ask_signs),
    ("ids", _ask_ids),
    ("turns", _ask_turns),
    ("lasted", _ask_lasted),
    ("listens", _ask_listens),
    ("addresses", _ask_addresses),
    ("last-word", _ask_last_word),
)
