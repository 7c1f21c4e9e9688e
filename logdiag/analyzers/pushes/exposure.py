"""When each connection was up and when it was down: what pushes were exposed to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt

NO_ENDS: Final[Mapping[str, datetime]] = MappingProxyType({})
LONGEST_UNNOTICED: Final = timedelta(seconds=120)  # a choice: at the default pings a dead connection is noticed in 45 s


@dataclass(frozen=True, slots=True)
class Exposure:
    """The outages of one connection, as sorted starts and ends; an open outage ends with the logs.

    An outage whose connect the logs lack has no known length: it counts as an instant.
    """

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    connected_s: float

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether any part of [start, end] lies in an outage."""
        index = bisect_right(self.starts, end) - 1
        return index >= 0 and self.ends[index] > start

    def find_end(self, attempt: Attempt) -> int | None:
        """Which session ended soon after an attempt, or had ended just then, by its number; None where none did."""
        index = bisect_left(self.starts, attempt.started)
        if index and self.ends[index - 1] > attempt.started:
            return index - 1
        if index == len(self.starts) or self.starts[index] - attempt.started > LONGEST_UNNOTICED:
            return None
        return index

    def ends_between(self, attempt: Attempt, later: datetime | None) -> bool:
        """Whether a session ended soon after an attempt, and before `later`."""
        end = self.find_end(attempt)
        return end is not None and (later is None or self.starts[end] <= later)


def measure_exposure(
    sessions: Sequence[SessionRecord], end: datetime, ends: Mapping[str, datetime] = NO_ENDS
) -> dict[str, Exposure]:
    """Outages and connected time of each connection, up to the end of its own logs, one of `ends`, else to `end`."""
    by_connection: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        by_connection[session.connection].append(session)
    result = {}
    for name, mine in sorted(by_connection.items()):
        ended, last_line = [session for session in mine if session.closed is not None], ends.get(name, end)
        starts = tuple(session.closed for session in ended if session.closed is not None)
        is_open = [session is mine[-1] and any(other.opened is not None for other in mine) for session in ended]
        overs = tuple(
            session.reopened or (max(last_line, closed) if last else closed)
            for session, closed, last in zip(ended, starts, is_open, strict=True)
        )
        seconds = sum(
            ((session.closed or last_line) - session.opened).total_seconds()
            for session in mine
            if session.opened is not None
        )
        result[name] = Exposure(starts, overs, max(seconds, 0.0))
    return result
