"""Containers that never stay up, by the word of the platform that starts them again and again."""

from __future__ import annotations

from collections import Counter
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import CRASH_LOOPS
from logdiag.rows import Rows
from logdiag.verdict import Severity

BACKS_OFF: Final = compile_later(r"(?i)\bback-off (?:\S{1,10} )?restarting failed container\b")
LEAST_LINES: Final = 3  # a choice: a container that failed twice may stand now


def find_crash_loops(timeline: Rows) -> tuple[Finding, ...]:
    """How many containers the platform waits to start again, the commonest by name."""
    rows = timeline.of_kinds({EventKind.PLATFORM_EXIT})
    columns = (rows[name].tolist() for name in ("channel", "reason", "file", "line"))
    told = [
        (channel, Evidence(file, int(line)))
        for channel, reason, file, line in zip(*columns, strict=True)
        if isinstance(channel, str) and BACKS_OFF.search(reason or "")
    ]
    counts = Counter(channel for channel, _ in told)
    looping = [(name, count) for name, count in counts.most_common() if count >= LEAST_LINES]
    if not looping:
        return ()
    name, named_count = looping[0]
    numbers: dict[str, Number] = {
        "count": sum(count for _, count in looping),
        "containers_count": len(looping),
        "name": name,
        "named_count": named_count,
    }
    if len(looping) > 1:
        numbers |= {"second": looping[1][0], "second_count": looping[1][1]}
    places = dict(reversed(told))
    return (Finding(CRASH_LOOPS, Severity.INFO, numbers, tuple(places[one] for one, _ in looping[:SHOWN])),)
