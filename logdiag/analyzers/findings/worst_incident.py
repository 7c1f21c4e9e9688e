"""The disconnect that cost most, and the events around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np

from logdiag.analyzers.connections.naming import is_name_of_a_socket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import EventKind
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.evidence import Evidence, Excerpt
from logdiag.results.pushes import Push, PushOutcome
from logdiag.rows import Rows, Truths, instant

BEFORE: Final = timedelta(seconds=3)  # a choice: a push and its start
AFTER: Final = timedelta(seconds=1)  # a choice: the first lines of the new connection
LONGEST_AFTER: Final = timedelta(seconds=30)  # a choice: of a long outage the beginning tells
NO_ENDS: Final[Mapping[str, datetime]] = MappingProxyType({})
MOST_LINES: Final = 40  # a choice: what one screen holds
ROUTINE: Final = frozenset({EventKind.HEARTBEAT.value, EventKind.HEARTBEAT_SKIPPED.value})
EDGES: Final = frozenset({EventKind.CONNECTED.value, EventKind.DISCONNECTED.value})
LIVES_OF_SERVERS: Final = frozenset({EventKind.SERVER_STOPPING.value, EventKind.SERVER_STARTED.value})


def find_worst(
    drops: Sequence[Disconnect], pushes: Sequence[Push], end: datetime, ends: Mapping[str, datetime] = NO_ENDS
) -> Disconnect | None:
    """The disconnect with most lost pushes, then most probably lost ones, then the longest outage; the latest wins.

    That somebody left is no incident while there is a fault.

    An outage that the logs see no end of lasted to the end of the connection's own logs, one of `ends`, else to `end`.
    """
    failed: Counter[int] = Counter()
    suspect: Counter[int] = Counter()
    for push in pushes:
        if push.disconnect_index is not None:
            failed[push.disconnect_index] += push.outcome == PushOutcome.FAILED
            suspect[push.disconnect_index] += push.outcome == PushOutcome.SUSPECT
    open_s = measure_open_outages_s(drops, end, ends)
    return max(
        [drop for drop in drops if not drop.is_departure] or drops,
        key=lambda drop: (
            failed[drop.index],
            suspect[drop.index],
            open_s.get(drop.index, drop.outage_s or 0.0),
            drop.index,
        ),
        default=None,
    )


def measure_open_outages_s(
    drops: Sequence[Disconnect], end: datetime, ends: Mapping[str, datetime] = NO_ENDS
) -> dict[int, float]:
    """The outages that the logs see no end of, in seconds, by disconnect; orderly stops are none.

    They count up to where the connection's own logs end, one of `ends`, else to `end`.

    Whether one came back of whom only the socket is known cannot be told, nor whether one of whom the server alone
    tells wanted to. Where no connect can be joined to any end, nobody knows who came back.
    """
    if all(drop.session_s is None and drop.away_s is None for drop in drops):
        return {}
    last = {drop.connection: drop for drop in drops}
    return {
        drop.index: max((ends.get(drop.connection, end) - drop.time).total_seconds(), 0.0)
        for drop in last.values()
        if drop.away_s is None
        and Remark.ORDERLY not in drop.remarks
        and (drop.logged or drop.evidence is None or drop.evidence != drop.server_evidence)
        and not is_name_of_a_socket(drop.connection, drop.socket_id)
    }


def _keep_nearest(rows: Rows, drop: Disconnect) -> Rows:
    if len(rows) <= MOST_LINES:
        return rows
    distance = np.abs(rows["time"].values - instant(drop.time))
    distance[rows["kind"].isin(EDGES)] = np.timedelta64(0)
    return rows[np.sort(np.argsort(distance, kind="stable")[:MOST_LINES])]


def collect_excerpts(
    timeline: Rows, drop: Disconnect, session: SessionRecord, extra: Iterable[Evidence] = ()
) -> tuple[Excerpt, ...]:
    """The events of a disconnect from shortly before it to the reconnect, with the connect that it ended.

    Those of the connection, the stop and start of the server that it was on (of any, where its server is unknown), the
    server's own word of its end and the places in `extra`, whenever they were written. Of more than 40 lines the
    nearest are kept, and all connects and disconnects. `text` is left empty: only `reading` opens evidence.
    """
    end = min(session.reopened or drop.time + LONGEST_AFTER, drop.time + LONGEST_AFTER) + AFTER
    times = timeline["time"].values
    near = (times >= instant(drop.time - BEFORE)) & (times <= instant(end))
    mine = timeline["connection"] == drop.connection
    if drop.socket_id is not None:
        mine |= timeline["socket_id"] == drop.socket_id
    opening = (
        times == instant(session.opened) if session.opened is not None else np.zeros(len(timeline), dtype=np.bool_)
    )
    opening &= timeline["kind"] == EventKind.CONNECTED
    named = _is_at(timeline, [*extra, *([drop.server_evidence] if drop.server_evidence else [])])
    wanted = mine & (near | opening) & ~timeline["kind"].isin(ROUTINE)
    rows = _keep_nearest(timeline[wanted | named | (near & _is_act_of_the_server(timeline, drop))], drop)
    columns = (rows[name] for name in ("connection", "service", "kind", "message", "file", "line", "order_unknown"))
    return tuple(
        Excerpt(
            time=moment,
            connection=connection,
            service=service,
            kind=kind,
            message=message,
            text="",
            evidence=Evidence(file, line),
            order_unknown=order_unknown,
        )
        for moment, connection, service, kind, message, file, line, order_unknown in zip(
            rows.moments(), *columns, strict=True
        )
    )


def _is_at(timeline: Rows, places: Sequence[Evidence]) -> Truths:
    """Which events stand at one of these places."""
    is_at = np.zeros(len(timeline), dtype=np.bool_)
    for place in dict.fromkeys(places):
        is_at |= (timeline["line"] == place.line) & (timeline["file"] == place.file)
    return is_at


def _is_act_of_the_server(timeline: Rows, drop: Disconnect) -> Truths:
    """Which events are a stop, a start or a kick of somebody unnamed by the server that the connection was on."""
    acts = timeline["kind"].isin(LIVES_OF_SERVERS)
    acts |= (timeline["kind"] == EventKind.SERVER_KICK) & timeline["socket_id"].isna()
    if drop.server_evidence is None:
        return acts
    return acts & timeline["source"].isin(set(timeline[_is_at(timeline, [drop.server_evidence])]["source"]))
