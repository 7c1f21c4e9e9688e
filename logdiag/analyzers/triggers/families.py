"""Lines that always come together are one trigger: keep its first line, name the others as members.

A push writes "Pushing", "Sending", "sent" and "pushed" within milliseconds. And a line that precedes disconnects only
when a better one is near adds nothing: without it, it is followed by no more disconnects than chance allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints
from logdiag.analyzers.statistics.tails import log_tails
from logdiag.analyzers.triggers.chance import EPSILON_S
from logdiag.analyzers.triggers.counts import Stamps
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.moments import Scene
from logdiag.results.patterns import TriggerRole

TOGETHER_SHARE: Final = 0.9  # of a line's occurrences that have the other one near
NEAR_S: Final = 1.0  # a choice: lines of one push are written within it
ADDS_P: Final = 0.01  # a choice: lower merges lines that have disconnects of their own
_ROLE_RANKS: Final = {TriggerRole.TRIGGER: 0, TriggerRole.UNDECIDED: 1, TriggerRole.CONSEQUENCE: 2}


@dataclass(frozen=True, slots=True)
class TriggerCandidate:
    """A fit and what it was counted from: connected line times (m,), preceded moments, chances (n,) per moment."""

    fit: TriggerFit
    scene: Scene
    stamps: Stamps
    times_s: Floats
    moments: Ints
    chances: Floats
    log_p: float


class _Family(NamedTuple):
    head: TriggerCandidate
    members: list[TriggerCandidate]
    companions: list[TriggerCandidate]


def gather_families(candidates: Sequence[TriggerCandidate]) -> tuple[TriggerFit, ...]:
    """Return one fit a family, surest first: triggers, then undecided, then consequences."""
    fits: list[TriggerFit] = []
    scenes: dict[int, list[TriggerCandidate]] = {}
    before = {(one.fit.connection, one.fit.line.key) for one in candidates if one.fit.role != TriggerRole.CONSEQUENCE}
    for candidate in candidates:
        if candidate.fit.role == TriggerRole.CONSEQUENCE:
            if (candidate.fit.connection, candidate.fit.line.key) not in before:  # it comes not only after them
                fits.append(candidate.fit)
        else:
            scenes.setdefault(id(candidate.scene), []).append(candidate)
    for rivals in scenes.values():
        fits.extend(_gather_scene(sorted(rivals, key=_rank_evidence)))
    return tuple(sorted(fits, key=_rank_fit))


def _rank_evidence(candidate: TriggerCandidate) -> tuple[float, float, str, str]:
    fit = candidate.fit
    return (round(candidate.log_p, 6), -fit.lag.median_s, *fit.line.key)


def _rank_fit(fit: TriggerFit) -> tuple[int, str, float, float, str, str, str]:
    return (
        _ROLE_RANKS[fit.role],
        fit.connection,
        fit.chance.q_value,
        -fit.counts.preceded_count,
        fit.line.source,
        fit.line.service,
        f"{fit.line.template}\0{fit.line.level}",
    )


def _gather_scene(rivals: Sequence[TriggerCandidate]) -> list[TriggerFit]:
    """Take the strongest, let it explain what it can, go on with the rest; `rivals` are sorted by evidence."""
    families: list[_Family] = []
    for rival in rivals:
        for family in families:
            if _share_near(rival, family.head) >= TOGETHER_SHARE:
                family.members.append(rival)
                break
            if not _adds_to(rival, family.head):
                family.companions.append(rival)
                break
        else:
            families.append(_Family(rival, [rival], []))
    return [_merge_family(family) for family in families]


def _share_near(one: TriggerCandidate, other: TriggerCandidate) -> float:
    """Return the share of one's connected lines that have a line of the other within a second (or the lags)."""
    if not one.times_s.size or not other.times_s.size:
        return 0.0
    reach_s = max(NEAR_S, abs(one.fit.lag.median_s - other.fit.lag.median_s) + NEAR_S)
    low = np.searchsorted(other.times_s, one.times_s - reach_s, side="left")
    high = np.searchsorted(other.times_s, one.times_s + reach_s + EPSILON_S, side="right")
    return float(np.mean(high > low))


def _adds_to(one: TriggerCandidate, other: TriggerCandidate) -> bool:
    """Say whether one precedes more disconnects than chance among those that the other does not precede."""
    rest = np.setdiff1d(np.arange(one.scene.moments_s.size), other.moments)
    extra = np.intersect1d(one.moments, rest)
    if extra.size < 2:
        return False
    log_p = float(log_tails(one.chances[None, rest], np.array([extra.size]))[0])
    return log_p <= float(np.log(ADDS_P))


def _merge_family(family: _Family) -> TriggerFit:
    """Return the fit of the first line among those that stand for the whole family, with the others as members."""
    equals = [c for c in family.members if c is family.head or _share_near(family.head, c) >= TOGETHER_SHARE]
    sure = [c for c in equals if c.fit.role == TriggerRole.TRIGGER]
    # One of many that passed by luck does not speak for the others; one that failed does not stand for the rest.
    doubtful = [c for c in equals if c.fit.role != TriggerRole.TRIGGER]
    chosen = sure if 2 * len(sure) >= len(equals) else doubtful
    fit = max(chosen, key=lambda c: (round(c.fit.lag.median_s, 6), -_order_of(c, family.members))).fit
    return replace(fit, members=_list_names(family.members, fit), companions=_list_names(family.companions, fit))


def _list_names(candidates: Sequence[TriggerCandidate], but: TriggerFit) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({candidate.fit.line.key for candidate in candidates} - {but.line.key}))


def _order_of(candidate: TriggerCandidate, family: Sequence[TriggerCandidate]) -> int:
    return next(i for i, c in enumerate(family) if c is candidate)
