"""Pictures drawn with characters, for every format that writes text; what they show comes ready as fractions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from logdiag.renderers.document import Chart, ChartRow, Inline, Span, Style, Tick

GAP_COLUMNS: Final = 2
NARROWEST_PLOT_COLUMNS: Final = 5
WIDEST_PLOT_COLUMNS: Final = 81
GUIDE: Final = "│"
BAR: Final = "─"
RULE: Final = "─"


def draw(chart: Chart, width_columns: int) -> tuple[Inline, ...]:
    """Draw a chart into lines of at most `width_columns`, or of what its labels and the narrowest plot need."""
    labels = max(cell_len(row.label) for row in chart.rows)
    plot = min(WIDEST_PLOT_COLUMNS, max(NARROWEST_PLOT_COLUMNS, width_columns - labels - GAP_COLUMNS))
    margin = " " * (labels + GAP_COLUMNS)
    scale = _place_labels(chart.ticks, plot)
    head = [_muted(margin + line) for line in (_ends(chart.ends, plot), scale, RULE * plot) if line.strip()]
    return (*head, *(_draw_row(chart, row, labels, plot) for row in chart.rows))


def _muted(text: str) -> Inline:
    return (Span(text.rstrip(), Style.MUTED),)


def _column(ratio: float, plot_columns: int) -> int:
    """Return the column, counted from 0, of a fraction of the axis; what lies outside is drawn at its end."""
    return round(min(1.0, max(0.0, ratio)) * (plot_columns - 1))


def _ends(ends: tuple[str, str, str], plot_columns: int) -> str:
    """Write what the left end, the guide and the right end of the axis mean."""
    left, middle, right = ends
    return _place_labels((Tick(0.0, left), Tick(0.5, middle), Tick(1.0, right)), plot_columns)


def _place_labels(ticks: Sequence[Tick], plot_columns: int) -> str:
    """Write the labels centred on their places, as far as they have room; the middle and the ends come first."""
    taken = [" "] * plot_columns
    for tick in sorted(ticks, key=lambda tick: (tick.at_ratio not in {0.0, 0.5, 1.0}, tick.at_ratio)):
        width = cell_len(tick.label)
        start = min(max(0, _column(tick.at_ratio, plot_columns) - width // 2), plot_columns - width)
        if start < 0 or any(cell != " " for cell in taken[max(0, start - 1) : start + width + 1]):
            continue
        taken[start : start + width] = [*tick.label, *[""] * (width - len(tick.label))]
    return "".join(taken)


def _draw_row(chart: Chart, row: ChartRow, label_columns: int, plot_columns: int) -> Inline:
    cells: list[Span] = [Span(" ")] * plot_columns
    if row.bar_ratio is not None:
        end = _column(row.bar_ratio, plot_columns)
        cells[:end] = [Span(BAR, Style.MUTED)] * end
    if chart.guide_ratio is not None:
        cells[_column(chart.guide_ratio, plot_columns)] = Span(GUIDE, Style.MUTED)
    for mark in row.marks:
        cells[_column(mark.at_ratio, plot_columns)] = Span(mark.sign, mark.style)
    label = row.label + " " * (label_columns - cell_len(row.label) + GAP_COLUMNS)
    return (Span(label), *_merge(cells))


def _merge(cells: Sequence[Span]) -> Iterator[Span]:
    """Join neighbours of one style, and leave the blanks at the end out."""
    last = max((index for index, cell in enumerate(cells) if cell.text != " "), default=-1)
    run: list[Span] = []
    for cell in cells[: last + 1]:
        if run and run[-1].style is not cell.style:
            yield Span("".join(part.text for part in run), run[0].style)
            run = []
        run.append(cell)
    if run:
        yield Span("".join(part.text for part in run), run[0].style)
