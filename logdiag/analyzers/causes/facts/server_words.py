"""What the server says of its own doings near a disconnect: starts, stops, kicks, errors."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from logdiag.analyzers.attempts.turned_away import (
    KICK_LAG,
    FollowedEnd,
    Refusal,
    list_refusals,
    pair_with_ends,
    states_refusal,
)
from logdiag.analyzers.causes.disconnect_facts import RESTART_CODES, is_closed_by_client
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.facts.server_starts import LONGEST_RESTART, find_starts, measure_span_s
from logdiag.analyzers.causes.facts.stated_rules import find_stated_rule
from logdiag.analyzers.causes.kicks import KICK_REACH, Kick, KickableEnd, PairedKick, list_kicks, pair_kicks
from logdiag.analyzers.causes.own_words import REPLACED, STUCK, Said, StatedRule, tells_restart, tells_rival
from logdiag.analyzers.causes.reasons import PAYLOAD, TOO_LARGE
from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows, find_upside_down

ENDS: Final = (EventKind.DISCONNECTED.value, EventKind.SERVER_DISCONNECTED.value)
STOPPING: Final = (EventKind.SERVER_STOPPING.value, EventKind.PROCESS_STOPPING.value)
PAYLOAD_REACH: Final = timedelta(seconds=1)  # as for stops: the error is why the connection ends
STOP_REACH: Final = timedelta(seconds=1)  # docs/methods.md, "Silence and loss"
STOP_DONE: Final = timedelta(seconds=10)  # a choice: as long as `docker stop` waits for a process by default
STOP_LUCK: Final = 0.05  # one in twenty: a stop ends what is open, so little more is asked of those that are said
SHUTDOWN: Final = compile_later(r"(?i)\bshut(?:ting)?[- _]?down\b|\bdrain(?:ed|ing)?\b")
LEAST_COVERED_S: Final = 3.0  # a choice: who says so once or twice in a log, if at length, means it


class ServerWords(NamedTuple):
    """What the server says near one disconnect, as `DisconnectFacts` has it."""

    start: datetime | None
    kick: Evidence | None
    kick_lead_s: float | None
    replaced: str | None
    error: str | None
    stop: Evidence | None
    too_large: Evidence | None
    restart_said: Said | None
    stuck: Evidence | None
    turned_away: Said | None
    rule: StatedRule | None


def find_server_words(known: FactInput, endings: Sequence[Ending]) -> list[ServerWords]:
    """What the server says near each disconnect."""
    own_kicks = list_kicks(known.timeline)
    kicks = [(kick.time, kick.evidence) for kick in own_kicks]
    ends = [*_list_ends(endings), *_list_nameless_ends(endings, own_kicks)]
    paired = pair_kicks(own_kicks, ends, find_upside_down(known.timeline))
    stops = _list_stops(known.timeline)
    stuck = list_stuck(known.timeline)
    restarts = _list_restarts_said(known.timeline)
    payload_lines = PayloadLines(known.timeline)
    turned_away = pair_with_ends(list_refusals(known.timeline), _list_followed(endings))
    starts = find_starts(known, endings)
    stopped = _find_stopped(stops, endings, starts, measure_span_s(known.timeline))
    found = []
    for ending in endings:
        drop, socket, moment = ending.drop, ending.socket, ending.on_server
        start = starts.get(drop.index)
        found.append(
            ServerWords(
                start=start,
                kick=find_line(kicks, moment, KICK_REACH, ending.error_s),
                kick_lead_s=paired[drop.index].lead_s if drop.index in paired else None,
                replaced=_find_replaced(paired.get(drop.index), known.resolution_s),
                error=None if socket is None else socket.error,
                stop=stopped.get(drop.index),
                too_large=payload_lines.take(ending),
                restart_said=_find_said(restarts, ending),
                turned_away=_say(turned_away.get(drop.index)) or _find_refusal_stated(ending),
                rule=find_stated_rule(drop, ending.session, _say_kick(paired.get(drop.index), known.resolution_s)),
                stuck=find_line(stuck, moment, STOP_REACH if start is None else LONGEST_RESTART, ending.error_s),
            )
        )
    return found


class PayloadLines:
    """The server's errors that say that a message was too large: each tells of one end."""

    def __init__(self, timeline: Rows) -> None:
        rows = timeline.of_kinds({EventKind.SERVER_ERROR}).sort_by_time()
        names = ("message", "error", "socket_id", "file", "line")
        read_lines = zip(rows.moments(), *(rows[name].tolist() for name in names), strict=True)
        self._lines = [
            (moment, socket, Evidence(file, int(line)))
            for moment, message, error, socket, file, line in read_lines
            if PAYLOAD.search(f"{message} {error or ''}")
        ]

    def take(self, ending: Ending) -> Evidence | None:
        """The line of the end itself, where its reason or code says so, else the server's right before the end."""
        drop, session = ending.drop, ending.session
        stated = " ".join(text for text in (drop.reason, drop.server_reason) if text)
        if is_closed_by_client(session):  # what it got was too large for it
            return drop.evidence if session.code in TOO_LARGE else None
        if PAYLOAD.search(stated) or session.code in TOO_LARGE:
            return drop.evidence or drop.server_evidence
        if "ping timeout" in stated:
            return None
        error = timedelta(seconds=ending.error_s)
        edges = (ending.on_server - PAYLOAD_REACH - error, ending.on_server + KICK_LAG + error)
        first, last = (bisect_right(self._lines, edge, key=itemgetter(0)) for edge in edges)
        for place in reversed(range(first, last)):
            if self._lines[place][1] in {None, session.socket_id}:
                return self._lines.pop(place)[2]
        return None


def _find_replaced(pair: PairedKick | None, resolution_s: float) -> str | None:
    """What the server's line says right before it throws a socket out, if that is that another login took its place.

    A line that names neither the socket nor its client must stand beside the end, or it may be another's: as near as
    the stamps can tell, for of whole seconds two neighbouring ones may be one moment.
    """
    if pair is None or not _is_its_own(pair, resolution_s):
        return None
    is_told = REPLACED.search(f"{pair.kick.says} {pair.kick.reason or ''}") is not None or tells_rival(pair.kick.says)
    return pair.kick.says if is_told else None


def _is_its_own(pair: PairedKick, resolution_s: float) -> bool:
    """Whether a line by which a server throws somebody out is about this end: by its name, else by its place."""
    return pair.is_named or pair.lead_s <= KICK_LAG.total_seconds() + resolution_s


def _say_kick(pair: PairedKick | None, resolution_s: float) -> Said | None:
    """What the server says of this very end as it throws the socket out."""
    if pair is None or not _is_its_own(pair, resolution_s):
        return None
    return Said(pair.kick.says, pair.kick.evidence)


def _say(refusal: Refusal | None) -> Said | None:
    return None if refusal is None else Said(refusal.told, refusal.evidence)


def _find_refusal_stated(ending: Ending) -> Said | None:
    """The line of the end itself, where the reason that it states is that credentials were refused."""
    drop = ending.drop
    for reason, place in ((drop.server_reason, drop.server_evidence), (drop.reason, drop.evidence)):
        if reason is not None and place is not None and states_refusal(reason):
            return Said(reason, place)
    return None


def _list_followed(endings: Iterable[Ending]) -> list[FollowedEnd]:
    """The ends by the server's line, else by their own."""
    rows = [(end, end.drop.server_evidence or end.drop.evidence) for end in endings]
    return [
        FollowedEnd(end.drop.index, end.on_server, end.session.socket_id, place)
        for end, place in rows
        if place is not None
    ]


def _list_ends(endings: Iterable[Ending]) -> list[KickableEnd]:
    """The ends of sockets that the server's own line tells of."""
    return [
        KickableEnd(drop.index, socket.closed, socket.source, socket.socket_id, socket.evidence, socket.worker_id)
        for drop, _, socket, *_ in endings
        if socket is not None and socket.closed is not None
    ]


def _list_nameless_ends(endings: Iterable[Ending], kicks: Iterable[Kick]) -> list[KickableEnd]:
    """The ends that a server's line tells of without naming the socket, in a file that tells of such lines, too."""
    sources = {kick.evidence.file: kick.source for kick in kicks if kick.socket_id is None}
    rows = [(end, end.drop.server_evidence or end.drop.evidence) for end in endings]
    return [
        KickableEnd(end.drop.index, end.on_server, sources[place.file], "", place)
        for end, place in rows
        if end.socket is None and end.session.side is Side.SERVER and place is not None and place.file in sources
    ]


def list_stuck(timeline: Rows) -> list[tuple[datetime, Evidence]]:
    """When and where a supervisor says that it ends a server because it did not answer, in the order of time."""
    rows = timeline[timeline["kind"].isin(STOPPING) & (timeline["reason"] == STUCK)]
    places = zip(rows["file"].tolist(), rows["line"].tolist(), strict=True)
    return [(moment, Evidence(file, int(line))) for moment, (file, line) in zip(rows.moments(), places, strict=True)]


def _list_restarts_said(timeline: Rows) -> dict[Evidence, Said]:
    """The lines of ends that name the end of the server as the reason, by their places."""
    names = ("message", "reason", "error", "file", "line")
    rows = timeline.of_kinds(ENDS)
    columns = (rows[name].tolist() for name in names)
    found = {}
    for message, reason, error, file, line in zip(*columns, strict=True):
        text = next(filter(None, (tells_restart(said) for said in (reason, error, message) if said)), None)
        if text is not None:
            place = Evidence(file, int(line))
            found[place] = Said(text, place)
    return found


def _find_said(said: Mapping[Evidence, Said], ending: Ending) -> Said | None:
    lines = (ending.drop.evidence, ending.drop.server_evidence)
    return next((said[line] for line in lines if line is not None and line in said), None)


def _list_stops(timeline: Rows) -> Mapping[str, list[tuple[datetime, Evidence]]]:
    """When and where each process says that it stops, by its folder, in the order of time."""
    rows = timeline.of_kinds(STOPPING)
    stops: dict[str, list[tuple[datetime, Evidence]]] = defaultdict(list)
    columns = (rows[name].tolist() for name in ("source", "file", "line"))
    for moment, source, file, line in zip(rows.moments(), *columns, strict=True):
        stops[source].append((moment, Evidence(file, int(line))))
    return stops


def _find_stopped(
    stops: Mapping[str, Sequence[tuple[datetime, Evidence]]],
    endings: Sequence[Ending],
    starts: Mapping[int, datetime],
    span_s: float,
) -> dict[int, Evidence]:
    """The line by which its server had said that it stops, by the disconnect; none where such lines lie there by luck.

    A process that says so again and again, be it of parts of it, has a line before many an end: the moments that
    follow one count if they are more than chance has (by the binomial tail, as for starts).
    """
    found: dict[int, Evidence] = {}
    moments: dict[int, bool] = {}
    for ending in endings:
        drop, socket = ending.drop, ending.socket
        source = _name_server(ending, stops) if socket is None else socket.source
        if source is None:
            continue
        stop = _find_stop(stops.get(source, ()), ending, socket, starts.get(drop.index))
        found |= {} if stop is None else {drop.index: stop}
        moment = -1 - drop.index if drop.fleet_event is None else drop.fleet_event
        moments[moment] = moments.get(moment, False) or stop is not None
    covered_s = sum(map(_measure_covered_s, stops.values()))
    is_luck = binomial_greater(sum(moments.values()), len(moments), min(1.0, covered_s / span_s)) > STOP_LUCK
    return {} if covered_s >= LEAST_COVERED_S and is_luck else found


def _name_server(ending: Ending, stops: Mapping[str, object]) -> str | None:
    """The server whose line alone tells of an end without a socket's name: the only one that says that it stops."""
    is_its_own = ending.session.side is Side.SERVER and ending.session.server_has_end
    return next(iter(stops)) if is_its_own and len(stops) == 1 else None


def _measure_covered_s(lines: Sequence[tuple[datetime, Evidence]]) -> float:
    """In how many seconds an end would have one of these lines right before it; a stop said at length counts once."""
    reach_s = STOP_REACH.total_seconds()
    gaps_s = ((later - one).total_seconds() for (one, _), (later, _) in pairwise(lines))
    return sum(min(gap_s, reach_s) for gap_s in gaps_s) + reach_s * len(lines[:1])


def _find_stop(
    stops: Sequence[tuple[datetime, Evidence]], ending: Ending, socket: ServerSocket | None, start: datetime | None
) -> Evidence | None:
    """The line by which the server of a socket had said that it stops.

    Of an end that it logs, shortly before; a stop may last, though, and a socket of whose end a server that then starts
    anew logs nothing ended somewhere in it, as did one that a server which drains ends for its shutdown, by
    that word or by the code of one that goes away. What it writes
    behind a single end, after which it did not start, did not bring that about: a server that lets go of all its
    sockets may say so afterwards.
    """
    is_logged = socket is None or socket.closed is not None
    reasons = (ending.drop.reason, ending.drop.server_reason)
    is_drained = any(reason is not None and SHUTDOWN.search(reason) for reason in reasons)
    is_own_word = not is_logged or ending.session.code in RESTART_CODES
    reach = LONGEST_RESTART if is_drained or (is_own_word and start is not None) else STOP_REACH
    found = find_line(stops, ending.on_server, reach, ending.error_s)
    if found is None and is_logged and ending.drop.fleet_event is not None:
        return _find_done(stops, ending.on_server)
    is_alone = start is None and ending.drop.fleet_event is None
    return None if found is not None and is_alone and _is_behind(found, ending.drop.server_evidence) else found


def _find_done(stops: Sequence[tuple[datetime, Evidence]], moment: datetime) -> Evidence | None:
    """The line by which a server says, as puma does, that it has stopped, soon after it let most of its sockets go."""
    place = bisect_right(stops, moment, key=itemgetter(0))
    return stops[place][1] if place < len(stops) and stops[place][0] - moment <= STOP_DONE else None


def _is_behind(line: Evidence, end: Evidence | None) -> bool:
    """Whether a line stands behind that of an end in the file of both."""
    return end is not None and line.file == end.file and line.line > end.line


def find_line(
    lines: Sequence[tuple[datetime, Evidence]], moment: datetime, reach: timedelta, error_s: float
) -> Evidence | None:
    """The last of these lines of the server within `reach` before `moment` on its clock, or a hair after it."""
    start, end = moment - reach - timedelta(seconds=error_s), moment + KICK_LAG + timedelta(seconds=error_s)
    last = bisect_right(lines, end, key=itemgetter(0)) - 1
    return lines[last][1] if last >= 0 and lines[last][0] >= start else None
