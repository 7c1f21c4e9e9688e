"""From the fits of the statistics to the rows of the Diagnosis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.connections import Reset
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import LIFETIME_KINDS, Direction, Lag, Pattern, PatternKind, Trigger
from logdiag.rows import from_seconds


def write_patterns(
    fits: Sequence[ClockFit],
    ids: Mapping[int, str],
    drops: Sequence[Disconnect],
    step_s: float | None = None,
    silent: Direction | None = None,
) -> tuple[Pattern, ...]:
    """The clocks, named by their rank; `of_count` counts the disconnects of the connections of each.

    `step_s` is that of coarse stamps: neither a scatter nor a median lifetime is known finer than they are. `silent` is
    which way all known traffic goes.
    """
    counts = Counter(drop.connection for drop in drops)
    return tuple(
        _write_pattern(ids[rank], fit, sum(counts[name] for name in frozenset(fit.connections)), step_s, silent)
        for rank, fit in enumerate(fits)
    )


def _write_pattern(
    identifier: str, fit: ClockFit, of_count: int, step_s: float | None, silent: Direction | None
) -> Pattern:
    error_s = fit.period_error_s
    if step_s is not None and fit.kind in LIFETIME_KINDS and error_s is not None:
        error_s = max(error_s, step_s / 2)
    return Pattern(
        id=identifier,
        kind=fit.kind,
        connections=fit.connections,
        period_s=fit.period_s,
        period_error_s=error_s,
        jitter_s=fit.jitter_s,
        drift_ms_per_beat=fit.drift_ms_per_beat,
        explained_count=len(fit.members),
        of_count=of_count,
        missed_beats_count=fit.missed_beats_count,
        false_alarm_probability=fit.false_alarm_probability,
        reset_by_reconnect=fit.reset_by_reconnect,
        resets=tuple(Reset(from_seconds(reset.time_s), reset.shift_s) for reset in fit.resets),
        margin_nats=fit.margin_nats,
        runner_up=fit.runner_up,
        separating_event=fit.separating_event,
        phase_s=fit.phase_s,
        stamps_s=step_s,
        silent=silent if fit.kind is PatternKind.IDLE else None,
    )


def write_trigger(identifier: str, fit: TriggerFit) -> Trigger:
    """A trigger, with its lags in milliseconds."""
    return Trigger(
        id=identifier,
        connection=fit.connection,
        service=fit.line.service,
        template=fit.line.template,
        role=fit.role,
        lag_ms=Lag(fit.lag.median_s * 1e3, fit.lag.p10_s * 1e3, fit.lag.p90_s * 1e3),
        preceded_count=fit.counts.preceded_count,
        of_count=fit.counts.of_count,
        expected_by_chance=fit.chance.expected_count,
        p_value=fit.chance.p_value,
        q_value=fit.chance.q_value,
        occurrences_count=fit.counts.occurrences_count,
        followed_count=fit.counts.followed_count,
        example=fit.line.example,
    )
