"""Sessions that the server alone tells of: every socket id is one, a client's sockets are one connection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

import pandas as pd

from logdiag.analyzers.connections.forgotten_sockets import Breaks, find_breaks
from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.frame import list_moments

NO_BREAKS: Final = Breaks(())


def find_server_sessions(
    server: ServerView, frame: pd.DataFrame, of_clients: Set[str] = frozenset()
) -> tuple[SessionRecord, ...]:
    """The sessions that the server alone tells of, by connection and time.

    `of_clients` are the sockets of which a client's own log tells: those are that client's sessions, no second ones.
    A socket that is still open when its server starts anew, or has forgotten all of its sockets, ended without a word,
    at the server's last event before in the timeline `frame`.
    """
    breaks = find_breaks(server)
    last_lines = _list_last_lines(frame, breaks)
    by_connection: dict[str, list[SessionRecord]] = defaultdict(list)
    for socket in (*server.sockets.values(), *server.nameless):
        if socket.connection is not None and socket.socket_id not in of_clients:
            by_connection[socket.connection].append(_end(socket, breaks, last_lines))
    return tuple(session for name in sorted(by_connection) for session in _link(by_connection[name]))


def _list_last_lines(frame: pd.DataFrame, breaks: Mapping[str, Breaks]) -> dict[str, list[datetime]]:
    """For each break of each server, the instant of the last event that it wrote before."""
    found = {}
    for source, (moments, _) in breaks.items():
        times = list_moments(frame.loc[frame["source"] == source, "time"])
        found[source] = [times[bisect_left(times, moment) - 1] for moment in moments]
    return found


def _end(
    socket: ServerSocket, breaks_of: Mapping[str, Breaks], last_lines: Mapping[str, Sequence[datetime]]
) -> SessionRecord:
    session = SessionRecord(
        connection=socket.connection or "",
        opened=socket.opened or socket.joined,
        closed=socket.closed,
        socket_id=socket.socket_id or None,
        reason=socket.reason,
        evidence=socket.evidence,
        open_evidence=socket.open_evidence,
        error=socket.error,
        side=Side.SERVER,
        server_has_end=socket.closed is not None,
    )
    moments, forgotten = breaks_of.get(socket.source, NO_BREAKS)
    if session.opened is None:
        return session
    place = bisect_right(moments, session.opened)
    if place == len(moments) or (session.closed is not None and session.closed <= moments[place]):
        return session
    return replace(
        session,
        closed=max(last_lines[socket.source][place], session.opened),
        server_has_end=False,
        reason=None,
        evidence=session.open_evidence,
        forgotten=moments[place] in forgotten,
    )


def _link(sessions: list[SessionRecord]) -> list[SessionRecord]:
    """Order the sessions of one client; an end while another socket of the client is open leaves no outage."""
    sessions.sort(key=lambda session: (_start(session), session.closed is None, session.socket_id or ""))
    linked: list[SessionRecord] = []
    for index, session in enumerate(sessions):
        if session.closed is None:
            linked.append(session)
            continue
        others = [other for other in sessions[max(index - 2, 0) : index + 3] if other is not session]
        later = [other.opened for other in sessions[index + 1 :][:3] if other.opened is not None]
        covered = session.socket_id is not None and any(
            (other.opened is None or other.opened <= session.closed)
            and (other.closed is None or other.closed > session.closed)
            for other in others
        )
        reopened = session.closed if covered else next((moment for moment in later if moment >= session.closed), None)
        linked.append(session if reopened is None else replace(session, reopened=reopened))
    return linked


def _start(session: SessionRecord) -> float:
    moment = session.opened or session.closed
    return 0.0 if moment is None else moment.timestamp()
