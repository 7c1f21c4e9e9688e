"""The gate between a log and an output."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from logdiag.renderers import escape
from tests.folding import each
from tests.renderers.example import HOSTILE
from tests.renderers.markdown_reader import build_reader

REFERENCES = (
    "@team",
    "#123",
    "o/r#1",
    "GH-7",
    "!5",
    "$6",
    "%8",
    '%"v 1"',
    "~bug",
    "&9",
    "^alert#3",
    ":smile:",
    ":+1_a:",
)
LINKS = ("http://a.example/", "ftp://a.example", "www.a.example", "a@b.com", "mailto:a@b.com", "<http://a.b>")
MARKUP = (
    "[a](b)",
    "![a](b)",
    "**a**",
    "_a_",
    "~~a~~",
    "<b>",
    "&lt;",
    "`a`",
    "a\\|b",
    "- a",
    "1. a",
    "# a",
    "|a|",
    "***",
)
any_text = st.text(st.characters(exclude_categories=())) | st.sampled_from([HOSTILE, "", "\\", "`", "|"])
hostile_text = any_text | st.lists(st.sampled_from([*REFERENCES, *LINKS, *MARKUP, " "]), max_size=6).map("".join)
# What GitHub and GitLab still look for when Markdown has become text.
LIVE_REFERENCE = re.compile(r"[@#!$%^~&](?=[\w\"'])|://|\bGH-\d|:[a-z_]+:", re.IGNORECASE)


@each(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("已连接 ✅", "已连接 ✅"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\0"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2028", "\\u2028"),
        ("\ud83d", "\\ud83d"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_controls_become_visible(text: str, shown: str) -> None:
    """A character that does not print is written as its escape, every other stays."""
    assert escape.escape_controls(text) == shown


@given(any_text)
def test_no_control_survives(text: str) -> None:
    """After the gate there is no control, no bidi override, no line break and no half character."""
    shown = escape.escape_terminal(text)
    assert not {unicodedata.category(character) for character in shown} & escape.INVISIBLE_CATEGORIES
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


@given(any_text, st.sampled_from(["ascii", "cp936", "latin-1", "utf-8"]))
def test_every_encoding_can_carry_it(text: str, encoding: str) -> None:
    """What the encoding lacks is backslash-escaped, so writing never fails."""
    escape.escape_terminal(text, encoding).encode(encoding)
    escape.escape_terminal_prose(text, encoding).encode(encoding)


def test_typography_becomes_ascii() -> None:
    """Our own symbols are spelled in ASCII, not escaped."""
    assert escape.escape_terminal_prose("30 ± 1 → 2 ≤ 3 … 5×", "ascii") == "30 +/- 1 -> 2 <= 3 ... 5x"
    assert escape.escape_terminal_prose("中 →", "cp936") == "中 ->"


def test_reader_finds_what_is_live() -> None:
    """The reader of these tests finds links, mail addresses, HTML and struck text where nothing is escaped."""
    tokens = build_reader().parse("http://a.example a@b.com <b> ~~c~~\n")
    found = [child.type for child in tokens[1].children or []]
    assert [found.count(kind) for kind in ("link_open", "html_inline", "s_open")] == [2, 1, 1]


@given(hostile_text)
def test_markdown_stays_text(text: str) -> None:
    """A Markdown reader finds plain text: no HTML, link, image, emphasis, code, heading or second block."""
    tokens = build_reader().parse(f"x {escape.escape_markdown(text)} x")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    shown = "".join(child.content for child in children)
    assert LIVE_REFERENCE.search(shown) is None
    assert shown.replace("\u200b", "") == shown_by_readers(text)


@pytest.mark.parametrize("text", ["www.a.example", "WWW.a.example"])
def test_web_names_are_no_links(text: str) -> None:
    """GitHub links what begins with "www."; a backslash before the point keeps it from doing so."""
    assert escape.escape_markdown(text)[:5].lower() == "www\\."


@each("text", ["59.9 %", "16:25:30", "a & b", "P1: 3 $", "#", "50 % of 10", "a:b"])
def test_signs_alone_stay(text: str) -> None:
    """A sign that refers to nothing gets nothing behind it, so that copied text is what it looks like."""
    assert escape.NOTHING not in escape.escape_markdown(text)


def shown_by_readers(text: str) -> str:
    """What a reader of CommonMark makes of the escaped text: one paragraph, no-break spaces as they are."""
    return f"x {escape.escape_controls(text)} x"


@given(any_text)
def test_markdown_code_keeps_the_text(text: str) -> None:
    """A code span holds the text to the letter, whatever backticks are in it."""
    tokens = MarkdownIt("commonmark").parse(f"x{escape.escape_markdown_code(text)}x")
    code = [child.content for child in tokens[1].children or [] if child.type == "code_inline"]
    shown = escape.escape_controls(text)
    assert code == ([shown] if shown.strip() else [])


@given(st.lists(hostile_text, min_size=1, max_size=4))
def test_markdown_rows_keep_their_cells(cells: list[str]) -> None:
    """A table row has as many cells as were put in, as text and as code."""
    for write in (escape.escape_markdown, lambda text: escape.escape_markdown_code(text, in_table=True)):
        head = "| " + " | ".join("h" for _ in cells) + " |\n| " + " | ".join("---" for _ in cells) + " |\n"
        row = "| " + " | ".join(f"x{write(text)}x" for text in cells) + " |"
        tokens = build_reader().parse(head + row)
        assert sum(token.type == "td_open" for token in tokens) == len(cells)
        assert sum(token.type == "tr_open" for token in tokens) == 2
        kinds = {child.type for token in tokens for child in token.children or []}
        assert kinds <= {"text", "text_special", "code_inline"}


@given(st.lists(any_text, min_size=1, max_size=4))
def test_markdown_blocks_cannot_be_closed(lines: list[str]) -> None:
    """No line of a code block ends it."""
    tokens = MarkdownIt("commonmark").parse(escape.escape_markdown_block(tuple(lines)))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "".join(escape.escape_controls(line) + "\n" for line in lines)


@each(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", " =1", "\u00a0=1", '"=1'],
)
def test_formulas_are_harmless(text: str) -> None:
    """A cell that a spreadsheet would run begins with an apostrophe, unless raw cells are asked for."""
    assert escape.escape_csv(text).startswith("'")
    assert not escape.escape_csv(text, raw=True).startswith("'")


def test_half_a_character_is_visible_in_json() -> None:
    """A lone surrogate, which no strict reader takes, is written out; whole characters stay."""
    assert escape.escape_json("cut \ud83d and \U0001f4f8") == "cut \\ud83d and \U0001f4f8"


@each(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::ffff:192.168.1.28 [a.log:1]", "  ::ffff:192.168.1.28 [a.log:1]"),
        ("::1, then ::add-mask::x", r"\x3a:1, then ::add-mask::x"),
        ("::add::x", r"\x3a:add::x"),
        ("a\n  ::stop-commands::t", "a\n" + r"  \x3a:stop-commands::t"),
        ("x ##vso[task.setvariable]y", r"x #\x23vso[task.setvariable]y"),
        ("##[add-mask]x", r"#\x23[add-mask]x"),
        ("std::vector ## [x] C::D", "std::vector ## [x] C::D"),
    ],
)
def test_commands_to_a_ci_job_are_disarmed(text: str, shown: str) -> None:
    """GitHub's at the start of a line, Azure's anywhere; other colons and hashes stay."""
    assert escape.disarm_commands(text) == shown


@each("text", ['x;"=1+1;', 'x; ""=1+1', 'x;"" " @y', "x|=1", 'x|\u00a0"=1', "x;－1"])
def test_quotes_do_not_hide_a_formula(text: str) -> None:
    """Where cells are parted at semicolons or bars, quotes and blanks before the sign belong to the cell."""
    assert not re.search(r'[;|][\s"]*[=+@－-]', escape.escape_csv(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x,=1+1", "x,'=1+1"), ('x, "＝1', "x, \"'＝1"), ("x,@SUM(1)", "x,'@SUM(1)"), ("1, -2,+3 a=b", "1, -2,+3 a=b")],
)
def test_comma_within_a_cell_begins_no_formula(text: str, shown: str) -> None:
    """Where a reader takes apostrophes for the quotes; numbers behind commas stay as they are."""
    assert escape.escape_csv(text) == shown


def test_no_cell_is_longer_than_excel_takes() -> None:
    """What is longer is cut, visibly; raw cells, which are for programs, stay whole."""
    cell = escape.escape_csv("=" + "x" * 40_000)
    assert (len(cell), cell[:2], cell[-1]) == (32_767, "'=", "…")
    assert len(escape.escape_csv("x" * 40_000, raw=True)) == 40_000
