"""What was read: the files of a request scanned, and the account of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from logdiag.analyzers.connections.proxied_sessions import tell_proxied_sessions
from logdiag.analyzers.processes.own_starts import find_own_starts
from logdiag.analyzers.processes.processes import find_processes
from logdiag.analyzers.sides.sides import tell_sides
from logdiag.events import Event, EventKind, Side
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.lifecycles import learn_rules
from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.rules import RuleSet
from logdiag.pipeline.bare_errors import settle_bare_errors
from logdiag.pipeline.broker_leaves import settle_leaves
from logdiag.pipeline.cut_stamps import settle_cut_stamps
from logdiag.pipeline.lapsed_closes import join_lapsed_closes
from logdiag.pipeline.raised import state_raised
from logdiag.pipeline.transports import join_transports
from logdiag.pipeline.turning import turn_round
from logdiag.pipeline.unplaced import refuse_unplaced
from logdiag.pipeline.zones import correct_zones
from logdiag.reading import FoundFiles, LogFile, is_copy_name, mask_secrets
from logdiag.request import Request
from logdiag.results.evidence import Evidence
from logdiag.results.inputs import (
    DATE_ASSUMED,
    YEAR_ASSUMED,
    FileFault,
    FormCount,
    InputFile,
    Inputs,
    Sampling,
    SideReading,
    SkippedReason,
    ZoneReading,
)
from logdiag.scanning.cells import Window, count_within
from logdiag.scanning.lines import FileScan
from logdiag.scanning.threads import scan_files
from logdiag.times.window import FIRST_INSTANT, LAST_INSTANT, TimeWindow, parse_zone, resolve_window

if TYPE_CHECKING:
    from logdiag.pipeline.sources import Sources


class ReadLogs(NamedTuple):
    """What was asked for, and what the files held; `sources` are the trees of the code, where some are named.

    `fired` are the ids of the rules that a line matched, before lines that tell the same were joined. `proxied_count`:
    how many ends of connections proxies tell of, where no application's lines tell of any.
    """

    request: Request
    found: FoundFiles
    scans: tuple[FileScan, ...]
    zone: tzinfo
    window: TimeWindow | None
    rules: RuleSet
    sides: tuple[SideReading, ...] = ()
    zones: tuple[ZoneReading, ...] = ()
    sources: Sources | None = None
    fired: frozenset[str] = frozenset()
    proxied_count: int = 0

    def events(self) -> list[Event]:
        """The events of all files within the window."""
        asked = self.window
        return [event for scan in self.scans for event in scan.events if asked is None or asked.holds(event.time)]

    def keep_examples(self) -> None:
        """Let go of all events of each file but the first of each kind, once the timeline has what they say.

        They are a quarter of what a large fleet takes in memory. All are kept where they are asked for once more: to
        count those within a window, or to hold them against the code.
        """
        if self.window is not None or self.sources is not None:
            return
        for scan in self.scans:
            first: dict[EventKind, Event] = {}
            for event in scan.events:
                first.setdefault(event.kind, event)
            scan.events = list(first.values())

    def tell_sides(self, stated: Mapping[str, Side], again: frozenset[tuple[str, int]] = frozenset()) -> ReadLogs:
        """The same, where the events of each side have its kinds; `stated` overrules what the lines say.

        `again` are the file and number of lines that tell what others tell.
        """
        services = {scan.file.path: scan.file.service for scan in self.scans}
        signs = {scan.file.path: scan.signs for scan in self.scans if scan.signs}
        sided = tell_sides([event for scan in self.scans for event in scan.events], services, stated, signs, again)
        events: dict[str, list[Event]] = defaultdict(list)
        proxied = tell_proxied_sessions(sided.events)
        for event in proxied.events:
            events[event.file].append(event)
        scans = tuple(replace(scan, events=events[scan.file.path]) for scan in self.scans)
        fired = frozenset(event.rule for scan in self.scans for event in scan.events if event.rule is not None)
        return self._replace(scans=scans, sides=sided.readings, fired=fired, proxied_count=proxied.ends_count)

    def part_instances(self) -> ReadLogs:
        """The same, where each container, and each server that tells of starts of its own, is a process."""
        names = {scan.file.path: scan.file.service for scan in self.scans}
        own = find_own_starts((event for scan in self.scans for event in scan.events), names)
        services: dict[str, set[str]] = defaultdict(set)
        for scan in self.scans:
            services[scan.file.source].add(scan.file.service)

        def name(scan: FileScan) -> str | None:
            source, service = scan.file.source, scan.file.service
            is_alone = len(services[source]) == 1
            if is_alone or not (scan.layout.is_captured or (source, service) in own):
                return None
            return service if len(services) == 1 else f"{source}/{service}"

        return self._replace(scans=tuple(_label(scan, name(scan)) for scan in self.scans))

    def assign_processes(self) -> ReadLogs:
        """The same, where the files of a process that shares its folder with others are labelled by its name."""
        services = {scan.file.path: scan.file.service for scan in self.scans}
        events = (event for scan in self.scans for event in scan.events)
        names = find_processes(events, services, is_copy_name)
        return self._replace(scans=tuple(_label(scan, names.get(scan.file.path)) for scan in self.scans))


def _label(scan: FileScan, source: str | None) -> FileScan:
    if source is None:
        return scan
    events = [replace(event, source=source) for event in scan.events]
    return replace(scan, file=replace(scan.file, source=source), events=events)


def read_inputs(
    request: Request,
    found: FoundFiles,
    on_progress: Callable[[int, int], None] | None = None,
    workers_count: int | None = None,
    *,
    sources: Sources | None = None,
) -> ReadLogs:
    """Scan every file; resolve the time window. Raises InputError if not one line could be parsed.

    `on_progress` gets the bytes done and all bytes. The result depends neither on `workers_count` nor on a
    cluster. `sources` add to the rules how the code words its lines.
    """
    zone = parse_zone(request.zone)
    rules = replace(load_rules(request.rules_files), client_key=request.client_key)
    rules = rules if sources is None else sources.add_rules(rules)
    layouts = find_layouts(found.files, zone, is_zone_stated=request.zone is not None)
    rules = rules.with_learned(learn_rules(found.files, rules, layouts))

    def scan(
        files: Sequence[LogFile],
        known: Mapping[LogFile, Layout],
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[FileScan]:
        if request.scheduler is None:
            return scan_files(files, rules, known, on_progress, workers_count)
        from logdiag.scanning.cluster import scan_on_cluster  # noqa: PLC0415  for those who have one

        return scan_on_cluster(files, rules, known, request.scheduler, on_progress)

    scans: Sequence[FileScan] = scan(found.files, layouts, on_progress)
    if not any(scan.records_seen for scan in scans):
        raise refuse_unplaced(request, found, scans, rules, zone)
    zones: tuple[ZoneReading, ...] = ()
    if request.zone is None:
        scans, zones = correct_zones(scans, layouts, scan)
    window = None
    if any(text is not None for text in (request.since, request.until, request.around)):
        end = max(scan.last for scan in scans if scan.last is not None)
        window = resolve_window(request.since, request.until, request.around, end=end, zone=zone)
    scans, again = join_transports([_settle(scan) for scan in state_raised(scans, rules)])
    reading = ReadLogs(request, found, tuple(scans), zone, window, rules, zones=zones, sources=sources)
    return reading.part_instances().tell_sides(request.sides, again).assign_processes()


def _settle(scan: FileScan) -> FileScan:
    """What the lines of one file mean together, where one alone does not tell."""
    return settle_bare_errors(join_lapsed_closes(settle_leaves(settle_cut_stamps(turn_round(scan)))))


def measure_extent(reading: ReadLogs) -> Window:
    """First and last instant of what is analysed; those of the logs where they lie outside the window."""
    firsts = [scan.first for scan in reading.scans if scan.first is not None]
    lasts = [scan.last for scan in reading.scans if scan.last is not None]
    start, end = min(firsts), max(lasts)
    asked = reading.window
    if asked is None or (asked.since or start) > end or (asked.until or end) < start:
        return Window(start, end)
    start = max(start, asked.since or start)
    return Window(start, max(start, min(end, asked.until or end)))


def measure_processes(reading: ReadLogs, extent: Window) -> dict[str, tuple[datetime, datetime]]:
    """From when to when the files of each process run, all of its services and rotated parts, within `extent`."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for scan in reading.scans:
        if scan.first is None or scan.last is None or scan.last < extent.start or scan.first > extent.end:
            continue
        first, last = spans.get(scan.file.source, (extent.end, extent.start))
        spans[scan.file.source] = min(first, max(scan.first, extent.start)), max(last, min(scan.last, extent.end))
    return spans


def describe_inputs(
    reading: ReadLogs, duplicates_count: int, extent: Window, sampling: Sampling | None = None
) -> Inputs:
    """The account of what was read, within the window."""
    request = reading.request
    counted = [_count_file(reading, scan) for scan in reading.scans]
    skipped: Counter[str] = Counter()
    first: dict[str, Evidence] = {}
    for file, reasons, _ in counted:
        for reason, numbers in sorted(reasons.items()):
            skipped[reason] += len(numbers)
            first.setdefault(reason, Evidence(file.path, numbers[0]))
    levels: Counter[str] = Counter()
    for scan in reading.scans:
        levels.update(scan.levels)
    events_count = sum(one.file.events_count for one in counted)
    lines_count = sum(one.file.lines_count for one in counted)
    return Inputs(
        paths=tuple(mask_secrets(path) for path in sorted(request.paths)),
        files=tuple(one.file for one in counted),
        lines_count=lines_count,
        events_count=events_count,
        skipped_count=sum(skipped.values()),
        skipped=tuple(SkippedReason(reason, skipped[reason], first[reason]) for reason in sorted(skipped)),
        start=extent.start,
        end=extent.end,
        clock_assumption=_describe_clocks(reading),
        display_zone=request.zone or "UTC",
        unclassified_count=sum(one.unclassified_count for one in counted),
        duplicates_count=duplicates_count,
        outside_window_count=sum(scan.lines_count for scan in reading.scans) - lines_count,
        left_alone_count=len(reading.found.left_alone),
        levels=dict(sorted(levels.items())),
        sampling=sampling,
        unread=reading.found.unread,
        sides=reading.sides,
        zones=reading.zones,
        proxied_count=reading.proxied_count,
        forms=_count_forms(reading, [one.file for one in counted]),
    )


def _count_forms(reading: ReadLogs, files: Sequence[InputFile]) -> tuple[FormCount, ...]:
    """In which forms files and lines are, the commonest first.

    Lines of another form than their file's are known of those that were decoded, and only of the whole of the logs.
    """
    files_in = Counter(file.form for file in files if file.lines_count)
    lines_in = Counter[str]()
    for scan, file in zip(reading.scans, files, strict=True):
        others = scan.others if reading.window is None else Counter[str]()
        lines_in.update({file.form: file.lines_count - others.total()})
        lines_in.update(others)
    forms = (FormCount(form, files_in[form], count) for form, count in lines_in.items() if count > 0)
    return tuple(sorted(forms, key=lambda row: (-row.lines_count, row.form)))


def _find_guesses(layout: Layout) -> tuple[str, ...]:
    """What was chosen where the stamps of a file leave it open; each is a finding."""
    rows = (
        ("order-assumed", layout.is_order_open and not layout.hints.day_first),
        ("day-first-assumed", layout.is_order_open and bool(layout.hints.day_first)),
        (YEAR_ASSUMED, layout.is_year_guessed),
        (DATE_ASSUMED, layout.is_date_guessed),
    )
    return tuple(name for name, is_guess in rows if is_guess)


def _find_fault(scan: FileScan) -> FileFault | None:
    layout = scan.layout
    if layout.fault is None or scan.records_seen:
        return None
    return FileFault(layout.fault.value, layout.line, layout.first_line)


class _Counted(NamedTuple):
    """One file's counts within the window, the numbers of its skipped lines by reason, its unclassified lines."""

    file: InputFile
    skipped: Mapping[str, Sequence[int]]
    unclassified_count: int


def _count_file(reading: ReadLogs, scan: FileScan) -> _Counted:
    asked = reading.window
    skipped: Mapping[str, Sequence[int]] = scan.skipped
    unclassified_count, lines_count, events_count = scan.unclassified_count, scan.lines_count, scan.event_lines_count
    first, last = scan.first, scan.last
    if asked is not None:
        window = Window(asked.since or FIRST_INSTANT, asked.until or LAST_INSTANT)
        unclassified_count, skipped = count_within(scan, window)
        events_count = len({event.line for event in scan.events if asked.holds(event.time)})
        lines_count = events_count + unclassified_count + sum(map(len, skipped.values()))
        first = None if first is None else max(first, window.start)
        last = None if last is None else min(last, window.end)
    file = InputFile(
        path=scan.file.path,
        connection=scan.file.source,
        service=scan.file.service,
        lines_count=lines_count,
        events_count=events_count,
        skipped_count=sum(map(len, skipped.values())),
        first=first,
        last=last,
        form=scan.layout.form,
        guesses=_find_guesses(scan.layout),
        fault=_find_fault(scan),
    )
    return _Counted(file, skipped, unclassified_count)


def _describe_clocks(reading: ReadLogs) -> str:
    """`zoned`: every stamp names its zone; `assumed`: none does; `mixed`.

    With `-stated` the user named the zone, with `-measured` sockets showed that of some files, with `-neighbours` the
    lines beside them that of all stamps without one, with `-partly` that of some; with `-open` they could not.
    """
    zoned = sum(scan.zoned_count for scan in reading.scans)
    zoneless = sum(scan.zoneless_count for scan in reading.scans)
    if not zoneless:
        return "zoned"
    share = "mixed" if zoned else "assumed"
    if reading.request.zone is not None:
        return f"{share}-stated:{reading.request.zone}"
    unknown = [scan.layout for scan in reading.scans if scan.zoneless_count and not scan.layout.is_zone_found]
    if reading.zones:
        return f"{share}-measured:UTC"
    if any(scan.layout.is_zone_found for scan in reading.scans):
        return "mixed-partly:UTC" if unknown else "mixed-neighbours:UTC"
    return "mixed-open:UTC" if any(layout.is_zone_open for layout in unknown) else f"{share}:UTC"
