"""Where the disconnects of a beat stand after the ticks of a timer."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.timers.suspicions import MIN_PAIRS
from logdiag.analyzers.timers.ticks import AnnouncedTimer
from logdiag.analyzers.triggers.moments import TemplateSeries
from logdiag.results.patterns import Lag, Pattern

LATE_SHARE: Final = 0.002  # of the period: what setInterval is late by, at a tick of a busy process …
MOST_LATE_S: Final = 0.1  # … and at most, as for the drift of a clock (`clocks/fits`)
ERRORS: Final = 4.0  # standard errors that a measured period may be off


class DropBeat(NamedTuple):
    """The moments (n,) of disconnects on one beat that a timer may be behind, in UNIX seconds."""

    pattern: Pattern
    times_s: Floats


class TickPhase(NamedTuple):
    """Where the disconnects of a beat stand after the ticks of one timer: lags (n,) in s, about their `centre_s`.

    `period_s` is the timer's real period if it makes the beat, `error_s` what the prediction may be off by,
    `parts_count` how many ticks go on a disconnect, `with_count` how many disconnects have a tick in the same place.
    """

    beat: DropBeat
    period_s: float
    parts_count: int
    centre_s: float
    spread_s: float
    error_s: float
    with_count: int
    lag_ms: Lag

    @property
    def chance_ratio(self) -> float:
        """The share of the period in which a tick would stand as close, or closer."""
        return min(1.0, (abs(self.centre_s) + self.spread_s / 2 + 2 * self.error_s) / self.period_s)

    @property
    def without_count(self) -> int:
        """How many disconnects keep the beat without a tick."""
        return int(self.beat.times_s.size) - self.with_count


def match_period(nominal_s: float, pattern: Pattern) -> tuple[float, int] | None:
    """The real period of a timer that makes the beat, and how many ticks go on a disconnect; None if it cannot.

    A timer is late, never early. The second is 1 also where there are several disconnects on a tick.
    """
    period_s, error_s = pattern.period_s or 0.0, pattern.period_error_s or 0.0
    parts = max(round(period_s / nominal_s), 1)
    beats = max(round(nominal_s / period_s), 1)
    real_s = period_s * beats / parts
    slack_s = ERRORS * error_s * beats / parts
    if not -slack_s <= real_s - nominal_s <= min(LATE_SHARE * nominal_s, MOST_LATE_S) + slack_s:
        return None
    return real_s, parts


def measure_phase(timer: AnnouncedTimer, shown: TemplateSeries | None, beat: DropBeat) -> TickPhase | None:
    """The phase of a timer to a beat; None if its period does not go with the beat's, or too few disconnects tell."""
    matched = match_period(timer.last.period_s, beat.pattern)
    if matched is None:
        return None
    period_s, parts = matched
    lags_s, ages_s = _measure_lags(timer, shown, beat.times_s, period_s)
    if lags_s.size < MIN_PAIRS:
        return None
    centre_s = _find_centre(lags_s, period_s, beat.pattern.period_s or period_s)
    around = (lags_s - centre_s + period_s / 2) % period_s - period_s / 2
    near = around[np.abs(around) <= min(period_s, beat.pattern.period_s or period_s) / 4]
    if not near.size:
        return None
    centre_s += float(np.median(near))
    p10, median, p90 = (float(value) for value in np.quantile(near - np.median(near) + centre_s, (0.1, 0.5, 0.9)))
    error_s = 0.0
    if shown is None:
        beats_count = float(np.median(ages_s)) / period_s
        error_s = beats_count * (beat.pattern.period_error_s or 0.0) * period_s / (beat.pattern.period_s or period_s)
    return TickPhase(
        DropBeat(beat.pattern, beat.times_s[: lags_s.size]) if lags_s.size < beat.times_s.size else beat,
        period_s,
        parts,
        median,
        p90 - p10,
        error_s,
        int(near.size),
        Lag(median * 1e3, p10 * 1e3, p90 * 1e3),
    )


def _measure_lags(
    timer: AnnouncedTimer, shown: TemplateSeries | None, drops_s: Floats, period_s: float
) -> tuple[Floats, Floats]:
    """Time since the tick before each disconnect that lies in a life of the timer, and since the announcement."""
    rows = [(moment, run) for moment in drops_s.tolist() if (run := timer.find_run(moment)) is not None]
    ages = np.array([moment - run.start_s for moment, run in rows])
    if shown is None:
        return ages % period_s, ages
    moments = np.array([moment for moment, _ in rows])
    places = np.searchsorted(shown.times_s, moments, side="right") - 1
    since = np.where(places >= 0, moments - shown.times_s[np.maximum(places, 0)], ages)
    return since % period_s, ages


def _find_centre(lags_s: Floats, period_s: float, beat_s: float) -> float:
    """The lag about which most lie, in -period/2 … period/2: of those within a quarter of a beat, the first."""
    reach_s = min(period_s, beat_s) / 4
    apart = np.abs((lags_s[:, None] - lags_s[None, :] + period_s / 2) % period_s - period_s / 2)
    most = np.sum(apart <= reach_s, axis=1)
    wrapped = (lags_s + period_s / 2) % period_s - period_s / 2
    best = np.flatnonzero(most == np.max(most))
    return float(wrapped[best[np.argmin(np.abs(wrapped[best]))]])
