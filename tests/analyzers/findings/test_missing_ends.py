"""A connection without an end, whose client is long back, forbids to call a server healthy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.findings.missing_ends import find_missing_ends
from logdiag.events import Side
from logdiag.results.evidence import Evidence
from tests.winston import at


def visits(count: int, life_s: float = 3.0) -> list[SessionRecord]:
    """Visits of one client every half hour, by the server's log."""
    return [
        SessionRecord(
            "soil-7",
            at(1800.0 * number),
            at(1800.0 * number + life_s),
            open_evidence=Evidence("hub.log", number + 1),
            side=Side.SERVER,
        )
        for number in range(count)
    ]


def leave_open(sessions: list[SessionRecord], *numbers: int) -> list[SessionRecord]:
    return [replace(one, closed=None) if number in numbers else one for number, one in enumerate(sessions)]


def test_a_connection_that_its_client_left_behind_has_no_end() -> None:
    """It is counted, with the line of its connect."""
    (found,) = find_missing_ends(leave_open(visits(30), 4, 9))
    assert found.numbers == {"count": 2, "connects_count": 30}
    assert [place.line for place in found.evidence] == [5, 10]


@pytest.mark.parametrize(
    "sessions",
    [
        visits(30),
        leave_open(visits(30), 29),
        leave_open(visits(20), 4),
        leave_open(visits(30, life_s=1700.0), 25),
    ],
    ids=["all have ends", "the last lives still", "too few lives are known", "it may live still beside the next"],
)
def test_a_connection_that_may_live_still_is_none(sessions: list[SessionRecord]) -> None:
    """A page in another window stays open while its owner comes and goes."""
    assert find_missing_ends(sessions) == ()


def test_what_a_client_tells_of_itself_is_judged_elsewhere() -> None:
    """A client's own next connect shows that the one before ended."""
    assert find_missing_ends([replace(one, side=Side.CLIENT) for one in leave_open(visits(30), 4)]) == ()
