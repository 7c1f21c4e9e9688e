"""Sends in words of the application, told by their fate: `winding down panorama 18`, then the connection is gone.

What a client announces by an id right before nearly every end is something that it does. It is a send if what it
announces in the same words of another thing (`winding down reading 17`) is answered by that id (`ground has reading
17`) as long as the connection lives: then this one went over the connection, too, and was never answered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lifecycles.pairs import Series, collect_series, list_slots
from logdiag.parsers.lifecycles.samples import Line, Sample, find_reasons
from logdiag.parsers.lifecycles.sightings import HEAD_LINES, Decoder, Sighting
from logdiag.parsers.lifecycles.sizes import SENDS
from logdiag.parsers.lifecycles.wordings import VARIABLE, Wording

FEWEST_DEAD: Final = 5  # a choice: five ends that one kind of line announces, and nothing else does
MOSTLY: Final = 0.8  # a choice: a few lines get lost
MOSTLY_BEFORE: Final = 0.5  # of the ends: fewer than that, and the line is not what ends connections (a choice)
AT_ONCE: Final = timedelta(seconds=2)  # a choice: what ends a connection does so within moments of being sent
ANSWERED: Final = timedelta(seconds=10)  # as long as applications wait for an answer
MOST_ENDS: Final = 24  # of a file, whose line before is looked at: hundreds of files take a second
# What a client does to its connection itself.
ITS_OWN_DOING: Final = compile_later(
    r"(?i)connect|clos|leav|quit|log(?:ging)? ?out|restart|reload|switch|reset|renew|rotat|stop|shut|kill|drop"
    r"|migrat|upgrad"
)


def find_unanswered_sends(samples: Sequence[Sample], decoder: Decoder) -> Iterator[Series]:
    """The wordings of one client's sends that end its connection; none where sends are understood already."""
    for sample in samples:
        announcers = _find_announcers(sample, decoder)
        if announcers:
            yield from _find_sends(sample, decoder, announcers)


def _find_announcers(sample: Sample, decoder: Decoder) -> frozenset[Wording]:
    """The wordings not understood of lines that stand right before most ends of a client.

    What stands there now and then is what all logs are full of; to take the head of the file apart for it is dear.
    """
    counts: Counter[Wording] = Counter()
    ends_count = 0
    for line in islice(sample.find(find_reasons()), MOST_ENDS):
        before = _find_line_before(sample, line)
        if before is None or not any(row.kind is EventKind.DISCONNECTED for row in decoder.decode(sample.file, line)):
            continue
        ends_count += 1
        counts.update(row.reading.wording for row in decoder.decode(sample.file, before) if row.kind is None)
    least = max(FEWEST_DEAD, MOSTLY_BEFORE * ends_count)
    return frozenset(wording for wording, count in counts.items() if count >= least and wording.variables)


def _find_line_before(sample: Sample, line: Line) -> Line | None:
    text = sample.stretches[line.number]
    end = line.offset_bytes - 1
    if end <= 0:
        return None
    start = text.rfind(b"\n", 0, end) + 1
    return Line(line.number, start, text[start:end])


def _find_sends(sample: Sample, decoder: Decoder, announcers: frozenset[Wording]) -> Iterator[Series]:
    rows = [row for line in sample.read_head(HEAD_LINES) for row in decoder.decode(sample.file, line)]
    if any(row.kind in SENDS for row in rows):
        return
    ends = sorted(row.time for row in rows if row.kind is EventKind.DISCONNECTED)
    others = collect_series(row for row in rows if row.kind is None)
    for one in others:
        slot = _find_own_id(one) if one.wording in announcers else None
        if slot is None or ITS_OWN_DOING.search(one.wording.template) or not _ends_connections(one, ends):
            continue
        siblings = [other for other in others if _is_worded_alike(one.wording, other.wording)]
        if any(_is_answered(other, slot, ends, others, _list_ids(one, slot)) for other in siblings):
            yield one


def _find_own_id(one: Series) -> str | None:
    """The place of an id that is another one in each line."""
    return next((slot for slot in list_slots(one) if len(_list_ids(one, slot)) == len(one.sightings)), None)


def _list_ids(one: Series, slot: str) -> set[str]:
    return {row.reading.ids[slot] for row in one.sightings if slot in row.reading.ids}


def _ends_connections(one: Series, ends: Sequence[datetime]) -> bool:
    """Whether nearly all lines of a wording are followed by an end within moments, and most ends follow one."""
    dead = sum(_has_end(row.time, ends) for row in one.sightings)
    return dead >= max(FEWEST_DEAD, MOSTLY * len(one.sightings)) and 2 * dead >= len(ends)


def _has_end(moment: datetime, ends: Sequence[datetime]) -> bool:
    place = bisect_left(ends, moment)
    return place < len(ends) and ends[place] - moment <= AT_ONCE


def _is_worded_alike(one: Wording, other: Wording) -> bool:
    """Whether two wordings differ in the name of a thing alone."""
    if one.variables != other.variables or one.words != other.words:
        return False
    first, second = (VARIABLE.join(wording.literals).split() for wording in (one, other))
    unlike = [(word, instead) for word, instead in zip(first, second, strict=False) if word != instead]
    return len(first) == len(second) and len(unlike) == 1 and all(word.isalpha() for word in unlike[0])


def _is_answered(
    sibling: Series, slot: str, ends: Sequence[datetime], others: Sequence[Series], dead_ids: set[str]
) -> bool:
    """Whether what is announced in the same words is survived, and another wording answers it by its id.

    That wording never names the id of one that ended its connection.
    """
    sent = {row.reading.ids[slot]: row.time for row in sibling.sightings if slot in row.reading.ids}
    survived = [name for name, moment in sent.items() if not _has_end(moment, ends)]
    if len(sent) < FEWEST_DEAD or len(survived) < MOSTLY * len(sent):
        return False
    for other in others:
        if other is sibling:
            continue
        for place in list_slots(other):
            answered = {row.reading.ids[place] for row in other.sightings if _answers(row, place, sent)}
            if len(answered) >= MOSTLY * len(survived) and dead_ids.isdisjoint(_list_ids(other, place)):
                return True
    return False


def _answers(row: Sighting, place: str, sent: dict[str, datetime]) -> bool:
    """Whether a line names an id shortly after it was sent."""
    moment = sent.get(row.reading.ids.get(place, ""))
    return moment is not None and timedelta() <= row.time - moment <= ANSWERED
