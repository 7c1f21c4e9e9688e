"""The fourth stage: which causes the evidence supports, what was found, how bad it is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, takewhile
from operator import itemgetter
from typing import Final

from logdiag.analyzers.attempts.never_connected import find_shut_out_findings, find_unseen
from logdiag.analyzers.attempts.refused_by_server import find_stated_errors, tell_all_refused
from logdiag.analyzers.attempts.turned_away import find_turned_away
from logdiag.analyzers.attempts.unaccepted_handshakes import find_unaccepted
from logdiag.analyzers.causes.blind_spots import find_blind_spots
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.facts.gathering import build_case
from logdiag.analyzers.causes.ranking import NOT_ASSERTED, decide_statuses, judge_causes
from logdiag.analyzers.connections.brief_sessions import find_ended_at_once
from logdiag.analyzers.connections.duty_cycles import find_stopped_coming
from logdiag.analyzers.connections.sessions import OF_OTHERS
from logdiag.analyzers.findings.alike_lifetimes import find_shared_lifetime
from logdiag.analyzers.findings.announced_restarts import find_sent_home, soften_announced
from logdiag.analyzers.findings.brief_looks import find_brief_look
from logdiag.analyzers.findings.crash_loops import find_crash_loops
from logdiag.analyzers.findings.crashed_servers import find_crashed_servers
from logdiag.analyzers.findings.earlier_ends import find_earlier_ends
from logdiag.analyzers.findings.findings import (
    DISCONNECTS,
    decide_verdict,
    find_connectless,
    find_crowded,
    find_departures,
    find_findings,
    find_losses,
    find_retry_findings,
    find_unheard,
)
from logdiag.analyzers.findings.killed_servers import find_killed_servers
from logdiag.analyzers.findings.late_notices import find_late_notices
from logdiag.analyzers.findings.missing_ends import find_missing_ends
from logdiag.analyzers.findings.proxied_ends import doubt_proxied, note_proxied
from logdiag.analyzers.findings.reading_notes import (
    find_nothing,
    find_reading_notes,
    note_borrowed,
    note_idle_rules,
    note_likely,
    note_outside,
    note_traffic,
    note_unread,
    note_unread_losses,
)
from logdiag.analyzers.findings.refused_sends import find_refused_sends
from logdiag.analyzers.findings.twice_told_ends import find_twice_told
from logdiag.analyzers.findings.unanswered_pushes import find_unanswered, find_untold
from logdiag.analyzers.findings.uncompleted_logins import find_uncompleted_logins
from logdiag.analyzers.findings.unmissed_ends import find_unmissed
from logdiag.analyzers.findings.unread_ends import find_unread_ends
from logdiag.analyzers.health import (
    find_crashes,
    find_doubts,
    find_refusals,
    find_refused_handshakes,
    outnumber_connects,
)
from logdiag.analyzers.processes.server_turns import count_stopped, list_off_spans, list_server_turns, list_servers
from logdiag.analyzers.pushes.own_retries import find_own_retries
from logdiag.analyzers.settings import note_changed_settings
from logdiag.events import CLIENT_SAYS, CLOSINGS, OPENINGS, SERVER_BOUNDS, SERVER_SAYS, EventKind, Side
from logdiag.parsers.untimed import Told
from logdiag.pipeline.explaining import Explained
from logdiag.pipeline.folder_zones import find_folder_zones
from logdiag.pipeline.following import CONNECTION_KINDS, Followed
from logdiag.pipeline.inputs import ReadLogs, describe_inputs, measure_extent
from logdiag.pipeline.unplaced import find_untimed, note_untimed
from logdiag.pipeline.unread_losses import find_unread_losses
from logdiag.pipeline.unread_troubles import find_troubles
from logdiag.pipeline.wordings import count_counting, find_borrowed, find_idle_rules, find_likely, find_unread
from logdiag.pipeline.zones import find_zoneless, find_zones_apart
from logdiag.results.causes import BlindSpot, Cause, Finding
from logdiag.results.connections import Silence
from logdiag.results.finding_ids import SESSIONS_ELSEWHERE, UNTIMED_ENDS, UNTIMED_LIVES
from logdiag.results.inputs import Inputs
from logdiag.verdict import Severity, Verdict

LEAST_LINES: Final = 10  # a choice: what is shorter is no log of a server that lost connections
MOSTLY_NAMED: Final = 0.5  # a choice: where most lines of both say it, a few may not


@dataclass(frozen=True, slots=True)
class Judged:
    """The causes, the findings, the verdict; `inputs` are the account of what was read, which findings are about.

    `standstills` are the silences of processes that the causes were held against.
    """

    explained: Explained
    inputs: Inputs
    causes: tuple[Cause, ...]
    blind_spots: tuple[BlindSpot, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    severity: Severity
    standstills: tuple[Silence, ...] = ()


def judge(explained: Explained) -> Judged:
    """Weigh the causes and find what there is to say."""
    followed = explained.followed
    inputs = _account_for(explained)
    case = build_case(
        followed.timeline,
        followed.sockets,
        explained.tracks,
        explained.ledger,
        explained.silences,
        explained.processes,
        followed.stated,
        explained.sure_processes,
    )
    causes = judge_causes(case, all_shut_out=followed.are_all_shut_out)
    timeline = followed.timeline
    untimed = find_untimed(followed.reading.scans, followed.reading.rules)
    refusals = (*find_refusals(timeline), *find_refused_handshakes(timeline), *find_turned_away(timeline))
    refusals += find_unaccepted(timeline)
    if followed.refused:
        refusals = ()  # that finding says it all
    elif not (followed.is_seen or refusals or untimed):
        refusals = find_stated_errors(timeline)
    stopped = {fact.drop.index: _measure_off_s(fact) for fact in case.facts if fact.server_stop}
    kicked = {fact.drop.index for fact in case.facts if fact.is_ended_by_line}
    turns = list_server_turns(timeline, list_servers(timeline))
    off_s = _add_off_s(case.facts, stopped, list_off_spans(turns))
    faults = _find_faults(explained, stopped, kicked, off_s)
    announced = {fact.drop.index: fact.away_s or 0.0 for fact in case.facts if fact.is_restarted_in_order}
    late = find_sent_home(case.facts, {drop.connection for drop in followed.sockets.departures})
    findings = (
        *soften_announced(faults, explained.ledger.drops, announced, count_stopped(turns), late),
        *refusals,
        *note_traffic([kind.name for kind in explained.tracks.learned], is_unread=explained.tracks.is_traffic_unread),
        *find_twice_told(followed.sockets.drops),
        *note_proxied((*followed.sockets.drops, *followed.sockets.departures)),
        *_note_reading(followed, inputs, is_told=bool(refusals or untimed or followed.refused)),
        *find_losses(followed.sockets.losses),
    )
    unmissed = find_unmissed(findings, explained.ledger.drops, _list_connects(followed), causes)
    if unmissed is not None:
        findings = tuple(finding for finding in findings if finding.id != DISCONNECTS)
    findings, verdict, severity = _decide(explained, findings, refusals, untimed, unmissed)
    causes = causes if verdict is Verdict.INCIDENT else _withhold(causes)
    return Judged(
        explained,
        inputs,
        causes,
        find_blind_spots(case, causes, _list_unread(followed.reading), _list_untied(followed.reading)),
        findings,
        verdict,
        severity,
        tuple(silence for fact in case.facts for silence in (fact.silence, fact.server_silence) if silence is not None),
    )


def _list_unread(reading: ReadLogs) -> list[str]:
    """The files that may be a server's, and of which no line is understood as one about a connection.

    What lies in the folder of a client is that client's, and what a proxy writes is no server's. Those in which a
    server tells of itself come first, then the longest.
    """
    clients = {event.source for scan in reading.scans for event in scan.events if event.kind in CLIENT_SAYS}
    unread = [
        scan
        for scan in reading.scans
        if scan.lines_count >= LEAST_LINES
        and scan.file.source not in clients
        and not any(event.kind in CONNECTION_KINDS or event.kind in OF_OTHERS for event in scan.events)
    ]
    unread.sort(key=lambda scan: (not any(one.kind in SERVER_SAYS for one in scan.events), -scan.lines_count))
    return [scan.file.path for scan in unread]


def _list_untied(reading: ReadLogs) -> list[str]:
    """The files in which a server tells of connections, whosever they are."""
    return [scan.file.path for scan in reading.scans if any(event.kind in SERVER_BOUNDS for event in scan.events)]


def _account_for(explained: Explained) -> Inputs:
    """The account of what was read, with the wordings that were understood."""
    followed = explained.followed
    reading = followed.reading
    inputs = describe_inputs(reading, followed.duplicates_count, followed.extent, explained.near.sampling)
    return replace(inputs, wordings=followed.wordings)


def _measure_off_s(fact: DisconnectFacts) -> float:
    """How long after an end the server that had said that it stops was not there, in seconds, as far as it says."""
    if fact.server_start is None or fact.session.side is not Side.SERVER:
        return 0.0
    return min(max(0.0, (fact.server_start - fact.drop.time).total_seconds()), fact.drop.outage_s or 0.0)


def _add_off_s(
    facts: Sequence[DisconnectFacts], stopped: Mapping[int, float], spans: Sequence[tuple[datetime, datetime]]
) -> Mapping[int, float]:
    """For how many seconds of each outage the server was off, also where it stopped after the end, as a client left."""
    found = dict(stopped)
    for fact in facts:
        end, back = fact.drop.time, fact.session.reopened
        if fact.session.side is Side.SERVER and fact.drop.index not in stopped and back is not None:
            off_s = sum(
                (min(back, start) - max(end, stop)).total_seconds() for stop, start in _list_met(spans, end, back)
            )
            found |= {fact.drop.index: off_s} if off_s > 0 else {}
    return found


def _list_met(
    spans: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The spans in which something of that from `start` to `end` lies; they are in the order of time."""
    first = bisect_right(spans, start, key=itemgetter(1))
    return takewhile(lambda span: span[0] < end, islice(spans, first, None))


def _find_faults(
    explained: Explained, stopped: Mapping[int, float], kicked: Set[int], off_s: Mapping[int, float]
) -> tuple[Finding, ...]:
    """What is wrong with the connections and the pushes; the others as `find_findings` has them."""
    followed, ledger = explained.followed, explained.ledger
    sockets, connections, names = followed.sockets, followed.connections, followed.shut_out_names
    clocks = [pattern for pattern in explained.patterns if not names.issuperset(pattern.connections)]
    retries = find_own_retries(followed.timeline, ledger.pushes, ledger.drops, ledger.reach_ms)
    return (
        *find_shut_out_findings(
            followed.shut_out, followed.failures, followed.extent.end, followed.ends, _find_unseen(followed)
        ),
        *_tell_all_refused(followed),
        *find_findings(
            ledger.drops, clocks, ledger.counts, connections, len(sockets.departures), stopped, kicked, off_s
        ),
        *find_unheard(connections, sockets.server),
        *find_retry_findings(retries),
        *find_connectless(
            ledger.drops, connections, sockets.server, _count_connects(followed), are_named=_are_named(followed)
        ),
        *find_crowded(followed.crowds, ledger.drops),
        *find_departures(
            sockets.departures,
            {(one.connection, one.closed) for one in sockets.sessions if one.presumed and one.closed is not None},
        ),
        *find_ended_at_once(ledger.drops),
        *find_shared_lifetime(ledger.drops, explained.patterns),
        *find_late_notices(ledger.drops, sockets.server),
        *find_earlier_ends(ledger.drops, sockets.sessions),
        *note_changed_settings(followed.setting_changes, ledger.drops, sockets.server),
        *find_refused_sends(followed.timeline),
        *find_unanswered(ledger.pushes, ledger.counts.items),
        *find_uncompleted_logins(ledger.drops),
        *find_crash_loops(followed.timeline),
    )


def _find_unseen(followed: Followed) -> dict[str, str]:
    """The connections whose files hold errors alone, with their levels."""
    whole = {
        scan.file.path: scan.levels
        for scan in followed.reading.scans
        if scan.levels.total() == scan.zoned_count + scan.zoneless_count
    }
    return find_unseen(followed.timeline, whole)


def _are_named(followed: Followed) -> bool:
    """Whether most connects and most ends say of which connection they are."""
    timeline = followed.timeline
    shares = []
    for kinds in (OPENINGS, CLOSINGS):
        rows = timeline.of_kinds(kinds)
        shares.append(float((rows["socket_id"].notna() | rows["worker_id"].notna()).mean()) if len(rows) else 0.0)
    return min(shares) > MOSTLY_NAMED


def _tell_all_refused(followed: Followed) -> tuple[Finding, ...]:
    """That a server let nobody in, with its commonest reason."""
    if not followed.refused:
        return ()
    most = followed.failures[0]
    return tell_all_refused(followed.refused, most.connections[0], most.told, followed.extent.end)


def _count_connects(followed: Followed) -> int:
    """How many lines tell of connects: of one, or of how many there are by then."""
    kinds = [EventKind.CONNECTED.value, EventKind.SERVER_CONNECTED.value]
    return len(followed.timeline.of_kinds(kinds)) + count_counting(followed.reading.scans)


def _list_connects(followed: Followed) -> list[datetime]:
    """When anybody connected, by the lines of either side, or said who it is."""
    return followed.timeline.of_kinds({*OPENINGS, EventKind.SERVER_JOINED}).moments()


def _note_reading(followed: Followed, inputs: Inputs, *, is_told: bool) -> tuple[Finding, ...]:
    """What the reader of the report must know of the reading itself; `is_told`: other findings say what was seen."""
    reading = followed.reading
    notes = find_reading_notes(inputs, None if reading.request.zone else find_zoneless(reading.scans))
    notes += () if reading.request.zone else find_folder_zones(reading.scans)
    if not reading.request.zone and not inputs.zones:
        notes += find_zones_apart(reading.scans, inputs.display_zone)
    notes += note_borrowed(find_borrowed(reading.scans))
    notes += note_idle_rules(find_idle_rules(reading.rules, reading.fired))
    if followed.is_seen:
        return notes
    if not inputs.lines_count and inputs.outside_window_count:
        return note_outside(inputs.outside_window_count, *measure_extent(reading._replace(window=None)))
    records_seen = any(scan.records_seen for scan in reading.scans)
    nothing = () if is_told else find_nothing(inputs.levels, inputs.lines_count, records_seen=records_seen)
    return nothing + (note_likely(find_likely(reading)) if nothing else ()) + notes


def _withhold(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes where no fault is told: what explains nothing is asserted nowhere, whatever its signs."""
    lowered = [replace(cause, confidence=min(cause.confidence, NOT_ASSERTED)) for cause in causes]
    return decide_statuses(lowered, is_telling=False)


def _decide(
    explained: Explained,
    findings: tuple[Finding, ...],
    refusals: tuple[Finding, ...],
    untimed: Sequence[Told],
    unmissed: Finding | None,
) -> tuple[tuple[Finding, ...], Verdict, Severity]:
    """The verdict, after the findings with those that it calls for."""
    followed = explained.followed
    timeline, sockets, is_seen = followed.timeline, followed.sockets, followed.is_seen
    begins = {scan.file.path: scan.first for scan in followed.reading.scans if scan.first is not None}
    unread = find_unread(followed.reading.scans) if is_seen else ()
    doubts = note_unread(unread)  # first: what it quotes may be the ends
    doubts += doubt_proxied((*sockets.drops, *sockets.departures))
    doubts = note_untimed(untimed, UNTIMED_LIVES) + doubts
    doubts += find_doubts(timeline, sockets.sessions, sockets.server, begins) if is_seen else ()
    doubts = find_killed_servers(timeline) + find_crashed_servers(timeline) + doubts
    if unmissed is not None:
        doubts = (unmissed, *(one for one in doubts if one.id != unmissed.id))
    refused = outnumber_connects(refusals, timeline)
    verdict, severity = decide_verdict(findings, events_seen=is_seen, doubts=(*refused, *doubts))
    if verdict is Verdict.HEALTHY:
        is_window = followed.reading.window is not None
        doubts = note_unread_losses(find_unread_losses(followed))
        doubts += note_unread(find_troubles(followed)) + find_untold(explained.ledger.pushes)
        doubts += find_stopped_coming(sockets.sessions, followed.extent.end) + find_missing_ends(sockets.sessions)
        doubts += find_brief_look(sockets.sessions, sockets.server, followed.extent.end, is_window=is_window)
        verdict, severity = decide_verdict(findings, events_seen=is_seen, doubts=doubts)
    if verdict is Verdict.INCONCLUSIVE:
        proven = tuple(one for one in refusals if one.id == SESSIONS_ELSEWHERE or one in refused)
        findings = (*proven, *doubts, *(one for one in findings if one not in proven))
    elif verdict is Verdict.INCIDENT:
        ends = note_untimed(untimed, UNTIMED_ENDS)
        findings = (*findings, *ends, *find_unread_ends(timeline, unread, sockets.sessions), *find_crashes(timeline))
    return findings, verdict, severity
