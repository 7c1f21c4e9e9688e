"""Pictures made of characters."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from logdiag.renderers.charts import draw
from logdiag.renderers.document import Chart, ChartMark, ChartRow, Style, Tick, flatten

BEAT = Chart(
    ends=("early", "on the beat", "late"),
    ticks=(Tick(0.0, "-15 s"), Tick(0.25, "-1 s"), Tick(0.5, "0"), Tick(0.75, "+1 s"), Tick(1.0, "+15 s")),
    rows=(
        ChartRow(" 1", (ChartMark(0.5, "●"),)),
        ChartRow(" 2", (ChartMark(0.25, "×", Style.BAD),)),
        ChartRow("10", (ChartMark(1.2, "●"), ChartMark(-1.0, "●"))),
    ),
    guide_ratio=0.5,
)


def lines_of(chart: Chart, width: int) -> list[str]:
    return [flatten(line) for line in draw(chart, width)]


def test_marks_stand_where_they_belong() -> None:
    """A mark stands in the column of its fraction, over the guide; what lies outside stands at the end."""
    assert lines_of(BEAT, 45) == [
        "    early          on the beat           late",
        "    -15 s   -1 s        0       +1 s    +15 s",
        "    ─────────────────────────────────────────",
        " 1                      ●",
        " 2            ×         │",
        "10  ●                   │                   ●",
    ]


def test_a_bar_runs_up_to_its_mark() -> None:
    """A bar starts at the left end and ends where its mark is; the guide stays visible in it."""
    chart = Chart(("", "", ""), (), (ChartRow("a", (ChartMark(1.0, "●"),), bar_ratio=1.0),), guide_ratio=0.5)
    assert lines_of(chart, 14)[-1] == "a  ─────│────●"


@pytest.mark.parametrize("width", [12, 20, 40, 80, 200])
def test_a_picture_fits(width: int) -> None:
    """No line is wider than asked, wide labels included, and labels without room are left out."""
    wide = Chart(("提前", "在节拍上", "延后"), BEAT.ticks, BEAT.rows, 0.5)
    for chart in (BEAT, wide):
        assert all(cell_len(line) <= width for line in lines_of(chart, width))
    assert "-1 s" not in "".join(lines_of(BEAT, 20))


def test_what_is_off_keeps_its_style() -> None:
    """The style of a mark is its own, so that a terminal can colour it."""
    spans = [span for line in draw(BEAT, 45) for span in line if span.style is Style.BAD]
    assert [span.text for span in spans] == ["×"]
