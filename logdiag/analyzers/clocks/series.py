"""From sessions and lines to the numeric series that the statistics work on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.competition import IDLE, MIN_LAG_S
from logdiag.analyzers.clocks.drop_table import Mixture
from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.clocks.patterns import DropSeries
from logdiag.analyzers.connections.naming import is_name_of_a_socket
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.events import EventKind, Side
from logdiag.results.disconnects import Disconnect
from logdiag.rows import Rows

TRAFFIC: Final = (
    EventKind.EMIT,
    EventKind.RECEIVED,
    EventKind.PUSH_STARTED,
    EventKind.PUSH_OK,
    EventKind.PUSH_ACKNOWLEDGED,
    EventKind.CONNECTED,
    EventKind.JOINED,
)
LAST_WORDS_S: Final = 0.5  # a choice: what is written this shortly before a drop is about it
ALIKE_S: Final = 0.1  # a choice: ages this close are of one limit
LEAST_ALIKE: Final = 8  # as the fewest that show a clock (`regularity.MIN_COUNT`)
MOSTLY_HEARD: Final = 0.5  # a choice: of a server that hears most of its sockets the log shows who sends nothing
PINGS_GAIN: Final = 1.2  # a choice: by chance one of two readings is a little better


def build_drop_series(
    drops: Sequence[Disconnect],
    sessions: Sequence[SessionRecord],
    traffic: Mapping[str, Floats],
    *,
    span_s: tuple[float, float],
    shifts_s: Mapping[str, float],
    local_offsets_s: Mapping[str, tuple[float, ...]],
    ping_interval_s: float,
    mixed: Mapping[str, Mixture],
) -> list[DropSeries]:
    """One series a connection, all on one clock: `shifts_s` tells how far each one's stamps are ahead of it.

    `sessions` are those of `drops`; ends without a moment of their own are left out.
    `mixed` names those that are, or may be, several connections at once (`mixed_rows`).
    `traffic` is when something went over each connection, sorted, by its own stamps.
    `local_offsets_s` leads from that clock to the wall clocks that a schedule may follow. The pings of Engine.IO, every
    `ping_interval_s` after the connect, are in no log. They count as traffic where that makes many more sessions
    equally idle at their end than are equally idle, or equally old, without them.
    """
    grouped: dict[str, list[tuple[Disconnect, SessionRecord]]] = defaultdict(list)
    for drop, session in zip(drops, sessions, strict=True):
        if session.has_moment:
            grouped[drop.connection].append((drop, session))
    plain, pinged = [], []
    for connection, pairs in sorted(grouped.items()):
        times = np.array([drop.time.timestamp() for drop, _ in pairs])
        opened = np.array([np.nan if session.opened is None else session.opened.timestamp() for _, session in pairs])
        last = _last_before(traffic.get(connection, np.empty(0)), times - LAST_WORDS_S, opened)
        survived = _outlive(traffic.get(connection, np.empty(0)), times, opened, ping_interval_s)
        shift_s = shifts_s[connection]
        indices = np.array([drop.index for drop, _ in pairs], dtype=np.int64)
        is_socket = all(is_name_of_a_socket(connection, session.socket_id) for _, session in pairs)
        of_whom = (is_socket, mixed.get(connection, Mixture.NONE))
        rest = (span_s[0] - shift_s, span_s[1] - shift_s, local_offsets_s[connection], survived, indices, *of_whom)
        with_pings = _add_pings(last, times, opened, ping_interval_s)
        mine = DropSeries(
            connection,
            times - shift_s,
            opened - shift_s,
            last - shift_s,
            *rest,
            unheard=_mark_unheard(session for _, session in pairs),
            stated=tuple(_state(drop, session) for drop, session in pairs),
        )
        plain.append(mine)
        pinged.append(replace(mine, last_traffic_s=with_pings - shift_s))
    ages = _count_alike([one.times_s - one.connected_s for one in plain])
    idle, pings = (_count_alike([one.times_s - one.last_traffic_s for one in some]) for some in (plain, pinged))
    return pinged if pings >= LEAST_ALIKE and pings > PINGS_GAIN * max(ages, idle) else plain


def _state(drop: Disconnect, session: SessionRecord) -> str:
    """What the lines say of an end: its close code, else the reasons of both sides."""
    return session.code or " / ".join(reason for reason in (drop.reason, drop.server_reason) if reason)


def _mark_unheard(sessions: Iterable[SessionRecord]) -> Bools | None:
    """The drops of which the server alone tells, of a connection that has a log of its own for others."""
    by_server = np.array([session.side is Side.SERVER for session in sessions])
    return None if by_server.all() or not by_server.any() else by_server


def mark_batched(series: Sequence[DropSeries], step_s: float | None) -> list[DropSeries]:
    """The same series, of lines that were stamped when a buffer was written out, every `step_s`; None for others."""
    return list(series) if step_s is None else [replace(one, batch_step_s=step_s) for one in series]


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


def add_traffic(traffic: Mapping[str, Floats], learned: Sequence[LineKind]) -> dict[str, Floats]:
    """The traffic of each connection, sorted, with the lines that tell of more."""
    parts = {name: [times] for name, times in traffic.items()}
    for kind in learned:
        for name, times in kind.times_s.items():
            parts.setdefault(name, []).append(times)
    return {name: np.sort(np.concatenate(times)) for name, times in parts.items()}


def list_known_traffic(timeline: Rows, server: ServerView, sessions: Sequence[SessionRecord]) -> dict[str, Floats]:
    """When something went over the socket of each connection, sorted, by its own log and by the server's receipts.

    What the server says that it received from a socket is traffic too; `sessions` tell whose socket it is.
    """
    owners = {session.socket_id: session.connection for session in sessions if session.socket_id}
    rows = timeline.of_kinds(TRAFFIC)
    seconds = rows.seconds()
    traffic = {name: [seconds[places]] for name, places in rows.group("connection")}
    received = server.receipts[server.receipts["socket_id"].notna()]
    seconds = received.seconds()
    for socket_id, places in received.group("socket_id"):
        owner = owners.get(socket_id)
        if owner is not None:
            offset_s, _ = server.offset_s(owner)
            traffic.setdefault(owner, []).append(seconds[places] + offset_s)
    return {name: np.sort(np.concatenate(parts)) for name, parts in traffic.items()}


def count_silent(
    traffic: Mapping[str, Floats], sessions: Sequence[SessionRecord], server: ServerView
) -> dict[str, Floats]:
    """The traffic of each connection, sorted; of those that the server never heard, their connects.

    Where a server alone tells of its sockets, and tells of traffic over most of them, a socket of which it tells none
    was silent from its connect on.
    """
    told: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for session in sessions:
        socket = server.sockets.get(session.socket_id or "")
        if session.side is Side.SERVER and session.opened is not None and socket is not None:
            told[socket.source][session.connection].append(session.opened.timestamp())
    counted = dict(traffic)
    for opened_s in told.values():
        silent = [name for name in opened_s if not len(traffic.get(name, ()))]
        if len(silent) < MOSTLY_HEARD * len(opened_s):
            counted.update({name: np.sort(np.array(opened_s[name])) for name in silent})
    return counted


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
