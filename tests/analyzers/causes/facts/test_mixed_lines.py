"""Messages of a file that several clients share."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.causes.facts.mixed_lines import count_mixed_lines
from logdiag.analyzers.connections.naming import name_connections
from logdiag.events import Event, EventKind
from logdiag.ordering import build_timeline
from logdiag.rows import Rows
from tests.analyzers.cases import PUSHER, connected, event


def _count(events: list[Event]) -> dict[str, int]:
    return count_mixed_lines(build_timeline(events, name_connections).rows)


def _connect(second: float, worker: str) -> list[Event]:
    return [connected(second, f"socket{second}"), event(second + 0.1, EventKind.JOINED, worker_id=worker)]


def test_messages_that_name_nobody_are_mixed() -> None:
    """They may be of any client of the file; those that name one are that one's."""
    clients = [*_connect(0, "worker1"), *_connect(1, "worker2")]
    pushes = [event(10 + number, EventKind.PUSH_OK, PUSHER, message="pushed") for number in range(3)]
    named = event(20, EventKind.PUSH_OK, PUSHER, message="worker2 pushed")
    assert _count([*clients, *pushes, named]) == {"worker1/worker1": 3, "worker1/worker2": 3}
    assert _count([*clients, named]) == {}


def test_what_one_client_writes_is_its_own() -> None:
    """A file that no others share mixes nothing."""
    assert _count([*_connect(0, "worker1"), event(10, EventKind.PUSH_OK, PUSHER)]) == {}


def test_only_a_connect_shows_that_a_client_shares_the_file() -> None:
    """A connection that has a push under its own name but no connect in the file is none of those that share it."""
    columns = {
        "kind": [EventKind.SERVER_CONNECTED.value, EventKind.CONNECTED.value, EventKind.PUSH_OK.value],
        "connection": ["worker1/elsewhere", "worker1/worker1", "worker1"],
        "source": ["worker1"] * 3,
    }
    rows = Rows({name: np.array(values, dtype=object) for name, values in columns.items()})
    assert count_mixed_lines(rows) == {"worker1/worker1": 1}
