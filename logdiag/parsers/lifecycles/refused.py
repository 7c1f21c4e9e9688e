"""Attempts to connect again that the system says were refused: `no answer from quay`, `err: connect ECONNREFUSED …`.

Any process asks others that refuse it. What it asks for its connection it asks only while that is down.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from logdiag.parsers.lifecycles.pairs import Pair, Series, is_foreign_series
from logdiag.parsers.lifecycles.reasons import MESSAGE, list_scalars
from logdiag.parsers.lifecycles.sightings import Sighting

REFUSED: Final = "ECONNREFUSED"
LEAST_REFUSED: Final = 3
LEAST_OUTAGES: Final = 2  # of a single one, another service may have been away for the same reason


def find_refused(pair: Pair, series: Sequence[Series]) -> Iterator[Series]:
    """The wordings not known whose every line tells of a refusal, and stands where a pair's connection is down."""
    changes: dict[tuple[str, str], list[tuple[datetime, bool]]] = defaultdict(list)
    for one, opens in ((pair.opener, True), (pair.closer, False)):
        for row in one.sightings:
            changes[row.stream].append((row.time, opens))
    for rows in changes.values():
        rows.sort()
    for one in series:
        if one.kind is not None or len(one.sightings) < LEAST_REFUSED or is_foreign_series(one):
            continue
        if all(find_place(row) is not None for row in one.sightings) and _are_in_outages(one.sightings, changes):
            yield one


def find_place(row: Sighting) -> str | None:
    """The dotted path of the key that holds the system's word (`message`: the text itself); None: nothing does."""
    if REFUSED in row.record.message:
        return MESSAGE
    scalars = list_scalars(row.record.fields)
    return next((path for path, value in scalars if isinstance(value, str) and REFUSED in value), None)


def _are_in_outages(rows: Sequence[Sighting], changes: dict[tuple[str, str], list[tuple[datetime, bool]]]) -> bool:
    """Whether each line stands between a close and the next open of its own process, in several such times."""
    outages = set[tuple[tuple[str, str], int]]()
    for row in rows:
        own = changes.get(row.stream, [])
        place = bisect_left(own, (row.time, False))
        if place == 0 or own[place - 1][1]:
            return False
        outages.add((row.stream, place))
    return len(outages) >= LEAST_OUTAGES
