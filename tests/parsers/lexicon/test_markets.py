"""Connections that are called after a pair of a currency market."""

from __future__ import annotations

from logdiag.parsers.lexicon.markets import mask_markets
from logdiag.parsers.lexicon.messages import read_message
from tests.folding import each


@each(
    ("message", "kind"),
    [
        ("ETH/USDT connected", "connected"),
        ("[ETH/USDT] Connected", "connected"),
        ("Connected: ETH/USDT", "connected"),
        ("WebSocket connected ETH/USDT", "connected"),
        ("[ETH/USDT] websocket closed: 1006", "disconnected"),
        ("ETH-USD: disconnected", "disconnected"),
        ("SOL/USDT:USDT reconnected", "connected"),
        ("ETH connected", None),
        ("eth0 disconnected", None),
        ("USB-ETH connected", None),
        ("ETH/USDT order closed 1006", None),
        ("ETH/USDT closed 1006", None),
        ("ETH/USDT position opened", None),
    ],
)
def test_a_pair_hides_no_connect(message: str, kind: str | None) -> None:
    """Half of `ETH/USDT` is a network device's name; a market's order, position and price are no connection."""
    found = read_message(message)
    assert (found and found.kind.value) == kind


def test_what_names_no_pair_stays() -> None:
    """Paths, words with a hyphen and several protocols beside each other are none."""
    for text in ("GET /USD/rates connected", "TCP/UDP connected", "re-USDX connected", "a/b/EUR connected"):
        assert mask_markets(text) == text
