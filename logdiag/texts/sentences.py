"""Sentences that stand beside a report, in every language: errors, refusals, progress, help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from logdiag.texts.plain_toml import parse_plain_toml

CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
TEXTS: Final = Path(__file__).parent


@cache
def load_texts(name: str) -> Mapping[str, str]:
    """Read a file of texts, such as `messages.en`, as dotted key → template."""
    return dict(_flatten("", parse_plain_toml((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))))


def _flatten(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(f"{prefix}{key}.", value)
        else:
            yield prefix + key, str(value)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key of `messages` and what fills its template; put into words only where somebody reads it.

    A value may be a sentence itself; a tuple is written as a list.
    """

    key: str
    values: Mapping[str, object]

    def write(self, language: str = "en") -> str:
        """Return the sentence in a language."""
        texts = load_texts(f"messages.{language}")
        values = {name: _write_value(value, texts, language) for name, value in self.values.items()}
        return texts[self.key].format(**values)

    def __str__(self) -> str:
        return self.write()


def _write_value(value: object, texts: Mapping[str, str], language: str) -> object:
    if isinstance(value, Sentence):
        return value.write(language)
    if isinstance(value, tuple):
        return texts["punctuation.list"].join(str(_write_value(item, texts, language)) for item in value)
    return value if isinstance(value, (int, float)) else _keep_on_line(str(value))


def _keep_on_line(text: str) -> str:
    """A value, a path for one, without what would begin a line of its own."""
    return CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(key: str, /, **values: object) -> Sentence:
    """Return a sentence."""
    return Sentence(key, values)
