"""Before health is told: what was written while connections were open of whose ends no line tells.

Health needs evidence of each end. A connection that is open at the last is healthy if nothing looks as if it had ended
in words that nobody knows; such lines are looked for behind its connect, in the logs of its process, and in logs of
which no line was understood as one of a connection.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from logdiag.analyzers.sides.counting_lines import counts_alone
from logdiag.events import BOUNDS, CLOSINGS, EventKind
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.lexicon.messages import is_foreign
from logdiag.parsers.lexicon.troubles import TELLING_BYTES, may_be_trouble
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.following import Followed
from logdiag.pipeline.unread_lines import Row, choose_window, count_wordings, list_unread, share_lines
from logdiag.scanning.cells import EVER

RETOLD: Final = timedelta(seconds=2)  # as `proposals.NEAR`: what tells of a known end a second time stands beside it


def find_troubles(followed: Followed) -> tuple[Row, ...]:
    """The lines that look as if they told of an end that nobody counts: template, how many, the first of them."""
    begins = _list_open(followed)
    rows = followed.timeline.of_kinds(BOUNDS)
    telling = set(rows["source"].tolist())
    ends = _list_ends(followed)
    looked = [
        (scan, begin)
        for scan in followed.reading.scans
        if (begin := begins.get(scan.file.source, None if scan.file.source in telling else EVER)) is not None
        and not is_foreign(scan.file.service)
    ]
    most_lines = share_lines(len(looked))
    return count_wordings(
        line
        for scan, begin in looked
        for line in list_unread(
            followed,
            scan,
            choose_window(scan, begin, most_lines),
            TELLING_BYTES,
            partial(_may_be_end, begin, ends.get(scan.file.source, [])),
        )
    )


def _list_open(followed: Followed) -> dict[str, datetime]:
    """Of each process with a connection that no line ends: when the first of these was opened."""
    sources = {scan.file.path: scan.file.source for scan in followed.reading.scans}
    sockets = followed.sockets.server.sockets.values()
    opens = [(one.opened, one.open_evidence) for one in followed.sockets.sessions if one.closed is None]
    opens += [(one.opened, one.open_evidence) for one in sockets if one.closed is None]
    found: dict[str, datetime] = {}
    for opened, place in opens:
        if opened is not None and place is not None and (source := sources.get(place.file)) is not None:
            found[source] = min(found.get(source, opened), opened)
    return found


def _list_ends(followed: Followed) -> Mapping[str, list[datetime]]:
    """When ends of each process were understood, and when it said that it stops, in order."""
    rows = followed.timeline.of_kinds(CLOSINGS | {EventKind.PROCESS_STOPPING})
    found: dict[str, list[datetime]] = {}
    for source, moment in zip(rows["source"].tolist(), rows.moments(), strict=True):
        found.setdefault(str(source), []).append(moment)
    return {source: sorted(moments) for source, moments in found.items()}


def _may_be_end(begin: datetime, ends: list[datetime], moment: datetime, record: Record) -> bool:
    """Whether a line behind `begin` may be about trouble, but for those beside the ends that are known."""
    if moment <= begin or _is_near(moment, ends) or not may_be_trouble(record.message, record.level):
        return False
    return not counts_alone(mask_message(record.message))


def _is_near(moment: datetime, ends: list[datetime]) -> bool:
    index = bisect_left(ends, moment - RETOLD)
    return index < len(ends) and ends[index] <= moment + RETOLD
