"""Whether a connection would carry a message at an instant, as far as its sessions tell."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord


class State(StrEnum):
    """Of a connection at an instant."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StateInterval:
    """A time in one state, in seconds since the start of the logs.

    `is_renewed`: the client's process died in it, and all that it held in memory. From `dead_from_s` on a connection
    that seems to be up carries nothing any more.
    """

    start_s: float
    end_s: float
    state: State
    is_renewed: bool = False
    dead_from_s: float = math.inf


UNSEEN: Final = StateInterval(-math.inf, math.inf, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class LinkHistory:
    """The stretches of one connection without a gap, up to the end of the logs."""

    stretches: tuple[StateInterval, ...]

    def place(self, moment_s: float) -> int:
        """The number of the stretch that an instant lies in; -1 before all, and their number behind the logs."""
        place = bisect_right(self.stretches, moment_s, key=lambda stretch: stretch.start_s) - 1
        return place + 1 if place >= 0 and moment_s >= self.stretches[place].end_s else place

    def at(self, moment_s: float) -> StateInterval:
        """The stretch of an instant; one of unknown state outside of the logs."""
        place = self.place(moment_s)
        return self.stretches[place] if 0 <= place < len(self.stretches) else UNSEEN

    def next_up_s(self, moment_s: float) -> float | None:
        """When the connection is up at or after an instant; None if the logs do not tell."""
        for place in range(max(self.place(moment_s), 0), len(self.stretches)):
            stretch = self.stretches[place]
            if stretch.state is State.UNKNOWN:
                return None
            if stretch.state is State.UP:
                return max(stretch.start_s, moment_s)
        return None

    def is_renewed_between(self, start_s: float, end_s: float) -> bool:
        """Whether the process that held a message from one instant on is another one at the later."""
        passed = self.stretches[max(self.place(start_s), 0) : max(self.place(end_s), 0)]
        return any(stretch.is_renewed for stretch in passed)


def build_links(
    sessions: Sequence[SessionRecord],
    end: datetime,
    zero: datetime,
    doubts: Mapping[str, Sequence[float]],
    arrivals: Mapping[str, Sequence[float]],
) -> dict[str, LinkHistory]:
    """The links of all connections. `zero` is the instant 0.

    `doubts` are the starts of pushes of a connection that were sent and probably did not arrive, `arrivals` those of
    pushes that did, both in order and in seconds: behind the last arrival of a session the first doubt shows that the
    connection was dead already. A session that the logs leave open is taken to last as long as the shortest known one
    of its connection.
    """
    by_connection: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        by_connection[session.connection].append(session)
    last_s = (end - zero).total_seconds()
    links = {}
    for name, mine in by_connection.items():
        stretches = _lay_out(mine, last_s, zero)
        links[name] = LinkHistory(
            tuple(_bury(item, doubts.get(name, ()), arrivals.get(name, ())) for item in stretches)
        )
    return links


def _lay_out(sessions: Sequence[SessionRecord], last_s: float, zero: datetime) -> list[StateInterval]:
    def seconds(moment: datetime) -> float:
        return (moment - zero).total_seconds()

    shortest_s = min((session.session_s for session in sessions if session.session_s is not None), default=0.0)
    stretches: list[StateInterval] = []
    now_s, is_renewed = -math.inf, False
    for rank, session in enumerate(sessions):
        lasting_s = last_s if session.opened is None else max(last_s, seconds(session.opened) + shortest_s)
        closed_s = lasting_s if session.closed is None else seconds(session.closed)
        if session.opened is not None:
            opened_s = max(seconds(session.opened), now_s)
            stretches.append(StateInterval(now_s, opened_s, State.DOWN, is_renewed))
            stretches.append(StateInterval(opened_s, closed_s, State.UP))
        else:  # the connect is missing: at the start of the logs it lies before them, else nobody knows when it was
            stretches.append(StateInterval(now_s, closed_s, State.UNKNOWN if rank else State.UP, is_renewed))
        now_s, is_renewed = max(now_s, closed_s), session.restarted or session.crashed
    stretches.append(StateInterval(now_s, last_s, State.DOWN, is_renewed))
    return [stretch for stretch in stretches if stretch.end_s > stretch.start_s]


def _bury(stretch: StateInterval, doubts: Sequence[float], arrivals: Sequence[float]) -> StateInterval:
    """Mark from where a session carried nothing any more."""
    if stretch.state is not State.UP:
        return stretch
    known = bisect_right(arrivals, stretch.end_s)
    last_s = arrivals[known - 1] if known else -math.inf
    first = bisect_right(doubts, max(last_s, stretch.start_s))
    is_inside = first < len(doubts) and doubts[first] < stretch.end_s
    return replace(stretch, dead_from_s=doubts[first]) if is_inside else stretch
