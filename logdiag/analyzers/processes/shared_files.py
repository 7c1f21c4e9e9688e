"""Several clients that write the same files: forked workers, a cluster, containers on one standard output.

Their connects name sockets, and sockets have owners: by the server's lines, or by the join that follows. A disconnect
names nobody. It ended one of the sessions that were open, and each client must have lost its session before it
connects again: of those that are possible, the session whose end the server logs in that moment, else the one whose
client is back first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind

ECHO: Final = timedelta(milliseconds=200)  # two services of one process tell of one moment within 50 to 100 ms
JOIN_REACH: Final = timedelta(seconds=5)  # a choice: a client says who it is within its first seconds
SAME_END: Final = timedelta(seconds=2)  # both sides notice a cut at once; clocks of one site differ by less
LEAST_OWNERS: Final = 2  # a file of one owner is not shared
NEVER: Final = datetime.max.replace(tzinfo=UTC)
TOKEN: Final = compile_later(
    r"(?<![\w-])[A-Za-z][\w-]*\d[\w-]*"
)  # an id in a message: worker-2, acc-98296c87; no number
# Whose service it is: douyin-data:acc-98296c87; not a name with a number, web3.
OWNED: Final = compile_later(r"(?<=[:/#@])[A-Za-z][\w-]*\d[\w-]*")
NUMBERED: Final = compile_later(r"(?<!\d)\d{1,2}$")  # worker1 and worker-2; a pid, or what holds the time, is longer
LEAST_MENTIONS: Final = 2  # a word that stands once names nobody
WHILE_AWAY: Final = frozenset({EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT})
OF_A_PUSH: Final = frozenset(
    {EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_ACKNOWLEDGED, EventKind.PUSH_FAILED}
)
OF_A_CLIENT: Final = OF_A_PUSH | frozenset(
    {
        EventKind.MESSAGE_CAPTURED,
        EventKind.MESSAGE_PROCESSED,
        EventKind.EMIT,
        EventKind.EMIT_REFUSED,
        EventKind.RECEIVED,
        EventKind.HEARTBEAT,
        EventKind.HEARTBEAT_SKIPPED,
        EventKind.PROCESS_STARTED,
        EventKind.PROCESS_STOPPING,
        EventKind.PROCESS_CRASHED,
        EventKind.JOINED,
    }
)

NAMED: Final = OF_A_CLIENT | {EventKind.RECEIPT}


@dataclass(slots=True)
class _Session:
    """One connect of one client, until the next of the same client; `ended` is when its disconnect was given to it."""

    owner: str
    opening: Event
    following: Event | None = None
    ended: datetime | None = None

    @property
    def socket_id(self) -> str | None:
        """The socket that its connect names."""
        return self.opening.socket_id

    @property
    def opened(self) -> datetime:
        """When it began."""
        return self.opening.time

    @property
    def until(self) -> datetime:
        """When its client connected again."""
        return NEVER if self.following is None else self.following.time

    def may_end(self, drop: Event) -> bool:
        """Whether a disconnect may be its: in stamps of a whole second the order of the lines decides."""
        if self.ended is not None or not self.opened <= drop.time <= self.until:
            return False
        has_begun = self.opened < drop.time or _is_before(self.opening, drop)
        return has_begun and (self.following is None or not _is_before(self.following, drop))


def part_clients(events: Sequence[Event]) -> dict[int, str]:
    """The connection of each event, by its place in the order of time, that belongs to one of several clients."""
    owners = _find_owners(events)
    closings = {
        event.socket_id: event.time
        for event in events
        if event.kind is EventKind.SERVER_DISCONNECTED and event.socket_id is not None
    }
    by_source: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        by_source[event.source].append(place)
    found: dict[int, str] = {}
    names: dict[str, str] = {}
    for source, places in by_source.items():
        given = _part(events, places, owners, closings)
        found.update({place: f"{source}/{owner}" for place, owner in given.items()})
        names.update({owner: f"{source}/{owner}" for owner in given.values()})
    if names:
        found.update(_part_by_ids(events, names, found))
    return found


def _find_owners(events: Iterable[Event]) -> dict[str, str]:
    """The client of each socket, as lines with both ids tell."""
    owners: dict[str, str] = {}
    for event in events:
        named = event.client_name
        if event.socket_id is not None and named and event.kind in {EventKind.SERVER_JOINED, EventKind.JOINED}:
            owners.setdefault(event.socket_id, named)
    return owners


def _part(
    events: Sequence[Event], places: Sequence[int], owners: Mapping[str, str], closings: Mapping[str, datetime]
) -> dict[int, str]:
    """The clients of one process's connects, disconnects and failed attempts; none if it is one client's."""
    opens = _own_connects(events, places, owners)
    drops = [place for place in places if events[place].kind is EventKind.DISCONNECTED]
    if not _are_at_once(sorted(opens.items()), drops):
        return {}
    sessions = _list_sessions(events, opens)
    given = dict(opens)
    for place in places:
        if events[place].kind is EventKind.DISCONNECTED:
            session = _choose(sessions, events[place], closings)
            if session is not None:
                session.ended = events[place].time
                given[place] = session.owner
    turn: dict[str, int] = {}
    for place in places:
        if events[place].kind in WHILE_AWAY:
            away = _list_away(sessions, events[place].time)
            if away:
                owner = min(away, key=lambda name: (turn.get(name, -1), name))
                turn[owner], given[place] = place, owner
    return given


def _are_at_once(opens: Sequence[tuple[int, str]], drops: Sequence[int]) -> bool:
    """Whether clients that connected in this order did so by turns, or are numbered and none had left before the next.

    A name that another one follows for good may be that of one client before it started again: then a disconnect
    stands between the last connect under the one and the first under the other.
    """
    names = {owner for _, owner in opens}
    if len(names) < LEAST_OWNERS:
        return False
    turns = [(last, place) for (last, one), (place, other) in pairwise(opens) if one != other]
    are_numbered = len({NUMBERED.sub("", name) for name in names}) == 1
    has_left = any(bisect_right(drops, last) < bisect_left(drops, place) for last, place in turns)
    return len(turns) >= len(names) or (are_numbered and not has_left)


def _own_connects(events: Sequence[Event], places: Sequence[int], owners: Mapping[str, str]) -> dict[int, str]:
    """The owner of each connect: of its socket, by the join that follows, or of the line that it echoes."""
    found: dict[int, str] = {}
    waiting: list[int] = []
    last: int | None = None
    for place in places:
        event = events[place]
        if event.kind is EventKind.CONNECTED:
            echoes = event.socket_id is None and last is not None and event.time - events[last].time <= ECHO
            owner = found.get(last) if echoes and last is not None else owners.get(event.socket_id or "")
            if owner is not None:
                found[place] = owner
            if not echoes:
                waiting.append(place)
                last = place
        elif event.kind is EventKind.JOINED and event.worker_id is not None:
            waiting = [one for one in waiting if event.time - events[one].time <= JOIN_REACH]
            joined = _find_joined(waiting, found, event.worker_id)
            if joined is not None:
                waiting.remove(joined)
                found[joined] = event.worker_id
    return found


def _find_joined(waiting: Sequence[int], found: Mapping[int, str], name: str) -> int | None:
    """The connect that a join completes: the only one that waits for one, whatever the server calls its client."""
    if len(waiting) == 1:
        return waiting[0]
    known = [place for place in waiting if found.get(place) == name]
    return next(iter(known), None) or next((place for place in waiting if place not in found), None)


def _list_sessions(events: Sequence[Event], opens: Mapping[int, str]) -> list[_Session]:
    """The sessions in the order of their connects; echoes of a connect are none."""
    sessions: list[_Session] = []
    current: dict[str, _Session] = {}
    for place, owner in sorted(opens.items()):
        event = events[place]
        before = current.get(owner)
        is_echo = before is not None and event.socket_id in {None, before.socket_id}
        if before is not None and is_echo and event.time - before.opened <= ECHO:
            continue
        session = _Session(owner, event)
        if before is not None:
            before.following = event
        current[owner] = session
        sessions.append(session)
    return sessions


def _is_before(one: Event, other: Event) -> bool:
    """Whether a line of the same moment stands above another one of its file."""
    return one.time == other.time and one.file == other.file and one.line < other.line


def _choose(sessions: Sequence[_Session], drop: Event, closings: Mapping[str, datetime]) -> _Session | None:
    """The session that a disconnect ended."""
    possible = [session for session in sessions if session.may_end(drop)]
    for session in possible:
        if drop.socket_id is not None and session.socket_id == drop.socket_id:
            return session
    closed = [(closings[one.socket_id], one) for one in possible if one.socket_id and one.socket_id in closings]
    near = [(abs(moment - drop.time), one) for moment, one in closed if abs(moment - drop.time) <= SAME_END]
    if near:
        return min(near, key=lambda pair: pair[0])[1]
    return min(possible, key=lambda session: (session.until, session.opened), default=None)


def _list_away(sessions: Sequence[_Session], moment: datetime) -> list[str]:
    """The clients that were without a connection at a moment, or had not had one yet."""
    state: dict[str, bool] = {}
    for session in sessions:
        if session.opened > moment:
            state.setdefault(session.owner, True)
        else:
            state[session.owner] = session.ended is not None and session.ended <= moment
    return [owner for owner, is_away in state.items() if is_away]


def _part_by_ids(events: Sequence[Event], names: Mapping[str, str], known: Mapping[int, str]) -> dict[int, str]:
    """The connection of lines that name a client, or something that only one client is named with."""
    owner_of = _learn_ids(events, names)
    found = {}
    for place, event in enumerate(events):
        if event.kind in NAMED and place not in known:
            owners = {owner_of[token] for token in _list_tokens(event) if token in owner_of}
            if len(owners) == 1:
                found[place] = names[owners.pop()]
    return found


def _learn_ids(events: Sequence[Event], names: Mapping[str, str]) -> dict[str, str]:
    """Whose each id is that a line names together with one client; the last one left over is the last client's."""
    votes: dict[str, set[str]] = defaultdict(set)
    mentions: Counter[str] = Counter()
    for event in events:
        tokens = _list_tokens(event)
        owners = tokens & names.keys()
        if len(owners) == 1:
            for token in tokens - owners:
                votes[token] |= owners
        if event.kind in OF_A_PUSH:
            mentions.update(tokens - owners)
    owner_of = {token: next(iter(owners)) for token, owners in votes.items() if len(owners) == 1}
    nobodys = [token for token, count in mentions.items() if count >= LEAST_MENTIONS and token not in votes]
    pushing = {owner_of[token] for token in mentions if token in owner_of}
    idle = [name for name in names if name not in pushing]
    if len(nobodys) == len(idle) == 1:
        owner_of[nobodys[0]] = idle[0]
    return owner_of | {name: name for name in names}


def _list_tokens(event: Event) -> set[str]:
    """The ids that a line names, or its service behind a sign, but for its socket's."""
    named = {event.worker_id, event.identity and event.identity.value, event.client and event.client.value}
    told = [*TOKEN.findall(event.message), *OWNED.findall(event.service)]
    return ({token for token in named if token} | set(told)) - {event.socket_id or ""}
