"""The search for clocks: the most telling one is taken, its drops are set aside, and the rest is searched again.

A candidate must first win: its anchor has to foretell the drops of those who take part about as well as every other
anchor does, or it is but the shadow of another clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.candidates import ClockCandidate, propose_clock, propose_limits
from logdiag.analyzers.clocks.competition import AGE, CLOCK, CYCLE, IDLE, Drops, score_anchors
from logdiag.analyzers.clocks.drop_table import NEEDED_COUNT, DropTable
from logdiag.analyzers.clocks.fits import KIND_OF, ClockFit, write_fit
from logdiag.analyzers.clocks.gaps import MERGE_S, merge_close
from logdiag.analyzers.clocks.superposition import is_nobodys
from logdiag.analyzers.clocks.wall_clock import alignment_nats, find_wall_period_s
from logdiag.analyzers.statistics.arrays import Bools

FEWEST_EVENTS: Final = 4  # fewer show no clock
FEW_ALPHA_RATIO: Final = 0.3  # below eight events a claim needs a smaller false-alarm probability
MAX_FITS_COUNT: Final = 12  # bounds the time: more clocks than this nobody reads
UNDECIDED_NATS: Final = 2.0  # a choice: odds of seven; by less a rival does not take a reading's place
CLOCK_PRIOR_NATS: Final = 3.0  # a reconnect delay so constant that an age looks like a beat is rare ...
COARSE_PRIOR_NATS: Final = 7.0  # ... but whole-second stamps hide how it varies, so ages look as tight as beats
ASKED_COUNT: Final = 6  # a choice: of a fleet as many connections show whether each has a beat of its own
SEPARATING: Final = {
    frozenset({CLOCK, AGE}): "an-off-beat-drop",
    frozenset({CLOCK, CYCLE}): "an-off-beat-drop",
    frozenset({CLOCK, IDLE}): "an-off-beat-drop",
    frozenset({AGE, CYCLE}): "a-long-reconnect",
    frozenset({IDLE, CYCLE}): "a-long-reconnect",
    frozenset({AGE, IDLE}): "late-traffic-in-a-session",
}


def take_clocks(table: DropTable, free: Bools, *, shared_only: bool = False) -> list[ClockFit]:
    """Take the most telling clock of the free drops, again and again; `free` (n,) loses what is explained.

    With `shared_only`, stop at the first clock of a single connection: each is searched by itself later, and cheaper.
    """
    fits: list[ClockFit] = []
    while len(fits) < MAX_FITS_COUNT:
        pool = free.copy()
        found = _find_best(table, pool)
        if found is None:
            break
        best, fit = found
        if shared_only and len(fit.connections) == 1:
            break
        fits.append(fit)
        free[np.flatnonzero(pool)[best.members]] = False
    return fits


def _find_best(table: DropTable, pool: Bools) -> tuple[ClockCandidate, ClockFit] | None:
    """Return the candidate with most nats that no other anchor beats, and what it is called."""
    drops = table.drops.pick(pool)
    events = len(merge_close(drops.times_s, MERGE_S))
    if events < FEWEST_EVENTS:
        return None
    alpha = table.alpha if events >= NEEDED_COUNT else table.alpha * FEW_ALPHA_RATIO
    clock = propose_clock(drops, resolution_s=table.resolution_s, log10_scans=table.log10_scans, alpha=alpha)
    limits = propose_limits(
        drops,
        table.drops,
        resolution_s=table.resolution_s,
        log10_scans=table.log10_scans,
        alpha=alpha,
        sockets=table.sockets,
    )
    found = [c for c in (clock, *limits) if c is not None and c.nats > 0 and c.members.any()]
    for candidate in sorted(found, key=lambda c: -c.nats):
        fit = _name(table, candidate, clock, pool)
        if fit is None or is_nobodys(table, fit):
            continue
        if not _are_own_beats(table, drops, candidate, alpha):
            return candidate, fit
    return None


def _are_own_beats(table: DropTable, drops: Drops, shared: ClockCandidate, alpha: float) -> bool:
    """Whether a limit of several connections is the shadow of beats of their own, each with a phase of its own.

    Where each client's timer ends its connection and the client is back after the same time, all ages are alike. Alone,
    each of them shows what foretells its drops better: those with most drops are asked, and their nats are added.
    """
    owners, counts = np.unique(drops.owner[shared.members], return_counts=True)
    if shared.limit is None or len(owners) == 1:
        return False
    asked = np.argsort(-counts, kind="stable")[:ASKED_COUNT]
    lead = 0.0
    for owner in owners[asked[counts[asked] >= NEEDED_COUNT]].tolist():
        mine = drops.pick(drops.owner == owner)
        beat = propose_clock(mine, resolution_s=table.resolution_s, log10_scans=table.log10_scans, alpha=alpha)
        scores = score_anchors(mine, None if beat is None else beat.lattice, floor_s=0.5 * table.resolution_s)
        lead += max(scores.get(CLOCK, 0.0), 0.0) - max(scores.get(shared.anchor, 0.0), 0.0)
    return lead > UNDECIDED_NATS


def _name(table: DropTable, best: ClockCandidate, clock: ClockCandidate | None, pool: Bools) -> ClockFit | None:
    """Let the anchors compete over the drops of those who take part, and write the fit down under the winner.

    None when another anchor foretells these drops clearly better: then this is its shadow.
    """
    scores = _score(table, best, clock, pool)
    anchor = best.anchor
    if scores[CYCLE] > scores.get(anchor, best.nats) + UNDECIDED_NATS:
        anchor = CYCLE
    own = scores.get(anchor, best.nats)
    rivals = {name: nats for name, nats in scores.items() if name != anchor}
    if not rivals:
        return write_fit(table, best, anchor, pool)
    runner_up = max(rivals, key=lambda name: rivals[name])
    if rivals[runner_up] > own + (0.0 if runner_up == CLOCK else UNDECIDED_NATS):
        return None
    return replace(
        write_fit(table, best, anchor, pool),
        margin_nats=max(own - max(rivals[runner_up], 0.0), 0.0),
        runner_up=KIND_OF[runner_up],
        separating_event=SEPARATING[frozenset({anchor, runner_up})],
    )


def _score(table: DropTable, best: ClockCandidate, clock: ClockCandidate | None, pool: Bools) -> dict[str, float]:
    """Return nats per anchor over the drops of those who take part; a beat counts if the same connections keep it."""
    drops = table.drops.pick(pool).pick(best.taking_part)
    same = clock is not None and bool(np.array_equal(clock.taking_part, best.taking_part))
    lattice = clock.lattice if clock is not None and same else None
    scores = score_anchors(drops, lattice, floor_s=0.5 * table.resolution_s, proposed=best.anchor)
    if lattice is not None:
        prior = CLOCK_PRIOR_NATS if table.resolution_s < 1.0 else COARSE_PRIOR_NATS
        wall_s = find_wall_period_s(lattice, origin_s=table.origin_s, utc_offsets_s=table.utc_offsets_s)
        scores[CLOCK] += prior + alignment_nats(wall_s, clocks_count=len(table.utc_offsets_s))
    return scores
