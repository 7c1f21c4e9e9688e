"""Whether what starts or stops is a process, or but a part of one, or what it holds."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lexicon.starts import is_of_a_part as starts_a_part

STOPS: Final = frozenset({EventKind.PROCESS_STOPPING, EventKind.SERVER_STOPPING})

# What a program has many of, or has inside it; it goes on when one of them, or all, end.
_PARTS: Final = (
    r"(?:players?|clients|users?|sessions?|peers?|connections?|web ?sockets|sockets|subscriptions?|subscribers?"
    r"|consumers?|producers?|publishers?|listeners?|handlers?|threads?|(?:\w+ )?pools?|executors?|\w*executor ?service"
    r"|schedulers?|timers?|intervals?|tasks?|jobs?|queues?|caches?|plugins?|extensions?|streams?|pipelines?|tracers?"
    r"|exporters?|loggers?|metrics?|browsers?|drivers?|watchers?|pollers?|adapters?|connectors?|transports?|rooms?"
    r"|channels?|games?|match(?:es)?|lobby|lobbies|kernels?|cameras?|databases?|db|factory|cache manager|loops?|shards?"
    r"|child(?:ren)?(?: process(?:es)?)?|sub-?process(?:es)?|heartbeats?|keep-?alives?)"
)
# Whose the parts are: `Shutting down all connections` is how a server ends, `… its connection` is not.
_HELD: Final = compile_later(
    r"(?i)\b(?:shutting|closing|shut) down "
    r"(?:(?:the|this|old|idle|stale|its|our|an?|existing|previous|unused) )?"
    r"(?:(?:\d+|<n>) (?!(?:m?s|sec\w*|min\w*)\b)(?:\w+ ){0,2}\w+"
    rf"|(?!all\b|every\b|server\b|service\b|app\b|application\b|process\b)(?:[\w.-]+ ){{0,2}}?{_PARTS})"
    r"(?=[\s.,;:!(\[…]|$)(?! (?:and (?:the )?)?(?:server|service|app|application|process)\b)"
)

# What a program makes for each of those that it asks, and what its own word for a page or a stream is.
_OF_ANOTHER: Final = compile_later(
    r"(?i)\bclients? (?:for|of|to)\b|\blive[ -]?(?:socket|view|stream|session|feed|chat|data|update|query)s?\b"
)


def is_of_a_part(kind: EventKind, message: str) -> bool:
    """Whether a message of this kind tells of less than a process.

    `Client for cache-3 initialized`, `Shutting down 0 playing players.`, `Shutting down ExecutorService 'x'`.
    """
    if kind is EventKind.SERVER_STARTED:
        return starts_a_part(message)
    if kind is EventKind.PROCESS_STARTED:
        return _OF_ANOTHER.search(message) is not None
    return kind in STOPS and _HELD.search(message) is not None
