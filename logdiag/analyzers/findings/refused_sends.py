"""Sends that went nowhere: a client's while its own connection was down, a server's to a client that was not there.

No push that goes out dies of them, so that the ledger of pushes holds none of them; what was to be sent was lost all
the same unless somebody kept it, and of that such a line says nothing. Where another line of that moment says that a
push of the same client failed, both tell of one, and the ledger knows what became of it. Numbered tries are their own
retries, told there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from logdiag.analyzers.processes.processes import ECHO
from logdiag.events import SERVER_SAYS, EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence
from logdiag.results.finding_ids import REFUSED_SENDS, UNSENT
from logdiag.rows import Rows, find_client_connections
from logdiag.verdict import Severity


class _Refused(NamedTuple):
    time: datetime
    connection: str
    source: str
    evidence: Evidence


def find_refused_sends(timeline: Rows) -> tuple[Finding, ...]:
    """How many lines tell of such sends, and where the first stand; a finding for each kind that there is.

    Who tells of its own connecting is a client: what it cannot send, it cannot send because it is offline itself.
    """
    rows = timeline.of_kinds({EventKind.EMIT_REFUSED})
    rows = rows[rows["count"].isna()]
    if not len(rows):
        return ()
    clients = set(find_client_connections(timeline))
    servers = set(timeline.of_kinds(SERVER_SAYS)["source"])
    homes = set(timeline[timeline["connection"].isin(clients)]["source"]) - servers
    mine: list[_Refused] = []
    others: list[_Refused] = []
    names = ("connection", "source", "file", "line")
    columns = (rows[name].tolist() for name in names)
    for time, connection, source, file, line in zip(rows.moments(), *columns, strict=True):
        is_own = connection in clients or source in homes
        (mine if is_own else others).append(_Refused(time, connection, source, Evidence(file, int(line))))
    told = [(UNSENT, _leave_failed_pushes(mine, timeline)), (REFUSED_SENDS, others)]
    return tuple(
        Finding(name, Severity.INFO, {"count": len(sends)}, tuple(one.evidence for one in sends[:SHOWN]))
        for name, sends in told
        if sends
    )


def _leave_failed_pushes(sends: list[_Refused], timeline: Rows) -> list[_Refused]:
    """Those that no line of a failed push beside them tells of as well, one for one."""
    rows = timeline.of_kinds({EventKind.PUSH_FAILED})
    failed: dict[str, list[datetime]] = defaultdict(list)
    for time, source in zip(rows.moments(), rows["source"].tolist(), strict=True):
        failed[source].append(time)
    return [one for one in sends if not _take(failed[one.source], one.time, ECHO)]


def _take(times: list[datetime], moment: datetime, reach: timedelta) -> bool:
    """Whether one of the times in order lies so near; it is taken out, the earliest first."""
    place = bisect_left(times, moment - reach)
    if place == len(times) or times[place] > moment + reach:
        return False
    times.pop(place)
    return True
