"""Attempts to connect again that were refused: `no answer from quay`, `err: connect ECONNREFUSED …`, `jwt expired`.

The system or a token library says so, in words that no application chooses. Any process asks others that refuse it.
What it asks for its connection it asks only while that is down.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.lifecycles.pairs import Pair, Series, is_foreign_series
from logdiag.parsers.lifecycles.reasons import MESSAGE, UNTRUSTED, list_scalars
from logdiag.parsers.lifecycles.sightings import Sighting

REFUSED: Final = "ECONNREFUSED"
_UNTRUSTED: Final = compile_later(rf"(?i)(?<![a-z])(?:{UNTRUSTED})(?![a-z])")
# A request of its own to an address: what is asked over HTTP while the socket is down has a key of its own.
_REQUEST: Final = compile_later(
    r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD)\b|(?i:\bapi\b|\bfetch|https?://)|(?<![\w/.:])/\w"
)
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
    """The dotted path of the key that holds the word (`message`: the text itself); None: nothing does."""
    texts = [(MESSAGE, row.record.message)]
    texts += [(path, value) for path, value in list_scalars(row.record.fields) if isinstance(value, str)]
    place = next((path for path, text in texts if REFUSED in text), None)
    if place is not None or _REQUEST.search(row.record.message):
        return place
    return next((path for path, text in texts if _UNTRUSTED.search(text)), None)


def is_unanswered(one: Series) -> bool:
    """Whether nobody listened: the one that asks says so, whereas of a token both sides say that it is refused."""
    return all(REFUSED in f"{row.record.message} {row.record.fields}" for row in one.sightings)


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
