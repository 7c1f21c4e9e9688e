"""Words of an end, or of trouble, of a connection that no sentence of the grammar holds: they forbid to tell health.

Far looser than the lexicon's readings: it decides nothing about a line but that it must be shown to a person.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.vocabulary import BREAK, FOREIGN, LINK, fold, load_vocabulary
from logdiag.parsers.templates import mask_message

LONGEST_MESSAGE: Final = 300  # characters: a headline says what happened
# Of these classes a line speaks of nothing but a connection's end, or of the next attempt.
ENDS: Final = frozenset(
    {
        "close", "ended", "reason", "closing_event", "code", "parting", "occasion", "give_up", "connect_failed",
        "retry", "reopen",
    }
)  # fmt: skip
# Of these anything may be said, of a connection if one stands beside it.
LOSSES: Final = frozenset({"shut", "disconnect", "again", "removal", "kick", "closing", "stale", "halt", "not"})
LINKS: Final = frozenset({LINK, "connection", "heartbeat", "unconnected", "dial"})
ALARMING: Final = frozenset({"warn", "error", "fatal"})

# What stands in the raw line of each such message: the beginnings of the words below, of any language; few lines have
# one.
TELLING_BYTES: Final = re.compile(
    rb"(?i)connec|socket|\bws|sio\b|signalr|link|feed|peer|session|transport|offline|h[au]ng ?up|\blost\b|heartbeat"
    rb"|keep-?alive|\bping|\bpong|clos(?:e|ed|ing|ure)\b|going away|went away|broker|mqtt|\bt(?:cp|ls)\b|reason|client"
    rb"|user|forced|\bconn\b|close_|server|dial|kick|broken pipe|econn|epipe|\(10[01][0-9]\)"
    rb"|conex|conect|conness|verbind|verbund|verbond|getrennt|abgemeldet|baglan|polacz|verbro|uzil|ulan|anslut"
    rb"|koneksi|terputus|ket noi|soket|latido|battito|herzschlag|deconn|desconn|dis ?con|kod|cod[ei]|leitung|\blien\b"
    rb"|enlace|sesi|sess|sitzung|servidor|serveur"
    rb"|[\xc3-\xed][\x80-\xbf]"  # letters beyond ASCII
)
# What may be lost, in words that are no class of the vocabulary, for many things are called by them.
_LINK_WORDS: Final = compile_later(
    r"\b(?:(?:up|down)?link|peer|session|transport|feed|server|servidor|serveur|leitung|lien|enlace|sesi?on|sesja|sessao"
    r"|sitzung|сесси|сервер|канал)|回線|回线|线路|链路|会话|服务|サーバ|セッション|세션|서버"
)
# What becomes of it, beside the classes, as beginnings of folded words.
_LOST: Final = compile_later(
    r"\b(?:takeover|taken ?over|terminat|h[au]ng ?up|hangup|torn|went (?:away|down|dark)|(?:is|was|now) down|vanish"
    r"|eof\b|unreachable|stopped responding|stalled|giving up|gave up|recycl|silent|cerr|perdi|caid|cayo|fech|encerr"
    r"|caiu|ferm|coup|perdu|interromp|interrump|rompu|rupt|tot\b|verlor|abgebr|geschl|beend|unterbr|chius|pers[ao]\b|cadut"
    r"|kesil|kopt|kapan|kapat|закры|потер|разор|оборв|прерв|zamkn|utrac|zerwan|verbrok|gesloten)|断|掉|踢|途切|切れ|落ち|끊"
)
# What nothing else than a connection suffers.
_SURE: Final = compile_later(
    r"\bsocket h[au]ng up|\bbroken pipe|\beconn(?:reset|aborted)|\bepipe\b|\bno (?:ping|pong)s?\b|\bre-?dial"
)
# A close code of RFC 6455 or an application's own, called a code; the former in brackets, too.
_CODE: Final = compile_later(
    r"(?i)(?:\bcode|\bstatus|\bc[oó]d(?:igo|ice)|\bk[oó]d|\bкод|代码|码|コード|코드|\bclosed?|\breason)\W{0,4}"
    r"(?:10(?:0\d|1[0-5])|[34]\d{3})(?![\d.:])|\((?:10(?:0\d|1[0-5]))\)"
)
# What counts, and counts nothing: `lost=0`, `0 dropped`, `no errors`.
_NOTHING: Final = compile_later(
    r"(?i)[\w.-]+\"?\s?[=:]\s?(?:0(?:\.0+)?|false|none|null)\b(?!\.\d)|\b0 [\w-]+|\bno (?!p[io]ng)[\w-]+"
)
# Foreign words that a socket's other end, or what carries it, may be called; and those that may stand behind a socket.
_MAYBE_OURS: Final = compile_later(r"(?i)\b(?:broker|mqtts?|tcp|tls)\b")
_TOPICS: Final = compile_later(r"(?i)(?<=socket )(?:api|stream(?:ing)?|page|request|account|order)\b")


def may_be_trouble(message: str, level: str | None = None) -> bool:
    """Whether a message that nothing understood looks as if it told of an end, or of trouble, of a connection."""
    headline = message.partition("\n")[0][:LONGEST_MESSAGE]
    has_code = _CODE.search(headline) is not None
    return _is_trouble(mask_message(_NOTHING.sub(" ", headline)), has_code, level in ALARMING)


@lru_cache(maxsize=16_384)  # templates, of many lines
def _is_trouble(template: str, has_code: bool, is_alarm: bool) -> bool:  # noqa: FBT001  a cache's key
    text = _TOPICS.sub("", _MAYBE_OURS.sub("socket", template))
    names = list(load_vocabulary().name_classes(text))
    classes = frozenset(names)
    is_end = bool(classes & ENDS)
    if FOREIGN in (takewhile(BREAK.__ne__, _drop_breaks(names)) if is_end else classes):
        return False  # behind the sentence that tells of an end stands why
    folded = fold(text)
    if has_code or is_end or _SURE.search(folded) is not None:
        return True
    is_lost = bool(classes & LOSSES) or _LOST.search(folded) is not None
    if classes & LINKS:
        return is_lost or is_alarm or "fail" in classes
    return is_lost and _LINK_WORDS.search(folded) is not None


def _drop_breaks(names: list[str]) -> list[str]:
    """The classes from the sentence on that has the first of `ENDS`; before it stands who speaks."""
    first = next(index for index, name in enumerate(names) if name in ENDS)
    before = [name for name in names[:first] if name != BREAK]
    return [*before, *names[first:]]
