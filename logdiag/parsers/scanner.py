r"""Lines to events, and skipped lines with a reason; the hot path.

A line is decoded only if it contains a text that some rule needs, or a `\u` escape that could hide one. All other
lines are checked for shape alone (first and last byte, NUL) and counted: a log is large, its events are few.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, NamedTuple

from logdiag.diagnosis import Evidence
from logdiag.events import Event, Identity
from logdiag.parsers.dialects import (
    Record,
    has_prefix,
    mend_text,
    open_envelope,
    read_envelope_stamp,
    split_prefix,
    understand_record,
)
from logdiag.parsers.rules import Match, RuleSet
from logdiag.parsers.timestamps import has_zone, parse_timestamp
from logdiag.reading import Damage, Line, LogFile

NOT_JSON: Final = "not a JSON object"
CUT_OFF: Final = "cut off"
NUL_BYTES: Final = "NUL bytes"
INVALID_JSON: Final = "not valid JSON"
NO_TIMESTAMP: Final = "no usable time stamp"
BLANK: Final = b" \t\n\r\x0b\x0c\0"
SAMPLED_LINES: Final = 200
SAMPLED_WITHOUT_STAMP: Final = 10_000
MARK_EVERY_LINES: Final = 500
TAIL_LINES: Final = 50
TAIL_LINE_BYTES: Final = 65_536
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
IDENTITY_KEYS: Final = ("workerId", "worker_id", "clientId", "hostname")
DECODER: Final = json.JSONDecoder(strict=False)
INTEGER: Final = re.compile(r"-?[0-9]{1,15}")
NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class Mark(NamedTuple):
    """A line from which a file can be read again, and its instant (None if it has none)."""

    line: Line
    time: datetime | None


@dataclass(slots=True)
class FileScan:
    """What one file held. Lines = event lines + unclassified + skipped; blank lines count nowhere.

    `first` and `last` are the earliest and the latest instant among the decoded lines, which the ends of the file and
    every marked line are. `unclassified_times_us` and `skipped_times_us` have the instant (microseconds since 1970,
    UTC) of every such line, in file order, but only if the scan was asked for it; a line without a stamp of its own
    takes that of the line before, at the head of the file that of the first line with one.
    """

    file: LogFile
    events: list[Event] = field(default_factory=list)
    lines_count: int = 0
    event_lines_count: int = 0
    unclassified_count: int = 0
    skipped: dict[str, list[Evidence]] = field(default_factory=dict)
    levels: Counter[str] = field(default_factory=Counter)
    records_seen: bool = False
    zoned_count: int = 0
    zoneless_count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    unclassified_times_us: array[int] = field(default_factory=lambda: array("q"))
    marks: list[Mark] = field(default_factory=list)
    skipped_times_us: list[tuple[int | None, str, Evidence]] = field(default_factory=list)
    opening: datetime | None = None
    latest: datetime | None = None

    @property
    def skipped_count(self) -> int:
        """How many lines fell out."""
        return sum(len(places) for places in self.skipped.values())


class UnreadableError(ValueError):
    """A line cannot be understood; the argument is the reason."""


def scan_lines(
    file: LogFile, lines: Iterable[Line | Damage], rules: RuleSet, *, zone: tzinfo = UTC, timed: bool = False
) -> FileScan:
    """Scan one file; with `timed`, decode every line and note its instant (for the time filters)."""
    scan = FileScan(file)
    job = _Job(scan, rules, zone, timed)
    search = rules.needles().search
    tail: deque[bytes] = deque(maxlen=TAIL_LINES)
    for line in lines:
        if isinstance(line, Damage):
            scan.lines_count += 1
            _skip(job, Evidence(file.path, line.line + 1), line.reason)
            break
        raw = line.raw.strip(BLANK)
        if not raw and b"\0" not in line.raw:
            continue
        if scan.lines_count % MARK_EVERY_LINES == 0:
            scan.marks.append(_mark(job, line, raw))
        scan.lines_count += 1
        is_candidate = search(raw) is not None or b"\\u" in raw
        if (fault := find_shape_fault(raw)) is not None:
            _skip(job, Evidence(file.path, line.number), fault)
        elif is_candidate or timed or _is_sampled(scan):
            _decode_line(job, raw, Evidence(file.path, line.number), is_candidate=is_candidate)
        else:
            scan.unclassified_count += 1
        if len(raw) < TAIL_LINE_BYTES:
            tail.append(raw)
    _note_last(job, tail)
    _date_head(scan)
    return scan


def decode_records(raw: bytes, zone: tzinfo = UTC) -> list[tuple[datetime, Record]]:
    """The records of one line, stripped of BLANK, with their instants. Raises UnreadableError with the reason.

    A record without a stamp takes that of the envelope or prefix around it.
    """
    found = []
    try:
        for fields, outer in _decode_objects(raw, None):
            record = understand_record(fields)
            if record.stamp is None:
                record = record._replace(stamp=outer)
            moment = parse_timestamp(record.stamp, zone)
            if moment is None:
                raise UnreadableError(NO_TIMESTAMP)
            found.append((moment, record))
    except RecursionError as error:
        raise UnreadableError(INVALID_JSON) from error
    return found


def find_shape_fault(raw: bytes) -> str | None:
    """Why a line stripped of BLANK cannot be a JSON object, by its first and last byte and NUL alone."""
    if not raw or b"\0" in raw:
        return NUL_BYTES
    if raw[0] != 0x7B and not has_prefix(raw):
        return NOT_JSON
    return None if raw[-1] == 0x7D or raw.endswith(b"},") else CUT_OFF


class _Job(NamedTuple):
    """One scan and what it goes by."""

    scan: FileScan
    rules: RuleSet
    zone: tzinfo
    timed: bool


def _is_sampled(scan: FileScan) -> bool:
    """Whether to decode a line although no rule wants it: to learn when the file begins and what its levels are."""
    return scan.lines_count <= (SAMPLED_LINES if scan.records_seen else SAMPLED_WITHOUT_STAMP)


def _decode_line(job: _Job, raw: bytes, place: Evidence, *, is_candidate: bool) -> None:
    try:
        records = decode_records(raw, job.zone)
    except UnreadableError as error:
        if is_candidate:
            _skip(job, place, str(error))
        else:
            _count_unclassified(job)
        return
    events = [event for moment, record in records if (event := _find_event(job, moment, record, place)) is not None]
    if events and is_candidate:
        job.scan.events += events
        job.scan.event_lines_count += 1
    else:
        _count_unclassified(job)


def _count_unclassified(job: _Job) -> None:
    job.scan.unclassified_count += 1
    if job.timed:
        job.scan.unclassified_times_us.append(_micros(job.scan.latest) or 0)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def _find_event(job: _Job, moment: datetime, record: Record, place: Evidence) -> Event | None:
    scan = job.scan
    scan.records_seen = True
    scan.latest = moment
    scan.opening = scan.opening or moment
    _extend(scan, moment)
    if has_zone(record.stamp):
        scan.zoned_count += 1
    else:
        scan.zoneless_count += 1
    if record.level:
        scan.levels[record.level] += 1
    match = job.rules.match(record.message, record.service or scan.file.service, record.fields, record.level)
    return None if match is None else _build_event(scan.file, moment, record, place, match)


def _extend(scan: FileScan, moment: datetime) -> None:
    if scan.first is None or moment < scan.first:
        scan.first = moment
    if scan.last is None or moment > scan.last:
        scan.last = moment


def _build_event(file: LogFile, moment: datetime, record: Record, place: Evidence, match: Match) -> Event:
    extracted: dict[str, Any] = dict(match.extracted)
    count = extracted.pop("count", None)
    value = extracted.pop("value", None)
    if reason := extracted.get("reason"):
        extracted["reason"] = " ".join(reason.lower().split())
    return Event(
        time=moment,
        kind=match.rule.kind,
        source=file.source,
        service=(record.service or file.service)[:200],
        level=record.level,
        message=record.message,
        file=place.file,
        line=place.line,
        identity=_identify(record, extracted.get("socket_id")),
        count=int(count) if count and INTEGER.fullmatch(count) else None,
        value=float(value) if value and NUMBER.fullmatch(value) else None,
        is_service_stated=record.service is not None,
        **extracted,
    )


def _identify(record: Record, socket_id: str | None) -> Identity | None:
    """Who wrote the line; not the socket, which is another one after each connect."""
    for key in IDENTITY_KEYS:
        value = record.fields.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value not in {"", socket_id}:
            return Identity(key, mend_text(str(value)[:100]))
    return None


def _decode_objects(raw: bytes, stamp: object) -> Iterator[tuple[dict[str, Any], object]]:
    """The objects of one line, each with the stamp of what stands around it."""
    text = raw.decode("utf-8", "replace").rstrip(", \t")
    if raw[0] != 0x7B:
        prefixed, text = split_prefix(text)
        stamp = prefixed or stamp
    position, seen = 0, False
    while position < len(text):
        try:
            value, position = DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(INVALID_JSON if text.endswith("}") else CUT_OFF) from error
        if not isinstance(value, dict):
            raise UnreadableError(NOT_JSON)
        inner = open_envelope(value)
        if inner is None:
            yield value, stamp
        else:
            inside = inner.encode("utf-8", "surrogatepass").strip(BLANK)
            yield from _decode_objects(inside, read_envelope_stamp(value))
        seen = True
        while position < len(text) and text[position] in " \t,":
            position += 1
    if not seen:
        raise UnreadableError(NOT_JSON)


def _skip(job: _Job, place: Evidence, reason: str) -> None:
    job.scan.skipped.setdefault(reason, []).append(place)
    if job.timed:
        job.scan.skipped_times_us.append((_micros(job.scan.latest), reason, place))


def _mark(job: _Job, line: Line, raw: bytes) -> Mark:
    moment = _find_time(raw, job.zone)
    if moment is not None:
        _extend(job.scan, moment)
    return Mark(Line(line.number, b"", line.offset_bytes), moment)


def _find_time(raw: bytes, zone: tzinfo) -> datetime | None:
    try:
        return max(moment for moment, _ in decode_records(raw, zone)) if find_shape_fault(raw) is None else None
    except UnreadableError:
        return None


def _note_last(job: _Job, tail: Iterable[bytes]) -> None:
    """The last line that has a stamp ends the file, though no rule wanted it."""
    for raw in reversed(list(tail)):
        moment = _find_time(raw, job.zone)
        if moment is not None:
            _extend(job.scan, moment)
            return


def _date_head(scan: FileScan) -> None:
    """Lines before the first stamp take that stamp."""
    opening = _micros(scan.opening)
    if opening is None:
        return
    for index, micros in enumerate(scan.unclassified_times_us):
        if micros:
            break
        scan.unclassified_times_us[index] = opening
    scan.skipped_times_us = [
        (opening if micros is None else micros, reason, place) for micros, reason, place in scan.skipped_times_us
    ]
