"""What a coincidence is worth once a beat that both sides may share has been discounted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.analyzers.statistics.exact_tests import combine_p_values
from logdiag.analyzers.statistics.tails import log_tails
from logdiag.analyzers.triggers.beats import INDEPENDENT_P, find_common_ages, judge_pairs, list_usual_gaps, mark_beats
from logdiag.analyzers.triggers.counts import Hits, Stamps, chances_before, find_hits_before
from logdiag.analyzers.triggers.moments import WINDOWS_S, Scene

_FELLOW_BEATS: Final = 3  # a choice: to either side; farther beats have drifted, nearer ones are too few
_FELLOW_TOLERANCE: Final = 0.005  # of the period
_BARE_BEATS_MIN: Final = 3  # one or two may be lost lines
_BARE_SHARE_MIN: Final = 0.25  # of the beats with the line
_BARE_LAG: Final = 0.1  # of the period: a line that comes a little sooner than the window asks has come


@dataclass(frozen=True, slots=True)
class LockVerdict:
    """`p_value` counts what is independent of a shared beat; `phase_p` is the luck of the one phase coincidence."""

    p_value: float
    phase_locked: bool
    phase_p: float
    innovation_p: float | None
    drift_p: float | None
    off_beat_count: int
    why_undecided: str | None


def judge_locks(scene: Scene, stamps: Stamps, hits: Hits, window_s: float, raw_p: float) -> LockVerdict:
    """Weigh the lines before the disconnects of one template; `raw_p` is its p-value without any discount."""
    beats, ages = _find_line_clocks(scene, stamps)
    hit = np.flatnonzero(hits.lags_s <= window_s + 1e-6)
    lines = hits.indices[hit]
    locked = (scene.on_beat[hit] & beats[lines]) | (scene.on_age[hit] & ages[lines])
    if not np.any(locked):
        return LockVerdict(raw_p, False, raw_p, None, None, int(hit.size), None)  # noqa: FBT003
    free_p = _weigh_free(scene, stamps, beats, ages)
    pairs = hit[locked]
    tests = judge_pairs(stamps.times_s[hits.indices[pairs]], scene.moments_s[pairs])
    phase_p = min(1.0, len(WINDOWS_S) * window_s / _find_line_period(scene, stamps, beats))
    why, locked_p = "phase-locked", 1.0
    if has_bare_beats(scene, hits, window_s):
        why = "beats-without-it"
    elif tests.follows_beat:
        why, locked_p = "", combine_p_values(phase_p, tests.innovation_p or 1.0)
    return LockVerdict(
        p_value=min(1.0, 2 * min(free_p, locked_p)),
        phase_locked=True,
        phase_p=phase_p,
        innovation_p=tests.innovation_p,
        drift_p=tests.drift_p,
        off_beat_count=int(np.sum(~locked)),
        why_undecided=None if free_p <= INDEPENDENT_P else why or None,
    )


def _find_line_clocks(scene: Scene, stamps: Stamps) -> tuple[Bools, Bools]:
    """Return which lines (m,) keep a beat, and which a constant age of the connection."""
    none = np.zeros(stamps.times_s.size, dtype=np.bool_)
    beats = mark_beats(stamps.times_s) if np.any(scene.on_beat) else none
    if not np.any(scene.on_age):
        return beats, none
    home = scene.connected.find(stamps.times_s)
    ages = np.where(home >= 0, stamps.times_s - scene.connected.starts_s[home], np.nan)
    exposed_s = scene.connected.length_s
    return beats, find_common_ages(ages, sessions_count=scene.sessions_count, exposure_s=exposed_s)


def _weigh_free(scene: Scene, stamps: Stamps, beats: Bools, ages: Bools) -> float:
    """Return the p-value of the coincidences in which line and disconnect share no clock, over all windows."""
    moments = scene.moments_s.size
    lags = np.full(moments, np.inf)
    chances = np.full((len(WINDOWS_S), moments), 1e-12)
    for on_beat in (False, True):
        for on_age in (False, True):
            group = (scene.on_beat == on_beat) & (scene.on_age == on_age)
            if not np.any(group):
                continue
            admitted = np.ones(stamps.times_s.size, dtype=np.bool_)
            if on_beat:
                admitted &= ~beats
            if on_age:
                admitted &= ~ages
            lags[group] = find_hits_before(scene, stamps, scene.exposure, admitted).lags_s[group]
            chances[:, group] = chances_before(scene, stamps, admitted=admitted)[:, group]
    counts = np.array([int(np.sum(lags <= window_s + 1e-6)) for window_s in WINDOWS_S])
    log_p = float(np.min(log_tails(chances, counts))) + math.log(len(WINDOWS_S))
    return math.exp(min(max(log_p, -690.0), 0.0))


def _find_line_period(scene: Scene, stamps: Stamps, beats: Bools) -> float:
    """Return the usual gap between lines on the beat in seconds, else the usual length of a session."""
    gaps = np.diff(stamps.times_s[beats])
    gaps = gaps[gaps > 1.0]
    if not gaps.size:
        gaps = scene.connected.ends_s - scene.connected.starts_s
    return max(float(np.median(gaps)), 1.0) if gaps.size else 1.0


def has_bare_beats(scene: Scene, hits: Hits, window_s: float) -> bool:
    """Say whether disconnects keep the very same beat whether or not the line came: then it is not the line.

    A 60 s line against 30 s disconnects stands before every other one; the bare ones sit exactly one period beside.
    """
    hit = (hits.lags_s <= window_s + 1e-6) & scene.on_beat
    hit_s = scene.moments_s[hit]
    periods = [period_s for period_s in list_usual_gaps(scene.moments_s[scene.on_beat]) if _keeps(hit_s, period_s)]
    if not periods:
        return False
    bare = scene.on_beat & (hits.lags_s > max(window_s, _BARE_LAG * periods[0]))
    return _count_bare(hit_s, scene.moments_s[bare], periods[0]) >= max(
        _BARE_BEATS_MIN, _BARE_SHARE_MIN * int(np.sum(hit))
    )


def _keeps(times_s: Floats, period_s: float) -> bool:
    """Say whether most gaps between the times are whole multiples of the period."""
    beats = np.diff(times_s) / period_s
    return bool(beats.size and np.median(np.abs(beats - np.round(beats))) <= _FELLOW_TOLERANCE)


def _count_bare(hit_s: Floats, bare_s: Floats, period_s: float) -> int:
    offsets = np.array([k * period_s for k in range(-_FELLOW_BEATS, _FELLOW_BEATS + 1) if k])
    centre = bare_s[:, None] + offsets[None, :]
    tolerance_s = max(_FELLOW_TOLERANCE * period_s, 0.05)
    low = np.searchsorted(hit_s, centre - tolerance_s, side="left")
    high = np.searchsorted(hit_s, centre + tolerance_s, side="right")
    return int(np.sum(np.any(high > low, axis=1)))
