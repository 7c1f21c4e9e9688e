"""The second stage: whose connections there are, and which sessions they had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from logdiag.analyzers.attempts.connect_errors import ConnectError, collect_errors
from logdiag.analyzers.attempts.never_connected import ShutOutClient, find_shut_out_clients, group_failures
from logdiag.analyzers.attempts.refused_by_server import find_all_refused
from logdiag.analyzers.attempts.rejected_handshakes import forget_rejected
from logdiag.analyzers.attempts.unaccepted_handshakes import forget_unaccepted
from logdiag.analyzers.causes.facts.known import SocketViews
from logdiag.analyzers.connections.both_sides import count_losses
from logdiag.analyzers.connections.connectless_clients import take_lives_of_server
from logdiag.analyzers.connections.crowds import Crowd, find_crowds, find_parallel_attempts, forget_crowds
from logdiag.analyzers.connections.departures import mark_departures
from logdiag.analyzers.connections.disconnects import list_disconnects
from logdiag.analyzers.connections.failed_attempts import tell_failed_attempts
from logdiag.analyzers.connections.identities import identify_connections
from logdiag.analyzers.connections.joined_sessions import join_by_time
from logdiag.analyzers.connections.longer_records import join_records, merge_records, set_own_clock
from logdiag.analyzers.connections.naming import name_connections
from logdiag.analyzers.connections.repeated_ends import forget_repeated_ends
from logdiag.analyzers.connections.server_sessions import find_server_sessions
from logdiag.analyzers.connections.server_side import collect_sockets, read_server_view
from logdiag.analyzers.connections.sessions import find_sessions, forget_unlogged_ends
from logdiag.analyzers.connections.summaries import summarize_connections
from logdiag.analyzers.connections.unknown_ends import Span, bound_deaths, find_spans, place_by_server
from logdiag.analyzers.processes.server_turns import list_server_turns, list_servers
from logdiag.analyzers.settings import SettingChange, ToldSetting, find_changes, find_logged_settings, settle_told
from logdiag.events import EventKind
from logdiag.ordering import build_timeline
from logdiag.pipeline.accepted import is_any_let_in
from logdiag.pipeline.inputs import ReadLogs, measure_extent, measure_processes
from logdiag.pipeline.told_settings import read_told_settings
from logdiag.pipeline.troubled_leaves import take_back
from logdiag.pipeline.wordings import describe_wordings
from logdiag.request import StatedSettings
from logdiag.results.connections import ConnectFailure, Connection
from logdiag.results.disconnects import PROXY
from logdiag.results.inputs import Wording
from logdiag.rows import Rows
from logdiag.scanning.cells import Window

CONNECTION_KINDS: Final = (
    EventKind.CONNECTED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_DISCONNECTED,
)


@dataclass(frozen=True, slots=True)
class Followed:
    """The one timeline of what was read, and what both sides say of every connection in it.

    `extent` is what is analysed, `stated` the settings that the user, the logs or the code state. `is_seen` says
    whether any line is of a connection; `shut_out` are the clients that never got in, `failures` the attempts to
    connect that failed, of all clients, without their lines, `refused` the handshakes of a server that lets nobody in.
    `spans`: from when to when its own logs tell of each connection; `crowds`: how many at the least were open at once
    in each row of several that nothing tells apart; `wordings`: which were understood; `setting_changes`: where
    a server came back with other settings.
    """

    reading: ReadLogs
    timeline: Rows
    duplicates_count: int
    extent: Window
    stated: StatedSettings
    sockets: SocketViews
    connections: tuple[Connection, ...]
    shut_out: tuple[ShutOutClient, ...]
    failures: tuple[ConnectFailure, ...]
    refused: tuple[ConnectError, ...]
    is_seen: bool
    spans: Mapping[str, Span]
    crowds: Mapping[str, Crowd]
    wordings: tuple[Wording, ...]
    setting_changes: tuple[SettingChange, ...] = ()

    @property
    def ends(self) -> Mapping[str, datetime]:
        """Until when the logs tell of each connection: the end of its own."""
        return {name: end for name, (_, end) in self.spans.items()}

    @property
    def shut_out_names(self) -> frozenset[str]:
        """The connections of the clients that never got in."""
        return frozenset(client.connection for client in self.shut_out)

    @property
    def are_all_shut_out(self) -> bool:
        """Whether there are such clients, and no other ones."""
        return bool(self.shut_out or self.refused) and not any(item.connects_count for item in self.connections)


def follow(reading: ReadLogs) -> Followed:
    """Lay what was read on one timeline and follow every connection along it."""
    ordered = build_timeline(reading.events(), name_connections)
    timeline, extent = _settle_ends(ordered.rows), measure_extent(reading)
    crowds = find_crowds(timeline)
    sockets, timeline = _follow_sockets(reading, timeline, {*crowds, *find_parallel_attempts(timeline)}, extent.end)
    sockets = _name_proxies(sockets) if reading.proxied_count else sockets
    told = read_told_settings(reading)
    spans = find_spans(timeline, measure_processes(reading, extent))
    connections = summarize_connections(sockets.sessions, extent.end, spans)
    shut_out = find_shut_out_clients(timeline, sockets.errors)
    kept_out = {client.connection for client in shut_out}
    refused = find_all_refused(timeline)
    if refused and not is_any_let_in(reading):
        name = timeline["connection"].tolist()[0]
        sockets = sockets._replace(errors={**sockets.errors, name: refused})
        kept_out.add(name)
    else:
        refused = ()
    return Followed(
        reading=reading,
        timeline=timeline,
        duplicates_count=len(ordered.duplicates),
        extent=extent,
        stated=_state_settings(reading, timeline, told),
        setting_changes=find_changes(told),
        sockets=sockets,
        connections=identify_connections(connections, reading.events(), timeline, sockets.sessions, sockets.server),
        shut_out=shut_out,
        failures=group_failures(sockets.errors, kept_out),
        refused=refused,
        is_seen=len(timeline.of_kinds(CONNECTION_KINDS)) > 0,
        spans=spans,
        crowds=crowds,
        wordings=describe_wordings(reading.events()),
    )


def _settle_ends(timeline: Rows) -> Rows:
    """The timeline, in which each end is one of a connection that was up."""
    return forget_unaccepted(forget_rejected(tell_failed_attempts(forget_repeated_ends(timeline))))


def _state_settings(reading: ReadLogs, timeline: Rows, told: Sequence[ToldSetting]) -> StatedSettings:
    """What the user states, then the logs, then the code."""
    stated = reading.request.stated.complete(find_logged_settings(timeline)).complete(settle_told(told, timeline))
    return stated if reading.sources is None else stated.complete(reading.sources.stated)


def _name_proxies(sockets: SocketViews) -> SocketViews:
    """The same, where proxies are the witnesses of what is told as the server's view."""
    return sockets._replace(
        drops=tuple(replace(drop, seen_by=PROXY) for drop in sockets.drops),
        departures=tuple(replace(drop, seen_by=PROXY) for drop in sockets.departures),
    )


def _follow_sockets(
    reading: ReadLogs, timeline: Rows, crowds: Collection[str], end: datetime
) -> tuple[SocketViews, Rows]:
    """What both sides say of every session and its end, and the timeline with each client under one name."""
    sessions = forget_crowds(forget_unlogged_ends(find_sessions(timeline), timeline), crowds)
    sockets = collect_sockets(timeline)
    sessions, sockets = take_lives_of_server(join_by_time(sessions, sockets), sockets)
    sockets, timeline = join_records(sessions, sockets, timeline)
    server = read_server_view(timeline, sessions, sockets)
    sessions = place_by_server(bound_deaths(sessions, timeline), server)
    of_clients = {session.socket_id for session in sessions if session.socket_id is not None}
    turns = list_server_turns(timeline, list_servers(timeline))
    of_server = set_own_clock(find_server_sessions(server, timeline, of_clients), sessions, server)
    sessions = merge_records(sessions, take_back(mark_departures(of_server, end, turns), reading), server)
    drops, drop_sessions = list_disconnects(sessions, server)
    minded = [(drop, session) for drop, session in zip(drops, drop_sessions, strict=True) if not session.departed]
    left = tuple(drop for drop, session in zip(drops, drop_sessions, strict=True) if session.departed)
    views = SocketViews(
        sessions,
        server,
        tuple(drop for drop, _ in minded),
        tuple(session for _, session in minded),
        collect_errors(timeline, sessions),
        left,
        count_losses(sessions, server),
    )
    return views, timeline
