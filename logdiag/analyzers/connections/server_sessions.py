"""Sessions that the server alone tells of: every socket id is one, a client's sockets are one connection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd

from logdiag.analyzers.connections.server_side import FarSession, FarSide
from logdiag.analyzers.connections.sessions import Span
from logdiag.events import Side
from logdiag.frame import list_moments


def find_server_sessions(far: FarSide, last_lines: Mapping[str, Sequence[datetime]]) -> tuple[Span, ...]:
    """The sessions of every connection that the server alone tells of, by connection and time.

    A socket that is still open when its server starts anew ended without a word, at the server's last line before;
    `last_lines` has that line's instant for each of `far.starts_of`, by server.
    """
    by_connection: dict[str, list[Span]] = defaultdict(list)
    for session in (*far.sockets.values(), *far.nameless):
        if session.connection is not None:
            by_connection[session.connection].append(_end(session, far.starts_of, last_lines))
    return tuple(span for name in sorted(by_connection) for span in _link(by_connection[name]))


def list_last_lines(frame: pd.DataFrame, starts_of: Mapping[str, Sequence[datetime]]) -> dict[str, list[datetime]]:
    """For each start of each server, the instant of the last line that it wrote before."""
    found = {}
    for source, starts in starts_of.items():
        times = list_moments(frame.loc[frame["source"] == source, "time"])
        found[source] = [times[bisect_left(times, start) - 1] for start in starts]
    return found


def _end(
    session: FarSession, starts_of: Mapping[str, Sequence[datetime]], last_lines: Mapping[str, Sequence[datetime]]
) -> Span:
    span = Span(
        connection=session.connection or "",
        opened=session.opened or session.joined,
        closed=session.closed,
        socket_id=session.socket_id or None,
        reason=session.reason,
        evidence=session.evidence,
        open_evidence=session.open_evidence,
        error=session.error,
        side=Side.SERVER,
        told=session.closed is not None,
    )
    starts = starts_of.get(session.source, ())
    if span.opened is None or not starts:
        return span
    place = bisect_right(starts, span.opened)
    if place == len(starts) or (span.closed is not None and span.closed <= starts[place]):
        return span
    end = max(last_lines[session.source][place], span.opened)
    return replace(span, closed=end, told=False, reason=None, evidence=span.open_evidence)


def _link(spans: list[Span]) -> list[Span]:
    """Order the sessions of one client; an end while another socket of the client is open leaves no outage."""
    spans.sort(key=lambda span: (_start(span), span.closed is None, span.socket_id or ""))
    linked: list[Span] = []
    for index, span in enumerate(spans):
        if span.closed is None:
            linked.append(span)
            continue
        others = [other for other in spans[max(index - 2, 0) : index + 3] if other is not span]
        later = [other.opened for other in spans[index + 1 :][:3] if other.opened is not None]
        covered = span.socket_id is not None and any(
            (other.opened is None or other.opened <= span.closed)
            and (other.closed is None or other.closed > span.closed)
            for other in others
        )
        reopened = span.closed if covered else next((moment for moment in later if moment >= span.closed), None)
        linked.append(replace(span, reopened=reopened))
    return linked


def _start(span: Span) -> float:
    moment = span.opened or span.closed
    return 0.0 if moment is None else moment.timestamp()
