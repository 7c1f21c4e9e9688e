r"""Which lines of a block must be looked at one by one: the fast path rests on this module alone.

A line is a suspect if it contains a text that some rule needs, what could hide one (`hiding`), or a NUL, or if it
does not begin with a brace, or does not end with one before its line end. Every other line is empty, or a record by its
shape that no rule can match: it needs no more than to be counted. A block is searched for texts in one pass, by
Hyperscan where there is one; shapes are told by its line ends, which are listed to count the lines. Some expressions
are searched for roughly, which is faster, and what is found is checked; until checks without a hit have cost as much as
it takes to compile them as they are.
"""

from __future__ import annotations

import re
import threading
from typing import Final, NamedTuple

from logdiag.parsers.lexicon.needles import Expression
from logdiag.parsers.searches import Chain, Search, Wanted, compile_search
from logdiag.scanning.line_ends import LineEnds

NUL: Final = rb"\x00"
MOST_MISSES: Final = 50_000  # checks, of 2 to 3 µs each; to compile takes 100 to 150 ms


class Suspect(NamedTuple):
    """A byte of a suspicious line; `is_candidate` if a text stands there that a rule needs, or what may hide one."""

    place: int
    is_candidate: bool


class SuspectFinder:
    """Finds the suspects of blocks; for one thread at a time.

    `texts`: what lines that a rule can match contain; `expressions`: what other lines of interest match, in any case.
    With `has_braces` every line shall be a JSON object.
    """

    def __init__(
        self, texts: tuple[bytes, ...], expressions: tuple[Expression, ...] = (), *, has_braces: bool = True
    ) -> None:
        self._texts, self._expressions = texts, expressions
        self._has_braces = has_braces
        self._misses_count = 0
        self._doubtful = {
            number: Chain(expression.exact, ignores_case=True)
            for number, expression in enumerate(expressions, len(texts))
            if expression.rough is not None
        }
        self._search = self._compile(
            [Wanted(row.rough or row.exact, ignores_case=True, choices=row.choices) for row in expressions]
        )

    def _compile(self, expressions: list[Wanted]) -> Search:
        """All that is searched for, numbered in the order of texts, expressions and NUL."""
        return compile_search([*(Wanted(re.escape(text)) for text in self._texts), *expressions, Wanted(NUL)])

    def find(self, buffer: bytearray, start: int, end: int, ends: LineEnds | None = None) -> list[Suspect]:
        """A suspect for every match in `buffer[start:end]`, by ascending place. `ends` are its line ends, if known.

        Empty lines are none, for there may be millions of them: whoever counts the others passes over them. The first
        line must be looked at in any case: no line end before it tells where it begins. So must a last one without a
        line end.
        """
        found: list[Suspect] = []
        wanted_count = len(self._texts) + len(self._expressions)
        if self._doubtful and self._misses_count > MOST_MISSES:
            self._doubtful = {}
            self._search = self._compile(
                [Wanted(row.exact, ignores_case=True, choices=row.choices) for row in self._expressions]
            )
        doubtful = self._doubtful

        def note(identifier: int, _from: int, to: int, _flags: int, _context: object) -> None:
            place = start + to - 1
            if identifier in doubtful and not _is_in_line(doubtful[identifier], buffer, start, place, end):
                self._misses_count += 1
            else:
                found.append(Suspect(place, identifier < wanted_count))

        with memoryview(buffer) as view, view[start:end] as part:
            self._search.scan(part, note)
        if not self._has_braces:  # a line of text may begin and end with anything
            return found
        misshapen = (ends or LineEnds(buffer, start, end)).find_misshapen()
        return sorted([*found, *(Suspect(place, is_candidate=False) for place in misshapen)]) if misshapen else found


def _is_in_line(chain: Chain, buffer: bytearray, start: int, place: int, end: int) -> bool:
    """Whether an expression matches somewhere in the line of `buffer[start:end]` that holds `place`."""
    stop = buffer.find(b"\n", place, end)
    return chain.search(buffer, buffer.rfind(b"\n", start, place) + 1 or start, end if stop < 0 else stop) is not None


_OWN: Final = threading.local()


def get_finder(
    texts: tuple[bytes, ...], expressions: tuple[Expression, ...] = (), *, has_braces: bool = True
) -> SuspectFinder:
    """The finder of this thread for `texts` and `expressions`."""
    finders: dict[tuple[object, ...], SuspectFinder] = _OWN.__dict__.setdefault("finders", {})
    key = (texts, expressions, has_braces)
    if key not in finders:
        finders[key] = SuspectFinder(texts, expressions, has_braces=has_braces)
    return finders[key]
