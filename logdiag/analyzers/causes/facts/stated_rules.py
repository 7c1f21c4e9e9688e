"""The rule of its own by which a server ended a connection, where a side states it: a rate limit, a slow reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from logdiag.analyzers.attempts.turned_away import unjoin
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE, RuleKind, Said, StatedRule
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.deferred import compile_later
from logdiag.events import Side
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence, Number

_WORDS: Final[Mapping[RuleKind, re.Pattern[str]]] = {
    RuleKind.SLOW: compile_later(
        r"(?i)\bslow (?:consumer|client|reader|subscriber|receiver)|\bconsumer (?:is )?too slow\b|\bback-?pressure\b"
        r"|\b(?:send|write|out\w{0,6}|client|message) (?:buffer|queue|channel|chan)\b(?: is| was)? "
        r"(?:full|overflow\w*|exceeded|over)|\bbuffer (?:is )?(?:full|overflow\w*)|\bunable to keep up\b"
        r"|\bpending (?:messages|bytes|data) (?:limit|exceed)|\bReached \d{1,9} pending messages"
    ),
    RuleKind.RATE: compile_later(
        r"(?i)\btoo many (?:requests|messages|commands|events|packets|subscriptions|connections|attempts|sockets)\b"
        r"|\brate[ -]?limit|\bthrottl(?:ed|ing)\b|\bflood(?:ing)?\b"
        r"|(?:message|request|connection) (?:rate|quota) exceed"
        r"|\bmessages? (?:too )?fast\b|请求(?:过于)?频繁|频率(?:过高|超限|限制)|限流|发送过快"
    ),
    RuleKind.POLICY: compile_later(
        r"(?i)\bpolicy violation\b|\b(?:violat|breach)\w* (?:of )?(?:the )?(?:policy|rules|terms)"
        r"|\bbanned\b|\bkicked (?:by|for|out)\b|\b(?:kicked|closed|terminated|disconnected|removed) by (?:an? )?"
        r"(?:admin\w*|operator|moderator|host|owner)\b|被(?:管理员)?踢"
    ),
}
# Codes of an application's own that hold HTTP's status behind the 4, as graphql-ws and others have them.
_CODES: Final[Mapping[str, RuleKind]] = {"4429": RuleKind.RATE, "1008": RuleKind.POLICY}


def find_stated_rule(drop: Disconnect, session: SessionRecord, kick: Said | None) -> StatedRule | None:
    """By which rule the server ended a connection: by the reason of the end, its code, or the server's line before it.

    What a client says of a close frame that it sent first is its own doing.
    """
    if session.side is Side.CLIENT and (session.error or "").startswith("sent "):
        return None
    place = drop.server_evidence or drop.evidence
    told = [(drop.server_reason, place), (drop.reason, drop.evidence)]
    said = [Said(text, where) for text, where in told if text and where is not None]
    said += [] if kick is None else [kick]
    for one in said:
        if (kind := read_rule(one.text)) is not None:
            return StatedRule(kind, one)
    kind = None if said or place is None else _CODES.get(session.code or "")
    return None if kind is None or place is None else StatedRule(kind, Said(f"{session.code}", place))


@lru_cache(maxsize=4_096)  # a fleet ends in few words
def read_rule(text: str) -> RuleKind | None:
    """The rule that such words name; None: none. `slow_consumer` names one as well."""
    words = unjoin(text)
    return next((kind for kind, pattern in _WORDS.items() if pattern.search(words)), None)


def name_rule(rules: Iterable[StatedRule | None]) -> dict[str, Number]:
    """The commonest rule of a cause's ends, if most state one, and its words: `rate_said`, `slow_said`."""
    listed = list(rules)
    kinds = Counter(rule.kind for rule in listed if rule is not None)
    if not kinds or 2 * kinds.total() <= len(listed):
        return {}
    kind = kinds.most_common(1)[0][0]
    words = Counter(rule.said.text for rule in listed if rule is not None and rule.kind is kind)
    return {f"{kind}_said": words.most_common(1)[0][0][:LONGEST_QUOTE]}


def list_places(rules: Iterable[StatedRule | None]) -> list[Evidence]:
    """The lines that state them."""
    return [rule.said.evidence for rule in rules if rule is not None]
