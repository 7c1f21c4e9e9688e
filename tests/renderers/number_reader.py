"""Reads the numbers of a report back, and says which of them no number of the diagnosis, nor any fixed text, gives."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Final, NamedTuple

from logdiag.renderers.document import Block, Bullets, Document, FactList, Paragraph, flatten
from logdiag.renderers.notation import Formats
from logdiag.renderers.phrases import Phrases
from logdiag.results.diagnosis import Diagnosis
from logdiag.texts.sentences import load_texts

NUMBER: Final = re.compile(r"(?<![\w.:/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w:/]|[.,]\d|-\d)")
STAMP: Final = re.compile(r"(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\d")
PLACE: Final = re.compile(r"[\w./-]*:\d+(?:, :\d+)*")
CODE: Final = re.compile(r"`[^`]*`")
SHARE: Final = re.compile(r"(?<![\w.,])(\d[\d,]*) of (\d[\d,]*)(?![\w.,]*\d)")
QUOTED: Final = frozenset({"timeline", "evidence"})  # sections that show the lines of the logs as they are


class Sentence(NamedTuple):
    """A sentence of a report, and the id of the section in which it stands."""

    section: str
    text: str


def list_sentences(report: Document) -> list[Sentence]:
    """The prose of a report: headline, facts, paragraphs and bullets, without the lines of the logs."""
    found = [Sentence("headline", flatten(report.headline))]
    for section in report.sections:
        if section.id not in QUOTED:
            found += [Sentence(section.id, text) for block in section.blocks for text in _list_texts(block)]
    return found


def _list_texts(block: Block) -> Iterator[str]:
    if isinstance(block, FactList):
        yield from (flatten(text) for _, text in block.rows)
    elif isinstance(block, Paragraph):
        yield flatten(block.text)
    elif isinstance(block, Bullets):
        yield from (flatten(item) for item in block.items)


def find_strange(
    sentences: Iterable[Sentence], about: object, *, names: Sequence[str] | None = None, language: str = "en"
) -> list[tuple[str, str]]:
    """(number, sentence) of what is said and nothing gives of what it is `about`; `names`: used, if not its own."""
    known = _list_known(about, language)
    used = list_names(about) if names is None else names
    return [
        (number, sentence.text)
        for sentence in sentences
        for number in NUMBER.findall(_strip(sentence.text, used))
        if number not in known
    ]


def find_impossible(sentences: Iterable[Sentence]) -> list[str]:
    """The sentences in which a part is larger than the whole."""
    return [
        sentence.text
        for sentence in sentences
        for part, whole in SHARE.findall(sentence.text)
        if int(part.replace(",", "")) > int(whole.replace(",", ""))
    ]


def read_counts(sentences: Iterable[Sentence], pattern: str) -> list[tuple[str, int]]:
    """(section, count) wherever the pattern, with one group, stands."""
    return [
        (sentence.section, int(count.replace(",", "")))
        for sentence in sentences
        for count in re.findall(pattern, sentence.text)
    ]


def _strip(text: str, names: Sequence[str]) -> str:
    """A sentence without times, places, code, and whatever the logs call things."""
    for name in names:
        text = text.replace(name, " ")
    for pattern in (STAMP, PLACE, CODE):
        text = pattern.sub(" ", text)
    return text


def list_names(about: object) -> list[str]:
    """Whatever the logs call things in what a report is about, the longest first."""
    values = {value for _, value in _walk("", about) if isinstance(value, str) and not isinstance(value, Enum)}
    names = {part for value in values for part in (value, *value.split(", ")) if len(part) > 3}
    return sorted(names, key=len, reverse=True)


def _list_known(about: object, language: str) -> frozenset[str]:
    """Every number that a field, the length of a list, a difference of neighbours or a fixed text gives, as written."""
    formats = _find_formats(language)
    values = _list_values(about)
    written = {token for value in values for text in _write(value, formats) for token in NUMBER.findall(text)}
    return _list_fixed(language) | written


@cache
def _find_formats(language: str) -> Formats:
    return Phrases(language, "UTC").formats


@cache
def _list_fixed(language: str) -> frozenset[str]:
    return frozenset(number for text in load_texts(language).values() for number in NUMBER.findall(text))


def _list_values(about: object) -> Iterator[float]:
    for _, value in _walk("", about):
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float) and math.isfinite(value):
            yield value
        elif isinstance(value, tuple | list):
            yield len(value)
    if isinstance(about, Diagnosis):
        yield from _list_sums(about)


def _list_sums(diagnosis: Diagnosis) -> Iterator[float]:
    """What a report may add up."""
    connections, pushes = diagnosis.connections, diagnosis.pushes
    yield sum(item.outage_s for item in connections)
    yield sum(item.connects_count for item in connections)
    yield sum(item.unlogged_disconnects_count for item in connections)
    yield pushes.lost_certain_count + pushes.lost_probable_count
    yield sum(diagnosis.inputs.levels.values())
    understood: dict[str, int] = {}
    for wording in diagnosis.inputs.wordings:
        understood[wording.by] = understood.get(wording.by, 0) + 1
    yield from understood.values()
    yield from (2.0 * pattern.period_s for pattern in diagnosis.patterns if pattern.period_s)  # every other beat
    limits = {pattern.id: pattern.period_s or 0.0 for pattern in diagnosis.patterns}
    for drop in diagnosis.disconnects:  # how long a connection was idle
        yield limits.get(drop.pattern or "", 0.0) + (drop.residual_s or 0.0)


def _write(value: float, formats: Formats) -> Iterator[str]:
    yield from (formats.number(value), formats.rough(value), formats.share(value), formats.odds(value))
    yield formats.likelihood(value)
    yield from (formats.milliseconds(abs(value)), formats.duration(abs(value)), formats.seconds(abs(value)))
    yield from (f"{abs(value):.{digits}f}" for digits in range(7))


def _walk(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield name, value
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _walk(field.name, getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key), str(key)
            yield from _walk(str(key), item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _walk(name, item)
