"""One end that two lines of a moment tell under two names, or of which one is a note about a person, counts once."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.sides.noted_ends import drop_noted_ends
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED
SESSION = "7c1f0a52-6d1e-4b0c-9a55-0d6f1b7b9e01"


def event(second: float, kind: EventKind, message: str, name: str | None = None, socket: str | None = None) -> Event:
    return Event(at(second), kind, "hub", "app", "info", message, "hub/app.log", 1, socket_id=socket, worker_id=name)


def test_a_note_about_a_person_beside_an_end_is_no_second_one() -> None:
    """A game marks its player as disconnected when the socket has closed; alone, the note is all that is known."""
    end = event(9, CLOSE, "WSDISCONNECT /ws/game/7")
    note = event(9.4, CLOSE, "Marked player Mira as disconnected", "Mira")
    assert drop_noted_ends([end, note]) == [end]
    assert drop_noted_ends([replace(end, time=at(30)), note]) == [replace(end, time=at(30)), note]
    assert drop_noted_ends([note]) == [note]


def test_other_ends_of_one_moment_stay() -> None:
    """A player who disconnected is no note, and `set` may be part of what a message says."""
    ends = [event(9, CLOSE, "Player Mira disconnected", "Mira"), event(9.1, CLOSE, "Player Tom disconnected", "Tom")]
    assert drop_noted_ends(ends) == ends


def test_a_session_s_line_that_holds_the_device_s_name_tells_the_same() -> None:
    """A decorator logs the session with its address, the application the device: one line is left.

    It has both names where the connect of that session stands in the logs, else the one that its own connect has.
    """
    own = replace(event(9, CLOSE, f"Session[id={SESSION}, uri=/ocpp/box-15] closed", socket=SESSION), service="spring")
    other = event(9, CLOSE, "closed from box id=box-15", "box-15")
    opened = replace(own, time=at(1), kind=OPEN)
    assert drop_noted_ends([opened, own, other]) == [opened, replace(other, socket_id=SESSION)]
    assert drop_noted_ends([own, other]) == [other]
    for apart in (replace(other, code="1006"), replace(other, worker_id="box-1"), replace(other, time=at(12))):
        assert drop_noted_ends([own, apart]) == [own, apart]
