"""Files that another transport of the same logger writes, joined with those that tell the same (`retold_files`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from logdiag.analyzers.sides.retold_files import Retold, WrittenFile, find_retold_files
from logdiag.events import Event
from logdiag.scanning.lines import FileScan


class JoinedScans(NamedTuple):
    """The scans, those of one process under one label, and the lines in them that tell again: their file and number."""

    scans: list[FileScan]
    again: frozenset[tuple[str, int]]


def join_transports(scans: Sequence[FileScan]) -> JoinedScans:
    """Tell the lines of a second transport as those that they repeat; the same where there is none."""
    found = find_retold_files(
        WrittenFile(scan.file.path, scan.file.source, scan.file.service, scan.layout.form, scan.events)
        for scan in scans
    )
    if not found.sources:
        return JoinedScans(list(scans), frozenset())
    again = frozenset((event.file, event.line) for scan in scans for event in scan.events if id(event) in found.again)
    return JoinedScans([_join(scan, found) for scan in scans], again)


def _join(scan: FileScan, found: Retold) -> FileScan:
    path = scan.file.path
    source = found.sources.get(path, scan.file.source)
    events = [replace(_tell(event, found), source=source) for event in scan.events]
    return replace(scan, file=replace(scan.file, source=source), events=events, is_retold=path in found.whole)


def _tell(event: Event, found: Retold) -> Event:
    first = found.again.get(id(event), event)
    return replace(found.completed.get(id(first), first), file=event.file, line=event.line)
