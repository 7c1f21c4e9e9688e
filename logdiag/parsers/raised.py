"""Errors of a connection that a program raised and logged: which one, and in whose words it tells of an end.

A logger writes the name of the error and its text behind or below a line of its own; in JSON a stack is one text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logdiag.deferred import compile_later

LONGEST_TEXT: Final = 300  # characters: a reason is a sentence
# A name of an error, with its packages before it, and what it says; a mark before it may be that of a nested one.
_RAISED: Final = compile_later(
    r"(?:^|[\s>|:\"])(?P<name>(?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$][\w$]*(?:Error|Exception|Closed(?:OK)?|Disconnect)): "
    r"(?P<text>[^\n]{3,600})"
)
# Errors that only a WebSocket's library raises, by their names.
_OF_SOCKETS: Final = compile_later(
    r"(?i)websocket|\bwsproto\.|signalr|engineio|socketio|(?:^|\.)(?:ConnectionClosed(?:Error|OK)?|WSServerHandshakeError)$"
)
# What others raise, in words that only a connection with heartbeats has.
_OF_HEARTBEATS: Final = compile_later(
    r"(?i)server timeout \([\d.]+ ?ms\) elapsed without receiving|sent ping but didn'?t receive pong"
    r"|(?:keep-?alive|heart-?beat|ping|pong)s? (?:ping |pong )?(?:time(?:d )?-? ?out|was not (?:received|answered))"
    r"|no (?:pong|heart-?beat|close frame) (?:was )?(?:received|within)|without completing the close handshake"
)
# Whose connection it is as well as ours: a database, a broker, a request.
_OF_OTHERS: Final = compile_later(
    r"(?i)redis|psycopg|postgres|\bpg\.|mysql|mongo|sqlalchemy|sqlite|hibernate|jdbc|pika|amqp|rabbit|kafka|mqtt|paho|nats"
    r"|smtp|imap|ldap|urllib3|requests\.|httpx|httpclient|elastic|botocore|grpc|memcache|cassandra"
)
_CODE: Final = compile_later(r"(?i)^connection closed:? (?P<code>10\d\d)\b(?: (?P<text>\S.*))?$")


def find_raised(lines: Sequence[str]) -> str | None:
    """What the last error of a connection says that a record of these lines holds; None without one.

    The last one is what reached the logger, or, under `Caused by`, what lies deepest.
    """
    text = "\n".join(lines).replace("\\r", "").replace("\\n", "\n").replace("\\t", " ")
    found = [match for match in _RAISED.finditer(text) if _is_of_a_socket(match)]
    if not found:
        return None
    said = found[-1]["text"].strip().rstrip('",}').strip()[:LONGEST_TEXT]
    code = _CODE.match(said)
    return said if code is None else f"code={code['code']} {code['text'] or ''}".strip()


def _is_of_a_socket(match: re.Match[str]) -> bool:
    name, text = match["name"], match["text"]
    if _OF_OTHERS.search(name):
        return False
    return bool(_OF_SOCKETS.search(name) or _OF_HEARTBEATS.search(text))
