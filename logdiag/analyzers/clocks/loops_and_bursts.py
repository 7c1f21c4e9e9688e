"""What the gaps between drops show where no clock foretells them: regular loops, then bursts."""

from __future__ import annotations

import math

import numpy as np

from logdiag.analyzers.clocks.candidates import number_events
from logdiag.analyzers.clocks.drop_table import NEEDED_COUNT, DropTable
from logdiag.analyzers.clocks.fits import ClockFit
from logdiag.analyzers.clocks.gaps import MERGE_S, merge_close
from logdiag.analyzers.clocks.regularity import find_loop, is_bursty
from logdiag.analyzers.clocks.superposition import is_nobodys
from logdiag.analyzers.statistics.arrays import Bools
from logdiag.results.patterns import BURST_GAP_S, PatternKind


def take_loops(table: DropTable, free: Bools) -> list[ClockFit]:
    """Report a connection (or a fleet that drops together) whose gaps are regular though nothing foretells them.

    `free` (n,) marks the drops that nothing explains yet; it loses what is explained here.
    """
    fits: list[ClockFit] = []
    by_owner = table.split_places()
    for owners in _group_owners(table, free):
        mine = np.sort(np.concatenate([by_owner[owner] for owner in owners]))
        places = mine[free[mine]]
        if len(places) < max(NEEDED_COUNT, 0.8 * len(mine)):
            continue
        times = table.drops.times_s[places]
        loop = find_loop(times[merge_close(times, MERGE_S)], alpha=table.alpha)
        if loop is None:
            continue
        fit = ClockFit(
            kind=PatternKind.TIMER if loop.is_clock else PatternKind.REGULAR_LOOP,
            connections=table.name_connections(owners),
            members=table.name_drops(places),
            residuals_s=table.measure_gaps(owners, loop.period_s),
            period_s=loop.period_s,
            period_error_s=loop.error_s,
            jitter_s=loop.jitter_s,
            false_alarm_probability=loop.false_alarm_probability,
            reset_by_reconnect=None if loop.is_clock else True,
            runner_up="regular-loop" if loop.is_clock else "timer",
            separating_event="an-off-beat-drop",
        )
        if is_nobodys(table, fit):
            continue
        fits.append(fit)
        free[places] = False
    return fits


def _group_owners(table: DropTable, free: Bools) -> list[list[int]]:
    """Return the connections that mostly drop together as one group, and every other connection by itself."""
    count = len(table.series)
    events = number_events(table.drops.times_s)
    hit = np.unique(events[free] * count + table.drops.owner[free])  # an event and a connection that it hits
    event, owner = hit // max(count, 1), hit % max(count, 1)
    common = np.bincount(event)[event] > 1
    own_counts, common_counts = (np.bincount(some, minlength=count) for some in (owner, owner[common]))
    is_shared = (own_counts > 0) & (common_counts >= 0.8 * own_counts)
    shared = np.flatnonzero(is_shared).tolist()
    rest = [[one] for one in np.flatnonzero(~is_shared).tolist()]
    return [shared, *rest] if shared else rest


def take_bursts(table: DropTable, free: Bools) -> list[ClockFit]:
    """Report the connections whose unexplained drops come in bursts; the members are the drops inside them.

    `free` (n,) marks the drops that nothing explains yet; it loses what is explained here.
    """
    fits: list[ClockFit] = []
    for series, mine in zip(table.series, table.split_places(), strict=True):
        places = mine[free[mine]]
        gaps = np.diff(table.drops.times_s[places])
        if not is_bursty(gaps):
            continue
        near = gaps < BURST_GAP_S
        inside = places[np.concatenate([[False], near]) | np.concatenate([near, [False]])]
        fits.append(
            ClockFit(
                kind=PatternKind.BURST,
                connections=(series.connection,),
                members=table.name_drops(inside),
                residuals_s=dict.fromkeys(series.keys, math.nan),
            )
        )
        free[inside] = False
    return fits
