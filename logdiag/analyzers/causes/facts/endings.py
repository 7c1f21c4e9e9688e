"""Each disconnect with what places it: its session, the server's socket, the moment on both clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.connections.server_side import ServerSocket, first_to_notice
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.results.disconnects import Disconnect


class Ending(NamedTuple):
    """A disconnect; `on_server` is its moment on the server's clock, which `error_s` says how far to trust.

    `notice_s` is client minus server on one clock, with its error, no less than the step of the stamps: None for both
    where not both logged the end.
    """

    drop: Disconnect
    session: SessionRecord
    socket: ServerSocket | None
    offset_s: float
    error_s: float
    notice_s: float | None
    notice_error_s: float | None

    @property
    def on_server(self) -> datetime:
        """The moment on the server's clock."""
        return self.drop.time - timedelta(seconds=self.offset_s)


def list_endings(known: FactInput) -> list[Ending]:
    """All disconnects, in their order."""
    server = known.sockets.server
    found = []
    for drop, session in zip(known.ledger.drops, known.sockets.drop_sessions, strict=True):
        socket = server.sockets.get(session.socket_id or "")
        notice = first_to_notice(session, server)
        notice_s, error_s = (None, None) if notice is None else (notice[0], max(notice[1], known.tracks.step_s or 0.0))
        found.append(Ending(drop, session, socket, *server.offset_s(drop.connection), notice_s, error_s))
    return found
