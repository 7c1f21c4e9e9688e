"""The drops of all connections as one table in the order of time: what the search for clocks works on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import compress
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.clocks.competition import Drops
from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints
from logdiag.analyzers.statistics.resolution import find_resolution_s

DropKey: TypeAlias = tuple[str, int]  # a disconnect: its connection, its index in the diagnosis
NEEDED_COUNT: Final = 8  # a fair verdict on a connection needs as many drops


class Mixture(Enum):
    """Whether the ends of one row are those of several connections at once."""

    NONE = 0
    POSSIBLE = 1
    CERTAIN = 2


@dataclass(frozen=True, slots=True)
class DropSeries:
    """The drops of one connection: arrays (n,), UNIX seconds in UTC, sorted by `times_s`; NaN is unknown.

    `connected_s` is when the session that the drop ended began, `last_traffic_s` the last real traffic before the
    drop, `start_s`..`end_s` the observed span, `utc_offsets_s` what leads to the wall clocks that a cron may keep;
    `survived_s` is the longest time without traffic in that session that did not end it. `indices` are those of the
    disconnects; None counts them from 0. `is_socket`: a socket's id is all that the connection is known by;
    `mixture`: whether it is several connections at once, of which nobody knows which end is whose. `unheard` marks the
    drops of a time of which the server alone tells, where the client's own log, with its traffic, begins later.
    `batch_step_s`: how far apart the batches lie at whose writing the lines were stamped, 0 for lines that bear times
    of their own. `stated` is what the lines say of each end, its close code or its reasons; None where nobody asked.
    """

    connection: str
    times_s: NDArray[np.float64]
    connected_s: NDArray[np.float64]
    last_traffic_s: NDArray[np.float64]
    start_s: float
    end_s: float
    utc_offsets_s: tuple[float, ...] = (0.0,)
    survived_s: NDArray[np.float64] | None = None
    indices: Ints | None = None
    is_socket: bool = False
    mixture: Mixture = Mixture.NONE
    batch_step_s: float = 0.0
    unheard: Bools | None = None
    stated: tuple[str, ...] | None = None

    @property
    def keys(self) -> list[DropKey]:
        """The key of each drop."""
        indices = range(len(self.times_s)) if self.indices is None else self.indices.tolist()
        return [(self.connection, index) for index in indices]

    def pick(self, kept: Bools) -> DropSeries:
        """Return the series of the drops that `kept` (n,) marks."""
        survived_s = None if self.survived_s is None else self.survived_s[kept]
        indices = np.flatnonzero(kept) if self.indices is None else self.indices[kept]
        unheard = None if self.unheard is None else self.unheard[kept]
        stated = None if self.stated is None else tuple(compress(self.stated, kept.tolist()))
        times_s, connected_s, last_s = self.times_s[kept], self.connected_s[kept], self.last_traffic_s[kept]
        return replace(
            self,
            times_s=times_s,
            connected_s=connected_s,
            last_traffic_s=last_s,
            survived_s=survived_s,
            indices=indices,
            unheard=unheard,
            stated=stated,
        )


@dataclass(frozen=True, slots=True)
class DropTable:
    """All drops (n,) in s since `origin_s`, their owners (places in `series`), and the settings of the search.

    `resolution_s` is the step of the stamps, `alpha` the false-alarm probability that a claim may have. `fleet_count`
    connections are searched in all, and `utc_offsets_s` are those of the first one: one crontab serves the fleet.
    `groups_count` is how many groups of the drops are searched, each by itself: 1 for all drops together.
    """

    series: tuple[DropSeries, ...]
    drops: Drops
    origin_s: float
    resolution_s: float
    alpha: float
    fleet_count: int
    utc_offsets_s: tuple[float, ...]
    groups_count: int = 1

    @property
    def log10_scans(self) -> float:
        """Return what several scans cost: one for the fleet, one for each connection, and all that for each group."""
        scans = 1 if self.fleet_count == 1 else self.fleet_count + 1
        return math.log10(scans * self.groups_count)

    @property
    def stated(self) -> list[str]:
        """Return what the lines say of each drop's end (n,); nothing where nobody asked."""
        places = zip(self.drops.owner.tolist(), self.drops.index.tolist(), strict=True)
        told = [one.stated for one in self.series]
        return ["" if (of_one := told[owner]) is None else of_one[index] for owner, index in places]

    @property
    def sockets(self) -> Ints:
        """Return the owners that are known by the id of a socket alone."""
        return np.flatnonzero([one.is_socket for one in self.series])

    def split_places(self) -> list[Ints]:
        """Return for each connection the places of its drops in the table, in order."""
        ends = np.cumsum(np.bincount(self.drops.owner, minlength=len(self.series)))
        return np.split(np.argsort(self.drops.owner, kind="stable"), ends[:-1])

    def cut(self, owner: int, places: Ints) -> DropTable:
        """Return the table of one connection alone, whose drops are at these places; the search stays the fleet's."""
        drops = self.drops.pick(places)
        drops = replace(drops, owner=np.zeros_like(drops.owner))
        return replace(self, series=(self.series[owner],), drops=drops)

    def drops_of(self, owner: int) -> Drops:
        """Return the drops of one connection alone, as long as its series and in its order."""
        return _build_drops(self.series[owner], owner, self.origin_s)

    def name_connections(self, owners: Iterable[int]) -> tuple[str, ...]:
        """Return the names of connections."""
        return tuple(self.series[owner].connection for owner in owners)

    def name_drops(self, places: Ints) -> tuple[DropKey, ...]:
        """Return the keys of the drops at these places (m,) of the table."""
        owners, positions = self.drops.owner[places].tolist(), self.drops.index[places].tolist()
        keys = {owner: self.series[owner].keys for owner in set(owners)}
        return tuple(keys[owner][position] for owner, position in zip(owners, positions, strict=True))

    def name_residuals(self, owners: Iterable[int], residuals_s: Iterable[Floats]) -> dict[DropKey, float]:
        """Return by key the residuals (n,) of each of these connections."""
        named: dict[DropKey, float] = {}
        for owner, values in zip(owners, residuals_s, strict=True):
            named.update(zip(self.series[owner].keys, values.tolist(), strict=True))
        return named

    def measure_gaps(self, owners: Sequence[int], period_s: float) -> dict[DropKey, float]:
        """Return for each drop the time since the previous one minus the period, in s; NaN for the first."""
        gaps_s = [np.diff(self.series[owner].times_s, prepend=np.nan) - period_s for owner in owners]
        return self.name_residuals(owners, gaps_s)


def build_table(series: Sequence[DropSeries], alpha: float) -> DropTable:
    """Return the table of some connections; several may drop at one time, and each may have no drop at all."""
    origin = min((float(s.times_s[0]) for s in series if len(s.times_s)), default=0.0)
    tables = [_build_drops(s, owner, origin) for owner, s in enumerate(series)]
    empty = np.empty(0)
    none = np.empty(0, dtype=np.int64)
    if not tables:
        return DropTable((), Drops(empty, empty, empty, empty, none, none, empty, empty), 0.0, 0.001, alpha, 0, ())
    joined = Drops(
        np.concatenate([t.times_s for t in tables]),
        np.concatenate([t.age_s for t in tables]),
        np.concatenate([t.idle_s for t in tables]),
        np.concatenate([t.gap_s for t in tables]),
        np.concatenate([t.owner for t in tables]),
        np.concatenate([t.index for t in tables]),
        np.concatenate([t.rate_hz for t in tables]),
        np.concatenate([t.survived_s for t in tables]),
    )
    order = np.lexsort((joined.owner, joined.times_s))
    joined = joined.pick(np.asarray(order))
    step_s = max(_find_stamp_step_s(series), *(one.batch_step_s for one in series))
    return DropTable(tuple(series), joined, origin, step_s, alpha, len(series), series[0].utc_offsets_s)


def _find_stamp_step_s(series: Sequence[DropSeries]) -> float:
    """Return the step of the drops' stamps; drops at full minutes have coarse stamps only if connects have, too."""
    step_s = find_resolution_s(np.concatenate([s.times_s for s in series]))
    connects = np.concatenate([s.connected_s for s in series])
    connects = connects[np.isfinite(connects)]
    if step_s < 60.0 or bool(np.all(connects % 60.0 == 0.0)):
        return step_s
    return 1.0


def _build_drops(series: DropSeries, owner: int, origin_s: float) -> Drops:
    times = np.asarray(series.times_s, dtype=np.float64) - origin_s
    count = len(times)
    gaps = np.full(count, np.nan)
    gaps[1:] = np.diff(times)
    age = times - (series.connected_s - origin_s)
    traffic = series.last_traffic_s - origin_s
    start = np.fmax(series.connected_s - origin_s, traffic)
    before = np.concatenate([[np.inf], times[:-1]])
    survived = np.full(count, np.nan) if series.survived_s is None else series.survived_s
    known = np.isfinite(series.connected_s) | (traffic > before)
    if series.unheard is not None:  # nor for how long one of these was silent and lived on
        known &= ~series.unheard
        survived = np.where(series.unheard, np.nan, survived)
    idle = np.where(known & bool(np.isfinite(traffic).any()), times - start, np.nan)
    span = max(series.end_s - series.start_s, float(times[-1] - times[0]) if count else 0.0, 1.0)
    positive = gaps[np.isfinite(gaps) & (gaps > 0)]
    rate = 1.0 / float(np.mean(positive)) if len(positive) else 1.0 / span
    return Drops(times, age, idle, gaps, np.full(count, owner), np.arange(count), np.full(count, rate), survived)
