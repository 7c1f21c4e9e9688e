"""Where the lines of a block end, found once: for the shapes of its lines, and to count those that nobody looks at."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from logdiag.deferred import compile_later
from logdiag.parsers.forms.records import BRACE, CLOSING_BRACE

LINE_END: Final = 10
RETURN: Final = 13
SPACE: Final = 32
MOST_RETURNS: Final = 2  # before one line end: a file that was changed for Windows twice
BLANK_LINE: Final = compile_later(rb"\n(?=[ \t\r\x0b\x0c]*\n)")  # the line end before it


class LineCounts(NamedTuple):
    """How many lines there are that are not blank, and how many that are."""

    filled_count: int
    blank_count: int


class LineEnds:
    """The line ends of `buffer[start:end]`, which are looked for once; to ask for a few lines is quick.

    Where each of them stands, and what stands before it but for `MOST_RETURNS` carriage returns.
    """

    def __init__(self, buffer: bytearray, start: int, end: int) -> None:
        self._buffer, self._start = buffer, start
        cells = np.frombuffer(buffer, np.uint8, end - start, start)
        self._ends = np.flatnonzero(cells == LINE_END)
        self._last = cells[self._ends - 1]
        for back in range(2, 2 + MOST_RETURNS):
            returns = self._last == RETURN
            if not returns.any():
                break
            self._last = np.where(returns, cells[self._ends - back], self._last)
        self._may_be_blank = self._last <= SPACE
        self._has_blank = bool(self._may_be_blank.any())

    def find_misshapen(self) -> list[int]:
        """The ends of all lines but the first that are neither blank nor go from one brace to another.

        Between a brace and the line end up to `MOST_RETURNS` carriage returns may stand.
        """
        cells = np.frombuffer(self._buffer, np.uint8, offset=self._start)
        last = self._last[1:]
        is_object = (cells[self._ends[:-1] + 1] == BRACE) & (last == CLOSING_BRACE)
        odd = np.flatnonzero(~(is_object | (last == LINE_END)))
        return [] if not odd.size else (self._ends[odd + 1] + self._start).tolist()

    def count(self, start: int, end: int) -> LineCounts:
        """Count the lines of `buffer[start:end]`: whole ones, of which none is the first of all."""
        low, high = self._ends.searchsorted((start - self._start, end - self._start)).tolist()
        if not self._has_blank:
            return LineCounts(high - low, 0)
        blank_count = int(np.count_nonzero(self._may_be_blank[low:high]))  # if none has blanks at its end
        if blank_count > np.count_nonzero(self._last[low:high] == LINE_END):
            blank_count = len(BLANK_LINE.findall(self._buffer, start - 1, end))
        return LineCounts(high - low - blank_count, blank_count)
