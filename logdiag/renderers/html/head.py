"""The head of the page: its lead, taken out of the summary, and the first line of each section that is folded."""

from __future__ import annotations

from dataclasses import replace

from logdiag.renderers.document import (
    Block,
    Bullets,
    CodeLines,
    Document,
    FactList,
    Inline,
    Paragraph,
    Section,
    flatten,
)
from logdiag.renderers.sections.material import clip

GIST_LENGTH = 160  # of a folded section's first line: about a line and a half on a desk
WIDE_COLON = "："
COLONS = (":", WIDE_COLON)


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
    """Return the first line of a section, clipped; one that announces what follows, with the first of that."""
    said = ""
    for line in map(_find_first, section.blocks):
        said += line if not said or not line or said.endswith(WIDE_COLON) else f" {line}"
        if said and not (line and said.endswith(COLONS)):
            break
    return clip(said.rstrip("".join(COLONS)), GIST_LENGTH)


def _find_first(block: Block) -> str:
    """Return the first line of a block that is made of lines."""
    match block:
        case Paragraph(text) | CodeLines(text) | Bullets((text, *_)) | FactList(((_, text), *_)):
            return flatten(text)
        case _:
            return ""
