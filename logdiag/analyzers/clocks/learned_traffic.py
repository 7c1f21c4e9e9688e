"""Which lines of a log tell of traffic? Those that start an idle limit's clock anew, whatever they say.

Where a limit of L seconds ends idle connections, no line of traffic stands in the last L seconds of a session, the
last one stands L seconds before its end, and no session outlives a longer pause. Lines of anything else stand there at
any distance. So each kind of line proposes limits by where its last lines pile up, and for each limit the fewest kinds
are sought that leave every session equally idle at its end, from its connect or from the last of these lines on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.competition import IDLE, MIN_LAG_S
from logdiag.analyzers.statistics.arrays import Bools, Floats, median
from logdiag.analyzers.statistics.tails import log10_binomial_tail

LAST_WORDS_S: Final = 0.5  # a choice: what is written this shortly before a drop is about it
LEAST_SESSIONS: Final = 8  # as the fewest that show a clock (`regularity.MIN_COUNT`)
LEAST_LAGS: Final = 4  # as `lifetimes.MIN_HITS_COUNT`
LIMITS_A_KIND: Final = 3  # a choice: where the last lines of one kind pile up most; each costs a pass
WIDTH_S: Final = 0.15  # limits scatter by 50 to 100 ms ...
WIDTH_RATIO: Final = 0.01  # ... and those that sweep for idle connections by more (Heroku's 55 s by 0.3 s) ...
WIDEST_S: Final = 1.0  # ... but for no more than the sweep takes: a choice
NEARLY_ALL: Final = 0.8  # a choice: four sessions of five end by the limit, whatever ends the others
FEW: Final = 0.1  # a choice: so many sessions may lack a line or end by another cause in the midst of traffic
LEAST_GAIN: Final = 0.05  # of the sessions: a kind of line that settles fewer is none of the smallest set
LEAST_SCATTER: Final = 0.1  # of the usual pause: a beat comes a constant time before whatever follows the same timer
LEAST_AGES: Final = 0.1  # of the sessions that lines settle: so many must not end at one age
GUARD: Final = 4.0  # as `gaps.density_guard` at most: how much denser than one in L innocent lags may lie at L
MOST_LOG10_CHANCE: Final = -6.0  # a choice: a wrong limit is worse than a missed one


@dataclass(frozen=True, slots=True)
class SessionSpan:
    """One session, from its connect to its drop, UNIX seconds; its lines were read from `seen_s` on."""

    connection: str
    start_s: float
    end_s: float
    seen_s: float


@dataclass(frozen=True, slots=True)
class LineKind:
    """All lines of one wording, by the connection they are about: UNIX seconds, sorted."""

    name: str
    times_s: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class LearnedTraffic:
    """The kinds of line that start the clock of a limit anew, and the limit in seconds."""

    kinds: tuple[LineKind, ...]
    limit_s: float


def learn_traffic(
    spans: Sequence[SessionSpan], kinds: Sequence[LineKind], known_s: Mapping[str, Floats], *, resolution_s: float
) -> LearnedTraffic | None:
    """The fewest kinds of line by which nearly all sessions are equally idle at their end; None if chance may do it.

    `known_s` is when something is known to have gone over each connection; it counts as traffic with the connects.
    """
    if len(spans) < LEAST_SESSIONS:
        return None
    known = _Seen(spans, LineKind("", known_s), with_start=True)
    tried = [seen for kind in kinds if (seen := _Seen(spans, kind)).may_tell]
    best: tuple[float, LearnedTraffic] | None = None
    for limit_s in _propose_limits(tried):
        found = _try_limit(spans, known, tried, limit_s, max(_find_width_s(limit_s), resolution_s))
        if found is not None and (best is None or found[0] < best[0]):
            best = found
    return None if best is None else best[1]


class _Seen:
    """The lines of one kind within each session, and how long before its end the last one stands (NaN: none)."""

    def __init__(self, spans: Sequence[SessionSpan], kind: LineKind, *, with_start: bool = False) -> None:
        self.kind = kind
        self.events_s = [_cut(kind.times_s.get(span.connection), span, with_start=with_start) for span in spans]
        self.lags_s = np.array(
            [span.end_s - own[-1] if len(own) else np.nan for span, own in zip(spans, self.events_s, strict=True)]
        )

    @property
    def may_tell(self) -> bool:
        """Whether there are lines before enough drops, and on no beat."""
        if int(np.isfinite(self.lags_s).sum()) < LEAST_LAGS:
            return False
        gaps = np.concatenate([np.diff(own) for own in self.events_s])
        usual = median(gaps) if len(gaps) else 0.0
        return len(gaps) < LEAST_LAGS or median(np.abs(gaps - usual)) >= LEAST_SCATTER * usual


def _cut(times_s: Floats | None, span: SessionSpan, *, with_start: bool) -> Floats:
    """The times within the session but for its last words, with its connect if that is wanted and was seen."""
    own = np.empty(0) if times_s is None else times_s
    first, last = np.searchsorted(own, (span.seen_s, span.end_s - LAST_WORDS_S), side="right")
    inside = own[first:last]
    return np.concatenate([[span.start_s], inside]) if with_start and span.seen_s <= span.start_s else inside


def _propose_limits(tried: Iterable[_Seen]) -> list[float]:
    """Where the last lines of each kind pile up most, in seconds before the drop."""
    limits: set[float] = set()
    apart: list[float] = []
    for seen in tried:
        left = np.sort(seen.lags_s[np.isfinite(seen.lags_s) & (seen.lags_s >= MIN_LAG_S[IDLE])])
        for _ in range(LIMITS_A_KIND):
            if len(left) < LEAST_LAGS:
                break
            counts = np.searchsorted(left, left + np.clip(WIDTH_RATIO * left, WIDTH_S, WIDEST_S), side="right")
            first = int(np.argmax(counts - np.arange(len(left))))
            if counts[first] - first < LEAST_LAGS:
                break
            limits.add(median(left[first : counts[first]]))
            left = np.delete(left, slice(first, int(counts[first])))
    for limit_s in sorted(limits):
        if not apart or limit_s - apart[-1] > 0.5 * _find_width_s(limit_s):
            apart.append(limit_s)
    return apart


def _find_width_s(limit_s: float) -> float:
    """How far from a limit its ends may lie."""
    return min(max(WIDTH_S, WIDTH_RATIO * limit_s), WIDEST_S)


def _try_limit(
    spans: Sequence[SessionSpan], known: _Seen, tried: Sequence[_Seen], limit_s: float, width_s: float
) -> tuple[float, LearnedTraffic] | None:
    """The fewest kinds that make the sessions end by this limit, with log10 of the odds of it by chance."""
    most_early = FEW * len(spans)
    left = [seen for seen in tried if np.sum(seen.lags_s < limit_s - width_s) <= most_early]
    chosen: list[_Seen] = []
    lags_s = known.lags_s
    while True:
        hits_count = int(np.sum(np.abs(lags_s - limit_s) <= width_s))
        options = [(seen, np.fmin(lags_s, seen.lags_s)) for seen in left if seen not in chosen]
        rated = [(int(np.sum(np.abs(lags - limit_s) <= width_s)), seen, lags) for seen, lags in options]
        best = max(rated, key=lambda row: (row[0], -_measure_width(row[2], limit_s, width_s)), default=None)
        if best is None or best[0] < hits_count + max(2.0, LEAST_GAIN * len(spans)):
            break
        chosen.append(best[1])
        lags_s = best[2]
    hits = np.abs(lags_s - limit_s) <= width_s
    by_lines = hits & ~(np.abs(known.lags_s - limit_s) <= width_s)
    if np.sum(hits) < NEARLY_ALL * len(spans) or not _have_many_ages(spans, by_lines, width_s):
        return None
    if not _is_kept(known, chosen, limit_s, width_s, int(np.sum(hits))):
        return None
    undecided = int(np.sum(by_lines | ~hits))
    chance = log10_binomial_tail(
        np.array([float(np.sum(by_lines))]), undecided, np.array([min(1.0, 2.0 * GUARD * width_s / limit_s)])
    )
    subsets = math.comb(len(tried), len(chosen)) * len(tried) * LIMITS_A_KIND
    log10_chance = float(chance[0]) + math.log10(subsets)
    if log10_chance > MOST_LOG10_CHANCE:
        return None
    middle_s = median(lags_s[hits])
    return log10_chance, LearnedTraffic(tuple(seen.kind for seen in chosen), middle_s)


def _measure_width(lags_s: Floats, limit_s: float, width_s: float) -> float:
    """How far the lags near the limit scatter: of two kinds that always come together the nearer one is the traffic."""
    near = lags_s[np.abs(lags_s - limit_s) <= width_s]
    return median(np.abs(near - median(near))) if len(near) else math.inf


def _have_many_ages(spans: Sequence[SessionSpan], by_lines: Bools, width_s: float) -> bool:
    """Whether the sessions that lines settle end at many ages: lines that follow a connect settle nothing."""
    ages = np.sort(np.array([span.end_s - span.start_s for span in spans])[by_lines])
    if not len(ages):
        return False
    together = np.searchsorted(ages, ages + 2.0 * width_s, side="right")
    most = int(np.max(together - np.arange(len(ages))))
    return len(ages) - most >= max(LEAST_LAGS, LEAST_AGES * len(ages))


def _is_kept(known: _Seen, chosen: Sequence[_Seen], limit_s: float, width_s: float, hits_count: int) -> bool:
    """Whether sessions outlive no pause longer than the limit, but many that are nearly as long.

    Where no pause comes near the limit, the connection was dead before: something else fell silent first.
    """
    outlived = 0
    near = 0
    for place, own in enumerate(known.events_s):
        events = np.sort(np.concatenate([own, *(seen.events_s[place] for seen in chosen)]))
        pauses = np.diff(events)
        outlived += bool(np.any(pauses > limit_s + width_s))
        near += int(np.sum((pauses > 0.4 * limit_s) & (pauses <= limit_s + width_s)))
    return outlived <= FEW * len(known.events_s) and near >= max(3.0, 0.1 * hits_count)
