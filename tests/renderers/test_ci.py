"""JUnit XML and GitHub annotations: what a CI server makes of a diagnosis."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xmlschema import XMLSchema

from logdiag.renderers import escape
from logdiag.renderers.github import render_github, render_step_summary
from logdiag.renderers.junit import render_junit
from logdiag.results.causes import Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.verdict import Severity, Verdict
from tests.renderers.example import EXAMPLES, HOSTILE, build_example, build_many

any_text = st.text(st.characters(exclude_categories=())) | st.sampled_from([HOSTILE, "\ufffe", "]]>", "::error::x"])
SUMMARY_LINES: Final = 60
COMMAND: Final = re.compile(r"::(?P<level>[a-z-]+) (?P<properties>[^:]*)::(?P<data>.*)")


@cache
def load_schema() -> XMLSchema:
    """Jenkins' schema, read where it is needed: each worker of pytest-xdist loads this module."""
    return XMLSchema(Path(__file__).parent / "junit.xsd")


def find_cases(diagnosis: Diagnosis) -> dict[str, list[Element]]:
    """The test cases by class; the document obeys the schema and its counts are right."""
    text = render_junit(diagnosis, version="0.1.0")
    load_schema().validate(text)
    root = fromstring(text)  # noqa: S314  our own
    suite = root.find("testsuite")
    assert suite is not None
    cases: dict[str, list[Element]] = {}
    for case in suite.findall("testcase"):
        cases.setdefault(case.attrib["classname"], []).append(case)
    count = sum(map(len, cases.values()))
    for element in (root, suite):
        assert element.attrib["tests"] == str(count)
        assert element.attrib["failures"] == str(len(suite.findall("testcase/failure")))
    assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))
    return cases


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_junit_reads_as_approved(name: str, golden: Callable[[str, str], None]) -> None:
    """The JUnit XML of each example is the approved one, and obeys the schema of Jenkins."""
    find_cases(EXAMPLES[name]())
    golden(f"{name}.junit.xml", render_junit(EXAMPLES[name](), version="0.1.0"))


def test_each_finding_is_a_case() -> None:
    """A finding of warning or worse fails with its places; a note passes."""
    example = build_example()
    cases = find_cases(example)
    assert sum(map(len, cases.values())) == len(example.findings) + len(example.asserted)
    for finding in example.findings:
        case = cases[f"logdiag.{finding.id}"][0]
        failed = case.find("failure")
        assert (failed is not None) is (finding.severity is not Severity.INFO)
        if failed is not None:
            assert failed.attrib["type"] == finding.severity.value
            assert all(str(place.line) in (failed.text or "") for place in finding.evidence)


def test_each_asserted_cause_is_a_case_and_a_property() -> None:
    """A cause that is asserted fails under a name without numbers, and the suite has its confidence."""
    example = build_example()
    suite = fromstring(render_junit(example, version="0.1.0")).find("testsuite")  # noqa: S314  our own
    assert suite is not None
    for cause in example.asserted:
        assert suite.find(f"testcase[@classname='logdiag.cause.{cause.id}']/failure") is not None
        stated = suite.find(f"properties/property[@name='cause.{cause.id}']")
        assert stated is not None
        assert stated.attrib["value"] == f"{cause.confidence:.3f}"


def test_health_is_a_case_that_passes() -> None:
    """A healthy system is one case, and it passes."""
    cases = find_cases(EXAMPLES["healthy"]())
    assert list(cases) == ["logdiag.verdict"]
    assert [child.tag for child in cases["logdiag.verdict"][0]] == ["system-out"]


def test_nothing_seen_is_skipped() -> None:
    """Where nobody can tell, no case passes and none fails."""
    cases = find_cases(EXAMPLES["nothing"]())
    assert "logdiag.verdict" in cases
    assert {child.tag for found in cases.values() for case in found for child in case} == {"skipped"}


def test_names_of_cases_differ() -> None:
    """Two findings of one kind have names of their own, so that a CI server tells them apart."""
    numbers = {"availability_ratio": 0.9, "outage_s": 3.0}
    findings = tuple(
        Finding("low-availability", Severity.ERROR, {"connection": name, **numbers}, ()) for name in ("a", "b")
    )
    cases = find_cases(replace(build_example(), findings=findings))["logdiag.low-availability"]
    assert len({case.attrib["name"] for case in cases}) == 2


@given(any_text)
def test_any_text_is_xml(text: str) -> None:
    """Whatever a log says, the XML parses, obeys the schema, and holds no character that XML forbids."""
    finding = Finding("a-finding", Severity.ERROR, {"what": text, "connection": text}, (Evidence(text, 3),))
    case = find_cases(replace(build_example(), findings=(finding,)))["logdiag.a-finding"][0]
    failure = case.find("failure")
    assert failure is not None
    assert f"{escape.escape_xml(text)}:3" in (failure.text or "").split("\n")


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as the runner does: level, properties, message."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = (pair.partition("=") for pair in found["properties"].split(","))
    return found["level"], {name: unescape(value) for name, _, value in pairs}, unescape(found["data"])


def unescape(text: str) -> str:
    """Undo the escapes in the order of the runner (src/Runner.Common/ActionCommand.cs): the per cent sign last."""
    for escaped, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, character)
    return text


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_annotations_read_as_approved(name: str, golden: Callable[[str, str], None]) -> None:
    """The annotations of each example are the approved ones."""
    golden(f"{name}.github.txt", render_github(EXAMPLES[name](), version="0.1.0"))


def test_annotations_say_what_the_findings_say() -> None:
    """The verdict comes first, then each finding at its first place, by its severity."""
    example = build_example()
    verdict, *others = [read_command(line) for line in render_github(example, version="0").splitlines()]
    assert verdict[0] == "error"
    assert verdict[1]["title"].startswith("INCIDENT: 9 of 11 disconnects")
    assert "Do first: " in verdict[2]
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
    assert [level for level, _, _ in others] == [levels[finding.severity] for finding in example.findings]
    places = [(properties.get("file"), properties.get("line")) for _, properties, _ in others]
    assert places[1] == ("logs/worker1/socket-client.log", "2")
    assert places[0] == (None, None)


@pytest.mark.parametrize(
    ("name", "level"), [("healthy", "notice"), ("nothing", "warning"), ("example", "error")], ids=str
)
def test_level_of_the_verdict(name: str, level: str) -> None:
    """Health is a notice, an open question a warning, an incident as bad as its worst finding."""
    assert read_command(render_github(EXAMPLES[name](), version="0").splitlines()[0])[0] == level


@given(any_text)
def test_any_text_stays_in_its_annotation(text: str) -> None:
    """Whatever a log says, each line is one command, and file and message come back as they were shown."""
    finding = Finding("a-finding", Severity.ERROR, {"connection": text}, (Evidence(text, 3),))
    lines = render_github(replace(build_example(), findings=(finding,)), version="0").split("\n")
    assert len(lines) == 3
    level, properties, message = read_command(lines[1])
    assert (level, properties["line"]) == ("error", "3")
    assert properties["file"] == escape.escape_controls(text)
    assert message.split("\n")[-1] == f"{escape.escape_controls(text)}:3"


def test_step_summary_is_the_first_screen() -> None:
    """The summary of the step is short, however much there is to say; the report is an artifact."""
    for diagnosis in (build_example(), replace(build_many(3_000), verdict=Verdict.INCIDENT)):
        text = render_step_summary(diagnosis, version="0.1.0", room_bytes=1 << 20)
        assert text.startswith("# Socket.IO disconnect diagnosis\n\n**INCIDENT**")
        assert len(text.splitlines()) <= SUMMARY_LINES


def test_step_summary_may_be_empty() -> None:
    """Where GitHub takes nothing more, nothing is written."""
    assert render_step_summary(build_example(), version="0.1.0", room_bytes=100) == ""
