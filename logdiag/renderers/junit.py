"""The asserted causes and the findings as JUnit XML: a test case each, as Jenkins and GitLab read them.

The names of the cases hold no numbers, so that a CI server knows a case again in the next run. Attributes are those
of Jenkins' schema (junit-10.xsd of its xUnit plugin), which both servers take; places stand in the text.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from logdiag.renderers.document import flatten
from logdiag.renderers.escape import escape_xml
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material
from logdiag.results.causes import Cause, Finding, Outcome
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Severity, Verdict

SUITE: Final = "logdiag"
FAILING: Final = frozenset({Severity.WARNING, Severity.ERROR})
NAMING_NUMBERS: Final = ("connection", "pattern")  # what tells two findings of one kind apart


def render_junit(diagnosis: Diagnosis, *, version: str, language: str = "en") -> str:
    """Write a failure for each asserted cause and finding of warning or worse; where nothing failed, the verdict."""
    inputs = diagnosis.inputs
    material = Material(diagnosis, Phrases(language, inputs.display_zone, voices=diagnosis.voices), version)
    suites = Element("testsuites", {"name": SUITE})
    suite = SubElement(suites, "testsuite", {"name": SUITE})
    properties = SubElement(suite, "properties")
    causes = [(f"cause.{cause.id}", f"{cause.confidence:.3f}") for cause in material.asserted]
    for name, value in (("verdict", diagnosis.verdict.value), *causes, ("logdiag", version)):
        SubElement(properties, "property", {"name": name, "value": escape_xml(value)})
    if diagnosis.verdict is not Verdict.INCIDENT:
        _add_verdict(suite, material)
    for cause in material.asserted:
        _add_cause(suite, cause, material)
    for finding in diagnosis.findings:
        _add_finding(suite, finding, material)
    counts = {"tests": len(suite.findall("testcase")), "failures": len(suite.findall("*/failure")), "errors": 0}
    for element in (suites, suite):
        element.attrib.update({name: str(count) for name, count in counts.items()})
    suite.set("skipped", str(len(suite.findall("*/skipped"))))
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _add_case(suite: Element, identifier: str, name: str) -> Element:
    return SubElement(suite, "testcase", {"classname": f"{SUITE}.{identifier}", "name": escape_xml(name)})


def _add_verdict(suite: Element, material: Material) -> None:
    """Say that nothing is wrong, or that nobody can tell."""
    case = _add_case(suite, "verdict", material.phrases.text("junit.verdict"))
    headline = flatten(build_headline(material))
    if material.diagnosis.verdict is Verdict.INCONCLUSIVE:
        SubElement(case, "skipped", {"message": escape_xml(headline)})
    else:
        SubElement(case, "system-out").text = escape_xml(headline)


def _add_cause(suite: Element, cause: Cause, material: Material) -> None:
    """A cause that is asserted fails, with what to do first and the lines that speak for it."""
    phrases = material.phrases
    case = _add_case(suite, f"cause.{cause.id}", phrases.text("junit.cause", cause=phrases.cause_title(cause.id)))
    headline = escape_xml(flatten(build_headline(material)))
    failure = SubElement(case, "failure", {"type": material.diagnosis.severity.value, "message": headline})
    advice = escape_xml(flatten(phrases.cause(cause, "next_experiment")))
    supports = [check for check in cause.checks if check.outcome is Outcome.SUPPORTS]
    places = [escape_xml(f"{place.file}:{place.line}") for check in supports for place in check.evidence]
    failure.text = "\n".join([advice, *dict.fromkeys(places)])


def _add_finding(suite: Element, finding: Finding, material: Material) -> None:
    names = [str(finding.numbers[key]) for key in NAMING_NUMBERS if finding.numbers.get(key) is not None]
    title = material.finding(finding, "title")
    case = _add_case(suite, finding.id, f"{title} ({', '.join(names)})" if names else title)
    text = escape_xml(material.finding(finding, "text"))
    places = [escape_xml(f"{place.file}:{place.line}") for place in finding.evidence]
    if finding.severity in FAILING:
        headline = escape_xml(flatten(build_headline(material)))
        failure = SubElement(case, "failure", {"type": finding.severity.value, "message": text})
        failure.text = "\n".join([text, *places, headline])
    elif material.diagnosis.verdict is Verdict.INCONCLUSIVE:
        SubElement(case, "skipped", {"message": text})
    else:
        SubElement(case, "system-out").text = "\n".join([text, *places])
