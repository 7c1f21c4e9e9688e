"""Patterns of disconnects that a trigger explains, and of the rest, where both together hide each other's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.one_connection import Spread, do_here
from logdiag.analyzers.clocks.patterns import ClockFit, DropSeries, PatternReport, find_patterns
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.patterns import PatternKind, TriggerRole

SHARP: Final = frozenset({PatternKind.TIMER, PatternKind.WALL_CLOCK, PatternKind.CONNECTION_AGE, PatternKind.IDLE})
LEAST: Final = 8  # as the fewest that show a clock (`regularity.MIN_COUNT`)


def refine_patterns(
    series: Sequence[DropSeries],
    report: PatternReport,
    triggers: Sequence[TriggerFit],
    *,
    spread: Spread = do_here,
) -> PatternReport:
    """Search the disconnects with a trigger of the client, and those without, apart; keep what explains more.

    A pushed disconnect shortens the next session, so a timer that pushes and an age limit that cuts look like one
    loose loop together.
    """
    pulling = [fit for fit in triggers if fit.role == TriggerRole.TRIGGER and fit.connection]
    pulled = {key for fit in pulling for key in fit.counts.preceded}
    total = sum(len(one.times_s) for one in series)
    if not LEAST <= len(pulled) <= total - LEAST:
        return report
    apart: list[ClockFit] = []
    for wanted in (True, False):
        parts = [one.pick(np.array([(key in pulled) == wanted for key in one.keys], dtype=np.bool_)) for one in series]
        apart += [fit for fit in find_patterns(parts, spread=spread).fits if fit.kind in SHARP]
    if _explained(apart) <= _explained(report.fits):
        return report
    ranked = sorted(apart, key=lambda fit: (-len(fit.members), fit.kind, fit.connections))
    return replace(report, fits=tuple(ranked))


def _explained(fits: Sequence[ClockFit]) -> int:
    return sum(len(fit.members) for fit in fits if fit.kind in SHARP)
