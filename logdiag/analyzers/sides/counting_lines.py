"""Lines that say how many are connected: written as one comes or goes, they tell of connects, but not whose."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later

_WHO: Final = r"(?:socket|client|user|player|connection|peer|viewer|session|device|member|participant)s?"
_HOW: Final = r"(?:connected|online|active|open)"
_COUNT: Final = compile_later(
    rf"(?i)\W{{0,4}}(?:<n> (?:web ?)?{_WHO} (?:are |is |now |currently )*{_HOW}(?: now)?"
    rf"|(?:number of |total |current )*{_HOW} (?:web ?)?{_WHO}\W{{1,3}}<n>"
    rf"|(?:number of |total |current )*{_WHO} {_HOW}\W{{1,3}}<n>)\W{{0,3}}"
)


@lru_cache(maxsize=65_536)  # templates, of millions of lines
def counts_connections(template: str) -> bool:
    """Whether all that a masked message says is how many there are."""
    return _COUNT.fullmatch(template) is not None
