"""Which logs of which nothing was understood are those of programs that serve no sockets.

A build, a mail queue and a nightly job start, stop, fail and retry, too: of what such a log says only words of
connecting, of who is there and of sockets make a line worth a rule. And what a database writes of those who connect to
it is none of ours, whatever its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logdiag.deferred import compile_later

OF_CONNECTIONS: Final = compile_later(
    r"(?i)(?:\b|_|dis|re|un)connect|\bweb ?sockets?\b|\bsockets?\b|\bws\b|\b(?:on|off)line\b|\bhandshake\b|\bpeer\b"
    r"|\b(?:joined|left|attached|detached|subscribed|unsubscribed|logged (?:in|out)|signed (?:in|out|on|off))\b"
    r"|verb(?:ind|und)|getrennt|\b(?:an|ab)gemeldet|conex|conect|connexi|conness|ba\u011flan|подключ|отключ|соедин"
    r"|断开|断线|连接|掉线|上线|下线"
)
# What PostgreSQL, MySQL, MongoDB and Redis write of their own work.
OF_A_DATABASE: Final = compile_later(
    r"\bcheckpoint (?:starting|complete)|\bautomatic (?:vacuum|analyze)\b|\bdatabase=\w|\bInnoDB\b|\bWiredTiger\b"
    r"|\bDB saved on disk\b|\bBackground saving\b|\bduration: [\d.]+ ms\b|\bstatement: [A-Z]{3,}"
)
# What compilers, test runners and package managers write, and what works off queues and accounts.
OF_OTHER_WORK: Final = compile_later(
    r"(?i)\bcompil|\blinking\b|\blint\b|\bartifacts?\b|\bunused (?:variable|import)|\btests? (?:suite|passed|failed)"
    r"|\bbuild\b|\bbuilt\b|\bdependenc|\bcache (?:restored|saved|hit|miss)|\bexit(?:ed with)? code\b|\bjobs?\b|\bcron\b"
    r"|\bqueue\b|e-?mail|\bmail to\b|\binvoices?\b|\bpayments?\b|\borders?\b|\brefund|\bbatch\b|\breport\b|\bbackup\b"
)
LEAST_KINDS: Final = 2  # a choice: an application may log one statement that was slow
MOSTLY: Final = 0.5  # of the kinds of lines: a server may have a job or two


def speaks_of_connections(message: str) -> bool:
    """Whether a line has words of connecting, of who is there, or of sockets."""
    return OF_CONNECTIONS.search(message) is not None


def is_of_a_database(messages: Iterable[str]) -> bool:
    """Whether lines, one of each kind, are those of a database about its own work."""
    return sum(OF_A_DATABASE.search(message) is not None for message in messages) >= LEAST_KINDS


def is_of_other_work(messages: Iterable[str]) -> bool:
    """Whether lines, one of each kind, are mostly those of a build, or of what works off jobs and orders."""
    kinds = list(messages)
    count = sum(OF_OTHER_WORK.search(message) is not None for message in kinds)
    return count >= max(LEAST_KINDS, MOSTLY * len(kinds))
