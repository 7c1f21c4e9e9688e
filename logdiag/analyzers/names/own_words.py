"""Ids that no form gives away: words that one connect and then one end have, and no other line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.names.turns import Turn
from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind

LEAST_PAIRS: Final = 3  # a choice: two words may meet by chance, as an hour does, or a size
MOST_CLOSINGS: Final = 0.5  # have an open with their word: the others' stand before the logs
MOST_STRANGE: Final = 0.1  # of as many: words that two opens have, or two ends, or an end and then an open
_WORD: Final = compile_later(r"(?<![\w.-])(?=[\w-]*\d)[A-Za-z0-9_-]{6,64}(?![\w-]|\.\w)")


def find_own_words(events: Sequence[Event], turns: Sequence[Turn]) -> dict[int, str]:
    """The id of each line, by its place among the events; none where words do not go in pairs.

    A word that stands alone is an id where others stand behind the same words.
    """
    lines = {
        turn.place: [(match.start(), match[0]) for match in _WORD.finditer(events[turn.place].message)]
        for turn in turns
    }
    by_word: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        for word in {word for _, word in lines[turn.place]}:
            by_word[word].append(turn)
    pairs = {word for word, own in by_word.items() if _is_pair(own)}
    if not _are_enough(turns, by_word, pairs):
        return {}
    placed: set[tuple[EventKind, str]] = set()
    found: dict[int, str] = {}
    for place, words in lines.items():
        if own := min(((word, start) for start, word in words if word in pairs), default=None):
            found[place] = own[0]
            placed.add((events[place].kind, events[place].message[: own[1]]))
    for place, words in lines.items():
        event = events[place]
        alone = [word for start, word in words if (event.kind, event.message[:start]) in placed]
        if place not in found and alone and len(by_word[alone[0]]) == 1:
            found[place] = alone[0]
    return found


def _is_pair(own: Sequence[Turn]) -> bool:
    return [one.is_open for one in own] == [True, False] and own[0].starts_count == own[1].starts_count


def _are_enough(turns: Sequence[Turn], by_word: dict[str, list[Turn]], pairs: set[str]) -> bool:
    closings_count = sum(not turn.is_open for turn in turns)
    joined_count = len({turn.place for word in pairs for turn in by_word[word] if not turn.is_open})
    strange_count = sum(len(own) == 2 and word not in pairs for word, own in by_word.items())
    if joined_count < LEAST_PAIRS or joined_count < MOST_CLOSINGS * closings_count:
        return False
    return strange_count <= MOST_STRANGE * len(pairs)
