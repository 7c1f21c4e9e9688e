"""Clocks read from the ends of several connections at once, of which nobody knows which: no such clock is anybody's.

Several regular trains upon each other make a sieve in which some beat fits most of the ends, whatever made each of
them. What holds for all at once is still told: that many end in one moment, and at which times of day.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from logdiag.analyzers.clocks.candidates import number_events
from logdiag.analyzers.clocks.drop_table import DropTable, Mixture
from logdiag.analyzers.clocks.fits import ClockFit
from logdiag.results.patterns import PatternKind

MOSTLY: Final = 0.5  # a choice: of the ends that keep a clock
MOSTLY_TOGETHER: Final = 0.5  # a choice: of the moments at which several end: the fleet's own fact
NEARLY_ALL: Final = 0.95  # a choice: of the ends, and of the beats; a few lines get lost
OF_ONE_TIMER: Final = frozenset({PatternKind.TIMER, PatternKind.REGULAR_LOOP})


def is_nobodys(table: DropTable, fit: ClockFit) -> bool:
    """Whether a clock is read from rows of several connections at once, and not from what happens to all of them."""
    rows = [one for one in table.series if one.mixture is not Mixture.NONE]
    if fit.kind not in OF_ONE_TIMER or not rows:
        return False
    names, members = {one.connection for one in rows}, set(fit.members)
    if sum(name in names for name, _ in members) <= MOSTLY * len(members):
        return False
    is_certain = any(one.mixture is Mixture.CERTAIN for one in rows)
    if not is_certain and _is_one_train(fit, drops_count=sum(len(one.times_s) for one in rows)):
        return False
    times = [time for one in rows for key, time in zip(one.keys, one.times_s.tolist(), strict=True) if key in members]
    _, counts = np.unique(number_events(np.sort(times)), return_counts=True)
    return bool(np.mean(counts > 1) < MOSTLY_TOGETHER)


def _is_one_train(fit: ClockFit, *, drops_count: int) -> bool:
    """Whether nearly all ends keep the beat and nearly all beats end something: no sieve has so few holes."""
    count = len(fit.members)
    return count >= NEARLY_ALL * drops_count and (fit.missed_beats_count or 0) <= (1 - NEARLY_ALL) * count
