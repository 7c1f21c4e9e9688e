"""Close frames as libraries show them: by code and text, or by the name that a language has for the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from logdiag.deferred import compile_later

# RFC 6455, section 7.4.1, and the registry of IANA that it began.
CLOSE_CODES: Final[Mapping[str, str]] = {
    "1000": "normal closure", "1001": "going away", "1002": "protocol error", "1003": "unsupported data",
    "1005": "no status received", "1006": "abnormal closure", "1007": "invalid payload data",
    "1008": "policy violation", "1009": "message too big", "1010": "mandatory extension", "1011": "internal error",
    "1012": "service restart", "1013": "try again later", "1014": "bad gateway", "1015": "tls handshake",
}  # fmt: skip
# ConnectionClosed.__str__ of websockets (Python), exceptions.py, and Close.__str__, frames.py: the frame that came
# first stands first. `received`: the other end closed; `sent`: this one.
FRAMES: Final = compile_later(
    r"\b(?:received|sent) (?P<code>[134]\d{3}) \([^)\n]{1,40}\)(?: (?P<said>[^;\n]{1,123}))?"
    r"; (?:then (?:received|sent) [134]\d{3} \([^)\n]{1,40}\)|no close frame (?:received|sent))"
)
NO_FRAMES: Final = compile_later(r"\bno close frame received or sent\b")
# CloseCode of tungstenite (protocol/frame/coding.rs) and of actix-http (ws/proto.rs), as their Debug has it.
RUST_NAMES: Final[Mapping[str, str]] = {
    "Normal": "1000", "Away": "1001", "Protocol": "1002", "Unsupported": "1003", "Status": "1005", "Abnormal": "1006",
    "Invalid": "1007", "Policy": "1008", "Size": "1009", "Extension": "1010", "Error": "1011", "Restart": "1012",
    "Again": "1013", "Tls": "1015",
}  # fmt: skip
_SHOWN: Final = compile_later(
    r"\bClose(?:Frame|Reason) \{ code: (?P<name>[A-Z][a-z]{1,11})(?:\((?P<number>[134]\d{3})\))?"
    r"(?:, (?:reason|description): (?:Some\()?(?:Utf8Bytes\()?\"(?P<said>[^\"\n]{0,123})\")?"
)


class ShownFrame(NamedTuple):
    """What a close frame that is shown says; None: it has no code that is known, or no text."""

    code: str | None
    said: str | None


def find_shown_frame(message: str) -> ShownFrame | None:
    """The close frame that Rust's Debug shows in a message: `CloseFrame { code: Away, reason: "going away" }`."""
    found = _SHOWN.search(message) if "{ code: " in message else None
    if found is None:
        return None
    return ShownFrame(found["number"] or RUST_NAMES.get(found["name"]), (found["said"] or "").strip() or None)


def name_frame(code: str, said: str | None) -> str | None:
    """The reason of a close frame: the name of its code, and what its sender says, unless that counts something."""
    words = said if said and not any(letter.isdigit() for letter in said) else None
    return ": ".join(text for text in (CLOSE_CODES.get(code), words) if text) or None
