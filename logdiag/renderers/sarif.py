"""The diagnosis as SARIF 2.1.0, which code-scanning services show beside the code.

A result for each asserted cause, each finding and each place of the code (`--source`) that lost a push or runs on the
beat of the disconnects. Results stand at code where there is some, else at the lines of the logs. Limits are those of
GitHub: docs.github.com, "SARIF support for code scanning".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from logdiag.renderers.document import flatten
from logdiag.renderers.escape import escape_json
from logdiag.renderers.json import write_json
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.code import list_remarks
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material
from logdiag.results.causes import Cause, Outcome
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.verdict import Severity

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
PLACES_SHOWN: Final = 10  # GitHub shows the first alone


class Reported(NamedTuple):
    """What becomes a result: the id and title of its rule, its level, what it says, and where."""

    rule: str
    title: str
    level: str
    text: str
    places: tuple[Evidence, ...]


def render_sarif(diagnosis: Diagnosis, *, version: str, language: str = "en") -> str:
    """Write the diagnosis as one run of logdiag, ending in a newline; plain ASCII."""
    inputs = diagnosis.inputs
    material = Material(diagnosis, Phrases(language, inputs.display_zone, voices=diagnosis.voices), version)
    entries = list(_list_entries(material))
    rules = {entry.rule: entry.title for entry in entries}
    places = {rule: place for place, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "logdiag",
                "version": version,
                "rules": [{"id": rule, "shortDescription": {"text": title}} for rule, title in rules.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_write_result(entry, places[entry.rule]) for entry in entries],
        "properties": {"verdict": diagnosis.verdict.value, "headline": flatten(build_headline(material))},
    }
    return write_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _list_entries(material: Material) -> Iterator[Reported]:
    diagnosis, phrases = material.diagnosis, material.phrases
    for cause in material.asserted:
        title = phrases.cause_title(cause.id)
        yield Reported(
            f"cause/{cause.id}", title, "error", _tell(cause, material), tuple(_find_places(cause, material))
        )
    for finding in diagnosis.findings:
        text, title = material.finding(finding, "text"), material.finding(finding, "title")
        yield Reported(f"finding/{finding.id}", title, LEVELS[finding.severity], text, finding.evidence)
    for remark in list_remarks(material):
        level = "warning" if remark.is_to_blame else "note"
        yield Reported(f"code/{remark.id}", remark.title, level, remark.text, (Evidence(remark.file, remark.line),))


def _tell(cause: Cause, material: Material) -> str:
    """The headline, and what to do first."""
    advice = material.phrases.cause(cause, "next_experiment")
    return "\n".join(flatten(text) for text in (build_headline(material), advice))


def _find_places(cause: Cause, material: Material) -> Iterator[Evidence]:
    """Places of the code that have to do with the disconnects, then the lines that speak for the cause."""
    for remark in list_remarks(material):
        if remark.concerns_drops:
            yield Evidence(remark.file, remark.line)
    for check in cause.checks:
        if check.outcome is Outcome.SUPPORTS:
            yield from check.evidence


def _write_result(entry: Reported, rule_index: int) -> dict[str, Any]:
    places = list(dict.fromkeys(entry.places))[:PLACES_SHOWN]
    return {
        "ruleId": entry.rule,
        "ruleIndex": rule_index,
        "level": entry.level,
        "message": {"text": escape_json(entry.text)},
        "locations": [_write_location(place) for place in places],
        "partialFingerprints": {"logdiag/v1": _fingerprint(entry.rule, places)},
    }


def _write_location(place: Evidence) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _write_uri(place.file)},
            "region": {"startLine": max(place.line, 1)},
        }
    }


def _write_uri(file: str) -> str:
    """A path as a relative or file URI; of a member of an archive, or a URL, the name as it stands, escaped."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(escape_json(path.as_posix()))


def _fingerprint(rule: str, places: Iterable[Evidence]) -> str:
    """What stays the same in the next run: the rule, and the file of its first place."""
    first = next((place.file for place in places), "")
    return hashlib.sha256(f"{rule}\n{first}".encode("utf-8", "surrogatepass")).hexdigest()
