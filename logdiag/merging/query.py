"""What a user asks of the timeline, and the stream of entries that answers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from typing import BinaryIO, Final, NamedTuple

from logdiag.errors import InputError
from logdiag.events import EventKind
from logdiag.limits import STANDARD, Limits
from logdiag.merging.entries import Account, Entry
from logdiag.merging.merge import EntrySource, merge_entries, read_entries
from logdiag.merging.narrowing import Wish, find_text, read_wanted, scan_logs
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.lifecycles import learn_rules
from logdiag.parsers.patterns import SlowPatternError, compile_pattern, search_pattern
from logdiag.parsers.refusals import Unplaced, refuse
from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.rules import RuleSet
from logdiag.reading import FoundFiles, Line, LogFile, discard_spooled, find_log_files, mask_secrets, read_lines
from logdiag.results.inputs import UnreadFile
from logdiag.scanning.cells import EVER, NEVER, Window
from logdiag.scanning.threads import PLAIN_BYTES
from logdiag.texts.sentences import Sentence, say
from logdiag.times.window import TimeWindow, parse_zone, resolve_window

TAIL_BYTES: Final = 65_536
TAIL_LINES: Final = 50
FIRST: Final = EVER + timedelta(days=1)  # leaves room for what is looked at around a window that is open
LAST: Final = NEVER - timedelta(days=1)  # likewise

# Levels in ascending order; those of one row are the same under the names of several schemes.
LEVELS: Final = (
    ("trace", "silly"),
    ("debug", "verbose"),
    ("info", "http", "notice"),
    ("warn",),
    ("error",),
    ("fatal", "alert", "emerg"),
)
RANKS: Final = {name: rank for rank, names in enumerate(LEVELS) for name in names}


@dataclass(frozen=True, slots=True)
class Query:
    """What to tell: times as typed, shell patterns for services and connections, a regular expression for messages.

    Empty filters let everything pass. `level` (a name of `LEVELS`) keeps what is as
    severe or worse; a line without a level is not. `limits` bound what is read.
    """

    paths: tuple[str, ...]
    since: str | None = None
    until: str | None = None
    around: str | None = None
    zone: str | None = None
    rules_files: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    kinds: tuple[EventKind, ...] = ()
    level: str | None = None
    grep: str | None = None
    events_only: bool = False
    limits: Limits = STANDARD


class Chronicle(NamedTuple):
    """The entries that a query asks for, and the account of the reading; `names` are the folders and services seen."""

    entries: Iterator[Entry]
    account: Account
    connections: tuple[str, ...]
    services: tuple[str, ...]


@contextmanager
def open_chronicle(
    query: Query,
    *,
    stdin: BinaryIO | None = None,
    on_found: Callable[[FoundFiles], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[Chronicle]:
    """Find the logs and give their entries one by one. Raises InputError and RuleError.

    InputError comes from the stream itself when it ends without a single record. `on_found` gets the log files
    before they are read; what it raises ends the run.
    """
    zone, pattern, rules = parse_zone(query.zone), _compile(query.grep), load_rules(query.rules_files)
    found = find_log_files(query.paths, stdin, query.limits)
    try:
        if on_found is not None:
            on_found(found)
        layouts = find_layouts(found.files, zone, is_zone_stated=query.zone is not None)
        rules = rules.with_learned(learn_rules(found.files, rules, layouts))
        window = _resolve(query, found, layouts, zone)
        undated = frozenset(file.path for file, layout in layouts.items() if layout.is_date_guessed)
        account = Account(files_count=len(found.files), unread=found.unread, undated=undated)
        may_show = _build_filter(query, window, pattern, account)
        source = EntrySource(rules, layouts, account, may_show=may_show, is_large=_is_large(found.files))
        source = _choose_lines(source, found.files, _wish(query, window, pattern), on_progress)
        merged = merge_entries(found.files, source, account)
        with closing(_select(merged, query, may_show, account, layouts)) as entries:
            connections = tuple(sorted({file.source for file in found.files}))
            services = tuple(sorted({file.service for file in found.files}))
            yield Chronicle(entries, account, connections, services)
    finally:
        discard_spooled(found.files)


def _compile(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else compile_pattern(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError("input.bad_grep", text=text, why=error) from error
    except SlowPatternError as error:
        raise InputError("input.slow_grep", text=text, why=error.sentence) from None


def _wish(query: Query, window: TimeWindow | None, pattern: re.Pattern[str] | None) -> Wish:
    """What of a query is known without decoding a line."""
    kinds = frozenset(query.kinds) if query.kinds else frozenset(EventKind) if query.events_only else None
    span = None if window is None else Window(max(window.since or EVER, FIRST), min(window.until or NEVER, LAST))
    return Wish(kinds, span, None if pattern is None else find_text(pattern))


def _choose_lines(
    source: EntrySource, files: tuple[LogFile, ...], wish: Wish, on_progress: Callable[[int, int], None] | None
) -> EntrySource:
    """Let the source read all lines, or, where something is wished, scan them and read those that can be wanted."""
    if not wish:
        on_bytes = _count_bytes(files, on_progress)
        return replace(source, read=lambda file: read_lines(file, on_bytes))
    scans = scan_logs(files, source.rules, source.layouts, source.account, on_progress)
    if wish.window is not None:
        source.account.first_time = min((scan.first for scan in scans.values() if scan.first is not None), default=None)
        source.account.last_time = max((scan.last for scan in scans.values() if scan.last is not None), default=None)
    return replace(source, account=Account(), read=lambda file: read_wanted(scans[file], wish))


def _is_large(files: tuple[LogFile, ...]) -> bool:
    return sum(file.size_bytes for file in files) > PLAIN_BYTES


def _count_bytes(
    files: tuple[LogFile, ...], on_progress: Callable[[int, int], None] | None
) -> Callable[[int], None] | None:
    if on_progress is None:
        return None
    total, done = sum(file.size_bytes for file in files), 0

    def add(count: int) -> None:
        nonlocal done
        done += count
        on_progress(done, total)

    return add


def _resolve(query: Query, found: FoundFiles, layouts: Mapping[LogFile, Layout], zone: tzinfo) -> TimeWindow | None:
    if query.since is None and query.until is None and query.around is None:
        return None
    ends = [end for file in found.files if (end := find_end(file, layouts)) is not None]
    if not ends:
        looked = say("input.looked_at_files", files_count=len(found.files))
        raise _refuse_all(query, layouts, found.unread, looked)
    return resolve_window(query.since, query.until, query.around, end=max(ends), zone=zone)


def find_end(file: LogFile, layouts: Mapping[LogFile, Layout]) -> datetime | None:
    """The latest instant among the last lines of a file; None if they tell none."""
    silent = EntrySource(RuleSet(()), layouts, Account())
    for start_bytes in (max(0, file.size_bytes - TAIL_BYTES), 0):
        with closing(read_lines(file, start=Line(1, b"", start_bytes))) as lines:
            tail = deque(lines, maxlen=TAIL_LINES)
        times = [item.entry.time for item in read_entries(file, tail, silent)]
        if times:
            return max(times)
    return None


def _build_filter(
    query: Query, window: TimeWindow | None, pattern: re.Pattern[str] | None, account: Account
) -> Callable[[Entry], bool] | None:
    """What tells whether an entry is asked for, whatever it means, and notes in the account which names there are.

    None: every one is.
    """
    lowest = None if query.level is None else RANKS[query.level]
    if not (window or pattern or query.level or query.services or query.connections):
        return None

    def may_show(entry: Entry) -> bool:
        return (
            (window is None or window.holds(entry.time))
            and (lowest is None or RANKS.get(entry.level or "", -1) >= lowest)
            and _fits(entry.service, query.services, account.services)
            and _fits(entry.connection, query.connections, account.connections)
            and (pattern is None or search_pattern(pattern, entry.message) is not None)
        )

    return may_show


def _select(
    entries: Iterator[Entry],
    query: Query,
    may_show: Callable[[Entry], bool] | None,
    account: Account,
    layouts: Mapping[LogFile, Layout],
) -> Generator[Entry, None, None]:
    for entry in entries:
        is_meant = entry.kind in query.kinds if query.kinds else entry.kind is not None or not query.events_only
        if is_meant and (may_show is None or may_show(entry)):
            account.shown_count += 1
            yield entry
    if not account.records_count:
        looked = say("input.looked_at_lines", files_count=account.files_count, lines_count=account.lines_count)
        raise _refuse_all(query, layouts, account.unread, looked)


def _refuse_all(
    query: Query, layouts: Mapping[LogFile, Layout], unread: tuple[UnreadFile, ...], looked: Sentence
) -> InputError:
    files = (Unplaced(file.path, layout) for file, layout in layouts.items())
    return refuse(tuple(map(mask_secrets, query.paths)), looked, files, unread)


def _fits(name: str, patterns: tuple[str, ...], seen: set[str]) -> bool:
    if not patterns:
        return True
    seen.add(name)
    return any(fnmatchcase(name, pattern) for pattern in patterns)
