"""The head of the page: its lead, taken out of the summary, and the first line of each section that is folded."""

from __future__ import annotations

from dataclasses import replace

from logdiag.renderers.document import Bullets, CodeLines, Document, FactList, Inline, Paragraph, Section, flatten
from logdiag.renderers.sections.material import clip

GIST_LENGTH = 160  # of a folded section's first line: about a line and a half on a desk


def split_lead(report: Document, label: str) -> tuple[Inline, Document]:
    """Return the row of the summary that is called `label`, empty without one, and the report without that row."""
    lead: Inline = ()
    first, *others = report.sections
    blocks = []
    for block in first.blocks:
        if isinstance(block, FactList):
            lead = next((text for name, text in block.rows if name == label), lead)
            block = FactList(tuple(row for row in block.rows if row[0] != label))  # noqa: PLW2901
        blocks.append(block)
    return lead, replace(report, sections=(replace(first, blocks=tuple(blocks)), *others))


def sum_up(section: Section) -> str:
    """Return the first line of a section, clipped."""
    for block in section.blocks:
        match block:
            case Paragraph(text) | CodeLines(text) | Bullets((text, *_)) | FactList(((_, text), *_)):
                return clip(flatten(text), GIST_LENGTH)
            case _:
                continue
    return ""
