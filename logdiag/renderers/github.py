"""What GitHub Actions shows: annotations (workflow commands on standard output) and the summary of the step.

An annotation is a line `::error file=…,line=…,title=…::message`; GitHub takes ten of a kind from a step, so the worst
come first. Escapes: docs.github.com, "Workflow commands", and actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from logdiag.diagnosis import Diagnosis, Evidence
from logdiag.renderers.document import Document, FactList, Paragraph, Section, flatten
from logdiag.renderers.escape import escape_controls, escape_workflow_data, escape_workflow_property
from logdiag.renderers.markdown import write_markdown
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.report import build_report
from logdiag.renderers.sections.code import list_remarks
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.summary import build_headline, build_summary
from logdiag.verdict import Severity, Verdict

LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(diagnosis: Diagnosis, *, version: str, language: str = "en") -> str:
    """Write an annotation for the diagnosis as a whole, then one for each finding, then for places of the code."""
    material = Material(diagnosis, Phrases(language, diagnosis.inputs.display_zone), version)
    level = "warning" if diagnosis.verdict is Verdict.INCONCLUSIVE else LEVELS[diagnosis.severity]
    lines = [_annotate(level, flatten(build_headline(material)), list(_summarize(material)), None)]
    for finding in diagnosis.findings:
        text = [material.finding(finding, "text"), *(f"{place.file}:{place.line}" for place in finding.evidence)]
        first = finding.evidence[0] if finding.evidence else None
        lines.append(_annotate(LEVELS[finding.severity], material.finding(finding, "title"), text, first))
    lines += [
        _annotate("notice", remark.title, [remark.text], Evidence(remark.file, remark.line))
        for remark in list_remarks(material)
        if remark.id == "timer" or remark.is_to_blame
    ]
    return "".join(f"{line}\n" for line in lines)


def _summarize(material: Material) -> Iterator[str]:
    """Yield the first screen, a line for each of its rows."""
    for block in build_summary(material).blocks:
        if isinstance(block, FactList):
            yield from (f"{label}: {flatten(text)}" for label, text in block.rows)


def _annotate(level: str, title: str, lines: list[str], place: Evidence | None) -> str:
    """Write one workflow command; each of `lines` is made one line, so nothing from a log can start a command."""
    properties = [f"file={escape_workflow_property(place.file)}", f"line={place.line}"] if place is not None else []
    properties.append(f"title={escape_workflow_property(title)}")
    return f"::{level} {','.join(properties)}::{escape_workflow_data(chr(10).join(map(escape_controls, lines)))}"


def render_step_summary(diagnosis: Diagnosis, *, version: str, room_bytes: int, language: str = "en") -> str:
    """Write the report as Markdown of at most `room_bytes`; where it is longer, the longest sections are left out.

    GitHub drops a summary over its limit as a whole. Empty if not even the headline fits.
    """
    phrases = Phrases(language, diagnosis.inputs.display_zone)
    report = build_report(diagnosis, version=version, language=language)
    note = Section("left-out", phrases.text("title.footer"), (Paragraph(phrases.inline("github.left_out")),))
    text = write_markdown(report)
    kept = report.sections
    while kept and _size_bytes(text) > room_bytes:
        longest = max(kept, key=lambda section: _size_bytes(_write_alone(report, section)))
        kept = tuple(section for section in kept if section is not longest)
        text = write_markdown(replace(report, sections=(*kept, note)))
    return text if _size_bytes(text) <= room_bytes else ""


def _write_alone(report: Document, section: Section) -> str:
    return write_markdown(replace(report, sections=(section,)))


def _size_bytes(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
