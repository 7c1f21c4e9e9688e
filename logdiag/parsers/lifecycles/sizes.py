"""Sends that tell a number which the other side tells as received: `noop sent` N=300000, then `Received: 300000`.

Such numbers are sizes, whatever the application calls them, and sizes decide whether a limit was hit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise
from math import comb
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lifecycles.messages import RECEIVED
from logdiag.parsers.lifecycles.pairs import Series, collect_series, list_slots
from logdiag.parsers.lifecycles.reasons import MESSAGE
from logdiag.parsers.lifecycles.samples import (
    Line,
    LineFinder,
    Place,
    Sample,
    find_byte_counts,
    find_ends,
    find_large_numbers,
    find_reasons,
)
from logdiag.parsers.lifecycles.sightings import Decoder, Sighting
from logdiag.parsers.lifecycles.wordings import Wording
from logdiag.parsers.templates import SAME_DIGIT

SENDS: Final = frozenset({EventKind.PUSH_STARTED, EventKind.EMIT})
SENT: Final = compile_later(
    r"(?i)\b(?:sen[dt]|sending|emit\w*|push\w*|publish\w*|upload\w*|transmit\w*)\b|发送|推送|上报"
)
# What a raw line has whose message has one of these, or an escape that hides it: to decode lines takes longer.
SENT_RAW: Final = compile_later("(?i)sen[dt]|emit|push|publish|upload|transmit|发送|推送|上报|\\\\u".encode())
MOST_FILES: Final = 8
MOST_LINES: Final = 200  # of a file: under a hundredth of a second
LEAST_PAIRS: Final = 8
LEAST_SIZES: Final = 3
LEAST_LARGEST: Final = 1_000  # no limit stops smaller messages
LONGEST_NUMBER: Final = 12
MOSTLY: Final = 0.9
LONGEST_WAY: Final = timedelta(seconds=10)
MOST_ANNOUNCED: Final = 2_000  # of a file: a tenth of a second
MOST_TRIED: Final = 100  # of these, before all of them are decoded: a two-hundredth of a second
OF_UNIT: Final = compile_later(r"\s*(?:bytes?|octets?|B|字节)(?![A-Za-z])")
OF_BYTES: Final = compile_later(r"(?i)bytes|size|length")
FEWEST_DEAD: Final = 3  # two large ones are chance
LEAST_ODDS: Final = 10_000  # a choice: a limit that is none sends the reader to the wrong setting
CLOCKS_APART: Final = timedelta(seconds=1)


def find_sized_sends(samples: Sequence[Sample], decoder: Decoder) -> Iterator[tuple[Series, str]]:
    """The wordings of such sends and the place of the number in each; none where sends are understood already."""
    found = [
        (sample.file, list(islice(sample.find(find_large_numbers()), MOST_LINES))) for sample in samples[:MOST_FILES]
    ]
    if not any(SENT_RAW.search(line.raw) for _, lines in found for line in lines):
        return
    rows: list[Sighting] = []
    for file, lines in found:
        for line in lines:
            rows += decoder.decode(file, line)
        if any(row.kind in SENDS for row in rows):
            return
    series = [one for one in collect_series(row for row in rows if row.kind is None) if _find_sizes(one)]
    received = [one for one in series if RECEIVED.search(one.wording.template)]
    for one in series:
        slot = _find_sizes(one)
        if slot and SENT.search(one.wording.template) and any(_arrives(one, slot, other) for other in received):
            yield one, slot


def find_fatal_sends(samples: Sequence[Sample], decoder: Decoder) -> Iterator[tuple[Series, str]]:
    """The wordings of one client that announce so many bytes, and the place of the number, if sizes part their fates.

    Whatever the application calls it: where each that was larger than some size was the last word before a disconnect,
    and none that was smaller, by more than chance, it was sent. None where sends are understood already.
    """
    found = ((sample, list(islice(sample.find_places(find_byte_counts()), MOST_ANNOUNCED))) for sample in samples)
    counting = [(sample, places) for sample, places in found if _may_announce(sample, places, decoder)]
    if not counting:
        return
    drops = _find_drops(samples, decoder, find_reasons()) or _find_drops(samples, decoder, find_ends())
    if len(drops) < FEWEST_DEAD:
        return
    rows = [row for one, places in counting for line in map(one.cut, places) for row in decoder.decode(one.file, line)]
    if any(row.kind in SENDS for row in rows):
        return
    for one in collect_series(row for row in rows if row.kind is None):
        slot = None if RECEIVED.search(one.wording.template) else _find_sizes(one, _is_of_bytes)
        if slot and _do_sizes_part(one, slot, drops):
            yield one, slot


def _find_drops(samples: Sequence[Sample], decoder: Decoder, finder: LineFinder) -> list[datetime]:
    """When a client lost its connection, in order, by the lines that a finder finds."""
    lines = ((sample.file, line) for sample in samples for line in islice(sample.find(finder), MOST_ANNOUNCED))
    rows = (row for file, line in lines for row in decoder.decode(file, line))
    return sorted(row.time for row in rows if row.kind is EventKind.DISCONNECTED)


def _may_announce(sample: Sample, places: Sequence[Place], decoder: Decoder) -> bool:
    """Whether some of these lines count bytes where the wording says so: most logs hold `size=` and mean another."""
    alike: dict[bytes, list[Line]] = defaultdict(list)  # lines that differ in digits alone say the same
    for line in map(sample.cut, places[:: max(len(places) // MOST_TRIED, 1)]):
        alike[line.raw.translate(SAME_DIGIT)].append(line)
    rows = [row for some in alike.values() for row in [*decoder.decode(sample.file, some[0])] * len(some)]
    if any(row.kind in SENDS for row in rows):
        return True
    series = collect_series(row for row in rows if row.kind is None)
    return any(_is_of_bytes(one.wording, slot) for one in series for slot in list_slots(one))


def _is_of_bytes(wording: Wording, slot: str) -> bool:
    """Whether a number is said to count bytes, by the word behind it or by its key."""
    place = slot.rpartition("#")[2]
    if not slot.startswith(f"{MESSAGE}#"):
        return OF_BYTES.search(slot) is not None
    return OF_UNIT.match(wording.literals[int(place) + 1]) is not None


def _do_sizes_part(one: Series, slot: str, drops: Sequence[datetime]) -> bool:
    """Whether all that were larger than some size were followed by a disconnect before the next, and no smaller one."""
    rows = sorted((row.time, int(row.reading.ids[slot])) for row in one.sightings if slot in row.reading.ids)
    dead: list[int] = []
    survived: list[int] = []
    for (moment, size), (following, _) in pairwise([*rows, (rows[-1][0] + LONGEST_WAY, 0)]):
        place = bisect_left(drops, moment)
        end = drops[place] if place < len(drops) else None
        is_last = end is not None and end < min(following, moment + LONGEST_WAY)
        (dead if is_last else survived).append(size)
    return (
        len(dead) >= FEWEST_DEAD
        and min(dead) > max(survived, default=0)
        and comb(len(dead) + len(survived), len(dead)) > LEAST_ODDS
    )


def _find_sizes(one: Series, may_be: Callable[[Wording, str], bool] = lambda _wording, _slot: True) -> str | None:
    """The place of a number that takes several values, the largest of a thousand or more, and does not count up."""
    rows = sorted(one.sightings, key=lambda row: row.time)
    for slot in list_slots(one):
        texts = [row.reading.ids.get(slot, "") for row in rows]
        are_numbers = all(text.isdecimal() and len(text) <= LONGEST_NUMBER for text in texts)
        if are_numbers and may_be(one.wording, slot) and _are_sizes(list(map(int, texts))):
            return slot
    return None


def _are_sizes(numbers: Sequence[int]) -> bool:
    steps = [later > earlier for earlier, later in pairwise(numbers) if later != earlier]
    is_counter = sum(steps) >= MOSTLY * len(steps)
    return len(set(numbers)) >= LEAST_SIZES and max(numbers) >= LEAST_LARGEST and not is_counter


def _arrives(one: Series, slot: str, other: Series) -> bool:
    """Whether nearly all that another process received it sent just before, number by number."""
    place = _find_sizes(other)
    if place is None or {row.stream for row in one.sightings} & {row.stream for row in other.sightings}:
        return False
    waiting = defaultdict(list)
    for row in sorted(one.sightings, key=lambda row: row.time):
        waiting[row.reading.ids.get(slot)].append(row.time)
    met = 0
    for row in sorted(other.sightings, key=lambda row: row.time):
        sent = waiting[row.reading.ids.get(place)]
        while sent and sent[0] < row.time - LONGEST_WAY:
            sent.pop(0)
        if sent and sent[0] <= row.time + CLOCKS_APART:
            sent.pop(0)
            met += 1
    return met >= max(LEAST_PAIRS, MOSTLY * len(other.sightings))
