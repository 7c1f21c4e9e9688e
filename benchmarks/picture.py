"""Draw the picture of the report that the README shows, from a real run over the reference incident.

    python -m benchmarks.picture [--check]

Writes docs/report.svg: the first screen and the picture of the pattern, as a terminal of 84 columns shows them, dots
for the parts left out. With --check nothing is written; status 1 says that the picture is not that of this program.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from logdiag import __version__
from logdiag.pipeline import Request, diagnose
from logdiag.renderers.terminal import render_text

ROOT: Final = Path(__file__).parent.parent
PICTURE: Final = ROOT / "docs" / "report.svg"
SAMPLE: Final = "sample_logs/2025-11-14-reference"
WIDTH_COLUMNS: Final = 84
PARTS: Final = (("INCIDENT", "SYMPTOMS"), ("DISCONNECT PATTERN", " #"))  # from the one heading to the other
# Rich's own frame loads a font from the network; every machine has one of these.
FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
FRAME: Final = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
text {{ font-family: FONTS; white-space: pre; }}
.{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("FONTS", FONTS)


def write_lines() -> list[Text]:
    """The lines of the picture, in colour."""
    diagnosis = diagnose(Request((str(ROOT / SAMPLE),))).diagnosis
    report = Text.from_ansi(render_text(diagnosis, width=WIDTH_COLUMNS, color=True, version=__version__))
    lines = report.split("\n", allow_blank=True)
    shown = [Text(f"$ logdiag diagnose {SAMPLE}", style="bold")]
    for heading, following in PARTS:
        start = next(number for number, line in enumerate(lines) if line.plain.startswith(heading))
        end = next(number for number, line in enumerate(lines) if number > start and line.plain.startswith(following))
        shown += [*lines[start : end - 1], Text("...")]
    return shown


def draw() -> str:
    """The picture as SVG."""
    console = Console(
        record=True, width=WIDTH_COLUMNS, file=io.StringIO(), force_terminal=True, color_system="standard"
    )
    for line in write_lines():
        console.print(line, no_wrap=True)
    return console.export_svg(title="logdiag", theme=DIMMED_MONOKAI, code_format=FRAME, unique_id="report")


def main() -> int:
    """Write the picture, or compare it."""
    drawn = draw()
    if "--check" in sys.argv[1:]:
        return int(drawn != PICTURE.read_text("utf-8"))
    PICTURE.write_text(drawn, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
