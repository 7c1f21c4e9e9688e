"""Who comes in the place of those whose server stopped, where no name tells a return."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.causes.facts.replacements import find_replacements
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from tests.analyzers.cases import at, nothing_far, session, timeline
from tests.analyzers.causes.facts.inputs import know


def guest(number: int, opened: float, closed: float | None = None) -> SessionRecord:
    """The session of somebody whom the server gives a new name at each connect."""
    end = None if closed is None else at(closed)
    one = replace(session(10.0), opened=at(opened), closed=end, reopened=None, side=Side.SERVER)
    return replace(one, connection=f"guest{number}", server_has_end=True)


def replaced(*sessions: SessionRecord) -> dict[int, float]:
    """How long each end waited for somebody new, all ends being after a stop."""
    _, endings = know(timeline(), sessions, nothing_far())
    return dict(find_replacements(endings, sessions))


def test_each_new_name_takes_the_place_of_the_end_that_waited_longest() -> None:
    """Two ended by a stop, and two new ones came within seconds."""
    ends = guest(1, 0.0, 100.0), guest(2, 5.0, 100.1)
    assert replaced(*ends, guest(3, 103.0), guest(4, 104.1)) == {1: 3.0, 2: 4.0}


def test_who_is_not_replaced_within_a_minute_is_missed() -> None:
    """One connect makes up for one end; one that comes later than a deploy takes for none."""
    ends = guest(1, 0.0, 100.0), guest(2, 5.0, 100.1)
    assert replaced(*ends, guest(3, 103.0), guest(4, 161.0)) == {1: 3.0}


def test_a_name_that_had_been_there_is_nobody_new() -> None:
    """Who comes back under its own name takes nobody's place."""
    ends = guest(1, 0.0, 100.0), guest(2, 5.0, 50.0)
    assert replaced(ends[0], ends[1], guest(2, 103.0)) == {}
