"""The lines of code that failed, as the stack traces at failed pushes and disconnects name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from logdiag.parsers.stacks import Frame, find_own_frame
from logdiag.pipeline.inputs import Reading
from logdiag.pipeline.quotes import read_texts
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import CodePlace, Evidence
from logdiag.results.pushes import Push, PushOutcome

MOST_READ: Final = 400  # lines: so many show which places fail; more only cost time
STACK_LINES: Final = 6  # of a stack that follows its line
MOST_PLACES: Final = 10
LONGEST_TEXT: Final = 16_000  # a record with its context may be long before its stack


def find_code_places(reading: Reading, pushes: Sequence[Push], drops: Sequence[Disconnect]) -> tuple[CodePlace, ...]:
    """The innermost own frames, those that most lines name first."""
    counts: Counter[tuple[str, str, int, str | None]] = Counter()
    firsts: dict[tuple[str, str, int, str | None], tuple[Frame, Evidence]] = {}
    for about, place, frame in _list_frames(reading, pushes, drops):
        key = (about, frame.file, frame.line, frame.function)
        counts[key] += 1
        firsts.setdefault(key, (frame, place))
    ranked = sorted(counts, key=lambda key: (-counts[key], key[:3]))[:MOST_PLACES]
    return tuple(
        CodePlace(frame.file, frame.line, frame.function, key[0], frame.error, counts[key], place)
        for key in ranked
        for frame, place in [firsts[key]]
    )


def _list_frames(
    reading: Reading, pushes: Sequence[Push], drops: Sequence[Disconnect]
) -> Iterator[tuple[str, Evidence, Frame]]:
    failed = [place for push in pushes if push.outcome == PushOutcome.FAILED for place in push.evidence]
    ends = [place for drop in drops for place in (drop.evidence, drop.server_evidence) if place is not None]
    about = dict.fromkeys(ends, "disconnect") | dict.fromkeys(failed, "push")
    asked = list(about)[:MOST_READ]
    wanted = [Evidence(place.file, place.line + step) for place in asked for step in range(STACK_LINES + 1)]
    texts = read_texts(reading, wanted, LONGEST_TEXT)
    for place in asked:
        after = [texts.get(Evidence(place.file, place.line + step), "") for step in range(1, STACK_LINES + 1)]
        stack = [line for line in after if line.lstrip().startswith("at ")] if after and _goes_on(after[0]) else []
        frame = find_own_frame("\n".join([texts[place], *stack]))
        if frame is not None:
            yield about[place], place, frame


def _goes_on(line: str) -> bool:
    """Whether a line belongs to the stack of the line before it."""
    return line.lstrip().startswith("at ")
