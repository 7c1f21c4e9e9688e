r"""Which lines of a block must be looked at one by one: the fast path rests on this module alone.

A line is a suspect if it contains a text that some rule needs, a `\u` escape that could hide one, or a NUL, or if it
does not begin with a brace, or does not end with one before its line end. Every other line is a record by its shape
that no rule can match: it needs no more than to be counted. A block is searched for all of this in one pass, by
Hyperscan.
"""

from __future__ import annotations

import re
import threading
from typing import Final, NamedTuple

import hyperscan

# Whatever its bytes, a line of wrong shape has one of these at or behind the line end before it.
SHAPES: Final = (rb"\n[^{]", rb"[^}\r]\n", rb"[^}\r]\r+\n", rb"\x00")


class Suspect(NamedTuple):
    """A byte of a suspicious line; `is_candidate` if a text stands there that a rule needs, or an escape."""

    place: int
    is_candidate: bool


class SuspectFinder:
    """Finds the suspects of blocks; for one thread at a time. `texts`: what lines that a rule can match contain."""

    def __init__(self, texts: tuple[bytes, ...]) -> None:
        expressions = [*map(re.escape, texts), *SHAPES]
        self._texts_count = len(texts)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=expressions,
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[hyperscan.HS_FLAG_DOTALL] * len(expressions),
        )

    def find(self, buffer: bytearray, start: int, end: int) -> list[Suspect]:
        """A suspect for every match in `buffer[start:end]`, by ascending place.

        The first line must be looked at in any case: no line end before it tells where it begins. So must a last one
        without a line end.
        """
        found: list[Suspect] = []
        texts_count = self._texts_count

        def note(identifier: int, _from: int, to: int, _flags: int, _context: object) -> None:
            found.append(Suspect(start + to - 1, identifier < texts_count))

        with memoryview(buffer) as view, view[start:end] as part:
            self._database.scan(part, match_event_handler=note)  # type: ignore[type-var]  # its stubs know no buffers
        return found


_OWN: Final = threading.local()


def get_finder(texts: tuple[bytes, ...]) -> SuspectFinder:
    """The finder of this thread for `texts`."""
    finders: dict[tuple[bytes, ...], SuspectFinder] = _OWN.__dict__.setdefault("finders", {})
    if texts not in finders:
        finders[texts] = SuspectFinder(texts)
    return finders[texts]
