"""Ends of sockets whose handshake the server rejected: they never opened, so nothing ended.

Daphne writes WSDISCONNECT behind each WSREJECT of the same address and port, in the words of any end.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.frame import list_values, rows_of

REJECTED: Final = compile_later(r"^(?:WS|WebSocket )REJECT\b")
READ: Final = ("kind", "source", "socket_id", "error")
KINDS: Final = (EventKind.SERVER_ERROR, EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED)


def forget_rejected(frame: pd.DataFrame) -> pd.DataFrame:
    """The timeline without those ends: the first of a socket behind its rejection, unless a connect stands between.

    Ports are used again: what is named like it and ends later is a socket of its own.
    """
    rows = rows_of(frame, KINDS, READ).dropna(subset="socket_id")
    errors = list_values(rows["error"])
    if not any(error is not None and REJECTED.search(error) for error in errors):
        return frame
    rejected: set[tuple[str, str]] = set()
    found = []
    columns = (list_values(rows[name]) for name in ("kind", "source", "socket_id"))
    for place, kind, source, socket, error in zip(rows.index, *columns, errors, strict=True):
        key = (source, socket)
        if kind == EventKind.SERVER_ERROR:
            rejected |= {key} if error is not None and REJECTED.search(error) else set()
            continue
        if kind == EventKind.SERVER_DISCONNECTED and key in rejected:
            found.append(place)
        rejected.discard(key)
    return frame.drop(index=found).reset_index(drop=True) if found else frame
