"""Ends that a client tells in the words of its library or of its own code, with why."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.markdown import render_markdown
from tests.folding import each
from tests.winston import at, write

PAUSE = ["[Feed] App went to background, closing the socket", "[Feed] Closed with code Normal"]
TOO_BIG = [
    "f.Feed:88 - feed closed: CloseReason: code [1009], reason [No async message support and buffer too small]",
    "Caused by: java.lang.RuntimeException: feed closed: CloseReason: code [1009], reason [No async message support]",
]
IN_ORDER = ["[Feed] Closed with code Normal"]
LOST_BEAT = ["Reconnecting to hub after error: hub did not respond to our heartbeat"]


@each(
    ("ends", "cause"),
    [(PAUSE, "client-close"), (TOO_BIG, "payload-too-large"), (LOST_BEAT, "heartbeat-timeout"), (IN_ORDER, None)],
)
def test_what_a_client_says_of_an_end_is_its_cause(tmp_path: Path, ends: list[str], cause: str | None) -> None:
    """Each end counts once, however often it is told; a close in order alone is nobody's cut."""
    lines, moment = [], 0.0
    for number in range(12):
        lines.append((moment, "WebSocket connected to wss://feed.example.com"))
        moment += 70.0 + 13.0 * (number * 7 % 11)
        lines += [(moment + 0.004 * place, text) for place, text in enumerate(ends)]
        moment += 5.0
    rows = [f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in lines]
    write(tmp_path / "app" / "client.log", rows)
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert len(found.disconnects) == 12
    assert [one.id for one in found.asserted] == ([] if cause is None else [cause])


@each(
    ("end", "refuser"),
    [
        ("feed closed: CloseReason: code [1009], reason [The decoded text message was too big]", "client"),
        ("connection closed: sent 1009 (message too big); no close frame received", "client"),
        ("feed closed: CloseReason: code [1009], reason []", None),
        ("connection closed: received 1009 (message too big); then sent 1009 (message too big)", None),
    ],
)
def test_a_client_that_refuses_what_it_receives_meets_its_own_limit(
    tmp_path: Path, end: str, refuser: str | None
) -> None:
    """Cause, remedy and experiment then name the client's limit; a bare 1009 or one received is the server's."""
    lines, moment = [], 0.0
    for number in range(12):
        lines.append((moment, "WebSocket connected to wss://feed.example.com"))
        moment += 70.0 + 13.0 * (number * 7 % 11)
        lines.append((moment, end))
        moment += 5.0
    rows = [f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in lines]
    write(tmp_path / "app" / "client.log", rows)
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert [(one.id, one.numbers["refused_by"]) for one in found.asserted] == [("payload-too-large", refuser)]
    assert found.push_may_kill is (refuser is None)
    text = " ".join(render_markdown(found, version="1").split())
    assert ("a message larger than the client accepts" in text) is (refuser is not None)
    assert ("server's limit" in text) is (refuser is None)


@each(
    ("opened", "asserted"),
    [("WebSocket opened", ["limit-on-the-way"]), ("Connected to master (socket ID: {:02}viRXAr7KqFwV52UAAA)", [])],
)
def test_one_age_of_all_plain_websockets_is_a_limit(tmp_path: Path, opened: str, asserted: list[str]) -> None:
    """Nobody states why; Engine.IO alone, by whose ids sockets go here, may have heartbeats that never get through."""
    lines, moment = [], 0.0
    for number in range(24):
        lines.append((moment, opened.format(number)))
        moment += 170.1 + 0.01 * (number * 7 % 11)
        lines.append((moment, "WebSocket closed"))
        moment += 30.0 + number * 5 % 13
    rows = [f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in lines]
    write(tmp_path / "app" / "client.log", rows)
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert [one.id for one in found.asserted] == asserted
