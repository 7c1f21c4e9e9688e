"""What a process writes besides connects and ends that shows that it accepts connections: a server's log.

An access log between the lines, `broadcast to 12 clients`, `WebSocket server listening`, how long each one that ended
had lasted. A client may write something of the kind too, so that this tells only where no line of a connection does.
"""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later

# What asks whether a process lives is answered by clients as well.
_NO_PROBE: Final = rb"(?!\w*(?:health|ready|live|alive|metrics|ping|status|favicon))"
_METHOD: Final = rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|WebSocket)"
_PEERS: Final = rb"(?:clients?|sockets?|connections?|subscribers?|peers?|sessions?|viewers?|listeners?)"
# How many there are, where one alone is the name of one: `socket open session=7e8d59a2`.
_MANY: Final = rb"(?:clients|sockets|connections|subscribers|peers|sessions|viewers|listeners)"
_WEB_SOCKET: Final = rb"(?:web ?sockets?|socket\.?io|signalr|\bwss?|\bocpp)"
# The request that was answered: Common Log Format and uvicorn, gin, morgan's `dev` and `tiny`.
ACCESS: Final = compile_later(
    rb'(?<!\d )(?<!https )"' + _METHOD + rb" /" + _NO_PROBE + rb"[^\"\s]*(?: HTTP/[\d.]+)?\" (?:\d{3}\b|\[accepted\])"
    rb"|\[GIN\][^\n]{0,120}\| +\d{3} \|"
    rb"|(?<![\w/])" + _METHOD + rb" /" + _NO_PROBE + rb"\S* \d{3} (?:[\d.]+ ?ms\b|- - ?ms\b|\d+ - [\d.]+ ms)"
)  # fmt: skip
# urllib3 tells its own requests so: `https://api.example.com:443 "GET /v1/orders HTTP/1.1" 200 None`.
OWN_REQUEST: Final = compile_later(rb'https?://[^\s"]+ "')
ACCEPTS: Final = compile_later(
    rb"(?i)" + _WEB_SOCKET + rb"\W{0,3}(?:server|gateway|endpoint)\b[ \w]{0,12}\b(?:listening|running)\b"
    rb"|\blistening [ \w]{0,16}" + _WEB_SOCKET + rb"|\blistening for [ \w]{0,20}\b(?:clients|connections)\b"
    rb"|\bbroadcast(?:ing|ed)?\b[^\n]{0,60}?\bto (?:all |\d+ )(?:\w+ )?" + _PEERS + rb"\b"
    rb"|\b(?:sent|forwarded|delivered|pushed) [^\n]{0,40}?\bto \d+ (?:\w+ )?" + _PEERS + rb"\b"
    rb"|\b(?:connected|active|open|current) (?:web ?socket )?" + _MANY + rb"\b\W{1,4}\d"
    rb"|\b(?:accepted|accepting) (?:an? )?(?:new |incoming )?(?:" + _WEB_SOCKET + rb" )?(?:client|connection)s?\b"
    rb"|\"(?:active|total|open|current|connected)_?(?:clients|sockets|connections|sessions)(?:_?count)?\"\s?:\s?\d"
)  # fmt: skip
# What a line in lower case has that `ACCEPTS` or `LASTED` matches: asked for first, in a twentieth of the time.
_ACCEPTING: Final = (
    b"listening", b"running", b"broadcast", b"sent ", b"forwarded ", b"delivered ", b"pushed ", b"accept", b"clients",
    b"sockets", b"connections", b"subscribers", b"peers", b"sessions", b"viewers", b"listeners",
)  # fmt: skip
_ANSWERING: Final = (b" /", b"[GIN]")  # what a line has that `ACCESS` matches
_LASTING: Final = b"duration"
# Pools of connections to a database, and what a proxy holds to its upstream, are counted as well.
_OTHERS: Final = compile_later(rb"(?i)\b(?:pool|hikari|postgres|mysql|redis|mongo|database|db|amqp|kafka|upstream)")
# How long what ended had lasted, in a key of its own: who has many keeps that beside each.
LASTED: Final = compile_later(
    rb"(?i)(?=[^\n]*(?:clos|disconnect))[^\n]*?\b(?:session_?|connection_?)?duration(?:_?(?:ms|s|sec|secs|seconds))?"
    rb"\"?\s?[:=]\s?\"?\d"
)


def find_sign(line: bytes) -> str | None:
    """What a line shows of its process: `access`, `accepts` or `lasted`; None: nothing of the kind."""
    lowered = line.lower()
    may_accept = any(word in lowered for word in _ACCEPTING)
    if may_accept and ACCEPTS.search(line) is not None and _OTHERS.search(line) is None:
        return "accepts"
    may_answer = any(word in line for word in _ANSWERING)
    if may_answer and ACCESS.search(line) is not None and OWN_REQUEST.search(line) is None:
        return "access"
    return "lasted" if _LASTING in lowered and LASTED.match(line) is not None else None
