"""The README's picture of a report against what the program prints."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from benchmarks.picture import (
    FONT_RATIO,
    ROOT,
    THEMES,
    choose_lines,
    locate,
    print_report,
    strip_styles,
    write_pictures,
)

SVG: Final = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def lines(request: pytest.FixtureRequest) -> list[str]:
    """Return the lines that the picture is to show; with --update-golden it is drawn anew."""
    chosen = choose_lines(print_report())
    if request.config.getoption("--update-golden"):
        assert len(list(write_pictures(chosen))) == len(THEMES)
    return [strip_styles(line) for line in chosen]


def read_lines(path: Path) -> list[str]:
    """Return the text of a picture, each piece in its column, line by line."""
    rows: dict[float, str] = {}
    pieces = next(group for group in ET.parse(path).iter(f"{SVG}g") if "matrix" in group.get("class", ""))  # noqa: S314  our own file
    for piece in pieces:
        y, x = float(piece.get("y", "")), float(piece.get("x", ""))
        column = round(x / (20 * FONT_RATIO))
        rows[y] = rows.get(y, "").ljust(column) + (piece.text or "").replace("\N{NO-BREAK SPACE}", " ")
    return [line for y in sorted(rows) if (line := rows[y].rstrip())]


@pytest.mark.parametrize("theme", THEMES)
def test_picture_shows_what_is_printed(theme: str, lines: list[str]) -> None:
    """The picture holds the lines that the program prints today, in their order and their columns."""
    assert read_lines(locate(theme)) == [line for line in lines if line]


@pytest.mark.parametrize("theme", THEMES)
def test_picture_loads_nothing(theme: str) -> None:
    """A picture names no address but that of its format, and runs nothing: what GitHub serves is what was drawn."""
    text = locate(theme).read_text("utf-8")
    assert text.count("://") == text.count("http://www.w3.org/2000/svg") == 1
    assert "<script" not in text
    assert "@font-face" not in text


def test_readme_shows_each_picture() -> None:
    """The README shows the light picture, and the dark one to those who like it dark."""
    readme = (ROOT / "README.md").read_text("utf-8")
    for theme in THEMES:
        assert f'"{locate(theme).relative_to(ROOT).as_posix()}"' in readme
