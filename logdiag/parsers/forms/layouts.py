"""How the lines of a file are laid out: what its head showed, applied to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from logdiag.limits import STANDARD, Limits
from logdiag.parsers.forms.found_keys import FoundKeys
from logdiag.parsers.forms.prefixes import CAPTURED
from logdiag.parsers.forms.shared_headers import Header
from logdiag.times.stamps import NO_HINTS, Hints


class Fault(StrEnum):
    """Why nothing of a file can be placed in time; keys of the texts `fault` and `finding`."""

    UNTIMED_JSON = "json-without-time"
    UNTIMED_TEXT = "text-without-time"
    CLOCK_ALONE = "clock-without-date"
    NOT_UNDERSTOOD = "not-understood"
    TOO_LARGE = "large-document"


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the lines of one file.

    `header`: what stands before the messages of text lines, None where there are none. `keys`: where objects keep what
    their dialect does not find. `is_lifted`: metadata stands among the columns of text lines (`contexts`). `is_json`:
    other lines than JSON objects are out of place. `has_braces`: every line begins with one, so that other lines are
    suspicious.
    `fault`: why nothing of the file can be placed in time, and `first_line` the beginning of the line that shows it,
    `line` its number. `is_order_open`: nothing tells days from months. `is_year_guessed`: stamps without a
    year are of that in which the file was last written. `is_date_guessed`: nothing tells the day of its clocks.
    `is_zone_found`: neighbouring lines tell that stamps without a zone are of `zone`; `is_zone_open`: some stamps name
    their zone, and no reading of the others brings the lines into order. `clock_shift`: clocks without a date, so far
    ahead of `zone`, are of the day of the line before them that has one (`unstamped.place_clock`). `torn`: the first
    line, stripped, where it is but the rest of one. `is_rare`: few lines have a stamp; the others may be of any time.
    `limits` bound its records.
    """

    form: str = "json"
    zone: tzinfo = UTC
    hints: Hints = NO_HINTS
    header: Header | None = None
    keys: FoundKeys | None = None
    is_lifted: bool = False
    is_json: bool = True
    has_braces: bool = True
    fault: Fault | None = None
    line: int = 1
    first_line: str = ""
    is_order_open: bool = False
    is_year_guessed: bool = False
    is_date_guessed: bool = False
    is_zone_found: bool = False
    is_zone_open: bool = False
    clock_shift: timedelta | None = None
    torn: bytes | None = None
    is_rare: bool = False
    limits: Limits = STANDARD

    @property
    def is_time_rare(self) -> bool:
        """Whether few lines say when, or some within what they say: the next one may be minutes away from them."""
        return self.is_rare or (self.header is not None and bool(self.header.before))

    @property
    def is_captured(self) -> bool:
        """Whether a container's runtime wrote the file: it holds one program, whatever lies beside it."""
        return self.form.startswith(CAPTURED)


JSON_LINES: Final = Layout()
