"""What the head of a file showed of its form, before the other files and its name were asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple

from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.neighbours import NOTHING_TOLD, Neighbourhood
from logdiag.times.stamps import (
    Hints,
    find_stamp_form,
    list_numbers,
    parse_timestamp,
)

SAMPLED_STAMPS: Final = 50
ANY_DAY: Final = Hints(anchor=datetime(2000, 1, 1, tzinfo=UTC))  # to ask whether a stamp is one at all


class NumberedLine(NamedTuple):
    """A line at the head of a file that is not blank, stripped; `number` counts from 1.

    `is_inner`: it is indented and has no stamp, as the lines of a stack.
    """

    number: int
    raw: bytes
    is_inner: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What the head of one file tells by itself: its layout so far, its stamps, and what these lack."""

    layout: Layout
    stamps: tuple[object, ...] = ()
    lacks: str = ""
    told: Neighbourhood = NOTHING_TOLD

    @property
    def needs_order(self) -> bool:
        """Whether stamps have a day and a month that could be taken for each other."""
        return any(isinstance(stamp, str) and list_numbers(stamp) is not None for stamp in self.stamps[:SAMPLED_STAMPS])

    def find_first(self) -> datetime | None:
        """The first moment at the head that is complete."""
        return next(iter(self.list_times(most=1)), None)

    def list_times(self, most: int | None = None) -> list[datetime]:
        """The moments at the head that are complete, the first ones."""
        read = (parse_timestamp(stamp, self.layout.zone, self.layout.hints) for stamp in self.stamps)
        return list(islice((time for time in read if time is not None), most))


def find_lack(stamp: object) -> str:
    """What a stamp lacks to be an instant, `date` or `year`; empty where it lacks nothing, or is none."""
    form = find_stamp_form(stamp) if isinstance(stamp, str) else None
    return "" if form is None else form.lacks
