"""What the lines of a file tell of each other's clocks: in which zone stamps without one are, of which day clocks are.

Lines are written as time goes by. gunicorn names its zone (`[2025-11-14 16:25:52 +0800]`), the logging of the program
that it runs does not: read in UTC the two lie hours apart, though they are neighbours. Of several readings that one is
right in which each line is a little later than the one before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import Enum, auto
from itertools import pairwise
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import CLOCK, NEAR, UnreadableError, list_records
from logdiag.times.stamps import ASSUMED_DAY, Hints, find_stamp_form, find_zone_offset, has_zone, parse_timestamp

ORDER_S: Final = 60.0  # a choice: so late may a line come through a buffer; zones differ by fifteen times that
NEIGHBOURS_S: Final = 900.0  # a choice: a quarter of the lines that follow one of the other kind do so within that
IN_ORDER_RATIO: Final = 0.95  # of such lines are not earlier than the one before: a restart may turn a few round
ZONE_STEP_S: Final = 900  # zones differ by quarters of an hour
FEWEST_TURNS: Final = 5  # so many times one kind follows the other before a zone that no stamp names is measured
DAY_S: Final = 86_400
MOST_STEPS: Final = 48  # quarters of an hour: half a day, as clocks tell no more
SHORT: Final = timedelta(hours=20)  # lines of so short a time take one day, or the next behind midnight, from one place
NO_SHIFT: Final = timedelta(0)
FIRST_BYTES: Final = 2_048  # of a line in which its stamp is looked for without reading it
ANY_DAY: Final = Hints(anchor=ASSUMED_DAY.replace(tzinfo=UTC))
_ZONED: Final = compile_later(rb":\d\d(?:[.,]\d{1,9})? ?(?:Z\b|(?:GMT|UTC)|[+-]\d\d:?\d\d\b)")
DATED: Final = compile_later(rb"\d{4}[-/.]\d|\d[-/.]\d\d?[-/.]\d|[A-Z][a-z]{2},? +\d|\d[ /-][A-Z][a-z]{2}|\d{10}")


class Kind(Enum):
    """What a stamp says: zone and date, the date, or the time of day alone."""

    ZONED = auto()
    DATED = auto()
    CLOCK = auto()


class Stamped(NamedTuple):
    """The stamp of a line, and the instant that it names where it is read in the zone of the layout."""

    kind: Kind
    moment: datetime
    offset: timedelta | None


class NeighbourGap(NamedTuple):
    """Two neighbours of different kinds: what is unknown of one lies so far ahead of the other; which stands behind."""

    gap_s: float
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What neighbours tell: `zone` of the stamps without one, how far the clocks are ahead of that (`shift`).

    None: nothing. `is_open`: there are stamps of both kinds, and no reading brings them into order. `first`: the first
    moment with a date; `is_short`: all are of less than a day.
    """

    zone: timedelta | None = None
    shift: timedelta | None = None
    is_open: bool = False
    first: datetime | None = None
    is_short: bool = True


NOTHING_TOLD: Final = Neighbourhood()


def ask_neighbours(runs: Sequence[Sequence[bytes]], layout: Layout, *, is_zone_stated: bool) -> Neighbourhood:
    """What stretches of lines, each line stripped, tell. `is_zone_stated`: the user named the zone."""
    if not _are_mixed(runs):
        return NOTHING_TOLD
    stamped = [list(_list_stamps(run, layout)) for run in runs]
    zone, is_open = (None, False) if is_zone_stated else _find_zone(stamped)
    dated = [one.moment - (zone or NO_SHIFT) * (one.kind is Kind.DATED) for run in stamped for one in _drop_clocks(run)]
    shift = _find_shift(stamped, layout.zone, zone, is_zone_stated=is_zone_stated)
    first = dated[0] if dated else None
    is_short = not dated or max(dated) - min(dated) < SHORT
    return Neighbourhood(zone, shift, is_open, first, is_short)


def _are_mixed(runs: Iterable[Iterable[bytes]]) -> bool:
    """Whether lines name a zone and others do not, or a date: by their look, to read none where all are alike."""
    looks = {
        (_ZONED.search(raw, 0, end) is not None, DATED.search(raw, 0, end) is not None)
        for run in runs
        for raw in run
        if CLOCK.search(raw, 0, end := FIRST_BYTES if raw[:1] == b"{" else NEAR)
    }
    return len(looks) > 1


def _list_stamps(run: Iterable[bytes], layout: Layout) -> Iterator[Stamped]:
    for raw in run:
        try:
            stamps = [record.stamp for record in list_records(raw, layout)] if raw else []
        except (UnreadableError, RecursionError):
            continue
        if stamps and (one := _read_stamp(stamps[0], layout)) is not None:
            yield one


def _read_stamp(stamp: object, layout: Layout) -> Stamped | None:
    form = find_stamp_form(stamp) if isinstance(stamp, str) else None
    is_clock = form is not None and form.lacks == "date"
    moment = parse_timestamp(stamp, layout.zone, ANY_DAY if is_clock else layout.hints)
    if moment is None:
        return None
    zoned = has_zone(stamp)
    kind = Kind.CLOCK if is_clock and not zoned else Kind.ZONED if zoned and not is_clock else Kind.DATED
    if is_clock and zoned:
        return None
    return Stamped(kind, moment, find_zone_offset(stamp) if zoned else None)


def _drop_clocks(run: Iterable[Stamped]) -> list[Stamped]:
    return [one for one in run if one.kind is not Kind.CLOCK]


def _find_zone(runs: Iterable[Sequence[Stamped]]) -> tuple[timedelta | None, bool]:
    """The zone of the stamps without one, None if that is UTC or nothing tells it; whether UTC, too, does not fit."""
    whole = [_drop_clocks(run) for run in runs]
    turns = list(_list_turns(whole, Kind.DATED))
    if not turns or _are_in_order(turns, 0, is_round=False):
        return None, False
    stated = {one.offset for run in whole for one in run if one.offset is not None}
    if len(stated) > 1:
        return None, True
    if stated != {NO_SHIFT} and stated:
        (offset,) = stated
        return (offset, False) if _fits(turns, offset.total_seconds(), is_round=False) else (None, True)
    found = _measure(turns, is_round=False)
    return found, found is None


def _find_shift(
    runs: Iterable[Sequence[Stamped]], own: tzinfo, zone: timedelta | None, *, is_zone_stated: bool
) -> timedelta | None:
    """How far clocks without a date are ahead of the zone that stamps without one are read in; None: nothing tells."""
    used = own if zone is None else timezone(zone)
    local = [[one._replace(moment=_to_wall(one, own, used)) for one in run] for run in runs]
    turns = list(_list_turns(local, Kind.CLOCK))
    if not turns:
        return None
    if _fits(turns, 0, is_round=True):
        return NO_SHIFT
    return None if is_zone_stated else _measure(turns, is_round=True)


def _to_wall(one: Stamped, own: tzinfo, used: tzinfo) -> datetime:
    """What a wall clock shows at a moment, as if that were UTC; stamps without a zone say it themselves."""
    return one.moment.astimezone(used if one.kind is Kind.ZONED else own).replace(tzinfo=UTC)


def _list_turns(runs: Iterable[Sequence[Stamped]], kind: Kind) -> Iterator[NeighbourGap]:
    for run in runs:
        for one, two in pairwise(run):
            if (one.kind is kind) is not (two.kind is kind):
                is_behind = two.kind is kind
                gap_s = (two.moment - one.moment).total_seconds()
                yield NeighbourGap(gap_s if is_behind else -gap_s, is_behind)


def _list_waits(turns: Iterable[NeighbourGap], offset_s: float, *, is_round: bool) -> list[float]:
    """How long after its neighbour each line came, in seconds, if the stamps without a zone are in this one."""
    waits = [turn.gap_s - offset_s if turn.is_behind else offset_s - turn.gap_s for turn in turns]
    return [(wait_s + ORDER_S) % DAY_S - ORDER_S for wait_s in waits] if is_round else waits


def _are_in_order(turns: Sequence[NeighbourGap], offset_s: float, *, is_round: bool) -> bool:
    waits = _list_waits(turns, offset_s, is_round=is_round)
    longest_s = DAY_S / 2 if is_round else math.inf  # on the clock, one that is late by half a day is early by as much
    return sum(-ORDER_S <= wait_s < longest_s for wait_s in waits) >= IN_ORDER_RATIO * len(waits)


def _fits(turns: Sequence[NeighbourGap], offset_s: float, *, is_round: bool) -> bool:
    """Whether nearly all lines are in order, and neighbours of both kinds near each other."""
    waits = _list_waits(turns, offset_s, is_round=is_round)
    return _are_in_order(turns, offset_s, is_round=is_round) and sorted(waits)[len(waits) // 4] <= NEIGHBOURS_S


def _measure(turns: Sequence[NeighbourGap], *, is_round: bool) -> timedelta | None:
    """The one zone in which the lines are in order, by neighbours that follow each other both ways."""
    if len(turns) < FEWEST_TURNS or len({turn.is_behind for turn in turns}) < 2:
        return None
    fitting = [
        step
        for step in range(1 - MOST_STEPS, MOST_STEPS + 1)
        if step and _fits(turns, step * ZONE_STEP_S, is_round=is_round)
    ]
    return timedelta(seconds=fitting[0] * ZONE_STEP_S) if len(fitting) == 1 else None
