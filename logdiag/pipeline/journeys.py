"""From a text to the way of the message that it means: the stages of a diagnosis, then the lines about it alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from logdiag.analyzers.journeys import (
    MOST_HOPS,
    NEAR,
    Choice,
    Records,
    answer,
    describe,
    find_choices,
    list_own_times,
    tell_story,
)
from logdiag.events import EventKind
from logdiag.pipeline.inputs import ReadLogs
from logdiag.pipeline.stages import Analysis
from logdiag.results.evidence import Evidence
from logdiag.results.journey import Journey, Looked, Mention, Understood
from logdiag.scanning.cells import Window, merge_windows
from logdiag.scanning.matches import FoundRecord, TextNeedle, find_matches, read_matches

MOST_MENTIONS: Final = 10_000  # a text that stands in more lines names no message


def trace_message(text: str, analysis: Analysis) -> Journey:
    """Find the message that a text means, and tell its way; list the messages if there are several."""
    reading, records = analysis.reading, _gather(analysis)
    mentions = _find(text, reading)
    understood, choices = find_choices(text, records, mentions)
    inputs = analysis.diagnosis.inputs
    looked = Looked(
        files_count=len(inputs.files),
        lines_count=inputs.lines_count,
        matched_count=len(mentions),
        messages_count=len(records.first_lines),
        pushes_count=len(records.pushes),
    )
    if len(choices) != 1:
        return answer(text, understood, looked, [describe(choice, records) for choice in choices], None)
    (choice,) = choices
    if choice.message_id not in {None, text}:
        # The lines that hold the text and those that hold the id are both about it, unless the text says less.
        named = _find(str(choice.message_id), reading)
        mentions = [*named, *(mentions if understood is Understood.TEXT else ())]
    every = sorted({mention.evidence: mention for mention in mentions}.values(), key=lambda mention: mention.time)
    shown = every[:MOST_HOPS]
    if not choice.pushes and choice.message_id is None:
        choice = choice._replace(places=tuple(mention.evidence for mention in shown))
    story = tell_story(choice, understood, records, shown, _read_nearby(choice, records, shown, reading))
    story = replace(story, hops_count=story.hops_count + len(every) - len(shown))
    return answer(text, understood, looked, [story.subject], story)


def list_messages(analysis: Analysis) -> frozenset[str]:
    """The ids of all messages that these logs name."""
    return frozenset(map(str, _gather(analysis).first_lines))


def _gather(analysis: Analysis) -> Records:
    """What the diagnosis knows; the pushes with the fates that the ledger tells."""
    followed, ledger = analysis.followed, analysis.explained.ledger
    shown = {push.evidence: push for push in ledger.counts.items}
    return Records(
        timeline=followed.timeline,
        sessions=followed.sockets.sessions,
        drops=ledger.drops,
        pushes=[shown.get(push.evidence, push) for push in ledger.pushes],
        clocks=followed.sockets.server.clocks,
        has_receipts=len(followed.timeline.of_kinds({EventKind.RECEIPT})) > 0,
    )


def _find(text: str, reading: ReadLogs) -> list[Mention]:
    found = find_matches(reading.scans, TextNeedle(text, everywhere=True))
    return list(islice(_mention(found, reading), MOST_MENTIONS))


def _mention(matches: Iterable[FoundRecord], reading: ReadLogs) -> Iterator[Mention]:
    asked = reading.window
    for match in matches:
        if asked is None or asked.holds(match.time):
            place = Evidence(match.file, match.line)
            yield Mention(match.time, match.source, match.service, match.message, place)


def _read_nearby(choice: Choice, records: Records, mentions: list[Mention], reading: ReadLogs) -> list[Mention]:
    """All lines within a second of those about the message."""
    times = list_own_times(choice, records, mentions)
    windows = list(merge_windows(Window(time - NEAR, time + NEAR) for time in times))
    return list(_mention(read_matches(reading.scans, windows), reading))
