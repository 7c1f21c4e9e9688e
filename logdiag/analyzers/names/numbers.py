"""Short numbers as ids: `opened: 60` … `closed 60`, where opens and closes of the same number alternate.

A counter of who is there, of all so far, a duration and a code stand at such places, too. What tells ids from them: a
number opens only while it is closed, and closes while it is open, again and again; and connections do not end in the
order, or in the reverse order, in which they began, as a count that goes up and down or two counts of totals would say.

Where few wordings tell of all opens and of all closes, each with the number at its place, less proves as much: closes
name what is open, in no order that a count would keep. Connections that all live equally long end as they began, and
what a start in unknown words cut off opens again while it seems open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import log10
from typing import Final, NamedTuple

from logdiag.analyzers.names.turns import Turn
from logdiag.deferred import compile_later
from logdiag.events import Event

MOST_PLACES: Final = 4  # numbers of a line that are tried: which of them is the id is one of 16 choices
ALL_BUT_FEW: Final = 0.95  # a choice: of the lines have the number; others are of another wording
LOG10_CHANCE: Final = -8.0  # a choice: numbers drawn at random close what is open in one of 10^8 files
MOST_BROKEN: Final = 0.02  # of the pairs: opens of an open number and closes of a closed one, where lines get lost
LEAST_PAIRS: Final = 6  # a choice: fewer pairs show no order of ends
LEAST_OUT_OF_ORDER: Final = (
    0.2  # of the ends beside others: with two open at a time half of them are not the last one's
)
MOST_STEPS: Final = 0.85  # of the lines are within one of the line before: a count goes up and down by one
LEAST_FRESH: Final = 2  # ends out of either order, where no number comes twice: a count does not go up for ever
MOST_WORDINGS: Final = 3  # a choice: of opens, and of closes, before the number: it stands at a fixed place
LEAST_KNOWN: Final = 4  # a choice: fewer may be rooms or workers that several connections have by turns
MOST_UNOPENED: Final = 0.05  # a choice: of the ends at a fixed place close what is not open, where lines get lost
MOST_REOPENED: Final = 1 / 3  # a choice: of the opens there are of an open number: a start leaves as many as were open
LOG10_CHANCE_AT_A_PLACE: Final = -4.0  # a choice: numbers drawn at random close what is open in one of 10^4 files
MOST_LOST: Final = 2  # a choice: a step of a count of all so far, where a line is lost
LEAST_ENDS: Final = 4  # of both orders are broken: a lost line breaks the order of a count two or three times
# A number by itself, not what measures something or says why: `60 s`, `3 clients`, `42%`, `code 1006`, `port 51210`.
_NUMBER: Final = compile_later(
    r"(?<![\w.:/,-])(?<!code )(?<!code=)(?<!port )(?<!after )(?<!status )(?<!total )(?<!count )(?<!in )(?<!for )"
    r"#?(\d{1,9})(?![\w%/-]|[.,:]\d| ?(?:m?s|sec\w*|min\w*|bytes?|[kM]i?B|%|clients?|users?|connections?)\b)",
    re.ASCII,
)


@dataclass(slots=True)
class _Course:
    """What happens to the numbers in the course of a file, life by life of its process.

    `place`: when what ended last had begun, as the how many-th; `value`: the number of the line before.
    """

    opened: dict[str, int] = field(default_factory=dict)  # the open numbers, and as the how many-th each opened
    closed: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    starts_count: int = 0
    pairs_count: int = 0
    reopened_count: int = 0
    unopened_count: int = 0
    beside_count: int = 0
    not_last_count: int = 0
    backwards_count: int = 0
    open_counts: list[int] = field(default_factory=list)
    place: int = -1
    count: int = 0
    steps_count: int = 0
    like_a_level_count: int = 0
    like_totals_count: int = 0
    value: int = -2
    values: dict[bool, int] = field(default_factory=dict)  # of the last open, and of the last close

    def take(self, turn: Turn, number: str) -> None:
        """The next line of the process, and its number."""
        if turn.starts_count != self.starts_count:
            self.opened, self.closed, self.starts_count, self.place = {}, set(), turn.starts_count, -1
        self.known.add(number)
        self._compare(turn, int(number))
        if turn.is_open:
            self.reopened_count += number in self.opened
            self.opened[number] = self.count
            self.count += 1
        elif number in self.opened:
            self._close(number)
        else:
            self.unopened_count += number in self.closed or self.pairs_count > 0
        if not turn.is_open:
            self.closed.add(number)

    def _compare(self, turn: Turn, value: int) -> None:
        """Count what a count would say: who is there, more by an open and fewer by a close; or how many in all."""
        step = value - self.value
        self.steps_count += abs(step) <= 1
        self.like_a_level_count += step in ((0, 1) if turn.is_open else (0, -1))
        self.like_totals_count += 1 <= value - self.values.get(turn.is_open, value - 1) <= MOST_LOST
        self.value = self.values[turn.is_open] = value

    def _close(self, number: str) -> None:
        self.pairs_count += 1
        self.open_counts.append(len(self.opened))
        place = self.opened.pop(number)
        if self.opened:
            self.beside_count += 1
            self.not_last_count += any(other > place for other in self.opened.values())
        self.backwards_count += place < self.place
        self.place = place

    @property
    def log10_chance(self) -> float:
        """How likely numbers drawn from as many close each time what is open."""
        return sum(log10(min(open_count / len(self.known), 1.0)) for open_count in self.open_counts)

    @property
    def broken_count(self) -> int:
        """How many lines open what is open, or close what is not."""
        return self.reopened_count + self.unopened_count

    @property
    def are_ids(self) -> bool:
        """Whether the numbers are those of connections, wherever they stand."""
        is_fresh = self.broken_count == 0 and self.count == len(self.known)
        least = LEAST_FRESH if is_fresh else max(LEAST_ENDS, LEAST_OUT_OF_ORDER * self.beside_count)
        lines_count = self.count + self.pairs_count
        return (
            (is_fresh or self.steps_count <= MOST_STEPS * lines_count)
            and self.pairs_count >= LEAST_PAIRS
            and self.broken_count <= MOST_BROKEN * self.pairs_count
            and self.not_last_count >= least
            and self.backwards_count >= least
            and self.log10_chance <= LOG10_CHANCE
        )

    @property
    def are_ids_at_a_place(self) -> bool:
        """Whether they are, where few wordings have them at a fixed place."""
        lines_count = self.count + self.pairs_count + self.unopened_count
        return (
            self.pairs_count >= LEAST_PAIRS
            and len(self.known) >= LEAST_KNOWN
            and self.unopened_count <= MOST_UNOPENED * self.pairs_count
            and self.reopened_count <= min(MOST_REOPENED * self.count, len(self.known))
            and self.like_a_level_count <= MOST_STEPS * lines_count
            and self.like_totals_count <= MOST_STEPS * lines_count
            and self.log10_chance <= LOG10_CHANCE_AT_A_PLACE
        )


def find_numbers(events: Sequence[Event], turns: Sequence[Turn]) -> dict[int, str]:
    """The number of each line, by its place among the events; none where they are no ids, or two could be."""
    rows = {turn.place: list(_list_numbers(events[turn.place].message)) for turn in turns}
    most = {
        is_open: max((len(rows[turn.place]) for turn in turns if turn.is_open is is_open), default=0)
        for is_open in (True, False)
    }
    choices = [_try(rows, turns, *choice) for choice in product(range(most[True]), range(most[False]))]
    tried = [choice for choice in choices if len(choice.numbers) >= ALL_BUT_FEW * len(turns)]
    sure = [choice.numbers for choice in tried if choice.course.are_ids]
    found = sure or [choice.numbers for choice in tried if choice.are_ids_at_a_place]
    return found[0] if len({tuple(sorted(numbers.items())) for numbers in found}) == 1 else {}


def _list_numbers(message: str) -> Iterator[tuple[str, str]]:
    """The numbers of a line, each with what stands before it."""
    for match in islice(_NUMBER.finditer(message), MOST_PLACES):
        yield match[1], message[: match.start()]


class _Choice(NamedTuple):
    """The numbers at one place of the opens and one of the closes, and the wordings before them."""

    course: _Course
    numbers: dict[int, str]
    wordings: dict[bool, set[str]]

    @property
    def are_ids_at_a_place(self) -> bool:
        few = all(len(wordings) <= MOST_WORDINGS for wordings in self.wordings.values())
        return few and self.course.are_ids_at_a_place


def _try(rows: dict[int, list[tuple[str, str]]], turns: Sequence[Turn], at_open: int, at_close: int) -> _Choice:
    course, numbers, wordings = _Course(), dict[int, str](), {True: set[str](), False: set[str]()}
    for turn in turns:
        place = at_open if turn.is_open else at_close
        if place < len(rows[turn.place]):
            number, wording = rows[turn.place][place]
            course.take(turn, number)
            numbers[turn.place] = number
            wordings[turn.is_open].add(wording)
    return _Choice(course, numbers, wordings)
