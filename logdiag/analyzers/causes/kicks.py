"""Which disconnect each line belongs to by which a server says that it disconnects a socket: `…, disconnecting`."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import pandas as pd

from logdiag.analyzers.causes.own_words import Said, tells_rival
from logdiag.events import EventKind
from logdiag.frame import list_moments, list_values
from logdiag.results.evidence import Evidence

KICK_REACH: Final = timedelta(seconds=2)  # a choice: the end of a socket that is thrown out is logged this soon


class Kick(NamedTuple):
    """When, where and of which socket (None: it does not say) a server tells that it disconnects one.

    `rival_said` is the line where it says that another one of the same name is why.
    """

    time: datetime
    source: str
    socket_id: str | None
    evidence: Evidence
    rival_said: Said | None = None


@dataclass(frozen=True, slots=True)
class KickableEnd:
    """The end of a socket by the server's own line; `index` is that of the disconnect."""

    index: int
    time: datetime
    source: str
    socket_id: str
    evidence: Evidence | None


def list_kicks(frame: pd.DataFrame) -> list[Kick]:
    """Every such line in the order of time."""
    rows = frame[frame["kind"] == EventKind.SERVER_KICK.value]
    columns = (list_values(rows[name]) for name in ("source", "socket_id", "message", "file", "line"))
    return [
        Kick(moment, source, None if pd.isna(socket_id) else socket_id, place, _read_rival(message, place))
        for moment, source, socket_id, message, file, line in zip(list_moments(rows["time"]), *columns, strict=True)
        for place in (Evidence(file, int(line)),)
    ]


def _read_rival(message: str, place: Evidence) -> Said | None:
    return Said(message, place) if tells_rival(message) else None


class PairedKick(NamedTuple):
    """The line of one end, and how long before it that stands, in seconds."""

    kick: Kick
    lead_s: float


def pair_kicks(kicks: Iterable[Kick], ends: Iterable[KickableEnd]) -> dict[int, PairedKick]:
    """By the index of the disconnect: its own line, of the same server, and its lead.

    Each line ends one socket: of several open lines within 2 s the first belongs to the first end. What stands after
    the end, or names another socket, did not cause it.
    """
    of_source: dict[str, list[Kick]] = defaultdict(list)
    for kick in kicks:
        of_source[kick.source].append(kick)
    paired: dict[int, PairedKick] = {}
    for end in sorted(ends, key=lambda end: (end.time, end.index)):
        waiting = of_source[end.source]
        place = _find(waiting, end)
        if place is not None:
            kick = waiting.pop(place)
            paired[end.index] = PairedKick(kick, (end.time - kick.time).total_seconds())
    return paired


def _find(waiting: Sequence[Kick], end: KickableEnd) -> int | None:
    first = bisect_left(waiting, end.time - KICK_REACH, key=lambda kick: kick.time)
    for place in range(first, len(waiting)):
        kick = waiting[place]
        if kick.time > end.time or (kick.time == end.time and not _is_above(kick.evidence, end.evidence)):
            return None
        if kick.socket_id in {None, end.socket_id}:
            return place
    return None


def _is_above(line: Evidence, other: Evidence | None) -> bool:
    return other is not None and line.file == other.file and line.line < other.line
