"""Clients on a timer of their own: a sensor that wakes up, connects, delivers, says goodbye and sleeps again.

Each of its visits lasts as long as the others, which otherwise shows a limit; but who says goodbye and is not back
before it is time again has left. So has who says nothing for once and comes when it always does. Who kept such a
timer and comes no more is missed, though no line says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Final

from logdiag.analyzers.connections.goodbyes import FEW_BACK, LEAST_CLIENTS, says_goodbye
from logdiag.analyzers.connections.sessions import LONGEST_RETURN, SessionRecord
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.finding_ids import STOPPED_COMING
from logdiag.verdict import Severity

LEAST_VISITS: Final = 8  # a choice: as many as it takes to name a clock
MOSTLY: Final = 0.8  # a choice: four of five
EARLY, LATE = 0.5, 1.5  # a choice: times the usual interval; who misses one visit comes after twice that
STRAYS_SHARE: Final = 0.05  # a choice: one in twenty visits
CLUSTER_SHARE: Final = 0.1  # a choice: strays that half fall into a tenth of the time have a common reason
CLUSTERED: Final = 0.5  # more than half
GONE_AFTER: Final = 4.0  # a choice: times the usual interval; a visit or two may fail
FEW: Final = 0.05  # a choice, as in `health`: one in twenty, whose battery is empty
LEAST_SEVERAL: Final = 3  # a choice: one or two of people who come and go seem to keep a timer by chance


def find_punctual(crowd: Collection[SessionRecord], is_back: Callable[[SessionRecord], bool]) -> set[int]:
    """Which goodbyes at one age or moment, by identity, are those of many named clients that stay away.

    None where more than a few are back within a minute: that is a loop, or they were told to go. `is_back`: whether its
    client took a new socket soon.
    """
    left = [one for one in crowd if not is_back(one)]
    are_many = len({one.connection for one in left}) >= LEAST_CLIENTS
    return {id(one) for one in left} if are_many and len(left) >= (1 - FEW_BACK) * len(crowd) else set()


def find_strays(
    ended: Sequence[SessionRecord], departed: Collection[int], is_silent: Callable[[str | None], bool]
) -> set[int]:
    """Which silent ends, by identity, are single visits of clients that come again just when they always do.

    None where they are more than strays, or where half of them fall into a small part of the time: that has a reason
    which they share. `departed` are the identities of those that left; `is_silent` knows the reasons of neither.
    """
    found: list[SessionRecord] = []
    for visits in _list_visits(ended):
        if sum(says_goodbye(one.reason) and id(one) in departed for one in visits) < MOSTLY * len(visits):
            continue
        usual_s = _find_interval_s(visits)
        if usual_s is None:
            continue
        odd = [place for place, one in enumerate(visits) if id(one) not in departed]
        is_few = len(odd) <= STRAYS_SHARE * len(visits)
        if is_few and all(_is_stray(visits, place, usual_s) and is_silent(visits[place].reason) for place in odd):
            found += [visits[place] for place in odd]
    if len(found) > STRAYS_SHARE * len(ended) or _are_clustered(found, ended):
        return set()
    return {id(one) for one in found}


def find_stopped_coming(sessions: Sequence[SessionRecord], end: datetime) -> tuple[Finding, ...]:
    """The doubt that clients which kept a timer come no more, long before `end`; none if these are few."""
    last, kept_count = [], 0
    for visits in _list_visits([one for one in sessions if one.departed]):
        usual_s = _find_interval_s(visits)
        if usual_s is None:
            continue
        kept_count += 1
        opened = visits[-1].opened
        if opened is not None and (end - opened).total_seconds() > GONE_AFTER * usual_s:
            last.append(visits[-1])
    if len(last) < LEAST_SEVERAL or len(last) <= FEW * kept_count:
        return ()
    places = tuple(one.evidence for one in last if one.evidence is not None)[:SHOWN]
    return (Finding(STOPPED_COMING, Severity.INFO, {"count": len(last), "of_count": kept_count}, places),)


def _list_visits(ended: Sequence[SessionRecord]) -> list[list[SessionRecord]]:
    """Of each client that came often enough its sessions, by time."""
    visits: dict[str, list[SessionRecord]] = defaultdict(list)
    for one in ended:
        if one.opened is not None:
            visits[one.connection].append(one)
    many = (mine for mine in visits.values() if len(mine) >= LEAST_VISITS)
    return [sorted(mine, key=_get_opened_s) for mine in many]


def _get_opened_s(session: SessionRecord) -> float:
    return 0.0 if session.opened is None else session.opened.timestamp()


def _find_interval_s(visits: Sequence[SessionRecord]) -> float | None:
    """The seconds from visit to visit, if nearly all are about as far apart and far enough to be away between them."""
    gaps_s = [later - first for first, later in pairwise(map(_get_opened_s, visits))]
    usual_s = median(gaps_s)
    kept_count = sum(EARLY * usual_s <= gap_s <= LATE * usual_s for gap_s in gaps_s)
    is_kept = usual_s > LONGEST_RETURN.total_seconds() and kept_count >= MOSTLY * len(gaps_s)
    return usual_s if is_kept else None


def _is_stray(visits: Sequence[SessionRecord], place: int, usual_s: float) -> bool:
    """Whether the client of a visit comes again neither sooner nor later than usual."""
    if place + 1 == len(visits):
        return False  # nobody knows whether it comes again
    gap_s = _get_opened_s(visits[place + 1]) - _get_opened_s(visits[place])
    return EARLY * usual_s <= gap_s <= LATE * usual_s


def _are_clustered(strays: Sequence[SessionRecord], ended: Sequence[SessionRecord]) -> bool:
    """Whether more than half of several ends lie in a tenth of the time."""
    times_s = sorted(one.closed.timestamp() for one in strays if one.closed is not None)
    all_s = [one.closed.timestamp() for one in ended if one.closed is not None]
    if len(times_s) < LEAST_SEVERAL:
        return False
    reach_s = CLUSTER_SHARE * (max(all_s) - min(all_s))
    most = max(bisect_right(times_s, first + reach_s) - place for place, first in enumerate(times_s))
    return most > CLUSTERED * len(times_s)
