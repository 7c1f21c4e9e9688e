"""The name of the form that JSON lines are in, as reports tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from logdiag.parsers.forms.dialects import find_shape
from logdiag.parsers.forms.layouts import JSON_LINES
from logdiag.parsers.forms.prefixes import name_prefix, split_prefix
from logdiag.parsers.forms.records import BRACE, DECODER, UnreadableError, check_bounds


def name_form(lines: Iterable[bytes]) -> str:
    """What most JSON lines are: "winston", or "docker-compose winston" behind a prefix."""
    names: Counter[str] = Counter()
    for raw in lines:
        try:
            check_bounds(raw, JSON_LINES.limits, is_json=True)
        except UnreadableError:
            continue
        text = raw.decode("utf-8", "replace")
        prefix = name_prefix(text) if raw[0] != BRACE else None
        try:
            value, _ = DECODER.raw_decode(split_prefix(text).inner if prefix else text)
        except (ValueError, RecursionError):
            continue
        shape = find_shape(tuple(value))
        inner = shape.wrappings[0].name if shape.wrappings else "export" if shape.lists else shape.dialect.name
        names[f"{prefix} {inner}" if prefix else inner] += 1
    return names.most_common(1)[0][0] if names else "json"
