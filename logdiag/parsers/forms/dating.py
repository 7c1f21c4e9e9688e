"""Of which day stamps are that give the time alone or no year: by their files' names, neighbours and changes."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.forms.day_order import PLACE_BYTES, PLACES, find_in_name, find_order, is_british
from logdiag.parsers.forms.drafts import Draft, find_lack
from logdiag.parsers.forms.layouts import Layout
from logdiag.reading import DamageError, LogFile, read_spans
from logdiag.times.stamps import (
    ASSUMED_DAY,
    Hints,
    parse_timestamp,
)

DAY: Final = timedelta(days=1)
HALF_A_YEAR: Final = timedelta(days=182)
NIGHT_S: Final = 3600  # so far back may a clock stand and still be of the same day: `NIGHT` of the stamps
CLOCKS: Final = compile_later(rb"(?<![\d:.])(\d{1,2}):(\d\d):(\d\d)(?:[.,]\d{1,9})?(?: ?([AaPp])[Mm])?(?![\d:])")


def settle_order(drafts: dict[LogFile, Draft]) -> dict[LogFile, Draft]:
    """Tell days from months, file by file; a file that does not tell follows one beside it that does."""
    open_files = [file for file, draft in drafts.items() if draft.needs_order]
    found = {file: find_order(file, drafts[file].stamps) for file in open_files}
    decided = {file.source: order for file, order in found.items() if order is not None}
    result = dict(drafts)
    for file in open_files:
        order = found[file]
        if order is None:
            order = decided.get(file.source, next(iter(decided.values()), None))
        draft = drafts[file]
        hints = draft.layout.hints._replace(day_first=is_british(draft.stamps) if order is None else order)
        result[file] = replace(draft, layout=replace(draft.layout, hints=hints, is_order_open=order is None))
    return result


def _count_midnights(file: LogFile) -> int:
    """How often the clocks at places all over a file stand far before those of the place before."""
    step = max(file.size_bytes // PLACES, PLACE_BYTES)
    spans = [(place, place + PLACE_BYTES) for place in range(0, max(file.size_bytes, 1), step)]
    try:
        with closing(read_spans(file, spans)) as pieces:
            clocks = [_read_clock_s(found) for piece in pieces if (found := CLOCKS.search(piece)) is not None]
    except DamageError:
        return 0
    return sum(later < earlier - NIGHT_S for earlier, later in pairwise(clocks))


def _read_clock_s(found: re.Match[bytes]) -> int:
    """A clock in seconds since midnight."""
    hour, half = int(found[1]), found[4]
    if half is not None:
        hour = hour % 12 + (12 if half in b"Pp" else 0)
    return hour * 3600 + int(found[2]) * 60 + int(found[3])


def find_date(file: LogFile, draft: Draft, drafts: dict[LogFile, Draft]) -> Layout:
    """The layout of a file with a moment to take from what its stamps lack: the date, or the year, be it of a few."""
    layout, told = draft.layout, draft.told
    own = draft.find_first() or (told.first if told.is_short else None)
    if told.shift is not None and (told.shift or not told.is_short):
        hints = layout.hints._replace(near=told.first)
        return replace(layout, fault=None, first_line="", hints=hints, clock_shift=told.shift)
    if not draft.lacks:
        anchor = None if told.shift is None else told.first
        return replace(layout, hints=layout.hints._replace(near=own, anchor=anchor))
    if own is None and told.first is not None:
        return layout  # of which of its days the clocks are, nothing tells
    near = own or find_in_name(file, layout.zone) or _find_neighbour(file, drafts)
    beside = _find_yearless(file, drafts) if near is None and draft.lacks == "date" else None
    near = near or (None if beside is None else beside.find_first())
    is_guessed = near is None
    if draft.lacks == "date" and _count_midnights(file) > 1:
        return layout  # a name tells the first day alone, and no line tells how many nights it lies behind that
    if is_guessed and draft.lacks == "date":
        near = ASSUMED_DAY.replace(tzinfo=layout.zone)  # no day of the file system's: equal lines, equal answers
    elif is_guessed:
        near = _find_last_change(file)
        if near is not None:
            near -= HALF_A_YEAR  # of the years, the one that brings it next to that is the last before the change
    if near is None:
        return layout
    anchor = near
    if draft.lacks == "date":
        is_day = is_guessed or (own is None and find_in_name(file, layout.zone) is not None)
        anchor = _place_clock(draft, near, is_day=is_day) or near
    return replace(
        layout,
        fault=None,
        first_line="",
        hints=layout.hints._replace(anchor=anchor),
        is_year_guessed=(is_guessed and draft.lacks == "year")
        or (beside is not None and beside.layout.is_year_guessed),
        is_date_guessed=is_guessed and draft.lacks == "date",
    )


def _find_neighbour(file: LogFile, drafts: dict[LogFile, Draft]) -> datetime | None:
    """The first moment of a file with whole dates, one in the same folder if there is one."""
    others = sorted(drafts, key=lambda other: (other.source != file.source, other.path))
    times = (drafts[other].find_first() for other in others if other != file and not drafts[other].lacks)
    return next((time for time in times if time is not None), None)


def _find_yearless(file: LogFile, drafts: dict[LogFile, Draft]) -> Draft | None:
    """A file of the same folder that tells month and day of every line, all of one day: the journal beside a console.

    Of one of several days nothing tells which of them a clock is of.
    """
    for other in sorted((one for one in drafts if one.source == file.source), key=lambda one: one.path):
        if drafts[other].lacks == "year" and not _count_midnights(other):
            draft = replace(drafts[other], layout=find_date(other, drafts[other], drafts))
            times = draft.list_times()
            return draft if times and max(times) - min(times) < DAY else None
    return None


def _find_last_change(file: LogFile) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.opened_as.stat().st_mtime, UTC)
    except (OSError, AttributeError, TypeError, ValueError):
        return None


def _place_clock(draft: Draft, near: datetime, *, is_day: bool) -> datetime | None:
    """The moment of the first clock of a file: on the very day of `near`, or on the day that brings it closest."""
    zone = draft.layout.zone
    base = near.astimezone(zone)
    clock = next((stamp for stamp in draft.stamps if find_lack(stamp) == "date"), None)
    days = [base] if is_day else [base - DAY, base, base + DAY]
    midnights = (day.replace(hour=0, minute=0, second=0, microsecond=0) for day in days)
    times = [time for day in midnights if (time := parse_timestamp(clock, zone, Hints(anchor=day))) is not None]
    return min(times, key=lambda time: abs(time - near), default=None)
