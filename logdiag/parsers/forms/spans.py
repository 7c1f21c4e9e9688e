"""What stands around a JSON record of what it runs in: the spans of Rust's tracing, the scopes of .NET's logging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later

OWN_KEYS: Final = ("id", "no", "number")  # a span's own, told by its name: `conn{id=7}`
SCOPE_PAIR: Final = compile_later(r"(?P<key>[A-Za-z_]\w{0,40}):(?P<value>[^\s,]{1,200})")
_OF_A_SPAN: Final = frozenset({"name", "message", "Message", "{OriginalFormat}"})  # what every span or scope has


def name_own_keys(span: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a span, its own id also by the name of the span: `conn{id=7}` has the `conn_id` 7."""
    return {**fields, **{f"{span}_id": fields[key] for key in OWN_KEYS if key in fields}}


def merge_spans(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a JSON record with those of its spans or scopes beside them.

    What the event says itself goes before a span, and an inner span before an outer one.
    """
    around = [*_list_items(fields.get("spans")), fields.get("span"), *_list_items(fields.get("Scopes"))]
    found: dict[str, Any] = {}
    for one in around:
        if isinstance(one, str):
            found |= dict(SCOPE_PAIR.findall(one))
        elif isinstance(one, dict):
            own = {key: value for key, value in one.items() if key not in _OF_A_SPAN}
            found |= name_own_keys(str(one.get("name", "")), own)
    said = fields.get("fields")
    return {**found, **(said if isinstance(said, dict) else {}), **fields}


def _list_items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
