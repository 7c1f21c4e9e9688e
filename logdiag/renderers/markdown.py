"""The report as Markdown that survives GitHub and GitLab, whatever a log says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from logdiag.renderers.charts import draw
from logdiag.renderers.document import (
    Block,
    Bullets,
    Chart,
    CodeLines,
    Document,
    FactList,
    Inline,
    Paragraph,
    Section,
    Span,
    Style,
    Subheading,
    Table,
    flatten,
)
from logdiag.renderers.escape import disarm_commands, escape_markdown, escape_markdown_block, escape_markdown_code
from logdiag.renderers.extents import Extent
from logdiag.renderers.report import build_report
from logdiag.results.diagnosis import Diagnosis

CHART_COLUMNS: Final = 80
BOLD_STYLES: Final = frozenset({Style.STRONG, Style.GOOD, Style.WARN, Style.BAD})


def render_markdown(diagnosis: Diagnosis, *, version: str, language: str = "en", extent: Extent = Extent.WHOLE) -> str:
    """Write the report, or its first screen, as Markdown, ending in a newline."""
    return write_markdown(build_report(diagnosis, version=version, language=language, extent=extent))


def write_markdown(report: Document) -> str:
    """Write a document of blocks as Markdown."""
    parts = [f"# {escape_markdown(report.title)}", _line(report.headline)]
    for section in report.sections:
        parts.extend(_section(section))
    return disarm_commands("\n\n".join(parts) + "\n")


def write_section(section: Section) -> str:
    """Write one section of a document as Markdown, ending in a newline."""
    return disarm_commands("\n\n".join(_section(section)) + "\n")


def _section(section: Section) -> list[str]:
    return [f"## {escape_markdown(section.title)}", *map(_block, section.blocks)]


def _line(text: Inline, *, in_table: bool = False) -> str:
    return "".join(_span(span, in_table=in_table) for span in text).strip()


def _span(span: Span, *, in_table: bool) -> str:
    if span.is_code:
        return escape_markdown_code(span.text, in_table=in_table)
    escaped = escape_markdown(span.text)
    if span.style in BOLD_STYLES and span.text.strip() == span.text and span.text:
        return f"**{escaped}**"
    return escaped


def _block(block: Block) -> str:
    writers: tuple[tuple[type, Callable[..., str]], ...] = (
        (Subheading, lambda item: f"### {_line(item.text)}"),
        (Paragraph, lambda item: _line(item.text)),
        (Bullets, _bullets),
        (FactList, _facts),
        (Table, _table),
        (CodeLines, _code),
        (Chart, lambda item: escape_markdown_block(tuple(flatten(line) for line in draw(item, CHART_COLUMNS)))),
    )
    return next(write for kind, write in writers if isinstance(block, kind))(block)


def _bullets(block: Bullets) -> str:
    if block.ticks:
        markers = [f"- [{'x' if done else ' '}]" for done in block.ticks]
    elif block.ordered:
        markers = [f"{number}." for number in range(1, len(block.items) + 1)]
    else:
        markers = ["-"] * len(block.items)
    return "\n".join(f"{marker} {_line(item)}" for marker, item in zip(markers, block.items, strict=True))


def _facts(block: FactList) -> str:
    return "\n".join(f"- **{escape_markdown(label)}**: {_line(value)}" for label, value in block.rows)


def _table(block: Table) -> str:
    header = _row([escape_markdown(name) for name in block.header])
    rule = _row(["---:" if index in block.numeric else "---" for index in range(len(block.header))])
    rows = [_row([_line(cell, in_table=True) for cell in row]) for row in block.rows]
    return "\n".join([header, rule, *rows])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(block: CodeLines) -> str:
    return f"{_line(block.caption)}\n\n{escape_markdown_block(block.lines)}"
