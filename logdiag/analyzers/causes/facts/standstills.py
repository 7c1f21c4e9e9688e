"""Whether the two processes stood still, or ran on, while a connection ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.causes.case import PING_SUM_WIDTH, PING_SUMS_S
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.reasons import CLIENT_REASONS
from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.silences.pauses import NoticedEnd, find_longest, find_stops
from logdiag.analyzers.silences.process_silences import (
    EDGE_S,
    ProcessLines,
    Pulse,
    find_pulse,
    find_standstill,
    was_read,
)
from logdiag.events import Side
from logdiag.results.connections import Silence
from logdiag.results.disconnects import Disconnect

LATE_S: Final = 3.0  # a choice: shorter pauses of a process are ordinary
SILENCE_REACH: Final = timedelta(seconds=3)  # a choice: as long as a pause that counts
LEAST_MISSED: Final = 7.0  # so many lines are missing by luck in 1 of 1,000 logs, by Poisson
ON_TIME_S: Final = 0.05  # a choice: a timer is late by milliseconds, and work takes a second more or less
LEAST_PAUSES: Final = 6  # a choice: that many of one length are no work
MOSTLY: Final = 0.9  # of the pauses: one may have been cut short by a line
SHORTEST_TIMEOUT_S: Final = 5.0  # the shortest ping timeout by default: a shorter pause loses no heartbeat


class Standstills(NamedTuple):
    """What is known of both processes at one disconnect, as `DisconnectFacts` has it."""

    silence: Silence | None
    server_silence: Silence | None
    client_ran_on: bool | None
    server_ran_on: bool | None
    lonely_pause: Silence | None
    crowd_pause: Silence | None


def find_standstills(known: FactInput, endings: Sequence[Ending]) -> list[Standstills]:
    """Whether client and server stood still at each disconnect, by their silences or by how late they noticed it."""
    silences: dict[str, list[Silence]] = defaultdict(list)
    for silence in known.silences:
        silences[silence.connection].append(silence)
    servers = known.servers or _list_tellers(silences, endings)
    server_silences = [silence for name in servers for silence in silences[name]]
    stops = _find_stops(endings, known.processes)
    crowds = _list_crowds(endings, known)
    given_up = _find_given_up(crowds, known)
    crowd_pauses = _find_crowd_pauses(crowds, known)
    lonely = _find_lonely_pauses(endings, known)
    pulses = {name: pulse for name, process in known.sure.items() if (pulse := find_pulse(process)) is not None}
    late = [_find_late(ending, stops, known.processes) for ending in endings]
    shared = _share_stops(endings, [server_woken for _, server_woken in late])
    found = []
    for ending, (woken, server_woken) in zip(endings, late, strict=True):
        drop, on_server = ending.drop, ending.on_server
        server_name = _name_server(ending.socket, servers)
        found.append(
            Standstills(
                silence=(
                    woken
                    if drop.connection in servers and ending.session.side is Side.SERVER
                    else find_silence(silences[drop.connection], drop.time, before=True) or woken
                ),
                server_silence=find_silence(server_silences, on_server, before=False)
                or server_woken
                or shared.get(drop.index)
                or given_up.get(drop.index),
                client_ran_on=_tell_running(pulses.get(drop.connection), drop.time, known.ping_timeout_s),
                server_ran_on=_tell_running(pulses.get(server_name), on_server, known.ping_timeout_s),
                lonely_pause=lonely.get(drop.index),
                crowd_pause=crowd_pauses.get(drop.index),
            )
        )
    return found


def _list_tellers(silences: Mapping[str, Sequence[Silence]], endings: Sequence[Ending]) -> list[str]:
    """The processes that stood still, where servers alone tell of ends, by no socket's id: they are those servers."""
    has_clients = any(ending.session.side is Side.CLIENT for ending in endings)
    return [] if has_clients else sorted(silences)


def _share_stops(endings: Sequence[Ending], woken: Sequence[Silence | None]) -> dict[int, Silence]:
    """The stops of servers that some clients' logs show, by the ends of others of which the servers alone tell."""
    stops: dict[str, list[Silence]] = defaultdict(list)
    for ending, stop in zip(endings, woken, strict=True):
        if stop is not None and ending.socket is not None:
            stops[ending.socket.source].append(stop)
    shared: dict[int, Silence] = {}
    for ending in endings:
        if ending.session.side is Side.SERVER and ending.socket is not None:
            silence = find_silence(stops[ending.socket.source], ending.on_server, before=False)
            shared |= {} if silence is None else {ending.drop.index: silence}
    return shared


def _name_server(socket: ServerSocket | None, servers: Sequence[str]) -> str:
    """The server that held a socket: by its log, or as there is no other; empty where nothing tells."""
    if socket is not None:
        return socket.source
    return servers[0] if len(servers) == 1 else ""


def _tell_running(pulse: Pulse | None, moment: datetime, ping_timeout_s: float) -> bool | None:
    """Whether a process ran on as long before an end as it takes to lose a heartbeat, and after it."""
    return None if pulse is None else pulse.beats_through(moment.timestamp(), ping_timeout_s)


def _find_late(
    ending: Ending, stops: Mapping[str, Mapping[int, Silence]], processes: Mapping[str, ProcessLines]
) -> tuple[Silence | None, Silence | None]:
    """The silences in which the client, and the server, stood still, by how late each of them noticed the end."""
    drop, _, socket, _, _, notice_s, error_s = ending
    woken = stops.get(drop.connection, {}).get(drop.index)
    server_woken = None if socket is None else stops.get(socket.source, {}).get(drop.index)
    if woken is not None or server_woken is not None or socket is None or notice_s is None or error_s is None:
        return woken, server_woken
    if drop.reason == "ping timeout":
        return None, _find_wake(processes.get(socket.source), socket.closed, -notice_s, error_s)
    if drop.reason in CLIENT_REASONS:
        return _find_wake(processes.get(drop.connection), drop.time, notice_s, error_s), None
    return None, None


def _find_stops(endings: Sequence[Ending], processes: Mapping[str, ProcessLines]) -> dict[str, Mapping[int, Silence]]:
    """The pauses of each process, too long and too many for chance, in which it stood still while a connection ended.

    A client that is late did: also where both timed out, as over a dead way the timers of both run out together, within
    a round trip. A server that is late did where the client got no pings, unless the server timed out as well: then its
    timers ran, and the way between both was dead.
    """
    notices: dict[str, list[NoticedEnd]] = defaultdict(list)
    for drop, _, socket, _, _, notice_s, error_s in endings:
        if notice_s is None or error_s is None or socket is None or socket.closed is None:
            continue
        end_s, server_end_s = drop.time.timestamp(), socket.closed.timestamp()
        if drop.reason != "ping timeout" or drop.server_reason == "ping timeout":
            notices[drop.connection].append(NoticedEnd(drop.index, end_s - notice_s, end_s, error_s))
        if drop.reason == "ping timeout" != drop.server_reason:
            notices[socket.source].append(NoticedEnd(drop.index, server_end_s + notice_s, server_end_s, error_s))
    return {source: find_stops(processes[source], late) for source, late in notices.items() if source in processes}


class _Crowd(NamedTuple):
    """Disconnects, by their numbers, of a server that gave several clients up in one moment, and when that was."""

    source: str
    indices: tuple[int, ...]
    notice: NoticedEnd


def _list_crowds(endings: Sequence[Ending], known: FactInput) -> list[_Crowd]:
    """The moments in which one server alone gave several clients up.

    What one moment ends counts once, or a fleet would make each pause look like many.
    """
    by_index = {ending.drop.index: ending for ending in endings}
    crowds = []
    for _, indices in known.tracks.fleet:
        members = [by_index[index] for index in indices if index in by_index and _gave_up_alone(by_index[index].drop)]
        sockets = [end.socket for end in members if end.socket is not None and end.socket.closed is not None]
        if len(members) < len(indices) or len(sockets) < len(members) or len({one.source for one in sockets}) != 1:
            continue
        first_s = min(one.closed.timestamp() for one in sockets if one.closed is not None)
        notice = NoticedEnd(members[0].drop.index, first_s - SHORTEST_TIMEOUT_S, first_s, error_s=0.0)
        crowds.append(_Crowd(sockets[0].source, tuple(indices), notice))
    return crowds


def _find_given_up(crowds: Sequence[_Crowd], known: FactInput) -> dict[int, Silence]:
    """The pauses in which a server stood still that gave several clients up in one moment, by the disconnects.

    Each client has a ping timer of its own: only what held them all back lets them run out together.
    """
    moments = {crowd.notice.number: crowd.indices for crowd in crowds}
    notices: dict[str, list[NoticedEnd]] = defaultdict(list)
    for crowd in crowds:
        notices[crowd.source].append(crowd.notice)
    return {
        index: pause
        for source, given in notices.items()
        if (process := known.find_wide(source)) is not None
        for place, pause in find_stops(process, given).items()
        for index in moments[place]
    }


def _find_crowd_pauses(crowds: Sequence[_Crowd], known: FactInput) -> dict[int, Silence]:
    """The pauses, longer than any other of a server, after which it gave several clients up, by the disconnects.

    Once or twice they are no proof that it stood still; but nor is it sure that heartbeats got lost.
    """
    found: dict[int, Silence] = {}
    for source in sorted({crowd.source for crowd in crowds}):
        process = known.find_wide(source)
        if process is None:
            continue
        own = [crowd for crowd in crowds if crowd.source == source]
        pauses = find_longest(process, [crowd.notice for crowd in own])
        for crowd in own:
            if (pause := pauses.get(crowd.notice.number)) is not None:
                found |= dict.fromkeys(crowd.indices, pause)
    return found


def _find_lonely_pauses(endings: Sequence[Ending], known: FactInput) -> dict[int, Silence]:
    """The pauses, too long and too many for chance, after which a server gave its only client up, by the disconnects.

    It stood still, or it had nothing to write while the way to its client was dead: one client does not tell which.
    Where it never writes while that client is away, a pause is what the client's silence looks like, and tells nothing.
    """
    if _do_overlap(known.sockets.sessions):
        return {}
    notices: dict[str, list[NoticedEnd]] = defaultdict(list)
    for ending in endings:
        if ending.socket is not None and ending.socket.closed is not None and _gave_up_alone(ending.drop):
            end_s = ending.socket.closed.timestamp()
            notices[ending.socket.source].append(
                NoticedEnd(ending.drop.index, end_s - SHORTEST_TIMEOUT_S, end_s, error_s=0.0)
            )
    stops = (
        find_stops(known.sure[source], given)
        for source, given in notices.items()
        if source in known.sure and not _do_lines_hang(known.sure[source], known)
    )
    return {index: pause for found in stops if not _are_of_a_timer(found.values()) for index, pause in found.items()}


def _are_of_a_timer(pauses: Collection[Silence]) -> bool:
    """Whether pauses end each time as ping interval plus timeout are over: a timer went off, in a process that ran."""
    lengths_s = np.array([pause.silence_s for pause in pauses])
    if len(lengths_s) < LEAST_PAUSES:
        return False
    usual_s = float(np.median(lengths_s))
    is_steady = np.mean(np.abs(lengths_s - usual_s) <= ON_TIME_S) >= MOSTLY
    return bool(is_steady) and any(abs(usual_s - sum_s) <= PING_SUM_WIDTH * sum_s for sum_s in PING_SUMS_S)


def _do_lines_hang(process: ProcessLines, known: FactInput) -> bool:
    """Whether all lines of a server hang on its only client: none while that is away, where chance would have some."""
    held = sorted(
        (socket.opened.timestamp(), socket.closed.timestamp())
        for socket in known.sockets.server.sockets.values()
        if socket.source == process.source and socket.opened is not None and socket.closed is not None
    )
    away = [
        (closed + EDGE_S, opened - EDGE_S)
        for (_, closed), (opened, _) in pairwise(held)
        if opened - closed > 2 * EDGE_S and was_read(process.windows_s, closed, opened)
    ]
    away_s = sum(end - start for start, end in away)
    read_s = sum(high - low for low, high in process.windows_s) - away_s
    if read_s <= 0 or any(np.diff(np.searchsorted(process.times_s, span))[0] for span in away):
        return False
    moments_count = len(np.unique(np.floor(process.times_s)))  # what comes in one second is one word
    return away_s * moments_count / read_s >= LEAST_MISSED


def _do_overlap(sessions: Sequence[SessionRecord]) -> bool:
    """Whether two sessions were ever open at a time; a client that no key names has another name in each."""
    spans = sorted(
        (session.opened, session.closed)
        for session in sessions
        if session.opened is not None and session.closed is not None
    )
    return any(later < end for (_, end), (later, _) in pairwise(spans))


def _gave_up_alone(drop: Disconnect) -> bool:
    """Whether the server timed out a client that does not say that it timed out as well."""
    return drop.server_reason == "ping timeout" != drop.reason


def _find_wake(process: ProcessLines | None, end: datetime | None, late_s: float, error_s: float) -> Silence | None:
    """The silence of a process that logged an end `late_s` after the other side did and wrote nothing meanwhile.

    The end of a connection reaches a process that runs at once; only what swallows packets keeps it back, and then
    the process itself says `ping timeout` (if it is the client) or would have said so long before (the server).
    """
    if process is None or end is None or late_s < max(LATE_S, 3 * error_s):
        return None
    return find_standstill(process, end.timestamp() - late_s, end.timestamp())


def find_silence(silences: Sequence[Silence], moment: datetime, *, before: bool) -> Silence | None:
    """A silence that a disconnect ended: it began well before, and the disconnect came in it or right after it.

    With `before` the disconnect is a line of the silent process itself, so it can only come at the very end.
    """
    for silence in silences:
        early = silence.start + SILENCE_REACH <= moment
        if early and moment <= silence.end + SILENCE_REACH and (not before or moment >= silence.end - SILENCE_REACH):
            return silence
    return None
