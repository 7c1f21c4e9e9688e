"""The pauses that processes tell of near the disconnects: read a second time, for the length in their words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from logdiag.analyzers.causes.facts.known import SocketViews
from logdiag.parsers.stated_pauses import find_pause_s
from logdiag.pipeline.inputs import ReadLogs
from logdiag.results.connections import Silence
from logdiag.results.evidence import Evidence
from logdiag.scanning.cells import Window, are_few_lines, merge_windows
from logdiag.scanning.neighbourhoods import read_records

LEAST_S: Final = 5.0  # the shortest ping timeout by default (Engine.IO 3): a shorter pause loses no heartbeat
BEFORE: Final = timedelta(seconds=5)  # a choice: who was given up notices as it wakes
AFTER: Final = timedelta(seconds=90)  # ping interval and timeout take 85 s at most by default: who waits longer is gone
MOST_LINES: Final = 100_000  # bounds the time


def find_stated_pauses(reading: ReadLogs, sockets: SocketViews) -> tuple[Silence, ...]:
    """The pauses of five seconds and more, each from its begin to its end, by the clock of who tells it."""
    moments = [
        drop.time - timedelta(seconds=offset_s)
        for drop in sockets.drops
        for offset_s in {0.0, sockets.server.offset_s(drop.connection)[0]}
    ]
    windows = merge_windows(Window(moment - BEFORE, moment + AFTER) for moment in moments)
    if not windows or not are_few_lines(reading.scans, windows, MOST_LINES):
        return ()
    found = []
    for line, record in read_records(reading.scans, windows):
        pause = find_pause_s(record.message, record.fields)
        if pause is not None and pause[0] >= LEAST_S:
            length = timedelta(seconds=pause[0])
            start, end = (line.time, line.time + length) if pause[1] else (line.time - length, line.time)
            place = (Evidence(line.file, line.line),)
            found.append(Silence(line.source, start, end, round(pause[0], 6), whole_process=True, evidence=place))
    return _merge(found)


def _merge(pauses: Iterable[Silence]) -> tuple[Silence, ...]:
    """Of pauses of one process that overlap, as two lines tell of one, the longest."""
    kept: list[Silence] = []
    for pause in sorted(pauses, key=lambda one: -one.silence_s):
        if not any(_overlap(pause, other) for other in kept):
            kept.append(pause)
    return tuple(kept)


def prefer_stated(silences: Iterable[Silence], stated: Sequence[Silence]) -> tuple[Silence, ...]:
    """All silences in order; of one that a process tells of itself nothing is guessed from the lines it lacks."""
    guessed = (one for one in silences if not any(_overlap(one, other) for other in stated))
    return tuple(sorted((*guessed, *stated), key=lambda one: (one.start, one.connection)))


def _overlap(one: Silence, other: Silence) -> bool:
    return one.connection == other.connection and one.start <= other.end and other.start <= one.end
