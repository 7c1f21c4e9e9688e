"""Clocks among the ends of one stated reason or close code, which ends of other kinds hide in the search over all.

Where one connection has ends of several kinds, those that live on to a later end of another kind are no survivors of a
limit on silence, for they may have spoken; of a limit on age they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.competition import AGE, IDLE
from logdiag.analyzers.clocks.drop_table import NEEDED_COUNT, DropTable
from logdiag.analyzers.clocks.fits import ClockFit
from logdiag.analyzers.clocks.lifetimes import MAX_SURVIVORS_RATIO
from logdiag.analyzers.clocks.search import SEPARATING, take_clocks
from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.results.patterns import LIFETIME_KINDS, PatternKind

MOST_GROUPS: Final = 6  # bounds the time: what fewer ends state than six other groups do is not searched


def take_stated_clocks(table: DropTable, free: Bools) -> list[ClockFit]:
    """Take the clocks of the free drops (n,) of each stated reason or code; `free` loses what is explained.

    Each group is one more search in which chance may find a clock: all are counted in the false-alarm odds. Who
    outlives a limit is judged over the drops of all groups.
    """
    stated = np.array(table.stated, dtype=np.str_)
    counts = Counter(stated[free].tolist())
    names = [name for name, count in counts.most_common(MOST_GROUPS) if count >= NEEDED_COUNT]
    if len(set(stated.tolist())) < 2:
        return []
    fits: list[ClockFit] = []
    for name in names:
        places = np.flatnonzero(stated == name)
        part = replace(table, drops=table.drops.pick(places), groups_count=len(names) + 1)
        own_free = free[places]
        for fit in take_clocks(part, own_free):
            held = _judge_survivors(table, fit)
            if held is not None:
                fits.append(held)
                free[places[_mark(part, held)]] = False
    return fits


def _mark(part: DropTable, fit: ClockFit) -> Bools:
    members = set(fit.members)
    keys = part.name_drops(np.arange(len(part.drops.times_s)))
    return np.array([key in members for key in keys], dtype=np.bool_)


def _judge_survivors(table: DropTable, fit: ClockFit) -> ClockFit | None:
    """The fit, None for an idle limit that the others outlive.

    An age that they outlive may be that of connections over which nothing went: from it alone nobody can tell.
    """
    if fit.kind not in LIFETIME_KINDS or fit.period_s is None:
        return fit
    idle_s = np.fmax(table.drops.idle_s, table.drops.survived_s)
    if fit.kind is PatternKind.IDLE:
        return None if _is_outlived(fit, idle_s) else fit
    if not _is_outlived(fit, table.drops.age_s):
        return fit
    separating = SEPARATING[frozenset({AGE, IDLE})]
    return replace(fit, margin_nats=0.0, runner_up=PatternKind.IDLE, separating_event=separating)


def _is_outlived(fit: ClockFit, lags_s: Floats) -> bool:
    """Whether more sessions last clearly longer than may outlive a limit."""
    reach_s = (fit.period_s or 0.0) * 1.01 + 8.0 * (fit.jitter_s or 0.0)
    beyond = int(np.sum(lags_s > reach_s))
    return beyond > MAX_SURVIVORS_RATIO * (beyond + len(fit.members))
