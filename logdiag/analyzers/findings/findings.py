"""What a person should know, how bad it is, and what these logs cannot show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from logdiag.analyzers.connections.crowds import Crowd
from logdiag.analyzers.connections.goodbyes import HANDSHAKES, LEAST_CLIENTS, says_goodbye
from logdiag.analyzers.connections.naming import is_name_of_a_socket
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import OWN_CLOSE
from logdiag.analyzers.pushes.own_retries import OwnRetries
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.connections import Connection, LineLoss
from logdiag.results.disconnects import PROXY, Attribution, Disconnect, are_blips
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import CROWDED, KILLING_RETRIES, LINES_MISSING, NO_CONNECTS, RETRIES_SEEN, SERVER_OFF
from logdiag.results.patterns import Pattern
from logdiag.results.pushes import Push, Pushes, PushFate, PushOutcome
from logdiag.verdict import Severity, Verdict

GOOD_AVAILABILITY: Final = 0.99  # a choice: two nines, 14 minutes a day
THREE_NINES: Final = 0.999  # a choice: a minute and a half a day
MOST_BLIPS: Final = 2  # a choice, as `disconnects.MOST_BRIEF`: three of one client may have a cause of its own
BLIP_S: Final = 10.0  # a choice: what a person waits for with a complaint, but no call
OFTEN_DOWN: Final = 0.95  # a choice: less than that is an hour a day and more
MOSTLY: Final = 0.5  # more than half
DISCONNECTS: Final = "unexplained-disconnects"
STRAYS_SHARE: Final = 0.1  # a choice: one in ten of those who leave forgets to say so, or lost the line
CLOSED: Final = "transport close"  # what a browser that is closed leaves behind
HANDSHAKE: Final = "closing handshake complete"  # what rules call an end whose close frames both sides have sent
CLOSED_IN_ORDER: Final = frozenset(reason for _, reason in HANDSHAKES if reason is not None)
FEW_CLIENTS: Final = 0.2  # a choice: what ends one client in five is no matter of all
ORDER: Final = (Severity.INFO, Severity.WARNING, Severity.ERROR)


def find_findings(
    drops: Sequence[Disconnect],
    patterns: Sequence[Pattern],
    pushes: Pushes,
    connections: Sequence[Connection],
    departures_count: int = 0,
    stopped: Mapping[int, float] = MappingProxyType({}),
    kicked: Set[int] = frozenset(),
    off_s: Mapping[int, float] | None = None,
) -> tuple[Finding, ...]:
    """The findings, worst first; beside `drops` so many sessions ended because somebody left.

    `stopped` has the indices of those before which the server that held the socket had said that it stops, and for how
    many seconds of the outage it was off; `kicked` those right before which the server says that it ends that very
    connection. `off_s` has these seconds of all whose outage the server spent off in part; None: those of `stopped`.
    """
    found = [
        *_pattern_findings(patterns, drops, len(connections)),
        *_drop_findings(drops, pushes, connections, departures_count, stopped, kicked),
        *_push_findings(pushes),
        *_availability_findings(connections, drops, stopped if off_s is None else off_s),
    ]
    return tuple(sorted(found, key=lambda finding: (-ORDER.index(finding.severity), finding.id)))


def _pattern_findings(
    patterns: Sequence[Pattern], drops: Sequence[Disconnect], connections_count: int
) -> list[Finding]:
    """The clocks; of one that few of many clients obey, how many these are."""
    members_of: dict[str | None, list[Disconnect]] = defaultdict(list)
    for drop in drops:
        members_of[drop.pattern].append(drop)
    found = []
    for pattern in patterns:
        if not pattern.keeps_time or pattern.false_alarm_probability is None:
            continue
        members = members_of[pattern.id]
        if members and all(drop.is_orderly for drop in members):
            continue  # somebody stops the process regularly, and it says so
        lines = [drop.evidence for drop in members if drop.evidence is not None]
        numbers: dict[str, Number] = {
            "pattern": pattern.id,
            "kind": pattern.kind,
            "period_s": pattern.period_s,
            "count": pattern.explained_count,
            "of_count": pattern.of_count,
            "false_alarm_probability": pattern.false_alarm_probability,
        }
        few_count = len({drop.connection for drop in members})
        if few_count <= FEW_CLIENTS * connections_count:
            numbers |= {"few_count": few_count, "clients_count": connections_count}
        severity = Severity.ERROR if pattern.is_significant else Severity.WARNING
        found.append(Finding("periodic-disconnects", severity, numbers, tuple(lines[:SHOWN])))
    return found


def _drop_findings(
    drops: Sequence[Disconnect],
    pushes: Pushes,
    connections: Sequence[Connection],
    departures_count: int,
    stopped: Mapping[int, float],
    kicked: Set[int],
) -> list[Finding]:
    logged = [drop for drop in drops if drop.has_end_line and not drop.is_orderly]
    unlogged = [drop for drop in drops if not drop.has_end_line and not drop.is_orderly]
    orderly = [drop for drop in drops if drop.is_orderly]
    is_minor = _are_brief(logged, pushes) or _are_strays(logged, pushes, departures_count)
    is_minor = is_minor or _are_blips_of_a_fleet(logged, pushes, connections)
    rows = (
        (DISCONNECTS, Severity.INFO if is_minor else Severity.WARNING, logged),
        ("unlogged-ends", Severity.WARNING, unlogged),
        ("orderly-stops", Severity.INFO, orderly),
    )
    found = [Finding(name, severity, {"count": len(some)}, _lines(some)) for name, severity, some in rows if some]
    # A client's own log knows whether the client's process stopped: of the server's alone the server's stop is told.
    stopped_count = sum(drop.index in stopped and drop.seen_by == "server" for drop in logged)
    if stopped_count:
        found[0] = replace(found[0], numbers={"count": len(logged), "stopped_count": stopped_count})
    elif logged and all(map(_is_unstated, logged)):
        kicked_count = sum(drop.index in kicked for drop in logged)
        why: dict[str, Number] = {"kicked_count": kicked_count} if kicked_count else {}
        if kicked_count < len(logged):
            why["unstated_count"] = len(logged) - kicked_count
        found[0] = replace(found[0], numbers={"count": len(logged), **why})
    elif logged and all(map(_is_in_order, logged)):
        found[0] = replace(found[0], numbers={"count": len(logged), "in_order_count": len(logged)})
    elif logged and all(HANDSHAKE in {drop.reason, drop.server_reason} for drop in logged):
        found[0] = replace(found[0], numbers={"count": len(logged), "handshake_count": len(logged)})
    if own_count := sum(_is_asked_for(drop) for drop in logged):
        found[0] = replace(found[0], numbers={**found[0].numbers, "own_count": own_count})
    return found


def _is_asked_for(drop: Disconnect) -> bool:
    """Whether the client ended the connection itself, by the reason that either side states."""
    reasons = {drop.reason, drop.server_reason} - {None}
    return not reasons.isdisjoint(OWN_CLOSE) or any(map(says_goodbye, reasons))


def _is_unstated(drop: Disconnect) -> bool:
    """Whether the server, or a proxy, alone tells of an end, and not why: its client may have left, or been cut off."""
    return drop.seen_by in {"server", PROXY} and drop.reason is None and drop.server_reason is None


def _is_in_order(drop: Disconnect) -> bool:
    """Whether the server alone tells of an end, by code 1000 or 1001, and nobody knows when the client was back."""
    return drop.seen_by == "server" and drop.server_reason in CLOSED_IN_ORDER and drop.outage_s is None


def _are_brief(drops: Sequence[Disconnect], pushes: Pushes) -> bool:
    """Whether disconnects came at one or two moments, short and without a loss (docs/contracts.md, 1)."""
    return are_blips(drops) and not pushes.lost_count


def _are_blips_of_a_fleet(drops: Sequence[Disconnect], pushes: Pushes, connections: Sequence[Connection]) -> bool:
    """Whether the clients of a fleet lost their line for seconds, each alone, seldom, and without a loss.

    Each client's own log says so: who is back at once on a line that failed once in hours was disturbed by its own
    network. More than one in two clients, or none of many that was spared, would be something that they share.
    """
    if pushes.lost_count or len(connections) < LEAST_CLIENTS:
        return False
    counts = Counter(drop.connection for drop in drops)
    are_few = len(counts) <= MOSTLY * len(connections) and max(counts.values(), default=0) <= MOST_BLIPS
    are_alone = all(drop.fleet_event is None and drop.pattern is None and drop.trigger is None for drop in drops)
    are_short = all(drop.outage_s is not None and drop.outage_s <= BLIP_S for drop in drops)
    is_served = all((one.availability_ratio or 0.0) >= THREE_NINES for one in connections)
    return bool(drops) and are_few and are_alone and are_short and is_served


def _are_strays(drops: Sequence[Disconnect], pushes: Pushes, departures_count: int) -> bool:
    """Whether few sessions of many ended otherwise than by somebody who left, each alone and without a loss.

    Telephones fall asleep. Where the log does not know whose sockets these are, who left without a word cannot be told
    from who came back: where half as many say goodbye, and the others state no more than `transport close`, most may.
    """
    if pushes.lost_count:
        return False
    if not all(drop.fleet_event is None and drop.pattern is None and drop.trigger is None for drop in drops):
        return False
    if len(drops) <= STRAYS_SHARE * departures_count:
        return True
    return departures_count >= MOSTLY * len(drops) and all(
        drop.server_reason == CLOSED and is_name_of_a_socket(drop.connection, drop.socket_id) for drop in drops
    )


def _push_findings(pushes: Pushes) -> list[Finding]:
    failed = [push for push in pushes.items if push.outcome == PushOutcome.FAILED]
    outside = [
        push for push in failed if push.disconnect_index is None and push.attribution != Attribution.UNKNOWN_START
    ]
    found = []
    if pushes.lost_certain_count:
        numbers: dict[str, Number] = {
            "count": pushes.lost_certain_count,
            "ids_count": len(pushes.lost_message_ids),
            "ids": ", ".join(pushes.lost_message_ids[:SHOWN]) or None,
            "unsure_count": len(pushes.list_unsure_ids()) or None,
        }
        evidence = _cite([push for push in pushes.items if push.fate == PushFate.LOST])
        found.append(Finding("lost-pushes", Severity.ERROR, numbers, evidence))
    if pushes.lost_probable_count:
        evidence = _cite([push for push in pushes.items if push.fate == PushFate.PROBABLY_LOST])
        few: dict[str, Number] = {
            "count": pushes.lost_probable_count,
            "expected_count": pushes.suspect_expected_count,
        }
        found.append(Finding("probably-lost-pushes", Severity.ERROR, few, evidence))
    if outside:
        found.append(Finding("unmatched-pushes", Severity.WARNING, {"count": len(outside)}, _cite(outside)))
    return found


def _cite(pushes: Sequence[Push]) -> tuple[Evidence, ...]:
    """The last line of each push, which says how it ended."""
    return tuple(place for push in pushes for place in push.evidence[-1:])[:SHOWN]


def _availability_findings(
    connections: Sequence[Connection], drops: Sequence[Disconnect], stopped: Mapping[int, float]
) -> list[Finding]:
    """Connections that were down for more than a hundredth of the time, orderly stops not counted.

    Nor is the time in which the server was off by its own word: that is told of for what it is.
    """
    stopped_s: dict[str, float] = defaultdict(float)
    off_s: dict[str, float] = defaultdict(float)
    for drop in drops:
        if drop.is_orderly:
            stopped_s[drop.connection] += drop.outage_s or 0.0
        else:
            off_s[drop.connection] += stopped.get(drop.index, 0.0)
    down: list[Connection] = []
    for connection in connections:
        if connection.availability_ratio is None:
            continue
        spared_s = stopped_s[connection.id] + off_s[connection.id]
        spared_s += connection.unknown_s * (1 - connection.availability_ratio)  # as if up
        spared_ratio = spared_s / max(connection.connected_s + connection.outage_s + connection.unknown_s, 1.0)
        is_down = connection.availability_ratio + spared_ratio < GOOD_AVAILABILITY
        if is_down and connection.disconnects_count + connection.unlogged_disconnects_count > 0:
            down.append(connection)
    minded: dict[str, list[Disconnect]] = defaultdict(list)
    for drop in drops:
        if not drop.is_orderly:
            minded[drop.connection].append(drop)
    common = [connection for connection in down if _is_down_with_others(minded.get(connection.id, ()))]
    common = common if len(common) > 1 else []
    names = {connection.id for connection in common}
    alone = [[connection] for connection in down if connection.id not in names]
    return [*(_say_down(group, off_s) for group in (common, *alone) if group), *_say_off(connections, off_s)]


def _is_down_with_others(mine: Sequence[Disconnect]) -> bool:
    """Whether most of the time that a connection was down began at drops of several connections at once."""
    shared_s = sum(drop.outage_s or 0.0 for drop in mine if drop.fleet_event is not None)
    return bool(mine) and shared_s > MOSTLY * sum(drop.outage_s or 0.0 for drop in mine)


def _say_off(connections: Sequence[Connection], off_s: Mapping[str, float]) -> list[Finding]:
    """For how long the server was off, if that alone is more than a hundredth of the time of any connection.

    Nobody is served meanwhile, whoever asked for it: as bad as any other downtime.
    """
    missed = [
        one
        for one in connections
        if off_s.get(one.id, 0.0) > (1 - GOOD_AVAILABILITY) * (one.connected_s + one.outage_s + one.unknown_s)
    ]
    if not missed:
        return []
    worst = max(missed, key=lambda one: off_s[one.id])
    numbers: dict[str, Number] = {"connection": worst.id, "off_s": off_s[worst.id], "outage_s": worst.outage_s}
    numbers["all_off_s"] = sum(off_s.values())
    return [Finding(SERVER_OFF, Severity.ERROR, numbers, ())]


def _say_down(connections: Sequence[Connection], off_s: Mapping[str, float]) -> Finding:
    """One finding for connections that were down together, with the numbers of the worst while the server was there."""
    served = {one.id: one.outage_s - off_s.get(one.id, 0.0) for one in connections}
    ratios = {
        one.id: one.connected_s / max(one.connected_s + served[one.id], 1.0)
        if off_s.get(one.id)
        else one.availability_ratio or 0.0
        for one in connections
    }
    worst = min(connections, key=lambda one: ratios[one.id])
    numbers: dict[str, Number] = {
        "connection": worst.id,
        "availability_ratio": ratios[worst.id],
        "outage_s": served[worst.id],
    }
    if len(connections) > 1:
        numbers["count"] = len(connections)
    if off_s.get(worst.id):
        numbers["off_s"] = off_s[worst.id]
    is_often = ratios[worst.id] < OFTEN_DOWN  # the words differ, the severity is that of the contract
    return Finding("low-availability" if is_often else "some-downtime", Severity.ERROR, numbers, ())


def _lines(drops: Sequence[Disconnect]) -> tuple[Evidence, ...]:
    return tuple(drop.evidence for drop in drops if drop.evidence is not None)[:SHOWN]


def find_unheard(connections: Sequence[Connection], server: ServerView) -> tuple[Finding, ...]:
    """What no session tells: disconnects that only the server logged."""
    closed = [socket for socket in server.sockets.values() if socket.closed is not None]
    if not closed or connections:
        return ()
    lines = tuple(socket.evidence for socket in closed if socket.evidence is not None)[:SHOWN]
    return (Finding("server-side-disconnects", Severity.WARNING, {"count": len(closed)}, lines),)


def find_retry_findings(retries: OwnRetries) -> tuple[Finding, ...]:
    """Retries that the application makes already: a warning if connections ended with them, else a note."""
    if not retries.sent_count:
        return ()
    numbers: dict[str, Number] = {"count": len(retries.killing), "of_count": retries.sent_count}
    if retries.killing:
        return (Finding(KILLING_RETRIES, Severity.WARNING, numbers, retries.killing[:SHOWN]),)
    return (Finding(RETRIES_SEEN, Severity.INFO, {"count": retries.sent_count}, ()),)


def find_connectless(
    drops: Sequence[Disconnect],
    connections: Sequence[Connection],
    server: ServerView,
    connects_count: int = 0,
    *,
    are_named: bool = False,
) -> tuple[Finding, ...]:
    """Whether the logs tell of ends alone: how old a connection got and how long it was away, no line says.

    `connects_count` lines tell of connects, but not whose; or, `are_named`, of others than those that ended; or
    the ends do not say whose they are, while connects do.
    """
    ended = {drop.connection for drop in drops}
    is_connect_seen = any(one.connects_count for one in connections if one.id in ended) or any(
        socket.opened is not None and (socket.connection is None or socket.connection in ended)
        for socket in server.sockets.values()
    )
    if not drops or is_connect_seen:
        return ()
    numbers: dict[str, Number] = {"count": len(drops)}
    numbers["apart_count" if are_named else "nameless_count"] = connects_count or None
    return (Finding(NO_CONNECTS, Severity.INFO, numbers, _lines(drops)),)


def find_crowded(crowds: Mapping[str, Crowd], drops: Sequence[Disconnect]) -> tuple[Finding, ...]:
    """Whose lines are those of several connections at once: by connection, how many they are at the least."""
    own = [drop for drop in drops if drop.connection in crowds]
    if not own:
        return ()
    most = max(crowds[drop.connection] for drop in own)
    numbers: dict[str, Number] = {"count": len(own), "at_once_count": most.least_count}
    if most.may_be_runs:
        numbers["runs_count"] = most.least_count
    return (Finding(CROWDED, Severity.INFO, numbers, _lines(own)),)


def find_departures(departures: Sequence[Disconnect], presumed: Set[tuple[str, datetime]]) -> tuple[Finding, ...]:
    """Ends of sessions that are no faults: people who left. Who is `presumed` to have, at that time, is told apart."""
    departures = [drop for drop in departures if (drop.connection, drop.time) not in presumed]
    if not departures:
        return ()
    clients_count = len({drop.connection for drop in departures})
    silent_count = sum(drop.server_reason == "ping timeout" for drop in departures)
    numbers: dict[str, Number] = {"count": len(departures), "connections_count": clients_count}
    numbers["silent_count"] = silent_count or None
    return (Finding("departures", Severity.INFO, numbers, _lines(departures)),)


def find_losses(losses: Sequence[LineLoss]) -> tuple[Finding, ...]:
    """What the logs of one side lack so often that their silence shows nothing."""
    return tuple(
        Finding(
            LINES_MISSING[loss.side],
            Severity.INFO,
            {"missing_count": loss.missing_count, "of_count": loss.of_count},
            (),
        )
        for loss in losses
        if loss.is_telling
    )


def decide_verdict(
    findings: Sequence[Finding], *, events_seen: bool, doubts: Sequence[Finding] = ()
) -> tuple[Verdict, Severity]:
    """The verdict and the worst severity (docs/contracts.md, 1): no health from nothing, nor against `doubts`."""
    worst = max((finding.severity for finding in findings), key=ORDER.index, default=Severity.INFO)
    if worst != Severity.INFO or any(finding.id == DISCONNECTS for finding in findings):
        return Verdict.INCIDENT, worst
    return (Verdict.HEALTHY if events_seen and not doubts else Verdict.INCONCLUSIVE), worst
