"""Lines that say how many are connected: written as one comes or goes, they tell of connects, but not whose."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later

_WHO: Final = r"(?:socket|client|user|player|connection|peer|viewer|session|device|member|participant)s?"
_HOW: Final = r"(?:connected|online|active|open)"
LEAST_COUNTS: Final = 4  # a choice: an end has a code, an age and a size at the most
_SUMMARY: Final = compile_later(
    r"(?i)<n> (?:total|current|active|open|connected)\b|\b(?:total|current|active|open)\W{0,3}<n>"
)
_COUNT: Final = compile_later(
    rf"(?i)\W{{0,4}}(?:<n> (?:web ?)?{_WHO} (?:are |is |now |currently )*{_HOW}(?: now)?"
    rf"|(?:number of |total |current )*{_HOW} (?:web ?)?{_WHO}\W{{1,3}}<n>"
    rf"|(?:number of |total |current )*{_WHO} {_HOW}\W{{1,3}}<n>)\W{{0,3}}"
)


@lru_cache(maxsize=65_536)  # templates, of millions of lines
def counts_connections(template: str) -> bool:
    """Whether all that a masked message says is how many there are."""
    return _COUNT.fullmatch(template) is not None


@lru_cache(maxsize=65_536)
def sums_up(template: str) -> bool:
    """Whether a masked message is a summary of many counts, as WebSocketMessageBrokerStats of Spring, of nobody."""
    counts_count = template.count("<n>")
    is_bare = counts_count >= LEAST_COUNTS and template.count("<") == counts_count
    return is_bare and _SUMMARY.search(template) is not None


def counts_alone(template: str) -> bool:
    """Whether a masked message says how many there are, of one kind or in a summary, and nothing of any one."""
    return counts_connections(template) or sums_up(template)
