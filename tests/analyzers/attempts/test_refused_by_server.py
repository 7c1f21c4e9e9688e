"""Which side of a version clash is the newer one, and which refusals are everybody's."""

from __future__ import annotations

from logdiag.analyzers.attempts.refused_by_server import VersionClash, find_all_refused, find_version_clash
from logdiag.events import EventKind
from tests.analyzers.cases import connected, event, timeline
from tests.folding import each

WEB = "web/app.log"
REFUSED = EventKind.PROXY_REFUSAL
PYTHON = "The client is using an unsupported version of the Socket.IO or Engine.IO protocols"


@each(
    ("message", "asked", "clash"),
    [
        (PYTHON, "4", VersionClash("python", "client")),
        (PYTHON, "3", VersionClash("python", "server")),
        (PYTHON, None, VersionClash("python", None)),
        ("Unsupported protocol version", "3", VersionClash("node", "server")),
        ("transport unknown", "3", VersionClash(None, None)),
    ],
)
def test_the_url_names_the_clients_version(message: str, asked: str | None, clash: VersionClash) -> None:
    """Engine.IO of Node refuses older clients alone; of python-engineio the EIO of the requests tells."""
    lines = [event(1.0, EventKind.SERVER_ERROR, WEB, message=message)]
    if asked is not None:
        lines.append(event(1.1, REFUSED, WEB, message=f"GET /socket.io/?EIO={asked}&transport=polling", code="400"))
    assert find_version_clash(timeline(*lines), ()) == clash


@each(
    ("count", "connects", "found_count"),
    [(10, 0, 10), (9, 0, 0), (10, 1, 0)],
)
def test_everybody_is_refused_where_nobody_connects(count: int, connects: int, found_count: int) -> None:
    """Nine refusals may be one tab that was left open; a client that got in shows that the server lets some in."""
    lines = [event(float(second), EventKind.SERVER_ERROR, WEB, message=PYTHON) for second in range(count)]
    lines += [event(second + 0.1, REFUSED, WEB, message="GET /ws?EIO=4", code="400") for second in range(count)]
    lines += [connected(100.0 + number) for number in range(connects)]
    assert len(find_all_refused(timeline(*lines))) == found_count
