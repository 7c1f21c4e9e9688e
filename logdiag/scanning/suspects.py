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
TEXT_SHAPES: Final = (rb"\x00",)  # a line of text may begin and end with anything

WHATEVER_CASE: Final = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL


class Suspect(NamedTuple):
    """A byte of a suspicious line; `is_candidate` if a text stands there that a rule needs, or an escape."""

    place: int
    is_candidate: bool


class SuspectFinder:
    """Finds the suspects of blocks; for one thread at a time.

    `texts`: what lines that a rule can match contain; `expressions`: what other lines of interest match, in any case.
    With `has_braces` every line shall be a JSON object.
    """

    def __init__(
        self, texts: tuple[bytes, ...], expressions: tuple[bytes, ...] = (), *, has_braces: bool = True
    ) -> None:
        shapes = SHAPES if has_braces else TEXT_SHAPES
        wanted = [*map(re.escape, texts), *expressions]
        flags = [hyperscan.HS_FLAG_DOTALL] * len(texts) + [WHATEVER_CASE] * len(expressions)
        self._wanted_count = len(wanted)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[*wanted, *shapes],
            ids=list(range(len(wanted) + len(shapes))),
            elements=len(wanted) + len(shapes),
            flags=[*flags, *[hyperscan.HS_FLAG_DOTALL] * len(shapes)],
        )

    def find(self, buffer: bytearray, start: int, end: int) -> list[Suspect]:
        """A suspect for every match in `buffer[start:end]`, by ascending place.

        The first line must be looked at in any case: no line end before it tells where it begins. So must a last one
        without a line end.
        """
        found: list[Suspect] = []
        wanted_count = self._wanted_count

        def note(identifier: int, _from: int, to: int, _flags: int, _context: object) -> None:
            found.append(Suspect(start + to - 1, identifier < wanted_count))

        with memoryview(buffer) as view, view[start:end] as part:
            self._database.scan(part, match_event_handler=note)  # type: ignore[type-var]  # its stubs know no buffers
        return found


_OWN: Final = threading.local()


def get_finder(
    texts: tuple[bytes, ...], expressions: tuple[bytes, ...] = (), *, has_braces: bool = True
) -> SuspectFinder:
    """The finder of this thread for `texts` and `expressions`."""
    finders: dict[tuple[object, ...], SuspectFinder] = _OWN.__dict__.setdefault("finders", {})
    key = (texts, expressions, has_braces)
    if key not in finders:
        finders[key] = SuspectFinder(texts, expressions, has_braces=has_braces)
    return finders[key]
