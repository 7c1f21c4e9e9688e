"""Where a line of a text may be broken, in English and in Chinese.

Rich breaks at blanks only: it would tear "59.9 %" apart, and take a Chinese sentence for one long word. Here a line may
also end beside a wide character, but no line starts with a closing sign nor ends with an opening one (the rule that
Chinese typesetting calls 避头尾), and a number keeps its unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, get_character_cell_size, split_graphemes
from rich.containers import Lines
from rich.measure import Measurement
from rich.text import Text

from logdiag.deferred import compile_later

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod

NEVER_FIRST: Final = frozenset("，。、；：？！）】》」』〉”’…％,.;:!?)]}%>")
SEAMS: Final = frozenset("/\\-_:")  # what parts the names in a path or an id
NEVER_LAST: Final = frozenset("（【《「『〈“‘([{<")
# A blank that stays within its line: before a unit or a Chinese word that counts, around a plus-minus sign, in a time.
GLUE: Final = compile_later(
    r"(?<=\d) (?=(?:%|ms|s|min|h|d|bytes|million|billion|trillion)(?!\w)|±|[\u4e00-\u9fff])"
    r"|(?<=±) |(?<=-\d\d) (?=\d\d:\d\d)"
)

WORD_STARTS: Final = compile_later(r"(?<=\s)(?=\S)")

# What of a quoted line stays together: up to a blank, a key of JSON, or a comma before the next key.
QUOTE_PIECES: Final = compile_later(r'.+?(?:(?<=,)(?=")|(?<=":)|(?<= )(?! )|$)', re.DOTALL)


def glue(text: str) -> str:
    """Make unbreakable the blanks that stay within their line, for a reader that breaks lines itself."""
    return GLUE.sub("\N{NO-BREAK SPACE}", text)


def find_breaks(text: str) -> list[int]:
    """Return the offsets, ascending, at which a new line may start."""
    glued = {match.end() for match in GLUE.finditer(text)}
    if text.isascii():  # most of an English report, in a tenth of the time
        return [start for match in WORD_STARTS.finditer(text) if (start := match.start()) not in glued]
    return [
        offset for offset in range(1, len(text)) if offset not in glued and _may_break(text[offset - 1], text[offset])
    ]


def _may_break(before: str, after: str) -> bool:
    if after.isspace():
        return False
    if before.isspace():
        return True
    if after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return get_character_cell_size(before) == 2 or get_character_cell_size(after) == 2


def _is_in_place(text: str, offset: int) -> bool:
    """Whether a line of a file would be parted from the file there: `data-pusher.js:14`."""
    return text[offset - 1] == ":" and text[offset].isdigit()


def wrap_offsets(text: str, width_columns: int) -> list[int]:
    """Return the offsets at which lines of at most `width_columns` start, the first line's not among them.

    A run without a place to break, a path or an id, is cut behind a sign that parts its names where that leaves the
    line more than a third full, else where the line is full. Blanks at the end of a line count for nothing.
    """
    graphemes, columns = _split_graphemes(text)
    if columns <= width_columns:
        return []
    allowed = frozenset(find_breaks(text))
    offsets: list[int] = []
    start = candidate = seam = 0
    used = used_at_candidate = used_at_seam = 0
    for begin, end, size in graphemes:
        if begin in allowed:
            candidate, used_at_candidate = begin, used
        elif begin and text[begin - 1] in SEAMS and text[begin] not in NEVER_FIRST and not _is_in_place(text, begin):
            seam, used_at_seam = begin, used
        while used + size > width_columns and not text[begin:end].isspace() and begin > start:
            if candidate > start:
                used -= used_at_candidate
                used_at_seam -= used_at_candidate
                start = candidate
            elif seam > start and 3 * used_at_seam > width_columns:
                used -= used_at_seam
                start = seam
            else:
                used, start = 0, begin
            offsets.append(start)
        used += size
    return offsets


def _split_graphemes(text: str) -> tuple[Iterable[tuple[int, int, int]], int]:
    """What of a text is one sign: where it begins and ends, how many columns it takes; and the columns of the text."""
    if text.isascii() and text.isprintable():
        return ((place, place + 1, 1) for place in range(len(text))), len(text)
    return split_graphemes(text)


def runs(text: str) -> Iterator[str]:
    """Yield the pieces that no line break divides."""
    for begin, end in pairwise([0, *find_breaks(text), len(text)]):
        yield text[begin:end].rstrip()


class Prose(Text):
    """A text of Rich that is broken by the rules above."""

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        """Return the lines, each at most `width` columns wide."""
        if no_wrap:
            return super().wrap(console, width, justify=justify, overflow=overflow, tab_size=tab_size, no_wrap=True)
        lines = Lines()
        for paragraph in self.split(allow_blank=True):
            for line in paragraph.divide(wrap_offsets(paragraph.plain, width)):
                line.rstrip()
                lines.append(line)
        lines.justify(console, width, justify=justify or "default", overflow="fold")
        return lines

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        lines = self.plain.split("\n")
        narrowest = max(cell_len(run) for line in lines for run in runs(line))
        return Measurement(narrowest, max(cell_len(line) for line in lines))


def wrap_quote(text: str, width: int) -> list[str]:
    """Break a line of a log at its blanks and between the keys and values of its JSON, as far as that can be."""
    lines = [""]
    for piece in QUOTE_PIECES.findall(text):
        if lines[-1] and cell_len(lines[-1]) + cell_len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
