"""The lines of code that failed, as the stack traces at failed pushes and disconnects name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from logdiag.parsers.stacks import StackFrame, find_own_frame
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import CodePlace, Evidence
from logdiag.results.pushes import Push, PushOutcome

MOST_READ: Final = 400  # lines: so many show which places fail; more only cost time
STACK_LINES: Final = 6  # of a stack that follows its line
MOST_PLACES: Final = 10


def list_ends(pushes: Sequence[Push], drops: Sequence[Disconnect]) -> dict[Evidence, str]:
    """The lines at which a stack may stand, those of failed pushes and of disconnects: what each is about."""
    failed = [place for push in pushes if push.outcome == PushOutcome.FAILED for place in push.evidence]
    ends = [place for drop in drops for place in (drop.evidence, drop.server_evidence) if place is not None]
    about = dict.fromkeys(ends, "disconnect") | dict.fromkeys(failed, "push")
    return dict(islice(about.items(), MOST_READ))


def list_stack_lines(ends: Iterable[Evidence]) -> list[Evidence]:
    """These lines, and after each as many as a stack has that tell."""
    return [Evidence(place.file, place.line + step) for place in ends for step in range(STACK_LINES + 1)]


def find_code_places(ends: Mapping[Evidence, str], texts: Mapping[Evidence, str]) -> tuple[CodePlace, ...]:
    """The innermost own frames, those that most lines name first; `texts` hold every stack line of the ends."""
    counts: Counter[tuple[str, str, int, str | None]] = Counter()
    firsts: dict[tuple[str, str, int, str | None], tuple[StackFrame, Evidence]] = {}
    for about, place, timeline in _list_frames(ends, texts):
        key = (about, timeline.file, timeline.line, timeline.function)
        counts[key] += 1
        firsts.setdefault(key, (timeline, place))
    ranked = sorted(counts, key=lambda key: (-counts[key], key[:3]))[:MOST_PLACES]
    return tuple(
        CodePlace(timeline.file, timeline.line, timeline.function, key[0], timeline.error, counts[key], place)
        for key in ranked
        for timeline, place in [firsts[key]]
    )


def _list_frames(
    ends: Mapping[Evidence, str], texts: Mapping[Evidence, str]
) -> Iterator[tuple[str, Evidence, StackFrame]]:
    for place, about in ends.items():
        first, *after = (texts[line] for line in list_stack_lines([place]))
        stack = [line for line in after if _goes_on(line)] if _goes_on(after[0]) else []
        timeline = find_own_frame("\n".join([first, *stack]))
        if timeline is not None:
            yield about, place, timeline


def _goes_on(line: str) -> bool:
    """Whether a line belongs to the stack of the line before it."""
    return line.lstrip().startswith("at ")
