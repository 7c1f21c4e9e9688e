"""Lines that bring nothing about: those by which a library ends a connection, and those without a word.

A library tells of the steps of an end, from the close frame to the last byte: they precede nearly every end that it
logs, and are the end. What is left of a line when numbers and names are masked (`<str> <n>`) says nothing of a deed.
"""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later

MASKED: Final = compile_later(r"<\w+>")
WORD: Final = compile_later(r"[^\W\d_]{3,}|[\u4e00-\u9fff]")
OF_AN_END: Final = compile_later(
    # websockets for Python, 10 to 15, DEBUG: what it receives, sends and finds, by the sign in front.
    r"^(?:= )?connection is (?:CLOSING|CLOSED)\b"
    r"|^[<>=%!xX] (?:CLOSE\b|EOF\b|(?:sending|sent|received) keepalive p[io]ng"
    r"|timed out waiting for (?:keepalive )?pong|failing connection|(?:half-)?closing TCP|TCP connection|aborting TCP)"
    # Engine.IO and ws under `debug`; paho; SignalR's HubConnection; Spring's sessions.
    r"|\bengine(?:[.-]\w+)*:\w+ (?:closing|transport (?:close|error)|no longer clos)"
    r"|^(?:Sending|Received) (?:DISCONNECT|PINGREQ|PINGRESP)\b"
    r"|\b(?:Stopping|Stopped) HubConnection\b|\bHttpConnection\.(?:stop|stopConnection)\w*\("
    r"|\bTransport error (?:in|for) \w*(?:WebSocket|SockJS)\w*Session\b"
    r"|^Closing (?:\w+)?(?:WebSocket|SockJS)\w*Session\b"
)


def brings_nothing(template: str) -> bool:
    """Whether no line of this kind can have brought an end about: it has no word, or is a library's step of an end."""
    return WORD.search(MASKED.sub(" ", template)) is None or OF_AN_END.search(template) is not None
