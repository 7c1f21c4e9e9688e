"""One side of one template held against chance: which window stands out, and how far."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints
from logdiag.analyzers.statistics.tails import log_tails
from logdiag.analyzers.triggers.chance import EPSILON_S
from logdiag.analyzers.triggers.counts import (
    MIN_HITS,
    Hits,
    Stamps,
    chances_after,
    chances_before,
    find_hits_after,
    find_hits_before,
)
from logdiag.analyzers.triggers.moments import WINDOWS_S, Scene

LONGEST_AFTER_S: Final = 10.0  # a choice: what comes later is no direct consequence
SCREEN_P: Final = 0.05  # a p-value above this needs no closer look
BATCH_COUNT: Final = 2**20  # chances that are held at once
_RING_P: Final = 0.001  # a choice: a wider window must earn it, each ring being one more trial


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
    chances: Floats
    log_p: float
    tie_log_p: float = 0.0
    opposite_count: int = 0
    opposite_sure_count: int = 0


class _Count(NamedTuple):
    """One side of one template, counted but not weighed: `counts` (w,) and `chances` (w, n) for the usable windows.

    Those are `rows` of `WINDOWS_S`. `tie_counts` and `tie_chances` take in the lines of unknown order, if any.
    """

    stamps: Stamps
    side: str
    hits: Hits
    rows: slice
    counts: Ints
    chances: Floats
    tie_counts: Ints | None = None
    tie_chances: Floats | None = None


def tally_templates(scene: Scene, templates: Sequence[Stamps]) -> list[Tally]:
    """Weigh each template before the disconnects and after them; what cannot be noteworthy is left out."""
    size = max(1, BATCH_COUNT // (3 * len(WINDOWS_S) * scene.moments_s.size))
    return [
        tally
        for first in range(0, len(templates), size)
        for tally in _weigh_counts(scene, _count_sides(scene, templates[first : first + size]))
    ]


def _count_sides(scene: Scene, templates: Sequence[Stamps]) -> list[_Count]:
    found = [count(scene, stamps) for stamps in templates for count in (_count_before, _count_after)]
    return [count for count in found if count is not None]


def _count_before(scene: Scene, stamps: Stamps) -> _Count | None:
    """Count the lines before the disconnects; None when there are too few."""
    hits = find_hits_before(scene, stamps, scene.exposure)
    rows = slice(bisect_left(WINDOWS_S, stamps.before_s), len(WINDOWS_S))
    windows = WINDOWS_S[rows]
    if not windows or hits.count(windows[-1]) + int(np.sum(stamps.tied)) < MIN_HITS:
        return None
    counts = np.array([hits.count(w) for w in windows])
    chances = chances_before(scene, stamps)[rows]
    if not np.any(stamps.tied):
        return _Count(stamps, "before", hits, rows, counts, chances)
    wide = np.array([int(np.sum((hits.lags_s <= w + EPSILON_S) | stamps.tied)) for w in windows])
    tie_chances = chances_before(scene, stamps, slack_s=stamps.before_s + stamps.after_s)[rows]
    return _Count(stamps, "before", hits, rows, counts, chances, wide, tie_chances)


def _count_after(scene: Scene, stamps: Stamps) -> _Count | None:
    """Count the lines after the disconnects; None when there are too few."""
    hits = find_hits_after(scene, stamps)
    rows = slice(bisect_left(WINDOWS_S, stamps.after_s), bisect_right(WINDOWS_S, LONGEST_AFTER_S))
    windows = WINDOWS_S[rows]
    if not windows or hits.count(windows[-1]) < MIN_HITS:
        return None
    counts = np.array([hits.count(w) for w in windows])
    return _Count(stamps, "after", hits, rows, counts, chances_after(scene, stamps)[rows])


def _weigh_counts(scene: Scene, found: Sequence[_Count]) -> list[Tally]:
    """Return the tallies of what is noteworthy; the tails of all are computed at once."""
    sure = _find_best([(count.chances, count.counts) for count in found])
    tied = [count for count in found if count.tie_counts is not None]
    asked = [(c.tie_chances, c.tie_counts) for c in tied if c.tie_chances is not None and c.tie_counts is not None]
    with_ties = dict(zip(map(id, tied), _find_best(asked), strict=True))
    tallies = []
    for count, (best, log_p) in zip(found, sure, strict=True):
        tie_best, tie_log_p = with_ties.get(id(count), (best, 0.0))
        if min(log_p, tie_log_p) <= math.log(SCREEN_P):
            row = tie_best if log_p > math.log(SCREEN_P) else best
            tallies.append(_build(scene, count, row, log_p, tie_log_p))
    return tallies


def _build(scene: Scene, count: _Count, best: int, log_p: float, tie_log_p: float) -> Tally:
    windows, hits = WINDOWS_S[count.rows], count.hits
    row = _widen(best, count.counts, count.chances)
    window_s = windows[row]
    opposite_only, opposite_sure = 0, 0
    if count.side == "before":
        opposite = find_hits_after(scene, count.stamps)
        is_near = opposite.lags_s <= window_s + EPSILON_S
        opposite_only, opposite_sure = int(np.sum(is_near & (hits.lags_s > window_s + EPSILON_S))), int(np.sum(is_near))
    return Tally(
        scene,
        count.stamps,
        hits,
        side=count.side,
        window_s=window_s,
        hits_count=int(count.counts[row]),
        chances=count.chances[row].copy(),  # a view would keep those of all windows
        log_p=log_p,
        tie_log_p=tie_log_p,
        opposite_count=opposite_only,
        opposite_sure_count=opposite_sure,
    )


def _find_best(asked: Sequence[tuple[Floats, Ints]]) -> list[tuple[int, float]]:
    """Return for each (chances (w, n), counts (w,)) the row with the smallest tail, and ln p of that after trying all.

    A count up to the mean has a tail of a half or more (Jogdeo & Samuels 1968): nothing to compute.
    """
    worth = [(counts >= MIN_HITS) & (counts > np.sum(chances, axis=1)) for chances, counts in asked]
    rows = [chances[some] for (chances, _), some in zip(asked, worth, strict=True)]
    counts = [counts[some] for (_, counts), some in zip(asked, worth, strict=True)]
    logs = log_tails(np.concatenate(rows), np.concatenate(counts)) if rows else np.empty(0)
    found, first = [], 0
    for (_, all_counts), some in zip(asked, worth, strict=True):
        tails = np.zeros(len(all_counts))
        tails[some] = logs[first : first + int(np.sum(some))]
        first += int(np.sum(some))
        best = int(np.argmin(tails))
        found.append((best, min(0.0, float(tails[best]) + math.log(len(WINDOWS_S)))))
    return found


def _widen(best: int, counts: Ints, chances: Floats) -> int:
    """Return the window that takes in the later hits too, as long as each wider ring holds more than chance."""
    row = best
    while row + 1 < len(counts):
        added = int(counts[row + 1] - counts[row])
        ring = np.clip(chances[row + 1] - chances[row], 0.0, 1.0)
        if added < 2 or float(log_tails(ring[None, :], np.array([added]))[0]) > math.log(_RING_P):
            break
        row += 1
    return row
