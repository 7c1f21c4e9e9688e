"""The starts of servers, each by its first line: what a server says of one start at length is one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.rows import Rows

BOOT: Final = timedelta(seconds=5)  # a choice, as `server_starts.STARTING`: the next line of a start follows this soon
VALUE: Final = compile_later(r"\S*\d\S*")  # ids, ports, addresses and times, in which lines of one wording differ


class _Start(NamedTuple):
    """The last line of a start so far, and the wordings of all of its lines."""

    time: datetime
    said: set[str]


def pick_starts(timeline: Rows) -> Rows:
    """The first line of each start, in the order of time.

    A start is told by several lines, each in other words (initialized, listening, ready). The same words again are the
    next start, however soon: a server that dies as it starts is started at once.
    """
    rows = timeline.of_kinds({EventKind.SERVER_STARTED}).sort_by_time()
    open_starts: dict[str, _Start] = {}
    is_first = []
    for moment, source, message in zip(rows.moments(), rows["source"].tolist(), rows["message"].tolist(), strict=True):
        words = name_words(message)
        last = open_starts.get(source)
        is_same = last is not None and moment - last.time <= BOOT and words not in last.said
        said = {words} if last is None or not is_same else last.said | {words}
        open_starts[source] = _Start(moment, said)
        is_first.append(not is_same)
    return rows[is_first]


def name_words(message: str | None) -> str:
    """What two lines that tell of a start in the same words have in common."""
    return VALUE.sub("", message or "")
