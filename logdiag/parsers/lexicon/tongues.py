"""What a sentence of another language than English says of a connection, where the grammar has no row for its shape.

The grammar goes by the order of words, which English keeps and few others do: `Потеряна связь с сервером`, `связь с
сервером была потеряна`. Here a sentence is the notions that its words stand for (`tongues.toml`), in whatever form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.parsers.lexicon.vocabulary import fold, load_vocabulary
from logdiag.parsers.templates import TEMPLATES_CACHED
from logdiag.texts.plain_toml import parse_plain_toml


class Told(NamedTuple):
    """What a sentence says; `side` None: the words cannot tell."""

    kind: EventKind
    side: Side | None = None


# Classes of the vocabulary that say that a line is none of ours, or no event, in any language.
_ELSEWHERE: Final = ("foreign", "unreal", "actors", "occasion", "http_failure", "product")
_VERBS: Final = frozenset(
    {
        "end", "open", "again_open", "retry", "fail", "refuse", "kick", "came", "went", "start", "stop", "reconnect",
        "parted",
    }
)  # fmt: skip
# Whose: a masked id, number or address, or a name that holds a digit or stands behind a key.
_WHOSE: Final = compile_later(r"<(?:n|id|hex|ip|str)>|=")
_KEYED: Final = compile_later(r"\w=|<(?:ip|id)>")
# What a connection does else, the first that is told.
_OF_A_LINK: Final = (
    ("again_open", Told(EventKind.CONNECTED)),
    ("fail", Told(EventKind.CONNECT_ERROR)),
    ("retry", Told(EventKind.RECONNECT_ATTEMPT, Side.CLIENT)),
    ("open", Told(EventKind.CONNECTED)),
)
# What MQTT's clients call their server, beside what only they are answered: queues of others have brokers, too.
_BROKER: Final = compile_later(r"(?i)\bbroker\b")
_OF_MQTT: Final = compile_later(r"(?i)\b(?:rc ?[=:] ?<n>|reason code <n>)")
_NUMBERED: Final = compile_later(r"\w+ ?#?<(?:n|id|hex)>")
_REASON: Final = compile_later(r"\b(?:motivo|grund|raison|powod|neden|причина|reason)[=:]")
_ASCII: Final = compile_later(r"[\x00-\x7f]*")


@lru_cache(maxsize=TEMPLATES_CACHED)
def read_tongue(template: str) -> Told | None:
    """What a masked message means by the notions that it holds; None: nothing here."""
    template = _BROKER.sub("server", template) if _OF_MQTT.search(template) else template
    text = fold(template)
    has = _find_notions(text)
    if not _VERBS & has.keys() or "unreal" in has or _is_elsewhere(template) or _is_denied(text):
        return None
    told = _read_sending(has) or _read_of_link(has, text) or _read_of_session(has, text)
    return told or _read_of_party(has, text) or _read_of_server(has)


def _read_sending(has: Mapping[str, int]) -> Told | None:
    if "sent" not in has:
        return None
    if "unconnected" in has:
        return Told(EventKind.EMIT_REFUSED, Side.CLIENT)
    return Told(EventKind.PUSH_FAILED, Side.CLIENT) if "fail" in has and "server" in has else None


def _read_of_link(has: Mapping[str, int], text: str) -> Told | None:
    """What becomes of a connection that is named."""
    if "link" not in has or "sent" in has:
        return None
    if "refuse" in has:
        return _tell_refusal(has, text)
    if "kick" in has and ("party" in has or _KEYED.search(text)):
        return Told(EventKind.SERVER_KICK, Side.SERVER)
    if "end" in has and not has.get("retry", len(text)) < has["end"]:
        return _tell_end(has, text)
    return next((told for name, told in _OF_A_LINK if name in has), None)


def _read_of_session(has: Mapping[str, int], text: str) -> Told | None:
    """What becomes of a session that has a number, and an address or a reason: a login has neither."""
    if _NUMBERED.match(text, has.get("session", len(text))) is None:
        return None
    if "open" in has and "<ip>" in text:
        return Told(EventKind.SERVER_CONNECTED, Side.SERVER)
    is_told = "<ip>" in text or _REASON.search(text) is not None
    return Told(EventKind.SERVER_DISCONNECTED, Side.SERVER) if "end" in has and is_told else None


def _tell_end(has: Mapping[str, int], text: str) -> Told:
    """An end; one that is about to be made, on grounds that are told and of somebody, is a server's."""
    is_somebody = "party" in has or _KEYED.search(text) is not None
    if "ending" in has and is_somebody and has.keys() & {"grounds", "auth"}:
        return Told(EventKind.SERVER_KICK, Side.SERVER)
    return Told(EventKind.DISCONNECTED)


def _tell_refusal(has: Mapping[str, int], text: str) -> Told:
    is_servers = "auth" in has or "party" in has or _KEYED.search(text) is not None
    return Told(EventKind.SERVER_ERROR, Side.SERVER) if is_servers else Told(EventKind.CONNECT_ERROR)


def _read_of_party(has: Mapping[str, int], text: str) -> Told | None:
    """Who came, went, was thrown out or turned away, without a word for the connection."""
    is_somebody = "party" in has or "session" in has
    if "kick" in has and is_somebody:
        return Told(EventKind.SERVER_KICK, Side.SERVER)
    if "refuse" in has and "auth" in has and "party" in has:
        return Told(EventKind.SERVER_ERROR, Side.SERVER)
    kind = _find_move(has, text) if is_somebody or _WHOSE.search(text) else None
    return _read_of_connecting(has) if kind is None else Told(kind, Side.SERVER)


def _find_move(has: Mapping[str, int], text: str) -> EventKind | None:
    """Whether somebody who is named came or went."""
    is_party = "party" in has
    if "came" in has or (is_party and "open" in has and "end" not in has and _KEYED.search(text)):
        return EventKind.SERVER_CONNECTED
    if "went" in has:
        return EventKind.SERVER_DISCONNECTED
    is_known = is_party or "session" in has
    if is_known and "end" in has and has.keys() & {"grounds", "auth"} and has.keys() & {"ending", "parted"}:
        return EventKind.SERVER_KICK if "ending" in has else EventKind.SERVER_DISCONNECTED
    return EventKind.SERVER_DISCONNECTED if is_party and "parted" in has else None


def _read_of_connecting(has: Mapping[str, int]) -> Told | None:
    """What a client does to get in: it fails, or does so once more."""
    if "server" in has and "to_connect" in has and "fail" in has:
        return Told(EventKind.CONNECT_ERROR, Side.CLIENT)
    if "reconnect" in has or ("retry" in has and "to_connect" in has):
        return Told(EventKind.RECONNECT_ATTEMPT, Side.CLIENT)
    if "server" in has and "open" in has and "start" not in has:
        return Told(EventKind.CONNECTED, Side.CLIENT)
    return None


def _read_of_server(has: Mapping[str, int]) -> Told | None:
    if "server" not in has or has.keys() & {"fail", "refuse", "party", "link", "sent"}:
        return None
    if "start" in has:
        return Told(EventKind.SERVER_STARTED, Side.SERVER)
    return Told(EventKind.SERVER_STOPPING, Side.SERVER) if "stop" in has else None


def _is_elsewhere(template: str) -> bool:
    vocabulary = load_vocabulary()
    letters = vocabulary.read(template)
    return any(vocabulary.letters[name] in letters for name in _ELSEWHERE)


def _is_denied(text: str) -> bool:
    """Whether what a sentence tells did not happen: a connection that is not closed, or could not be."""
    return _compile_denials().search(text) is not None


def _find_notions(text: str) -> dict[str, int]:
    """Where each notion that a sentence holds is told first."""
    is_plain = _ASCII.fullmatch(text) is not None
    found = ((name, pattern.search(text)) for name, pattern in _compile_notions(is_plain=is_plain).items())
    return {name: match.start() for name, match in found if match is not None}


@cache
def _compile_notions(*, is_plain: bool) -> dict[str, re.Pattern[str]]:
    """The expression of each notion; of plain ASCII text no other letters are looked for."""
    notions = {name: _join_words(rows, is_plain=is_plain) for name, rows in _read_notions().items()}
    return {name: re.compile(joined) for name, joined in notions.items() if joined}


def _join_words(rows: Mapping[str, list[str]], *, is_plain: bool) -> str:
    spaced = [word for key, words in rows.items() if key != "cjk" for word in words if word.isascii() or not is_plain]
    unspaced = [] if is_plain else rows.get("cjk", [])
    parts = [rf"(?<!\w)(?:{'|'.join(spaced)})"] if spaced else []
    return "|".join([*parts, *unspaced])


@cache
def _compile_denials() -> re.Pattern[str]:
    notions = {name: _join_words(rows, is_plain=False) for name, rows in _read_notions().items()}
    return re.compile(
        rf"(?:{notions['not']})\s*(?:\w+ )?(?:{notions['end']})|(?:{notions['not_able']}) (?:\w+ )?(?:{notions['end']})"
        r"|(?:切断|切れ|閉じ)\w{0,3}(?:ません|なかった|ない)"
    )


@cache
def _read_notions() -> dict[str, dict[str, list[str]]]:
    """The words of each notion, folded as the text is read; what joins them stays as it is."""
    text = resources.files("logdiag.parsers.lexicon").joinpath("tongues.toml").read_text("utf-8")
    return {
        name: {key: [fold_words(word) for word in words] for key, words in rows.items()}
        for name, rows in parse_plain_toml(text).items()
    }


def fold_words(word: str) -> str:
    """A word of the list as `fold` leaves the text: Korean letters come apart there."""
    return word if word.isascii() else fold(word).replace("  ", " ")
