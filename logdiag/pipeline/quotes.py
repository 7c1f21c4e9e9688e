"""Lines of the files as they stand there, for the reader of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.worst_incident import collect_excerpts, find_worst, measure_open_outages_s
from logdiag.parsers.layouts import Layout
from logdiag.parsers.records import UnreadableError, read_line
from logdiag.pipeline.inputs import Reading, measure_extent
from logdiag.reading import read_places
from logdiag.results.connections import ConnectFailure
from logdiag.results.disconnects import Disconnect, Incident
from logdiag.results.evidence import Evidence, Excerpt
from logdiag.results.pushes import Push

if TYPE_CHECKING:
    import pandas as pd

SHOWN_CHARACTERS: Final = 2_000
MOST_QUOTED: Final = 12
CLIPPED_CHARACTERS: Final = 200  # a report shows no more of a message


def show_worst(
    reading: Reading,
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    sessions: Sequence[SessionRecord],
    pushes: Sequence[Push],
) -> Incident | None:
    """The disconnect that cost most, with the events around it and their lines as they stand in the files."""
    end = measure_extent(reading)[1]
    worst = find_worst(drops, pushes, end)
    if worst is None:
        return None
    excerpts = collect_excerpts(frame, worst, sessions[drops.index(worst)])
    texts = read_texts(reading, [excerpt.evidence for excerpt in excerpts])
    layouts = {scan.file.path: scan.layout for scan in reading.scans}
    return Incident(
        worst.index,
        tuple(_fill_in(excerpt, texts[excerpt.evidence], layouts[excerpt.evidence.file]) for excerpt in excerpts),
        measure_open_outages_s(drops, end).get(worst.index),
    )


def _fill_in(excerpt: Excerpt, text: str, layout: Layout) -> Excerpt:
    return replace(excerpt, text=text, has_more=_has_more(excerpt, text, layout))


def _has_more(excerpt: Excerpt, text: str, layout: Layout) -> bool:
    """Whether a line holds more than its time, level, service and message; one that cannot be taken apart does."""
    if len(excerpt.message) > CLIPPED_CHARACTERS or not excerpt.message:
        return True
    if not text.startswith("{"):
        before, found, after = text.partition(excerpt.message)
        return not found or "{" in before or bool(after.strip())
    try:
        records = list(read_line(text.encode(), layout))
    except UnreadableError:
        return True
    told = [(one.stamp, one.message, one.level, one.service) for one in records]
    return len(records) != 1 or len(records[0].fields) > sum(value is not None for value in told[0])


def quote_failures(reading: Reading, failures: Sequence[ConnectFailure]) -> tuple[ConnectFailure, ...]:
    """The same, those that kept a client out with their first line as it stands in the file."""
    quoted = [failure.evidence[0] for failure in failures if failure.never_connected][:MOST_QUOTED]
    texts = read_texts(reading, quoted)
    return tuple(replace(failure, quote=texts.get(failure.evidence[0])) for failure in failures)


def read_texts(reading: Reading, places: Sequence[Evidence], characters: int = SHOWN_CHARACTERS) -> dict[Evidence, str]:
    """The lines at these places, cut at so many characters; empty where a file has no such line."""
    scans = {scan.file.path: scan for scan in reading.scans}
    wanted: dict[str, set[int]] = {}
    for place in places:
        wanted.setdefault(place.file, set()).add(place.line)
    found = {
        path: read_places(scans[path].file, numbers, [mark.line for mark in scans[path].marks])
        for path, numbers in wanted.items()
    }
    return {place: found[place.file].get(place.line, b"").decode("utf-8", "replace")[:characters] for place in places}
