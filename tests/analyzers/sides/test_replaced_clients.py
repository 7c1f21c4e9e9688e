"""Where a server logs no end, the line by which it takes an older connection off is one."""

from __future__ import annotations

from logdiag.analyzers.sides.replaced_clients import tell_replaced_ends
from logdiag.events import Event, EventKind
from logdiag.parsers.lexicon.fields import extract
from tests.winston import at

OPEN, KICK = EventKind.SERVER_CONNECTED, EventKind.SERVER_KICK
REPLACED = "Closed existing WebSocket for user_id: 8 due to new connection."


def tell(second: float, kind: EventKind, message: str, name: str | None = "8", source: str = "hub") -> Event:
    reason = extract(kind, message, {}).get("reason")
    file = f"{source}/app.log"
    return Event(at(second), kind, source, "app", "info", message, file, round(second), worker_id=name, reason=reason)


def list_told(*lines: Event) -> list[tuple[str, str | None]]:
    return [(one.kind.value, one.reason) for one in tell_replaced_ends(lines)]


def test_a_client_that_another_login_replaced_has_lost_its_connection() -> None:
    """No other line tells of that end, and this one states its reason."""
    told = list_told(tell(0, OPEN, "User 8 connected"), tell(9, KICK, REPLACED), tell(9.1, OPEN, "User 8 connected"))
    assert told[1] == ("server-disconnected", "replaced by another login")
    assert [kind for kind, _ in told[::2]] == ["server-connected"] * 2


def test_where_ends_are_logged_a_kick_is_none() -> None:
    """By the server behind its kick, or by the client whose log is there."""
    kick = tell(9, KICK, REPLACED)
    assert list_told(kick, tell(9.1, EventKind.SERVER_DISCONNECTED, "User 8 disconnected"))[0][0] == "server-kick"
    assert list_told(kick, tell(9.1, EventKind.DISCONNECTED, "gone", source="tab"))[0][0] == "server-kick"


def test_a_kick_for_another_reason_or_of_nobody_stays_one() -> None:
    """Whether whoever is kicked was connected, only a rival's line says: one connection made way for the other."""
    assert list_told(tell(9, KICK, "Kicked user 8: idle"))[0][0] == "server-kick"
    assert list_told(tell(9, KICK, REPLACED, name=None))[0][0] == "server-kick"
