"""Servers that crashed by their own last words, and started anew; where no line tells of an end, that is all there is.

A runtime that dies writes several lines, its own and the shell's: what stands between two starts is one crash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from logdiag.analyzers.findings.killed_servers import count_rush
from logdiag.events import EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import CRASHED_SERVERS
from logdiag.rows import Rows
from logdiag.verdict import Severity

TURNS: Final = frozenset({EventKind.PROCESS_CRASHED, EventKind.SERVER_STARTED})
LONGEST_TOLD: Final = 120  # a choice: a line and a half of a terminal


class _Crash(NamedTuple):
    """The first line of a crash, and what it says."""

    time: datetime
    told: str
    place: Evidence


def find_crashed_servers(rows: Rows) -> tuple[Finding, ...]:
    """How often a server crashed before it started anew, by which words, and how many connected right after."""
    crashes = [crash for _, own in rows.of_kinds(TURNS).part("source") for crash in _list_crashes(own)]
    if not crashes:
        return ()
    crashes.sort(key=lambda crash: crash.time)
    ((told, told_count),) = Counter(crash.told for crash in crashes).most_common(1)
    numbers: dict[str, Number] = {
        "count": len(crashes),
        "told": told,
        "told_count": told_count,
        "first_time": crashes[0].time.isoformat(),
        "last_time": crashes[-1].time.isoformat(),
        "connects_count": count_rush(rows, [crash.time for crash in crashes]),
    }
    return (Finding(CRASHED_SERVERS, Severity.INFO, numbers, tuple(crash.place for crash in crashes[:SHOWN])),)


def _list_crashes(rows: Rows) -> Iterator[_Crash]:
    """The crashes of one process that a start of its server follows: a worker's crash starts no server."""
    crash: _Crash | None = None
    columns = (rows[name] for name in ("kind", "error", "message", "file", "line"))
    for moment, kind, error, message, file, line in zip(rows.moments(), *columns, strict=True):
        if kind == EventKind.PROCESS_CRASHED:
            words = (error or message).strip().partition("\n")[0].rstrip(".")[:LONGEST_TOLD]
            crash = crash or _Crash(moment, words, Evidence(file, line))
        elif crash is not None:
            yield crash
            crash = None
