"""The report for a terminal, a pipe or a text file: same layout with and without colour.

Rich lays out; it never sees markup, nor the environment (width, colour and encoding are arguments), so the same
diagnosis gives the same bytes everywhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

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
)
from logdiag.renderers.escape import disarm_commands, escape_terminal, escape_terminal_prose, is_unicode
from logdiag.renderers.extents import Extent
from logdiag.renderers.line_breaks import Prose, runs, wrap_offsets, wrap_quote
from logdiag.renderers.report import build_report
from logdiag.results.diagnosis import Diagnosis

MINIMUM_WIDTH: Final = 40
SCREEN_COLUMNS: Final = 80  # of a terminal as it opens, with as many lines as the next says
SCREEN_LINES: Final = 24
PROSE_WIDTH: Final = 110  # longer lines are hard to read; tables and quoted lines use the full width
QUOTE_LENGTH: Final = 600
QUOTE_INDENT: Final = 4
TIGHT_COLUMNS: Final = 36  # a wide cell with less room beside the others stands below them
COLUMN_GAP: Final = 2
HEAD_COLUMNS: Final = 8  # a column's name in Chinese is not broken below this
# Colours that can be read on white and on black. Of the eight that each terminal has its own shade of, red and magenta
# can; cyan, green and yellow drown in white, blue in black, so that green and yellow are taken from the 256 that are
# the same everywhere: a dark green and Solarized's yellow, which was made for both grounds (a test has the contrasts).
STYLES: Final = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.CODE: "magenta",
    Style.PLACE: "dim",
    Style.MUTED: "dim",
    Style.GOOD: "bold color(28)",
    Style.WARN: "bold color(136)",
    Style.BAD: "bold red",
}
RULES: Final = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
ASCII_RULES: Final = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def render_text(
    diagnosis: Diagnosis,
    *,
    width: int,
    color: bool,
    ascii_only: bool = False,
    version: str,
    language: str = "en",
    encoding: str = "utf-8",
    extent: Extent = Extent.WHOLE,
) -> str:
    """Write the report, or its first screen, as text of at most `width` columns (never fewer than 40).

    Unless it shall be detailed it says nothing twice, and leaves details to commands that it names.
    What `encoding` cannot carry is backslash-escaped when it comes from a log, and spelled in ASCII when it is ours.
    """
    is_compact = extent is not Extent.DETAILED
    report = build_report(diagnosis, version=version, language=language, extent=extent, is_compact=is_compact)
    return write_text(report, width=width, color=color, ascii_only=ascii_only, encoding=encoding)


def write_text(report: Document, *, width: int, color: bool, ascii_only: bool = False, encoding: str = "utf-8") -> str:
    """Write a document of blocks as text, under the conditions of `render_text`."""
    layout = _Layout(width_columns=max(MINIMUM_WIDTH, width), color=color, encoding="ascii" if ascii_only else encoding)
    return layout.write(_fit(layout, report))


def _fit(layout: _Layout, report: Document) -> Document:
    """Give up what can be spared until the first screen has no more lines than a terminal, if that is wide enough."""
    screen = report.sections[:1]
    if layout.width_columns < SCREEN_COLUMNS or not screen or screen[0].id != "summary":
        return report
    while layout.write(replace(report, sections=screen)).count("\n") > SCREEN_LINES:
        shorter = _spare_one(screen[0].blocks)
        if shorter == screen[0].blocks:
            break
        screen = (replace(screen[0], blocks=shorter),)
    return replace(report, sections=(*screen, *report.sections[1:]))


def _spare_one(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without the first thing that one of them can spare."""
    for place, block in enumerate(blocks):
        if isinstance(block, FactList) and block.spare:
            (label, text), *spare = block.spare
            rows = ((name, text if name == label else told) for name, told in block.rows)
            facts = FactList(tuple(row for row in rows if row[1]), tuple(spare))
            return (*blocks[:place], facts, *blocks[place + 1 :])
    return blocks


@dataclass(frozen=True)
class _Layout:
    """How blocks become lines."""

    width_columns: int
    color: bool
    encoding: str

    def write(self, report: Document) -> str:
        buffer = io.StringIO()
        console = Console(
            file=buffer,
            width=self.width_columns,
            color_system="256" if self.color else None,
            force_terminal=self.color,
            no_color=not self.color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )
        self._write_head(console, report)
        for section in report.sections:
            self._write_section(console, section)
        return disarm_commands(_strip_line_ends(buffer.getvalue()))

    def _write_head(self, console: Console, report: Document) -> None:
        if not report.sections:  # one line for a script, however long
            console.print(self._text(report.headline), soft_wrap=True)
            return
        self._print(console, self._text(report.headline))
        self._print(console, Text(self._prose("=" if not self._is_unicode else "━") * self.width_columns, style="dim"))

    def _write_section(self, console: Console, section: Section) -> None:
        if section.id != "summary":
            console.print()
            self._print(console, Text(self._prose(section.title.upper()), style="bold underline"))
        previous: Block | None = None
        for block in section.blocks:
            if self._needs_gap(previous, block):
                console.print()
            self._write_block(console, block)
            previous = block

    def _needs_gap(self, previous: Block | None, block: Block) -> bool:
        if isinstance(block, Paragraph) and block.is_apart:
            return previous is not None
        if isinstance(block, Subheading | Table):
            return previous is not None and not (isinstance(previous, Subheading) and isinstance(block, Table))
        return isinstance(previous, Table | Chart)

    @property
    def _is_unicode(self) -> bool:
        return is_unicode(self.encoding)

    def _prose(self, text: str) -> str:
        return escape_terminal_prose(text, self.encoding)

    def _text(self, line: Inline) -> Text:
        text = Prose(overflow="fold")
        for span in line:
            text.append(self._span(span), style=STYLES[span.style])
        return text

    def _span(self, span: Span) -> str:
        if span.is_code:
            return escape_terminal(span.text, self.encoding)
        return self._prose(span.text)

    def _print(self, console: Console, text: Text, indent: int = 0) -> None:
        console.print(Padding(text, (0, 0, 0, indent)))  # bare text would be joined into one that Rich breaks its way

    def _write_block(self, console: Console, block: Block) -> None:
        writers: tuple[tuple[type, Callable[..., None]], ...] = (
            (Subheading, self._write_subheading),
            (Paragraph, self._write_paragraph),
            (Bullets, self._write_bullets),
            (FactList, self._write_facts),
            (Table, self._write_table),
            (CodeLines, self._write_code),
            (Chart, self._write_chart),
        )
        next(write for kind, write in writers if isinstance(block, kind))(console, block)

    def _write_subheading(self, console: Console, block: Subheading) -> None:
        text = self._text(block.text)
        text.stylize("bold")
        self._print(console, text)

    def _write_paragraph(self, console: Console, block: Paragraph) -> None:
        console.print(Padding(self._text(block.text), 0), width=min(self.width_columns, PROSE_WIDTH))

    def _write_bullets(self, console: Console, block: Bullets) -> None:
        heads = map(Text, self._markers(block))
        self._write_hanging(console, list(zip(heads, map(self._text, block.items), strict=True)), gap_columns=1)

    def _markers(self, block: Bullets) -> Iterable[str]:
        if block.ticks:
            return [" [x]" if done else " [ ]" for done in block.ticks]
        if block.ordered:
            return [f"{number:>2}." for number in range(1, len(block.items) + 1)]
        return [" -"] * len(block.items)

    def _write_facts(self, console: Console, block: FactList) -> None:
        rows = [(Text.assemble((self._prose(label), "bold")), self._text(value)) for label, value in block.rows]
        self._write_hanging(console, rows, gap_columns=COLUMN_GAP)

    def _write_hanging(self, console: Console, rows: Sequence[tuple[Text, Text]], gap_columns: int) -> None:
        """Write texts each behind a head, in two columns."""
        indent = max((head.cell_len for head, _ in rows), default=0) + gap_columns
        blank = Text(" " * indent)
        lines: list[Text] = []
        for head, body in rows:
            head.pad_right(indent - head.cell_len)
            wrapped = body.wrap(console, min(self.width_columns, PROSE_WIDTH) - indent)
            lines += [(blank if number else head) + line for number, line in enumerate(wrapped)]
        if lines:
            console.print(Text("\n").join(lines), no_wrap=True, overflow="ignore", crop=False)

    def _write_table(self, console: Console, block: Table) -> None:
        box = RULES if self._is_unicode else ASCII_RULES
        rows = [[self._text(cell) for cell in row] for row in block.rows]
        widths = [
            max(map(cell_len, (name, *(row[index].plain for row in rows)))) for index, name in enumerate(block.header)
        ]
        room = self.width_columns - sum(widths[:-1]) - COLUMN_GAP * (len(widths) - 1)
        if 0 <= room < min(TIGHT_COLUMNS, widths[-1]) and len(widths) - 1 not in block.fixed:
            self._write_stacked(console, block, rows, widths)
            return
        grid = Grid(box=box, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), safe_box=False, header_style="bold")
        for index, name in enumerate(block.header):
            is_fixed = index in block.fixed
            header = self._head(name, [row[index] for row in rows]) if is_fixed else Text(self._prose(name))
            grid.add_column(
                header,
                justify="right" if index in block.numeric else "left",
                no_wrap=is_fixed,
                overflow="fold",
                min_width=max(map(cell_len, header.plain.split()), default=0),
            )
        for row in rows:
            grid.add_row(*row)
        console.print(grid)

    def _write_stacked(self, console: Console, block: Table, rows: list[list[Text]], widths: Sequence[int]) -> None:
        """Write the last cell of each row below the others, where it would have no room beside them."""
        indent = widths[0] + COLUMN_GAP
        heads = [Text(self._prose(name), style="bold") for name in block.header]
        for number, (*cells, last) in enumerate([heads, *rows]):
            line = Text()
            for index, cell in enumerate(cells):
                blanks = Text(" " * (widths[index] - cell.cell_len))
                line += blanks + cell if index in block.numeric else cell + blanks
                line += Text(" " * COLUMN_GAP)
            self._print(console, line)
            self._print(console, last, indent=indent)
            if number == 0:
                self._print(console, Text(self._prose("─" if self._is_unicode else "-") * self.width_columns))

    def _head(self, name: str, cells: Sequence[Text]) -> Text:
        """Break the name of a column into lines no wider than its cells, as far as that leaves words in one piece."""
        shown = self._prose(name)
        words = (min(HEAD_COLUMNS, cell_len(word)) for word in shown.split())
        room = max(*(cell.cell_len for cell in cells), *words, *map(cell_len, runs(shown)), 0)
        edges = [0, *wrap_offsets(shown, room), None]
        return Text("\n".join(shown[begin:end].rstrip() for begin, end in pairwise(edges)))

    def _write_code(self, console: Console, block: CodeLines) -> None:
        self._print(console, self._text(block.caption), indent=2)
        for line in block.lines:
            shown = escape_terminal(line, self.encoding)
            if len(shown) > QUOTE_LENGTH:
                shown = f"{shown[:QUOTE_LENGTH]} " + self._prose(f"… (+{len(shown) - QUOTE_LENGTH:,})")
            width = self.width_columns - QUOTE_INDENT
            self._print(console, Text("\n".join(wrap_quote(shown, width)), overflow="fold"), indent=QUOTE_INDENT)

    def _write_chart(self, console: Console, block: Chart) -> None:
        for line in draw(block, self.width_columns):
            text = self._text(line)
            text.no_wrap = True
            self._print(console, text)


def _strip_line_ends(text: str) -> str:
    """Drop the blanks with which rich fills lines up; copied text shall hold none."""
    return "\n".join(line.rstrip(" ") for line in text.split("\n"))
