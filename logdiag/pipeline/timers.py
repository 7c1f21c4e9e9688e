"""The announcements of the timeline and the lines near the disconnects, laid out for the judgement of timers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.causes.facts.known import SocketViews, Tracks
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.timers.ticks import Announcement, follow_timers
from logdiag.analyzers.timers.timers import Scenery, judge_timers
from logdiag.analyzers.triggers.inputs import build_contexts
from logdiag.analyzers.triggers.moments import TemplateSeries
from logdiag.events import EventKind
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.surroundings import Surroundings, list_awake
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern
from logdiag.results.timers import Timer
from logdiag.rows import Rows

MOST_ANNOUNCEMENTS: Final = 400
STARTS: Final = (EventKind.PROCESS_STARTED, EventKind.SERVER_STARTED)


def hold_timers(
    timeline: Rows,
    sockets: SocketViews,
    tracks: Tracks,
    drops: Sequence[Disconnect],
    patterns: Sequence[Pattern],
    near: Surroundings,
    templates: Sequence[TemplateSeries],
    span_s: tuple[float, float],
) -> tuple[Timer, ...]:
    """Hold announced timers and regular lines against the disconnects.

    `templates` are those of `near`, `span_s` is what is observed.
    """
    if not drops:
        return ()
    contexts = build_contexts(drops, sockets.sessions, tracks.fits, span_s=span_s, observed_s=near.windows_s)
    announced = follow_timers(_list_announcements(timeline), _list_starts(timeline), span_s[1])
    scenery = Scenery(drops, patterns, contexts, list_awake(near), tracks.triggers)
    return judge_timers(announced, templates, scenery)


def _list_announcements(timeline: Rows) -> list[Announcement]:
    """The announcements of the timeline, in order of time."""
    rows = timeline.of_kinds({EventKind.TIMER_ANNOUNCED})
    rows = rows[[value is not None and value > 0 for value in rows["value"]]][:MOST_ANNOUNCEMENTS]
    names = ("value", "source", "service", "connection", "message", "file", "line")
    columns = [rows[name].tolist() for name in names]
    return [
        Announcement(at_s, value / 1e3, source, service, owner or "", mask_message(text), Evidence(file, int(line)))
        for at_s, value, source, service, owner, text, file, line in zip(rows.seconds().tolist(), *columns, strict=True)
    ]


def _list_starts(timeline: Rows) -> dict[str, Floats]:
    """When the processes of each source started, in UNIX seconds."""
    rows = timeline.of_kinds(STARTS)
    starts: dict[str, list[float]] = defaultdict(list)
    for source, at_s in zip(rows["source"].tolist(), rows.seconds().tolist(), strict=True):
        starts[source].append(at_s)
    return {source: np.array(times) for source, times in starts.items()}
