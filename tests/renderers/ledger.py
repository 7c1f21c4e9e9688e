"""Follows every number of a report from the field of the Diagnosis that holds it to the sentence that says it.

The numbers of a diagnosis are marked with the path of their field (`mark`) and keep that mark through rounding and
being written; the phrases of a report note what each text is filled with (`Ledger`). What a number is can then be read
off, whatever the language: no sentence is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from string import Formatter
from typing import Any, Final

from logdiag.renderers.document import Inline, Span
from logdiag.renderers.notation import Formats
from logdiag.renderers.phrases import Phrases, Value

PLAIN_SPECS: Final = frozenset({"", "number"})
KEPT_BY_FORMATS: Final = (
    "number", "rough", "share", "odds", "likelihood", "milliseconds", "duration", "signed", "seconds",
)  # fmt: skip


class MarkedInt(int):
    """A count that knows its field."""

    path: str

    def __abs__(self) -> Any:
        return _mark_number(int.__abs__(self), self.path)


class MarkedFloat(float):
    """A measure that knows its field, also when it is rounded or stripped of its sign."""

    path: str

    def __abs__(self) -> Any:
        return _mark_number(float.__abs__(self), self.path)

    def __round__(self, digits: Any = None) -> Any:
        return _mark_number(float.__round__(self, digits), self.path)


class Keyed(str):
    """A template that knows its key."""

    __slots__ = ("key",)
    key: str


class Written(str):
    """A number as it is written, with what it was written from."""

    __slots__ = ("values",)
    values: tuple[Any, ...]


class Said(str):
    """A text of a report, with the fills that made it."""

    __slots__ = ("fills",)
    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """A text by its key, what was put into it, and what came out; `names` are those of which the text says the value.

    `written` are the names of the whole numbers among them that stand in the text digit by digit.
    """

    key: str
    values: Mapping[str, Value]
    names: tuple[str, ...]
    written: tuple[str, ...]
    text: str

    def list_numbers(self) -> Iterator[tuple[str, Any]]:
        """(name, number) of each number that the text says, also of those that came to it already written."""
        for name in self.names:
            value = self.values.get(name)
            if isinstance(value, Written):
                yield from ((name, one) for one in value.values if one is not None)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                yield name, value


def mark(value: Any, path: str = "") -> Any:
    """A copy of a diagnosis, or of a part, whose numbers know their fields."""
    if isinstance(value, bool | str | Enum | datetime) or value is None:
        return value
    if isinstance(value, int | float):
        return _mark_number(value, path)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{one.name: mark(getattr(value, one.name), f"{path}.{one.name}") for one in fields(value)})
    if isinstance(value, Mapping):
        return {key: mark(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, tuple | list):
        return tuple(mark(item, f"{path}[{number}]") for number, item in enumerate(value))
    return value


def _mark_number(value: float, path: str) -> Any:
    marked = MarkedInt(value) if isinstance(value, int) else MarkedFloat(value)
    marked.path = path
    return marked


class LedgerFormats(Formats):
    """Writes numbers like any other, and does not forget them."""

    __slots__ = ()

    def with_error(self, value_s: float | None, error_s: float | None) -> str:
        return _write(super().with_error(value_s, error_s), value_s, error_s)


def _write(text: str, *values: Any) -> Written:
    written = Written(text)
    written.values = values
    return written


def _keep(name: str) -> Any:
    plain = getattr(Formats, name)

    def write(self: Formats, value: Any) -> str:
        return _write(plain(self, value), value)

    return write


for _name in KEPT_BY_FORMATS:
    setattr(LedgerFormats, _name, _keep(_name))


class Ledger(Phrases):
    """Phrases that note what they say."""

    def __init__(
        self, language: str = "en", zone: str = "UTC", *, has_dates: bool = True, voices: Sequence[str] = ()
    ) -> None:
        super().__init__(language, zone, has_dates=has_dates, voices=voices)
        texts = {}
        for key, text in self.texts.items():
            texts[key] = keyed = Keyed(text)
            keyed.key = key
        self.texts = texts
        self.formats = LedgerFormats(self.formats.words, self.formats.zone, has_dates)
        self.fills: list[Fill] = []

    def text(self, key: str, **values: Value) -> str:
        spans = self.inline(key, **values)
        return _say(
            "".join(span.text for span in spans), tuple(fill for span in spans for fill in list_fills(span.text))
        )

    def _fill(self, template: str, values: Mapping[str, Value]) -> Inline:
        assert isinstance(template, Keyed)
        spans = super()._fill(template, values)
        fields = [(name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name is not None]
        names = tuple(dict.fromkeys(name for name, _ in fields))
        written = tuple(name for name, spec in fields if spec in PLAIN_SPECS or spec.startswith("plural"))
        fill = Fill(template.key, dict(values), names, written, "".join(span.text for span in spans))
        self.fills.append(fill)
        return tuple(
            span if isinstance(span.text, Said | Written) else Span(_say(span.text, (fill,)), span.style)
            for span in spans
        )


def _say(text: str, fills: Sequence[Fill]) -> Said:
    said = Said(text)
    said.fills = tuple(fills)
    return said


def list_fills(text: str) -> tuple[Fill, ...]:
    """The fills that made a text; none where it was not filled."""
    return text.fills if isinstance(text, Said) else ()


def read_path(value: object) -> str | None:
    """The path of the field that a number comes from, without the places in lists; None where it is computed."""
    path = getattr(value, "path", None)
    return None if path is None else re.sub(r"\[\d+\]", "", path)
