"""What a reader copies from the page: a summary for a chat, and each section as Markdown for a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logdiag.renderers.document import Document, FactList, Inline, flatten
from logdiag.renderers.escape import escape_controls, escape_markdown_code
from logdiag.renderers.markdown import write_section


def build_copies(report: Document) -> dict[str, Any]:
    """Return the `summary` in a few lines of plain text, and `sections`, their Markdown by id."""
    return {
        "summary": "\n".join(_list_lines(report)),
        "sections": {section.id: write_section(section) for section in report.sections},
    }


def _list_lines(report: Document) -> Iterator[str]:
    yield escape_controls(flatten(report.headline))
    for section in report.sections[:1]:
        for block in section.blocks:
            if isinstance(block, FactList):
                yield from (f"{label}: {_write(text)}" for label, text in block.rows)


def _write(text: Inline) -> str:
    """Write a line for a chat: what comes from a log in backticks, so that no chat takes it for a mention or a link."""
    return "".join(escape_markdown_code(span.text) if span.is_code else escape_controls(span.text) for span in text)
