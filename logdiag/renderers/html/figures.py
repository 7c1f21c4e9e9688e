"""The handful of numbers at the head of the page, each with a name and a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from logdiag.renderers.phrases import Phrases, Value
from logdiag.renderers.sections.material import BEAT_KINDS, LIFETIME_KINDS, Material
from logdiag.results.patterns import Pattern
from logdiag.results.pushes import Pushes


@dataclass(frozen=True, slots=True)
class Figure:
    """A number to see from afar, and what it is measured against."""

    name: str
    value: str
    note: str


def build_figures(material: Material) -> tuple[Figure, ...]:
    """Choose the numbers that the diagnosis has; none where no connection was seen."""
    return tuple(_list_figures(material)) if material.diagnosis.connections else ()


def _list_figures(material: Material) -> Iterator[Figure]:
    diagnosis, phrases, formats = material.diagnosis, material.phrases, material.phrases.formats
    connections, pushes = diagnosis.connections, diagnosis.pushes
    drops = formats.number(len(diagnosis.disconnects))
    yield _figure(phrases, "drops", drops, connections_count=len(connections))
    pattern = _choose_pattern(material)
    if pattern is not None and pattern.period_s is not None:
        name = "lifetime" if pattern.kind in LIFETIME_KINDS else "period" if pattern.kind in BEAT_KINDS else "loop"
        counts = {"explained_count": pattern.explained_count, "of_count": pattern.of_count}
        yield _figure(phrases, name, material.mean_period(pattern), **counts)
    for cause in material.leading[:1]:
        share = formats.share(cause.confidence)
        yield _figure(phrases, "confidence", share, cause=phrases.cause_title(cause.id))
    if pushes.attempted_count:
        yield _count_lost(phrases, pushes)
    ratios = [item.availability_ratio for item in connections if item.availability_ratio is not None]
    if ratios:  # else nothing is known of downtime, and 0 s would be a false word
        down = formats.duration(sum(item.outage_s for item in connections))
        yield _figure(phrases, "down", down, availability_ratio=min(ratios))


def _count_lost(phrases: Phrases, pushes: Pushes) -> Figure:
    """Count the lost pushes; those lost for certain come first, but a bare 0 must not hide those probably lost."""
    number = phrases.formats.number
    if pushes.lost_certain_count or not pushes.lost_probable_count:
        note = "lost_more_note" if pushes.lost_probable_count else "lost_note"
        note = note if pushes.lost_certain_count else "lost_none_note"
        values = {"lost_probable_count": pushes.lost_probable_count, "attempted_count": pushes.attempted_count}
        name, shown = phrases.text("html.figure.lost"), number(pushes.lost_certain_count)
        return Figure(name, shown, phrases.text(f"html.figure.{note}", **values))
    return _figure(phrases, "lost_probable", number(pushes.lost_probable_count))


def _choose_pattern(material: Material) -> Pattern | None:
    """Choose the pattern of the leading cause, else the first."""
    named = {name for cause in material.leading[:1] for name in cause.patterns}
    patterns = material.diagnosis.patterns
    return next((pattern for pattern in patterns if pattern.id in named), patterns[0] if patterns else None)


def _figure(phrases: Phrases, name: str, value: str, **values: Value) -> Figure:
    return Figure(phrases.text(f"html.figure.{name}"), value, phrases.text(f"html.figure.{name}_note", **values))
