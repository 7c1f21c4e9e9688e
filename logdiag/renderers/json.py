r"""Contract 2: the Diagnosis as one JSON object, its keys in the order of the dataclasses.

Keys that the contract does not name stand after those it names. Output is pure ASCII (other characters as `\uXXXX`),
so no encoding, terminal or locale can damage it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from logdiag.diagnosis import BlindSpot, Cause, Check, ConnectFailure, Diagnosis, Finding, Pattern
from logdiag.renderers.document import Inline, flatten
from logdiag.renderers.escape import escape_json
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.material import Material

SCHEMA_VERSION: Final = 1
SIGNIFICANT_DIGITS: Final = 12


def render_json(
    diagnosis: Diagnosis, *, generated_at: datetime, version: str, language: str = "en", indent: int | None = 2
) -> str:
    """Write the diagnosis as JSON, ending in a newline; with `indent` None on one line."""
    material = Material(diagnosis, Phrases(language, diagnosis.inputs.display_zone), version)
    document = {**envelope("diagnosis", generated_at=generated_at, version=version), **convert(diagnosis, material)}
    return write_json(document, indent=indent)


def envelope(kind: str, *, generated_at: datetime, version: str) -> dict[str, Any]:
    """Return the keys that open every JSON result."""
    return {
        "kind": kind,
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "logdiag", "version": version},
        "generated_at": write_instant(generated_at),
    }


def write_json(document: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """Serialise without NaN; raises ValueError if one got this far."""
    return json.dumps(document, indent=indent, ensure_ascii=True, allow_nan=False) + "\n"


def write_instant(instant: datetime) -> str:
    """Write an instant as ISO 8601 in UTC, to the millisecond or, where there is more, to the microsecond."""
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        utc = instant
    return utc.isoformat(timespec="microseconds" if utc.microsecond % 1000 else "milliseconds")


def round_number(value: Any) -> Any:
    """Drop the digits of a number that are but noise of its computation; what no JSON can hold is None."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None


def convert(value: Any, material: Material | None = None) -> Any:
    """Turn a value of a result type into what `json` can write; `material` phrases the records that have sentences."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round_number(value)
    if isinstance(value, str):
        return escape_json(value)
    if isinstance(value, datetime):
        return write_instant(value)
    if isinstance(value, Mapping):
        return {escape_json(str(key)): convert(item, material) for key, item in value.items()}
    if is_dataclass(value):
        return _convert_record(value, material)
    return [convert(item, material) for item in value]


def _convert_record(record: Any, material: Material | None) -> dict[str, Any]:
    added = ADDED_FIELDS.get(type(record).__name__, "")
    names = sorted((field.name for field in fields(record)), key=lambda name: name == added)
    plain = {name: convert(getattr(record, name), material) for name in names}
    return plain if material is None else _order(plain, _phrased(record, material))


# Where the contract puts a phrased key: after which field of the record.
PLACES: Final[Mapping[str, str]] = {
    "Check.text": "outcome",
    "Finding.title": "severity",
    "Finding.text": "title",
    "Cause.next_experiment": "checks",
    "Cause.fix": "next_experiment",
    "BlindSpot.text": "id",
    "BlindSpot.add_to_logs": "blocks_causes",
}
# Fields that the contract does not name but that stand between those it does: they are written last.
ADDED_FIELDS: Final[Mapping[str, str]] = {"Finding": "numbers"}


def _phrased(record: Any, material: Material) -> dict[str, tuple[str | None, Any]]:
    """Return the sentences of a record: key → (field it follows, or None for the end; sentence)."""
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
    name = type(record).__name__
    found = {key: (PLACES.get(f"{name}.{key}"), escape_json(flatten(text))) for key, text in sentences.items()}
    if isinstance(record, Pattern) and record.separating_event is not None:
        found["separating_event"] = (None, escape_json(phrases.identified("separating_event", record.separating_event)))
        found["separating_event_id"] = (None, record.separating_event)
    return found


def _order(plain: dict[str, Any], phrased: Mapping[str, tuple[str | None, Any]]) -> dict[str, Any]:
    """Put each sentence behind its field; a sentence with the name of a field takes that field's place."""
    ordered: dict[str, Any] = {}
    followers = {after: (key, value) for key, (after, value) in phrased.items() if after is not None}
    for name, value in plain.items():
        ordered[name] = phrased[name][1] if name in phrased else value
        last = name
        while last in followers:
            last, sentence = followers[last]
            ordered[last] = sentence
    for key, (after, value) in phrased.items():
        if after is None:
            ordered.setdefault(key, value)
    return ordered
