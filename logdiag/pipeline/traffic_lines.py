"""The lines written while connections that dropped were open, by wording and by the connection that they are about.

Read where no clock explains the drops, or where an age limit cannot be told from an idle one: some of these lines may
tell of traffic in words that nobody knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.clocks.drop_table import NEEDED_COUNT
from logdiag.analyzers.clocks.learned_traffic import LineKind, SessionSpan, learn_traffic
from logdiag.analyzers.clocks.paired_lines import find_paired
from logdiag.analyzers.clocks.patterns import PatternReport
from logdiag.analyzers.clocks.received_lines import find_received
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.resolution import find_resolution_s
from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, EventKind, Side
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.following import Followed
from logdiag.pipeline.inputs import ReadLogs
from logdiag.results.patterns import Direction, PatternKind
from logdiag.scanning.cells import Window, are_few_lines, merge_windows
from logdiag.scanning.neighbourhoods import Neighbour, read_records

NEARLY_ALL: Final = 0.9  # a choice: what few drops are left asks for no second reading
LOOK_BACK: Final = timedelta(minutes=30)  # a choice: three times the longest limit on silence that is known (10 min)
LOOK_ON: Final = timedelta(seconds=30)  # a choice: outages that say whether lines go on without the connection
MOST_LINES: Final = 40_000  # as near the disconnects (`surroundings.MOST_LINES`)
WAYS: Final = {
    **dict.fromkeys((EventKind.EMIT.value, EventKind.PUSH_STARTED.value, EventKind.PUSH_OK.value), Direction.SENT),
    EventKind.RECEIVED.value: Direction.RECEIVED,
}
WAY_WORDS: Final = {
    Direction.RECEIVED: compile_later(r"(?i)\b(?:receiv|incoming|inbound|recv|rx\b|got\b|heard)|<-|<=|收到|接收"),
    Direction.SENT: compile_later(
        r"(?i)\b(?:send|sent\b|emit|outgoing|outbound|publish|push|tx\b)|->|=>|发送|推送|上报"
    ),
}
WORD: Final = compile_later(r"[^\s\"'`()\[\]{}<>|,;=]+")
PART: Final = compile_later(r"[A-Za-z0-9_\-]{2,}")
NAMED: Final = "client1"
LONGEST_FIELD: Final = 200  # characters: what is longer is no name


class TrafficLines(NamedTuple):
    """The sessions looked at, and the lines of each wording: those of clients' own logs, and the server's about them.

    `outages_s` (n, 2) and `connected_s` are as `find_paired` wants them.
    """

    spans: list[SessionSpan]
    own: list[LineKind]
    servers: list[LineKind]
    outages_s: dict[str, Floats]
    connected_s: float


class Learned(NamedTuple):
    """The wordings taken for traffic; `is_unread` if there were too many lines to look at any."""

    kinds: tuple[LineKind, ...] = ()
    is_unread: bool = False


def learn_lines(followed: Followed, known_s: Mapping[str, Floats], report: PatternReport) -> Learned:
    """The lines that tell of traffic of the connections that dropped, by what they do; none where nothing asks for it.

    `known_s` is the traffic of each connection that is known by words, `report` what clocks that leaves.

    Where clocks explain nearly all drops, only an age limit may gain by it: traffic up to its end is not idle.
    """
    sessions = followed.sockets.drop_sessions
    if len(sessions) < NEEDED_COUNT or not any(one.opened is not None for one in sessions):
        return Learned()  # of what no connect is known of no line can be said to be its own
    explained = sum(len(fit.members) for fit in report.fits if fit.keeps_time)
    is_open = explained < NEARLY_ALL * len(sessions)
    if not is_open and not any(fit.kind is PatternKind.CONNECTION_AGE for fit in report.fits):
        return Learned()
    bounds = followed.timeline.of_kinds(BOUNDS)
    own_lines = set(zip(bounds["file"].tolist(), bounds["line"].tolist(), strict=True))
    lines = read_traffic_lines(followed.reading, sessions, followed.sockets.server, own_lines)
    if lines is None:
        return Learned(is_unread=True)
    paired = find_paired(lines.own, lines.servers, lines.outages_s, lines.connected_s)
    if not is_open:
        received = find_received(lines.own, lines.outages_s)
        return Learned((*paired, *(kind for kind in received if kind not in paired)))
    resolution_s = find_resolution_s(np.array([span.end_s for span in lines.spans]))
    learned = learn_traffic(lines.spans, [*lines.own, *lines.servers], known_s, resolution_s=resolution_s)
    return Learned(paired if learned is None else learned.kinds)


def find_direction(known: Iterable[str], learned: Sequence[LineKind]) -> Direction | None:
    """Which way all known traffic goes, by the kinds of its events and the words learned; None: both, or unsure."""
    found = {WAYS[kind] for kind in known if kind in WAYS}
    for line in learned:
        ways = {way for way, words in WAY_WORDS.items() if words.search(line.name)}
        if len(ways) != 1:
            return None
        found |= ways
    return next(iter(found)) if len(found) == 1 else None


def read_traffic_lines(
    reading: ReadLogs,
    sessions: Sequence[SessionRecord],
    server: ServerView,
    bounds: Collection[tuple[str, int]] = frozenset(),
) -> TrafficLines | None:
    """Read what was written during these sessions, which ended in drops; None if that is more than `MOST_LINES`.

    `bounds` are the file and line of connects and ends: what bounds a session is no traffic in it.
    """
    written = {one.connection for one in sessions if one.side is not Side.SERVER}
    ended = [
        (one, one.closed)
        for one in sessions
        if one.opened is not None
        and one.closed is not None
        and one.has_end_line
        # Of the time before a client's own log begins nobody knows its lines.
        and (one.side is not Side.SERVER or one.connection not in written)
    ]
    windows = merge_windows(
        Window(max(one.opened or closed, closed - LOOK_BACK), closed + LOOK_ON) for one, closed in ended
    )
    if not ended or not are_few_lines(reading.scans, windows, MOST_LINES):
        return None
    owners = _LineOwners(sessions, server)
    own: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    servers: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line, record in read_records(reading.scans, windows):
        if (line.file, line.line) in bounds:
            continue
        owner, names = owners.find(line, record)
        if owner is not None and line.source in owners.clients:
            own[line.template][owner].append(line.time.timestamp())
        elif owner is not None:
            template = _mask_names(line.template, record.message, names)
            servers[template][owner].append(line.time.timestamp() + server.offset_s(owner)[0])
    spans = [_see(one, closed) for one, closed in ended]
    return TrafficLines(
        spans,
        _list_kinds(own),
        _list_kinds(servers),
        _list_outages(ended),
        sum(span.end_s - span.start_s for span in spans),
    )


def _see(session: SessionRecord, closed: datetime) -> SessionSpan:
    opened = session.opened or closed
    seen = max(opened, closed - LOOK_BACK)
    return SessionSpan(session.connection, opened.timestamp(), closed.timestamp(), seen.timestamp())


def _list_kinds(times: Mapping[str, Mapping[str, list[float]]]) -> list[LineKind]:
    return [
        LineKind(template, {owner: np.sort(np.array(own)) for owner, own in by_owner.items()})
        for template, by_owner in sorted(times.items())
    ]


def _list_outages(ended: Iterable[tuple[SessionRecord, datetime]]) -> dict[str, Floats]:
    """When each connection was down, as far as the lines of that time were read."""
    outages: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for session, closed in ended:
        if session.reopened is not None:
            end = min(session.reopened, closed + LOOK_ON)
            outages[session.connection].append((closed.timestamp(), end.timestamp()))
    return {name: np.array(stretches) for name, stretches in outages.items()}


class _LineOwners:
    """Whose lines are which: a client's log is about it alone, others name whom they are about."""

    def __init__(self, sessions: Sequence[SessionRecord], server: ServerView) -> None:
        names: dict[str, set[str]] = defaultdict(set)
        for session in sessions:
            for name in (session.connection, session.connection.rpartition("/")[2], session.socket_id):
                names[name or ""].add(session.connection)
        of_sockets = {session.socket_id: session.connection for session in sessions if session.socket_id}
        for socket in server.sockets.values():
            owner = socket.connection or of_sockets.get(socket.socket_id)
            if owner is not None:
                names[socket.worker_id or ""].add(owner)
        self._owner_of = {name: next(iter(own)) for name, own in names.items() if len(own) == 1 and len(name) > 1}
        self.clients = {session.connection for session in sessions if session.side is not Side.SERVER}

    def find(self, line: Neighbour, record: Record) -> tuple[str | None, set[str]]:
        """The connection that a line is about, None for none or several, and by which words it names it."""
        words = {word for word in _list_words(record) if word in self._owner_of}
        named = {self._owner_of[word] for word in words}
        if line.source in self.clients:
            return (line.source if named <= {line.source} else None), words
        return (next(iter(named)) if len(named) == 1 else None), words


def _mask_names(template: str, message: str, names: Iterable[str]) -> str:
    """The template of a message in which the names of the client do not differ from those of others."""
    spoken = [name for name in names if name in message]
    if not spoken:
        return template
    for name in sorted(spoken, key=len, reverse=True):
        message = message.replace(name, NAMED)
    return mask_message(message)


def _list_words(record: Record) -> Iterable[str]:
    yield from _split(record.message)
    for value in record.fields.values():
        if isinstance(value, str) and len(value) <= LONGEST_FIELD and value is not record.message:
            yield from _split(value)


def _split(text: str) -> Iterable[str]:
    for word in WORD.findall(text):
        yield word.rstrip(".:")
    yield from PART.findall(text)
