"""What the server says of the error of which it dies, right before the ends that this means."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TypeAlias

from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.facts.server_starts import DYING, LONGEST_RESTART
from logdiag.analyzers.causes.own_words import Said
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence

TimedWords: TypeAlias = tuple[datetime, Said]
Crashes: TypeAlias = Mapping[str | None, Sequence[TimedWords]]  # in the order of time, by folder; of all by None


def find_server_crashes(
    crashes: Crashes, endings: Sequence[Ending], starts: Sequence[datetime | None]
) -> dict[int, Said]:
    """The last words of the server behind each end, by the disconnect; `starts` are its starts there, if known.

    They stand within two seconds of the end; or, where a start follows it, within a minute before that start.
    """
    found = {}
    for ending, start in zip(endings, starts, strict=True):
        own = crashes.get(None if ending.socket is None else ending.socket.source, ())
        reach = DYING + timedelta(seconds=ending.error_s)
        earliest, latest = ending.on_server - reach, ending.on_server + reach
        if start is not None:
            earliest, latest = min(earliest, start - LONGEST_RESTART), start
        place = bisect_right(own, latest, key=itemgetter(0)) - 1
        if place >= 0 and own[place][0] >= earliest:
            found[ending.drop.index] = own[place][1]
    return found


def list_server_crashes(known: FactInput) -> Crashes:
    """The errors of which each server dies, in the order of time, by its folder; those of all by None."""
    rows = known.timeline.of_kinds({EventKind.PROCESS_CRASHED}).sort_by_time()
    columns = (rows[name].tolist() for name in ("source", "error", "message", "file", "line"))
    crashes: dict[str | None, list[TimedWords]] = defaultdict(list)
    servers = {*known.servers, *known.sockets.server.starts_of}
    for moment, source, error, message, file, line in zip(rows.moments(), *columns, strict=True):
        if source in servers:
            said = Said(error or message, Evidence(file, int(line)))
            crashes[source].append((moment, said))
            crashes[None].append((moment, said))
    return crashes
