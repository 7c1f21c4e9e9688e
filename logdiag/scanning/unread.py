"""What speaks of connections and was not understood, and what prints say a second time beside stamped lines."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import OPENINGS, Event, EventKind
from logdiag.parsers.lexicon.fields import ENDS
from logdiag.parsers.templates import mask_message

MOST_KINDS: Final = 200  # of lines are noted; far fewer speak of connections
LONGEST_MESSAGE: Final = 300
TOLD_BY_BOTH: Final = frozenset({*ENDS, EventKind.CONNECTED, EventKind.SERVER_CONNECTED, EventKind.CONNECTING})
# What may tell of a connection that came or went: what it is, and what became of it, in either order.
_COMING_OR_GOING: Final = compile_later(
    r"(?i)(?:socket|\bws|session|client|gateway|\bshard|connection|\bpeer|\buser|device|player|worker|channel)"
    r"\W(?:[^\n]{0,60}\W)?(?:disconnect(?:ed|ion)?|connected|closed|lost|dropped|terminated|invalidated|resumed|left)\b"
    r"|\bdisconnect(?:ed|ion)\b[^\n]{0,60}(?:socket|\bws\b|session|client|gateway|peer|user|device|player|worker)"
    r"|断开|掉线|断线"
    r"|\b\d+ (?:sockets|clients|users|players|connections|peers|viewers|devices) (?:are |now )*connected\b"
)
# What parts the sockets of one server: the path of each, but for the words that all of them may have.
_PATH: Final = compile_later(r"(?<![\w:/.])/[\w./-]{1,100}")
_PATH_WORD: Final = compile_later(r"(?!(?:ws|wss|web|sockets?|websockets?|api|io)\b)[A-Za-z]{3,}")
BEHIND: Final = timedelta(seconds=1)  # stamps in whole seconds
MOST_OPEN: Final = 20  # a choice: of ends that wait for a print, so many are one moment


class Unread(NamedTuple):
    """How many lines of a kind nothing understood, and the number of the first of them."""

    lines_count: int
    first_line: int


@dataclass(slots=True)
class UnreadLines:
    """The lines of a file that nothing understood, by template, of those that `may_tell` of a connection."""

    kinds: dict[str, Unread] = field(default_factory=dict)

    def note(self, message: str, number: int) -> None:
        """Take note of one line."""
        template = mask_message(message[:LONGEST_MESSAGE])
        if (known := self.kinds.get(template)) is not None:
            self.kinds[template] = known._replace(lines_count=known.lines_count + 1)
        elif len(self.kinds) < MOST_KINDS:
            self.kinds[template] = Unread(1, number)

    def add(self, kinds: Mapping[str, Unread], numbered_count: int) -> None:
        """Take note of those of a later range, before which there are so many lines."""
        for template, one in kinds.items():
            known = self.kinds.get(template, Unread(0, one.first_line + numbered_count))
            self.kinds[template] = known._replace(lines_count=known.lines_count + one.lines_count)


def may_tell(message: str) -> bool:
    """Whether a message speaks of a connection that came or went."""
    return _COMING_OR_GOING.search(message[:LONGEST_MESSAGE]) is not None


def find_retold(events: Sequence[Event], borrowed: array[int]) -> frozenset[int]:
    """The lines without a stamp that tell of connections where stamped lines tell as many ends: another voice's words.

    A print and a logger tell of the same end; when, the logger knows. Connects that prints alone tell of stay.
    """
    prints = frozenset(borrowed)
    ends = Counter(event.line in prints for event in events if event.kind in ENDS)
    if not ends[False] or ends[False] < ends[True]:
        return frozenset()
    is_opening_told = any(event.kind in OPENINGS and event.line not in prints for event in events)
    retold = TOLD_BY_BOTH if is_opening_told else TOLD_BY_BOTH - OPENINGS
    return frozenset(event.line for event in events if event.line in prints and event.kind in retold)


def lend_closes(events: Sequence[Event], retold: Collection[int]) -> list[Event]:
    """The events without the lines that are `retold`, whose close codes and reasons stand in the ends they tell of.

    A print comes right behind the end's own line: it tells of that whose path it speaks of, or of the only one.
    """
    kept: dict[int, Event] = {}
    waiting: deque[Event] = deque(maxlen=MOST_OPEN)
    for event in sorted(events, key=lambda one: one.line):
        if event.line not in retold:
            kept[event.line] = event
            if event.kind in ENDS and event.code is None and event.reason is None:
                waiting.append(event)
        elif event.kind in ENDS and (event.code is not None or event.reason is not None):
            end = _find_told(event, [one for one in waiting if abs(event.time - one.time) <= BEHIND])
            if end is not None:
                waiting.remove(end)
                kept[end.line] = replace(end, code=event.code, reason=event.reason)
    return [kept[event.line] for event in events if event.line not in retold]


def _find_told(told: Event, ends: Sequence[Event]) -> Event | None:
    """The end that a print tells of: the last of those whose path has a word of it, else the only one."""
    words = {word.lower() for word in _PATH_WORD.findall(told.message)}
    near = [end for end in ends if not words.isdisjoint(_list_path_words(end.message))]
    return near[-1] if near else ends[0] if len(ends) == 1 else None


def _list_path_words(message: str) -> set[str]:
    return {word.lower() for path in _PATH.findall(message) for word in _PATH_WORD.findall(path)}
