"""Pushes that nobody acknowledged: since when, whether any was answered since, and whether they come on a beat.

A link may stay up while the other side answers nothing that goes over it. No disconnect tells of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, pairwise
from statistics import median
from typing import Final

from logdiag.analyzers.pushes.ledger import has_gone_unanswered
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import UNANSWERED, UNTOLD
from logdiag.results.pushes import FEW_UNTOLD, Push, PushFate, PushOutcome
from logdiag.verdict import Severity

FEWEST: Final = 3  # a choice: one or two are strays
FEWEST_SPELLS: Final = 5  # four equal gaps in a row are no accident
FEWEST_UNTOLD: Final = 10  # a choice: several at once may wait when the logs end
STEADY: Final = 0.05  # a choice: no gap between spells is further from the median one


def find_unanswered(pushes: Sequence[Push], settled: Sequence[Push]) -> tuple[Finding, ...]:
    """What the lost pushes have in common of which the lines say that no answer came in time; nothing of a few.

    `settled`: those that were not plainly ok, with what became of their messages.
    """
    lost = [push for push in settled if push.fate in {PushFate.LOST, PushFate.PROBABLY_LOST}]
    silent = [push for push in lost if push.disconnect_index is None and has_gone_unanswered(push.error)]
    if len(silent) < FEWEST:
        return ()
    first, last = min(push.time for push in silent), max(push.time for push in silent)
    answered = [push.time for push in pushes if push.outcome == PushOutcome.OK]
    numbers: dict[str, Number] = {
        "count": len(silent),
        "of_count": sum(push.time >= first for push in pushes),
        "first_time": first.isoformat(),
        "last_time": last.isoformat(),
        "answered_before_count": sum(moment < first for moment in answered),
        "answered_since_count": sum(moment >= first for moment in answered),
        "connections_count": len({push.connection for push in silent}),
        "period_s": _find_period_s(pushes),
    }
    places = [push.evidence[-1] for push in silent if push.evidence]
    return (Finding(UNANSWERED, Severity.ERROR, numbers, tuple(places[:SHOWN])),)


def find_untold(pushes: Sequence[Push]) -> tuple[Finding, ...]:
    """The longest row of pushes of one connection without a line of what became of them, where the others have one.

    The pushes of the last moments may still wait for theirs.
    """
    own: dict[str, list[Push]] = defaultdict(list)
    for push in pushes:
        own[push.connection].append(push)
    untold = [push for mine in own.values() for push in _find_untold_row(mine)]
    if not untold:
        return ()
    numbers: dict[str, Number] = {
        "count": len(untold),
        "of_count": len(pushes),
        "first_time": min(push.time for push in untold).isoformat(),
    }
    return (Finding(UNTOLD, Severity.INFO, numbers, tuple(push.evidence[0] for push in untold[:SHOWN])),)


def _find_untold_row(pushes: Sequence[Push]) -> list[Push]:
    told = [(is_untold, list(some)) for is_untold, some in groupby(sorted(pushes, key=_by_time), _is_untold)]
    longest = max((some for is_untold, some in told if is_untold), key=len, default=[])
    others = [push for _, some in told if some is not longest for push in some]
    untold_count = sum(map(_is_untold, others))
    is_usual = len(others) < FEWEST_UNTOLD or untold_count > FEW_UNTOLD * len(others)
    return [] if is_usual or len(longest) < FEWEST_UNTOLD else longest


def _is_untold(push: Push) -> bool:
    return push.outcome == PushOutcome.UNKNOWN


def _find_period_s(pushes: Sequence[Push]) -> float | None:
    """How long after each other spells of unanswered pushes begin, if always equally long; None if they do not."""
    told = sorted((push for push in pushes if push.outcome != PushOutcome.UNKNOWN), key=_by_time)
    spells = [next(some).time for is_lost, some in groupby(told, _is_silent) if is_lost]
    gaps_s = [(later - earlier).total_seconds() for earlier, later in pairwise(spells)]
    if len(spells) < FEWEST_SPELLS:
        return None
    usual_s = median(gaps_s)
    return usual_s if all(abs(gap_s - usual_s) <= STEADY * usual_s for gap_s in gaps_s) else None


def _is_silent(push: Push) -> bool:
    return push.outcome == PushOutcome.FAILED and has_gone_unanswered(push.error)


def _by_time(push: Push) -> datetime:
    return push.time
