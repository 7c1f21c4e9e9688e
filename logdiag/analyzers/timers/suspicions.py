"""Are these lines related to the disconnects? The counts, the luck, the phase, and the guard against shared beats.

The search for triggers (`triggers/`) says what is beyond chance. What it does not find may still be there: only where
the count bounds the share of disconnects that the lines can be behind are they called unrelated.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints
from logdiag.analyzers.statistics.exact_tests import bound_share
from logdiag.analyzers.statistics.tails import CHANCE_BOUND, log_tails
from logdiag.analyzers.triggers.beats import DRIFT_P, INDEPENDENT_P, LockTests, judge_pairs, mark_beats
from logdiag.analyzers.triggers.chance import EPSILON_S
from logdiag.analyzers.triggers.counts import (
    MIN_HITS,
    Stamps,
    chances_before,
    count_followed,
    find_hits_before,
    place_stamps,
)
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.moments import WINDOWS_S, DropContext, Scene, TemplateSeries
from logdiag.analyzers.triggers.search import build_scenes, find_triggers
from logdiag.analyzers.triggers.shared_beats import has_bare_beats
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Lag, TriggerRole
from logdiag.results.suspicion import Counts, LastLineLag, Relatedness, TemplateRelation

SURE_Q: Final = 0.01  # a false alarm in a hundred questions about lines that have nothing to do with it
ONE_SIDED: Final = 0.1  # an interval of 90 % has an upper bound of 95 %
MINOR_SHARE: Final = 1 / 3  # of the disconnects: what can be behind no more of them is not what drops them
CROWDED: Final = 0.5  # a window that holds a line this often by chance tells nothing
MIN_PAIRS: Final = 4  # a choice: fewer pairs show no common beat
KEEPS_BEAT: Final = 0.5  # of the lines, of the disconnects
WANDER_S: Final = 0.1  # a lag that scatters less may be that of a busy event loop
WANDER_SHARE: Final = 0.2  # of the lag
STEADY_SHARE: Final = 0.1  # of the period of the lines: a lag that scatters less is a constant one
MOST_INTERLEAVED: Final = 4  # processes whose beats one file may hold
MOST_NEEDED: Final = 1_000  # nobody waits for more disconnects
CLOCK_ERROR_S: Final = 0.001  # as the default of `find_triggers`
ORDER: Final = (Relatedness.RELATED, Relatedness.UNDECIDED, Relatedness.UNRELATED)


class Placed(NamedTuple):
    """One template's lines on the scene of the disconnects that they may precede."""

    scene: Scene
    stamps: Stamps


def judge_suspects(
    contexts: Sequence[DropContext],
    templates: Sequence[TemplateSeries],
    awake: Mapping[str, Floats],
    known: Sequence[TriggerFit] = (),
) -> list[TemplateRelation]:
    """Judge each template over all connections, surest first.

    `awake` is when each source wrote anything, `known` the triggers among all lines: what precedes disconnects only
    where one of them does too is explained by that one.
    """
    scenes = build_scenes(contexts, templates)
    fits = find_triggers(contexts, templates, q=SURE_Q, clock_error_s=CLOCK_ERROR_S, awake=awake)
    groups: dict[tuple[str, str, str], list[TemplateSeries]] = defaultdict(list)
    for series in templates:
        groups[series.service, series.template, series.side].append(series)
    asked = {(service, template) for service, template, _ in groups}
    heads = [fit for fit in known if fit.role != TriggerRole.CONSEQUENCE and fit.line.key not in asked]
    relations = [_judge_line(key, group, scenes, fits, heads) for key, group in groups.items()]
    return sorted(relations, key=_rank)


def _rank(one: TemplateRelation) -> tuple[int, bool, float, int, str]:
    """Related ones first, the surest of them leading; else those with the most lines."""
    p_value = one.counts.p_value if one.answer is Relatedness.RELATED else 1.0
    return ORDER.index(one.answer), one.why == "follows", p_value, -one.lines_count, one.template


def _judge_line(
    key: tuple[str, str, str],
    group: Sequence[TemplateSeries],
    scenes: Mapping[str, Scene],
    fits: Sequence[TriggerFit],
    heads: Sequence[TriggerFit],
) -> TemplateRelation:
    service, template, side = key
    placed = [
        Placed(scene, place_stamps(scene, series, clock_error_s=CLOCK_ERROR_S))
        for series in group
        if (scene := scenes.get(series.connection)) is not None and scene.moments_s.size
    ]
    widest = max(placed, key=lambda one: one.scene.moments_s.size, default=None)
    counts = _count(placed)
    phase = LastLineLag(
        None, None, None, None, is_locked=False, is_bare=False, pairs_count=0, innovation_p=None, drift_p=None
    )
    if widest is not None:
        phase = _measure_phase(widest, placed)
    roles = {(fit.role, fit.why_undecided) for fit in fits if (service, template) in fit.keys}
    answer, why = _decide_relatedness(counts, phase, roles)
    other = next((fit.line.template for fit in heads if (service, template) in fit.companions), None)
    if why == "precedes" and other is not None:
        answer, why = Relatedness.UNDECIDED, "companion"
    first = group[0]
    return TemplateRelation(
        service=service,
        template=template,
        side=side,
        answer=answer,
        why=why,
        lines_count=sum(series.times_s.size for series in group),
        counts=counts,
        phase=phase,
        other=other if why == "companion" else None,
        needed_count=_find_needed(counts) if why in {"few-drops", "too-few", "no-drops"} else None,
        example=Evidence(first.files[int(first.file_indices[0])], int(first.lines[0])),
    )


def _decide_relatedness(
    counts: Counts, phase: LastLineLag, roles: set[tuple[TriggerRole, str | None]]
) -> tuple[Relatedness, str]:
    """The answer and what decided it: the first of these that holds, the strongest evidence first."""
    doubts = sorted(why for role, why in roles if role == TriggerRole.UNDECIDED and why)
    share = counts.most_ratio
    rules = (
        (counts.of_count == 0, Relatedness.UNDECIDED, "no-drops"),
        (counts.of_count < MIN_HITS, Relatedness.UNDECIDED, "few-drops"),
        ((TriggerRole.TRIGGER, None) in roles, Relatedness.RELATED, "precedes"),
        (phase.is_bare or "beats-without-it" in doubts, Relatedness.UNRELATED, "beats-without-it"),
        (phase.is_locked and _wanders(phase), Relatedness.UNRELATED, "two-clocks"),
        (bool(doubts), Relatedness.UNDECIDED, "".join(doubts[:1])),
        (_follows(phase, roles), Relatedness.RELATED, "follows"),
        (phase.is_locked and _is_steady(phase), Relatedness.UNDECIDED, "phase-locked"),
        (counts.p_value <= SURE_Q, Relatedness.UNDECIDED, "some-excess"),
        (2 * counts.tied_count >= counts.of_count, Relatedness.UNDECIDED, "order-unknown"),
        (share is None, Relatedness.UNDECIDED, "too-frequent"),
        (share is not None and share < MINOR_SHARE, Relatedness.UNRELATED, "by-count"),
    )
    return next(((answer, why) for holds, answer, why in rules if holds), (Relatedness.UNDECIDED, "too-few"))


def _follows(phase: LastLineLag, roles: set[tuple[TriggerRole, str | None]]) -> bool:
    """Whether the lines come after the disconnects; where both keep a beat they may merely be in step with them."""
    return any(role == TriggerRole.CONSEQUENCE for role, _ in roles) and not phase.is_locked


def _wanders(phase: LastLineLag) -> bool:
    """Whether the lag drifts as that of two clocks, by more than an effect could."""
    if phase.lag_ms is None or phase.drift_p is None:
        return False
    spread_ms = phase.lag_ms.p90 - phase.lag_ms.p10
    is_wide = spread_ms > max(WANDER_S * 1e3, WANDER_SHARE * phase.lag_ms.median)
    return is_wide and phase.drift_p <= DRIFT_P and (phase.innovation_p or 0.0) > INDEPENDENT_P


def _is_steady(phase: LastLineLag) -> bool:
    if phase.lag_ms is None or phase.line_period_s is None or phase.pairs_count < MIN_PAIRS:
        return False
    return phase.lag_ms.p90 - phase.lag_ms.p10 <= STEADY_SHARE * phase.line_period_s * 1e3


def _count(placed: Sequence[Placed]) -> Counts:
    """Count both directions over all scenes, in the window that stands out most."""
    of_count = sum(one.scene.moments_s.size for one in placed)
    if not of_count:
        return Counts(0, 0, 0, 0.0, WINDOWS_S[-1], 1.0, 0, 0, None)
    chances, hits = _gather(placed, with_ties=False)
    first = min(bisect_left(WINDOWS_S, max(one.stamps.before_s for one in placed)), len(WINDOWS_S) - 1)
    logs = log_tails(chances[first:], hits[first:])
    best = first + int(np.argmin(logs))
    window_s = WINDOWS_S[best]
    followed = [count_followed(one.scene, one.stamps, window_s) for one in placed]
    most_chances, most_hits = _gather(placed, with_ties=True)
    return Counts(
        of_count=of_count,
        preceded_count=int(hits[best]),
        tied_count=sum(int(np.sum(one.stamps.tied)) for one in placed),
        expected_by_chance=float(np.sum(chances[best])),
        window_s=window_s,
        p_value=min(1.0, math.exp(min(float(logs[best - first]) + math.log(len(WINDOWS_S) - first), 0.0))),
        occurrences_count=sum(occurrences for occurrences, _, _ in followed),
        followed_count=sum(count for _, count, _ in followed),
        most_ratio=_bound(most_hits[first:], np.mean(most_chances, axis=1)[first:], of_count),
    )


def _gather(placed: Sequence[Placed], *, with_ties: bool) -> tuple[Floats, Ints]:
    """Chances (w, n) and counts (w,) of all scenes; `with_ties` a line whose order is not known counts as before."""
    chances, counts = [], []
    for scene, stamps in placed:
        ties = stamps.tied if with_ties else np.zeros_like(stamps.tied)
        hits = find_hits_before(scene, stamps, scene.exposure)
        counts.append([int(np.sum((hits.lags_s <= window_s + EPSILON_S) | ties)) for window_s in WINDOWS_S])
        slack_s = stamps.before_s + stamps.after_s if np.any(ties) else 0.0
        local = chances_before(scene, stamps, slack_s=slack_s)
        chances.append(np.maximum(local, _find_own_chances(scene, stamps)))
    return np.concatenate(chances, axis=1), np.sum(np.array(counts), axis=0)


def _find_own_chances(scene: Scene, stamps: Stamps) -> Floats:
    """The chances (w, n) that follow from the lines' own beat: what comes every 10 s stands before any moment.

    Sessions are quiet at first, and disconnects come later in them: the share of time that the lines cover is too low.
    """
    windows_s = np.array(WINDOWS_S)[:, None]
    beats = mark_beats(stamps.times_s)
    period_s = _find_period_s(stamps.times_s[beats]) if np.any(beats) and np.mean(beats) >= KEEPS_BEAT else None
    if not period_s or not scene.connected.starts_s.size:
        return np.full((windows_s.size, scene.moments_s.size), CHANCE_BOUND)
    home = scene.connected.find(scene.moments_s - 3 * EPSILON_S)
    ages_s = np.where(home >= 0, scene.moments_s - scene.connected.starts_s[home], 0.0)
    chances: Floats = np.clip(np.minimum(windows_s, ages_s[None, :]) / period_s, CHANCE_BOUND, 1 - CHANCE_BOUND)
    return chances


def _bound(counts: Ints, chances: Floats, of_count: int) -> float | None:
    """The largest share of the disconnects that the lines can be behind, in any window that is not crowded.

    A share s that they cause and a chance c for the others make s + (1 - s) c of them preceded.
    """
    shares = [
        (bound_share(int(count), of_count, ONE_SIDED)[1] - float(chance)) / (1 - float(chance))
        for count, chance in zip(counts, chances, strict=True)
        if chance <= CROWDED
    ]
    return min(max(0.0, *shares), 1.0) if shares else None


def _find_needed(counts: Counts) -> int | None:
    """About how many disconnects it takes to call lines unrelated that are as frequent as these."""
    chance = counts.expected_by_chance / counts.of_count if counts.of_count else 0.0
    if chance > CROWDED:
        return None
    for of_count in range(max(counts.of_count + 1, MIN_HITS), MOST_NEEDED):
        share = _bound(np.array([round(chance * of_count)]), np.array([chance]), of_count)
        if share is not None and share < MINOR_SHARE:
            return of_count
    return None


def _measure_phase(widest: Placed, placed: Sequence[Placed]) -> LastLineLag:
    """Lags over all scenes; the beats of the scene with the most disconnects, which can show them best."""
    lags_s = np.concatenate([find_hits_before(one.scene, one.stamps, one.scene.connected).lags_s for one in placed])
    lags_s = lags_s[np.isfinite(lags_s)]
    lag = None
    if lags_s.size:
        p10, median, p90 = (float(value) * 1e3 for value in np.quantile(lags_s, (0.1, 0.5, 0.9)))
        lag = Lag(median, p10, p90)
    scene, stamps = widest
    beats = mark_beats(stamps.times_s)
    period_s = _find_period_s(scene.moments_s[scene.on_beat])
    is_locked = bool(np.any(beats) and np.mean(beats) >= KEEPS_BEAT and np.mean(scene.on_beat) >= KEEPS_BEAT)
    hits = find_hits_before(scene, stamps, scene.connected)
    pairs = np.flatnonzero(np.isfinite(hits.lags_s) & scene.on_beat)
    pairs = pairs[beats[hits.indices[pairs]]]
    tests, is_bare = LockTests(None, None), False
    if is_locked and pairs.size >= MIN_PAIRS:
        tests = judge_pairs(stamps.times_s[hits.indices[pairs]], scene.moments_s[pairs])
        is_bare = has_bare_beats(scene, hits, float(np.max(hits.lags_s[pairs])))
    return LastLineLag(
        lag_ms=lag,
        line_period_s=_find_period_s(stamps.times_s[beats]),
        drop_period_s=period_s,
        phase_ratio=None if lag is None or not period_s else lag.median / 1e3 / period_s % 1.0,
        is_locked=is_locked,
        is_bare=is_bare,
        pairs_count=int(pairs.size),
        innovation_p=tests.innovation_p,
        drift_p=tests.drift_p,
    )


def _find_period_s(beats_s: Floats) -> float | None:
    """The usual gap between times on a beat, in seconds; None where there is none. Lines of one moment are one.

    Several processes that write to one file interleave their beats: then the gap to the next but one, or the one after
    that, is steady where that to the next is not.
    """
    moments_s = beats_s[np.diff(beats_s, prepend=-np.inf) > 1.0]
    for step in range(1, MOST_INTERLEAVED + 1):
        gaps_s = moments_s[step:] - moments_s[:-step]
        if gaps_s.size >= MIN_PAIRS and np.ptp(np.quantile(gaps_s, (0.1, 0.9))) <= STEADY_SHARE * np.median(gaps_s):
            return float(np.median(gaps_s))
    gaps_s = np.diff(moments_s)
    return float(np.median(gaps_s)) if gaps_s.size else None


def combine(relations: Sequence[TemplateRelation]) -> tuple[Relatedness, str]:
    """The answer for all lines together: related if any are, unrelated only if all are."""
    if not relations:
        return Relatedness.UNDECIDED, "not-seen"
    return relations[0].answer, relations[0].why
