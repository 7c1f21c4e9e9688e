"""One teller under two names: where the place in the code stands for a logger, connects and ends have one each.

`[websockets.py:open()] - Websocket Opened: ID: 5484` and `[websockets.py:on_close()] - Websocket Closed: ID: 5484`, or
`handlers:41` and `handlers:66`: neither half shows what both together prove, as that several sockets were open at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from logdiag.analyzers.sides.side_clues import WORDS, UnitKey, is_library
from logdiag.events import CLOSINGS, OPENINGS, Event


def join_halves(events: Sequence[Event], services: Mapping[str, str]) -> dict[UnitKey, UnitKey]:
    """By teller: the one that it is a half of, where one tells of connects alone, and another one of ends alone.

    Only where they are the only two of their files, or the two of one file of code. `services` are those of files.
    """
    opens: dict[tuple[str, str], set[str]] = defaultdict(set)
    closes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in events:
        if event.kind in WORDS and not is_library(event.service):
            halves = opens if event.kind in OPENINGS else closes if event.kind in CLOSINGS else None
            if halves is not None:
                halves[event.source, services[event.file]].add(event.service)
    found: dict[UnitKey, UnitKey] = {}
    for files, openers in opens.items():
        closers = closes.get(files, set())
        if openers & closers:
            continue
        for closer in closers:
            mates = [one for one in openers if _find_stem(one) == _find_stem(closer)]
            if len(openers) == len(closers) == 1:
                mates = list(openers)
            if len(mates) == 1:
                found[*files, closer] = (*files, mates[0])
    return found


def _find_stem(service: str) -> str:
    """The file of code that a name starts with."""
    return service.partition(":")[0]
