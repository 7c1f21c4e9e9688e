"""How long before a disconnect a push may have begun to be its trigger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.triggers.search import TriggerFit
from logdiag.results.patterns import TriggerRole

LONGEST_REACH_MS: Final = 5_000.0


def measure_push_reach_ms(
    triggers: Sequence[TriggerFit], push_templates: frozenset[tuple[str, str]], shortest_ms: float
) -> float:
    """How long before a disconnect a push may have begun to be its trigger, in ms.

    Half as much again as the 90th percentile of the lag of the push triggers that were found, so that a slow line is
    judged by its own speed; `shortest_ms` where none was found.
    """
    keys = [((fit.service, fit.template), *fit.members) for fit in triggers]
    lags = [
        1.5e3 * fit.lag_p90_s
        for fit, names in zip(triggers, keys, strict=True)
        if fit.role == TriggerRole.TRIGGER and fit.connection and any(name in push_templates for name in names)
    ]
    return min(max([shortest_ms, *lags]), LONGEST_REACH_MS)
