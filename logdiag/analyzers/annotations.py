"""The list of disconnects as the report shows it, annotated step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from statistics import median
from typing import Final

from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.ledger import find_lead_ms
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.connections import FleetEvent
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.patterns import PatternKind, TriggerRole
from logdiag.results.pushes import Push

ON_BEAT_SIGMA: Final = 4.0  # off the beat by chance once in 16,000
SIGMA_OF_MEDIAN: Final = 1.4826  # of a Gaussian: the standard deviation over the median of the absolute deviations
ON_BEAT_S: Final = 0.02  # the least scatter that a timer is granted, as in the search for clocks (docs/methods.md)


def assign_patterns(
    drops: Sequence[Disconnect], fits: Sequence[ClockFit], ids: Mapping[int, str], step_s: float | None = None
) -> tuple[Disconnect, ...]:
    """Name the pattern of each disconnect, and its deviation from the beat (also off the beat of the only pattern).

    `step_s` is that of coarse stamps: no deviation is told finer than they are.
    """
    places = {drop.index: place for place, drop in enumerate(drops)}
    result = list(drops)
    for rank, fit in enumerate(fits):
        members = set(fit.members)
        for key, residual in fit.residuals_s.items():
            place, is_member = places[key[1]], key in members
            if is_member or (len(fits) == 1 and result[place].pattern is None):
                value = _round(residual, step_s) if math.isfinite(residual) else None
                result[place] = replace(result[place], pattern=ids[rank] if is_member else None, residual_s=value)
    return tuple(result)


def _round(residual_s: float, step_s: float | None) -> float:
    return round(residual_s, 6) if step_s is None else round(round(residual_s / step_s) * step_s, 6) + 0.0


def assign_triggers(
    drops: Sequence[Disconnect], fits: Sequence[TriggerFit], ids: Mapping[int, str]
) -> tuple[Disconnect, ...]:
    """Name the first real trigger that preceded each disconnect."""
    first: dict[int, str] = {}
    for rank, fit in enumerate(fits):
        for _, index in fit.counts.preceded if fit.role == TriggerRole.TRIGGER else ():
            first.setdefault(index, ids[rank])
    return tuple(replace(drop, trigger=first[drop.index]) if drop.index in first else drop for drop in drops)


def merge_left(drops: Sequence[Disconnect], departures: Sequence[Disconnect]) -> tuple[Disconnect, ...]:
    """All ends of sessions in their order."""
    return tuple(sorted((*drops, *departures), key=attrgetter("index"))) if departures else tuple(drops)


def assign_fleet_events(
    drops: Sequence[Disconnect], events: Sequence[tuple[FleetEvent, tuple[int, ...]]]
) -> tuple[Disconnect, ...]:
    """Number the fleet event of each disconnect, from 1."""
    numbers = {index: number for number, (_, indices) in enumerate(events, 1) for index in indices}
    return tuple(replace(drop, fleet_event=numbers[drop.index]) if drop.index in numbers else drop for drop in drops)


def remark(
    drops: Sequence[Disconnect],
    sessions: Sequence[SessionRecord],
    pushes: Sequence[Push],
    fits: Mapping[str, ClockFit],
    *,
    reach_ms: float,
    step_s: float | None = None,
) -> tuple[Disconnect, ...]:
    """Say in a word what is special about each disconnect; `sessions` are those of `drops`, `fits` by pattern id.

    A push counts as under way if it began, or ended, at most `reach_ms` before; perhaps, if the lines leave open
    whether it is the one that began then. What lies within `step_s` of its beat, the step of coarse stamps, is on it.
    """
    leads: dict[int, tuple[float, bool]] = {}
    for push in pushes:
        lead_ms = find_lead_ms(push, reach_ms)
        if push.disconnect_index is not None and lead_ms is not None:
            lead = (lead_ms, bool(push.readings))
            leads[push.disconnect_index] = min(lead, leads.get(push.disconnect_index, lead))
    tolerances_s = {name: _find_tolerance_s(fit, step_s or 0.0) for name, fit in fits.items()}
    was_off: dict[str, bool] = {}
    result = []
    for drop, session in zip(drops, sessions, strict=True):
        words = _beat_words(drop, fits, tolerances_s, after_off=was_off.get(drop.connection, False))
        was_off[drop.connection] = Remark.OFF_BEAT in words
        if drop.index in leads:
            words.append(Remark.PUSH_PERHAPS if leads[drop.index][1] else Remark.PUSH_UNDER_WAY)
        if not drop.has_end_line:
            words.append(Remark.CRASHED if session.crashed else Remark.UNLOGGED)
        if session.restarted:
            words.append(Remark.PROCESS_RESTARTED)
        if session.orderly:
            words.append(Remark.ORDERLY)
        lead_ms = leads[drop.index][0] if drop.index in leads else None
        is_plain = not words and lead_ms is None  # most drops of a large log are: a copy of each costs time
        result.append(drop if is_plain else replace(drop, remarks=tuple(words), push_lead_ms=lead_ms))
    return tuple(result)


def _find_tolerance_s(fit: ClockFit, step_s: float) -> float:
    """How far from its beat a disconnect of a clock may come, in s, and be on it.

    Where one beat ends several connections one after the other, the deviations that most of them have are the beat's
    own width: what the clock explains does not stand beside it.
    """
    lags_s = [abs(lag) for key in fit.members if math.isfinite(lag := fit.residuals_s.get(key, math.nan))]
    sigma_s = SIGMA_OF_MEDIAN * median(lags_s) if lags_s else 0.0
    return max(ON_BEAT_SIGMA * max(fit.jitter_s or 0.0, sigma_s), ON_BEAT_S, step_s)


def _beat_words(
    drop: Disconnect, fits: Mapping[str, ClockFit], tolerances_s: Mapping[str, float], *, after_off: bool
) -> list[Remark]:
    if drop.pattern is None:
        return [Remark.OFF_BEAT] if drop.residual_s is not None else []
    fit = fits[drop.pattern]
    if fit.kind == PatternKind.BURST:
        return [Remark.IN_BURST]
    if drop.residual_s is None:
        return [Remark.ON_BEAT]
    if abs(drop.residual_s) > tolerances_s[drop.pattern]:
        return [Remark.EARLY if drop.residual_s < 0 else Remark.LATE]
    return [Remark.ON_BEAT, Remark.CYCLE_RESUMES] if after_off else [Remark.ON_BEAT]
