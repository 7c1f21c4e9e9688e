"""Which log lines come shortly before disconnects far more often than chance allows, and which only come after.

The way: count (trigger_counts), hold against chance (coincidence), discount what a common beat explains
(trigger_locks), control the false discoveries over all templates and both sides, then merge lines that always come
together (trigger_families).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints
from logdiag.analyzers.statistics.false_discovery import adjust_p_values
from logdiag.analyzers.triggers.chance import EPSILON_S
from logdiag.analyzers.triggers.counts import (
    MIN_HITS,
    Hits,
    chances_before,
    count_followed,
    find_hits_before,
    place_stamps,
)
from logdiag.analyzers.triggers.doubts import (
    doubt_trigger,
    is_common,
    is_fleet_trigger,
    is_loose,
    is_order_open,
    is_part_of_end,
    is_substantial,
)
from logdiag.analyzers.triggers.families import TriggerCandidate, gather_families
from logdiag.analyzers.triggers.fits import LagSpread, TriggerChance, TriggerCounts, TriggerFit, TriggerLine
from logdiag.analyzers.triggers.moments import (
    WINDOWS_S,
    DropContext,
    Scene,
    TemplateSeries,
    build_fleet_scene,
    build_scene,
)
from logdiag.analyzers.triggers.shared_beats import LockVerdict, judge_locks
from logdiag.analyzers.triggers.tallies import Tally, tally_templates
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import TriggerRole

MIN_OCCURRENCES: Final = 4  # a template seen less often is an anecdote, whatever its lift
MIN_LIFT: Final = 3.0  # "far more often" than chance
PHASE_P: Final = 0.05  # a phase coincidence luckier than this is worth telling
_LOG_FLOOR: Final = -690.0  # exp of less is 0 in floats, and ln of that is undefined


def find_triggers(
    drops: Sequence[DropContext],
    templates: Sequence[TemplateSeries],
    *,
    q: float = 0.05,
    clock_error_s: float = 0.001,
    awake: Mapping[str, Floats] | None = None,
) -> tuple[TriggerFit, ...]:
    """Return the triggers, consequences and undecided templates of all connections, surest first.

    `q` bounds the false discovery rate over all templates and both sides (Benjamini-Yekutieli: lines of one push are
    near duplicates). `clock_error_s` is how far clocks of different processes may disagree. Moments of the server's
    templates are disconnects of any connection, those within 1 s being one. `awake` are further times at which each
    source wrote something.
    """
    scenes = build_scenes(drops, templates)
    tallies, tests_count = _tally_all(scenes, templates, clock_error_s=clock_error_s)
    raw_q = _adjust([math.exp(max(t.log_p, _LOG_FLOOR)) for t in tallies], tests_count)
    tie_q = _adjust([math.exp(max(t.tie_log_p, _LOG_FLOOR)) for t in tallies], tests_count)
    verdicts: list[LockVerdict | None] = []
    for tally, sure, tied in zip(tallies, raw_q, tie_q, strict=True):
        close = min(sure, tied) <= q and tally.side == "before"
        verdicts.append(_judge_lock(tally) if close else None)
    locked = [i for i, verdict in enumerate(verdicts) if verdict is not None and verdict.phase_locked]
    locked_counts = Counter(tallies[i].scene.connection for i in locked if raw_q[i] <= q)
    locked_q = dict(zip(locked, _adjust([_p_of(verdicts[i]) for i in locked], len(locked)), strict=True))
    times: dict[str, list[Floats]] = defaultdict(list)
    for series in templates:
        times[series.source].append(series.times_s)
    for source, more_s in (awake or {}).items():
        times[source].append(more_s)
    activity = {name: _list_activity(scene, times[scene.source]) for name, scene in scenes.items()}
    candidates = []
    for i, (tally, verdict) in enumerate(zip(tallies, verdicts, strict=True)):
        if min(raw_q[i], tie_q[i]) <= q:
            ruling = _Ruling(
                q=q,
                q_value=max(raw_q[i], locked_q.get(i, 0.0)),
                is_sure=raw_q[i] <= q,
                locked_count=locked_counts[tally.scene.connection],
                activity_s=activity[tally.scene.connection],
            )
            candidates.append(_describe_candidate(tally, verdict, ruling))
    return gather_families([c for c in candidates if c is not None])


def join_triggers(whole: Sequence[TriggerFit], sample: Sequence[TriggerFit]) -> tuple[TriggerFit, ...]:
    """Return the triggers found among the known lines of the whole log, and those found among all lines of a sample.

    What the sample has of a trigger that the whole log shows as well are further members of it.
    """
    joined = list(whole)
    for fit in sample:
        place = next((place for place, one in enumerate(whole) if _is_same(one, fit)), None)
        if place is None:
            joined.append(fit)
        else:
            owner = joined[place]
            joined[place] = replace(owner, members=(*owner.members, *sorted(fit.own_keys - owner.own_keys)))
    return tuple(joined)


def _is_same(one: TriggerFit, other: TriggerFit) -> bool:
    """Whether two fits of one connection and side share a line."""
    if one.connection != other.connection or (one.role == TriggerRole.CONSEQUENCE) != (
        other.role == TriggerRole.CONSEQUENCE
    ):
        return False
    return bool(one.keys & other.keys)


class _Ruling(NamedTuple):
    """What a tally is held against: its q-value and the bound, and what is known from all the others."""

    q: float
    q_value: float
    is_sure: bool
    locked_count: int
    activity_s: Floats


def build_scenes(drops: Sequence[DropContext], templates: Sequence[TemplateSeries]) -> dict[str, Scene]:
    """Return the scene of each connection that has templates, and under "" that of all together if the server has."""
    asked = {series.connection for series in templates}
    scenes = {context.connection: build_scene(context) for context in drops if context.connection in asked}
    fleet = build_fleet_scene(drops) if "" in asked else None
    return scenes if fleet is None else {**scenes, "": fleet}


def _list_activity(scene: Scene, own: Sequence[Floats]) -> Floats:
    """Return all times, sorted, at which the process of a connection wrote a line; `own` are those of its templates."""
    if not scene.source:
        return np.empty(0)
    return np.sort(np.round(np.concatenate(own) - scene.origin_s, 6)) if own else np.empty(0)


def _p_of(verdict: LockVerdict | None) -> float:
    return 1.0 if verdict is None else verdict.p_value


def _adjust(p_values: Sequence[float], tests_count: int) -> list[float]:
    found = adjust_p_values(np.array(p_values), tests_count=max(tests_count, 1), dependent=True)
    return [float(value) for value in found]


def _tally_all(
    scenes: Mapping[str, Scene], templates: Sequence[TemplateSeries], *, clock_error_s: float
) -> tuple[list[Tally], int]:
    """Return what was worth counting, in an order of its own, and how many tests were made."""
    tallies: list[Tally] = []
    tests_count = 0
    ordered = sorted(templates, key=lambda s: (s.connection, s.source, s.service, s.template, s.level or ""))
    for connection, group in groupby(ordered, key=lambda series: series.connection):
        scene = scenes.get(connection)
        if scene is None or scene.moments_s.size < MIN_HITS:
            continue
        often = [series for series in group if series.times_s.size >= MIN_OCCURRENCES]
        tests_count += 2 * len(often)
        stamps = [place_stamps(scene, series, clock_error_s=clock_error_s) for series in often]
        tallies.extend(tally_templates(scene, stamps))
    return tallies, tests_count


def _judge_lock(tally: Tally) -> LockVerdict:
    raw_p = math.exp(max(min(tally.log_p, 0.0), _LOG_FLOOR))
    return judge_locks(tally.scene, tally.stamps, tally.hits, tally.window_s, raw_p)


def _describe_candidate(tally: Tally, verdict: LockVerdict | None, ruling: _Ruling) -> TriggerCandidate | None:
    """Return the candidate with its role, or None when nothing is worth telling."""
    if tally.side == "after":
        return _build(tally, None, role=TriggerRole.CONSEQUENCE, why=None, q_value=ruling.q_value)
    if verdict is None or is_part_of_end(tally):
        return None
    if not ruling.is_sure:
        open_order = is_order_open(tally) and _lift_with_ties(tally) >= MIN_LIFT
        return (
            _build(tally, verdict, role=TriggerRole.UNDECIDED, why="order-unknown", q_value=ruling.q_value)
            if open_order
            else None
        )
    is_rare = tally.hits_count < MIN_LIFT * float(np.sum(tally.chances))
    if is_rare or not is_substantial(tally) or (is_loose(tally) and not is_common(tally)):
        return None
    why = doubt_trigger(tally, verdict, ruling.activity_s)
    if why is None and verdict.phase_locked and ruling.q_value > ruling.q:
        why = "phase-locked"
    if why == "phase-locked" and is_fleet_trigger(tally, verdict, locked_count=ruling.locked_count):
        why, verdict = None, replace(verdict, p_value=verdict.phase_p)
        ruling = ruling._replace(q_value=min(1.0, verdict.phase_p * max(ruling.locked_count, 1)))
    if why in {"phase-locked", "beats-without-it"} and verdict.phase_p > PHASE_P:
        return None
    return _build(
        tally, verdict, role=TriggerRole.UNDECIDED if why else TriggerRole.TRIGGER, why=why, q_value=ruling.q_value
    )


def _lift_with_ties(tally: Tally) -> float:
    stamps = tally.stamps
    row = WINDOWS_S.index(tally.window_s)
    chances = chances_before(tally.scene, stamps, slack_s=stamps.before_s + stamps.after_s)[row]
    hits = (tally.hits.lags_s <= tally.window_s + EPSILON_S) | stamps.tied
    return float(np.sum(hits)) / float(np.sum(chances))


def _build(
    tally: Tally, verdict: LockVerdict | None, *, role: TriggerRole, why: str | None, q_value: float
) -> TriggerCandidate:
    """Put the numbers together. Disconnects in the shadow of the one before are counted as preceded here."""
    scene, stamps, series = tally.scene, tally.stamps, tally.stamps.series
    hits = tally.hits if tally.side == "after" else find_hits_before(scene, stamps, scene.connected)
    moments = np.flatnonzero(hits.lags_s <= tally.window_s + EPSILON_S)
    if tally.side == "before":  # a line with the very stamp of a disconnect, once the others have shown the order
        moments = np.union1d(moments, np.flatnonzero(stamps.tied))
    lags = np.where(hits.lags_s[moments] <= tally.window_s + EPSILON_S, hits.lags_s[moments], 0.0)
    p10, median, p90 = (float(x) for x in np.quantile(lags, (0.1, 0.5, 0.9)))
    occurrences, followed, _ = count_followed(scene, stamps, tally.window_s)
    line = _choose_example(tally, hits, moments)
    example = Evidence(series.files[int(series.file_indices[line])], int(series.lines[line]))
    fit = TriggerFit(
        connection=scene.connection,
        line=TriggerLine(series.source, series.service, series.level, series.template, example),
        role=role,
        why_undecided=why,
        lag=LagSpread(median, p10, p90),
        counts=TriggerCounts(
            window_s=tally.window_s,
            preceded=tuple(member for i in moments for member in scene.members[int(i)]),
            preceded_count=int(moments.size),
            of_count=int(scene.moments_s.size),
            occurrences_count=occurrences,
            followed_count=followed,
        ),
        chance=TriggerChance(
            expected_count=float(np.sum(tally.chances)),
            p_value=math.exp(max(tally.log_p, _LOG_FLOOR)) if verdict is None else verdict.p_value,
            q_value=q_value,
        ),
        lock=verdict,
    )
    return TriggerCandidate(fit, scene, stamps, _list_connected(tally), moments, tally.chances, tally.log_p)


def _list_connected(tally: Tally) -> Floats:
    stamps = tally.stamps
    return stamps.times_s[tally.scene.connected.find(stamps.times_s, slack_s=stamps.after_s) >= 0]


def _choose_example(tally: Tally, hits: Hits, moments: Ints) -> int:
    """Return the line that stands by the first of the moments, of known order if there is one."""
    lines = hits.indices[moments]
    if np.any(lines >= 0):
        return int(lines[lines >= 0][0])
    times_s = tally.stamps.times_s
    return int(np.argmin(np.abs(times_s - tally.scene.moments_s[moments[0]])))
