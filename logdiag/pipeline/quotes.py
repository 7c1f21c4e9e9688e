"""Lines of the files as they stand there: those that the report quotes, and the stacks that name lines of code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

from logdiag.analyzers.causes.facts.known import PushLedger
from logdiag.analyzers.findings.worst_incident import collect_excerpts, find_worst, measure_open_outages_s
from logdiag.analyzers.triggers.fits import TriggerFit, TriggerLine
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import UnreadableError, read_line
from logdiag.pipeline.code_places import find_code_places, list_ends, list_stack_lines
from logdiag.pipeline.following import Followed
from logdiag.pipeline.inputs import ReadLogs
from logdiag.reading import read_places
from logdiag.results.connections import ConnectFailure
from logdiag.results.disconnects import Disconnect, Incident
from logdiag.results.evidence import LEADING_LINE, SHOWN_MESSAGE, CodePlace, Evidence, Excerpt
from logdiag.results.patterns import NEARLY_ALL, SURE_Q, TriggerRole
from logdiag.scanning.neighbourhoods import Neighbour

LONGEST_TEXT: Final = 16_000  # characters: a record with its context may be long before its stack
SHOWN_CHARACTERS: Final = 2_000
MOST_QUOTED: Final = 12
SLACK: Final = timedelta(milliseconds=100)  # by so much the clocks of two hosts differ unnoticed


class Quotes(NamedTuple):
    """The disconnect that cost most with its lines, the failures to connect with theirs, the lines of code."""

    worst: Incident | None
    failures: tuple[ConnectFailure, ...]
    code_places: tuple[CodePlace, ...]


def quote(followed: Followed, ledger: PushLedger, triggers: Sequence[TriggerFit], lines: Sequence[Neighbour]) -> Quotes:
    """Read all lines that are quoted, each file once; `lines` are those near the disconnects.

    Of the failures those that kept a client out have their first line as it stands in the file.
    """
    ends = list_ends(ledger.pushes, ledger.drops)
    worst = _draft_worst(followed, ledger, triggers, lines)
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


def _draft_worst(
    followed: Followed, ledger: PushLedger, triggers: Sequence[TriggerFit], lines: Sequence[Neighbour]
) -> Incident | None:
    """The disconnect that cost most, with what happened around it, without the texts of the lines."""
    end = followed.extent.end
    worst = find_worst(ledger.drops, ledger.pushes, end, followed.ends)
    if worst is None:
        return None
    session = followed.sockets.drop_sessions[ledger.drops.index(worst)]
    leading = {Evidence(line.file, line.line): line for line in find_leading_lines(worst, triggers, lines)}
    excerpts = collect_excerpts(followed.timeline, worst, session, leading)
    for excerpt in excerpts:
        leading.pop(excerpt.evidence, None)
    others = [_write_excerpt(line, excerpts) for line in leading.values()]
    return Incident(
        worst.index,
        tuple(sorted([*others, *excerpts], key=lambda excerpt: excerpt.time)),
        measure_open_outages_s(ledger.drops, end, followed.ends).get(worst.index),
    )


def find_leading_lines(drop: Disconnect, triggers: Sequence[TriggerFit], lines: Sequence[Neighbour]) -> list[Neighbour]:
    """The last line before a disconnect of each message that leads to it, or comes before nearly all disconnects."""
    leading = [fit for fit in triggers if _leads_to(fit, drop)]
    found: dict[int, Neighbour] = {}
    for line in lines:
        for rank, fit in enumerate(leading):
            before = drop.time - line.time
            is_near = -SLACK <= before <= timedelta(seconds=fit.counts.window_s) + SLACK
            if is_near and _is_written_by(fit.line, line) and (rank not in found or line.time >= found[rank].time):
                found[rank] = line
    return list(found.values())


def _leads_to(fit: TriggerFit, drop: Disconnect) -> bool:
    if fit.chance.q_value > SURE_Q or drop.index not in {index for _, index in fit.counts.preceded}:
        return False
    is_common = fit.counts.preceded_count >= NEARLY_ALL * fit.counts.of_count
    return fit.role is TriggerRole.TRIGGER or (fit.role is TriggerRole.UNDECIDED and is_common)


def _is_written_by(known: TriggerLine, line: Neighbour) -> bool:
    return (known.source, *known.key) == (line.source, line.service, line.template)


def _write_excerpt(line: Neighbour, events: Sequence[Excerpt]) -> Excerpt:
    """A line that is no event; what it says is read with its text."""
    return Excerpt(
        time=line.time,
        connection=line.source,
        service=line.service,
        kind=LEADING_LINE,
        message="",
        text="",
        evidence=Evidence(line.file, line.line),
        order_unknown=any(event.time == line.time and event.evidence.file != line.file for event in events),
    )


def _fill(incident: Incident, quotes: Mapping[Evidence, str], layouts: Mapping[str, Layout]) -> Incident:
    filled = []
    for excerpt in incident.excerpts:
        text, layout = quotes[excerpt.evidence], layouts[excerpt.evidence.file]
        message = excerpt.message or _read_message(text, layout)
        filled.append(replace(excerpt, message=message, text=text, has_more=_has_more(message, text, layout)))
    return replace(incident, excerpts=tuple(filled))


def _read_message(text: str, layout: Layout) -> str:
    """What a line says, without its time and level; the line itself where that is not read from it alone."""
    try:
        records = list(read_line(text.encode(), layout))
    except UnreadableError:
        return text
    return next((record.message for record in records if record.message), text)


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
