"""From the classes of a sentence's words to what it says: the rows of grammar.toml in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.parsers.lexicon.vocabulary import NAME, WORD, load_vocabulary
from logdiag.texts.plain_toml import parse_plain_toml

NOTHING: Final = "nothing"
# A class in a row that stands for two: a word may be a name, parts are things, a noun may name what happens; and who is
# unproven is as stale as who went silent.
_WIDER: Final[Mapping[str, str]] = {
    WORD: NAME, "thing": "part", "disconnect": "parting", "connection": "knock", "stale": "unproven",
    "auth": "unproven",
}  # fmt: skip
_NAME: Final = compile_later(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class Row:
    """A shape of sentence; `kind` None: it means nothing. `side` None: the words alone cannot tell whose log it is."""

    kind: EventKind | None
    side: Side | None
    pattern: re.Pattern[str]
    examples: tuple[str, ...]


def understand(letters: str) -> Row | None:
    """The row for a sentence given as the letters of its classes, or None."""
    return next((row for row in load_grammar() if row.pattern.match(letters)), None)


@cache
def load_grammar() -> tuple[Row, ...]:
    """The rows of grammar.toml, in order. Raises KeyError for a class that the vocabulary lacks."""
    text = resources.files("logdiag.parsers.lexicon").joinpath("grammar.toml").read_text("utf-8")
    return tuple(map(_parse_row, parse_plain_toml(text)["row"]))


def _parse_row(row: Mapping[str, Any]) -> Row:
    kind = None if row["kind"] == NOTHING else EventKind(row["kind"])
    side = Side(row["side"]) if "side" in row else None
    return Row(kind, side, compile_row(row["pattern"]), tuple(row["examples"]))


def compile_row(pattern: str) -> re.Pattern[str]:
    """The regular expression over letters for one over names of classes; KeyError for a class that there is not."""
    letters = load_vocabulary().letters

    def name_letter(match: re.Match[str]) -> str:
        if match.group() == "any":
            return "."
        letter = letters[match.group()]
        wider = _WIDER.get(match.group())
        return letter if wider is None else f"[{letter}{letters[wider]}]"

    parts = re.split(r"(\[\^?[^\]]*\])", pattern)  # a class of classes takes plain letters
    joined = "".join(_spell_class(part) if part.startswith("[") else _NAME.sub(name_letter, part) for part in parts)
    return compile_later(joined.replace(" ", ""))


def _spell_class(part: str) -> str:
    letters = load_vocabulary().letters
    return _NAME.sub(lambda match: letters[match.group()], part)
