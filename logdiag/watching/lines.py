"""From new lines to events, at once, by the layouts, rules and sides of the last analysis of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from logdiag.analyzers.sides.sides import tell_sides
from logdiag.events import Event, EventKind, Side
from logdiag.parsers.forms.forms import HEAD_BYTES, find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.unstamped import LOOK_BACK
from logdiag.parsers.rules import RuleSet
from logdiag.reading import Grown, LogFile
from logdiag.results.evidence import Evidence
from logdiag.results.inputs import SideReading
from logdiag.results.observation import Notice, NoticeKind, SeenLine
from logdiag.scanning.lines import LineScanner

# What comes so often in good times that it would hide the rest.
ROUTINE: Final = frozenset(
    {
        EventKind.HEARTBEAT,
        EventKind.RECEIVED,
        EventKind.EMIT,
        EventKind.RECEIPT,
        EventKind.MESSAGE_CAPTURED,
        EventKind.MESSAGE_PROCESSED,
        EventKind.PUSH_STARTED,
        EventKind.PUSH_OK,
        EventKind.PUSH_ACKNOWLEDGED,
        EventKind.SETTING,
        EventKind.TIMER_ANNOUNCED,
    }
)


class LineReader:
    """Reads new lines; `is_complete`: those of good times too."""

    def __init__(self, rules: RuleSet, zone: tzinfo, sides: Mapping[str, Side], *, is_complete: bool = False) -> None:
        self._rules, self._zone, self._stated = rules, zone, dict(sides)
        self._is_complete = is_complete
        self._sides = dict(sides)
        self._layouts: dict[str, Layout] = {}
        self._guessed: dict[str, int] = {}

    def learn(self, rules: RuleSet, layouts: Mapping[str, Layout], sides: Sequence[SideReading]) -> None:
        """Take over what an analysis of all lines has found."""
        self._rules = rules
        self._layouts = dict(layouts)
        self._guessed = {}
        read_sides = {f"{one.source}/{one.file}": Side(one.side) for one in sides if one.side is not None}
        self._sides = {**read_sides, **self._stated}

    def read(self, grown: Grown) -> list[Notice]:
        """The notices of the lines that were understood."""
        file = grown.file
        scanner = LineScanner(file, self._rules, self._find_layout(file), is_head=False)
        scanner.scan.numbered_count = grown.line - 1
        for index, raw in enumerate(grown.lines):
            scanner.take(raw, before=reversed(grown.lines[max(index - LOOK_BACK, 0) : index]))
        events = tell_sides(scanner.scan.events, {file.path: file.service}, self._sides).events
        return [_note(event) for event in events if self._is_complete or event.kind not in ROUTINE]

    def _find_layout(self, file: LogFile) -> Layout:
        """The layout of a file; as long as its head is short it may still change."""
        known = self._layouts.get(file.path)
        if known is None or self._guessed.get(file.path, HEAD_BYTES) < min(file.size_bytes, HEAD_BYTES):
            known = self._layouts[file.path] = find_layouts([file], self._zone)[file]
            self._guessed[file.path] = file.size_bytes
        return known


def _note(event: Event) -> Notice:
    line = SeenLine(
        kind=event.kind.value,
        source=event.source,
        service=event.service,
        level=event.level,
        reason=event.reason or event.error,
        socket_id=event.socket_id,
        message=event.message,
        evidence=Evidence(event.file, event.line),
    )
    return Notice(NoticeKind.LINE, time=event.time, file=event.file, line=line)
