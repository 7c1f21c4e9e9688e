"""Handshakes that a server tells of and that end before it accepts them: nothing was open, so nothing ended.

Daphne writes WSCONNECTING for each handshake, WSCONNECT once the application accepts it, and WSDISCONNECT for any that
is over: also for one whose application raised an error, or whose client went away before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.events import EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import UNACCEPTED
from logdiag.rows import Rows
from logdiag.verdict import Severity

READ: Final = ("time", "kind", "source", "socket_id")
KINDS: Final = (
    EventKind.SERVER_CONNECTING,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_DISCONNECTED,
    EventKind.SERVER_ERROR,
)
ENDED: Final = "handshake-ended"  # the code of a row that was the end of such a handshake
AT_ONCE: Final = timedelta(seconds=1)  # the access line's stamp has whole seconds: the error stands within one of it
LONGEST_TOLD: Final = 100  # a choice: a line and a half of a terminal


def forget_unaccepted(timeline: Rows) -> Rows:
    """The timeline in which the end of a handshake that was never accepted is an error of the server."""
    rows = timeline.of_kinds(KINDS)
    rows = rows[rows["socket_id"].notna()]
    if not (rows["kind"] == EventKind.SERVER_CONNECTING.value).any():
        return timeline
    under_way: set[tuple[str, str]] = set()
    found = []
    columns = (rows[name].tolist() for name in ("kind", "source", "socket_id"))
    for place, kind, *key in zip(rows.places.tolist(), *columns, strict=True):
        socket = (key[0], key[1])
        if kind == EventKind.SERVER_CONNECTING:
            under_way.add(socket)
            continue
        if kind == EventKind.SERVER_DISCONNECTED and socket in under_way:
            found.append(place)
        under_way.discard(socket)
    if not found:
        return timeline
    errors = timeline.replace("kind", dict.fromkeys(found, EventKind.SERVER_ERROR.value))
    return errors.replace("code", dict.fromkeys(found, ENDED))


def find_unaccepted(timeline: Rows) -> tuple[Finding, ...]:
    """How many handshakes were never accepted, and which error the application raised beside most of them."""
    rows = timeline.of_kinds({EventKind.SERVER_ERROR})
    ended = rows[rows["code"] == ENDED]
    if not len(ended):
        return ()
    times = ended.moments()
    stated = _list_stated(ended, rows[rows["socket_id"].isna() & rows["error"].notna()])
    ((told, told_count),) = Counter(stated).most_common(1) or ((None, 0),)
    numbers: dict[str, Number] = {
        "count": len(ended),
        "of_count": len(timeline.of_kinds({EventKind.SERVER_CONNECTING})),
        "stated_count": len(stated),
        "told": None if told is None else told.rstrip(".")[:LONGEST_TOLD],
        "told_count": told_count,
        "first_time": min(times).isoformat(),
        "last_time": max(times).isoformat(),
    }
    places = zip(ended["file"].tolist(), ended["line"].tolist(), strict=True)
    shown = tuple(Evidence(file, int(line)) for file, line in places)[:SHOWN]
    return (Finding(UNACCEPTED, Severity.INFO, numbers, shown),)


def _list_stated(ended: Rows, errors: Rows) -> list[str]:
    """The errors of the same process beside these ends, each once: those that name no socket, in their moment."""
    told: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    columns = errors["source"].tolist(), errors.moments(), errors["error"].tolist()
    for source, moment, error in zip(*columns, strict=True):
        told[source].append((moment, error))
    found = []
    for source, moment in zip(ended["source"].tolist(), ended.moments(), strict=True):
        place = _find_beside(told[source], moment)
        if place is not None:
            found.append(told[source].pop(place)[1])
    return found


def _find_beside(errors: Sequence[tuple[datetime, str]], moment: datetime) -> int | None:
    """The place of the first error within reach of a moment, of errors in the order of time."""
    place = bisect_left(errors, moment - AT_ONCE, key=lambda one: one[0])
    return place if place < len(errors) and errors[place][0] - moment <= AT_ONCE else None
