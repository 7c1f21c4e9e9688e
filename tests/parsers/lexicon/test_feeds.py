"""Links of feed handlers to their venues, beside those of cables and interfaces."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.lexicon.feeds import STATES
from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.lexicon.needles import may_understand
from tests.folding import each

UP, DOWN = EventKind.CONNECTED, EventKind.DISCONNECTED


@each(
    ("message", "record", "kind", "name"),
    [
        ("link up venue=binance", {}, UP, "binance"),
        ('link down venue=binance reason="read: connection reset by peer"', {}, DOWN, "binance"),
        ("[md] session down exchange=okx", {}, DOWN, "okx"),
        ("venue=lmax link up", {}, UP, "lmax"),
        ("feed is down broker=ibkr", {}, DOWN, "ibkr"),
        ("stream disconnected exchange=binance", {}, DOWN, "binance"),
        ("link down", {"venue": "okx"}, DOWN, "okx"),
        ("exchange link down: okx", {}, DOWN, None),
        ("ws connected venue=binance", {}, UP, "binance"),
        ("connection lost exchange=okx", {}, DOWN, "okx"),
    ],
)
def test_a_link_to_a_venue_is_a_connection_of_that_name(
    message: str, record: dict[str, str], kind: EventKind, name: str | None
) -> None:
    """What the venue, exchange, feed or broker is called names the connection, be it in the text or in a key."""
    found = read_message(message, None, record)
    assert found is not None
    assert (found.kind, found.extracted.get("worker_id")) == (kind, name)
    assert may_understand(f"{message} {record}".encode())


@each(
    ("message", "record"),
    [
        ("eth0: link down", {}),
        ("Link is Up - 1Gbps/Full - flow control rx/tx", {}),
        ("e1000e: eno1 NIC Link is Up 1000 Mbps Full Duplex", {}),
        ("link down", {}),
        ("link down", {"interface": "eth0"}),
        ("link up iface=wlan0 venue=hall", {}),
        ("session down", {}),
        ("feed up", {}),
    ],
)
def test_a_link_of_nobody_or_of_a_cable_is_none(message: str, record: dict[str, str]) -> None:
    """A kernel and a switch have links as well, and a market has sessions: the words alone tell nothing."""
    assert read_message(message, None, record) is None


def test_each_state_is_looked_for_in_raw_lines() -> None:
    """Which state a line tells it says in so many words."""
    assert all(may_understand(f"10:00:00 {state} venue=okx".encode()) for state in STATES)


@each(
    ("message", "kind"),
    [
        ("connected stream=btcusdt@trade", UP),
        ("disconnected stream=btcusdt@trade: no close frame received or sent", DOWN),
        ("[md] ws lost stream=btcusdt@trade", DOWN),
        ("Se cayó el flujo btcusdt@trade: no close frame received or sent", DOWN),
    ],
)
def test_each_stream_of_a_program_is_a_connection_of_its_own(message: str, kind: EventKind) -> None:
    """A bot that follows eight markets has eight connections, each with an age of its own."""
    found = read_message(message, None, {})
    assert found is not None
    assert (found.kind, found.extracted.get("worker_id")) == (kind, "btcusdt@trade")


@each(
    ("message",),
    [("stream connected to server",), ("disconnected from stream server",), ("lost the stream of thought",)],
)
def test_a_word_behind_stream_is_no_name(message: str) -> None:
    """What stands behind the word without a key is a name only where it cannot be a word."""
    found = read_message(message, None, {})
    assert found is None or "worker_id" not in found.extracted
