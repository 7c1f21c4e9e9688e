"""Lines of an object that a program shows on its console between its records: `{`, `  code: 'ECONNRESET',`, `}`.

They belong to the record before them, or to none; no record was cut there.
"""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later

# As util.inspect of Node.js writes: a bare or quoted key, then a number, a text, a word of the language, or a bracket.
_PIECE: Final = compile_later(
    rb"""(?x)
    [\[\]{}()]{1,8},?$
    | (?:[A-Za-z_$][\w$]{0,80}|'[^'\n]{1,80}'|\[\w{1,40}\]):[ ]
      (?:-?\d[\w.+:-]{0,60}|'[^\n]*'|"[^\n]*"|`[^\n]*`|true|false|null|undefined|\[[A-Z(][^\n]{0,200}\]|<ref[^\n]{0,80}
      |(?:<ref[^\n]{1,20}>[ ])?(?:[A-Z]\w{0,80}(?:\(\d{1,9}\))?[ ])?[\[{][^\n]{0,2000}) [\]}]{0,8} ,?$
    """
)

_BLANK: Final = b" \t\n\r\x0b\x0c\0"


def is_piece_of_shown(raw: bytes) -> bool:
    """Whether a line, stripped of blanks, is part of an object as Node.js shows it, and no JSON."""
    return _PIECE.match(raw) is not None


def begins_shown(raw: bytes, *, is_json: bool) -> bool:
    """Whether an object begins in a line of its own, as util.inspect shows one of the record before: nothing is cut."""
    return is_piece_of_shown(raw) if is_json else raw[1:].lstrip(_BLANK)[:1] != b'"' and raw[-1:] != b"}"
