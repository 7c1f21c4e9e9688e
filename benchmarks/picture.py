"""The picture of a report that the README shows: what logdiag prints about the reference incident, in colour.

    python -m benchmarks.picture

runs the program and writes `docs/report-light.svg` and `docs/report-dark.svg`. They name fonts that every system has
and load nothing, so that a browser shows them as an image. A test holds their text against what the program prints.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT: Final = Path(__file__).parent.parent
COMMAND: Final = "logdiag diagnose sample_logs/2025-11-14-reference"
WIDTH_COLUMNS: Final = 80
LEFT_OUT: Final = "..."
PATTERN: Final = "DISCONNECT PATTERN"
PICTURE_ENDS: Final = "In words:"
# What the program may see of the environment: nothing that widens or translates.
PASSED_ON: Final = ("PATH", "SYSTEMROOT", "PYTHONPATH", "VIRTUAL_ENV")
STYLE_CODES: Final = re.compile("\x1b\\[[0-9;]*m")
FONTS: Final = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
FONT_RATIO: Final = 0.61  # width of a character to its height
FORMAT: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img">
<title>{title}</title>
<style>
.{{unique_id}}-matrix {{{{ font: {{char_height}}px/{{line_height}}px {fonts}; }}}}
{{styles}}
</style>
<defs>{{lines}}</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})">
<g class="{{unique_id}}-matrix">{{matrix}}</g>
</g>
</svg>
"""
# Background and foreground, then black, red, green, yellow, blue, magenta, cyan and white, as on GitHub's own pages.
THEMES: Final = {
    "light": TerminalTheme(
        (255, 255, 255),
        (31, 35, 40),
        [
            (36, 41, 47),
            (207, 34, 46),
            (17, 99, 41),
            (77, 45, 0),
            (9, 105, 218),
            (130, 80, 223),
            (27, 124, 131),
            (110, 119, 129),
        ],
    ),
    "dark": TerminalTheme(
        (13, 17, 23),
        (230, 237, 243),
        [
            (72, 79, 88),
            (255, 123, 114),
            (63, 185, 80),
            (210, 153, 34),
            (88, 166, 255),
            (188, 140, 255),
            (57, 197, 207),
            (177, 186, 196),
        ],
    ),
}


def locate(theme: str) -> Path:
    """Return where the picture for a theme lies."""
    return ROOT / "docs" / f"report-{theme}.svg"


def print_report() -> list[str]:
    """Run the program and return the lines that it prints, with their escape codes."""
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    finished = subprocess.run(
        [sys.executable, "-m", *COMMAND.split()],
        cwd=ROOT,
        env=environ | {"PYTHONUTF8": "1", "FORCE_COLOR": "1", "COLUMNS": str(WIDTH_COLUMNS)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return finished.stdout.decode("utf-8").splitlines()


def choose_lines(report: Sequence[str]) -> list[str]:
    """Choose what the picture shows: the command, the first screen, and the pattern down to the words below it."""
    plain = [strip_styles(line) for line in report]
    summary_end = plain.index("")
    pattern_start = plain.index(PATTERN)
    words = next(index for index in range(pattern_start, len(plain)) if plain[index].startswith(PICTURE_ENDS))
    pattern_end = plain.index("", words)
    return [f"$ {COMMAND}", *report[:summary_end], LEFT_OUT, *report[pattern_start:pattern_end], LEFT_OUT]


def strip_styles(line: str) -> str:
    """Return a line without its escape codes."""
    return STYLE_CODES.sub("", line)


def draw(lines: Sequence[str], theme: str) -> str:
    """Draw lines as an SVG."""
    console = Console(record=True, width=WIDTH_COLUMNS, file=io.StringIO(), force_terminal=True, _environ={})
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True)
    svg = console.export_svg(
        title="",
        theme=THEMES[theme],
        code_format=FORMAT.format(title=COMMAND, fonts=FONTS),
        font_aspect_ratio=FONT_RATIO,
        unique_id="report",
    )
    svg = svg.replace('stroke="rgba(255,255,255,0.35)"', 'stroke="rgba(128,128,128,0.5)"')  # seen on white, too
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def write_pictures(lines: Sequence[str]) -> Iterator[Path]:
    """Write the picture in each theme; yield where."""
    for theme in THEMES:
        path = locate(theme)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(draw(lines, theme).encode("utf-8"))
        yield path


def main() -> None:
    """Write the pictures."""
    for path in write_pictures(choose_lines(print_report())):
        print(path.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    main()
