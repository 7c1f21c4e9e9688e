"""Searching with Hyperscan and without: the same lines."""

from __future__ import annotations

import random
import re
from importlib.util import find_spec
from typing import Final

import pytest

from logdiag.parsers.lexicon import needles
from logdiag.parsers.lexicon.needles import NEEDLES, may_understand
from logdiag.parsers.searches import GAP, PLAIN_QUESTIONS, AnyText, Chain, FastSearch, PlainSearch, Search, Wanted
from tests.folding import each

FAST: Final = pytest.mark.skipif(find_spec("hyperscan") is None, reason="there is no Hyperscan to compare with")
# What begins a match, what ends one, what must not stand between, and what is near a match only.
PIECES: Final = (
    "server ", "Server", "master", "listening", "READY", "socket.", "socket", "ws]", "closed", "close", "lost", "user ",
    "user", "USER#", " joined", "joined", " left ", "left", '"', "\n", "\r\n", "\0", "{", "}", "watchdog", "timeout 30",
    "timeout", "error", "initializing ", "发送", "失败", "断开", "Connect", "connected_", "emitting", "size=123",
    "size=12", "İnit", "x" * 90,
)  # fmt: skip
# What a line of wrong shape has at or behind the line end before it.
SHAPES: Final = (rb"\n[^{\r\n]", rb"\n\r+[^{\r\n]", rb"[^}\r\n]\n", rb"[^}\r\n]\r+\n", rb"\x00")


def make_text(seed: int) -> bytes:
    draw = random.Random(seed)  # noqa: S311  no secret
    return "".join(draw.choices(PIECES, k=4_000)).encode() + b"\n"


def list_lines(search: Search, text: bytes) -> set[tuple[int, int]]:
    """The number of each expression, and the beginning of each line in which it ends."""
    found: set[tuple[int, int]] = set()
    places: list[int] = []

    def note(number: int, _from: int, end: int, _flags: int, _context: object) -> None:
        found.add((number, text.rfind(b"\n", 0, end - 1)))
        places.append(end)

    search.scan(text, note)
    assert places == sorted(places)
    return found


@FAST
@pytest.mark.parametrize("seed", range(5))
def test_re_finds_the_lines_that_hyperscan_finds(seed: int) -> None:
    """All expressions of the lexicon, the shapes of lines and texts whose case counts, with decoys beside them."""
    wanted = [Wanted(needle.exact, ignores_case=True) for needle in NEEDLES]
    wanted += [Wanted(needle.rough, ignores_case=True) for needle in NEEDLES if needle.rough]
    wanted += [Wanted(shape) for shape in SHAPES]
    wanted += [Wanted(b"READY"), Wanted(rb"[^A-Z]READY[^A-Z]"), Wanted(rb"\SREADY", ignores_case=True)]
    text = make_text(seed)
    fast, plain = list_lines(FastSearch(wanted), text), list_lines(PlainSearch(wanted), text)
    assert plain == fast
    assert len({number for number, _ in plain}) > 20


@each(
    ("text", "expected"),
    [
        (b"server is listening", (0, 19)),
        (b"server" + b" " * 5_000 + b"listening", (0, 5_015)),
        (b'server" listening', None),
        (b"server\nlistening", None),
        (b"listening server", None),
        (b'server" server listening', (8, 24)),
        (b'server server "listening" server\nserver listening', (33, 49)),
        (b"", None),
    ],
)
def test_gap_ends_with_the_text_of_a_record(text: bytes, expected: tuple[int, int] | None) -> None:
    """The two parts of an expression stand within one quotation and one line."""
    chain = Chain(b"server" + GAP + b"listening")
    assert chain.search(text, 0, len(text)) == expected
    assert (re.search(b"server" + GAP + b"listening", text) is None) == (expected is None)


def test_expression_has_one_gap_at_most() -> None:
    """Two would be searched for in a time that no longer grows with the text alone."""
    with pytest.raises(ValueError, match="gap"):
        Chain(b"a" + GAP + b"b" + GAP + b"c")


@pytest.mark.parametrize("word", [b"user ", b"server ", b"socket.", b"error "])
def test_line_of_beginnings_is_gone_through_once(word: bytes) -> None:
    """However often the first part of an expression stands in a line, its second part is looked for once on the way."""
    text = word * 20_000 + b'" joined'
    chain = Chain(word.strip() + GAP + b" joined")
    seen: list[tuple[int, int]] = []
    second = re.compile(b" joined")

    class Watched:
        def search(self, text: bytes, start: int, end: int) -> re.Match[bytes] | None:
            seen.append((start, end))
            return second.search(text, start, end)

    chain._second = Watched()  # type: ignore[assignment]
    assert chain.search(text, 0, len(text)) is None
    assert len(seen) == 1


def test_few_lines_are_judged_as_many_are() -> None:
    """Words that belong together may stand far apart in a text, for the lines of a timeline as for those of a scan."""
    assert may_understand(b'{"message":"Server ' + b"x" * 500 + b' listening"}')
    assert not may_understand(b'{"message":"Server ' + b"x" * 500 + b'","note":"listening"}')


def test_the_first_lines_are_answered_as_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern of all texts, compiled behind the first questions, says what a look for each of them says."""
    lines = [line for seed in range(40) for line in make_text(seed).split(b"\n")]
    search = AnyText([b"socket", b"lost", b"ws]", b"work"])
    monkeypatch.setattr(needles, "_QUESTIONS", iter([0] * len(lines) + [PLAIN_QUESTIONS] * len(lines)))
    first = [may_understand(line) for line in lines]
    assert True in first
    assert False in first
    assert [may_understand(line) for line in lines] == first
    lines = lines[:PLAIN_QUESTIONS]
    assert [search.is_in(line) for line in lines] == [search.is_in(line) for line in lines]
    assert not AnyText([]).is_in(b"x")


@FAST
def test_a_choice_of_texts_is_searched_for_text_by_text() -> None:
    """The fast search takes the texts, `re` the expression; both tell the same places, each once."""
    rows = [row for row in NEEDLES if row.choices]
    assert len(rows) > 10
    texts = b"\n".join(re.sub(rb"\\(.)", rb"\1", text) for row in rows for text in row.choices)
    wanted = [Wanted(row.exact, ignores_case=True) for row in rows]
    split = [Wanted(row.exact, ignores_case=True, choices=row.choices) for row in rows]
    assert list_lines(FastSearch(split), texts) == list_lines(FastSearch(wanted), texts)
    assert list_lines(FastSearch(split), texts) == list_lines(PlainSearch(wanted), texts)
