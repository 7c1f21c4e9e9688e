"""The handful of numbers at the head of the page, each with a name and a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from logdiag.renderers.phrases import Phrases, Value
from logdiag.renderers.sections.headline import CAUSES_SHOWN
from logdiag.renderers.sections.material import Material
from logdiag.results.causes import Cause
from logdiag.results.patterns import BEAT_KINDS, LIFETIME_KINDS, Pattern, PatternKind, count_explained, list_alike
from logdiag.results.pushes import Pushes


@dataclass(frozen=True, slots=True)
class Figure:
    """A number to see from afar, and what it is measured against; `ratio` (0 to 1) is drawn as a bar of a `style`."""

    name: str
    value: str
    note: str
    ratio: float | None = None
    style: str = "plain"


def build_figures(material: Material) -> tuple[Figure, ...]:
    """Choose the numbers that the diagnosis has; none where no connection was seen."""
    return tuple(_list_figures(material)) if material.diagnosis.connections else ()


def _list_figures(material: Material) -> Iterator[Figure]:
    diagnosis, phrases, formats = material.diagnosis, material.phrases, material.phrases.formats
    connections, pushes = diagnosis.connections, diagnosis.pushes
    drops = formats.number(len(diagnosis.disconnects))
    names = {drop.connection for drop in diagnosis.disconnects} or {one.id for one in connections}
    name = "drops_clients" if diagnosis.are_clients else "drops"
    yield _figure(phrases, name, drops, connections_count=len(names))
    leading = material.leading[:CAUSES_SHOWN] if material.asserted else material.leading[:1]
    shown: set[str] = set()
    for cause in leading or (None,):
        pattern = _choose_pattern(material, cause)
        if pattern is not None and pattern.period_s is not None and pattern.id not in shown:
            alike = list_alike(pattern, diagnosis.patterns)
            shown.update(one.id for one in alike)
            yield _show_beats(material, alike) if len(alike) > 1 else _show_period(material, pattern)
        if cause is not None:
            figure = _figure(
                phrases, "confidence", formats.share(cause.confidence), cause=phrases.cause_title(cause.id)
            )
            rank = material.asserted.index(cause) if cause in material.asserted else None
            yield replace(figure, ratio=cause.confidence, style="plain" if rank is None else f"cause-{rank}")
    if pushes.attempted_count:
        yield _count_lost(phrases, pushes)
    ratios = [item.availability_ratio for item in connections if item.availability_ratio is not None]
    if ratios:  # else nothing is known of downtime, and 0 s would be a false word
        down = formats.duration(sum(item.outage_s for item in connections))
        unknown_s = sum(item.unknown_s for item in connections)
        note = ("down" if len(connections) == 1 else "down_worst") + ("_part_note" if unknown_s else "_note")
        told = phrases.text(f"html.figure.{note}", availability_ratio=min(ratios), unknown_s=unknown_s)
        yield Figure(phrases.text("html.figure.down"), down, told)


def _show_period(material: Material, pattern: Pattern) -> Figure:
    """Show the period of a pattern with its error; of a loop with its scatter, which is wider than that of the mean."""
    name = "lifetime" if pattern.kind in LIFETIME_KINDS else "period" if pattern.kind in BEAT_KINDS else "loop"
    is_loop = pattern.kind is PatternKind.REGULAR_LOOP and pattern.jitter_s is not None
    error_s = pattern.jitter_s if is_loop else pattern.period_error_s
    period = material.phrases.formats.with_error(pattern.period_s, error_s)
    counts = {"explained_count": pattern.explained_count, "of_count": pattern.of_count}
    return _figure(material.phrases, name, period, **counts)


def _show_beats(material: Material, alike: Sequence[Pattern]) -> Figure:
    """Show the period that several beats have in common, each with a phase of its own."""
    phrases, of_count = material.phrases, len(material.diagnosis.minded)
    return Figure(
        phrases.text("html.figure.periods", beats_count=len(alike)),
        phrases.formats.duration(alike[0].period_s),
        phrases.text("html.figure.periods_note", explained_count=count_explained(alike), of_count=of_count),
    )


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


def _choose_pattern(material: Material, cause: Cause | None) -> Pattern | None:
    """Choose the pattern of a cause; of the best one, and where there is none, else the first."""
    patterns = material.diagnosis.patterns
    named = cause.patterns if cause is not None else ()
    is_first = cause is None or cause == material.leading[0]
    fallback = patterns[0] if patterns and is_first else None
    return next((pattern for pattern in patterns if pattern.id in named), fallback)


def _figure(phrases: Phrases, name: str, value: str, **values: Value) -> Figure:
    return Figure(phrases.text(f"html.figure.{name}"), value, phrases.text(f"html.figure.{name}_note", **values))
