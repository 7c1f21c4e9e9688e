"""Which start of a server stands behind an end, by what the server did in between."""

from __future__ import annotations

from datetime import datetime

import pytest

from logdiag.analyzers.causes.facts.server_starts import find_server_start, find_starts
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import EventKind
from logdiag.results.connections import Clock
from tests.analyzers.cases import SERVER, at, connected, event, server_view, session, timeline
from tests.analyzers.causes.facts.inputs import know

OTHER = "replica/socket-server.log"


@pytest.mark.parametrize(
    ("others", "starts"),
    [((), {}), ((OTHER,), {1: at(60)})],
)
def test_an_end_that_no_line_gives_to_a_server_is_that_of_the_only_one(
    others: tuple[str, ...], starts: dict[int, datetime]
) -> None:
    """It let somebody in at 40 s, so its start at 60 s ended nothing at 30 s; of two servers nobody knows which did."""
    doings = [event(40.0, EventKind.SERVER_CONNECTED, file) for file in (SERVER, *others)]
    server = server_view(starts=(60.0,), clocks=(Clock("worker1", 0.0, 2.0, 3),))
    frame = timeline(connected(0.0), *doings, connected(900.0))
    assert find_starts(*know(frame, [session(30.0, reopened=70.0)], server)) == starts


@pytest.mark.parametrize(
    ("second", "one", "is_behind"),
    [
        (29.5, session(30.0), True),
        (29.4, session(30.0), False),
        (31.2, session(30.0), True),
        (31.3, session(30.0), False),
        (90.0, session(30.0, reopened=None), True),
        (90.1, session(30.0, reopened=None), False),
        (40.0, session(30.0, reopened=None, next_closed=at(40.0)), True),
        (40.1, session(30.0, reopened=None, next_closed=at(40.0)), False),
    ],
)
def test_a_start_lies_between_the_end_and_the_return(second: float, one: SessionRecord, is_behind: bool) -> None:
    """At most half a second before the end; of a return that is not logged, within a minute and before the next end."""
    assert (find_server_start([at(second)], one, 0.0) is not None) is is_behind
    assert (find_server_start([at(second - 5)], one, 5.0) is not None) is is_behind
