"""What a server, or who watches over it, says in its own words of why a connection ends: the cause that it names."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import TAKEN_OVER
from logdiag.results.evidence import Evidence

STUCK: Final = "worker timeout"  # the reason of a server's end whose supervisor killed it because it did not answer
# What a server or a client says of a connection whose place another login took: WhatsApp, XMPP, MQTT, games.
REPLACED: Final = compile_later(
    r"(?i)replaced by (?:another|a new|new|other)|connection replaced|session (?:was )?(?:taken over|replaced)"
    r"|(?:new|newer|another|other|second) (?:connection|session|login|socket|client|device|tab)\b.{0,12}\breplac"
    r"|replac(?:ed|es|ing) (?:the |an |a )?(?:old|older|previous|existing|other) (?:connection|session|socket|client)"
    r"|errored \(conflict\)|logged in (?:from|on|at|in) (?:another|a different|other|new)"
    rf"|{TAKEN_OVER}"
    r"|duplicate (?:login|log-in|session|connection)"
)
# What a server says when it disconnects a socket for one that came under the same name.
_RIVAL: Final = compile_later(
    r"(?i)\balready (?:connected|online|registered|exists|logged ?in|has an?\b|in use)"
    r"|\b(?:duplicate|second|another|new(?:er)?) (?:login|log-in|session|connection|socket|client|device|tab)\b"
    r"|\breplac(?:e|ed|es|ing)\b|\b(?:previous|existing|old(?:er)?) (?:connection|socket|session|client|instance)"
    r"|\blogged in (?:from |on )?(?:elsewhere|another|a different)|\bsuperseded\b"
    r"|重复(?:登录|连接)|已(?:在线|连接|存在|登录)|顶替|挤下线|异地登录|旧(?:的)?(?:连接|会话)"
)
_NOT_FOR_A_RIVAL: Final = compile_later(
    r"(?i)\b(?:idle|inactiv\w*|stale|expired?|time[ds]?[- ]?out|no (?:pong|ping|heartbeat|response))\b|超时|过期|失效"
)
# What a server, or one for it, says of its own end: SignalR's service, close code 1012, `server shutting down` of
# Socket.IO, games, home automation. An application, a client or a page that restarts is another matter.
_RESTARTS: Final = compile_later(
    r"(?i)\b(?:server|service|host|system|backend|node|gateway|pod|cluster|broker|hub|master|instance|upstream)s?\b"
    r"[ '\"]{1,2}(?:\w+ ){0,3}?(?:is |are |was |will be |has been |being )?(?:now |about to |going to )?"
    r"(?:re(?:load|start|boot)(?:s|ed|ing)?\b|re-?deploy\w*|shut(?:s|ting)?[- ]?down|going (?:down|offline)"
    r"|stopping|terminating|(?:down )?for maintenance|under maintenance|in maintenance|maintenance|draining|upgrading)"
    r"|\b(?:re(?:load|start|boot)ing|shutting down|stopping|redeploying|draining|upgrading) (?:the )?"
    r"(?:server|service|host|backend|node|gateway|pod|cluster|broker|hub|master|instance|upstream)\b"
    r"|\bgo(?:ing ?|)away\b[:,; (-]{1,4}(?:server )?(?:re-?start|re-?deploy|deploy|reload|maintenance)"
    r"|\b(?:scheduled|planned|server|service) maintenance\b|\bdown for maintenance\b|\brolling (?:deploy|restart)"
    r"|(?:服务器?|服务端|主控|网关)(?:正在|即将|将)?(?:重启|关闭|维护|停机|重新加载)"
)
# What stands in front of a server says so of itself: Cloudflare, and games behind a proxy of their own.
_PROXY_RESTARTS: Final = compile_later(
    r"(?i)\b(?:proxy|proxies|reverse[- ]proxy|load[- ]?balancer|ingress|edge node|cdn)\b[ '\"]{1,2}"
    r"(?:\w+ ){0,2}?(?:is |are |was |will be |has been |being )?(?:now |about to |going to )?"
    r"(?:re(?:load|start|boot)(?:s|ed|ing)?\b|re-?deploy\w*|shut(?:s|ting)?[- ]?down|stopping|draining|upgrading)"
)
LONGEST_QUOTE: Final = 80  # a choice: of an error, which may be a stack, so that its line stays one


class Said(NamedTuple):
    """What a line says, and where."""

    text: str
    evidence: Evidence


class RuleKind(StrEnum):
    """What a server holds its clients to."""

    RATE = "rate"
    SLOW = "slow"
    POLICY = "policy"


class StatedRule(NamedTuple):
    """Which rule ended a connection, in whose words."""

    kind: RuleKind
    said: Said


@lru_cache(maxsize=4_096)  # a fleet ends in few words
def tells_restart(message: str) -> str | None:
    """The words by which the line of an end names the end of the server as its reason; None if it does not."""
    found = _RESTARTS.search(message)
    return None if found is None else found.group()


@lru_cache(maxsize=1_024)  # a fleet states few reasons
def states_reload(reason: str | None) -> bool:
    """Whether the reason of an end is that a proxy on the way restarts, reloads or stops."""
    return reason is not None and _PROXY_RESTARTS.search(reason) is not None


def tells_rival(message: str) -> bool:
    """Whether a server that disconnects a socket says that it does so for another one of the same name."""
    return _RIVAL.search(message) is not None and _NOT_FOR_A_RIVAL.search(message) is None
