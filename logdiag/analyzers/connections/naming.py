"""Whose connection each line speaks of: the process that wrote it, or the client whose socket a server's line names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from logdiag.analyzers.connections.sessions import PART_OF_ONE
from logdiag.analyzers.names.addresses import find_address
from logdiag.analyzers.names.named_loggers import find_writing_clients
from logdiag.analyzers.processes.shared_files import part_clients
from logdiag.analyzers.sides.standing_names import find_standing_names
from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, SERVER_BOUNDS, Event, EventKind, Identity
from logdiag.rows import CLIENT_KINDS

PROCESS: Final = "process"
LOGGER: Final = "logger"
PEER: Final = "peer"
LEAST_OVERLAPS: Final = 2  # a choice: once, the line between two connects may be lost
FLEETING_KEYS: Final = frozenset({"hostname", PROCESS})
OF_A_SOCKET: Final = frozenset(
    {
        EventKind.SERVER_CONNECTED,
        EventKind.SERVER_JOINED,
        EventKind.SERVER_DISCONNECTED,
        EventKind.SERVER_ERROR,
        EventKind.SERVER_KICK,
        EventKind.RECEIPT,
    }
)
OF_A_CLIENT: Final = frozenset({EventKind.RECEIPT, EventKind.SERVER_DISCONNECTED})  # one of its sockets, whichever
CLIENT_BOUNDS: Final = BOUNDS - SERVER_BOUNDS
ADDRESS_AND_PORT: Final = compile_later(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):\d{1,5}$")
LASTING: Final = 1  # the rank of a key that is the client's in each connection: an address or a socket's id is not
MOSTLY_NAMED: Final = 0.5  # of the sockets of clients whose logs are here: a few may be known by other words
LONGEST_ID: Final = 36  # of a name that is shown for a socket without any: a UUID stands whole


def name_connections(events: Sequence[Event]) -> list[str]:
    """The connection of each event, in the order of time.

    A client's line: its process, split by what its lines say of their client where they differ. A server's line: the
    process, or the client whose socket it names, where most sockets of the server are of clients without a log here,
    or this one is of a client that the server knows by name and none of the logs here is of.
    """
    split = _part_peers(events) | _part_loggers(events) | _part_writers(events)
    owners = name_sockets(events) if _is_server_alone(events) else _name_absent(events)
    processes = frozenset(event.source for event in events) if owners else frozenset()
    owned = _Owners(owners, frozenset(owners.values()), processes)
    shared = part_clients(events) if not split else {}
    parted = {events[place].source for place in shared} | split.keys()
    for place, name in find_standing_names(events).items():
        if (source := events[place].source) not in parted:
            shared[place] = f"{source}/{name}"
    return [shared.get(place) or _name(event, split, owned) for place, event in enumerate(events)]


def is_name_of_a_socket(name: str, socket_id: str | None) -> bool:
    """Whether nothing but a socket's id, or its address and port, is known of whose connection it is.

    Neither returns: the same client comes back under another name. Under an address alone it does.
    """
    own = name.rpartition("/")[2]
    if find_address(own) == own:
        return False
    return own == (socket_id or "")[:LONGEST_ID] or ADDRESS_AND_PORT.search(own) is not None


class _Owners(NamedTuple):
    """The client of each socket where the server alone tells, their names, and the names of processes."""

    owners: Mapping[str, str]
    clients: frozenset[str]
    taken: frozenset[str]

    def find(self, event: Event) -> str | None:
        """The client that a server's line speaks of, by its socket or by its own name."""
        if event.socket_id is not None:
            return self.owners.get(event.socket_id)
        if event.kind not in OF_A_CLIENT:
            return None
        named = (event.client and event.client.value, event.worker_id)
        return next((name for name in named if name in self.clients), None)


def _name(event: Event, split: Mapping[str, Callable[[Event], Identity | None]], owned: _Owners) -> str:
    if event.kind in OF_A_SOCKET and (owner := owned.find(event)) is not None:
        return f"{event.source}/{owner}" if owner in owned.taken else owner
    key = split.get(event.source)
    writer = None if key is None else key(event)
    return event.source if writer is None else f"{event.source}/{writer.value}"


def _part_writers(events: Sequence[Event]) -> dict[str, Callable[[Event], Identity | None]]:
    """What parts the lines of each source that several clients wrote: which process, better who they say they are."""
    rows: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in CLIENT_KINDS:
            rows[event.source].append(event)
    return {
        source: key
        for source, written in rows.items()
        for key in (_name_process, attrgetter("identity"))
        if _are_several([key(event) for event in written])
    }


def _part_loggers(events: Sequence[Event]) -> dict[str, Callable[[Event], Identity | None]]:
    """What parts the lines of each source whose loggers are named after the clients that write."""
    return {source: partial(_name_logger, read) for source, read in find_writing_clients(events).items()}


def _part_peers(events: Sequence[Event]) -> dict[str, Callable[[Event], Identity | None]]:
    """What parts the lines of each source that has several connections at once, all named by address or by number."""
    rows: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in CLIENT_BOUNDS:
            rows[event.source].append(event)
    return {source: _name_peer for source, told in rows.items() if _have_several_peers(told)}


def _have_several_peers(told: Sequence[Event]) -> bool:
    """Whether one is up while another one connects: who has several servers to choose from leaves one before."""
    peers = [_name_peer(event) for event in told]
    if None in peers or len(set(peers)) < 2:
        return False
    up: set[Identity | None] = set()
    overlaps_count = 0
    for peer, event in zip(peers, told, strict=True):
        if event.kind is EventKind.CONNECTED:
            overlaps_count += bool(up - {peer})
            up.add(peer)
        else:
            up.discard(peer)
    return overlaps_count >= LEAST_OVERLAPS


def _name_peer(event: Event) -> Identity | None:
    """The server that a client's line names by its address, or which of its own connections by its number."""
    name = event.worker_id
    return Identity(PEER, name) if name is not None and PART_OF_ONE.fullmatch(name) else None


def _name_logger(read: Callable[[Event], str | None], event: Event) -> Identity | None:
    name = read(event)
    return None if name is None else Identity(LOGGER, name)


def _name_process(event: Event) -> Identity | None:
    """The process that wrote a line, of several on one host or on one standard output."""
    return None if event.writer is None else Identity(PROCESS, event.writer)


def _are_several(writers: Sequence[Identity | None]) -> bool:
    """Whether the connect and disconnect lines of a folder, in order of time, come from more than one client.

    All of them must say who wrote them, by the same key. A container gets another hostname, and a process another
    pid, when it starts again: a key like that counts only if the names alternate.
    """
    known = [writer for writer in writers if writer is not None]
    names_count = len(set(known))
    if len(known) < len(writers) or names_count < 2 or len({writer.key for writer in known}) > 1:
        return False
    return known[0].key not in FLEETING_KEYS or sum(1 for _ in groupby(known)) > names_count


def _is_server_alone(events: Sequence[Event]) -> bool:
    """Whether the server tells mostly of sockets whose clients have no log here."""
    at_client: set[str] = set()
    nameless_count = 0
    at_server: set[str] = set()
    for event in events:
        if event.kind is EventKind.CONNECTED:
            if event.socket_id is None:
                nameless_count += 1
            else:
                at_client.add(event.socket_id)
        elif event.kind in SERVER_BOUNDS and event.socket_id is not None:
            at_server.add(event.socket_id)
    clients_count = len(at_client) + nameless_count
    # One namespace may count twice, as one client's second socket.
    return len(at_server - at_client) > 2 * clients_count


def _name_absent(events: Sequence[Event]) -> dict[str, str]:
    """The client of each socket whose client has no log here, where clients' logs do tell who has one.

    Each connect of a client must name its socket, and the server must name the clients of most of these: what it calls
    otherwise is somebody else. Of sockets whose clients it does not name, nobody knows whose they are. A client's log
    may begin after the server's: of the time outside it the server alone tells.
    """
    connects = [event for event in events if event.kind is EventKind.CONNECTED]
    holders = {event.socket_id: event.source for event in connects if event.socket_id is not None}
    if not holders or any(event.socket_id is None for event in connects):
        return {}
    names = {socket: name for socket, (rank, name) in _rank_names(events).items() if rank <= LASTING}
    known: dict[str, set[str]] = defaultdict(set)
    for socket, source in holders.items():
        if socket in names:
            known[names[socket]].add(source)
    if sum(socket in names for socket in holders) <= MOSTLY_NAMED * len(holders):
        return {}
    longer = _list_longer(events, known, {socket: name for socket, name in names.items() if socket not in holders})
    return {
        socket: name
        for socket, name in names.items()
        if (name in longer if name in known else socket not in holders)
        and (socket in holders or name not in known or socket in longer[name])
    }


def _list_longer(
    events: Sequence[Event], known: Mapping[str, Set[str]], absent: Mapping[str, str]
) -> dict[str, set[str]]:
    """By name the sockets of a client, known to one log alone, that opened and ended before that log or after it."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    lives: dict[str, list[datetime]] = defaultdict(list)
    for event in events:
        first, _ = spans.get(event.source, (event.time, event.time))
        spans[event.source] = (first, event.time)
        if event.socket_id is not None and event.socket_id in absent and event.kind in SERVER_BOUNDS:
            lives[event.socket_id].append(event.time)
    longer: dict[str, set[str]] = defaultdict(set)
    for socket, moments in lives.items():
        holders = known.get(absent[socket], frozenset())
        if len(holders) == 1:
            first, last = spans[next(iter(holders))]
            if moments[-1] < first or moments[0] > last:
                longer[absent[socket]].add(socket)
    return longer


def name_sockets(events: Sequence[Event]) -> dict[str, str]:
    """The client of each socket that a server's lines name: by the most lasting key of its lines, else the socket."""
    return {socket: name for socket, (_, name) in _rank_names(events).items()}


def _rank_names(events: Sequence[Event]) -> dict[str, tuple[int, str]]:
    """The same, with how lasting the word for the client is."""
    best: dict[str, tuple[int, str]] = {}
    for event in events:
        socket = event.socket_id
        if socket is None or event.kind not in OF_A_SOCKET:
            continue
        known = best.get(socket)
        rank, name = _rank(event)
        if known is None or rank < known[0]:
            best[socket] = (rank, name or socket[:LONGEST_ID])
    return best


def _rank(event: Event) -> tuple[int, str | None]:
    """How lasting a line's word for the client is, 0 the most; and the word."""
    if event.client is not None:
        return (0 if event.client.key not in ADDRESSES else 2), event.client.value
    if event.worker_id is not None:
        return 1, event.worker_id
    return 3, None


ADDRESSES: Final = frozenset({"remoteAddress", "remote_address", "address", "ip"})
