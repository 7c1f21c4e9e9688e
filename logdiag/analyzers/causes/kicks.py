"""Which disconnect each line belongs to by which a server says that it disconnects a socket: `…, disconnecting`."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import pandas as pd

from logdiag.events import EventKind
from logdiag.frame import list_moments, list_values
from logdiag.results.evidence import Evidence

KICK_REACH: Final = timedelta(seconds=2)  # a choice: the end of a socket that is thrown out is logged this soon


class Kick(NamedTuple):
    """When, where and of which socket (None: it does not say) a server tells that it disconnects one."""

    time: datetime
    source: str
    socket_id: str | None
    evidence: Evidence


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
    columns = (list_values(rows[name]) for name in ("source", "socket_id", "file", "line"))
    return [
        Kick(moment, source, None if pd.isna(socket_id) else socket_id, Evidence(file, int(line)))
        for moment, source, socket_id, file, line in zip(list_moments(rows["time"]), *columns, strict=True)
    ]


def pair_kicks(kicks: Iterable[Kick], ends: Iterable[KickableEnd]) -> dict[int, float]:
    """By the index of the disconnect: how long before it, in seconds, its own line stands, of the same server.

    Each line ends one socket: of several open lines within 2 s the first belongs to the first end. What stands after
    the end, or names another socket, did not cause it.
    """
    of_source: dict[str, list[Kick]] = defaultdict(list)
    for kick in kicks:
        of_source[kick.source].append(kick)
    leads: dict[int, float] = {}
    for end in sorted(ends, key=lambda end: (end.time, end.index)):
        waiting = of_source[end.source]
        place = _find(waiting, end)
        if place is not None:
            leads[end.index] = (end.time - waiting.pop(place).time).total_seconds()
    return leads


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
