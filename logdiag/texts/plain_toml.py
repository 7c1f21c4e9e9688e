"""The files of texts, rules and words that the package brings along, read several times as fast as `tomllib` does.

Nearly all that they hold are texts and lists of texts, one a line: these are recognized by one expression, any other
value of one line is left to `tomllib`, and so is a file that holds what is no line of these kinds. Nothing is checked
that `tomllib` would refuse, which tests do for these files; those of users are none of this module's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

_KEY: Final = r"""(?:[A-Za-z0-9_-]++|"[^"\\\n]*+")"""
_KEYS: Final = rf"{_KEY}(?:\.{_KEY})*+"
_TEXT: Final = r"""(?:"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_SPACE: Final = r"(?:\s|\#[^\n]*+)*+"  # in a list: line ends and comments too
_STATEMENT: Final = (
    rf"(?:[ \t]*+(?:\#[^\n]*+)?\n)*+(?:"
    rf"(?P<key>{_KEYS})[ \t]*+=[ \t]*+(?:"
    r"'''\n?(?P<block>(?:(?!''')[\s\S])*+)'''|"
    r"""'(?P<literal>[^'\n]*+)'|"(?P<basic>[^"\\\n]*+)\""""
    rf"|(?P<list>\[{_SPACE}(?:{_TEXT}{_SPACE},{_SPACE})*+(?:{_TEXT}{_SPACE})?+\])"
    r"|(?P<other>(?!\"\"\"|''')[^\n]++))"
    rf"|\[(?P<table>{_KEYS})\]|\[\[(?P<array>{_KEY})\]\])?+"
    r"[ \t]*+(?:\#[^\n]*+)?(?:\n|\Z)"
)


@cache
def _compile() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A statement, a key, a text."""
    return re.compile(_STATEMENT), re.compile(_KEY), re.compile(_TEXT)


def parse_plain_toml(text: str) -> dict[str, Any]:
    """What `tomllib` makes of a text that is known to be sound."""
    statement, keys, texts = _compile()
    whole: dict[str, Any] = {}
    table, place, end = whole, 0, len(text)
    while place < end:
        found = statement.match(text, place)
        if found is None or found.end() == place:
            return _parse_whole(text)
        place = found.end()
        kind = found.lastgroup
        if kind == "table":
            table = whole
            for key in keys.findall(found["table"]):
                table = table.setdefault(key.strip('"'), {})
                table = table[-1] if isinstance(table, list) else table
        elif kind == "array":
            table = {}
            whole.setdefault(found["array"].strip('"'), []).append(table)
        elif kind is not None:
            holder, key = table, found["key"]
            if "." in key or '"' in key:
                *outer, key = [part.strip('"') for part in keys.findall(key)]
                for part in outer:
                    holder = holder.setdefault(part, {})
            try:
                holder[key] = _read_value(kind, found[kind], texts)
            except ValueError:  # a list or a table that ends on another line
                return _parse_whole(text)
    return whole


def _parse_whole(text: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  most runs need none of it

    return tomllib.loads(text)


def _read_value(kind: str, text: str, texts: re.Pattern[str]) -> Any:
    if kind in {"literal", "basic", "block"}:
        return text
    if kind == "other" or "\\" in text or "#" in text:
        return _parse_whole(f"value = {text}")["value"]
    return [one[1:-1] for one in texts.findall(text)]
