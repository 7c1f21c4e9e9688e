"""Message → template: what differs from line to line is masked, what the programmer wrote is kept.

`<id>` stands for anything that names one thing (uuids, socket ids, tokens, worker1), `<n>` for numbers, `<hex>`,
`<ip>`, `<url>`, `<path>`, `<str>` and `<time>` for what they say. Words, Chinese and emoji stay; so do short quotes
without words beside them: JavaScript consoles quote the strings of an object.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later

MESSAGE_LIMIT_CHARS: Final = 300  # a template is a headline; the cost of a 20 MB message ends here
TEMPLATES_CACHED: Final = 65_536
LEVELLED_CACHED: Final = 1_024  # messages without ids, which repeat soon; those of one socket each come once

# A run of ASCII "word" characters stands alone when its neighbours are neither: \b fails after `-` and before Chinese.
_START: Final = r"(?<![A-Za-z0-9_\-])"
_END: Final = r"(?![A-Za-z0-9_\-])"

_STEP: Final = r"[^\s\\/\"'<>|:*?,;()\[\]]"  # a character of a path's name

# In order: the first alternative that fits at a place wins. One row a kind: name of the mask, pattern.
_MASKS: Final = (
    ("url", r"(?<![A-Za-z])(?:https?|wss?|ftp|file)://[^\s\"'<>()\[\]，。、；]*[^\s\"'<>()\[\]，。、；.,;:!?]"),
    ("str", r"\"[^\"\n]{0,200}\"|(?<![A-Za-z0-9])'[^'\n]{1,200}'(?![A-Za-z0-9])|“[^”\n]{0,200}”|「[^」\n]{0,200}」"),
    ("id", r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
    ("time", r"(?<!\d)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)"),
    ("time", r"(?<![\d:.])\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?![\d:])"),
    ("ip", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{1,5})?(?![\d.]*\d)"),
    ("colons", r"(?<![A-Za-z0-9_:.\-])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![A-Za-z0-9_:\-])"),
    ("ip", r"(?<![A-Za-z0-9.\-])localhost:\d{1,5}(?!\d)"),
    ("path", rf"(?<![A-Za-z0-9_./:\-])(?:[A-Za-z]:)?[\\/](?:{_STEP}+[\\/])+{_STEP}*(?::\d+)*"),
    ("path", r"(?<![A-Za-z0-9_./\-])\.{1,2}/[^\s\"'<>|*?,;()\[\]]+"),
    ("id", r"(?<=[?&]t=)[A-Za-z0-9_\-]{6,12}(?![A-Za-z0-9_\-])"),  # of Engine.IO's requests, against caches (yeast)
    ("hex", _START + r"0[xX][0-9A-Fa-f]+" + _END),
    ("word", r"(?<![A-Za-z0-9_\-])[A-Za-z0-9_\-]*[0-9][A-Za-z0-9_\-]*|(?<![A-Za-z0-9_\-])[A-Za-z0-9_\-]{20}" + _END),
)  # fmt: skip
ANY_MASK: Final = "|".join(f"(?P<{name}{row}>{pattern})" for row, (name, pattern) in enumerate(_MASKS))
_ANY: Final = compile_later(ANY_MASK)
_NAMES: Final = {f"{name}{row}": name for row, (name, _) in enumerate(_MASKS)}
_UNQUOTED: Final = compile_later(
    "|".join(f"(?P<{name}{row}>{one})" for row, (name, one) in enumerate(_MASKS) if name != "str")
)
_MASKED: Final = compile_later(r"<[a-z]+>")
_LETTER: Final = compile_later(r"[^\W\d_]")
_LONG_QUOTE: Final = compile_later(
    r"['\"“「][^'\"”」\n]{25}"
)  # a choice: more than three words are what somebody wrote
_NUMBER: Final = compile_later(r"[+-]?\d+(?:[-_]\d+)*-?")
_WITH_UNIT: Final = compile_later(r"(-?)\d+([A-Za-z%]{1,3})")
_HEX_RUN: Final = compile_later(r"[0-9A-Fa-f]{8,}")
_NAMED_NUMBER: Final = compile_later(r"([A-Za-z][A-Za-z_\-]*?)([\-_]?)\d+")
_DIGITS: Final = compile_later(r"\d+")
_FRACTION: Final = compile_later(r"<n>(?:[.,]<n>)+")
_SPACE: Final = compile_later(r"\s+")
_HUMP: Final = compile_later(
    r"[a-z][A-Z]"
)  # inside a word: those between hyphens have none, or one (`socketIo-client`)
_SOCKET_ID_CHARS: Final = 20  # base64url of engine.io: 15 bytes


# Nor one socket's id from another: so the lines of a server, each with an id of its own, share their templates too.
_SOCKET_ID: Final = compile_later(
    _START
    + rf"(?=[A-Za-z0-9_\-]{{{_SOCKET_ID_CHARS}}}{_END})"  # first: it sends most words away at once
    + r"(?=[A-Za-z_\-]*[0-9])(?=[0-9A-Z_\-]*[a-z])(?=[0-9a-z_\-]*[A-Z])"
    + rf"[A-Za-z0-9_\-]{{{_SOCKET_ID_CHARS}}}"
)
# base64id's last four characters count the sockets of a process: AA.. for the first 4,096 of it. So an id is told from
# hyphenated words also where chance gave it no digit, as it does one in fifteen.
COUNTED_ID: Final = compile_later(r"(?=[^a-z]*[a-z])[A-Za-z0-9_\-]{16}AA[A-Za-z0-9_\-]{2}", re.ASCII)
_SAME_ID: Final = "q1Xb1LmNPzRk1TtVAAAB"
# No mask tells one digit from another, but for the 0 of 0x: messages that differ in digits alone share one template.
SAME_DIGIT: Final = bytes.maketrans(b"023456789", b"1" * 9)  # a tenth of what str.translate takes


@lru_cache(maxsize=TEMPLATES_CACHED)
def _mask_headline(headline: str) -> str:
    line = _SPACE.sub(" ", headline).strip()
    text = _ANY.sub(mask_match, line)
    if "<str>" in text and _LETTER.search(_MASKED.sub("", text)) is None and _LONG_QUOTE.search(line) is None:
        text = _UNQUOTED.sub(mask_match, line)
    return _FRACTION.sub("<n>", text)


def mask_message(message: str) -> str:
    """Return the template of a message, at most a little longer than its first 300 characters.

    >>> mask_message("[acc-98296c87-2e42-447a-9d8b-8be008ddb6e4] Pushing 2 items to Master")
    '[<id>] Pushing <n> items to Master'
    >>> mask_message("'AppState', 'active'")
    "'AppState', 'active'"
    """
    return _mask_headline(level_message(message[:MESSAGE_LIMIT_CHARS]))


def level_message(message: str) -> str:
    """A message with one digit for all and one socket id for all: those that a server repeats are few then."""
    if "0x" not in message and "0X" not in message:
        message = message.encode("utf-8", "surrogatepass").translate(SAME_DIGIT).decode("utf-8", "surrogatepass")
    return level_ids(message)


def level_ids(message: str) -> str:
    """A message with one socket id for all; its numbers stay."""
    return _level_ids(message) if len(message) >= _SOCKET_ID_CHARS else message


@lru_cache(maxsize=LEVELLED_CACHED)
def _level_ids(message: str) -> str:
    return _SOCKET_ID.sub(_SAME_ID, message)


def mask_match(match: re.Match[str]) -> str:
    """What stands in a template for a match of `ANY_MASK`: a word is given back as it is if it names nothing."""
    kind = _NAMES[match.lastgroup or ""]
    if kind == "word":
        return _mask_word(match.group())
    return _mask_colons(match.group()) if kind == "colons" else f"<{kind}>"


def _mask_colons(text: str) -> str:
    """Tell an IPv6 address from other short words between colons (`a:b::c`)."""
    address = any(c.isdigit() for c in text) and ("::" in text or text.count(":") >= 5)
    return "<ip>" if address else _DIGITS.sub("<n>", text)


def _mask_word(word: str) -> str:
    """Mask a run of `[A-Za-z0-9_-]` that holds a digit or has the length of a socket id."""
    if _NUMBER.fullmatch(word):
        return "<n>"
    if unit := _WITH_UNIT.fullmatch(word):
        return f"<n>{unit[2]}"
    if _HEX_RUN.fullmatch(word):
        return "<hex>"
    if len(word) == _SOCKET_ID_CHARS:
        return "<id>" if looks_random(word) else word
    if named := _NAMED_NUMBER.fullmatch(word):
        return f"{named[1]}{named[2]}<n>"
    return "<id>"


def looks_random(word: str) -> bool:
    """Say whether 20 characters read like base64: mixed case inside the word, or a digit."""
    if any(c.isdigit() for c in word) or COUNTED_ID.fullmatch(word):
        return True
    is_mixed = any(c.isupper() for c in word[1:]) and any(c.islower() for c in word)
    return is_mixed and ("-" not in word.strip("-") or len(_HUMP.findall(word)) > 1)
