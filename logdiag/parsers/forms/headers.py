"""What stands before the message of a text line: stamp, level, process id, logger, in any order and brackets.

The columns of one line are found by their look. Only those that the lines of a file share (`header_search`) are taken
off, so that the first word of a message is no logger because it happens to stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from logdiag.parsers.forms.fixed_headers import (
    LEVEL,
    STAMP,
    compile_once,
)
from logdiag.parsers.forms.openings import find_opening
from logdiag.times.stamps import STAMP_FORMS

HEADER_CHARACTERS: Final = 240
MOST_COLUMNS: Final = 10
QUOTES: Final = ('"', "'", "`")
MOST_BARE_WORDS: Final = 3  # between two columns that are beyond doubt: stern writes pod and container before the stamp

# What one program or another writes between two columns, among it the bracket that closes the one before.
GAP: Final = r"(?:[ \t\u202f]|[-|:,;\u2013\u2014\u2022\u00bb\u203a*~>=\])}]+(?=[\s\[(<{\"]|$)|[:|\])}](?=\S))*"
BETWEEN: Final = (
    r"[- \t\u202f|:,;\u2013\u2014\u2022\u00bb\u203a*~>=\])}]*"  # the same where a column follows for certain
)
_OPEN: Final = r"[\[(<{\"']?"
# What leaves digits, the seconds or their decimals behind it is part of another stamp.
_STAMP_END: Final = r"(?!\w|:\d|[.,]\d{1,9}(?!\d))"
# A date with its clock, wherever it stands.
_WHOLE_STAMP: Final = (
    r"(?<![\w.:/-])(?:"
    + "|".join(
        re.sub(r"\(\?P<\w+>", "(?:", form.pattern)
        for form in STAMP_FORMS
        if not form.lacks and form.name not in {"digits", "digits of a short year", "epoch"}
    )
    + r")(?!:?\w)"
)
# Digits behind it are glog's date, `I1114 16:25:52` or `I20251114 16:25:52`; an id may begin with both: `W0mUhxxE`.
_LETTER: Final = r"[DIWEFVT](?=[,\s/\]]|(?:\d{4,8}|\d{4}[-/.]\d\d[-/.]\d\d)[ T]\d\d:)"


def write_stamp_column(names: Sequence[str], *, is_apart: bool) -> str:
    """The pattern of a stamp in one of these forms; in any if none is named. `is_apart`: as in a header."""
    patterns = {form.name: form.pattern_in_lines if is_apart else form.pattern for form in STAMP_FORMS}
    known = {name: re.sub(r"\(\?P<\w+>", "(?:", pattern) for name, pattern in patterns.items()}
    return rf"{_OPEN}[ ]?(?P<value>{'|'.join(known[name] for name in names or known)}){_STAMP_END}"


_COLONS: Final = (":", "=")
CLOSERS: Final = "\"'`,;)]} \t"  # what stands behind the last value of a line that shows a field, or an object


class Column(StrEnum):
    """What a column holds."""

    STAMP = "time"
    LEVEL = "level"
    NUMBER = "pid"
    TAG = "[name]"
    NAME = "name:"
    WORD = "name"


_STAMP_COLUMN: Final = rf"{_OPEN}[ ]?(?P<value>{STAMP}){_STAMP_END}"
_LEVEL_COLUMN: Final = (
    rf"[\[(<{{|*\"]{{0,2}} *(?P<value>(?i:{LEVEL})(?![\w.'-]|://|/\d\.\d)|{_LETTER})"
    r"(?:/[\w.-]+(?=\]))? *[\])>}|*\"]{0,2}"
)
# A process, a thread, or the stream that a collector names; or nginx's number of a connection, which stays before what
# its streams say of that connection.
_NUMBER_COLUMN: Final = (
    r"(?:(?:OUT|std(?:out|err))(?: [FP])?(?=\s)|\d+#\d+"
    r"|\*\d+(?!\d| (?:client connected '|disconnect, client: )"
    r"| (?:WSA)?(?:Recv|Send|recv|send)\(\) failed \(\d+: [^()\n]*\), client: )"
    r"|[\[(<#]{1,2}(?:pid[ :=]+)?\d{1,10}[\])>]|#\d{1,10}|(?<!\*)\d{1,7}(?=\s|\]))"
)
_TAG_COLUMN: Final = (  # the longest are packages: `homeassistant.components.websocket_api.http.connection.1402…`
    r"(?:\[(?P<value>[^\[\]\n]{1,60}|[\w.]{61,100})\]|\((?P<other>[A-Za-z][\w.:/ -]{0,40}"
    r"(?:\([\w.<>:-]{1,60}\))?)\))"  # what a thread of Python runs, behind its name: `(Thread-14 (_run_forever_safe))`
)
_NAME: Final = r"[A-Za-z_/@$][\w.$/@#-]*(?:\[[\w.-]{1,40}\])?(?:\(\d+\))?"
# A name and what closes it: "engine:socket ", "app[web.1]: ", "c.e.Gateway : ", "socketio.client - ", "web:2239]".
_NAME_COLUMN: Final = (
    r"(?P<value>[\w.-]+:[\w<>]*[:#]\d+(?= - )|[A-Za-z][\w-]*(?::[\w*-]+)+(?=\s)"
    r"|\w+(?:::\w+)*(?::\d+)?(?=\])"
    r"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?=\s|:[A-Za-z])|[A-Za-z_]\w*(?:::\w+)+(?=: | +- )"
    r"|[\w.-]+(?:/[\w.-]+){2,}(?=\s)|[\w-]+\[[\w.-]{4,40}\](?=\s)"
    r"|[\w./<>-]+:\d+:?(?=\s)"
    rf"|{_NAME}(?::\d+)?(?=\])|{_NAME}(?= *\||: |:\[| +- | +: | *:$))"
)
_WORD_COLUMN: Final = r"(?P<value>(?:\d+\|)?[\w.$/@:#-]+)(?=\s)"
PATTERNS: Final = {
    Column.STAMP: _STAMP_COLUMN,
    Column.LEVEL: _LEVEL_COLUMN,
    Column.NUMBER: _NUMBER_COLUMN,
    Column.TAG: _TAG_COLUMN,
    Column.NAME: _NAME_COLUMN,
    Column.WORD: _WORD_COLUMN,
}
_ENCLOSED_LEVEL: Final = rf"[\[(<](?P<level>(?i:{LEVEL}))[\])>]:? *(?=\S)"
CERTAIN: Final = frozenset({Column.STAMP, Column.LEVEL})
NAMING: Final = frozenset({Column.TAG, Column.NAME, Column.WORD})
_CLASS: Final = r"(?:[a-z_]\w*\.){2,}[A-Z]\w*$"  # with two packages before it, as Java's and C#'s loggers are named
_CHANNEL: Final = rf"(?P<name>\w+)\.(?P<level>{LEVEL})"
_ADDRESS: Final = r"\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}"
_THREAD: Final = (
    r"(?:main|MainThread|Thread-\d+(?: \([^()\n]{1,60}\))?|[\w.@-]*-?(?:exec|thread|pool|worker)-\d[\w-]*|\d+"
    r"|[\w-]*Thread\S*)$"
)


class Token(NamedTuple):
    """One column of one line; `end` is where it ends, `place` where the next one or the message begins."""

    kind: Column
    value: str
    end: int
    place: int


class Head(NamedTuple):
    """A line taken apart: stamps and names in their order, the level, and what is left: the message."""

    stamps: tuple[str, ...]
    level: str | None
    name: str | None
    message: str


def find_whole_stamps(text: str) -> Iterator[re.Match[str]]:
    """The dates with their clocks in a text, in order."""
    return compile_once(_WHOLE_STAMP).finditer(text, 0, HEADER_CHARACTERS * 2)


def read_head(text: str, *, is_shared: bool = True) -> Head | None:
    """Take one line apart by itself; None if it has no stamp before its message. For lines that fit no file's header.

    A name that is not closed by a level or a stamp behind it is left to the message. `is_shared`: the file has lines
    with stamps; where it has none, words before a stamp are a message that speaks of a time.
    """
    tokens = _keep_certain(find_tokens(text))
    if not is_shared and _is_spoken_of(text, tokens):
        return None
    return _build_head(tokens, text) if any(token.kind is Column.STAMP for token in tokens) else None


def _is_spoken_of(text: str, tokens: Sequence[Token]) -> bool:
    """Whether the first stamp of a line stands behind words and in no brackets of its own, or the line is torn."""
    if text.count(")") > text.count("("):
        return True
    place = next((place for place, token in enumerate(tokens) if token.kind is Column.STAMP), 0)
    behind = text[tokens[place].end : tokens[place].end + 1] if tokens else ""
    return behind != "]" and any(token.kind is Column.WORD for token in tokens[:place])


def _build_head(tokens: Sequence[Token], text: str) -> Head:
    names = tuple(token.value for token in tokens if token.kind in NAMING)
    return split_name(
        Head(
            tuple(token.value for token in tokens if token.kind is Column.STAMP),
            next((token.value for token in reversed(tokens) if token.kind is Column.LEVEL), None),
            name_writer(text, names),
            text[tokens[-1].place :] if tokens else text,
        )
    )


def open_message(head: Head) -> Head:
    """The same without what the program itself wrote before a message that a collector has put behind its header."""
    own = read_head(head.message)
    if own is not None:
        return Head((*head.stamps, *own.stamps), own.level or head.level, own.name or head.name, own.message)
    found = compile_once(_ENCLOSED_LEVEL).match(head.message)
    return head if found is None else head._replace(level=found["level"], message=head.message[found.end() :])


def split_name(head: Head) -> Head:
    """Monolog writes channel and level as one word: "production.ERROR". An address with a port is one connection's."""
    if head.name is not None and compile_once(_ADDRESS).fullmatch(head.name):
        return head._replace(name=None, message=f"{head.name} {head.message}")
    found = compile_once(_CHANNEL).fullmatch(head.name) if head.level is None and head.name is not None else None
    return head if found is None else head._replace(name=found["name"], level=found["level"])


# Redis and Valkey: process and role (master, replica, child, sentinel), which no other program writes; server.c.
_REDIS: Final = r"\d{1,7}:[MSCX]"
_OLD_REDIS: Final = r"\[\d{1,7}\] \d\d [A-Z][a-z]{2} \d\d:\d\d:\d\d(?:\.\d{3})? [.*#-] "  # up to 2.8, redis.c


def name_writer(text: str, names: tuple[str | None, ...]) -> str | None:
    """Who wrote a line, by the names in its columns; Redis has none there, but a form of its own."""
    return "redis" if text[:1] == "[" and compile_once(_OLD_REDIS).match(text) else choose_name(names)


@lru_cache(maxsize=4096)
def choose_name(names: tuple[str | None, ...]) -> str | None:
    """The logger or service among the names of a line: a class in its package, else the last one that is no thread.

    What stands in brackets behind a class is what it speaks of: `o.a.k.c.NetworkClient: [Consumer clientId=c1]`.
    """
    plain = [plain for name in names if name and (plain := _clean_name(name))]
    return next(filter(compile_once(_CLASS).match, plain), plain[-1] if plain else None)


def _clean_name(name: str) -> str | None:
    """A name without the process id, or the function and line, behind it; None for that of a thread, and for a dash."""
    if compile_once(_THREAD).match(name):
        return None
    if compile_once(_REDIS).fullmatch(name):
        return "redis"
    plain = re.sub(r"\[[^\]]*\]$|\(\d+\)$|:[\w<>]*[:#]\d+$", "", name)
    return None if plain == "-" else plain


def find_tokens(text: str) -> list[Token]:
    """The columns of one line by their look, words of the message among them."""
    tokens: list[Token] = []
    place = _skip_gap(text, 0)
    bare = 0
    while len(tokens) < MOST_COLUMNS and place < min(len(text), HEADER_CHARACTERS) and bare <= MOST_BARE_WORDS:
        token = _find_token(text, place, tokens, bare)
        if token is None or (token.kind is Column.LEVEL and _is_named_behind(text, place)):
            break
        bare = bare + 1 if token.kind is Column.WORD else 0 if token.kind in CERTAIN else bare
        tokens.append(token)
        place = token.place
    return tokens


def _find_token(text: str, place: int, before: Sequence[Token], bare: int) -> Token | None:
    stamped = any(token.kind is Column.STAMP for token in before)
    for kind, pattern in PATTERNS.items():
        found = compile_once(pattern).match(text, place, HEADER_CHARACTERS + 64)
        if found is None or found.end() == place:
            continue
        if kind is Column.STAMP and stamped and bare:
            continue
        if kind is Column.STAMP and _is_value(text, found, before):
            return None
        if kind is Column.LEVEL and not _is_level(found[0], found["value"], text[found.end() : found.end() + 1], bare):
            continue
        if kind is Column.LEVEL and (
            _is_category(found[0], text[found.end() :], before) or (bare and found[0].islower() and _has_level(before))
        ):
            continue
        groups = found.groupdict()
        value = groups.get("value") or groups.get("other") or found[0]
        return Token(kind, value.strip(), found.end(), _skip_gap(text, found.end()))
    return None


def _is_value(text: str, found: re.Match[str], before: Sequence[Token]) -> bool:
    """Whether a stamp is the value of a field that is shown, or an id behind words: not when the line was written.

    `created_at: '2025-11-14 16:25:52',` or `id: 1763137552756` says nothing else; `pod-1: 1763137552.756 gone` does.
    """
    is_quoted = found[0][0] in QUOTES
    is_epoch = found["value"].replace(".", "").isdigit() and found["value"][0] == "1"
    rest = text[found.end() :].lstrip()
    if before and before[-1].kind is Column.WORD:
        return is_epoch
    is_named = bool(before) and before[-1].kind is Column.NAME and text[before[-1].end : before[-1].end + 1] in _COLONS
    is_field = not rest.strip(CLOSERS) or (is_epoch and rest[0] == ",")
    return is_field and (is_named or (is_quoted and not before))


def _is_named_behind(text: str, place: int) -> bool:
    """Whether level and logger are no columns of the file, but Python's opening of this line (`openings`)."""
    opening = find_opening(text, place)
    return opening is not None and opening.name is not None


def _is_level(whole: str, value: str, following: str, bare: int) -> bool:
    """Behind bare words a level must look like one: a message may say "client connection error"."""
    return not bare or (value.isupper() and len(value) > 1) or following == ":" or whole.strip()[0] in "[(<"


def _has_level(before: Sequence[Token]) -> bool:
    """Whether a name ends in the level of its line, as zigbee2mqtt's: "Zigbee2MQTT:error 2023-06-07 19:16:20: "."""
    ends = (token.value.rpartition(":")[2] for token in before if token.kind is Column.NAME and ":" in token.value)
    return any(re.fullmatch(LEVEL, end, re.IGNORECASE) is not None for end in ends)


def _is_category(whole: str, following: str, before: Sequence[Token]) -> bool:
    """Whether a bare word behind the level is a logger that is called like one: "[WARN] http - GET /"."""
    has_level = any(token.kind is Column.LEVEL for token in before)
    return (
        has_level
        and whole.strip().isalpha()
        and (whole[-1] == " " or following[:1] == " ")
        and following.lstrip()[:2] == "- "
    )


def _skip_gap(text: str, place: int) -> int:
    found = compile_once(GAP).match(text, place)
    return place if found is None else found.end()


def _keep_certain(tokens: Sequence[Token]) -> list[Token]:
    """The tokens up to the last stamp or level."""
    last = max((place for place, token in enumerate(tokens) if token.kind in CERTAIN), default=-1)
    return list(tokens[: last + 1])
