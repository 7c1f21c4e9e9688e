"""The lines around the disconnects, laid out for the search for triggers and silences, and for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from logdiag.analyzers.incidents import collect_excerpts, find_worst, measure_open_outages_s
from logdiag.analyzers.patterns import ClockFit
from logdiag.analyzers.series import build_contexts, build_template_series
from logdiag.analyzers.sessions import Span
from logdiag.analyzers.silences import ProcessLine, ProcessLines, group_lines
from logdiag.analyzers.triggers import TriggerFit, find_triggers
from logdiag.diagnosis import Disconnect, Incident, Push
from logdiag.events import EventKind
from logdiag.inputs import Reading, measure_extent
from logdiag.parsers.neighbourhoods import Neighbour, Window, merge_windows, read_neighbourhoods
from logdiag.reading import LogFile, read_places
from logdiag.timeline import to_seconds

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURHOOD: Final = timedelta(seconds=75)
SHOWN_CHARACTERS: Final = 2_000
PUSH_KINDS: Final = (EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_FAILED, EventKind.EMIT)
# Lines that the other side or the state of the socket drives: they are no beat of the process itself.
FAR_DRIVEN: Final = (
    EventKind.CONNECTED,
    EventKind.JOINED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.EMIT_REFUSED,
    EventKind.PUSH_FAILED,
    EventKind.RECEIPT,
    EventKind.RECEIVED,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_JOINED,
    EventKind.SERVER_DISCONNECTED,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Every line near a disconnect, and the stretches of time that were read."""

    lines: tuple[Neighbour, ...]
    windows: tuple[Window, ...]

    @property
    def windows_s(self) -> list[tuple[float, float]]:
        """The stretches as UNIX seconds."""
        return [(window.start.timestamp(), window.end.timestamp()) for window in self.windows]


def read_surroundings(reading: Reading, drops: Sequence[Disconnect]) -> Surroundings:
    """Read 75 s to either side of each disconnect."""
    windows = merge_windows(Window(drop.time - NEIGHBOURHOOD, drop.time + NEIGHBOURHOOD) for drop in drops)
    asked = reading.window
    lines = read_neighbourhoods(reading.scans, windows, zone=reading.zone)
    return Surroundings(tuple(line for line in lines if asked is None or asked.holds(line.time)), tuple(windows))


def mine_triggers(
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    fits: Sequence[ClockFit],
    near: Surroundings,
    extent: tuple[float, float],
) -> tuple[TriggerFit, ...]:
    """Hold every template near the disconnects against chance; `extent` is the observed span in UNIX seconds."""
    clients = {span.connection: span.connection for span in spans}
    rows = (
        (line.time.timestamp(), (line.source, line.service, line.level, line.template), line.file, line.line)
        for line in near.lines
    )
    contexts = build_contexts(drops, spans, fits, span_s=extent, observed_s=near.windows_s)
    return find_triggers(contexts, build_template_series(rows, frame, clients))


def group_processes(frame: pd.DataFrame, near: Surroundings) -> list[ProcessLines]:
    """The lines of each process, for the search for silences."""
    kinds = [EventKind.PROCESS_STARTED.value, EventKind.SERVER_STARTED.value]
    started = frame[frame["kind"].isin(kinds)]
    starts: dict[str, list[float]] = {}
    for source, seconds in zip(started["source"], to_seconds(started["time"]), strict=True):
        starts.setdefault(str(source), []).append(float(seconds))
    echoes = frame[frame["kind"].isin([kind.value for kind in FAR_DRIVEN])]
    driven = set(zip(echoes["file"], echoes["line"], strict=True))
    rows = (
        ProcessLine(
            line.time.timestamp(),
            line.source,
            None if (line.file, line.line) in driven else f"{line.service} {line.template}",
            (line.file, line.line),
        )
        for line in near.lines
    )
    return group_lines(rows, near.windows_s, starts)


def find_push_templates(frame: pd.DataFrame, near: Surroundings) -> frozenset[tuple[str, str]]:
    """(service, template) of the lines that start a push, report it, or hand it to the socket."""
    is_beat = frame["channel"].fillna("").str.contains("heartbeat")
    rows = frame[frame["kind"].isin([kind.value for kind in PUSH_KINDS]) & ~is_beat]
    known = set(zip(rows["file"], rows["line"], strict=True))
    return frozenset((line.service, line.template) for line in near.lines if (line.file, line.line) in known)


def show_worst(
    reading: Reading,
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    pushes: Sequence[Push],
) -> Incident | None:
    """The disconnect that cost most, with the events around it and their lines as they stand in the files."""
    end = measure_extent(reading)[1]
    worst = find_worst(drops, pushes, end)
    if worst is None:
        return None
    excerpts = collect_excerpts(frame, worst, spans[drops.index(worst)])
    files: dict[str, LogFile] = {scan.file.path: scan.file for scan in reading.scans}
    wanted: dict[str, set[int]] = {}
    for excerpt in excerpts:
        wanted.setdefault(excerpt.evidence.file, set()).add(excerpt.evidence.line)
    texts = {path: read_places(files[path], numbers) for path, numbers in wanted.items()}
    return Incident(
        worst.index,
        tuple(
            replace(excerpt, text=_decode(texts[excerpt.evidence.file].get(excerpt.evidence.line, b"")))
            for excerpt in excerpts
        ),
        measure_open_outages_s(drops, end).get(worst.index),
    )


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")[:SHOWN_CHARACTERS]
