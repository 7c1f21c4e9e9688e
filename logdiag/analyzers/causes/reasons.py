"""What the reasons of ends mean: who says them, and whether they tell of a cut, a limit, a message too large."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from logdiag.analyzers.attempts.turned_away import unjoin
from logdiag.deferred import compile_later

# What a client says of ends that an application asked for: Socket.IO's words, and those of python-socketio 5.12.
ENDED_BY_SERVER: Final = frozenset({"io server disconnect", "server disconnect"})
ENDED_BY_CLIENT: Final = frozenset({"io client disconnect", "client disconnect"})
CLIENT_REASONS: Final = (
    ENDED_BY_SERVER
    | ENDED_BY_CLIENT
    | frozenset(
        {
            "transport close",
            "transport error",
            "ping timeout",
            "parse error",
            "forced close",
        }
    )
)
SERVER_REASONS: Final = CLIENT_REASONS | {
    "client namespace disconnect",
    "server namespace disconnect",
    "server shutting down",
    "forced server close",
}
ABNORMAL: Final = "abnormal closure"  # code 1006: no close frame came
CUT: Final = frozenset({"transport close", "transport error", ABNORMAL})
# Close codes that a side sends in order (RFC 6455, 7.4.1), and ends that the application asks for.
CLEAN: Final = compile_later(
    r"(?i)(?<![\da-f])(?<!\w-)10(?:0[0-35789]|1[0-4])(?![\da-f]|-\w*\d)|(?<!ab)normal closure|going away"
    r"|protocol error|policy violation|service restart|try again later|ping timeout|disconnect"
    r"|logged? ?out|kick|replac|duplicate"
)
# Of these, what names no party: the codes that proxies and platforms send as well when a limit of theirs runs out or
# they are replaced (API Gateway says 1001), and a bare word for the end.
NAMELESS: Final = compile_later(
    r"(?i)(?<![\da-f])(?<!\w-)10(?:01|1[2-4])(?![\da-f]|-\w*\d)|going away|service restart|try again later|bad gateway"
    r"|^(?:the )?(?:(?:client|peer|remote|(?:web)?socket|connection|user) )?(?:has |was |is )?disconnected[.!]?$"
)
# What libraries and systems say where a stream ended without a close frame, whatever the application puts around it.
CUT_OFF: Final = compile_later(
    r"\bEOF(?:Exception|Error)?\b"
    r"|(?i:reset by (?:remote )?peer|connection (?:was )?(?:reset|abort(?:ed)?|lost)\b|broken pipe|ECONNRESET|EPIPE"
    r"|\bi/o timeout\b|connection timed out|read (?:deadline|timeout) exceeded"
    r"|no recent network activity|forcibly closed by the remote host"
    r"|abnormal(?:ly)? clos|without (?:a )?(?:clos|completing the close)|no close frame|unexpected(?:ly)? (?:clos|end)"
    r"|failed to (?:get reader|read frame header)|(?<!\d)1006(?!\d))"
)
# What a server says of any WebSocket that ends without a close frame, and what speaks of the transport itself.
TRANSPORT_ERROR: Final = "transport error"
OF_THE_TRANSPORT: Final = compile_later(
    r"(?i)\bpars(?:e|er|ing)\b|invalid (?:web ?socket )?(?:frame|packet|payload)|upgrade|\bxhr\b|polling"
    r"|(?:session id|\bsid) (?:is )?unknown|unknown (?:session|sid)|invalid session|unexpected (?:server )?response"
)
BROKEN: Final = frozenset({"ECONNRESET", "EPIPE", "ETIMEDOUT"})
# What ws, Engine.IO, proxies, python-engineio, tungstenite, websockets and Netty say of a message above their limit.
PAYLOAD: Final = compile_later(
    r"(?i)max(?:imum)? (?:payload|message|frame) (?:size|violation)"
    r"|(?:payload|message|frame|body|entity)\W+(?:\w+\W+)?too (?:large|big|long)"
    r"|(?:payload|message|packet)s? (?:size )?exceed|(?<!\d)1009(?!\d)"
    r"|over size limit \(\d|(?:message|frame|payload)s? exceeds? (?:the )?(?:max\w*|limit)"
    r"|(?:message|frame|payload) (?:size|length)\b.{0,40}exceed|message was too big|read limit exceeded"
)
# What decodes messages says where they arrive: Tomcat and Tyrus of their buffers, gorilla/websocket.
DECODER: Final = compile_later(
    r"(?i)\bdecod(?:ed|ing|er)\b|\b(?:output )?buffer\b|partial messages?|read limit exceeded"
)
# What servers and containers state of a connection that their own idle limit ended: uWebSockets, Jetty, Tomcat, ALBs.
# (Jetty 8 says `Idle for 300241ms > 300000ms`, and closes with 1000.)
IDLED: Final = compile_later(
    r"(?i)timed out (?:from|due to|because of|after|for|by) (?:being )?(?:inactiv|idle)|\bidle[ _-]?time[ _-]?out"
    r"|\b(?:in|no )activity[ _-]?time(?:d )?[ _-]?out|websocket session \[[^\]]{1,64}\] timeout expired"
    r"|inactive for (?:more|longer) than|\bidle for \d{1,9} ?ms > \d"
)
# What proxies state of one that had lasted as long as they let any, in the words of `proxied_sessions`.
AGED: Final = compile_later(r"(?i)\bmaximum duration reached\b")
# What a client states that gave up waiting for a person: nobody scanned its code, entered its number, or logged in.
# Its own timer ended the connection then, however exactly; it is no limit of anything on the way.
LOGIN_LAPSED: Final = compile_later(
    r"(?i)\bqr(?:[ -]?codes?)?(?: refs?)?\b[^\n]{0,20}?"
    r"\b(?:attempts? (?:ended|exhausted|exceeded)|expired|timed? ?out|limit)"
    r"|\b(?:max(?:imum)?|too many) qr\b|\bqr[ -]?(?:code )?(?:was )?(?:not|never) scanned"
    r"|\b(?:log-?in|sign-?in|pairing|registration|device linking|verification|(?:pairing|device|user|link) code)\b"
    r"(?: \w{1,12}){0,2}? (?:attempts? ended|(?:was )?(?:not|never) completed|timed? ?out|expired|abandoned)"
    r"|二维码(?:已)?(?:过期|失效|超时)|扫码(?:登录)?(?:已)?(?:超时|过期)|(?:登录|配对)(?:已)?超时"
)
IN_ORDER: Final = "1000"
IN_ORDER_NAMES: Final = frozenset({None, IN_ORDER, "normal closure", "normal", "Normal"})  # its name, or nothing more
REASONS_CACHED: Final = 4_096  # a choice for speed: a fleet ends in few words
# What a side notes where no close frame came, or one without a code (RFC 6455, 7.1.5): no party is named by it.
UNSTATED_CODES: Final = frozenset({None, "1005", "1006"})
TOO_LARGE: Final = frozenset({"1009", "413"})  # RFC 6455: message too big; HTTP: content too large


@lru_cache(maxsize=1_024)  # a fleet states few reasons, and each of its disconnects is asked many times
def tells_cut(reason: str | None) -> bool | None:
    """Whether a stated reason is that the transport ended from below; None for none and for the application's words."""
    if reason is None:
        return None
    if reason in CUT or CUT_OFF.search(reason) or IDLED.search(reason) or AGED.search(reason):
        return True
    return False if reason in SERVER_REASONS or CLEAN.search(reason) else None


@lru_cache(maxsize=REASONS_CACHED)
def names_no_party(reason: str) -> bool:
    """Whether a reason that is no cut leaves open who ended the connection: a proxy at its limit says it, too."""
    return reason not in SERVER_REASONS and CLEAN.search(NAMELESS.sub("", reason)) is None


@lru_cache(maxsize=REASONS_CACHED)
def says(pattern: re.Pattern[str], reason: str | None) -> bool:
    """Whether a reason holds such words, be it as a name in code: `session_replaced`."""
    return reason is not None and (pattern.search(reason) or pattern.search(unjoin(reason))) is not None
