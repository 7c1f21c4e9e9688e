"""What proxies and balancers say of themselves: a limit that ran out on a connection, a new configuration."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from logdiag.analyzers.statistics.gaps import keep_equal_gaps
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import PatternKind
from logdiag.rows import Rows

TIMEOUT_REACH_S: Final = 1.0  # nginx and syslog stamp whole seconds
RELOAD_LEAD_S: Final = 1.0  # a reload is logged before the connections end, in whole seconds
RELOAD_REACH_S: Final = 3.0  # old workers leave within moments unless they may wait for their connections
LAG_SCATTER_S: Final = 1.0  # to either side: stamps in whole seconds
LONGEST_LAG_S: Final = 1800.0  # old workers wait for their connections: by default 240 s in ingress-nginx
LEAST_LAGGED: Final = 3  # moments: two have a lag in common by chance, as two points lie on a line
AWAY_LEAD_S: Final = 1.0  # stamps in whole seconds
AWAY_REACH_S: Final = 5.0  # Socket.IO's clients try again after 0.5 s to 5 s by default
AWAY: Final = frozenset({"502", "503", "504"})  # RFC 9110, 15.6: the server behind does not answer
LEAST_SPAN_S: Final = 60.0  # of logs: over less no rate means anything
LIMITS: Final[Mapping[object, PatternKind]] = {
    kind.value: kind for kind in (PatternKind.IDLE, PatternKind.CONNECTION_AGE)
}  # the `code` of a rule


class ProxyLine(NamedTuple):
    """A line of a proxy, and the moments that it may speak of: access lines bear the begin or the end of a request.

    `limit` is the pattern of what ran out: `idle` or `connection-age`; None where nothing did.
    """

    moments: tuple[datetime, ...]
    evidence: Evidence
    limit: PatternKind | None = None


@dataclass(frozen=True, slots=True)
class ProxyLines:
    """All that proxies say of limits and reloads, in the order of time; `span_s` is how long these logs last.

    `lag_s`: how long after a reload its old workers end what they still hold; 0 where they leave within moments.
    `failures` are handshakes for which the server behind was not there.
    """

    timeouts: tuple[ProxyLine, ...] = ()
    reloads: tuple[ProxyLine, ...] = ()
    span_s: float = LEAST_SPAN_S
    lag_s: float = 0.0
    failures: tuple[ProxyLine, ...] = ()

    @property
    def timeout_chance(self) -> float:
        """How likely any moment has a timeout in reach, at the rate at which these logs hold them."""
        moments_count = sum(len(line.moments) for line in self.timeouts)
        return min(1.0, moments_count * 2 * TIMEOUT_REACH_S / self.span_s)

    @property
    def reload_chance(self) -> float:
        """How likely any moment comes right after a reload, or at the lag of these reloads."""
        width_s = 2 * LAG_SCATTER_S if self.lag_s else RELOAD_LEAD_S + RELOAD_REACH_S
        return min(1.0, len(self.reload_starts) * width_s / self.span_s)

    @property
    def reload_starts(self) -> list[datetime]:
        """When reloads were logged; of one that takes several lines the first counts."""
        times = [line.moments[0] for line in self.reloads]
        further = [later for earlier, later in pairwise(times) if (later - earlier).total_seconds() > RELOAD_REACH_S]
        return [*times[:1], *further]

    @property
    def lags_count(self) -> float:
        """How many lags could have been the one: chance had a try at each of them."""
        return LONGEST_LAG_S / (2 * LAG_SCATTER_S) if self.lag_s else 1.0

    def find_reload(self, moment: datetime, error_s: float) -> Evidence | None:
        """The last reload right before a moment on the server's clock, or in its second; or at the lag of these."""
        sides = (LAG_SCATTER_S, LAG_SCATTER_S) if self.lag_s else (RELOAD_REACH_S, RELOAD_LEAD_S)
        first, last = (timedelta(seconds=side + error_s) for side in sides)
        moment -= timedelta(seconds=self.lag_s)
        after = bisect_right(self.reloads, moment + last, key=_begin)
        is_near = after > 0 and _begin(self.reloads[after - 1]) >= moment - first
        return self.reloads[after - 1].evidence if is_near else None

    @property
    def away_share(self) -> float:
        """The share of the time with the begin of a series of failed handshakes in reach."""
        return min(1.0, len(self.keep_first_failures().failures) * (AWAY_LEAD_S + AWAY_REACH_S) / self.span_s)

    def keep_first_failures(self) -> ProxyLines:
        """The same, but of failed handshakes close together the first alone: then the server went away."""
        apart = [
            later
            for earlier, later in pairwise(self.failures)
            if (_begin(later) - _begin(earlier)).total_seconds() > AWAY_REACH_S
        ]
        return replace(self, failures=(*self.failures[:1], *apart))

    def find_failure(self, moment: datetime, error_s: float) -> Evidence | None:
        """The first handshake after a moment on the server's clock that found no server behind the proxy."""
        first, last = (timedelta(seconds=side + error_s) for side in (AWAY_LEAD_S, AWAY_REACH_S))
        place = bisect_left(self.failures, moment - first, key=_begin)
        is_near = place < len(self.failures) and _begin(self.failures[place]) <= moment + last
        return self.failures[place].evidence if is_near else None

    def pair_timeouts(self, ends: Iterable[tuple[int, datetime, float]]) -> dict[int, ProxyLine]:
        """By the index of the disconnect, the line of its own by which a proxy says that a limit ran out.

        `ends`: index, moment on the server's clock, and its error in seconds. A line tells of one connection: the
        closest pairs are joined first.
        """
        noted = sorted((moment, place) for place, line in enumerate(self.timeouts) for moment in line.moments)
        pairs = sorted(
            (distance_s, index, place)
            for index, moment, error_s in ends
            for place in _find_near(noted, moment, TIMEOUT_REACH_S + error_s)
            if (distance_s := _find_distance_s(self.timeouts[place], moment)) <= TIMEOUT_REACH_S + error_s
        )
        found: dict[int, ProxyLine] = {}
        taken: set[int] = set()
        for _, index, place in pairs:
            if index not in found and place not in taken:
                found[index] = self.timeouts[place]
                taken.add(place)
        return found


NO_PROXIES: Final = ProxyLines()


def settle_lag(lines: ProxyLines, moments: Sequence[datetime]) -> ProxyLines:
    """Give the reloads the lag at which most moments of common cuts follow, if more do than come right after one.

    nginx and HAProxy leave old connections to workers that end at a time limit. Moments, or reloads, that keep equal
    distances have a lag in common with anything that keeps them, too: it tells nothing.
    """
    at_once = sum(lines.find_reload(moment, 0.0) is not None for moment in moments)
    reload_starts = lines.reload_starts
    pairs = sorted(
        (lag_s, start, moment)
        for moment in moments
        for start in reload_starts
        if RELOAD_REACH_S < (lag_s := (moment - start).total_seconds()) <= LONGEST_LAG_S
    )
    best: list[tuple[float, datetime, datetime]] = []
    first = 0
    for last, pair in enumerate(pairs):
        while pair[0] - pairs[first][0] > 2 * LAG_SCATTER_S:
            first += 1
        if last + 1 - first > len(best):
            best = pairs[first : last + 1]
    starts = sorted({start for _, start, _ in best})
    count = min(len(starts), len({moment for _, _, moment in best}))
    if count < max(LEAST_LAGGED, at_once + 1) or keep_equal_gaps([start.timestamp() for start in starts]):
        return lines
    return replace(lines, lag_s=(best[0][0] + best[-1][0]) / 2)


def list_proxy_lines(timeline: Rows) -> ProxyLines:
    """The lines of all proxies in these logs, in the order of time."""
    if not len(timeline):
        return NO_PROXIES
    return ProxyLines(
        _list_lines(timeline, EventKind.PROXY_TIMEOUT),
        _list_lines(timeline, EventKind.PROXY_RELOAD),
        max(LEAST_SPAN_S, timeline.measure_s()),
        failures=_list_lines(timeline[timeline["code"].isin(AWAY)], EventKind.PROXY_REFUSAL),
    )


def _list_lines(timeline: Rows, kind: EventKind) -> tuple[ProxyLine, ...]:
    rows = timeline.of_kinds({kind}).sort_by_time()
    columns = (rows[name].tolist() for name in ("value", "file", "line", "code"))
    return tuple(
        ProxyLine(_list_moments(moment, lasted_ms), Evidence(file, int(line)), LIMITS.get(code))
        for moment, lasted_ms, file, line, code in zip(rows.moments(), *columns, strict=True)
    )


def _list_moments(moment: datetime, lasted_ms: float | None) -> tuple[datetime, ...]:
    if lasted_ms is None:
        return (moment,)
    return (moment, moment + timedelta(milliseconds=float(lasted_ms)))


def _begin(line: ProxyLine) -> datetime:
    return line.moments[0]


def _find_near(noted: Sequence[tuple[datetime, int]], moment: datetime, reach_s: float) -> set[int]:
    """The places of those `noted`, in order of time, within reach of a moment, or hardly beyond it."""
    reach = timedelta(seconds=reach_s, milliseconds=1)
    first = bisect_left(noted, moment - reach, key=itemgetter(0))
    last = bisect_right(noted, moment + reach, key=itemgetter(0))
    return {place for _, place in noted[first:last]}


def _find_distance_s(line: ProxyLine, moment: datetime) -> float:
    return min(abs((moment - other).total_seconds()) for other in line.moments)
