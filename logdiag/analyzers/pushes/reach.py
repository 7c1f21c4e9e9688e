"""How long before a disconnect a push may have begun to be its trigger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.patterns import TriggerRole

LONGEST_REACH_MS: Final = 5_000.0  # as `doubts.LONG_LAG_S`: so far back a line is no trigger


def measure_push_reach_ms(
    triggers: Sequence[TriggerFit], push_templates: frozenset[tuple[str, str]], shortest_ms: float
) -> float:
    """How long before a disconnect a push may have begun to be its trigger, in ms.

    Half as much again as the 90th percentile of the lag of the push triggers that were found, so that a slow line is
    judged by its own speed; `shortest_ms` where none was found.
    """
    lags = [
        1.5e3 * fit.lag.p90_s
        for fit in triggers
        if fit.role == TriggerRole.TRIGGER and fit.connection and fit.own_keys & push_templates
    ]
    return min(max([shortest_ms, *lags]), LONGEST_REACH_MS)
