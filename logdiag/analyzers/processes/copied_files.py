"""Files that tell nothing but what another file of their folder tells, word for word: an export beside its log.

Two processes never write the same messages at the same instants, so they are no two ends of the connections either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from logdiag.events import BOUNDS, Event

FEWEST_LINES: Final = 6  # a choice: fewer may meet by chance where stamps have whole seconds


def find_copied_files(events: Sequence[Event]) -> dict[str, str]:
    """Each file whose connects and ends all stand in another of its folder, and which; of two equal ones the later."""
    files: dict[str, set[str]] = defaultdict(set)
    for event in events:
        files[event.source].add(event.file)
    told: dict[tuple[str, str], set[tuple[datetime, str]]] = defaultdict(set)
    for event in events:
        if event.kind in BOUNDS and len(files[event.source]) > 1:
            told[event.source, event.file].add((event.time, event.message))
    firsts = {key: min(lines) for key, lines in told.items()}
    wanted = {(source, line) for (source, _), line in firsts.items()}
    holders: dict[tuple[str, tuple[datetime, str]], list[str]] = defaultdict(list)
    for (source, file), lines in sorted(told.items()):
        for line in lines:
            if (source, line) in wanted:
                holders[source, line].append(file)
    copies: dict[str, str] = {}
    for (source, file), lines in sorted(told.items()):
        if len(lines) < FEWEST_LINES:
            continue
        for other in holders[source, firsts[source, file]]:  # who has all of them has the first
            others = told[source, other]
            if other == file or other in copies or not lines <= others:
                continue
            if lines != others or other < file:
                copies[file] = other
                break
    return copies


def part_copies(
    events: Sequence[Event], again: Collection[tuple[str, int]] = ()
) -> tuple[Sequence[Event], Sequence[Event]]:
    """The events without those of copied files and those at the places `again`, and these."""
    copies = [event for event in events if (event.file, event.line) in again] if again else []
    events = [event for event in events if (event.file, event.line) not in again] if again else events
    if not (copied := find_copied_files(events)):
        return events, copies
    copies += [event for event in events if event.file in copied]
    return [event for event in events if event.file not in copied], copies


def tell_copies(copies: Sequence[Event], told: Iterable[Event]) -> list[Event]:
    """The copied lines as what they are copies of is told: then they are left out and counted with other copies."""
    if not copies:
        return []
    originals = {(event.source, event.time, event.message): event for event in told}
    found = ((event, originals.get((event.source, event.time, event.message))) for event in copies)
    return [replace(own, file=event.file, line=event.line) for event, own in found if own is not None]
