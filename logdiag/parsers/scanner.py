r"""Lines to events, and skipped lines with a reason; the hot path.

A line is decoded only if it contains a text that some rule needs, or a `\u` escape that could hide one. All other
lines are checked for shape alone (first and last byte, NUL) and counted: a log is large, its events are few.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, NamedTuple

from logdiag.diagnosis import Evidence
from logdiag.events import Event
from logdiag.parsers.dialects import PREFIX_SHAPE, Record, open_envelope, strip_prefix, understand_record
from logdiag.parsers.rules import Match, RuleSet
from logdiag.parsers.timestamps import has_zone, parse_timestamp
from logdiag.reading import Damage, Line, LogFile

NOT_JSON: Final = "not a JSON object"
CUT_OFF: Final = "cut off"
NUL_BYTES: Final = "NUL bytes"
INVALID_JSON: Final = "not valid JSON"
NO_TIMESTAMP: Final = "no usable time stamp"
SAMPLED_LINES: Final = 200
MARK_EVERY_LINES: Final = 500
IDENTITY_KEYS: Final = ("workerId", "worker_id", "clientId", "hostname")
DECODER: Final = json.JSONDecoder(strict=False)
INTEGER: Final = re.compile(r"-?\d{1,15}")


class Mark(NamedTuple):
    """A line from which a file can be read again, and its instant (None if it has none)."""

    line: Line
    time: datetime | None


@dataclass(slots=True)
class FileScan:
    """What one file held. Lines = event lines + unclassified + skipped; blank lines count nowhere.

    `line_times_us` has the instant (microseconds since 1970, UTC) of every unclassified and skipped line, in file
    order, but only if the scan was asked for it; a line without a stamp of its own takes that of the line before.
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
    is_candidate = _candidate_test(rules)
    final: Line | None = None
    for line in lines:
        if isinstance(line, Damage):
            _skip(scan, Evidence(file.path, line.line + 1), line.reason, None)
            break
        if not (raw := line.raw.strip()):
            continue
        if scan.lines_count % MARK_EVERY_LINES == 0:
            scan.marks.append(Mark(Line(line.number, b"", line.offset_bytes), _find_time(raw, zone)))
        scan.lines_count += 1
        place = Evidence(file.path, line.number)
        if timed or scan.lines_count <= SAMPLED_LINES or is_candidate(raw):
            _decode_line(scan, raw, place, rules, zone, candidate=is_candidate(raw), timed=timed)
        elif (reason := find_shape_fault(raw)) is not None:
            _skip(scan, place, reason, None)
        else:
            scan.unclassified_count += 1
        final = line
    _note_last(scan, final, zone)
    return scan


def decode_records(raw: bytes, zone: tzinfo = UTC) -> list[tuple[datetime, Record]]:
    """The records of one line with their instants. Raises UnreadableError with the reason."""
    found = []
    for fields in _decode_objects(raw):
        record = understand_record(fields)
        moment = parse_timestamp(record.stamp, zone)
        if moment is None:
            raise UnreadableError(NO_TIMESTAMP)
        found.append((moment, record))
    return found


def find_shape_fault(raw: bytes) -> str | None:
    """Why a stripped, non-blank line cannot be a JSON object, by its first and last byte and NUL alone."""
    if b"\0" in raw:
        return NUL_BYTES
    if raw[0] != 0x7B and not PREFIX_SHAPE.match(raw):
        return NOT_JSON
    return None if raw[-1] == 0x7D else CUT_OFF


def _candidate_test(rules: RuleSet) -> Callable[[bytes], bool]:
    search = rules.needles().search
    return lambda raw: search(raw) is not None or b"\\u" in raw


def _decode_line(
    scan: FileScan, raw: bytes, place: Evidence, rules: RuleSet, zone: tzinfo, *, candidate: bool, timed: bool
) -> None:
    fault = find_shape_fault(raw)
    if fault is not None and not (candidate and fault == CUT_OFF):
        _skip(scan, place, fault, scan.last)
        return
    try:
        records = decode_records(raw, zone)
    except UnreadableError as error:
        if candidate:
            _skip(scan, place, str(error), scan.last)
        else:
            _count_unclassified(scan, scan.last, timed=timed)
        return
    events = [event for moment, record in records if (event := _find_event(scan, moment, record, place, rules))]
    if events and candidate:
        scan.events += events
        scan.event_lines_count += 1
    else:
        _count_unclassified(scan, records[0][0], timed=timed)


def _count_unclassified(scan: FileScan, moment: datetime | None, *, timed: bool) -> None:
    scan.unclassified_count += 1
    if timed:
        scan.unclassified_times_us.append(_micros(moment))


def _micros(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp() * 1e6)


def _find_event(scan: FileScan, moment: datetime, record: Record, place: Evidence, rules: RuleSet) -> Event | None:
    scan.records_seen = True
    if scan.first is None or moment < scan.first:
        scan.first = moment
    if scan.last is None or moment > scan.last:
        scan.last = moment
    if has_zone(record.stamp):
        scan.zoned_count += 1
    else:
        scan.zoneless_count += 1
    if record.level:
        scan.levels[record.level] += 1
    service = record.service or scan.file.service
    match = rules.match(record.message, service, record.fields, record.level)
    return None if match is None else _build_event(scan.file, moment, record, service, place, match)


def _build_event(file: LogFile, moment: datetime, record: Record, service: str, place: Evidence, match: Match) -> Event:
    extracted: dict[str, Any] = dict(match.extracted)
    count = extracted.pop("count", None)
    value = extracted.pop("value", None)
    if reason := extracted.get("reason"):
        extracted["reason"] = " ".join(reason.lower().split())
    return Event(
        time=moment,
        kind=match.rule.kind,
        source=file.source,
        service=service[:200],
        level=record.level,
        message=record.message,
        file=place.file,
        line=place.line,
        identity=_identify(record),
        count=int(count) if count and INTEGER.fullmatch(count) else None,
        value=float(value) if value and INTEGER.fullmatch(value) else None,
        **extracted,
    )


def _identify(record: Record) -> str | None:
    for key in IDENTITY_KEYS:
        value = record.fields.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(value)[:100]
    return None


def _decode_objects(raw: bytes) -> Iterator[dict[str, Any]]:
    text = strip_prefix(raw.decode("utf-8", "replace")) if raw[0] != 0x7B else raw.decode("utf-8", "replace")
    position, seen = 0, False
    while position < len(text):
        try:
            value, position = DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(CUT_OFF if not text.endswith("}") else INVALID_JSON) from error
        if not isinstance(value, dict):
            raise UnreadableError(NOT_JSON)
        inner = open_envelope(value)
        if inner is not None:
            yield from _decode_objects(inner.strip().encode("utf-8", "surrogatepass"))
        else:
            yield value
        seen = True
        while position < len(text) and text[position] in " \t,":
            position += 1
    if not seen:
        raise UnreadableError(NOT_JSON)


def _skip(scan: FileScan, place: Evidence, reason: str, moment: datetime | None) -> None:
    scan.skipped.setdefault(reason, []).append(place)
    scan.skipped_times_us.append((None if moment is None else _micros(moment), reason, place))


def _find_time(raw: bytes, zone: tzinfo) -> datetime | None:
    try:
        return max((moment for moment, _ in decode_records(raw, zone)), default=None)
    except UnreadableError:
        return None


def _note_last(scan: FileScan, final: Line | None, zone: tzinfo) -> None:
    moment = None if final is None else _find_time(final.raw.strip(), zone)
    if moment is not None:
        scan.last = moment if scan.last is None else max(scan.last, moment)
