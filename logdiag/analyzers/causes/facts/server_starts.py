"""Which start of the server stands behind an end: it began anew before the client was back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import EventKind, Side
from logdiag.rows import Rows

LONGEST_RESTART: Final = timedelta(seconds=60)  # a choice: of a restart whose end nobody logged
STARTING: Final = timedelta(seconds=5)  # a choice: a new process may let clients in before it says that it started
DYING: Final = timedelta(seconds=2)  # a choice: a server that ends lets go of all its sockets within this
DOINGS: Final = (EventKind.SERVER_CONNECTED.value, EventKind.SERVER_DISCONNECTED.value)
START_LUCK: Final = 1e-3  # a choice: one log in a thousand


def find_starts(known: FactInput, endings: Sequence[Ending]) -> dict[int, datetime]:
    """The start of the server behind each end, by the disconnect.

    A start while a client was away is proof that nobody listened, and so is one that ends a socket of which a log that
    tells of ends has none. Where nobody knows when the client was back, starts may follow ends by luck: they count if
    they do so more often than chance has it (by the binomial tail, moments that several ends share counted once, at
    the mean chance that a start falls into what is looked at).
    """
    server = known.sockets.server
    starts = {source: server.list_starts(source) for source in {_name_source(ending) for ending in endings}}
    behind = _find_behind(known.timeline, starts, endings)
    behind = _drop_told(behind, endings)
    is_whole = not any(loss.is_telling for loss in known.sockets.losses)
    telling = {_name_source(ending) for ending in endings if _is_told(ending)} if is_whole else set()
    span_s = measure_span_s(known.timeline)
    sure: dict[int, datetime] = {}
    guessed: dict[int, tuple[int, datetime]] = {}
    chances: dict[int, float] = {}
    for ending in endings:
        drop, source, start = ending.drop, _name_source(ending), behind.get(ending.drop.index)
        if not server.knows(drop.connection):
            continue
        if ending.session.reopened is not None or (_is_lost(ending) and source in telling):
            sure |= {} if start is None else {drop.index: start}
            continue
        moment = -drop.index if drop.fleet_event is None else drop.fleet_event
        chances[moment] = min(1.0, _look_s(ending.session) * len(starts[source]) / span_s)
        guessed |= {} if start is None else {drop.index: (moment, start)}
    moments_count = len({moment for moment, _ in guessed.values()})
    mean_chance = sum(chances.values()) / len(chances) if chances else 0.0
    if binomial_greater(moments_count, len(chances), mean_chance) > START_LUCK:
        return sure
    return sure | {index: start for index, (_, start) in guessed.items()}


def _find_behind(
    timeline: Rows, starts: Mapping[str | None, Sequence[datetime]], endings: Sequence[Ending]
) -> dict[int, datetime]:
    """The next start behind each end, before which the server did nothing: it outlived what it let others in after."""
    doings, arrivals = _list_doings(timeline, DOINGS), _list_doings(timeline, DOINGS[:1])
    behind = {}
    for ending in endings:
        source = _name_source(ending)
        start = find_server_start(starts[source], ending.session, ending.offset_s)
        if start is None or _ran_on(doings.get(source, ()), ending.on_server + DYING, start):
            continue
        if not (_is_told(ending) and _ran_on(arrivals.get(source, ()), ending.on_server, start)):
            behind[ending.drop.index] = start
    return behind


def _drop_told(behind: Mapping[int, datetime], endings: Sequence[Ending]) -> dict[int, datetime]:
    """The starts without those behind ends that a server tells of which dies without a word: those came before.

    Whether it does shows in the sockets that its starts end: a server that stops in order tells of most.
    """
    hit = [ending for ending in endings if ending.drop.index in behind]
    told = Counter(_name_source(ending) for ending in hit if _is_told(ending))
    lost = Counter(_name_source(ending) for ending in hit if _is_lost(ending))
    wordless = {source for source, count in lost.items() if count >= told[source]}
    dropped = {ending.drop.index for ending in hit if _is_told(ending) and _name_source(ending) in wordless}
    return {index: start for index, start in behind.items() if index not in dropped}


def _is_told(ending: Ending) -> bool:
    """Whether the server, which alone tells of a connection, tells of its end."""
    return ending.session.side is Side.SERVER and ending.session.has_end_line


def _is_lost(ending: Ending) -> bool:
    """Whether a connection of which the server alone tells was open when it started anew."""
    return ending.session.side is Side.SERVER and not ending.session.has_end_line and not ending.session.forgotten


def _name_source(ending: Ending) -> str | None:
    """The folder of the server that held a socket; None where no line says so."""
    return None if ending.socket is None else ending.socket.source


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


def _look_s(session: SessionRecord) -> float:
    """How long after an end a start of the server is looked for where no return is known, in seconds."""
    if session.closed is None or session.next_closed is None:
        return LONGEST_RESTART.total_seconds()
    return min(LONGEST_RESTART, session.next_closed - session.closed).total_seconds()


def measure_span_s(timeline: Rows) -> float:
    """How long the events of the logs last, in seconds, at least one."""
    return max(1.0, timeline.measure_s())


def _list_doings(timeline: Rows, kinds: Sequence[str]) -> Mapping[str | None, list[datetime]]:
    """When each server let a client in or told of the end of one, by its folder, in the order of time.

    An end that no line gives to a server is that of the only one there is, if so.
    """
    rows = timeline.of_kinds(kinds).sort_by_time()
    doings: dict[str | None, list[datetime]] = defaultdict(list)
    for moment, source in zip(rows.moments(), rows["source"].tolist(), strict=True):
        doings[source].append(moment)
    if len(doings) == 1:
        doings[None] = next(iter(doings.values()))
    return doings


def _ran_on(doings: Sequence[datetime], ended: datetime, start: datetime) -> bool:
    """Whether a server was still at work between an instant and its next start."""
    place = bisect_right(doings, ended)
    return place < len(doings) and doings[place] < start - STARTING
