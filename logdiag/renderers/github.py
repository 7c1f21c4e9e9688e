"""What GitHub Actions shows: annotations (workflow commands on standard output) and the summary of the step.

An annotation is a line `::error file=…,line=…,title=…::message`; GitHub takes ten of a kind from a step, so the worst
come first. Escapes: docs.github.com, "Workflow commands", and actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logdiag.renderers.document import FactList, flatten
from logdiag.renderers.escape import escape_controls, escape_workflow_data, escape_workflow_property
from logdiag.renderers.extents import Extent
from logdiag.renderers.markdown import write_markdown
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.report import build_report
from logdiag.renderers.sections.code import list_remarks
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.summary import build_summary
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.verdict import Severity, Verdict

LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(diagnosis: Diagnosis, *, version: str, language: str = "en") -> str:
    """Write an annotation for the diagnosis as a whole, then one for each finding, then for places of the code."""
    inputs = diagnosis.inputs
    material = Material(diagnosis, Phrases(language, inputs.display_zone, voices=diagnosis.voices), version)
    level = "warning" if diagnosis.verdict is Verdict.INCONCLUSIVE else LEVELS[diagnosis.severity]
    lines = [_annotate(level, flatten(build_headline(material)), list(_summarize(material)), None)]
    for finding in diagnosis.findings:
        text = [material.finding(finding, "text"), *(f"{place.file}:{place.line}" for place in finding.evidence)]
        first = finding.evidence[0] if finding.evidence else None
        lines.append(_annotate(LEVELS[finding.severity], material.finding(finding, "title"), text, first))
    lines += [
        _annotate("notice", remark.title, [remark.text], Evidence(remark.file, remark.line))
        for remark in list_remarks(material)
        if remark.concerns_drops
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
    """Write the first screen as Markdown; empty if it is longer than `room_bytes`: GitHub would drop it whole."""
    report = build_report(diagnosis, version=version, language=language, extent=Extent.BRIEF)
    text = write_markdown(report)
    return text if len(text.encode("utf-8", "backslashreplace")) <= room_bytes else ""
