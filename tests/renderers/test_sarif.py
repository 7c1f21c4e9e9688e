"""SARIF: what code scanning takes, whatever a log says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from logdiag.renderers.sarif import PLACES_SHOWN, render_sarif
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from tests.folding import each
from tests.renderers.example import EXAMPLES, HOSTILE, build_example

LEVELS = {"error", "warning", "note"}


def read_run(diagnosis: Diagnosis) -> dict[str, Any]:
    """The one run of a log; it has what SARIF 2.1.0 requires (3.13 to 3.38) and what GitHub reads of it."""
    text = render_sarif(diagnosis, version="0.1.0")
    assert text.isascii()
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        assert len(result["locations"]) <= PLACES_SHOWN
        for location in result["locations"]:
            place = location["physicalLocation"]
            assert place["region"]["startLine"] >= 1
            assert urlsplit(place["artifactLocation"]["uri"]).scheme in {"", "file"}
    return dict(run)


@each("name", sorted(EXAMPLES))
def test_every_example_is_a_run(name: str) -> None:
    """A result for each asserted cause, each finding, and each remark on the code."""
    diagnosis = EXAMPLES[name]()
    ids = [result["ruleId"] for result in read_run(diagnosis)["results"]]
    assert [item for item in ids if item.startswith("cause/")] == [f"cause/{cause.id}" for cause in diagnosis.asserted]
    assert sum(item.startswith("finding/") for item in ids) == len(diagnosis.findings)


def test_places_lead_to_the_logs() -> None:
    """The first place of a finding is its first line of evidence."""
    example = build_example()
    results = [result for result in read_run(example)["results"] if result["ruleId"].startswith("finding/")]
    for finding, result in zip(example.findings, results, strict=True):
        for place in finding.evidence[:1]:
            physical = result["locations"][0]["physicalLocation"]
            assert physical["region"]["startLine"] == place.line
            assert unquote(physical["artifactLocation"]["uri"]).endswith(place.file.rpartition("/")[2])


def test_the_next_run_is_known_again() -> None:
    """Fingerprints hold no numbers of this run: other lines of the same file give the same ones."""
    first, second = (read_run(build_example()) for _ in range(2))
    marks = [[result["partialFingerprints"] for result in run["results"]] for run in (first, second)]
    assert marks[0] == marks[1]


@given(st.text(st.characters(exclude_categories=())) | st.just(HOSTILE))
def test_any_file_name_is_a_uri(name: str) -> None:
    """Nothing in the name of a file breaks a URI or the JSON."""
    example = build_example()
    findings = tuple(replace(finding, evidence=(Evidence(f"x{name}", 0),)) for finding in example.findings[:1])
    read_run(replace(example, findings=findings))
