"""The words that Socket.IO and Engine.IO have for the end of a connection: no application can choose others.

From the sources of socket.io 2 to 4, socket.io-client 2 to 4, engine.io and python-socketio 5. Letter case does not
matter, and a logger may have written `transport_close`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later

CLIENT_REASONS: Final = ("io server disconnect", "io client disconnect")
SERVER_REASONS: Final = (
    "client namespace disconnect", "server namespace disconnect", "server shutting down", "forced server close",
)  # fmt: skip
# Go's websocket package (coder, before that nhooyr) wraps the end of a stream so: "failed to get reader: … EOF".
GO_REASONS: Final = ("failed to read frame header", "failed to get reader")
# What other libraries say of a connection that went without a close frame: websockets, tungstenite, .NET, gorilla.
CUT_REASONS: Final = (
    "no close frame received or sent", "connection reset without closing handshake",
    "without completing the close handshake", "abnormal closure",
)  # fmt: skip
OWN_REASONS: Final = ("transport close", "forced close", *GO_REASONS, *CUT_REASONS)
# Other protocols say these too (database pools, mailers): they prove nothing alone.
COMMON_REASONS: Final = ("ping timeout", "transport error")
TRANSPORTS: Final = frozenset({"websocket", "polling", "webtransport"})
REASONS: Final = (*SERVER_REASONS, *CLIENT_REASONS, *OWN_REASONS, *COMMON_REASONS)
REASON: Final = (
    r"(?i:(?<![A-Za-z])(?:" + "|".join(text.replace(" ", "[ _-]") for text in REASONS) + r")(?:d(?![A-Za-z]))?)"
)
# The close codes of RFC 6455 behind a word for them: `code=1006`, `closed with 1000`. Applications number their errors
# from 1000 too: like common reasons they prove nothing alone.
CODES: Final = r"10(?:0[0-35-9]|1[0-5])(?!\d|-\w*\d)"
BEFORE_CODE: Final = (
    r"(?i:(?<![A-Za-z])(?:(?:(?:close|status)[ _-]?)?code[\s\"':=(]{1,4}|closed (?:with|by) (?:code )?))"
)
CODE_RAW: Final = (
    rb"code[ \t\"':=(]{1,4}10(0[0-35-9]|1[0-5])[^0-9]",
    rb"closed (with|by) (code )?10(0[0-35-9]|1[0-5])[^0-9]",
)
CODE_KEYS: Final = frozenset({"code", "closecode", "close_code", "statuscode", "status_code"})
_CODE: Final = compile_later(rf"{BEFORE_CODE}({CODES})")
_DIGITS: Final = compile_later(CODES)
NEEDLES: Final = tuple(text.replace(" ", mark).encode() for text in REASONS for mark in " _-")
# A token that is refused, as jsonwebtoken, PyJWT, Microsoft.IdentityModel (IDX10223), go-jose and HTTP itself say it.
UNTRUSTED: Final = (
    r"jwt (?:expired|malformed|not active|must be provided|signature is required)"
    r"|invalid (?:signature|token)|(?:token|signature) (?:is |has |was )?(?:been )?(?:expired|revoked)"
    r"|tokenexpirederror|jsonwebtokenerror|expiredsignatureerror|idx10[0-9][0-9][0-9]|unauthori[sz]ed"
)
MESSAGE: Final = "message"
DEEPEST: Final = (
    3  # reasons stand in a key of their own or in an object beside the message: data.reason, err.data.reason
)
_REASON: Final = compile_later(REASON)
_LONGEST: Final = 40


class Reason(NamedTuple):
    """A reason in Socket.IO's own spelling, and the dotted path of its key (`message`: the text itself)."""

    text: str
    path: str


def find_reason(message: str, fields: Mapping[str, Any]) -> Reason | None:
    """The reason that a record states: the whole of a value, or a part of its message."""
    for path, value in list_scalars(fields):
        if not isinstance(value, str):
            continue
        if len(value) <= _LONGEST and _REASON.fullmatch(value.strip()):
            return Reason(_spell(value), path)
        if value.startswith(GO_REASONS):
            return Reason(GO_REASONS[0], path)
    found = _REASON.search(message)
    return Reason(_spell(found.group()), MESSAGE) if found else _find_code(message, fields)


def is_code(reason: str) -> bool:
    """Whether a reason is a WebSocket close code."""
    return reason.isdecimal()


def _find_code(message: str, fields: Mapping[str, Any]) -> Reason | None:
    found = _CODE.search(message)
    if found is not None:
        return Reason(found[1], MESSAGE)
    for path, value in list_scalars(fields):
        if path.rpartition(".")[2].lower() in CODE_KEYS and _DIGITS.fullmatch(str(value)):
            return Reason(str(value), path)
    return None


def _spell(text: str) -> str:
    return re.sub(r"[ _-]+", " ", text.strip().lower())


def list_scalars(fields: Mapping[str, Any], prefix: str = "", depth: int = 1) -> list[tuple[str, str | int]]:
    """The texts and whole numbers of a record by their dotted paths, down to `DEEPEST`."""
    found: list[tuple[str, str | int]] = []
    for key, value in fields.items():
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            found.append((f"{prefix}{key}", value))
        elif isinstance(value, Mapping) and depth < DEEPEST and "." not in key:
            found += list_scalars(value, f"{prefix}{key}.", depth + 1)
    return found
