r"""The Diagnosis as one JSON object, its keys in the order of the dataclasses (docs/contracts.md, 2).

Keys that the contract does not name stand after those it names. Output is pure ASCII (other characters as `\uXXXX`),
so no encoding, terminal or locale can damage it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Final, cast

from logdiag.renderers.document import Inline, flatten
from logdiag.renderers.escape import escape_json
from logdiag.renderers.json_text import SCALARS, lay_out, quote
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.material import Material
from logdiag.results.causes import BlindSpot, Cause, Check, Finding
from logdiag.results.connections import ConnectFailure
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import Pattern

SCHEMA_VERSION: Final = 1
SIGNIFICANT_DIGITS: Final = 12
MARGIN: Final = 2  # blanks a level
PIECE_COUNT: Final = 500  # records of a list that are written at once, some 200 KB: a choice for speed


def render_json(
    diagnosis: Diagnosis, *, generated_at: datetime, version: str, language: str = "en", indent: int | None = MARGIN
) -> str:
    """Write the diagnosis as JSON, ending in a newline; with `indent` None on one line."""
    return "".join(
        write_pieces(diagnosis, generated_at=generated_at, version=version, language=language, indent=indent)
    )


def write_pieces(
    diagnosis: Diagnosis, *, generated_at: datetime, version: str, language: str = "en", indent: int | None = MARGIN
) -> Iterator[str]:
    """Write what `render_json` returns, piece by piece: of long lists the whole text may be half a gigabyte."""
    inputs = diagnosis.inputs
    material = Material(diagnosis, Phrases(language, inputs.display_zone, voices=diagnosis.voices), version)
    document = {
        **envelope("diagnosis", generated_at=generated_at, version=version),
        **{field.name: getattr(diagnosis, field.name) for field in fields(diagnosis)},
        "judgement": diagnosis.judgement,
    }
    if indent is None:
        yield write_json(convert(document, material), indent=None)
    else:
        yield from _write_members(document, material)


def _write_members(document: Mapping[str, Any], material: Material) -> Iterator[str]:
    """Write an object piece by piece: of a long list a few records at a time are there as text."""
    opening = "{"
    for key, value in document.items():
        yield f"{opening}\n  {json.dumps(key)}: "
        if isinstance(value, tuple) and value:
            for start in range(0, len(value), PIECE_COUNT):
                items = (_write_item(item, material) for item in value[start : start + PIECE_COUNT])
                yield f"{',' if start else '['}\n    " + ",\n    ".join(items)
            yield "\n  ]"
        else:
            yield lay_out(convert(value, material), MARGIN)
        opening = ","
    yield "\n}\n"


def _write_item(item: Any, material: Material, margin: int = MARGIN * 2) -> str:
    """Write what `convert` and `lay_out` make of a value, records of plain values at once: there may be millions."""
    write = WRITERS.get(type(item))
    if write is not None:
        return write(item)
    kind = type(item)
    if kind in FIRST_KEYS or isinstance(item, PHRASED) or not is_dataclass(item):
        return lay_out(convert(item, material), margin)
    texts = []
    for name, lead in _list_leads(cast("Hashable", kind), margin):
        value = getattr(item, name)
        if name in PLACES:
            value = _count(value)
        write = WRITERS.get(type(value))
        texts.append(lead + (_write_item(value, material, margin + MARGIN) if write is None else write(value)))
    return "{" + ",".join(texts) + "\n" + " " * margin + "}" if texts else "{}"


@cache
def _list_leads(kind: Any, margin: int) -> tuple[tuple[str, str], ...]:
    """The names of a record's fields, and what stands before the value of each, from the comma before it on."""
    line = "\n" + " " * (margin + MARGIN)
    return tuple((name, f"{line}{quote(name)}: ") for name in _list_names(kind))


def envelope(kind: str, *, generated_at: datetime, version: str) -> dict[str, Any]:
    """Return the keys that open every JSON result."""
    return {
        "kind": kind,
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "logdiag", "version": version},
        "generated_at": write_instant(generated_at),
    }


def write_json(document: Mapping[str, Any], *, indent: int | None = MARGIN) -> str:
    """Serialise without NaN; raises ValueError if one got this far."""
    if indent is None:
        return json.dumps(document, ensure_ascii=True, allow_nan=False) + "\n"
    return lay_out(document) + "\n"


def write_instant(instant: datetime) -> str:
    """Write an instant as ISO 8601 in UTC, to the millisecond or, where there is more, to the microsecond."""
    try:
        utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except OverflowError:
        utc = instant
    return utc.isoformat(timespec="microseconds" if utc.microsecond % 1000 else "milliseconds")


def round_number(value: Any) -> Any:
    """Drop the digits of a number that are but noise of its computation; what no JSON can hold is None."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None


def _keep(value: Any) -> Any:
    return value


LEAVES: Final[Mapping[type, Callable[[Any], Any]]] = {
    type(None): _keep,
    bool: _keep,
    int: _keep,
    float: round_number,
    str: escape_json,
    datetime: write_instant,
}


def _write_number(value: float) -> str:
    return float.__repr__(float(f"{value:.{SIGNIFICANT_DIGITS}g}")) if math.isfinite(value) else "null"


# What `convert` and `lay_out` make of a leaf, in one step.
WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    **SCALARS,
    float: _write_number,
    str: lambda value: quote(escape_json(value)),
    datetime: lambda value: f'"{write_instant(value)}"',
}


def convert(value: Any, material: Material | None = None) -> Any:
    """Turn a value of a result type into what `json` can write; `material` phrases the records that have sentences."""
    leaf = LEAVES.get(type(value))
    if leaf is not None:
        return leaf(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return escape_json(value)
    if isinstance(value, datetime):
        return write_instant(value)
    if isinstance(value, Mapping):
        return {escape_json(str(key)): convert(item, material) for key, item in value.items()}
    if is_dataclass(value):
        return _convert_record(value, material)
    return [convert(item, material) for item in value]


# The keys by which the contract opens a record, sentences among them; all others follow as they come.
FIRST_KEYS: Final[Mapping[type, tuple[str, ...]]] = {
    Check: ("id", "outcome", "text"),
    Finding: ("id", "severity", "title", "text", "evidence"),
    Cause: (
        "id",
        "rank",
        "confidence",
        "explains_count",
        "of_count",
        "patterns",
        "triggers",
        "checks",
        "next_experiment",
        "fix",
    ),
    BlindSpot: ("id", "text", "blocks_causes", "add_to_logs"),
}


# Fields that name disconnects by their place in the list, which readers count from 1.
PLACES: Final = frozenset({"index", "disconnect_index", "disconnect_indices"})


def _count(value: Any) -> Any:
    """Count a place, or each of several, from 1."""
    if value is None:
        return None
    return [place + 1 for place in value] if isinstance(value, tuple) else value + 1


@cache
def _list_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _convert_record(record: Any, material: Material | None) -> dict[str, Any]:
    kind = type(record)
    known: dict[str, Any] = {}
    for name in _list_names(cast("Hashable", kind)):
        value = getattr(record, name)
        if name in PLACES:
            value = _count(value)
        leaf = LEAVES.get(type(value))  # as `convert` does: nearly all are leaves, and there are millions
        known[name] = convert(value, material) if leaf is None else leaf(value)
    if material is not None and isinstance(record, PHRASED):
        known |= _phrased(record, material)
    if kind not in FIRST_KEYS:
        return known
    first = [key for key in FIRST_KEYS[kind] if key in known]
    return {key: known[key] for key in dict.fromkeys((*first, *known))}


# The records that _phrased has sentences for.
PHRASED: Final = (Check, Finding, Cause, ConnectFailure, BlindSpot, Pattern)


def _phrased(record: Any, material: Material) -> dict[str, str]:
    """Return the sentences of a record; one with the name of a field stands in its place."""
    phrases = material.phrases
    sentences: dict[str, Inline] = {}
    if isinstance(record, Check):
        sentences = {"text": phrases.check(record)}
    elif isinstance(record, Finding):
        sentences = {part: phrases.finding(record, part, material.context(record)) for part in ("title", "text")}
    elif isinstance(record, Cause):
        sentences = {part: phrases.cause(record, part) for part in ("next_experiment", "fix", "title", "summary")}
    elif isinstance(record, ConnectFailure):
        parts = (("meaning", "meaning"), ("do_first", "first"))
        sentences = {key: phrases.inline(f"connect.{record.kind}.{part}") for key, part in parts}
    elif isinstance(record, BlindSpot):
        sentences = {part: phrases.blind_spot(record, part) for part in ("text", "add_to_logs")}
    found = {key: escape_json(flatten(text)) for key, text in sentences.items()}
    if isinstance(record, Pattern) and record.separating_event is not None:
        found["separating_event"] = escape_json(phrases.identified("separating_event", record.separating_event))
        found["separating_event_id"] = record.separating_event
    return found
