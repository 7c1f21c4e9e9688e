"""Links of a feed handler to the venues that it follows: `link down venue=binance`, `[md] session up exchange=okx`.

A link of nothing else is a cable's or an interface's (`eth0: link down`), so that whose it is must be said: by a key,
or by the word before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind

FEED_KEYS: Final = ("venue", "exchange", "feed", "broker")
# What has such a state, as it begins a raw line that `find_feed` shall see.
STATES: Final = (
    *(
        f"{thing}{gap}{state}"
        for thing in ("link", "feed", "session", "stream", "connection")
        for gap in (" ", " is ", "_", " went ")
        for state in ("up", "down")
    ),
    *("link lost", "feed lost", "stream lost", "link dropped", "feed dropped", "link restored", "feed restored"),
)
_NAME: Final = r"[\"']?(?P<name>[A-Za-z][\w.-]{0,40})"
_KEY: Final = rf"(?:{'|'.join(FEED_KEYS)})"
_OWN_KEY: Final = compile_later(rf"(?i)(?<![\w.-]){_KEY}(?:[=:]| ?[=:] ){_NAME}(?![\w/]|://)")
_OF_A_FEED: Final = r"(?:venue|exchange|feed|broker|market(?:[ _-]?data)?|md|web ?socket|ws)"
_STATE: Final = compile_later(
    rf"(?i)^\W{{0,3}}(?:\[[^\]\n]{{1,40}}\]\W{{0,3}})?(?:{_KEY}[=:] ?\S{{1,40}}[\s,|]+)?"
    rf"(?:(?P<whose>{_OF_A_FEED})[ _-]){{0,2}}(?:(?P<thing>link|feed|session|stream|connection)"
    r"(?:[ _]| is | went | is now )(?P<state>up|down)"
    r"|(?P<line>link|feed|stream) (?:is |was )?(?P<verb>connected|restored|disconnected|lost|dropped))(?![\w/-])"
)
# One stream of several that a program follows, each over a connection of its own: `disconnected stream=btcusdt@trade:
# …`, `Se cayó el flujo btcusdt@trade: …`. Of a word without a key only what cannot be a word is a name.
_STREAM_NAME: Final = r"[\"']?(?P<name>[A-Za-z][\w.@!-]{0,60}?)[\"']?(?=[\s,;:)]|\.?$)"
_STREAM_TOLD: Final = compile_later(
    rf"(?i)^\W{{0,3}}(?:\[[^\]\n]{{1,40}}\]\W{{0,3}})?(?:(?:web ?socket|ws)[ _-])?"
    rf"(?P<state>connected|reconnected|reconnecting|disconnected|lost|dropped)[\s:,]{{1,2}}(?:stream|feed)[=:] ?"
    rf"{_STREAM_NAME}"
)
_STREAM: Final = compile_later(
    rf"(?i)^[^\n=:]{{0,40}}?(?<![\w.-])(?:(?:stream|feed)[=:] ?|(?:stream|feed|flujo|fluxo|flux|flusso|поток) "
    rf"(?=\w{{0,60}}[@\d_])){_STREAM_NAME}"
)
_UP: Final = frozenset({"up", "connected", "reconnected", "restored"})
# Whose link it is otherwise: an interface by its kernel's name, its speed, a port of a switch.
_OF_A_CABLE: Final = compile_later(
    r"(?i)\b(?:iface|interface|ifname|nic|dev|device|port|cable|carrier|duplex|ethernet)\b"
    r"|\b(?:eth|en[opsx]|wl(?:an|[ops])|bond|br|veth|tun|tap|ppp|wwan|usb|can)\d|\d ?[kMG]bp?/?s\b"
)


class Feed(NamedTuple):
    """What became of a link, and the name of what it leads to, if the line or its record has one."""

    kind: EventKind
    name: str | None


def find_feed(message: str, record: Mapping[str, Any]) -> Feed | None:
    """The state of a link to a venue that a message tells; None: it tells none, or of another link."""
    if (stream := _STREAM_TOLD.match(message)) is not None:
        return Feed(_find_kind(stream["state"]), stream["name"])
    told = _STATE.match(message)
    if told is None or _OF_A_CABLE.search(message):
        return None
    name = find_feed_name(message, record)
    thing, state = told["thing"] or told["line"], told["state"] or told["verb"]
    if name is None and (told["whose"] is None or thing.lower() != "link"):
        return None
    return Feed(_find_kind(state), name)


def _find_kind(state: str) -> EventKind:
    if state.lower() == "reconnecting":
        return EventKind.RECONNECT_ATTEMPT
    return EventKind.CONNECTED if state.lower() in _UP else EventKind.DISCONNECTED


def find_feed_name(message: str, record: Mapping[str, Any]) -> str | None:
    """The venue, exchange, feed, broker or stream that a message or a key of its record names."""
    if (found := _OWN_KEY.search(message) or _STREAM.match(message)) is not None:
        return found["name"].rstrip(".-")
    values = (record.get(key) for key in FEED_KEYS)
    return next((text for text in values if isinstance(text, str) and 0 < len(text) <= 40 and "/" not in text), None)
