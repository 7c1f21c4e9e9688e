"""Lines and messages of `key=value` pairs, as logfmt writes them."""

from __future__ import annotations

from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.parsers.forms.dialects import LONGEST_MESSAGE

PAIR: Final = compile_later(r'(?<![^\s,])([A-Za-z_@][\w.@/-]{0,60})=("(?:[^"\\]|\\.)*"|[^\s",]+)')
# Keys whose value is words, which not every logger quotes; they go on to the next key, a mark, or the end of the line.
SPOKEN_PAIR: Final = compile_later(
    r"(?<![^\s,])((?i:(?:close|disconnect)?_?reason))=('(?:[^'\n]|(?<=\w)'(?=\w))+'|[^\s\"',;|()\[\]]+"
    r"(?:[ \t]+(?![A-Za-z_@][\w.@/-]{0,60}=)[^\s\",;|()\[\]]+){1,12})"
)
PAIRS_LINE: Final = compile_later(r'(?:[A-Za-z_@][\w.@/-]{0,60}=(?:"(?:[^"\\]|\\.)*"|[^\s"]*)\s*){2}')


_BRACKETS: Final = {"]": "[", ")": "(", "}": "{"}


def unquote(text: str) -> str:
    """The text without the quotes around it."""
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] else text


def read_pairs(text: str) -> dict[str, Any]:
    """The `key=value` pairs of a line, as logfmt writes them; a key whose object closes right behind it has none."""
    text = text[:LONGEST_MESSAGE]
    found = {key: unquote(_cut_bracket(value)) for key, value in PAIR.findall(text) if value not in _BRACKETS}
    if "eason=" in text:
        found |= {key: unquote(value) for key, value in SPOKEN_PAIR.findall(text)}
    return found


def _cut_bracket(value: str) -> str:
    """The value without what closes the object that it is shown in: `CloseStatus[code=1000, reason=null]`."""
    opening = _BRACKETS.get(value[-1])
    return value[:-1] if opening is not None and opening not in value and len(value) > 1 else value
