"""What proxies and balancers say of themselves: a limit that ran out on a connection, a new configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

import pandas as pd

from logdiag.events import EventKind
from logdiag.frame import list_moments, list_values
from logdiag.results.evidence import Evidence

TIMEOUT_REACH_S: Final = 1.0  # nginx and syslog stamp whole seconds
RELOAD_LEAD_S: Final = 1.0  # a reload is logged before the connections end, in whole seconds
RELOAD_REACH_S: Final = 10.0  # old workers leave at once, or after nginx's worker_shutdown_timeout: often 5 or 10 s
LEAST_SPAN_S: Final = 60.0  # of logs: over less no rate means anything


class ProxyLine(NamedTuple):
    """A line of a proxy, and the moments that it may speak of: access lines bear the begin or the end of a request."""

    moments: tuple[datetime, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ProxyLines:
    """All that proxies say of limits and reloads; `span_s` is how long these logs last."""

    timeouts: tuple[ProxyLine, ...] = ()
    reloads: tuple[ProxyLine, ...] = ()
    span_s: float = LEAST_SPAN_S

    @property
    def timeout_chance(self) -> float:
        """How likely any moment has a timeout in reach, at the rate at which these logs hold them."""
        moments_count = sum(len(line.moments) for line in self.timeouts)
        return min(1.0, moments_count * 2 * TIMEOUT_REACH_S / self.span_s)

    @property
    def reload_chance(self) -> float:
        """How likely any moment comes right after a reload; of one that is told in several lines the first counts."""
        times = [line.moments[0] for line in self.reloads]
        width_s = RELOAD_LEAD_S + RELOAD_REACH_S
        further = sum((later - earlier).total_seconds() > RELOAD_REACH_S for earlier, later in pairwise(times))
        return min(1.0, (further + 1) * width_s / self.span_s) if times else 0.0

    def find_reload(self, moment: datetime, error_s: float) -> Evidence | None:
        """The last reload right before a moment on the server's clock, or in its second."""
        first, last = (timedelta(seconds=side + error_s) for side in (RELOAD_REACH_S, RELOAD_LEAD_S))
        near = [line for line in self.reloads if moment - first <= line.moments[0] <= moment + last]
        return near[-1].evidence if near else None

    def pair_timeouts(self, ends: Iterable[tuple[int, datetime, float]]) -> dict[int, Evidence]:
        """By the index of the disconnect, the line of its own by which a proxy says that a limit ran out.

        `ends`: index, moment on the server's clock, and its error in seconds. A line tells of one connection: the
        closest pairs are joined first.
        """
        pairs = sorted(
            (distance_s, index, place)
            for index, moment, error_s in ends
            for place, line in enumerate(self.timeouts)
            if (distance_s := _find_distance_s(line, moment)) <= TIMEOUT_REACH_S + error_s
        )
        found: dict[int, Evidence] = {}
        taken: set[int] = set()
        for _, index, place in pairs:
            if index not in found and place not in taken:
                found[index] = self.timeouts[place].evidence
                taken.add(place)
        return found


NO_PROXIES: Final = ProxyLines()


def list_proxy_lines(frame: pd.DataFrame) -> ProxyLines:
    """The lines of all proxies in these logs, in the order of time."""
    if frame.empty:
        return NO_PROXIES
    span = frame["time"].max() - frame["time"].min()
    return ProxyLines(
        _list_lines(frame, EventKind.PROXY_TIMEOUT),
        _list_lines(frame, EventKind.PROXY_RELOAD),
        max(LEAST_SPAN_S, span.total_seconds()),
    )


def _list_lines(frame: pd.DataFrame, kind: EventKind) -> tuple[ProxyLine, ...]:
    rows = frame[frame["kind"] == kind.value].sort_values("time", kind="stable")
    columns = (list_values(rows[name]) for name in ("value", "file", "line"))
    return tuple(
        ProxyLine(_list_moments(moment, lasted_ms), Evidence(file, int(line)))
        for moment, lasted_ms, file, line in zip(list_moments(rows["time"]), *columns, strict=True)
    )


def _list_moments(moment: datetime, lasted_ms: float | None) -> tuple[datetime, ...]:
    if lasted_ms is None or pd.isna(lasted_ms):
        return (moment,)
    return (moment, moment + timedelta(milliseconds=float(lasted_ms)))


def _find_distance_s(line: ProxyLine, moment: datetime) -> float:
    return min(abs((moment - told).total_seconds()) for told in line.moments)
