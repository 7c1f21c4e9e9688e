"""Files of one folder that each tell of starts of their own: instances of one program, saved side by side.

Two services of one process tell of its starts in one moment, and mostly in other words. What says the same words of a
start at other moments, while the other file goes on, is another instance. A file for each run ends before the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from logdiag.analyzers.processes.start_lines import name_words
from logdiag.events import SERVER_BOUNDS, Event, EventKind

SAME_START: Final = timedelta(seconds=1)  # a choice: what one process logs of its start in two files
MOST_SHARED: Final = 0.5  # of the starts of the file with fewer: instances are deployed together, and die apart


def find_own_starts(events: Iterable[Event], services: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The folder and the name of those files that are servers of their own by their starts; `services` are by path."""
    starts: dict[tuple[str, str], dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    serving = set()
    for event in events:
        key = event.source, services[event.file]
        first, last = spans.get(key, (event.time, event.time))
        spans[key] = min(first, event.time), max(last, event.time)
        if event.kind is EventKind.SERVER_STARTED:
            starts[key][name_words(event.message)].append(event.time)
        elif event.kind in SERVER_BOUNDS:
            serving.add(key)
    own = set()
    for one, other in combinations(sorted(serving & starts.keys()), 2):
        is_beside = spans[one][0] < spans[other][1] and spans[other][0] < spans[one][1]
        if one[0] == other[0] and is_beside and _are_apart(starts[one], starts[other]):
            own |= {one, other}
    return frozenset(own)


def _are_apart(one: Mapping[str, list[datetime]], other: Mapping[str, list[datetime]]) -> bool:
    """Whether two files tell of starts in the same words, and of most of them at other moments."""
    pairs = [sorted((one[words], other[words]), key=len) for words in one.keys() & other.keys()]
    count = sum(len(fewer) for fewer, _ in pairs)
    shared = sum(any(abs(moment - near) <= SAME_START for near in more) for fewer, more in pairs for moment in fewer)
    return count > 0 and shared <= MOST_SHARED * count
