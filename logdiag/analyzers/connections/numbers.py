"""Short numbers as ids: `opened: 60` … `closed 60`, where opens and closes of the same number alternate.

A counter of who is there, of all so far, a duration and a code stand at such places, too. What tells ids from them: a
number opens only while it is closed, and closes while it is open, again and again; and connections do not end in the
order, or in the reverse order, in which they began, as a count that goes up and down or two counts of totals would say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import log10
from typing import Final

from logdiag.analyzers.connections.turns import Turn
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
LEAST_ENDS: Final = 4  # of both orders are broken: a lost line breaks the order of a count two or three times
# A number by itself, not what measures something or says why: `60 s`, `3 clients`, `42%`, `code 1006`, `port 51210`.
_NUMBER: Final = re.compile(
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
    broken_count: int = 0
    beside_count: int = 0
    not_last_count: int = 0
    backwards_count: int = 0
    open_counts: list[int] = field(default_factory=list)
    place: int = -1
    count: int = 0
    steps_count: int = 0
    value: int = -2

    def take(self, turn: Turn, number: str) -> None:
        """The next line of the process, and its number."""
        if turn.starts_count != self.starts_count:
            self.opened, self.closed, self.starts_count, self.place = {}, set(), turn.starts_count, -1
        self.known.add(number)
        self.steps_count += abs(int(number) - self.value) <= 1
        self.value = int(number)
        if turn.is_open:
            self.broken_count += number in self.opened
            self.opened[number] = self.count
            self.count += 1
        elif number in self.opened:
            self._close(number)
        else:
            self.broken_count += number in self.closed or self.pairs_count > 0
        if not turn.is_open:
            self.closed.add(number)

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
    def are_ids(self) -> bool:
        """Whether the numbers are those of connections, as far as all this tells."""
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


def find_numbers(events: Sequence[Event], turns: Sequence[Turn]) -> dict[int, str]:
    """The number of each line, by its place among the events; none where they are no ids, or two could be."""
    rows = {turn.place: _NUMBER.findall(events[turn.place].message)[:MOST_PLACES] for turn in turns}
    most = {
        is_open: max((len(rows[turn.place]) for turn in turns if turn.is_open is is_open), default=0)
        for is_open in (True, False)
    }
    choices = product(range(most[True]), range(most[False]))
    found = [numbers for choice in choices if (numbers := dict(_try(rows, turns, *choice)))]
    return found[0] if len({tuple(sorted(numbers.items())) for numbers in found}) == 1 else {}


def _try(rows: dict[int, list[str]], turns: Sequence[Turn], at_open: int, at_close: int) -> Iterator[tuple[int, str]]:
    """The numbers at these places of the lines, if they are ids."""
    course, told = _Course(), list[tuple[int, str]]()
    for turn in turns:
        place = at_open if turn.is_open else at_close
        if place < len(rows[turn.place]):
            number = rows[turn.place][place]
            course.take(turn, number)
            told.append((turn.place, number))
    if len(told) >= ALL_BUT_FEW * len(turns) and course.are_ids:
        yield from told
