"""A message taken apart: what the programmer wrote, what differs from line to line, and what of that is a name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.lifecycles.reasons import (
    BEFORE_CODE,
    CODES,
    MESSAGE,
    REASON,
    TRANSPORTS,
    find_reason,
    list_scalars,
)
from logdiag.parsers.templates import ANY_MASK, MESSAGE_LIMIT_CHARS, mask_match

# Keys whose value is a word of the programmer's, and tells one kind of line from another as a message does.
WORD_KEYS: Final = frozenset({
    "event", "eventname", "evt", "ev", "action", "type", "kind", "op", "state", "status", "phase", "stage", "step",
    "what", "topic",
})  # fmt: skip
WORD: Final = compile_later(r"[^\W\d_][^\W\d]*(?:[ .:/_-][^\W\d]+){0,4}")
LONGEST_WORD: Final = 40
SHORTEST_ID: Final = 1
LONGEST_ID: Final = 64
ID: Final = compile_later(r"[^\s\"'<>(){}\[\],;=]+")
QUOTES: Final = "\"'“”「」"
VARIABLE: Final = "\0"  # no template has one
MOST_VARIABLES: Final = 12  # a pattern with more of them would be slow, and means nothing
_TRANSPORT: Final = r"(?<![\w.-])(?:" + "|".join(sorted(TRANSPORTS)) + r")(?![\w-])"
_OWN_MASKS: Final = frozenset({"reason", "code", "transport", "number"})
_PART: Final = compile_later(
    rf"(?P<reason>{REASON})|(?P<code>{BEFORE_CODE}{CODES})|(?P<transport>{_TRANSPORT})|(?P<number>(?<![\w.-])[+-]?\d+[.,]\d+(?![\w.]))|{ANY_MASK}"
)


class Wording(NamedTuple):
    """What lines of one kind have in common: the parts of the message between its variables, and words in keys.

    `variables` has the mask of each variable, one less than there are `literals`. `words`: (dotted path, value).
    """

    literals: tuple[str, ...]
    variables: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False

    @property
    def template(self) -> str:
        """The message with its variables masked, for people."""
        text = "".join(part for pair in zip(self.literals, (*self.variables, ""), strict=True) for part in pair)
        return " ".join([text, *(f"{path}={value}" for path, value in self.words)]).strip()


@lru_cache(maxsize=65_536)
def split_message(message: str) -> tuple[Wording, tuple[str, ...]]:
    """The wording of a message's first line, and the text of each variable."""
    line = message.partition("\n")[0]
    headline = " ".join(line[:MESSAGE_LIMIT_CHARS].split())
    literals, variables, texts, place = [""], list[str](), list[str](), 0
    for match in _PART.finditer(headline):
        mask = f"<{match.lastgroup}>" if match.lastgroup in _OWN_MASKS else mask_match(match)
        literals[-1] += headline[place : match.start()]
        place = match.end()
        if mask == match.group() or len(variables) == MOST_VARIABLES:
            literals[-1] += match.group()
            continue
        variables.append("<n>" if match["number"] else mask)
        texts.append(match.group())
        literals.append("")
    literals[-1] += headline[place:]
    return Wording(tuple(literals), tuple(variables), (), len(line) > MESSAGE_LIMIT_CHARS), tuple(texts)


class Reading(NamedTuple):
    """What one record says: its wording, the ids that it names by place, and the reason that it states."""

    wording: Wording
    ids: Mapping[str, str]
    reason: str | None
    reason_path: str | None


def read_record(message: str, service: str | None, fields: Mapping[str, Any], ignored: frozenset[str]) -> Reading:
    """Take a record apart. `ignored`: keys that the logging library writes.

    An id's place is the dotted path of its key, or `message#2` for the third variable of the message.
    """
    bare, texts = split_message(message)
    scalars = [item for item in list_scalars(fields) if item[0] not in ignored and item[1] not in {message, service}]
    reason = find_reason(message, fields) if message or scalars else None
    words = [
        (path, value) for path, value in scalars if _is_word(path, value) and (reason is None or path != reason.path)
    ]
    wording = bare._replace(words=tuple(sorted((path, str(value)) for path, value in words)))
    ids = {
        f"{MESSAGE}#{place}": name for place, text in enumerate(texts) if (name := _name(bare.variables[place], text))
    }
    known = {path for path, _ in wording.words} | ({reason.path} if reason else set())
    ids |= {path: str(value) for path, value in scalars if path not in known and _is_name(str(value))}
    return Reading(wording, ids, reason.text if reason else None, reason.path if reason else None)


def _is_word(path: str, value: object) -> bool:
    key = path.rpartition(".")[2].lower()
    return (
        key in WORD_KEYS and isinstance(value, str) and len(value) <= LONGEST_WORD and WORD.fullmatch(value) is not None
    )


def _name(mask: str, text: str) -> str | None:
    """What a variable of a message names, without quotes; None if it measures something or is none."""
    bare = text.strip(QUOTES)
    return bare if mask in {"<id>", "<hex>", "<str>", "<ip>"} or (mask.endswith("<n>") and _is_name(bare)) else None


def _is_name(text: str) -> bool:
    return SHORTEST_ID <= len(text) <= LONGEST_ID and ID.fullmatch(text) is not None
