"""Lines of the files as they stand there: those that the report quotes, and the stacks that name lines of code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logdiag.analyzers.causes.facts.known import PushLedger
from logdiag.analyzers.worst_incident import collect_excerpts, find_worst, measure_open_outages_s
from logdiag.parsers.layouts import Layout
from logdiag.parsers.records import UnreadableError, read_line
from logdiag.pipeline.code_places import find_code_places, list_ends, list_stack_lines
from logdiag.pipeline.following import Followed
from logdiag.pipeline.inputs import ReadLogs
from logdiag.reading import read_places
from logdiag.results.connections import ConnectFailure
from logdiag.results.disconnects import Incident
from logdiag.results.evidence import SHOWN_MESSAGE, CodePlace, Evidence

LONGEST_TEXT: Final = 16_000  # characters: a record with its context may be long before its stack
SHOWN_CHARACTERS: Final = 2_000
MOST_QUOTED: Final = 12


class Quotes(NamedTuple):
    """The disconnect that cost most with its lines, the failures to connect with theirs, the lines of code."""

    worst: Incident | None
    failures: tuple[ConnectFailure, ...]
    code_places: tuple[CodePlace, ...]


def quote(followed: Followed, ledger: PushLedger) -> Quotes:
    """Read all lines that are quoted, each file once.

    Of the failures those that kept a client out have their first line as it stands in the file.
    """
    ends = list_ends(ledger.pushes, ledger.drops)
    worst = _draft_worst(followed, ledger)
    excerpts = () if worst is None else worst.excerpts
    failed = [failure.evidence[0] for failure in followed.failures if failure.never_connected][:MOST_QUOTED]
    shown = [*(excerpt.evidence for excerpt in excerpts), *failed]
    texts = _read_texts(followed.reading, [*shown, *list_stack_lines(ends)])
    quotes = {place: texts[place][:SHOWN_CHARACTERS] for place in shown}
    return Quotes(
        None
        if worst is None
        else _fill(worst, quotes, {scan.file.path: scan.layout for scan in followed.reading.scans}),
        tuple(
            replace(failure, quote=quotes[failure.evidence[0]]) if failure.evidence[0] in failed else failure
            for failure in followed.failures
        ),
        find_code_places(ends, texts),
    )


def _draft_worst(followed: Followed, ledger: PushLedger) -> Incident | None:
    """The disconnect that cost most, with the events around it, without the texts of their lines."""
    end = followed.extent.end
    worst = find_worst(ledger.drops, ledger.pushes, end, followed.ends)
    if worst is None:
        return None
    session = followed.sockets.drop_sessions[ledger.drops.index(worst)]
    return Incident(
        worst.index,
        collect_excerpts(followed.frame, worst, session),
        measure_open_outages_s(ledger.drops, end, followed.ends).get(worst.index),
    )


def _fill(incident: Incident, quotes: Mapping[Evidence, str], layouts: Mapping[str, Layout]) -> Incident:
    filled = []
    for excerpt in incident.excerpts:
        text = quotes[excerpt.evidence]
        has_more = _has_more(excerpt.message, text, layouts[excerpt.evidence.file])
        filled.append(replace(excerpt, text=text, has_more=has_more))
    return replace(incident, excerpts=tuple(filled))


def _has_more(message: str, text: str, layout: Layout) -> bool:
    """Whether a line holds more than its time, level, service and message; one that cannot be taken apart does."""
    if len(message) > SHOWN_MESSAGE or not message:
        return True
    if not text.startswith("{"):
        before, found, after = text.partition(message)
        return not found or "{" in before or bool(after.strip())
    try:
        records = list(read_line(text.encode(), layout))
    except UnreadableError:
        return True
    if len(records) != 1:
        return True
    (record,) = records
    known_count = sum(value is not None for value in (record.stamp, record.message, record.level, record.service))
    return len(record.fields) > known_count


def _read_texts(reading: ReadLogs, places: Sequence[Evidence]) -> dict[Evidence, str]:
    """The lines at these places, cut at 16,000 characters; empty where a file has no such line."""
    scans = {scan.file.path: scan for scan in reading.scans}
    wanted: dict[str, set[int]] = {}
    for place in places:
        wanted.setdefault(place.file, set()).add(place.line)
    found = {
        path: read_places(scans[path].file, numbers, [mark.line for mark in scans[path].marks])
        for path, numbers in wanted.items()
    }
    return {place: found[place.file].get(place.line, b"").decode("utf-8", "replace")[:LONGEST_TEXT] for place in places}
