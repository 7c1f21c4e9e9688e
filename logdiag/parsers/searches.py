"""Many expressions searched for in one pass over the bytes: by Hyperscan, or by `re` where that is not installed.

Hyperscan has no wheel for Windows on ARM, nor for Alpine on ARM. What `re` finds there is in the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, Protocol

from logdiag.deferred import compile_later

try:
    import hyperscan
except ImportError:
    hyperscan = None  # type: ignore[assignment]

# In the manner of Hyperscan: the number of the expression, nothing, where the match ends, nothing, nothing.
Note = Callable[[int, int, int, int, object], None]
GAP: Final = rb'[^\n"]*'  # of any length within one text of a record; stands between two parts of an expression

# Lines that are searched for some hundred texts one after the other, 50 to 100 µs each, before a pattern of all, which
# is compiled in 20 ms, finds them in a seventh of that time.
PLAIN_QUESTIONS: Final = 200


class Wanted(NamedTuple):
    """An expression that means the same to Hyperscan and to `re`, where a dot is any byte.

    Line ends stand at its beginning and at its end alone; `GAP` stands in it once at most. `choices`: expressions of
    which it is any, if Hyperscan shall compile them each by itself: a hundred texts take it a tenth of a choice of ten.
    """

    expression: bytes
    ignores_case: bool = False
    choices: tuple[bytes, ...] = ()


class Search(Protocol):
    """Tells where matches end: for each expression, of each line in which one ends, at least one; by ascending place.

    The byte before the end of a match is the place that counts; a line end belongs to the line that it ends.
    """

    def scan(self, data: bytes | memoryview, note: Note) -> None:
        """Call `note` for every match that is found."""


def compile_search(wanted: Sequence[Wanted]) -> Search:
    """The search for some expressions, which are numbered from 0."""
    return PlainSearch(wanted) if hyperscan is None else FastSearch(wanted)


class AnyText:
    """Tells whether bytes hold any of some texts; a pattern for them all is compiled as soon as that pays."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._texts = tuple(texts)
        self._asked_count = 0

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(_join_by_prefix(set(self._texts)) if self._texts else b"(?!)")

    def is_in(self, data: bytes) -> bool:
        """Whether one of them is there."""
        if self._asked_count < PLAIN_QUESTIONS:
            self._asked_count += 1
            return any(map(data.__contains__, self._texts))
        return self._pattern.search(data) is not None


@lru_cache(maxsize=8)
def find_any(texts: tuple[bytes, ...]) -> AnyText:
    """The search for any of some texts, made once for all who ask for the same."""
    return AnyText(texts)


@lru_cache(maxsize=8)
def drop_longer(contained: frozenset[str]) -> tuple[bytes, ...]:
    """Some texts without those that contain another one of them: whoever has the longer one has the shorter."""
    texts = sorted(text.encode() for text in contained)
    joined = b"\n".join(texts)
    inner = [text for text in texts if joined.count(text) > 1]
    return tuple(text for text in texts if not any(part in text and part != text for part in inner))


def _join_by_prefix(texts: set[bytes]) -> bytes:
    """A pattern for any of the texts, as a tree of their common beginnings: three times as fast as a flat choice."""
    if b"" in texts:
        return b""
    rests: dict[bytes, set[bytes]] = {}
    for text in texts:
        rests.setdefault(text[:1], set()).add(text[1:])
    branches = [re.escape(head) + _join_by_prefix(rests[head]) for head in sorted(rests)]
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"


class FastSearch:
    """By Hyperscan, which tells every match; compiled in 100 ms or so, for one thread at a time.

    It keeps to the order of places within one expression, not always among several, so that what it finds is sorted.
    """

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        cases = {False: 0, True: hyperscan.HS_FLAG_CASELESS}
        rows = [(text, number) for number, row in enumerate(wanted) for text in row.choices or (row.expression,)]
        self._database.compile(
            expressions=[text for text, _ in rows],
            ids=[number for _, number in rows],
            elements=len(rows),
            flags=[hyperscan.HS_FLAG_DOTALL | cases[wanted[number].ignores_case] for _, number in rows],
        )

    def scan(self, data: bytes | memoryview, note: Note) -> None:
        """Call `note` for every match."""
        found: set[tuple[int, int]] = set()  # two choices may end at one place

        def keep(number: int, _from: int, end: int, _flags: int, _context: object) -> None:
            found.add((end, number))

        self._database.scan(data, match_event_handler=keep)  # type: ignore[type-var]  # its stubs know no buffers
        for end, number in sorted(found):
            note(number, 0, end, 0, None)


class PlainSearch:
    """By `re`, one expression after the other: twenty-five times as slow on the logs of the tests."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        # `re` finds a text ten times as fast if its case counts. So it does in lower case, for what is written so.
        self._lowered = {number: Chain(row.expression) for number, row in enumerate(wanted) if _is_low(row)}
        self._others = {
            number: Chain(row.expression, ignores_case=row.ignores_case)
            for number, row in enumerate(wanted)
            if not _is_low(row)
        }

    def scan(self, data: bytes | memoryview, note: Note) -> None:
        """Call `note` for one match of each line and expression."""
        text = bytes(data)
        found = [(end, number) for number, chain in self._others.items() for end in _find_lines(chain, text)]
        if self._lowered:
            text = text.lower()
            found += [(end, number) for number, chain in self._lowered.items() for end in _find_lines(chain, text)]
        for end, number in sorted(found):
            note(number, 0, end, 0, None)


def _is_low(row: Wanted) -> bool:
    return row.ignores_case and row.expression == row.expression.lower()


def _find_lines(chain: Chain, text: bytes) -> Iterator[int]:
    """An end of a match for each line that has one."""
    start = 0
    while (found := chain.search(text, start, len(text))) is not None:
        yield found.end
        line_end = text.find(b"\n", found.end - 1)
        if line_end < 0:
            return
        start = max(line_end, found.start + 1)


class MatchSpan(NamedTuple):
    """Where a match begins and ends."""

    start: int
    end: int


class Chain:
    """An expression for `re`, searched for in time that grows with the text alone though it has a `GAP`.

    If the second part does not follow the first before the next quote or line end, it follows no other place before
    that one either.
    """

    def __init__(self, expression: bytes, *, ignores_case: bool = False) -> None:
        flags = re.DOTALL | (re.IGNORECASE if ignores_case else 0)
        first, *rest = expression.split(GAP)
        self._first = re.compile(first, flags)
        self._second = re.compile(rest[0], flags) if rest else None
        if len(rest) > 1:
            raise ValueError("more than one gap")

    def search(self, text: bytes | bytearray, start: int, end: int) -> MatchSpan | None:
        """The first match that begins and ends in `text[start:end]`."""
        if self._second is None:
            found = self._first.search(text, start, end)
            return None if found is None else MatchSpan(*found.span())
        second = None
        while (first := self._first.search(text, start, end)) is not None:
            if second is None or second.start() < first.end():
                second = self._second.search(text, first.end(), end)
            if second is None:
                return None
            if (barrier := _find_barrier(text, first.end(), second.start())) < 0:
                return MatchSpan(first.start(), second.end())
            start = barrier
        return None


_BARRIER: Final = compile_later(rb'[\n"]')


def _find_barrier(text: bytes | bytearray, start: int, end: int) -> int:
    found = _BARRIER.search(text, start, end)
    return -1 if found is None else found.start()
