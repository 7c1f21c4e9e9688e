"""What the search for triggers reads: the connected time of each connection and the lines of each template."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.sides.counting_lines import counts_connections
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.triggers.library_lines import brings_nothing
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries, TemplateWords
from logdiag.events import EventKind
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import PatternKind
from logdiag.rows import Rows, find_upside_down

ABOUT_THE_SOCKET: Final = (
    EventKind.CONNECTED,
    EventKind.DISCONNECTED,
    EventKind.JOINED,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_DISCONNECTED,
    EventKind.SERVER_JOINED,
    EventKind.SERVER_CONNECTING,
)
BY_THE_SERVER: Final = (
    EventKind.RECEIPT,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_JOINED,
    EventKind.SERVER_DISCONNECTED,
    EventKind.SERVER_ERROR,
    EventKind.SERVER_KICK,
)
# Known, but no deed: what a process says of a connection that fails or that it dials.
OF_AN_END: Final = (
    EventKind.CONNECTING,
    EventKind.CONNECT_ERROR,
    EventKind.RECONNECT_ATTEMPT,
    EventKind.SERVER_ERROR,
)
TemplateKey: TypeAlias = tuple[str, str, str | None, str]


def build_contexts(
    drops: Sequence[Disconnect],
    all_sessions: Sequence[SessionRecord],
    fits: Sequence[ClockFit],
    *,
    span_s: tuple[float, float],
    observed_s: Sequence[tuple[float, float]],
) -> list[DropContext]:
    """What the search for triggers needs of each connection that dropped, within `observed_s`, merged stretches."""
    followed: dict[str, _Followed] = defaultdict(_Followed)
    for drop in drops:
        if drop.has_end_line and _is_within(
            drop.time.timestamp(), observed_s
        ):  # an unlogged end has no moment of its own
            followed[drop.connection].drops.append(drop)
    for session in all_sessions:
        if session.connection in followed:
            followed[session.connection].sessions.append(session)
    for fit in fits:
        for connection in {name for name, _ in fit.residuals_s} if fit.kind != PatternKind.BURST else ():
            if connection in followed and followed[connection].fit is None:
                followed[connection].fit = fit
    stretches = np.array(observed_s).reshape(-1, 2) if len(observed_s) else None
    return [_write_context(connection, one, span_s, stretches) for connection, one in sorted(followed.items())]


@dataclass(slots=True)
class _Followed:
    """One connection: its drops, its sessions, and the first clock that it keeps."""

    drops: list[Disconnect] = field(default_factory=list)
    sessions: list[SessionRecord] = field(default_factory=list)
    fit: ClockFit | None = None


def _write_context(
    connection: str, one: _Followed, span_s: tuple[float, float], observed_s: Floats | None
) -> DropContext:
    opened = {session.closed: session.opened for session in one.sessions}
    starts = [opened.get(drop.time) for drop in one.drops]
    residuals_s = None
    if one.fit is not None:
        residuals_s = np.array([one.fit.residuals_s.get((connection, drop.index), np.nan) for drop in one.drops])
    return DropContext(
        connection=connection,
        source=connection,
        times_s=np.array([drop.time.timestamp() for drop in one.drops]),
        connected_s=np.array([np.nan if start is None else start.timestamp() for start in starts]),
        sessions_s=np.array(sorted(_stretch(session, span_s) for session in one.sessions)).reshape(-1, 2),
        start_s=span_s[0],
        end_s=span_s[1],
        places=tuple(drop.evidence for drop in one.drops),
        period_s=None if one.fit is None else one.fit.period_s,
        residuals_s=residuals_s,
        observed_s=observed_s,
        indices=tuple(drop.index for drop in one.drops),
    )


def _is_within(moment: float, stretches: Sequence[tuple[float, float]]) -> bool:
    place = bisect_right(stretches, (moment, math.inf)) - 1
    return place >= 0 and moment <= stretches[place][1]


def _stretch(session: SessionRecord, span_s: tuple[float, float]) -> tuple[float, float]:
    start = span_s[0] if session.opened is None else session.opened.timestamp()
    return start, span_s[1] if session.closed is None else session.closed.timestamp()


class _Owned(NamedTuple):
    """Lines of files that several clients write, and files that one of them writes alone, by their connection."""

    places: Mapping[tuple[str, int], str]
    files: Mapping[str, str]


def _find_owned(timeline: Rows, clients: Mapping[str, str]) -> _Owned:
    """Whose lines they are of processes that several connections share."""
    shared = timeline[timeline["connection"].isin(clients) & ~timeline["source"].isin(clients)]
    shared = shared[~shared["kind"].isin(BY_THE_SERVER)]
    columns = [shared[name].tolist() for name in ("file", "line", "connection")]
    places = {(file, int(line)): owner for file, line, owner in zip(*columns, strict=True)}
    owners: dict[str, set[str]] = defaultdict(set)
    for (file, _), owner in places.items():
        owners[file].add(owner)
    lines_count = Counter(timeline["file"])
    alone = {
        file: next(iter(names))
        for file, names in owners.items()
        if len(names) == 1 and lines_count[file] == sum(place[0] == file for place in places)
    }
    return _Owned(places, alone)


def build_template_series(
    lines: Iterable[tuple[float, TemplateKey, str, int]],
    timeline: Rows,
    clients: Mapping[str, str],
    words: TemplateWords,
) -> list[TemplateSeries]:
    """Group (seconds, (source, service, level, template), file, line) into series.

    Lines that tell of the disconnect or connect itself, or count who is connected, or bring nothing about, are left
    out. `clients` maps a source to its connection; lines of any other source belong to the server's side. `words` says
    of a template what it speaks of.
    """
    owned = _find_owned(timeline, clients)
    about = timeline.of_kinds(ABOUT_THE_SOCKET)
    announced = _list_places(about)
    done = _list_places(timeline[~timeline["kind"].isin({*ABOUT_THE_SOCKET, *OF_AN_END})])
    groups: dict[tuple[TemplateKey, str], list[tuple[float, str, int]]] = defaultdict(list)
    is_aside = cache(_is_aside)  # a template has many lines
    for seconds, key, file, number in lines:
        if (file, number) not in announced and not is_aside(key[3]):
            owner = clients.get(key[0], "") or owned.places.get((file, number)) or owned.files.get(file, "")
            groups[key, owner].append((seconds, file, number))
    result, upside_down = [], find_upside_down(timeline)
    for ((source, service, level, template), owner), rows in sorted(groups.items(), key=lambda item: str(item[0])):
        rows.sort(key=lambda row: (row[0], row[1], -row[2] if row[1] in upside_down else row[2]))
        files = tuple(sorted({file for _, file, _ in rows}))
        index = {file: position for position, file in enumerate(files)}
        result.append(
            TemplateSeries(
                connection=owner,
                source=source,
                service=service,
                level=level,
                template=template,
                times_s=np.array([row[0] for row in rows]),
                files=files,
                file_indices=np.array([index[row[1]] for row in rows], dtype=np.int64),
                lines=np.array([row[2] for row in rows], dtype=np.int64),
                words=words,
                is_deed=any((file, number) in done for _, file, number in rows),
                upside_down=upside_down.intersection(files),
            )
        )
    return result


def _is_aside(template: str) -> bool:
    return counts_connections(template) or brings_nothing(template)


def _list_places(timeline: Rows) -> set[tuple[str, int]]:
    return set(zip(timeline["file"].tolist(), timeline["line"].tolist(), strict=True))
