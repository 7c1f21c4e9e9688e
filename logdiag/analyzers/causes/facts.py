"""Gather what all stages found of each disconnect into the case that the causes are judged by."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from math import inf
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from logdiag.analyzers.causes.case import CLIENT_REASONS, PAYLOAD, Case, Facts
from logdiag.analyzers.causes.kicks import KICK_REACH, End, list_kicks, pair_kicks
from logdiag.analyzers.clocks.patterns import ClockFit, PatternReport
from logdiag.analyzers.connections.connect_errors import ConnectError, errors_in_outage
from logdiag.analyzers.connections.last_ticks import judge_last_ticks
from logdiag.analyzers.connections.pauses import Notice, find_stops
from logdiag.analyzers.connections.process_silences import ProcessLines, Pulse, find_pulse, find_standstill
from logdiag.analyzers.connections.server_side import ServerSocket, ServerView, first_to_notice
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.ledger import find_lead_ms
from logdiag.analyzers.pushes.sizes import find_bracket, list_sends
from logdiag.analyzers.statistics.resolution import LEAST_COUNT, find_resolution_s
from logdiag.analyzers.triggers.search import TriggerFit
from logdiag.diagnosis import Disconnect, Evidence, FleetEvent, LineLoss, Push, Pushes, Silence
from logdiag.events import EventKind, Side
from logdiag.frame import list_moments, list_values, to_seconds
from logdiag.request import StatedSettings

ENGINE: Final = re.compile(r"(?i)\bengine(?:\.io)?\b|\bws\b")  # how Engine.IO and ws name themselves in what they write
DEBUG_LEVELS: Final = frozenset({"debug", "trace", "verbose", "silly"})
LATE_S: Final = 3.0
DEFAULT_PING_TIMEOUT_S: Final = 20.0  # Engine.IO since version 4
STOPPING: Final = (EventKind.SERVER_STOPPING.value, EventKind.PROCESS_STOPPING.value)
LEAST_PAUSES: Final = 10
USUALLY_PERCENT: Final = 95
TRAFFIC_LINES: Final = frozenset(
    {EventKind.EMIT.value, EventKind.RECEIVED.value, EventKind.RECEIPT.value, EventKind.PUSH_ACKNOWLEDGED.value}
)
SENDING: Final = (EventKind.PUSH_STARTED.value, EventKind.EMIT.value)


class Sockets(NamedTuple):
    """What both sides say of every session; `drop_sessions` are the sessions that `drops` ended, in their order.

    `errors` are the failed attempts to connect, by connection, `departures` the ends that nobody minds, `losses`
    the lines that the logs of one side lack.
    """

    sessions: tuple[SessionRecord, ...]
    server: ServerView
    drops: tuple[Disconnect, ...]
    drop_sessions: tuple[SessionRecord, ...]
    errors: Mapping[str, Sequence[ConnectError]]
    departures: tuple[Disconnect, ...] = ()
    losses: tuple[LineLoss, ...] = ()


class Tracks(NamedTuple):
    """Clocks, triggers and fleet events, and the disconnects that name theirs."""

    report: PatternReport
    pattern_ids: dict[int, str]
    triggers: tuple[TriggerFit, ...]
    trigger_ids: dict[int, str]
    fleet: tuple[tuple[FleetEvent, tuple[int, ...]], ...]
    offsets_s: dict[str, tuple[float, ...]]
    drops: tuple[Disconnect, ...]

    @property
    def fits(self) -> tuple[ClockFit, ...]:
        """The clocks, most disconnects explained first."""
        return self.report.fits


class Ledger(NamedTuple):
    """Every push and its fate, and the disconnects with their remarks."""

    attempts: tuple[Attempt, ...]
    pushes: tuple[Push, ...]
    counts: Pushes
    templates: frozenset[tuple[str, str]]
    reach_ms: float
    drops: tuple[Disconnect, ...]


def build_case(
    frame: pd.DataFrame,
    sockets: Sockets,
    tracks: Tracks,
    ledger: Ledger,
    silences: Sequence[Silence],
    processes: Sequence[ProcessLines],
    stated: StatedSettings,
) -> Case:
    """Lay everything that is known before the checks of the causes."""
    kinds = set(frame["kind"])
    servers = _find_servers(sockets.server)
    resolution_s = _measure_resolution(frame, sockets.drop_sessions)
    return Case(
        facts=_gather_facts(
            frame,
            sockets,
            tracks,
            ledger,
            silences,
            processes,
            resolution_s,
            stated.ping_timeout_s or DEFAULT_PING_TIMEOUT_S,
        ),
        errors=tuple(error for name in sorted(sockets.errors) for error in sockets.errors[name]),
        patterns=tracks.report,
        pattern_ids=tracks.pattern_ids,
        triggers=tracks.triggers,
        trigger_ids=tracks.trigger_ids,
        attempts=ledger.attempts,
        pushes=ledger.pushes,
        server=sockets.server,
        connections_count=len({session.connection for session in sockets.sessions}),
        starts_seen=EventKind.PROCESS_STARTED.value in kinds,
        emits_seen=not TRAFFIC_LINES.isdisjoint(kinds),
        push_templates=ledger.templates,
        push_reach_ms=ledger.reach_ms,
        local_offsets_s=tracks.offsets_s,
        payload_errors=_find_payload_errors(frame),
        kicks_count=int((frame["kind"] == EventKind.SERVER_KICK.value).sum()),
        engine_lines_count=sum(_count_engine_lines(process) for process in processes if process.source in servers),
        debug_seen=any(process.levels & DEBUG_LEVELS for process in processes if process.source not in servers),
        resolution_s=resolution_s,
        ping_interval_s=stated.ping_interval_s,
        ping_timeout_s=stated.ping_timeout_s,
        max_payload_bytes=stated.max_payload_bytes,
        lossy_sides=frozenset(loss.side for loss in sockets.losses if loss.is_telling),
        bracket=find_bracket(list_sends(frame, ledger.attempts), _list_cuts(sockets, ledger), ledger.reach_ms),
    )


def _list_cuts(sockets: Sockets, ledger: Ledger) -> list[Disconnect]:
    """The disconnects that no stop, crash or restart of the client explains: a message may have ended those."""
    return [
        drop
        for drop, session in zip(ledger.drops, sockets.drop_sessions, strict=True)
        if not (session.orderly or session.crashed or session.restarted)
    ]


def _find_servers(server: ServerView) -> list[str]:
    """The folders of the server's logs."""
    return sorted({socket.source for socket in server.sockets.values()})


def _count_engine_lines(process: ProcessLines) -> int:
    """Lines in which the transport layer speaks; the name of a service says nothing of who speaks."""
    return sum(len(times) for (_, template), times in process.templates.items() if ENGINE.search(template))


def _places(frame: pd.DataFrame, kind: EventKind) -> tuple[Evidence, ...]:
    rows = frame[frame["kind"] == kind.value]
    return tuple(Evidence(file, int(line)) for file, line in zip(list_values(rows["file"]), rows["line"], strict=True))


def _find_payload_errors(frame: pd.DataFrame) -> tuple[Evidence, ...]:
    """Errors of the server that say that a message was too large; other errors say nothing about that."""
    rows = frame[frame["kind"] == EventKind.SERVER_ERROR.value]
    said = zip(*(list_values(rows[name]) for name in ("message", "error", "file", "line")), strict=True)
    return tuple(
        Evidence(file, int(line)) for message, error, file, line in said if PAYLOAD.search(f"{message} {error or ''}")
    )


def _measure_resolution(frame: pd.DataFrame, sessions: Sequence[SessionRecord]) -> float:
    """The step that the stamps of disconnects and reconnects keep, in seconds; of all events where these are few."""
    moments = [moment for session in sessions for moment in (session.closed, session.reopened) if moment is not None]
    if len(moments) < LEAST_COUNT:
        return find_resolution_s(to_seconds(frame["time"]))
    return find_resolution_s(np.array([moment.timestamp() for moment in moments]))


def _gather_facts(
    frame: pd.DataFrame,
    sockets: Sockets,
    tracks: Tracks,
    ledger: Ledger,
    silences: Sequence[Silence],
    processes: Sequence[ProcessLines],
    resolution_s: float,
    ping_timeout_s: float,
) -> tuple[Facts, ...]:
    fits = {tracks.pattern_ids[rank]: fit for rank, fit in enumerate(tracks.fits)}
    arrived = {attempt.evidence: attempt.acquits for attempt in ledger.attempts}
    rivals = find_rivals(frame, sockets.drop_sessions, sockets.server) | _find_replaced(sockets.sessions)
    in_fleet = {index for _, indices in tracks.fleet for index in indices}
    by_process: dict[str, list[Silence]] = {}
    for silence in silences:
        by_process.setdefault(silence.connection, []).append(silence)
    servers = _find_servers(sockets.server)
    server_silences = [silence for name in servers for silence in by_process.get(name, [])]
    pushes: dict[int | None, list[Push]] = defaultdict(list)
    for push in ledger.pushes:
        pushes[push.disconnect_index].append(push)
    lines = {process.source: process for process in processes}
    own_kicks = list_kicks(frame)
    kicks = [(kick.time, kick.evidence) for kick in own_kicks]
    kick_leads_s = pair_kicks(own_kicks, _list_ends(sockets.server, ledger.drops, sockets.drop_sessions))
    pulses = {process.source: pulse for process in processes if (pulse := find_pulse(process)) is not None}
    heard = _list_heard(frame, sockets.server)
    pauses = _measure_pauses_s(sockets, heard)
    ticked = _judge_last_ticks(sockets.drop_sessions, lines, heard)
    sizes = _list_sizes(frame)
    starts = sockets.server.starts
    stops = _list_stops(frame)
    stood_still = _find_stops(sockets.server, ledger.drops, sockets.drop_sessions, lines)
    facts = []
    for drop, session in zip(ledger.drops, sockets.drop_sessions, strict=True):
        offset, error = sockets.server.offset_s(drop.connection)
        on_server = drop.time - timedelta(seconds=offset)
        socket = sockets.server.sockets.get(session.socket_id or "")
        last = find_push(pushes[drop.index], drop.index, ledger.reach_ms)
        notice, notice_error = describe_notice(session, sockets.server)
        woken = stood_still.get(drop.connection, {}).get(drop.index)
        server_woken = None if socket is None else stood_still.get(socket.source, {}).get(drop.index)
        if (
            woken is None
            and server_woken is None
            and notice is not None
            and notice_error is not None
            and socket is not None
        ):
            if drop.reason == "ping timeout":
                server_woken = _find_wake(lines.get(socket.source), socket.closed, -notice, notice_error)
            elif drop.reason in CLIENT_REASONS:
                woken = _find_wake(lines.get(drop.connection), drop.time, notice, notice_error)
        facts.append(
            Facts(
                drop=drop,
                session=session,
                reason=drop.reason if drop.reason in CLIENT_REASONS else None,
                errors=errors_in_outage(sockets.errors.get(drop.connection, ()), session),
                fit=None if drop.pattern is None else fits[drop.pattern],
                silence=find_silence(by_process.get(drop.connection, []), drop.time, before=True) or woken,
                server_silence=find_silence(server_silences, on_server, before=False) or server_woken,
                server_start=find_server_start(starts, session, offset)
                if sockets.server.knows(drop.connection)
                else None,
                push=last,
                push_arrived=None
                if last is None
                else _tell_arrival(last, pushes[drop.index], arrived, 1e3 * resolution_s),
                notice_s=notice,
                notice_error_s=notice_error,
                rival=rivals.get((session.connection, drop.time)),
                fleet_wide=drop.index in in_fleet,
                kick=find_kick(kicks, on_server, error),
                kick_lead_s=kick_leads_s.get(drop.index),
                server_error=None if socket is None else socket.error,
                server_stop=None if socket is None else find_stop(stops.get(socket.source, []), on_server, error),
                heard_s=find_heard_s(heard.get(drop.connection, []), drop.time),
                usual_s=pauses.get(drop.connection),
                client_ran_on=_tell_running(pulses.get(drop.connection), drop.time, ping_timeout_s),
                server_ran_on=_tell_running(pulses.get(_name_server(socket, servers)), on_server, ping_timeout_s),
                ticked_to_end=ticked.get(drop.connection, {}).get(drop.time),
                sent_bytes=find_sent_bytes(sizes.get(drop.connection, []), drop.time, ledger.reach_ms),
            )
        )
    return tuple(facts)


def _name_server(socket: ServerSocket | None, servers: Sequence[str]) -> str:
    """The server that held a socket: by its log, or as there is no other; empty where nothing tells."""
    if socket is not None:
        return socket.source
    return servers[0] if len(servers) == 1 else ""


def _tell_running(pulse: Pulse | None, moment: datetime, ping_timeout_s: float) -> bool | None:
    """Whether a process ran on as long before an end as it takes to lose a heartbeat, and after it."""
    return None if pulse is None else pulse.beats_through(moment.timestamp(), ping_timeout_s)


def _tell_arrival(
    push: Push, pushes: Sequence[Push], arrived: Mapping[tuple[Evidence, ...], bool | None], step_ms: float
) -> bool | None:
    """Whether a push arrived; of those near the same drop that began in the same step of the stamps, all must have."""
    lead_ms = push.lead_ms or 0.0
    fates = {arrived.get(other.evidence) for other in pushes if 0 <= (other.lead_ms or 0.0) - lead_ms < step_ms}
    return False if False in fates else None if None in fates else True


def _find_stops(
    server: ServerView,
    drops: Sequence[Disconnect],
    sessions: Sequence[SessionRecord],
    lines: Mapping[str, ProcessLines],
) -> dict[str, Mapping[int, Silence]]:
    """The pauses of each process, too long and too many for chance, in which it stood still while a connection ended.

    A client that is late did. A server that is late did where the client waited for pings in vain, unless it waited in
    vain as well: then its timers ran, and the way between both was dead.
    """
    notices: dict[str, list[Notice]] = defaultdict(list)
    for drop, session in zip(drops, sessions, strict=True):
        notice_s, error_s = describe_notice(session, server)
        socket = server.sockets.get(session.socket_id or "")
        if notice_s is None or error_s is None or socket is None or socket.closed is None:
            continue
        end_s, server_end_s = drop.time.timestamp(), socket.closed.timestamp()
        notices[drop.connection].append(Notice(drop.index, end_s - notice_s, end_s, error_s))
        if drop.reason == "ping timeout" != drop.server_reason:
            notices[socket.source].append(Notice(drop.index, server_end_s + notice_s, server_end_s, error_s))
    return {source: find_stops(lines[source], known) for source, known in notices.items() if source in lines}


def _find_wake(process: ProcessLines | None, end: datetime | None, late_s: float, error_s: float) -> Silence | None:
    """The silence of a process that logged an end `late_s` after the other side did and wrote nothing meanwhile.

    The end of a connection reaches a process that runs at once; only what swallows packets keeps it back, and then
    the process itself says `ping timeout` (if it is the client) or would have said so long before (the server).
    """
    if process is None or end is None or late_s < max(LATE_S, 3 * error_s):
        return None
    return find_standstill(process, end.timestamp() - late_s, end.timestamp())


def _list_ends(server: ServerView, drops: Sequence[Disconnect], sessions: Sequence[SessionRecord]) -> list[End]:
    """The ends of sockets that the server's own line tells of."""
    told = ((drop, server.sockets.get(session.socket_id or "")) for drop, session in zip(drops, sessions, strict=True))
    return [
        End(drop.index, socket.closed, socket.source, socket.socket_id, socket.evidence)
        for drop, socket in told
        if socket is not None and socket.closed is not None
    ]


def _list_stops(frame: pd.DataFrame) -> dict[str, list[tuple[datetime, Evidence]]]:
    """When and where each process says that it stops, by its folder, in the order of time."""
    rows = frame[frame["kind"].isin(STOPPING)]
    stops: dict[str, list[tuple[datetime, Evidence]]] = {}
    for moment, source, file, line in zip(
        list_moments(rows["time"]), *(list_values(rows[name]) for name in ("source", "file", "line")), strict=True
    ):
        stops.setdefault(source, []).append((moment, Evidence(file, int(line))))
    return stops


def _list_heard(frame: pd.DataFrame, server: ServerView) -> dict[str, list[datetime]]:
    """When each client logged a message of the server, in the order of time; or the server one of the client."""
    received = frame["kind"] == EventKind.RECEIVED.value
    told = (frame["kind"] == EventKind.RECEIPT.value) & frame["connection"].isin(server.told)
    rows = frame[received | told]
    heard: dict[str, list[datetime]] = {}
    for moment, connection in zip(list_moments(rows["time"]), list_values(rows["connection"]), strict=True):
        heard.setdefault(connection, []).append(moment)
    return heard


def _measure_pauses_s(sockets: Sockets, heard: Mapping[str, Sequence[datetime]]) -> dict[str, float]:
    """The pause between two messages within a session that 95 % do not exceed, of each client the server tells of."""
    closed: dict[str, list[float]] = defaultdict(list)
    for session in sockets.drop_sessions:
        if session.side is Side.SERVER and session.closed is not None:
            closed[session.connection].append(session.closed.timestamp())
    pauses = {}
    for name, ends in closed.items():
        times = np.array([moment.timestamp() for moment in heard.get(name, ())])
        within = np.diff(np.searchsorted(np.sort(ends), times)) == 0
        if np.count_nonzero(within) >= LEAST_PAUSES:
            pauses[name] = float(np.percentile(np.diff(times)[within], USUALLY_PERCENT))
    return pauses


def _judge_last_ticks(
    sessions: Sequence[SessionRecord], lines: Mapping[str, ProcessLines], heard: Mapping[str, Sequence[datetime]]
) -> dict[str, Mapping[datetime, bool]]:
    """For each client that writes itself: whether what comes regularly over its connection came up to each end."""
    by_connection: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        if session.side is not Side.SERVER and session.connection in lines:
            by_connection[session.connection].append(session)
    return {
        name: judge_last_ticks(lines[name], np.array([moment.timestamp() for moment in heard.get(name, ())]), ended)
        for name, ended in by_connection.items()
    }


def _list_sizes(frame: pd.DataFrame) -> dict[str, list[tuple[datetime, float]]]:
    """When each connection sent something whose size its line gives, and that size in bytes."""
    rows = frame[frame["kind"].isin(SENDING) & frame["value"].notna()]
    sizes: dict[str, list[tuple[datetime, float]]] = {}
    for moment, connection, size in zip(
        list_moments(rows["time"]), list_values(rows["connection"]), list_values(rows["value"]), strict=True
    ):
        sizes.setdefault(connection, []).append((moment, float(size)))
    return sizes


SILENCE_REACH: Final = timedelta(seconds=3)
JOIN_REACH: Final = timedelta(seconds=2)
KICK_LAG: Final = timedelta(milliseconds=50)
STOP_REACH: Final = timedelta(seconds=1)  # METHODS 7.4
LONGEST_RESTART: Final = timedelta(seconds=60)


def find_silence(silences: Sequence[Silence], moment: datetime, *, before: bool) -> Silence | None:
    """A silence that a disconnect ended: it began well before, and the disconnect came in it or right after it.

    With `before` the disconnect is a line of the silent process itself, so it can only come at the very end.
    """
    for silence in silences:
        early = silence.start + SILENCE_REACH <= moment
        if early and moment <= silence.end + SILENCE_REACH and (not before or moment >= silence.end - SILENCE_REACH):
            return silence
    return None


def find_server_start(starts: Sequence[datetime], session: SessionRecord, offset_s: float) -> datetime | None:
    """A start of the server between the end of a session and the next connect, on the client's clock.

    Where the next connect is not logged, within a minute and before the next disconnect.
    """
    if session.closed is None:
        return None
    shift = timedelta(seconds=offset_s)
    longest = session.closed + LONGEST_RESTART
    last = session.reopened or min(longest, session.next_closed or longest)
    place = bisect_left(starts, session.closed - timedelta(milliseconds=500) - shift)
    return starts[place] if place < len(starts) and starts[place] + shift <= last else None


def find_push(pushes: Sequence[Push], index: int, reach_ms: float) -> Push | None:
    """The push that began last before a disconnect, within `reach_ms` of its end."""
    near = [push for push in pushes if push.disconnect_index == index and find_lead_ms(push, reach_ms) is not None]
    return min(near, key=lambda push: push.lead_ms or 0.0, default=None)


def find_kick(kicks: Sequence[tuple[datetime, Evidence]], moment: datetime, error_s: float) -> Evidence | None:
    """The line by which the server says, up to 2 s before `moment` on its clock, that it disconnects a socket."""
    start, end = moment - KICK_REACH - timedelta(seconds=error_s), moment + KICK_LAG + timedelta(seconds=error_s)
    last = bisect_right(kicks, end, key=_kick_time) - 1
    return kicks[last][1] if last >= 0 and kicks[last][0] >= start else None


def find_stop(stops: Sequence[tuple[datetime, Evidence]], moment: datetime, error_s: float) -> Evidence | None:
    """The line by which a server says, up to 1 s before `moment` on its clock, that it stops."""
    start, end = moment - STOP_REACH - timedelta(seconds=error_s), moment + KICK_LAG + timedelta(seconds=error_s)
    last = bisect_right(stops, end, key=_kick_time) - 1
    return stops[last][1] if last >= 0 and stops[last][0] >= start else None


def _kick_time(kick: tuple[datetime, Evidence]) -> datetime:
    return kick[0]


def find_sent_bytes(sizes: Sequence[tuple[datetime, float]], moment: datetime, reach_ms: float) -> float | None:
    """The largest message whose size a line of the client gives within `reach_ms` before `moment`, in bytes."""
    first = bisect_left(sizes, (moment - timedelta(milliseconds=reach_ms), 0.0))
    last = bisect_right(sizes, (moment, inf))
    return max((size for _, size in sizes[first:last]), default=None)


def find_heard_s(heard: Sequence[datetime], moment: datetime) -> float | None:
    """How long before `moment` the last message of the server came, in seconds; `heard` is in the order of time."""
    place = bisect_right(heard, moment)
    return (moment - heard[place - 1]).total_seconds() if place else None


def find_rivals(
    frame: pd.DataFrame, sessions: Sequence[SessionRecord], server: ServerView
) -> dict[tuple[str, datetime], str]:
    """Disconnects at which another connection joined under the same worker id: (connection, closed) -> the rival."""
    joins = _joins(frame, sessions, server)
    owners: dict[str, set[str]] = defaultdict(set)
    for _, worker, connection in joins:
        owners[worker].add(connection)
    shared = {worker for worker, names in owners.items() if len(names) > 1}
    found: dict[tuple[str, datetime], str] = {}
    names = {connection: worker for _, worker, connection in joins if worker in shared}
    by_worker: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for moment, worker, connection in sorted(joins):
        by_worker[worker].append((moment, connection))
    for session in sessions:
        shared_id = names.get(session.connection)
        if shared_id is None or session.closed is None:
            continue
        rivals = by_worker[shared_id]
        first = bisect_left(rivals, (session.closed - JOIN_REACH, ""))
        near = takewhile(partial(_is_by, session.closed + JOIN_REACH), islice(rivals, first, None))
        rival = next((connection for _, connection in near if connection != session.connection), None)
        if rival is not None:
            found[session.connection, session.closed] = rival
    return found


def _find_replaced(sessions: Sequence[SessionRecord]) -> dict[tuple[str, datetime], str]:
    """Ends of sockets right after another socket of the same client came, where the server alone tells."""
    by_connection: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for session in sessions:
        if session.side is Side.SERVER and session.opened is not None and session.socket_id is not None:
            by_connection[session.connection].append((session.opened, session.socket_id))
    for opens in by_connection.values():
        opens.sort()
    found = {}
    for session in sessions:
        opens = by_connection.get(session.connection, [])
        if session.side is not Side.SERVER or session.closed is None or session.opened is None:
            continue
        last = bisect_right(opens, session.closed, key=itemgetter(0)) - 1
        if last >= 0 and opens[last][0] > max(session.opened, session.closed - JOIN_REACH):
            found[session.connection, session.closed] = opens[last][1]
    return found


def _is_by(end: datetime, join: tuple[datetime, str]) -> bool:
    return join[0] <= end


def _joins(
    frame: pd.DataFrame, sessions: Sequence[SessionRecord], server: ServerView
) -> list[tuple[datetime, str, str]]:
    """(instant on the client's clock, worker id, connection) of every join that either side logged."""
    rows = frame[(frame["kind"] == EventKind.JOINED.value) & frame["worker_id"].notna()]
    joins = [
        (moment, str(worker), str(connection))
        for moment, worker, connection in zip(
            list_moments(rows["time"]), list_values(rows["worker_id"]), list_values(rows["connection"]), strict=True
        )
    ]
    for session in sessions:
        socket = server.sockets.get(session.socket_id or "")
        if socket is None or socket.worker_id is None:
            continue
        began = socket.joined or socket.opened
        if began is not None:
            joins.append(
                (
                    began + timedelta(seconds=server.offset_s(session.connection)[0]),
                    socket.worker_id,
                    session.connection,
                )
            )
        elif session.opened is not None:
            joins.append((session.opened, socket.worker_id, session.connection))
    return joins


def describe_notice(session: SessionRecord, server: ServerView) -> tuple[float | None, float | None]:
    """Client minus server at the disconnect, with its error, or None for both."""
    noticed = first_to_notice(session, server)
    return (None, None) if noticed is None else noticed
