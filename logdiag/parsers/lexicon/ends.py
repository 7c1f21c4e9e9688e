"""Whether a line tells of the end of a connection, or of what follows from it: no such line can be what ended it.

And whether it tells of a deed: that something is sent, refused, started anew or done by a clock. Such a line can be.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.vocabulary import load_vocabulary
from logdiag.parsers.templates import TEMPLATES_CACHED

TOLD: Final = frozenset({"close", "ended", "reason", "give_up", "connect_failed", "code"})  # say it by themselves
OF_A_LINK: Final = frozenset({"shut", "fail", "disconnect", "parting", "retry", "reopen"})  # say it beside a connection
LINKS: Final = frozenset({"link", "connection", "knock"})
# What was sent, refused or done: it may well be why the connection ended, whatever else the line says.
DEEDS: Final = frozenset({"kick", "emit", "emitted", "auth", "stale", "unproven", "turned_away", "halt"})
_HUMPS: Final = compile_later(r"(?<=[a-z])(?=[A-Z])|[:./]")
_STREAM: Final = compile_later(r"(?i)\bstream(?= (?:errored|error|closed|ended|failed|lost|aborted))")
_CODES: Final = compile_later(r"(?i)\b(?:received|sent) <n> \([^()]{0,60}\)")  # a close code, not something sent
# In words that are no sentence: a state that is over, a system's error of a dead socket, a pause before the next try.
_STATED: Final = compile_later(
    r"(?i)\bstate\W{1,3}(?:disconnect|reconnect|clos)|\bE(?:CONNRESET|CONNABORTED|PIPE)\b|socket hang up"
    r"|(?:socket|connection|\bws)[^,;]{0,20}\bretry(?:ing)? (?:in|after)\b"
)
# What a program does besides, in words that the vocabulary has for no connection; wide: it only spares a line a doubt.
_DONE: Final = compile_later(
    r"(?i)\b(?:send|sent|push|publish|emit|broadcast|upload|flush|sync|snapshot|dispatch|deliver|transmit|dump|backup|writ"
    r"|sav|kick|evict|ban|replac|expir|revok|terminat|kill|stop|shut|restart|reload|rotat|deploy|redeploy|roll|refresh|renew"
    r"|sweep|reap|prun|purg|clean|collect|compact|vacuum|migrat|check|scan|rebalanc|scal|switch|drain|block|reject|refus|den"
    r"|order|messag|packet|payload|frame|report)(?:e?s|e|ed|ten|p?ing|ped|ned|ning|y|ie[sd])?\b"
    r"|(?i:\b(?:job|task|cron\w*|schedul\w+|timer|tick|watchdog|gc|garbage|bytes|[kmg]i?b|limit|quota|overflow|exceed\w*"
    r"|too (?:large|big|many|slow)|time(?:d )?[ _-]?out|stale|idle|log(?:ged|in)|sign(?:ed|s|ing)?[ -](?:in|out)|token"
    r"|session|config\w*|network|interface|vpn|wi-?fi|dhcp|dns|certificate)s?\b)"
    r"|推送|发送|上传|上报|同步|广播|快照|踢|过期|超时|重启|重载|部署|定时|任务|轮询|清理|刷新|登录|令牌|限制"
)


@lru_cache(maxsize=TEMPLATES_CACHED)
def tells_of_a_deed(template: str) -> bool:
    """Whether a masked message says that something was sent, refused, ended or begun: what may end a connection."""
    if _DONE.search(template):
        return True
    return not DEEDS.isdisjoint(load_vocabulary().name_classes(_HUMPS.sub(" ", template)))


@lru_cache(maxsize=TEMPLATES_CACHED)
def tells_of_an_end(template: str) -> bool:
    """Whether a masked message speaks of a connection that is lost, closed, in error, or dialled again.

    It does not if it also says what was sent, refused or done: "Token expired, disconnecting" is a cause.
    """
    text = _STREAM.sub("socket", _CODES.sub("websocket close code", template))
    names = tuple(load_vocabulary().name_classes(_HUMPS.sub(" ", text)))
    known = frozenset(names)
    if known & DEEDS:
        return False
    if known & TOLD or _STATED.search(text):
        return True
    return bool(known & LINKS and known & OF_A_LINK) or names[:1] == ("retry",)
