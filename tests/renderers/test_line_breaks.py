"""Where lines are broken, in English and in Chinese."""

from __future__ import annotations

import io
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from logdiag.renderers.line_breaks import NEVER_FIRST, NEVER_LAST, Prose, find_breaks, runs, wrap_offsets, wrap_quote
from tests.folding import each

any_line = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80) | st.text(
    st.sampled_from("ab 9%，。（）“”断开连接✅"), max_size=80
)


def wrap(text: str, width: int) -> list[str]:
    edges = [0, *wrap_offsets(text, width), len(text)]
    return [text[begin:end].rstrip() for begin, end in pairwise(edges)]


@each(
    ("text", "width", "lines"),
    [
        ("lost for certain", 10, ["lost for", "certain"]),
        ("likely (59.9 %), yes", 13, ["likely", "(59.9 %), yes"]),
        ("every 30.0058 ± 0.0006 s", 20, ["every", "30.0058 ± 0.0006 s"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("worker1/socket-client.log:10", 16, ["worker1/socket-", "client.log:10"]),
        ("acc-98296c87e008ddb6e4", 12, ["acc-98296c87", "e008ddb6e4"]),
        ("see worker1/x:10", 6, ["see", "worker", "1/x:10"]),
        ("连接断开，推送失败。", 10, ["连接断开，", "推送失败。"]),
        ("连接断开，推送失败。", 8, ["连接断", "开，推送", "失败。"]),
        ("原因（很可能）", 6, ["原因", "（很可", "能）"]),
        ("周期为 30.006 秒，共 10 次", 12, ["周期为", "30.006 秒，", "共 10 次"]),
        ("socket 断开", 6, ["socket", "断开"]),
        ("", 5, [""]),
    ],
)
def test_lines_break_where_readers_expect(text: str, width: int, lines: list[str]) -> None:
    """At blanks and beside wide characters, else between names; a number keeps its unit, punctuation its place."""
    assert wrap(text, width) == lines


@given(any_line, st.integers(2, 40))
def test_every_line_fits_and_nothing_is_lost(text: str, width: int) -> None:
    """Lines joined are the text, and none is wider than allowed, blanks at its end left out."""
    offsets = wrap_offsets(text, width)
    assert offsets == sorted(set(offsets))
    assert all(cell_len(line) <= width for line in wrap(text, width))


@given(st.text(st.characters(max_codepoint=127), max_size=40) | st.text(st.sampled_from("5 -:ms%"), max_size=40))
def test_an_english_line_breaks_where_it_does_before_a_chinese_word(text: str) -> None:
    """Its places to break are found another way, which takes a tenth of the time."""
    mixed = f"{text} x\N{NO-BREAK SPACE}断"
    assert find_breaks(text) == [offset for offset in find_breaks(mixed) if offset < len(text)]


@given(any_line, st.integers(2, 40))
def test_a_line_that_has_room_is_left_as_it_is(text: str, width: int) -> None:
    """Exactly if it is no wider than asked, or only by blanks at its end."""
    is_wide = cell_len(text.rstrip()) > width
    assert bool(wrap_offsets(text, width)) is is_wide


@given(any_line, st.integers(12, 40))
def test_no_line_starts_with_a_closing_sign(text: str, width: int) -> None:
    """Where there is a place to break, no line starts with a closing sign nor ends with an opening one."""
    if any(cell_len(run) > width for run in runs(text)):
        return
    lines = wrap(text, width)
    assert not any(line[:1] in NEVER_FIRST for line in lines[1:] if line and not text.isascii() and " " not in text)
    assert not any(line[-1:] in NEVER_LAST for line in lines[:-1] if line and " " not in text)


def test_rich_lays_it_out_by_these_rules() -> None:
    """A column of Rich gets as narrow as the widest run that may not be broken."""
    console = Console(file=io.StringIO(), width=10)
    assert console.measure(Prose("连接 30.006 秒断开")).minimum == cell_len("30.006 秒")
    assert [line.plain for line in Prose("连接断开，推送失败。").wrap(console, 10)] == ["连接断开，", "推送失败。"]


def test_a_quoted_line_breaks_between_keys_and_values() -> None:
    """Never inside a stamp, an id or a key that fits a line; what is longer than a line is left to be folded."""
    line = '{"level":"error","message":"[acc-98296c87-2e42] Push failed","timestamp":"2025-11-17 10:06:42.379"}'
    assert wrap_quote(line, 40) == [
        '{"level":"error","message":',
        '"[acc-98296c87-2e42] Push failed",',
        '"timestamp":"2025-11-17 10:06:42.379"}',
    ]
    assert wrap_quote("x" * 90, 40) == ["x" * 90]
    assert wrap_quote("", 40) == [""]


def test_the_line_of_a_place_stays_with_its_file() -> None:
    """A path that is longer than the line is cut before its name, not behind it."""
    place = "packages/worker/src/platforms/manager.js:25"
    (start,) = wrap_offsets(place, 41)
    assert place[start:] == "manager.js:25"
