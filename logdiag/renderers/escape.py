r"""The one gate between a log and an output: nothing that a log says reaches a format but through here.

What cannot be shown is written as a visible escape (`\x1b`, `\u202e`, `\ud83d`), never dropped: the reader sees that
something was there, and can look it up in the file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from logdiag.deferred import compile_later

SHORT_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
# Cc controls, Cf bidi and other invisible controls, Cs lone surrogates, Zl/Zp line separators: none of them prints.
INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
PRINTABLE_ASCII: Final = compile_later(r"[\x20-\x7e]*")
# Spreadsheets pass over blanks, and take quotes for the beginning of a cell, or for nothing.
FORMULA_START: Final = compile_later(r"[\t\r\n]|[\s\"]*[=+@＝＋－＠-]")
# Where a comma is the decimal sign, they part cells at semicolons; others at whatever they are told to.
# Commas do where a reader takes apostrophes for the quotes; a sign that may be a number's stays: `1, -2` is common.
INNER_FORMULA: Final = compile_later(r"[;|][\s\"]*(?=[=+@＝＋－＠-])|,[\s\"]*(?=[=@＝＠])")
# What most cells are, and needs no closer look: nothing that separates cells, or begins a formula.
HARMLESS_CELL: Final = compile_later(r"[A-Za-z0-9_./][A-Za-z0-9_./:+-]{0,500}")
MOST_CELL_CHARACTERS: Final = 32_767  # of Excel, which takes what is longer apart; LibreOffice has room for no more
# Commands to what runs a CI job, on its standard output: GitHub's at the start of a line (whatever blanks stand before
# it), Azure's and GitHub's old ones anywhere in it. A command has a second `::`, which an IPv6 address has not.
CI_COMMAND: Final = compile_later(
    r"(?m)^([^\S\n]*):(?=:)(?!:(?i:(?:[0-9a-f]{1,4}:)*[0-9a-f.]{1,15})(?![\w:-])(?!.*::))|(?<=#)#(?=(?i:vso)?\[)"
)
MARKDOWN_SPECIAL: Final = compile_later(r"[\\`*_\[\]~|#$!^<>&]|(?i:(?<=www)\.)")
# What GitHub and GitLab look for in the finished text, where a backslash is gone: @user, #1, !1, $1, %1, ~label, &1,
# GH-1, URLs, mail addresses and :emoji:. A zero-width space behind the sign stops them (for mail, one before it, too).
MARKDOWN_REFERENCE: Final = compile_later(
    r"(?<=\S)(?=@\w)|[@#!$%^~&](?=[\w\"'])|(?i:(?<=\bgh)-(?=\d))|:(?=//)|:(?=[a-z0-9_+-]*[a-z_+][a-z0-9_+-]*:)"
)
NOTHING: Final = "\u200b"
MARKDOWN_LINE_START: Final = compile_later(r"^(\s*)(\d+)([.)])(?=\s|$)|^(\s*)([-+=])")
HTML_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
XML_NONCHARACTERS: Final = compile_later("[\ufffe\uffff]")
SCRIPT_ESCAPES: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
DOWNGRADES: Final = {
    "—": "-", "–": "-", "−": "-", "…": "...", "→": "->", "←": "<-", "±": "+/-", "×": "x", "≤": "<=", "≥": ">=",
    "≈": "~", "·": "-", "•": "*", "✓": "+", "✗": "x", "µ": "u", "“": '"', "”": '"', "‘": "'", "’": "'",
    "│": "|", "─": "-", "━": "=", "●": "o", "○": ".", "◀": "<", "Δ": "d", "█": "#", "✔": "+", "☐": "[ ]", "☑": "[x]",
}  # fmt: skip
DOWNGRADE_TABLE: Final = str.maketrans(DOWNGRADES)


def _escape_character(character: str) -> str:
    short = SHORT_ESCAPES.get(character)
    if short is not None:
        return short
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def escape_controls(text: str) -> str:
    """Make every character that does not print visible; the result is one line and can be encoded as UTF-8."""
    if PRINTABLE_ASCII.fullmatch(text):
        return text
    return "".join(
        _escape_character(character) if unicodedata.category(character) in INVISIBLE_CATEGORIES else character
        for character in text
    )


def escape_unencodable(text: str, encoding: str) -> str:
    """Backslash-escape what `encoding` cannot carry, so that writing the text can never fail."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text


def downgrade_symbols(text: str, encoding: str) -> str:
    """Replace our own typography (arrows, dashes, boxes) by ASCII, unless the encoding is a Unicode one.

    A code page may lack a sign; a Chinese one may have it, and draw it two columns wide.
    """
    return text if is_unicode(encoding) else text.translate(DOWNGRADE_TABLE)


def is_unicode(encoding: str) -> bool:
    """Tell whether an encoding has every character; an unknown name is taken for UTF-8."""
    try:
        return codecs.lookup(encoding).name.startswith("utf-")
    except LookupError:
        return True


def escape_terminal(text: str, encoding: str = "utf-8") -> str:
    """Make text harmless for a terminal, verbatim as far as that is possible."""
    return escape_unencodable(escape_controls(text), encoding)


def escape_terminal_prose(text: str, encoding: str = "utf-8") -> str:
    """Make a sentence harmless for a terminal; typography that the encoding lacks becomes ASCII."""
    return escape_unencodable(downgrade_symbols(escape_controls(text), encoding), encoding)


def disarm_commands(text: str) -> str:
    """Make a finished text, all its lines, harmless for what runs a CI job and reads its standard output."""
    return CI_COMMAND.sub(lambda match: r"\x23" if match[1] is None else match[1] + r"\x3a", text)


def _escape_markdown_match(match: re.Match[str]) -> str:
    character = match.group()
    return HTML_ENTITIES.get(character, "\\" + character)


def _escape_line_start(match: re.Match[str]) -> str:
    if match.group(2) is not None:
        return f"{match.group(1)}{match.group(2)}\\{match.group(3)}"
    return f"{match.group(4)}\\{match.group(5)}"


def escape_markdown(text: str) -> str:
    """Make text plain in GitHub and GitLab Markdown: no markup, HTML, table cell, link, mention or line break."""
    severed = MARKDOWN_REFERENCE.sub(rf"\g<0>{NOTHING}", escape_controls(text))
    escaped = MARKDOWN_SPECIAL.sub(_escape_markdown_match, severed)
    return MARKDOWN_LINE_START.sub(_escape_line_start, escaped)


def _fence(text: str, minimum: int) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(minimum, longest + 1)


def escape_markdown_code(text: str, *, in_table: bool = False) -> str:
    """Write text as an inline code span; in a table, text with a pipe stands as escaped plain text instead."""
    shown = escape_controls(text)
    if not shown.strip():
        return escape_markdown(shown) if shown else ""
    if in_table and "|" in shown:  # inside a code span no escape of a pipe survives a backslash before it
        return escape_markdown(text)
    fence = _fence(shown, 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def escape_markdown_block(lines: tuple[str, ...]) -> str:
    """Write lines as a fenced code block that no line can close."""
    shown = [escape_controls(line) for line in lines]
    fence = _fence("\n".join(shown), 3)
    return "\n".join([f"{fence}text", *shown, fence])


def escape_csv(text: str, *, raw: bool = False) -> str:
    """Make a cell one line, and harmless for a spreadsheet unless `raw` is asked for; what is cut off ends in `…`."""
    if HARMLESS_CELL.fullmatch(text):
        return text
    shown = escape_controls(text)
    if raw:
        return shown
    guarded = INNER_FORMULA.sub(r"\g<0>'", shown)
    cell = "'" + guarded if FORMULA_START.match(text) else guarded
    return cell if len(cell) <= MOST_CELL_CHARACTERS else cell[: MOST_CELL_CHARACTERS - 1] + "…"


def escape_json(text: str) -> str:
    """Make lone surrogates visible: half a character is legal in no UTF-8 and refused by strict JSON readers."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(_escape_character(c) if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def escape_xml(text: str) -> str:
    """Make text one line of characters that XML 1.0 allows (section 2.2); markup is left to the writer."""
    return XML_NONCHARACTERS.sub(lambda match: _escape_character(match.group()), escape_controls(text))


def escape_workflow_data(text: str) -> str:
    """Write the message of a GitHub workflow command; its lines stay lines."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_workflow_property(text: str) -> str:
    """Write a property of a GitHub workflow command."""
    return escape_workflow_data(escape_controls(text)).replace(":", "%3A").replace(",", "%2C")


def escape_script_json(text: str) -> str:
    """Write JSON so that it can stand inside a script element: no tag, comment or line separator can appear in it."""
    return text.translate(SCRIPT_ESCAPES)
