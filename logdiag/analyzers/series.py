"""From sessions and lines to the numeric series that the statistics work on."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from logdiag.analyzers.anchors import IDLE, MIN_LAG_S
from logdiag.analyzers.arrays import Floats
from logdiag.analyzers.far_side import FarSide
from logdiag.analyzers.patterns import ClockFit, DropSeries
from logdiag.analyzers.sessions import Span
from logdiag.analyzers.triggers import DropContext, TemplateSeries
from logdiag.diagnosis import Disconnect
from logdiag.events import EventKind
from logdiag.timeline import list_places, list_values, to_seconds

TRAFFIC: Final = (
    EventKind.EMIT,
    EventKind.RECEIVED,
    EventKind.PUSH_STARTED,
    EventKind.PUSH_OK,
    EventKind.CONNECTED,
    EventKind.JOINED,
)
ABOUT_THE_SOCKET: Final = (
    EventKind.CONNECTED,
    EventKind.DISCONNECTED,
    EventKind.JOINED,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_DISCONNECTED,
    EventKind.SERVER_JOINED,
)
LAST_WORDS_S: Final = 0.5
ALIKE_S: Final = 0.1
LEAST_ALIKE: Final = 8
PINGS_GAIN: Final = 1.2

TemplateKey: TypeAlias = tuple[str, str, str | None, str]


def build_drop_series(
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    frame: pd.DataFrame,
    far: FarSide,
    *,
    span_s: tuple[float, float],
    shifts_s: Mapping[str, float],
    local_offsets_s: Mapping[str, tuple[float, ...]],
    ping_interval_s: float,
) -> list[DropSeries]:
    """One series a connection, all on one clock: `shifts_s` tells how far each one's stamps are ahead of it.

    `spans` are those of `drops`. What the server says that it received from a socket is traffic too. `local_offsets_s`
    leads from that clock to the wall clocks that a schedule may follow. The pings of Engine.IO, every
    `ping_interval_s` after the connect, are in no log. They count as traffic where that makes many more sessions
    equally idle at their end than are equally idle, or equally old, without them.
    """
    traffic = _traffic_by_connection(frame, far, {span.socket_id: span.connection for span in spans if span.socket_id})
    grouped: dict[str, list[tuple[Disconnect, Span]]] = defaultdict(list)
    for drop, span in zip(drops, spans, strict=True):
        grouped[drop.connection].append((drop, span))
    plain, pinged = [], []
    for connection, pairs in sorted(grouped.items()):
        times = np.array([drop.time.timestamp() for drop, _ in pairs])
        opened = np.array([np.nan if span.opened is None else span.opened.timestamp() for _, span in pairs])
        last = _last_before(traffic.get(connection, np.empty(0)), times - LAST_WORDS_S, opened)
        survived = _outlive(traffic.get(connection, np.empty(0)), times, opened, ping_interval_s)
        shift_s = shifts_s[connection]
        rest = (span_s[0] - shift_s, span_s[1] - shift_s, local_offsets_s[connection], survived)
        with_pings = _add_pings(last, times, opened, ping_interval_s)
        plain.append(DropSeries(connection, times - shift_s, opened - shift_s, last - shift_s, *rest))
        pinged.append(DropSeries(connection, times - shift_s, opened - shift_s, with_pings - shift_s, *rest))
    ages = _count_alike([one.times_s - one.connected_s for one in plain])
    idle, pings = (_count_alike([one.times_s - one.last_traffic_s for one in some]) for some in (plain, pinged))
    return pinged if pings >= LEAST_ALIKE and pings > PINGS_GAIN * max(ages, idle) else plain


def _add_pings(last: Floats, times: Floats, opened: Floats, interval_s: float) -> Floats:
    """The last traffic (n,) where a ping every `interval_s` after the connect counts as well; NaN stays unknown."""
    pings = opened + np.floor((times - LAST_WORDS_S - opened) / interval_s) * interval_s
    return np.fmax(last, np.where(pings > opened, pings, np.nan))


def _outlive(traffic: Floats, times: Floats, opened: Floats, interval_s: float) -> Floats:
    """The longest time (n,) between two messages of a session, in s; NaN where it is unknown. Pings may lie between."""
    longest = np.full(times.shape, np.nan)
    for place, (start, end) in enumerate(zip(opened.tolist(), (times - LAST_WORDS_S).tolist(), strict=True)):
        if start < end:
            first, last = np.searchsorted(traffic, (start, end), side="right")
            seen = np.concatenate([[start], traffic[first:last], np.arange(start + interval_s, end, interval_s)])
            longest[place] = np.max(np.diff(np.sort(seen)), initial=0.0)
    return longest


def _count_alike(lags_s: Sequence[Floats]) -> int:
    """How many of all lags above the shortest idle time lie within 0.1 s of each other, at most."""
    known = np.sort(np.concatenate(lags_s)) if lags_s else np.empty(0)
    known = known[np.isfinite(known) & (known >= MIN_LAG_S[IDLE])]
    return int(np.max(np.searchsorted(known, known + ALIKE_S, side="right") - np.arange(len(known)), initial=0))


def _traffic_by_connection(frame: pd.DataFrame, far: FarSide, owners: Mapping[str, str]) -> dict[str, Floats]:
    """When something went over the socket of each connection, sorted, by its own log and by the server's receipts."""
    rows = frame[frame["kind"].isin([kind.value for kind in TRAFFIC])]
    seconds = to_seconds(rows["time"])
    traffic = {name: [seconds[places]] for name, places in list_places(rows["connection"])}
    received = far.receipts[far.receipts["socket_id"].notna()]
    seconds = to_seconds(received["time"])
    for socket_id, places in list_places(received["socket_id"]):
        owner = owners.get(socket_id)
        if owner is not None:
            offset_s, _ = far.offset_s(owner)
            traffic.setdefault(owner, []).append(seconds[places] + offset_s)
    return {name: np.sort(np.concatenate(parts)) for name, parts in traffic.items()}


def _last_before(
    traffic: Floats,
    times: Floats,
    opened: Floats,
) -> Floats:
    """The last traffic before each time, NaN if there was none since the connection opened."""
    if not len(traffic):
        return np.full(times.shape, np.nan)
    index = np.searchsorted(traffic, times, side="right") - 1
    last = np.where(index >= 0, traffic[np.maximum(index, 0)], np.nan)
    return np.where(np.isnan(opened) | (last >= opened - 1e-6), last, np.nan)


def build_contexts(
    drops: Sequence[Disconnect],
    all_spans: Sequence[Span],
    fits: Sequence[ClockFit],
    *,
    span_s: tuple[float, float],
    observed_s: Sequence[tuple[float, float]],
) -> list[DropContext]:
    """What the search for triggers needs of each connection that dropped, within `observed_s`, merged stretches."""
    grouped: dict[str, list[Disconnect]] = defaultdict(list)
    logged: dict[str, list[int]] = defaultdict(list)
    numbers: dict[str, list[int]] = defaultdict(list)
    seen: Counter[str] = Counter()
    logged_count: Counter[str] = Counter()
    for drop in drops:
        if drop.logged:  # an unlogged end has no moment of its own
            if _is_within(drop.time.timestamp(), observed_s):
                grouped[drop.connection].append(drop)
                logged[drop.connection].append(seen[drop.connection])
                numbers[drop.connection].append(logged_count[drop.connection])
            logged_count[drop.connection] += 1
        seen[drop.connection] += 1
    spans: dict[str, list[Span]] = defaultdict(list)
    for span in all_spans:
        spans[span.connection].append(span)
    fit_of: dict[str, ClockFit] = {}
    for fit in fits:
        for connection in fit.residuals_s if fit.kind != "burst" else ():
            fit_of.setdefault(connection, fit)
    stretches = np.array(observed_s).reshape(-1, 2) if len(observed_s) else None
    contexts = []
    for connection, mine in sorted(grouped.items()):
        sessions = [_stretch(span, span_s) for span in spans[connection]]
        opened = {span.closed: span.opened for span in spans[connection]}
        own = fit_of.get(connection)
        times = np.array([drop.time.timestamp() for drop in mine])
        starts = [opened.get(drop.time) for drop in mine]
        contexts.append(
            DropContext(
                connection=connection,
                source=connection,
                times_s=times,
                connected_s=np.array([np.nan if start is None else start.timestamp() for start in starts]),
                sessions_s=np.array(sorted(sessions)).reshape(-1, 2),
                start_s=span_s[0],
                end_s=span_s[1],
                places=tuple(drop.evidence for drop in mine),
                period_s=None if own is None else own.period_s,
                residuals_s=None if own is None else np.asarray(own.residuals_s[connection])[logged[connection]],
                observed_s=stretches,
                numbers=tuple(numbers[connection]),
            )
        )
    return contexts


def _is_within(moment: float, stretches: Sequence[tuple[float, float]]) -> bool:
    place = bisect_right(stretches, (moment, math.inf)) - 1
    return place >= 0 and moment <= stretches[place][1]


def _stretch(span: Span, span_s: tuple[float, float]) -> tuple[float, float]:
    start = span_s[0] if span.opened is None else span.opened.timestamp()
    return start, span_s[1] if span.closed is None else span.closed.timestamp()


def build_template_series(
    lines: Iterable[tuple[float, TemplateKey, str, int]],
    frame: pd.DataFrame,
    clients: Mapping[str, str],
) -> list[TemplateSeries]:
    """Group (seconds, (source, service, level, template), file, line) into series.

    Lines that tell of the disconnect or connect itself are left out. `clients` maps a source to its connection;
    lines of any other source belong to the server's side.
    """
    about = frame[frame["kind"].isin([kind.value for kind in ABOUT_THE_SOCKET])]
    told = set(zip(list_values(about["file"]), list_values(about["line"]), strict=True))
    groups: dict[TemplateKey, list[tuple[float, str, int]]] = defaultdict(list)
    for seconds, key, file, number in lines:
        if (file, number) not in told:
            groups[key].append((seconds, file, number))
    result = []
    for (source, service, level, template), rows in sorted(groups.items(), key=lambda item: str(item[0])):
        rows.sort()
        files = tuple(sorted({file for _, file, _ in rows}))
        index = {file: position for position, file in enumerate(files)}
        result.append(
            TemplateSeries(
                connection=clients.get(source, ""),
                source=source,
                service=service,
                level=level,
                template=template,
                times_s=np.array([row[0] for row in rows]),
                files=files,
                file_indices=np.array([index[row[1]] for row in rows], dtype=np.int64),
                lines=np.array([row[2] for row in rows], dtype=np.int64),
            )
        )
    return result
