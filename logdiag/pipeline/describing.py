"""The last stage: the Diagnosis, as everybody reads it."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers import annotations as drops_of
from logdiag.analyzers.connections.both_sides import pair_reasons
from logdiag.analyzers.connections.summaries import list_sessions
from logdiag.analyzers.findings.quiet import find_quiet
from logdiag.analyzers.findings.worst_clients import find_worst_clients
from logdiag.analyzers.predictions import find_next_drop
from logdiag.analyzers.processes.server_turns import list_server_turns, list_servers
from logdiag.analyzers.replays.replays import summarize_retries
from logdiag.analyzers.replays.stage import Recorded
from logdiag.analyzers.result_rows import write_trigger
from logdiag.analyzers.silences.process_silences import merge_silences
from logdiag.pipeline.idle_quiet import settle_quiet
from logdiag.pipeline.judging import Judged
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import ClockSearch


def describe(judged: Judged) -> Diagnosis:
    """Put together what the stages before found, with what follows from it."""
    explained = judged.explained
    followed, tracks, ledger, quotes = explained.followed, explained.tracks, explained.ledger, explained.quotes
    reading, timeline, sockets, inputs = followed.reading, followed.timeline, followed.sockets, judged.inputs
    servers = list_servers(timeline)
    diagnosis = Diagnosis(
        inputs=inputs,
        verdict=judged.verdict,
        severity=judged.severity,
        connections=followed.connections,
        sessions=list_sessions(sockets.sessions),
        patterns=explained.patterns,
        triggers=tuple(write_trigger(tracks.trigger_ids[n], fit) for n, fit in enumerate(tracks.triggers)),
        silences=merge_silences({*explained.silences, *judged.standstills}, explained.file_silences),
        clocks=sockets.server.clocks,
        fleet_events=tuple(event for event, _ in tracks.fleet),
        disconnects=drops_of.merge_left(ledger.drops, sockets.departures),
        pushes=ledger.counts,
        retries=summarize_retries(record(judged)),
        causes=judged.causes,
        findings=judged.findings,
        blind_spots=judged.blind_spots,
        code=None,
        worst_incident=quotes.worst,
        clock_search=ClockSearch(
            max((item.disconnects_count for item in followed.connections), default=0), tracks.report.needed_count
        ),
        connect_failures=quotes.failures,
        timers=explained.timers,
        code_places=quotes.code_places,
        quiet=settle_quiet(
            find_quiet(ledger.drops, explained.patterns, inputs.files, inputs.end), explained, judged.causes
        ),
        worst_clients=find_worst_clients(followed.connections, ledger.drops),
        reason_pairs=pair_reasons(ledger.drops),
        line_losses=sockets.losses,
        servers=servers,
        server_turns=list_server_turns(timeline, servers),
    )
    code = None if reading.sources is None else reading.sources.describe(diagnosis, reading.events)
    return replace(diagnosis, code=code, next_drop=find_next_drop(diagnosis))


def record(judged: Judged) -> Recorded:
    """What a replay of retry policies starts from."""
    explained = judged.explained
    followed, ledger = explained.followed, explained.ledger
    return Recorded(
        paths=judged.inputs.paths,
        start=followed.extent.start,
        end=followed.extent.end,
        sessions=followed.sockets.sessions,
        drops=ledger.drops,
        pushes=ledger.pushes,
        attempts=ledger.attempts,
        causes=judged.causes,
        reach_ms=ledger.reach_ms,
        timeline=followed.timeline,
    )
