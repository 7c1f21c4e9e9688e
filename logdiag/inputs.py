"""What was read: the files of a request scanned, and the account of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from logdiag.analyzers.case import StatedSettings
from logdiag.diagnosis import Evidence, InputFile, Inputs, SkippedReason
from logdiag.errors import InputError
from logdiag.events import Event
from logdiag.parsers.rules import load_rules
from logdiag.parsers.scanner import FileScan, scan_lines
from logdiag.reading import Found, read_lines
from logdiag.time_window import TimeWindow, parse_zone, resolve_window

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for. Times are as typed; `zone` is the zone of stamps that do not name their own."""

    paths: tuple[str, ...]
    since: str | None = None
    until: str | None = None
    around: str | None = None
    zone: str | None = None
    rules_files: tuple[str, ...] = ()
    server_ping_interval_ms: int | None = None
    server_ping_timeout_ms: int | None = None
    max_http_buffer_bytes: int | None = None

    @property
    def stated(self) -> StatedSettings:
        """The settings in the units of the analysis."""
        interval, timeout = self.server_ping_interval_ms, self.server_ping_timeout_ms
        return StatedSettings(
            None if interval is None else interval / 1e3,
            None if timeout is None else timeout / 1e3,
            self.max_http_buffer_bytes,
        )


class Reading(NamedTuple):
    """What the files held."""

    found: Found
    scans: tuple[FileScan, ...]
    zone: tzinfo
    window: TimeWindow | None

    def events(self) -> list[Event]:
        """The events of all files within the window."""
        asked = self.window
        return [event for scan in self.scans for event in scan.events if asked is None or asked.holds(event.time)]


def read_inputs(request: Request, found: Found, on_progress: Callable[[int, int], None] | None) -> Reading:
    """Scan every file; resolve the time window. Raises InputError if not one line could be parsed."""
    zone = parse_zone(request.zone)
    rules = load_rules(request.rules_files)
    wants_window = any(text is not None for text in (request.since, request.until, request.around))
    progress = _Progress(sum(file.size_bytes for file in found.files), on_progress)
    scans = [
        scan_lines(file, read_lines(file, progress.add), rules, zone=zone, timed=wants_window) for file in found.files
    ]
    if not any(scan.records_seen for scan in scans):
        raise InputError(_describe_nothing(request, found, scans))
    window = None
    if wants_window:
        end = max(scan.last for scan in scans if scan.last is not None)
        window = resolve_window(request.since, request.until, request.around, end=end, zone=zone)
    return Reading(found, tuple(scans), zone, window)


class _Progress:
    """Bytes done of all bytes, told to whoever listens."""

    def __init__(self, total: int, listener: Callable[[int, int], None] | None) -> None:
        self.total, self.done, self.listener = total, 0, listener

    def add(self, count: int) -> None:
        self.done += count
        if self.listener is not None:
            self.listener(self.done, self.total)


def _describe_nothing(request: Request, found: Found, scans: Sequence[FileScan]) -> str:
    place = ", ".join(request.paths)
    lines = sum(scan.lines_count for scan in scans)
    looked = f"{len(found.files)} log files with {lines} lines, {len(found.left_alone)} other files left alone"
    return (
        f"{place}: not one line that could be parsed ({looked}); logdiag reads JSON lines with a time stamp, "
        "as winston, pino or bunyan write them: give the folder that holds them"
    )


def measure_extent(reading: Reading) -> tuple[datetime, datetime]:
    """First and last instant of what is analysed."""
    firsts = [scan.first for scan in reading.scans if scan.first is not None]
    lasts = [scan.last for scan in reading.scans if scan.last is not None]
    start, end = min(firsts), max(lasts)
    if reading.window is not None:
        start = max(start, reading.window.since or start)
        end = max(start, min(end, reading.window.until or end))
    return start, end


def describe_inputs(
    request: Request, reading: Reading, duplicates_count: int, start: datetime, end: datetime
) -> Inputs:
    """The account of what was read, within the window."""
    counted = [_count_file(scan, reading.window) for scan in reading.scans]
    skipped: Counter[str] = Counter()
    first: dict[str, Evidence] = {}
    for _, reasons, _ in counted:
        for reason, places in sorted(reasons.items()):
            skipped[reason] += len(places)
            first.setdefault(reason, places[0])
    levels: Counter[str] = Counter()
    for scan in reading.scans:
        levels.update(scan.levels)
    unclassified = sum(count for _, _, count in counted)
    events_count = sum(file.events_count for file, _, _ in counted)
    lines_count = sum(file.lines_count for file, _, _ in counted)
    return Inputs(
        paths=request.paths,
        files=tuple(file for file, _, _ in counted),
        lines_count=lines_count,
        events_count=events_count,
        skipped_count=sum(skipped.values()),
        skipped=tuple(SkippedReason(reason, skipped[reason], first[reason]) for reason in sorted(skipped)),
        start=start,
        end=end,
        clock_assumption=_describe_clocks(request, reading.scans),
        display_zone=request.zone or "UTC",
        unclassified_count=unclassified,
        duplicates_count=duplicates_count,
        outside_window_count=sum(scan.lines_count for scan in reading.scans) - lines_count,
        left_alone_count=len(reading.found.left_alone),
        levels=dict(sorted(levels.items())),
    )


def _count_file(scan: FileScan, window: TimeWindow | None) -> tuple[InputFile, dict[str, list[Evidence]], int]:
    """One file's counts within the window, its skipped lines by reason, its unclassified lines."""
    events: Sequence[Event] = scan.events
    skipped = dict(scan.skipped)
    unclassified, lines = scan.unclassified_count, scan.lines_count
    event_lines = scan.event_lines_count
    first, last = scan.first, scan.last
    if window is not None:
        events = [event for event in events if window.holds(event.time)]
        event_lines = len({event.line for event in events})
        unclassified = sum(window.holds(_instant(micros)) for micros in scan.unclassified_times_us)
        skipped = {}
        for micros, reason, place in scan.skipped_times_us:
            if micros is None or window.holds(_instant(micros)):
                skipped.setdefault(reason, []).append(place)
        lines = event_lines + unclassified + sum(map(len, skipped.values()))
        first = None if first is None else max(first, window.since or first)
        last = None if last is None else min(last, window.until or last)
    file = InputFile(
        path=scan.file.path,
        connection=scan.file.source,
        service=scan.file.service,
        lines_count=lines,
        events_count=event_lines,
        skipped_count=sum(map(len, skipped.values())),
        first=first,
        last=last,
    )
    return file, skipped, unclassified


def _instant(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _describe_clocks(request: Request, scans: Sequence[FileScan]) -> str:
    """`zoned`: every stamp names its zone; `assumed`: none does; `mixed`; with `-stated`: the user named the zone."""
    zoned = sum(scan.zoned_count for scan in scans)
    zoneless = sum(scan.zoneless_count for scan in scans)
    if not zoneless:
        return "zoned"
    share = "mixed" if zoned else "assumed"
    return f"{share}:UTC" if request.zone is None else f"{share}-stated:{request.zone}"


def find_zoneless(scans: Sequence[FileScan]) -> Evidence | None:
    """The first event of a file whose stamps name no zone."""
    events = [scan.events[0] for scan in scans if scan.zoneless_count and scan.events]
    first = min(events, key=lambda event: (event.time, event.file, event.line), default=None)
    return None if first is None else Evidence(first.file, first.line)
