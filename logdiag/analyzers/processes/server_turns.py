"""Which processes are servers, and when each of them starts and stops by its own word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from logdiag.events import SERVER_SAYS, EventKind
from logdiag.results.connections import ServerTurn
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows

TURNS: Final = {
    EventKind.SERVER_STARTED.value: "start",
    EventKind.PROCESS_STARTED.value: "start",
    EventKind.SERVER_STOPPING.value: "stop",
    EventKind.PROCESS_STOPPING.value: "stop",
}


def list_servers(timeline: Rows) -> tuple[str, ...]:
    """The processes that write what only a server does."""
    rows = timeline.of_kinds(SERVER_SAYS)
    return tuple(sorted(set(rows["source"].tolist())))


def list_server_turns(timeline: Rows, servers: tuple[str, ...]) -> tuple[ServerTurn, ...]:
    """The starts and stops of these servers, in the order of time; of a stop that is said at length, each line."""
    rows = timeline[timeline["kind"].isin(TURNS) & timeline["source"].isin(servers)]
    columns = (rows[name].tolist() for name in ("source", "kind", "file", "line"))
    return tuple(
        ServerTurn(source, moment, TURNS[kind], Evidence(file, int(line)))
        for moment, source, kind, file, line in zip(rows.moments(), *columns, strict=True)
    )


def list_off_spans(turns: Sequence[ServerTurn]) -> list[tuple[datetime, datetime]]:
    """From when to when the only server was off by its own word: from its saying so until its next start."""
    if len({turn.process for turn in turns}) != 1:
        return []
    return [(one.time, later.time) for one, later in pairwise(turns) if (one.kind, later.kind) == ("stop", "start")]


def count_stopped(turns: Sequence[ServerTurn]) -> int:
    """How many servers say that they stop."""
    return len({turn.process for turn in turns if turn.kind == "stop"})
