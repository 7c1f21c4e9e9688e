"""Gather what all stages found of each disconnect into the case that the causes are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.attempts.connect_errors import errors_in_outage
from logdiag.analyzers.attempts.refused_by_server import find_version_clash
from logdiag.analyzers.causes.case import DEFAULT_PING_TIMEOUT_S, Case
from logdiag.analyzers.causes.disconnect_facts import RESTARTS, DisconnectFacts
from logdiag.analyzers.causes.facts.endings import Ending, list_endings
from logdiag.analyzers.causes.facts.expired_credentials import find_expired
from logdiag.analyzers.causes.facts.instances import Fleet
from logdiag.analyzers.causes.facts.known import FactInput, PushLedger, SocketViews, SureProcesses, Tracks
from logdiag.analyzers.causes.facts.lives import list_lives
from logdiag.analyzers.causes.facts.mixed_lines import count_mixed_lines
from logdiag.analyzers.causes.facts.platform_words import find_platform_words
from logdiag.analyzers.causes.facts.proxy_words import find_proxy_words, list_common_moments
from logdiag.analyzers.causes.facts.pushes import find_deliveries
from logdiag.analyzers.causes.facts.replacements import find_replacements
from logdiag.analyzers.causes.facts.rivals import find_rivals
from logdiag.analyzers.causes.facts.runtimes import is_of_another_runtime
from logdiag.analyzers.causes.facts.server_crashes import Crashes, find_server_crashes, list_server_crashes
from logdiag.analyzers.causes.facts.server_words import find_server_words, list_stuck
from logdiag.analyzers.causes.facts.size_limits import find_stated_limit
from logdiag.analyzers.causes.facts.standstills import find_standstills
from logdiag.analyzers.causes.facts.traffic import find_traffic
from logdiag.analyzers.causes.facts.unread_starts import find_unread_starts
from logdiag.analyzers.causes.proxies import ProxyLines, list_proxy_lines, settle_lag
from logdiag.analyzers.causes.reasons import CLIENT_REASONS, PAYLOAD
from logdiag.analyzers.connections.fleet import count_connections
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.sizes import find_bracket, list_sends
from logdiag.analyzers.silences.process_silences import ProcessLines
from logdiag.analyzers.statistics.resolution import LEAST_COUNT, find_resolution_s
from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.request import StatedSettings
from logdiag.results.connections import Silence
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows

ENGINE: Final = compile_later(
    r"(?i)\bengine(?:\.io)?\b|\bws\b"
)  # how Engine.IO and ws name themselves in what they write
OF_CONNECTIONS: Final = (
    *(EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT),
    *(EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED),
)
SAMPLED: Final = 2_000  # lines, a choice: a library names itself in one of its first connects
ANOTHER_PROTOCOL: Final = compile_later(
    r"\b(?:[Ss]ignal[Rr]|HubConnection|HubProtocol|STOMP|ActionCable|phoenix_channel|MQTT)\b|/negotiate\b"
)
OF_SOCKET_IO: Final = compile_later(
    r"(?i)socket\.?io|engine\.?io|\bEIO=|transport (?:close|error)|io (?:server|client) disconnect|xhr poll"
)
# How mosquitto tells of a client that it let in: protocol version, clean session, keepalive.
BROKER: Final = compile_later(r"^New client connected from \S+ as \S+ \(p\d+, c\d, k\d+")
DEBUG_LEVELS: Final = frozenset({"debug", "trace", "verbose", "silly"})
TRAFFIC_LINES: Final = frozenset(
    {EventKind.EMIT.value, EventKind.RECEIVED.value, EventKind.RECEIPT.value, EventKind.PUSH_ACKNOWLEDGED.value}
)


def build_case(
    timeline: Rows,
    sockets: SocketViews,
    tracks: Tracks,
    ledger: PushLedger,
    silences: Sequence[Silence],
    processes: Sequence[ProcessLines],
    stated: StatedSettings,
    sure: SureProcesses | None = None,
) -> Case:
    """Lay everything that is known before the checks of the causes; without `sure` ones all `processes` are."""
    kinds = set(timeline["kind"])
    proxies = list_proxy_lines(timeline)
    known = FactInput(
        timeline,
        sockets,
        tracks,
        ledger,
        silences,
        {process.source: process for process in processes},
        max(_measure_resolution(timeline, sockets.drop_sessions), tracks.step_s or 0.0),
        stated.ping_timeout_s or DEFAULT_PING_TIMEOUT_S,
        None if sure is None else {process.source: process for process in sure.near},
        {} if sure is None else {process.source: process for process in sure.wide},
    )
    servers = known.servers
    endings = list_endings(known)
    proxies = settle_lag(proxies, list_common_moments(endings))
    fleet = Fleet(timeline)
    crashes = list_server_crashes(known)
    errors = tuple(error for name in sorted(sockets.errors) for error in sockets.errors[name])
    return Case(
        facts=gather_facts(known, endings, proxies, fleet, crashes),
        errors=errors,
        clash=find_version_clash(timeline, errors),
        patterns=tracks.report,
        pattern_ids=tracks.pattern_ids,
        triggers=tracks.triggers,
        trigger_ids=tracks.trigger_ids,
        attempts=ledger.attempts,
        pushes=ledger.pushes,
        server=sockets.server,
        connections_count=len({session.connection for session in sockets.sessions}),
        starts_seen=EventKind.PROCESS_STARTED.value in kinds,
        emits_seen=bool(tracks.learned) or not TRAFFIC_LINES.isdisjoint(kinds),
        push_templates=ledger.templates,
        push_reach_ms=ledger.reach_ms,
        local_offsets_s=tracks.offsets_s,
        payload_errors=_find_payload_errors(timeline),
        kicks_count=len(timeline.of_kinds({EventKind.SERVER_KICK})),
        engine_lines_count=sum(_count_engine_lines(process) for process in processes if process.source in servers),
        debug_seen=any(process.levels & DEBUG_LEVELS for process in processes if process.source not in servers),
        resolution_s=known.resolution_s,
        ping_interval_s=stated.ping_interval_s,
        ping_timeout_s=stated.ping_timeout_s,
        max_payload_bytes=stated.max_payload_bytes,
        proxies=proxies,
        logged_limit_bytes=find_stated_limit(timeline),
        lossy_sides=frozenset(loss.side for loss in sockets.losses if loss.is_telling),
        mixed_counts=count_mixed_lines(timeline),
        ids_seen=bool(timeline["worker_id"].notna().any()) or any(_is_named(session) for session in sockets.sessions),
        server_crashes_count=len(crashes.get(None, ())),
        stuck_count=len(list_stuck(timeline)),
        is_mqtt=_is_broker(timeline),
        are_beats_seen=EventKind.HEARTBEAT.value in kinds,
        is_another_protocol=is_another_protocol(timeline),
        is_another_runtime=is_of_another_runtime(timeline),
        lives=list_lives(known),
        instances=fleet.count(),
        bracket=find_bracket(list_sends(timeline, ledger.attempts), _list_cuts(sockets, ledger), ledger.reach_ms),
    )


def gather_facts(
    known: FactInput, endings: Sequence[Ending], proxies: ProxyLines, fleet: Fleet, crashes: Crashes
) -> tuple[DisconnectFacts, ...]:
    """What each finder knows of every disconnect."""
    fits = {known.tracks.pattern_ids[rank]: fit for rank, fit in enumerate(known.tracks.fits)}
    expired, unread_starts = find_expired(known, endings), find_unread_starts(known, endings)
    server_words = find_server_words(known, endings)
    last_words = find_server_crashes(crashes, endings, [words.start for words in server_words])
    stopped = [
        end
        for end, words in zip(endings, server_words, strict=True)
        if words.stop is not None or end.session.code == RESTARTS
    ]
    replaced_s = find_replacements(stopped, known.sockets.sessions)
    count_up = count_connections(known.sockets.sessions)
    in_fleet = {index for _, indices in known.tracks.fleet for index in indices}
    rows = zip(
        endings,
        find_standstills(known, endings),
        server_words,
        find_deliveries(known, endings),
        find_traffic(known, endings),
        find_rivals(known, endings),
        find_proxy_words(proxies, endings),
        find_platform_words(known, endings),
        strict=True,
    )
    return tuple(
        DisconnectFacts(
            drop=end.drop,
            session=end.session,
            reason=end.drop.reason if end.drop.reason in CLIENT_REASONS else None,
            errors=errors_in_outage(known.sockets.errors.get(end.drop.connection, ()), end.session),
            fit=None if end.drop.pattern is None else fits[end.drop.pattern],
            silence=still.silence,
            server_silence=still.server_silence,
            server_start=server.start,
            push=delivery.push,
            push_arrived=delivery.arrived,
            notice_s=end.notice_s,
            notice_error_s=end.notice_error_s,
            rival=None if rival is None else rival.name,
            shared_id=None if rival is None else rival.shared_id,
            speakers=() if rival is None else rival.speakers,
            fleet_wide=end.drop.index in in_fleet,
            kick=server.kick,
            kick_lead_s=server.kick_lead_s,
            replaced=server.replaced,
            server_error=server.error,
            server_stop=server.stop,
            too_large=server.too_large,
            heard_s=traffic.heard_s,
            sent_s=traffic.sent_s,
            usual_s=traffic.usual_s,
            client_ran_on=still.client_ran_on,
            server_ran_on=still.server_ran_on,
            lonely_pause=still.lonely_pause,
            crowd_pause=still.crowd_pause,
            ticked_to_end=traffic.ticked_to_end,
            sent_bytes=traffic.sent_bytes,
            proxy_timeout=proxy.timeout,
            proxy_reload=proxy.reload,
            proxy_failure=proxy.failure,
            client_exit=platform.client_exit,
            server_exit=platform.server_exit,
            server_crash=last_words.get(end.drop.index),
            restart_said=server.restart_said,
            stuck=server.stuck,
            turned_away=server.turned_away,
            rule=server.rule,
            expired=expired.get(end.drop.index),
            unread_start=unread_starts.get(end.drop.index),
            is_alone=count_up(end.on_server.timestamp()) <= 1,
            taken_over=fleet.find_taken_over(end),
            replaced_s=replaced_s.get(end.drop.index),
        )
        for end, still, server, delivery, traffic, rival, proxy, platform in rows
    )


def _is_named(session: SessionRecord) -> bool:
    """Whether the server's log knows whose socket it is by more than the socket's own id."""
    own = session.socket_id is None or session.socket_id.startswith(session.connection.rpartition("/")[2])
    return session.side is Side.SERVER and not own


def _list_cuts(sockets: SocketViews, ledger: PushLedger) -> list[Disconnect]:
    """The disconnects that no stop, crash or restart of the client explains: a message may have ended those."""
    return [
        drop
        for drop, session in zip(ledger.drops, sockets.drop_sessions, strict=True)
        if not (session.orderly or session.crashed or session.restarted)
    ]


def _count_engine_lines(process: ProcessLines) -> int:
    """Lines in which the transport layer speaks; the name of a service says nothing of who speaks."""
    return sum(len(times) for (_, template), times in process.templates.items() if ENGINE.search(template))


def _find_payload_errors(timeline: Rows) -> tuple[Evidence, ...]:
    """Errors of the server that say that a message was too large; other errors say nothing about that."""
    rows = timeline.of_kinds({EventKind.SERVER_ERROR})
    said = zip(*(rows[name].tolist() for name in ("message", "error", "file", "line")), strict=True)
    return tuple(
        Evidence(file, int(line)) for message, error, file, line in said if PAYLOAD.search(f"{message} {error or ''}")
    )


def _measure_resolution(timeline: Rows, sessions: Sequence[SessionRecord]) -> float:
    """The step that the stamps of disconnects and reconnects keep, in seconds; of all events where these are few."""
    moments = [moment for session in sessions for moment in (session.closed, session.reopened) if moment is not None]
    if len(moments) < LEAST_COUNT:
        return find_resolution_s(timeline.seconds())
    return find_resolution_s(np.array([moment.timestamp() for moment in moments]))


def _is_broker(timeline: Rows) -> bool:
    """Whether all who connect do so to a broker of MQTT."""
    rows = timeline.of_kinds({EventKind.SERVER_CONNECTED})
    return len(rows) > 0 and all(BROKER.search(text) for text in rows["message"])


def is_another_protocol(timeline: Rows) -> bool:
    """Whether the lines of connects, ends and attempts speak of a protocol on top that is not Socket.IO's."""
    rows = timeline.of_kinds(OF_CONNECTIONS)[:SAMPLED]
    words = "\n".join(text for text in dict.fromkeys(rows["message"].tolist()) if text)
    return ANOTHER_PROTOCOL.search(words) is not None and OF_SOCKET_IO.search(words) is None
