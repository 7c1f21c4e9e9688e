"""One side of one template held against chance: which window stands out, and how far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.coincidence import EPSILON_S, FloatArray, IntArray, log_tails
from logdiag.analyzers.trigger_counts import (
    MIN_HITS,
    WINDOWS_S,
    Hits,
    Stamps,
    chances_after,
    chances_before,
    find_hits_after,
    find_hits_before,
)
from logdiag.analyzers.trigger_scenes import Scene

LONGEST_AFTER_S: Final = 10.0
SCREEN_P: Final = 0.05  # a p-value above this needs no closer look
_RING_P: Final = 0.001


@dataclass(frozen=True, slots=True)
class Tally:
    """One side of one template, counted: the window of the smallest p, and that p for all windows together.

    `tie_log_p` counts lines of unknown order as if they came first; `opposite_count` are the moments with a line on
    the other side only, `opposite_sure_count` those with one at all.
    """

    scene: Scene
    stamps: Stamps
    hits: Hits
    side: str
    window_s: float
    hits_count: int
    chances: FloatArray
    log_p: float
    tie_log_p: float = 0.0
    opposite_count: int = 0
    opposite_sure_count: int = 0


def tally_before(scene: Scene, stamps: Stamps) -> Tally | None:
    """Count the lines before the disconnects; None when that cannot be noteworthy."""
    hits = find_hits_before(scene, stamps, scene.exposure)
    tied = stamps.tied & ~np.isfinite(hits.lags_s) | stamps.tied
    windows = [w for w in WINDOWS_S if w >= stamps.before_s]
    if not windows or hits.count(windows[-1]) + int(np.sum(tied)) < MIN_HITS:
        return None
    counts = np.array([hits.count(w) for w in windows])
    chances = chances_before(scene, stamps, windows)
    best, log_p = _find_best(chances, counts)
    tie_log_p = 0.0
    if np.any(tied):
        slack_s = stamps.before_s + stamps.after_s
        wide = np.array([int(np.sum((hits.lags_s <= w + EPSILON_S) | tied)) for w in windows])
        tie_chances = chances_before(scene, stamps, windows, slack_s=slack_s)
        tie_best, tie_log_p = _find_best(tie_chances, wide)
        if log_p > math.log(SCREEN_P):
            best = tie_best
    if min(log_p, tie_log_p) > math.log(SCREEN_P):
        return None
    window_s = _widen(windows, best, counts, chances)
    opposite = find_hits_after(scene, stamps)
    opposite_only = int(np.sum((opposite.lags_s <= window_s + EPSILON_S) & (hits.lags_s > window_s + EPSILON_S)))
    return Tally(
        scene,
        stamps,
        hits,
        side="before",
        window_s=window_s,
        hits_count=hits.count(window_s),
        chances=chances[windows.index(window_s)],
        log_p=log_p,
        tie_log_p=tie_log_p,
        opposite_count=opposite_only,
        opposite_sure_count=opposite.count(window_s),
    )


def tally_after(scene: Scene, stamps: Stamps) -> Tally | None:
    """Count the lines after the disconnects; None when that cannot be noteworthy."""
    hits = find_hits_after(scene, stamps)
    windows = [w for w in WINDOWS_S if stamps.after_s <= w <= LONGEST_AFTER_S]
    if not windows or hits.count(windows[-1]) < MIN_HITS:
        return None
    counts = np.array([hits.count(w) for w in windows])
    chances = chances_after(scene, stamps, windows)
    best, log_p = _find_best(chances, counts)
    if log_p > math.log(SCREEN_P):
        return None
    window_s = _widen(windows, best, counts, chances)
    row = windows.index(window_s)
    return Tally(
        scene,
        stamps,
        hits,
        side="after",
        window_s=window_s,
        hits_count=int(counts[row]),
        chances=chances[row],
        log_p=log_p,
    )


def _find_best(chances: FloatArray, counts: IntArray) -> tuple[int, float]:
    """Return the window (row of (w, n)) with the smallest tail, and ln p of that after trying them all."""
    # A count up to the mean has a tail of a half or more (Jogdeo & Samuels 1968): nothing to compute.
    worth = (counts >= MIN_HITS) & (counts > np.sum(chances, axis=1))
    tails = log_tails(chances, np.where(worth, counts, 0))
    best = int(np.argmin(tails))
    return best, min(0.0, float(tails[best]) + math.log(len(WINDOWS_S)))


def _widen(windows: Sequence[float], best: int, counts: IntArray, chances: FloatArray) -> float:
    """Return the window that takes in the later hits too, as long as each wider ring holds more than chance."""
    row = best
    while row + 1 < len(windows):
        added = int(counts[row + 1] - counts[row])
        ring = np.clip(chances[row + 1] - chances[row], 0.0, 1.0)
        if added < 2 or float(log_tails(ring[None, :], np.array([added]))[0]) > math.log(_RING_P):
            break
        row += 1
    return windows[row]
