"""Messages as the grammar reads them: alike where they tell the same of another socket."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.lexicon.masking import mask_words
from logdiag.parsers.lexicon.messages import read_message
from tests.folding import each


@each(
    ("one", "other"),
    [
        ("[17] Client connected", "[4711] Client connected"),
        ("conn#42 closed", "conn#7 closed"),
        ("user 【2207836320265】连接异常", "user 【991】连接异常"),
        ("client gone (3 clients remaining)", "client gone (12 clients remaining)"),
        ("Disconnected with code: None", "Disconnected with code: null"),
        ("#PID<0.512.0> disconnected", "#PID<0.9.0> disconnected"),
    ],
)
def test_lines_of_one_kind_are_alike(one: str, other: str) -> None:
    """What differs from line to line, an id, a count, what was not told, does not part two messages."""
    assert mask_words(one) == mask_words(other)


def test_the_name_of_a_subsystem_stays() -> None:
    """`device connected: garage` is anybody's, `device connected: redis` is a store's."""
    assert "<id>" in mask_words("charge point connected: garage")
    assert "redis" in mask_words("charge point connected: redis")


def test_counts_before_the_event_stay() -> None:
    """A count that the line speaks of is no flag behind it: only brackets of `true` and `false` go."""
    assert mask_words("2 clients connected") != mask_words("client connected")
    assert mask_words("peer closed (reset=true tls_eof=false)") == mask_words("peer closed")


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@each(
    ("message", "kind"),
    [
        (f"Client abc123 disconnected (transport close), ua={CHROME}", EventKind.SERVER_DISCONNECTED),
        (f"New connection from 10.0.0.4 {CHROME}", EventKind.SERVER_CONNECTED),
        (
            f"Websocket Opened: ID: 547804432144, User Agent: {CHROME}, Host Name: rack4.local",
            EventKind.SERVER_CONNECTED,
        ),
    ],
)
def test_a_browser_in_a_line_is_not_what_it_speaks_of(message: str, kind: EventKind) -> None:
    """Only a server knows what browser came to it; the products that this names are no subsystems of it."""
    reading = read_message(message)
    assert reading is not None
    assert reading.kind is kind
