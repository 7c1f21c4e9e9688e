"""Near misses: of names that nothing has, those that were perhaps meant, and those that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final

from logdiag.texts.sentences import Sentence, say

NAMED: Final = 12  # a choice: as many names are read at a glance
LIKENESS: Final = 0.6  # the share of letters alike that difflib takes by default


def find_near(asked: str, known: Collection[str]) -> tuple[str, ...]:
    """The names closest to one that is none of them, best first; case does not matter."""
    spelled = {name.lower(): name for name in known}
    return tuple(spelled[name] for name in get_close_matches(asked.lower(), spelled, n=3, cutoff=LIKENESS))


def list_misses(option: str, asked: Sequence[str], known: Collection[str]) -> Iterator[Sentence]:
    """What to say of each name or pattern given to an option that fits none of the known names."""
    for name in asked:
        if name not in known and not any(fnmatchcase(one, name) for one in known):
            yield _describe(option, name, sorted(known))


def _describe(option: str, name: str, known: Sequence[str]) -> Sentence:
    if not known:
        return say("names.none", option=option, asked=name)
    left_count = len(known) - NAMED
    more = (say("names.more", left_count=left_count),) if left_count > 0 else ()
    near = find_near(name, known)
    key = "names.unknown_but" if near else "names.unknown"
    return say(key, option=option, asked=name, near=near, known=(*known[:NAMED], *more))
