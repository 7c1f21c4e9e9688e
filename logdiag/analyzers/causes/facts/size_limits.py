"""The size limit that the lines state which say that a message was too large."""

from __future__ import annotations

from typing import Final

from logdiag.analyzers.causes.reasons import PAYLOAD
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.rows import Rows

# "limit is 65,536", "exceeds limit 4194304", "allowed limit of 524288", "maximum [8192]", "(1048577 > 1048576 bytes)",
# "1398101 vs 1048576".
LIMIT: Final = compile_later(
    r"(?i)(?:\b(?:limit|allowed|max(?:imum)?)\b(?:[^\d\n]|\d(?=[a-z])){0,24}?|\d ?> ?|\d vs )"
    r"(?<![\d.,])(?P<number>\d{1,3}(?:,\d{3})+|\d{3,12})(?![\d.,]*\d| ?>| vs \d)(?: ?(?P<unit>[km]i?b)\b)?"
)
UNITS: Final = {"kb": 1_000, "kib": 1_024, "mb": 1_000_000, "mib": 1_048_576}
ENDS: Final = (EventKind.SERVER_ERROR, EventKind.SERVER_DISCONNECTED, EventKind.DISCONNECTED)


def find_stated_limit(timeline: Rows) -> int | None:
    """The limit in bytes that all lines agree on that name one; None where none does, or they name several."""
    rows = timeline.of_kinds(ENDS)
    texts = {text for name in ("message", "error", "reason") for text in rows[name].known()}
    # Few lines name a number as a limit; that is told in a fifth of the time that the words for its reason take.
    limits = {limit for text in texts if (limit := read_limit(text)) is not None and PAYLOAD.search(text)}
    return limits.pop() if len(limits) == 1 else None


def read_limit(text: str) -> int | None:
    """The limit that a line names.

    >>> read_limit("The text message was too big: its size is 70,000 bytes, the limit is 65,536")
    65536
    """
    found = LIMIT.search(text)
    if found is None:
        return None
    return int(found["number"].replace(",", "")) * UNITS.get((found["unit"] or "").lower(), 1)
