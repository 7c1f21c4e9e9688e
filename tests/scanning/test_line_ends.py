"""Where the lines of a block end."""

from __future__ import annotations

import random
from typing import Final

import pytest

from logdiag.scanning.line_ends import LineEnds

OBJECT: Final = b'{"a":1}\n'
BEFORE: Final = b"some of another block\n"


def end_of(line: bytes) -> list[int]:
    """Those of the ends behind the first line of a block that are of wrong shape; `line` is the second of three."""
    block = bytearray(BEFORE + OBJECT + line + b"\n" + OBJECT)
    return LineEnds(block, len(BEFORE), len(block)).find_misshapen()


@pytest.mark.parametrize("line", [b'{"a":1}', b'{"a":1}\r', b"{}\r\r", b"{}", b"", b"\r", b"\r\r"])
def test_an_object_and_an_empty_line_have_the_shape_of_a_line(line: bytes) -> None:
    """With one carriage return before the line end, with two or without."""
    assert end_of(line) == []


@pytest.mark.parametrize("line", [b"x", b"{", b"}", b'{"a":1', b'a":1}', b' {"a":1}', b'{"a":1} ', b" ", b"\0", b"x\r"])
def test_the_end_of_any_other_line_is_named(line: bytes) -> None:
    """As a place in the whole buffer."""
    assert end_of(line) == [len(BEFORE + OBJECT + line)]


def test_counts_are_those_of_the_lines_one_by_one() -> None:
    """Between any two lines, with blanks of every kind and two kinds of line ends."""
    draw = random.Random(7)  # noqa: S311  no secret
    for ending in (b"\n", b"\r\n", b"\r\r\n"):
        lines = [draw.choice((b"{}", b"text", b"", b"", b" \t", b"\x0b", b"x \x0c")) + ending for _ in range(200)]
        block = bytearray(BEFORE + b"".join(lines))
        ends = LineEnds(block, len(BEFORE), len(block))
        for first in range(1, 200, 7):
            start = len(BEFORE) + len(b"".join(lines[:first]))
            for last in range(first + 1, 200, 13):
                some = lines[first:last]
                blank_count = sum(not line.strip() for line in some)
                counted = ends.count(start, start + len(b"".join(some)))
                assert counted == (len(some) - blank_count, blank_count)
