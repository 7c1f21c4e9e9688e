"""How long before a disconnect a push may have begun to be its trigger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.drop_table import NEEDED_COUNT
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import NEARLY_ALL, TriggerRole

STEADY_S: Final = 0.3  # a choice: what one message takes to be sent varies by no more
LONGEST_UPLOAD_S: Final = 2.0  # a choice: of 10 MB at 40 Mbit/s; a lag that long comes about by chance, too
MOST_BY_CHANCE: Final = 0.2  # a choice: of the disconnects would have a push so shortly before them anyway
LONGEST_REACH_MS: Final = 5_000.0  # as `doubts.LONG_LAG_S`: so far back a line is no trigger


def measure_push_reach_ms(
    triggers: Sequence[TriggerFit],
    push_templates: frozenset[tuple[str, str]],
    shortest_ms: float,
    steady_lag_s: float | None = None,
) -> float:
    """How long before a disconnect a push may have begun to be its trigger, in ms.

    Half as much again as the 90th percentile of the lag of the push triggers that were found, so that a slow line is
    judged by its own speed; `shortest_ms` where none was found. `steady_lag_s` is that of `find_steady_lag_s`.
    """
    lags = [
        1.5e3 * fit.lag.p90_s
        for fit in triggers
        if fit.role == TriggerRole.TRIGGER and fit.connection and fit.own_keys & push_templates
    ]
    if steady_lag_s is not None:
        lags.append(1.5e3 * steady_lag_s)
    return min(max([shortest_ms, *lags]), LONGEST_REACH_MS)


def find_steady_lag_s(attempts: Sequence[Attempt], drops: Sequence[Disconnect]) -> float | None:
    """The 90th percentile of the time from the last push to the disconnect, where nearly all have one equally long ago.

    Of a beat that pushes and disconnects share, time alone does not tell whether the push makes the disconnect or
    merely ticks along: what became of these pushes does, so they have to be looked at. None where pushes are so
    frequent, or the times so different, that it means nothing.
    """
    starts: dict[str, list[float]] = defaultdict(list)
    for attempt in attempts:
        starts[attempt.connection].append(attempt.started.timestamp())
    times: dict[str, list[float]] = defaultdict(list)
    for drop in drops:
        times[drop.connection].append(drop.time.timestamp())
    lags, expected = list[float](), 0.0
    for name, ends in times.items():
        own = np.sort(starts.get(name, []))
        places = np.searchsorted(own, ends, side="right")
        found = [end - own[place - 1] for end, place in zip(ends, places.tolist(), strict=True) if place]
        lags += [lag for lag in found if lag <= LONGEST_UPLOAD_S]
        expected += len(own) * STEADY_S * len(ends) / max(max(ends) - min(ends), STEADY_S)
    if len(drops) < NEEDED_COUNT or len(lags) < NEARLY_ALL * len(drops) or expected > MOST_BY_CHANCE * len(drops):
        return None
    low, high = np.quantile(lags, (0.1, 0.9)).tolist()
    return float(high) if high - low <= STEADY_S else None
