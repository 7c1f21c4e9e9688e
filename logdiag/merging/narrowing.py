"""Which lines of the logs a filter can want, found by the fast search: only these are decoded and merged.

To decode every line of a gigabyte takes two minutes, to search it a few seconds. A filter by kinds of events wants the
lines that the scan of `diagnose` finds events in; a window of time those between the marks of the scan that can lie
within it; a regular expression those that hold a text without which it cannot match. What the account says of lines
without a place in time comes from the scan as well: lines of wrong shape, all of them, and lines of the right shape
only where a rule could want them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.merging.entries import Account
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import BLANK, find_time
from logdiag.parsers.forms.unstamped import LOOK_BACK
from logdiag.parsers.hiding import ESCAPE, JOINING_TEXTS
from logdiag.parsers.rules import RuleSet
from logdiag.reading import Block, Damage, DamageError, Line, LogFile, read_blocks, read_numbered
from logdiag.results.evidence import Evidence
from logdiag.scanning.cells import Window, read_cells
from logdiag.scanning.lines import FileScan
from logdiag.scanning.threads import scan_files

# What JSON may write in more than one way; letters and digits only as \u escapes, which are looked for as well.
WRITTEN_VARIOUSLY: Final = compile_later(r'["\\/\x00-\x1f\x7f-\U0010ffff]+')
# Letters that match one beyond ASCII where case does not count (\u0130, \u0131, \u017f, the Kelvin sign).
TWOFOLD: Final = compile_later(r'["\\/\x00-\x1f\x7f-\U0010ffffiIsSkK]+')
SHORTEST_TEXT: Final = 3  # characters; shorter ones stand in nearly every line: a choice


class RequiredText(NamedTuple):
    """A text that is looked for in raw lines."""

    raw: bytes
    ignores_case: bool

    def find(self, buffer: bytearray, start: int, end: int) -> int:
        """Where it stands next in `buffer[start:end]`; `end` if nowhere."""
        if not self.ignores_case:
            return _find(buffer, self.raw, start, end)
        found = re.compile(re.escape(self.raw), re.IGNORECASE).search(buffer, start, end)
        return end if found is None else found.start()


@dataclass(frozen=True)
class Wish:
    """What is asked of a line: to be of a kind of `kinds` (None: any, or none at all), in `window`, with `text`."""

    kinds: frozenset[EventKind] | None
    window: Window | None
    text: RequiredText | None

    def __bool__(self) -> bool:
        """Whether lines can be passed over without being decoded."""
        return self.kinds is not None or self.window is not None or self.text is not None


def find_text(pattern: re.Pattern[str]) -> RequiredText | None:
    """The longest text without which an expression cannot match, of characters that JSON writes in one way alone.

    Escapes by number apart. None if there is none of some length.
    """
    parsed = _parser.parse(pattern.pattern, pattern.flags)
    ignores_case = bool(parsed.state.flags & re.IGNORECASE)
    apart = TWOFOLD if ignores_case else WRITTEN_VARIOUSLY
    pieces = (piece for text in _list_texts(parsed) for piece in apart.split(text))
    longest = max(pieces, key=len, default="")
    return RequiredText(longest.encode(), ignores_case) if len(longest) >= SHORTEST_TEXT else None


def _list_texts(parsed: Sequence[tuple[Any, Any]]) -> Iterator[str]:
    """The texts that stand in whatever a sequence matches: runs of its characters, and those of its groups."""
    run = ""
    for operation, argument in parsed:
        if operation is sre.LITERAL:
            run += chr(argument)
            continue
        yield run
        run = ""
        if operation is sre.SUBPATTERN and not argument[1] & re.IGNORECASE:
            yield from _list_texts(argument[3])
        elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT) and argument[0] > 0:
            yield from _list_texts(argument[2])
    yield run


def scan_logs(
    files: Sequence[LogFile],
    rules: RuleSet,
    layouts: Mapping[LogFile, Layout],
    account: Account,
    on_progress: Callable[[int, int], None] | None,
) -> dict[LogFile, FileScan]:
    """Scan all files, and note in the account what has no place in time."""
    scans = scan_files(files, rules, layouts, on_progress)
    for scan in scans:
        account.lines_count += scan.lines_count
        account.records_count += (scan.lines_count - scan.skipped_count) if scan.records_seen else 0
        for reason, numbers in scan.skipped.items():
            account.skip(reason, Evidence(scan.file.path, numbers[0]), len(numbers))
    return {scan.file: scan for scan in scans}


def read_wanted(scan: FileScan, wish: Wish) -> Iterator[Line | Damage]:
    """The lines of a scanned file that can be what is wished, and few others, in order."""
    if wish.kinds is not None:
        events = (event for event in scan.events if event.kind in wish.kinds and _is_within(event.time, wish.window))
        marks = [mark.line for mark in scan.marks]
        yield from read_numbered(scan.file, _list_lines(scan, {event.line for event in events}), marks)
    elif wish.window is not None:
        for number, raw in read_cells(scan, wish.window):
            yield Line(number, raw, 0)
    elif wish.text is not None:
        yield from _search(scan, wish.text)


def _list_lines(scan: FileScan, lines: set[int]) -> list[int]:
    """These lines, with those before each that has no stamp of its own: one of them tells when it was."""
    unstamped = lines.intersection(scan.borrowed)
    before = {number for line in unstamped for number in range(max(line - LOOK_BACK, 1), line)}
    return sorted(lines | before)


def _is_within(time: datetime, window: Window | None) -> bool:
    return window is None or window.start <= time <= window.end


def _search(scan: FileScan, text: RequiredText) -> Iterator[Line]:
    """The lines that hold a text, or what could hide it; the damaged rest of a file holds none."""
    number = 1
    try:
        for block in read_blocks(scan.file):
            yield from _search_block(block, text, number, scan.layout)
            number += block.buffer.count(b"\n", block.start, block.end)
    except DamageError:
        return


def _search_block(block: Block, text: RequiredText, number: int, layout: Layout) -> Iterator[Line]:
    """Those of a block, whose first line has this number; before one without a stamp, what it has its time from."""
    buffer, place = block.buffer, block.start
    finds: list[Callable[[bytearray, int, int], int]] = [
        text.find,
        *(RequiredText(hiding, ignores_case=False).find for hiding in (ESCAPE, *JOINING_TEXTS)),
    ]
    places = [find(buffer, place, block.end) for find in finds]
    while (found := min(places)) < block.end:
        start = buffer.rfind(b"\n", place, found) + 1 or place
        stop = _find(buffer, b"\n", found, block.end)
        number += buffer.count(b"\n", place, start)
        raw = bytes(buffer[start:stop])
        if not raw.startswith(b"{") and not _tells_time(raw, layout):
            yield from reversed(list(_look_back(buffer, place, start, number, layout)))
        yield Line(number, raw, 0)
        number += 1
        place = min(stop + 1, block.end)
        places = [
            known if known >= place else find(buffer, place, block.end)
            for known, find in zip(places, finds, strict=True)
        ]


def _look_back(buffer: bytearray, place: int, start: int, number: int, layout: Layout) -> Iterator[Line]:
    """The lines of `buffer[place:start]` from the last one back to the first that has a stamp; `number` is the next."""
    for back in range(1, LOOK_BACK + 1):
        if start <= place:
            return
        begin = buffer.rfind(b"\n", place, start - 1) + 1 or place
        raw = bytes(buffer[begin : start - 1])
        yield Line(number - back, raw, 0)
        if _tells_time(raw, layout):
            return
        start = begin


def _tells_time(raw: bytes, layout: Layout) -> bool:
    bare = raw.strip(BLANK)
    return bool(bare) and find_time(bare, layout) is not None


def _find(buffer: bytearray, text: bytes, start: int, end: int) -> int:
    """Where a text stands next; `end` if nowhere."""
    found = buffer.find(text, start, end)
    return end if found < 0 else found
