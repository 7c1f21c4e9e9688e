"""Which of the server's crashes stands behind an end."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.facts.server_crashes import find_server_crashes, list_server_crashes
from logdiag.events import EventKind
from tests.analyzers.cases import SERVER, at, connected, event, server_view, session, timeline
from tests.analyzers.causes.facts.inputs import know

ERROR = "heap out of memory"


@pytest.mark.parametrize(
    ("crash_s", "start_s", "is_behind"),
    [
        (29.0, None, True),
        (33.5, None, False),  # after the end: another one's
        (20.0, None, False),
        (20.0, 33.0, True),  # the client noticed late; the start tells that it is one outage
        (34.0, 33.0, False),  # the next process
        (-30.0, 33.0, False),  # a minute before the start and more
    ],
)
def test_the_last_words_before_an_end_stand_beside_it_or_before_the_next_start(
    crash_s: float, start_s: float | None, is_behind: bool
) -> None:
    """Of a client whose connection ends at 30 s."""
    frame = timeline(
        connected(0.0),
        event(crash_s, EventKind.PROCESS_CRASHED, SERVER, error=ERROR),
        event(crash_s, EventKind.PROCESS_CRASHED, "worker2/worker.log", error="of a client"),
    )
    known, endings = know(frame, [session(30.0)], server_view())
    found = find_server_crashes(list_server_crashes(known), endings, [None if start_s is None else at(start_s)])
    assert [said.text for said in found.values()] == ([ERROR] if is_behind else [])
