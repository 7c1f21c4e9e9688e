"""Texts of one language, filled with numbers.

A template is one TOML string. `{lag_ms}` is written by the convention of its unit suffix; `{x_count:plural|drop|drops}`
gives number and noun, `{x_count:word|was|were}` the word alone, `{x_s:sign|before|after}` a word for less or more than
zero, `{x:clock}` and the like a named format. Backticks mark code, `**` marks weight; both are read before numbers are
filled in, so nothing from a log can act as markup.

A check, finding or cause may have more than one text of a kind: `text_none` is for a `count` of 0, `text_one` for a
`count` of 1, `text_bare` for when a number that `text` names is unknown (and `text_bare_bare` for `text_bare`,
`text_one_bare` for `text_one`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count, takewhile
from string import Formatter
from typing import Final, TypeAlias, TypeGuard
from unicodedata import east_asian_width

from logdiag.deferred import compile_later
from logdiag.renderers.document import Inline, Span, Style, flatten
from logdiag.renderers.notation import Formats, load_zone
from logdiag.results.causes import BlindSpot, Cause, Check, Finding
from logdiag.results.evidence import Number
from logdiag.texts.sentences import load_texts

Value: TypeAlias = "Number | datetime | tuple[str, ...] | Inline"
MARKUP: Final = compile_later(r"(`[^`]+`|\*\*[^*]+\*\*)")
LANGUAGES: Final = ("en", "zh")
WIDE: Final = frozenset("FW")  # of Unicode's widths, those of two columns
LISTED_VALUES: Final = 3
LIST_NAMES: Final = ("ids", "levels", "names")  # values that are lists already, with English commas
TIME_NAMES: Final = ("_at", "_time")
PLACE_NAMES: Final = frozenset({"place", "places", "path", "file", "folder"})
WORD_NAMES: Final = ("runner_up", "why", "side")  # values that are ids, each with a table of that name in the texts


def is_styled(value: Value) -> TypeGuard[Inline]:
    """Tell whether a value is a line of spans, which goes into a text as it is."""
    return isinstance(value, tuple) and any(isinstance(item, Span) for item in value)


class Phrases:
    """Says everything that a report says, in one language and one display zone, with dates where these are known.

    Of a text there may be one in another of `voices`, by that in front of its key (`proxied.kind.server-connected`).
    """

    def __init__(
        self, language: str = "en", zone: str = "UTC", *, has_dates: bool = True, voices: Sequence[str] = ()
    ) -> None:
        self.language = language
        self.texts = load_texts(language)
        for voice in voices:
            start = f"{voice}."
            own = {key.removeprefix(start): text for key, text in self.texts.items() if key.startswith(start)}
            self.texts = {**self.texts, **own}
        unit_names = {key.removeprefix("unit."): text for key, text in self.texts.items() if key.startswith("unit.")}
        self.formats = Formats(unit_names, load_zone(zone), has_dates)

    def has(self, key: str) -> bool:
        """Tell whether the language has a text for `key`."""
        return key in self.texts

    def text(self, key: str, **values: Value) -> str:
        """Return a text as one plain string, without markup."""
        return "".join(span.text for span in self.inline(key, **values))

    def series(self, prefix: str) -> tuple[Inline, ...]:
        """Return the texts `prefix.0`, `prefix.1` … as far as they go."""
        return tuple(self.inline(key) for key in self._list_keys(prefix))

    def _list_keys(self, prefix: str) -> Iterator[str]:
        return takewhile(self.has, (f"{prefix}.{number}" for number in count()))

    def inline(self, key: str, **values: Value) -> Inline:
        """Return a text as styled spans."""
        return self._fill(self.texts[key], values)

    def mark(self, name: str) -> str:
        """Return a punctuation mark: what stands between the items of a `list`, clauses or sentences."""
        return self.texts[f"punctuation.{name}"]

    def outline(self, key: str, fallback: str) -> Inline:
        """Return a text with an ellipsis in the place of each value."""
        dots = self.texts["punctuation.ellipsis"]
        return self.inline_or(key, fallback, dict.fromkeys(self._names(key), dots))

    def inline_or(self, key: str, fallback: str, values: Mapping[str, Value]) -> Inline:
        """Return the text of `key`, or a readable rendering of `fallback` (an id) and its numbers."""
        template = self.texts.get(key)
        if template is not None:
            return self._fill(template, values)
        items = (f"{self._label(name)} {self._value(name, value)}" for name, value in values.items())
        listed = self.mark("list").join(items)
        words = fallback.replace("-", " ").replace("_", " ")
        return self.inline("punctuation.numbers", words=words, numbers=listed) if listed else (Span(words),)

    def choose(self, key: str, values: Mapping[str, Value]) -> str:
        """Return the key of the text that fits the numbers: `key` itself, or its `_none`, `_one` or `_bare` form."""
        count = values.get("count")
        for suffix, is_case in (("_none", count == 0), ("_one", count == 1)):
            if is_case and count is not None and key + suffix in self.texts:
                key += suffix
                break
        while key + "_bare" in self.texts and any(values.get(name) is None for name in self._names(key)):
            key += "_bare"
        return key

    def _names(self, key: str) -> list[str]:
        return [name for _, name, _, _ in Formatter().parse(self.texts.get(key, "")) if name is not None]

    def check(self, check: Check) -> Inline:
        """Say what a check found: of a text in parts those sentences whose numbers are neither unknown nor zero."""
        key = f"check.{check.id}.{check.outcome.value}"
        said = [part for part in self._list_keys(f"{key}_parts") if all(map(check.numbers.get, self._names(part)))]
        if said:
            mark = self.mark("sentence")
            return tuple(
                span
                for number, part in enumerate(said)
                for span in ((Span(mark),) if number and mark else ()) + self.inline(part, **check.numbers)
            )
        return self.inline_or(self.choose(key, check.numbers), check.id, check.numbers)

    def check_briefly(self, check: Check) -> Inline:
        """Say in a clause why a check rules a cause out; in full where there is no clause, or not its numbers."""
        key = self.choose(f"ruled_out.{check.id}", check.numbers)
        is_known = self.has(key) and all(check.numbers.get(name) is not None for name in self._names(key))
        return self.inline(key, **check.numbers) if is_known else self.check(check)

    def finding(self, finding: Finding, part: str, context: Mapping[str, Value]) -> Inline:
        """Say a finding's `title` or `text`; `context` fills what its own numbers leave open."""
        key = f"finding.{finding.id}.{part}"
        if not self.has(key):
            return self.inline_or(key, finding.id, finding.numbers if part == "text" else {})
        values = {**context, **finding.numbers}
        return self._fill(self.texts[self.choose(key, values)], values)

    def blind_spot(self, spot: BlindSpot, part: str) -> Inline:
        """Say what cannot be seen (`text`), or the line of code that would show it (`add_to_logs`)."""
        key = f"blind_spot.{spot.id}.{part}"
        if part == "add_to_logs":
            return (Span(self.texts.get(key, ""), Style.CODE),)
        return self.inline_or(key, spot.id, spot.numbers)

    def cause(self, cause: Cause, part: str) -> Inline:
        """Say one part of a cause: title, summary, next_experiment, fix and so on.

        Of a process that ends with an error that names its remedy (analyzers/causes/crashes.toml), `fix` is that.
        """
        if part == "fix" and self.has(crash := f"crash.{cause.numbers.get('crash')}"):
            return self.inline(crash)
        key = self.choose(f"cause.{cause.id}.{part}", cause.numbers)
        return self.inline_or(key, cause.id if part == "title" else "", cause.numbers)

    def cause_named(self, cause: Cause, values: Mapping[str, Value]) -> Inline:
        """Say what a cause did here, as far as all values that the text names are known; else what it does anywhere."""
        key = self.choose(f"cause.{cause.id}.named", values)
        is_known = self.has(key) and all(values.get(name) is not None for name in self._names(key))
        return self.inline(key, **values) if is_known else self.cause(cause, "summary")

    def cause_title(self, cause_id: str) -> str:
        """Return the name of a cause."""
        return self.texts.get(f"cause.{cause_id}.title", cause_id.replace("-", " "))

    def identified(self, table: str, identifier: str | None) -> str:
        """Return the text of an id in `table`; one that no text knows is read out as words, none is "unknown"."""
        if identifier is None:
            return self.formats.words["unknown"]
        key = f"{table}.{identifier}"
        if self.has(key):
            return self.text(key)
        kind, _, detail = identifier.partition(" (")  # as the system words it
        if detail and self.has(f"{table}.{kind}"):
            words = self.text(f"{table}.{kind}")
            return self.text("punctuation.numbers", words=words, numbers=detail.removesuffix(")"))
        return identifier.replace("-", " ")

    def confidence(self, value: float) -> str:
        """Put a confidence 0..1 into words."""
        for floor, name in ((0.9, "very-likely"), (0.7, "likely"), (0.5, "more-likely")):
            if value >= floor:
                return self.texts[f"confidence.{name}"]
        return self.texts["confidence.open"]

    def until(self, start: datetime, end: datetime) -> str:
        """Write the end of a span, without the date where it is that of the start."""
        formats = self.formats
        is_same_day = formats.local(start).date() == formats.local(end).date()
        return formats.clock(end) if is_same_day else formats.stamp(end)

    def _label(self, name: str) -> str:
        return re.sub(r"_(s|ms|bytes|count|ratio|nats)$", "", name).replace("_", " ")

    def _fill(self, template: str, values: Mapping[str, Value]) -> Inline:
        spans: list[Span] = []
        for piece in MARKUP.split(template):
            if piece.startswith("`") and len(piece) > 1:
                names = {name for _, name, _, _ in Formatter().parse(piece[1:-1]) if name is not None}
                is_place = bool(names) and names <= PLACE_NAMES
                style = Style.PLACE if is_place else Style.CODE
                listed = values.get(piece[2:-2]) if piece[1:-1] == f"{{{piece[2:-2]}}}" else None
                if isinstance(listed, tuple) and not is_styled(listed):
                    spans += self._list_spans(tuple(map(str, listed)), style)
                else:
                    spans += self._format(piece[1:-1], values, style)
            elif piece.startswith("**") and len(piece) > 4:
                spans += self._format(piece[2:-2], values, Style.STRONG)
            elif piece:
                spans += self._format(piece, values, Style.PLAIN)
        return tuple(spans)

    def _format(self, template: str, values: Mapping[str, Value], style: Style) -> Iterator[Span]:
        """Yield the template filled, in one span of its style but for values that bring styles of their own."""
        text = ""
        for literal, name, spec, _ in Formatter().parse(template):
            text += literal
            value = None if name is None else values.get(name)
            if is_styled(value):
                yield from (*((Span(text, style),) if text else ()), *value)
                text = ""
            elif name is not None:
                text = _join(text, self._field(name, value, spec or ""))
        if text:
            yield Span(text, style)

    def _field(self, name: str, value: Value, spec: str) -> str:
        kind, *words = spec.split("|")
        if kind in {"plural", "word"}:
            noun = words[0] if value == 1 else words[-1]
            return noun if kind == "word" else f"{self._value(name, value)} {noun}"
        if kind == "sign":
            return words[0] if isinstance(value, int | float) and value < 0 else words[-1]
        if kind and isinstance(value, datetime):
            return self.formats.clock(value) if kind == "clock" else self.formats.stamp(value)
        writer = self._writers().get(kind)
        if writer is not None and isinstance(value, int | float):
            return writer(abs(value) if words == ["abs"] else value)
        return self._value(name, value)

    def _writers(self) -> Mapping[str, Callable[[float], str]]:
        formats = self.formats
        return {
            "duration": formats.duration,
            "ms": formats.milliseconds,
            "share": formats.share,
            "odds": formats.odds,
            "number": formats.number,
            "rough": formats.rough,
            "seconds": formats.seconds,
        }

    def _value(self, name: str, value: Value) -> str:
        """Write a value by the unit in its name."""
        if value is None:
            return self.formats.words["unknown"]
        if isinstance(value, datetime):
            return self.formats.stamp(value)
        if isinstance(value, tuple):
            return flatten(value) if is_styled(value) else self.listed(tuple(map(str, value)))
        if isinstance(value, str):
            return self._text_value(name, value)
        return self._number_value(name, value)

    def _text_value(self, name: str, value: str) -> str:
        if name in LIST_NAMES:
            return self.mark("list").join(value.split(", "))
        if name in WORD_NAMES:
            return self.texts.get(f"{name}.{value}", value.replace("-", " "))
        if name == "time" or name.endswith(TIME_NAMES):
            try:
                instant = datetime.fromisoformat(value)
            except ValueError:
                return value
            return self.formats.stamp(instant) if instant.tzinfo else value
        return value

    def _number_value(self, name: str, value: float) -> str:
        formats = self.formats
        if name.endswith("_ms") or "_ms_per_" in name:
            return formats.milliseconds(value)
        if name.endswith("_s"):
            return formats.duration(value)
        if name.endswith(("_ratio", "_share")) and name != "risk_ratio":
            return formats.share(value)
        if name.endswith(("_probability", "p_value", "q_value")):
            return formats.odds(value)
        if name.endswith("_bytes"):
            return f"{formats.number(value)} {formats.words['bytes']}"
        return formats.number(value)

    def _list_spans(self, values: tuple[str, ...], style: Style) -> Iterator[Span]:
        """Write a list like `listed`, each of its items in the style, and what stands between them plain."""
        for number, value in enumerate(values[:LISTED_VALUES]):
            if number:
                yield Span(self.mark("list"))
            yield Span(value, style)
        if (left := len(values) - LISTED_VALUES) > 0:
            yield Span(self.text("unit.and_more", left_count=left))

    def listed(self, values: tuple[str, ...], limit: int = LISTED_VALUES) -> str:
        """Write the first few of a list, and how many more there are."""
        shown = self.mark("list").join(values[:limit])
        left = len(values) - limit
        return shown + self.text("unit.and_more", left_count=left) if left > 0 else shown


def is_wide(character: str) -> bool:
    """Whether a character is Chinese, or a full-width sign: between two of these stands no blank."""
    return bool(character) and east_asian_width(character) in WIDE


def _join(text: str, value: str) -> str:
    """The text with a value behind it; a blank that parts Chinese from figures falls away where there are none."""
    return text[:-1] + value if text.endswith(" ") and is_wide(text[-2:-1]) and is_wide(value[:1]) else text + value
