"""Servers that were killed for want of memory, by the word of the kernel or of what runs them, and started anew.

Where no line tells of an end, no cause can claim what such a kill ended: it is said all the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.causes.platforms import LONGEST_START_S, SAME_EXIT_S
from logdiag.analyzers.processes.start_lines import pick_starts
from logdiag.deferred import compile_later
from logdiag.events import OPENINGS, EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import KILLED_SERVERS
from logdiag.rows import Rows
from logdiag.verdict import Severity

FOR_MEMORY: Final = compile_later(r"(?i)\bout of memory\b|\boom\b|\boom-?kill|\boomkilled\b|exceeds its memory")
RUSH: Final = timedelta(seconds=60)  # a choice: clients are back within a minute of a start


def find_killed_servers(timeline: Rows) -> tuple[Finding, ...]:
    """How often a process was killed for want of memory right before the server started anew, and whose that was."""
    starts = sorted(pick_starts(timeline).moments())
    kills = [kill for kill in _list_kills(timeline) if _finds_start(starts, kill[0])]
    if not kills:
        return ()
    names = Counter(name for _, name, _ in kills)
    numbers: dict[str, Number] = {
        "count": len(kills),
        "name": names.most_common(1)[0][0],
        "first_time": kills[0][0].isoformat(),
        "last_time": kills[-1][0].isoformat(),
        "connects_count": count_rush(timeline, [moment for moment, _, _ in kills]),
    }
    return (Finding(KILLED_SERVERS, Severity.INFO, numbers, tuple(place for _, _, place in kills[:SHOWN])),)


def _list_kills(timeline: Rows) -> list[tuple[datetime, str, Evidence]]:
    """The first line of each such kill, which kernel and manager tell of in several, with the name of what it hit."""
    rows = timeline.of_kinds({EventKind.PLATFORM_EXIT}).sort_by_time()
    columns = (rows[name].tolist() for name in ("channel", "reason", "file", "line"))
    kills: list[tuple[datetime, str, Evidence]] = []
    for moment, name, reason, file, line in zip(rows.moments(), *columns, strict=True):
        is_new = not kills or (moment - kills[-1][0]).total_seconds() > SAME_EXIT_S
        if is_new and isinstance(name, str) and FOR_MEMORY.search(reason or ""):
            kills.append((moment, name, Evidence(file, int(line))))
    return kills


def _finds_start(starts: list[datetime], moment: datetime) -> bool:
    place = bisect_left(starts, moment)
    return place < len(starts) and (starts[place] - moment).total_seconds() <= LONGEST_START_S


def count_rush(timeline: Rows, deaths: list[datetime]) -> int:
    """How many connects came within a minute of the time in which a server was started again after one of these."""
    opened = timeline.of_kinds(OPENINGS).moments()
    longest = timedelta(seconds=LONGEST_START_S) + RUSH
    return sum(any(death <= moment <= death + longest for death in deaths) for moment in opened)
