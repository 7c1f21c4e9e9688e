"""The report as a tree that belongs to no format: sections of blocks, blocks of styled spans.

A span holds raw text; the renderer that writes it escapes it. `CODE` marks what comes from a log or belongs into
one, so that Markdown can quote it and a terminal can tell it from our own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Style(StrEnum):
    """What a span means; each format decides how that looks."""

    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"
    PLACE = "place"  # a file, or a line of it: code that a reader looks up and need not read
    MUTED = "muted"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style, not escaped."""

    text: str
    style: Style = Style.PLAIN

    @property
    def is_code(self) -> bool:
        """Whether it comes from a log or belongs into one."""
        return self.style in {Style.CODE, Style.PLACE}


Inline: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading inside a section."""

    text: Inline


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of sentences; `is_apart` sets it off from what stands before, where paragraphs follow close."""

    text: Inline
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; `ordered` numbers it, `ticks` (one an item) makes a checklist of it."""

    items: tuple[Inline, ...]
    ordered: bool = False
    ticks: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class FactList:
    """Label and value, one pair a row: the first screen.

    `spare` says what to give up where a screen has too few lines, one after the other: the label of a row and the
    shorter text that is to stand there, nothing if the row may go.
    """

    rows: tuple[tuple[str, Inline], ...]
    spare: tuple[tuple[str, Inline], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; `numeric` holds the columns aligned right, `fixed` those that must not wrap."""

    header: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    numeric: frozenset[int] = frozenset()
    fixed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CodeLines:
    """Lines shown verbatim, under the place they come from."""

    caption: Inline
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the axis of a chart; `at_ratio` runs from 0 at the left end to 1 at the right end."""

    at_ratio: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartMark:
    """A sign in a row of a chart, at a fraction of its axis."""

    at_ratio: float
    sign: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of a chart: its label, its marks, and the bar from the left end, if it has one, up to `bar_ratio`."""

    label: str
    marks: tuple[ChartMark, ...]
    bar_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: marks in rows along one axis. `guide_ratio` is where they are expected, `ends` what the axis means.

    Whatever it shows is also said in a paragraph: no reader depends on it.
    """

    ends: tuple[str, str, str]
    ticks: tuple[Tick, ...]
    rows: tuple[ChartRow, ...]
    guide_ratio: float | None = None


Block: TypeAlias = Subheading | Paragraph | Bullets | FactList | Table | CodeLines | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the report and what stands below it."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole report; `headline` stands above all sections."""

    title: str
    headline: Inline
    sections: tuple[Section, ...]


def plain(text: str) -> Inline:
    """Wrap text into a line without style."""
    return (Span(text),)


def code(text: str) -> Inline:
    """Wrap text that comes from a log."""
    return (Span(text, Style.CODE),)


def place(text: str) -> Inline:
    """Wrap the name of a file, or a line of one."""
    return (Span(text, Style.PLACE),)


def flatten(text: Inline) -> str:
    """Return the text of a line without its styles."""
    return "".join(span.text for span in text)
