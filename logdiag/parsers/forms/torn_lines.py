"""A first line that is but the rest of one: a log cut by size begins with `6 Sep 10:15:23` of `26 Sep 10:15:23`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import UnreadableError, list_records
from logdiag.times.stamps import ASSUMED_DAY, parse_timestamp

LOOKED_AT: Final = 50  # lines behind the first one: a choice; a log that returns to its day has done so by then
FEWEST_LINES: Final = 2  # with a stamp behind it
DAY: Final = timedelta(days=1)
SOON_S: Final = 600  # so little later does the next line stand on the clock: by chance one time in 150
_CLOCK: Final = compile_later(r"\d{1,2}:(\d\d)(?::(\d\d))?")


def is_torn(lines: Sequence[bytes], layout: Layout) -> bool:
    """Whether the date of the first of these lines, stripped, is the end of that of the next, and of no line's day."""
    first, *others = [_read_stamp(raw, layout) for raw in lines[: LOOKED_AT + 1]] or [None]
    known = [stamp for stamp in others if stamp is not None]
    if first is None or len(known) < FEWEST_LINES or not lines[0].startswith(first.encode()):
        return False
    date, next_date = (_CLOCK.split(stamp, maxsplit=1)[0] for stamp in (first, known[0]))
    if not date.strip() or date == next_date or not next_date.endswith(date):
        return False
    hints = layout.hints._replace(anchor=ASSUMED_DAY.replace(tzinfo=UTC))
    moment, *times = [parse_timestamp(stamp, layout.zone, hints) for stamp in (first, *known)]
    if moment is None or times[0] is None:
        return False
    soon_s = (times[0] - moment).total_seconds() % DAY.total_seconds()
    return soon_s <= SOON_S and all(time is None or abs(time - moment) >= DAY for time in times)


def _read_stamp(raw: bytes, layout: Layout) -> str | None:
    try:
        stamp = next((record.stamp for record in list_records(raw, layout)), None)
    except (UnreadableError, RecursionError):
        return None
    return stamp if isinstance(stamp, str) else None
