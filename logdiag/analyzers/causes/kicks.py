"""Which disconnect each line belongs to by which a server says that it disconnects a socket: `…, disconnecting`."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows, is_earlier

KICK_REACH: Final = timedelta(seconds=2)  # a choice: the end of a socket that is thrown out is logged this soon


class Kick(NamedTuple):
    """When, where and of which socket (None: it does not say) a server tells that it disconnects one.

    `client` is the name of the client, if it names one, `says` the whole line, `reason` what it is understood to mean.
    """

    time: datetime
    source: str
    socket_id: str | None
    evidence: Evidence
    client: str | None = None
    says: str = ""
    reason: str | None = None


class PairedKick(NamedTuple):
    """A kick of one end, `lead_s` seconds before it; `is_named`: it names that very socket or client."""

    kick: Kick
    lead_s: float
    is_named: bool


@dataclass(frozen=True, slots=True)
class KickableEnd:
    """The end of a socket by the server's own line; `index` is that of the disconnect."""

    index: int
    time: datetime
    source: str
    socket_id: str
    evidence: Evidence | None
    client: str | None = None


def list_kicks(timeline: Rows) -> list[Kick]:
    """Every such line in the order of time."""
    rows = timeline.of_kinds({EventKind.SERVER_KICK})
    names = ("source", "file", "line", "socket_id", "worker_id", "reason", "message")
    columns = (rows[name].tolist() for name in names)
    return [
        Kick(moment, source, socket_id, Evidence(file, int(line)), client, message, reason)
        for moment, source, file, line, socket_id, client, reason, message in zip(rows.moments(), *columns, strict=True)
    ]


def pair_kicks(
    kicks: Iterable[Kick], ends: Iterable[KickableEnd], upside_down: Collection[str] = ()
) -> dict[int, PairedKick]:
    """By the index of the disconnect: its own line, of the same server, and how long before it that stands.

    Each line ends one socket: of several open lines within 2 s the first belongs to the first end. What stands after
    the end, or names another socket, did not cause it. `upside_down` are the files that begin with the newest line.
    """
    of_source: dict[str, list[Kick]] = defaultdict(list)
    for kick in kicks:
        of_source[kick.source].append(kick)
    found: dict[int, PairedKick] = {}
    for end in sorted(ends, key=lambda end: (end.time, end.index)):
        waiting = of_source[end.source]
        place = _find(waiting, end, upside_down)
        if place is not None:
            kick = waiting.pop(place)
            is_named = kick.socket_id == end.socket_id or (kick.client is not None and kick.client == end.client)
            found[end.index] = PairedKick(kick, (end.time - kick.time).total_seconds(), is_named)
    return found


def _find(waiting: Sequence[Kick], end: KickableEnd, upside_down: Collection[str]) -> int | None:
    first = bisect_left(waiting, end.time - KICK_REACH, key=lambda kick: kick.time)
    for place in range(first, len(waiting)):
        kick = waiting[place]
        if kick.time > end.time or (
            kick.time == end.time and not _came_first(kick.evidence, end.evidence, upside_down)
        ):
            return None
        if kick.socket_id in {None, end.socket_id}:
            return place
    return None


def _came_first(line: Evidence, other: Evidence | None, upside_down: Collection[str]) -> bool:
    return other is not None and line.file == other.file and is_earlier(line, other, upside_down)
