"""May these logs show health? Only where they tell the life of a connection, and leave no close to nobody."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from logdiag.analyzers.attempts.refused_by_server import (
    REFUSED_ORIGINS,
    list_moments_of_refusals,
    list_stated,
)
from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.processes.start_lines import pick_starts
from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import SESSIONS_ELSEWHERE
from logdiag.rows import Rows, instant
from logdiag.verdict import Severity

ECHO: Final = timedelta(milliseconds=100)  # one event logged by two services of a process lies closer; see `frame.ECHO`
MANY_SOCKETS: Final = 20  # a fleet of machines may live on; so many that never once reload or drop are not seen closing
LEAST_REFUSALS: Final = 3  # fewer are a scanner's, or a tab's that was left open
# What Engine.IO and python-engineio say when they refuse a handshake for more than one client's sake.
OF_SESSIONS: Final = "refused-sessions"
MOSTLY_ELSEWHERE: Final = 0.8  # a choice: of the sessions that are refused; others are older than the logs
UNKNOWN_SESSION: Final = "400"
UNKNOWN_TO_SERVER: Final = compile_later(r"(?i)session id unknown|invalid session\b|\bunknown sid \"")
# Engine.IO answers 400 to a polling request of a session that it does not know (engine.io server.ts, verify).
OF_A_SESSION: Final = compile_later(r"[?&]transport=polling\b[^\s\"]*[?&]sid=|[?&]sid=[^\s\"]*[?&]transport=polling\b")
WORKER: Final = compile_later(r"(?i)\b(?:server process \[|worker with pid: ?)(\d+)")
TOGETHER: Final = timedelta(seconds=2)  # a choice: workers of one service start within it, restarts do not
AFTERLIFE: Final = timedelta(seconds=2)  # a choice, as `sessions.STOP_LAG`: what a process still writes as it stops
LONGEST_BOOT: Final = timedelta(minutes=1)  # a choice: what starts says so within a minute of its first line
NEVER: Final = datetime.max.replace(tzinfo=UTC)
LONG_STOP_S: Final = 60.0  # a choice: what is deployed anew is back within a minute
GOOD_AVAILABILITY: Final = 0.99  # a choice, as in `findings`: two nines
MOSTLY: Final = 0.5  # more than half
FEW: Final = 0.05  # a choice: one in twenty
# RFC 6455: no close frame came, or the other end had an error, restarts, or has no time: nobody's goodbye.
ABNORMAL: Final = frozenset({"1006", "1011", "1012", "1013", "1014"})
CUT_OFF: Final = frozenset({"ping timeout", "transport error", "abnormal closure"})
CLOSES: Final = (EventKind.SERVER_DISCONNECTED, EventKind.SERVER_KICK)


def find_doubts(
    timeline: Rows,
    sessions: Sequence[SessionRecord],
    server: ServerView,
    begins: Mapping[str, datetime] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """What forbids to call a system healthy in which nothing else was found; empty if nothing does.

    Logs with connects alone tell of no end. A crash may have ended what no line tells. A close that the server logged
    and that is no known session's may have been anything. A server that starts anew before any session is known had
    others before: `begins` has the first instant of each file. A session that a client's log leaves open may be over by
    the server's word, and who got messages before its first connect had a connection before. Without one connect, of a
    client or of a socket that the server names, no life is known. Of whom no name shows whether they came back, nobody
    knows whether they left. An orderly stop that keeps a client away for long may have been wanted or not. And whose
    ends mostly read as if they had been cut off did not say goodbye. And where more attempts to connect failed than
    came in, something keeps a client out, though no disconnect shows it.
    """
    crashes = _list_places(timeline.of_kinds({EventKind.PROCESS_CRASHED}))
    unowned = _list_unowned_closes(timeline, sessions, server)
    is_life_known = any(session.opened is not None for session in sessions) or any(
        socket.opened is not None for socket in server.sockets.values()
    )
    endless = _list_endless(sessions)
    starts = _list_new_starts(timeline, sessions, begins)
    over = _list_over(timeline, sessions, server)
    earlier = _list_earlier(timeline, sessions)
    cut_off = _list_cut_off(sessions)
    failed = _list_failed(timeline)
    presumed = _list_presumed(sessions)
    rows: tuple[tuple[str, int, list[Evidence]], ...] = (
        ("no-ends", len(endless), endless),
        ("unowned-closes", len(unowned), unowned),
        ("crash-lines", len(crashes), crashes),
        ("new-starts", len(starts), starts),
        ("over-unlogged", len(over), over),
        ("earlier-connections", len(earlier), earlier),
        ("no-known-life", int(not is_life_known), []),
        ("cut-off", len(cut_off), [session.evidence for session in cut_off if session.evidence is not None]),
        ("failed-attempts", len(failed), failed),
        ("presumed-departures", len(presumed), [one.evidence for one in presumed if one.evidence is not None]),
    )
    nameless_count = len(timeline.of_kinds({EventKind.SERVER_CONNECTED})) or None
    told: dict[str, dict[str, Number]] = {"no-known-life": {"told_count": nameless_count}}
    found = tuple(
        Finding(name, Severity.INFO, {"count": count, **told.get(name, {})}, tuple(places[:SHOWN]))
        for name, count, places in rows
        if count
    )
    span = timeline.find_span()
    return (*(find_long_stops(sessions, span[1]) if span else ()), *found)


def find_long_stops(sessions: Sequence[SessionRecord], end: datetime) -> tuple[Finding, ...]:
    """The orderly stops that kept a client without connection for long: whether that was wanted, no line says.

    A client whose process stops is not connected, and no fault of the connection is to be seen; but who reads of an
    availability of 43 % shall not read of health beside it. `end` is the last instant of the logs.
    """
    stops = [session for session in sessions if session.orderly and (session.outage_s or 0.0) > LONG_STOP_S]
    worst: tuple[float, str] | None = None
    for name in {session.connection for session in stops}:
        mine = [session for session in sessions if session.connection == name]
        down_s = sum(session.outage_s or 0.0 for session in mine)
        up_s = sum(((one.closed or end) - one.opened).total_seconds() for one in mine if one.opened is not None)
        if down_s > 0.0 and (ratio := up_s / (up_s + down_s)) < GOOD_AVAILABILITY:
            worst = min(worst or (ratio, name), (ratio, name))
    if worst is None:
        return ()
    numbers: dict[str, Number] = {
        "count": len(stops),
        "connection": worst[1],
        "availability_ratio": worst[0],
        "outage_s": sum(session.outage_s or 0.0 for session in stops),
    }
    places = [session.evidence for session in stops if session.evidence is not None]
    return (Finding("long-stops", Severity.INFO, numbers, tuple(places[:SHOWN])),)


def _list_cut_off(sessions: Sequence[SessionRecord]) -> list[SessionRecord]:
    """The ends that count as no faults and read as if the connection had been cut; none if most of such ends do not.

    A telephone that falls asleep leaves such an end, and so does a cable: where most are of the kind, nobody can tell.
    """
    quiet = [session for session in sessions if session.closed is not None and (session.departed or session.orderly)]
    cut = [one for one in quiet if one.code in ABNORMAL or (one.departed and one.reason in CUT_OFF)]
    return cut if len(cut) > MOSTLY * len(quiet) else []


def _list_presumed(sessions: Sequence[SessionRecord]) -> list[SessionRecord]:
    """The ends of which it is presumed that people left; none if they are few beside those that are known to have left.

    Of a busy server somebody always goes in the minute in which the logs end.
    """
    presumed = [session for session in sessions if session.presumed]
    left_count = sum(session.departed for session in sessions) - len(presumed)
    return presumed if len(presumed) > FEW * left_count else []


def _list_failed(timeline: Rows) -> list[Evidence]:
    """The attempts to connect that failed, by the clients' own lines, if these are more than those that came in."""
    failed = _list_places(timeline.of_kinds({EventKind.CONNECT_ERROR}))
    return failed if len(failed) >= max(LEAST_REFUSALS, len(timeline.of_kinds({EventKind.CONNECTED})) + 1) else []


def find_refusals(timeline: Rows) -> tuple[Finding, ...]:
    """The handshakes that the server refused: to sessions of another server, clients of another version, origins.

    An access log tells each request that a session was refused, the server not all of them (python-engineio logs the
    first): the log with more of them counts.
    """
    rows = timeline.of_kinds({EventKind.SERVER_ERROR})
    requests = _list_session_requests(timeline)
    found = []
    of_sessions = rows[[UNKNOWN_TO_SERVER.search(text) is not None for text in rows["message"]]]
    for name, mine in {OF_SESSIONS: max(of_sessions, requests, key=len), **list_stated(timeline)}.items():
        if len(mine) >= LEAST_REFUSALS:
            times = list_moments_of_refusals(timeline, mine)
            numbers: dict[str, Number] = {
                "count": len(mine),
                "first_time": min(times).isoformat(),
                "last_time": max(times).isoformat(),
            }
            if name == REFUSED_ORIGINS:
                numbers["told"] = Counter(mine["message"].tolist()).most_common(1)[0][0].rstrip(".")
            told, more = _tell_sessions(timeline, mine) if name == OF_SESSIONS else (name, {})
            found.append(Finding(told, Severity.INFO, numbers | more, tuple(_list_places(mine)[:SHOWN])))
    return tuple(found)


def _tell_sessions(timeline: Rows, refused: Rows) -> tuple[str, dict[str, Number]]:
    """Whether another process had opened the sessions that are refused, which then ended, or nothing tells."""
    servers, open_still = _list_other_servers(timeline, refused), _list_open_sessions(timeline, refused)
    if servers or open_still:
        return SESSIONS_ELSEWHERE, {"servers_count": len(servers) or None, "ended_count": len(open_still) or None}
    return OF_SESSIONS, {"workers_count": _count_workers(timeline)}


def _list_other_servers(timeline: Rows, refused: Rows) -> set[str]:
    """The processes that opened the sessions which others refuse, if nearly all of these were opened by such a one."""
    opens = timeline.of_kinds({EventKind.SERVER_CONNECTED})
    opens = opens[opens["socket_id"].notna()]
    owners = dict(zip(opens["socket_id"].tolist(), opens["source"].tolist(), strict=True))
    rows = list(zip(refused["socket_id"].tolist(), refused["source"].tolist(), strict=True))
    found = [owners[socket] for socket, source in rows if owners.get(socket, source) != source]
    return set(found) if len(found) >= max(LEAST_REFUSALS, MOSTLY_ELSEWHERE * len(rows)) else set()


def _list_open_sessions(timeline: Rows, refused: Rows) -> set[str]:
    """The sessions that their own log refuses as unknown while it tells them open, if nearly all of these were.

    Then several processes write this log, and each knows the sessions alone that it opened itself.
    """
    opens = dict(_list_turns(timeline.of_kinds({EventKind.SERVER_CONNECTED})))
    ends = dict(_list_turns(timeline.of_kinds({EventKind.SERVER_DISCONNECTED})))
    rows = _list_turns(refused)
    found = [
        key for key, moment in rows if key in opens and key in ends and opens[key] <= moment < ends[key] - AFTERLIFE
    ]
    return {socket for _, socket in found} if len(found) >= max(LEAST_REFUSALS, MOSTLY_ELSEWHERE * len(rows)) else set()


def _list_turns(rows: Rows) -> list[tuple[tuple[str, str], datetime]]:
    """Of the lines that name a socket: whose log names which one, and when."""
    named = rows[rows["socket_id"].notna()]
    sockets = zip(named["source"].tolist(), named["socket_id"].tolist(), strict=True)
    return list(zip(sockets, named.moments(), strict=True))


def _list_session_requests(timeline: Rows) -> Rows:
    """The lines of access logs by which a polling request of a session was answered with 400."""
    rows = timeline.of_kinds({EventKind.PROXY_REFUSAL})
    rows = rows[rows["code"] == UNKNOWN_SESSION]
    return rows[[OF_A_SESSION.search(text) is not None for text in rows["message"]]]


def _count_workers(timeline: Rows) -> int | None:
    """How many processes of one server started together at the most; None unless there are several."""
    rows = timeline.of_kinds({EventKind.SERVER_STARTED})
    starts: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    columns = rows.moments(), rows["source"].tolist(), rows["message"].tolist()
    for moment, source, text in zip(*columns, strict=True):
        if (named := WORKER.search(text)) is not None:
            starts[source].append((moment, named[1]))
    counts = [
        len({worker for other, worker in mine if moment <= other <= moment + TOGETHER})
        for mine in starts.values()
        for moment, _ in mine
    ]
    most = max(counts, default=0)
    return most if most > 1 else None


def find_refused_handshakes(timeline: Rows) -> tuple[Finding, ...]:
    """The handshakes that access logs tell as refused, or as without a server behind them, by status.

    Requests of sessions that are refused as unknown are told as such (`find_refusals`).
    """
    sessions = _list_session_requests(timeline)
    rows = timeline.of_kinds({EventKind.PROXY_REFUSAL})
    rows = rows.without(sessions.places) if len(sessions) >= LEAST_REFUSALS else rows
    if not len(rows):
        return ()
    times = rows.moments()
    counts = Counter(str(code) for code in rows["code"].tolist())
    numbers: dict[str, Number] = {
        "count": len(rows),
        "told": ", ".join(f"{code} {count}×" for code, count in counts.most_common()),
        "first_time": min(times).isoformat(),
        "last_time": max(times).isoformat(),
    }
    return (Finding("refused-handshakes", Severity.INFO, numbers, tuple(_list_places(rows)[:SHOWN])),)


def outnumber_connects(refusals: Iterable[Finding], timeline: Rows) -> tuple[Finding, ...]:
    """Those of the refusals that the server logged more often than connects: no health where most are turned away.

    Nor where the servers of one address do not know each other's sessions. Who is turned away after a connect has not
    come in: of such, half of all tries are as many.
    """
    opened_count = len(timeline.of_kinds({EventKind.SERVER_CONNECTED, EventKind.CONNECTED}))
    return tuple(finding for finding in refusals if _is_most(finding, opened_count))


def _is_most(finding: Finding, opened_count: int) -> bool:
    count, tries = int(finding.numbers["count"] or 0), int(finding.numbers.get("of_count") or 0)
    return finding.id == SESSIONS_ELSEWHERE or count > opened_count or 2 * count > tries > 0


def find_crashes(timeline: Rows) -> tuple[Finding, ...]:
    """The lines that speak of a crash, whatever else is found: each may be a cause or a trace of another fault."""
    crashes = _list_places(timeline.of_kinds({EventKind.PROCESS_CRASHED}))
    return (
        (Finding("process-crashes", Severity.INFO, {"count": len(crashes)}, tuple(crashes[:SHOWN])),) if crashes else ()
    )


def _list_endless(sessions: Sequence[SessionRecord]) -> list[Evidence]:
    """The connects of logs that tell of no end at all, where some of the sessions must have ended.

    A client connects again only after it lost its connection. A server may have sockets that live on; where none of
    many ever closes, its closes are not in the log.
    """
    if not sessions or any(session.closed is not None for session in sessions):
        return []
    own = Counter(session.connection for session in sessions if session.side is Side.CLIENT)
    sockets_count = sum(session.side is Side.SERVER for session in sessions)
    is_endless = max(own.values(), default=0) > 1 or sockets_count >= MANY_SOCKETS
    return [session.open_evidence for session in sessions if session.open_evidence is not None] if is_endless else []


def _list_new_starts(
    timeline: Rows, sessions: Sequence[SessionRecord], begins: Mapping[str, datetime]
) -> list[Evidence]:
    """The starts of servers that had written long before, while no session is known that they could have ended."""
    opened = [session.opened for session in sessions if session.opened is not None]
    told = pick_starts(timeline)
    rows = told[told["time"].values <= instant(min(opened, default=NEVER))]
    began = timeline.first_by("source")
    places = zip(rows.moments(), rows["source"].tolist(), _list_places(rows), strict=True)
    return [
        place
        for moment, source, place in places
        if min(began[source], begins.get(place.file, moment)) < moment - LONGEST_BOOT
    ]


def _list_over(timeline: Rows, sessions: Sequence[SessionRecord], server: ServerView) -> list[Evidence]:
    """Sessions that a client's log leaves open and writes on after the server had closed them, or had the next one.

    The server's next socket of that client tells of an end only if the one before does not live on beside it.
    """
    owned = {session.socket_id for session in sessions if session.socket_id is not None}
    others: dict[str, list[ServerSocket]] = defaultdict(list)
    for socket in server.sockets.values():
        if socket.worker_id is not None and socket.socket_id not in owned:
            others[socket.worker_id].append(socket)
    last_lines = timeline.last_by("connection")
    places = []
    for session in sessions:
        known = server.sockets.get(session.socket_id or "")
        if session.closed is not None or session.side is not Side.CLIENT or known is None:
            continue
        offset_s, error_s = server.offset_s(session.connection)
        last = last_lines[session.connection] - timedelta(seconds=offset_s + error_s) - AFTERLIFE
        if any(end <= last for end in _list_ends(known, others[known.worker_id or ""])):
            places.append(known.evidence or session.open_evidence)
    return [place for place in places if place is not None]


def _list_earlier(timeline: Rows, sessions: Sequence[SessionRecord]) -> list[Evidence]:
    """The last message that each client got before its first connect, and before it said that it stops, if it did."""
    firsts: dict[str, SessionRecord] = {}
    for session in sessions:
        if session.side is Side.CLIENT:
            firsts.setdefault(session.connection, session)
    rows = timeline.of_kinds({EventKind.RECEIVED, EventKind.PROCESS_STOPPING})
    found: dict[str, tuple[EventKind, Evidence]] = {}
    columns = rows.moments(), rows["connection"].tolist(), rows["kind"].tolist(), _list_places(rows)
    for moment, connection, kind, place in zip(*columns, strict=True):
        first = firsts.get(connection)
        if first is not None and first.opened is not None and moment < first.opened - AFTERLIFE:
            found[connection] = EventKind(kind), place
    return [place for kind, place in found.values() if kind is EventKind.RECEIVED]


def _list_ends(socket: ServerSocket, others: Iterable[ServerSocket]) -> list[datetime]:
    """When a socket was over, on the server's clock: at its close, and no later than the client's next one began."""
    if socket.closed is not None:
        return [socket.closed]
    began = socket.opened or socket.joined
    starts = (other.opened or other.joined for other in others)
    return [start for start in starts if start is not None and began is not None and start > began]


def _list_unowned_closes(timeline: Rows, sessions: Sequence[SessionRecord], server: ServerView) -> list[Evidence]:
    """The closes in the server's logs that belong to no session: all of those left, if they are too many for the rest.

    A client that names no socket may have logged any of them: as many closes as such clients logged are accounted for.
    """
    owned = {session.socket_id for session in sessions if session.socket_id is not None}
    named = [
        socket for socket in server.sockets.values() if socket.closed is not None and socket.socket_id not in owned
    ]
    nameless = timeline.of_kinds(CLOSES)
    nameless = nameless[nameless["socket_id"].isna()]
    known = sorted(socket.closed for socket in server.sockets.values() if socket.closed is not None)
    nameless = nameless[[not _is_known_close(moment, known) for moment in nameless.moments()]]
    places = [socket.evidence for socket in named if socket.evidence is not None] + _list_places(nameless)
    candidates = sum(session.closed is not None and not _is_closed_by_name(session, server) for session in sessions)
    return places if len(places) > candidates else []


def _is_known_close(moment: datetime, known: Sequence[datetime]) -> bool:
    """Whether a socket that the server names closed at that moment: a second service tells of it without its id."""
    index = bisect_left(known, moment - ECHO)
    return index < len(known) and known[index] <= moment + ECHO


def _is_closed_by_name(session: SessionRecord, server: ServerView) -> bool:
    socket = server.sockets.get(session.socket_id or "")
    return socket is not None and socket.closed is not None


def _list_places(rows: Rows) -> list[Evidence]:
    pairs: Iterable[tuple[str, int]] = zip(rows["file"].tolist(), rows["line"].tolist(), strict=True)
    return [Evidence(file, int(line)) for file, line in pairs]
