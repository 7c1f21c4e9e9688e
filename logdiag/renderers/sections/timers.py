"""What recurs beside the disconnects, what it has to do with them, and which lines of code failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Span, Style, Subheading, flatten
from logdiag.renderers.phrases import Value
from logdiag.renderers.sections.material import Material, clip, join
from logdiag.results.evidence import CodePlace
from logdiag.results.patterns import BEAT_KINDS, Pattern, TriggerRole
from logdiag.results.timers import Timer, TimerAnswer, TimerKind

TIMERS_SHOWN: Final = 12
NAMES_SHOWN: Final = 6  # a choice: of what is said together
TEMPLATE_LENGTH: Final = 100
STYLES: Final = {
    TimerAnswer.SUSPECT: Style.BAD,
    TimerAnswer.UNDECIDED: Style.WARN,
    TimerAnswer.CLEARED: Style.GOOD,
}
# What is said of a common beat; all else rests on counts.
OF_BEATS: Final = frozenset({"same-phase", "phase-open", "other-fits", "ticks-after", "finer-period", "lag-drifts"})


def build_timers(material: Material) -> list[Block]:
    """List what was held against the disconnects, suspects first, and say what a beat leaves to slower timers."""
    diagnosis, phrases = material.diagnosis, material.phrases
    beats = [pattern for pattern in diagnosis.patterns if pattern.kind in BEAT_KINDS]
    if not diagnosis.timers and not beats:
        return []
    groups = _group(material, diagnosis.timers)
    items = [_tell(material, group) for group in groups[:TIMERS_SHOWN]]
    if left_count := sum(len(group) for group in groups[TIMERS_SHOWN:]):
        items.append(phrases.inline("analysis.more", left_count=left_count))
    is_told = any(trigger.role is TriggerRole.TRIGGER for trigger in diagnosis.triggers)
    nothing = phrases.inline("timers.none_besides" if is_told else "timers.none")
    listed: list[Block] = [Bullets(tuple(items))] if items else [Paragraph(nothing)]
    slower = [Paragraph(text) for pattern in beats if (text := _every_other(material, pattern))]
    return [Subheading(phrases.inline("timers.title")), *listed, *slower]


def _every_other(material: Material, pattern: Pattern) -> Inline:
    """Say how many disconnects something of twice the period can be behind at most; nothing where that is all."""
    most_count, of_count = material.diagnosis.find_every_other(pattern)
    if most_count == of_count or pattern.period_s is None:
        return ()
    return material.phrases.inline(
        "timers.every_other", double_s=2 * pattern.period_s, id=pattern.id, most_count=most_count, of_count=of_count
    )


def _group(material: Material, timers: Sequence[Timer]) -> list[list[Timer]]:
    """The timers in their order; of those that are no suspects, the ones of which the same is said stand together."""
    groups: dict[tuple[object, ...], list[Timer]] = {}
    for place, timer in enumerate(timers):
        is_alone = timer.answer is TimerAnswer.SUSPECT or not material.phrases.has(f"timers.many.{timer.why}")
        groups.setdefault((timer.answer, timer.why, place if is_alone else None), []).append(timer)
    return list(groups.values())


def _tell(material: Material, group: Sequence[Timer]) -> Inline:
    """Say of one timer what there is to say, of several what all of them have in common."""
    if len(group) == 1:
        return _timer(material, group[0])
    phrases, timer = material.phrases, group[0]
    numbers = [number_timer(material, one) for one in group]
    names = dict.fromkeys(
        phrases.inline("timers.name", **{key: one[key] for key in ("service", "template", "period_s")})
        for one in numbers
    )
    named = join(list(names)[:NAMES_SHOWN], phrases.mark("list"))
    if len(names) > NAMES_SHOWN:
        named = (*named, *phrases.inline("unit.and_more", left_count=len(names) - NAMES_SHOWN))
    answer = (Span(phrases.text(f"timers.answer.{timer.answer.value}"), STYLES[timer.answer]),)
    return phrases.inline("timers.several", answer=answer, names=named, why=phrases.text(f"timers.many.{timer.why}"))


def _timer(material: Material, timer: Timer) -> Inline:
    phrases, numbers = material.phrases, number_timer(material, timer)
    answer = (Span(phrases.text(f"timers.answer.{timer.answer.value}"), STYLES[timer.answer]),)
    head = phrases.inline(f"timers.{timer.kind.value}", **numbers, answer=answer)
    why = phrases.inline(f"timers.why.{timer.why}", **numbers)
    parts = [*head, *why]
    if timer.kind is TimerKind.ANNOUNCED and timer.why in OF_BEATS:
        parts += phrases.inline(f"timers.ticks.{timer.ticks}", **numbers)
    if timer.other is not None and timer.why != "other-fits":
        parts += phrases.inline("timers.rather", **numbers)
    return (*parts, *phrases.inline("timers.example", **numbers))


def number_timer(material: Material, timer: Timer) -> Mapping[str, Value]:
    """What the sentences about a timer are filled with."""
    lag = timer.lag_ms
    return {
        "service": clip(timer.service, TEMPLATE_LENGTH),
        "template": clip(timer.template, TEMPLATE_LENGTH),
        "period_s": timer.period_s,
        "pattern": timer.pattern,
        "lag_ms": None if lag is None else abs(lag.median),
        "low_ms": None if lag is None else lag.p10,
        "high_ms": None if lag is None else lag.p90,
        "preceded_count": timer.preceded_count,
        "without_count": timer.without_count,
        "of_count": timer.of_count,
        "expected": timer.expected_by_chance,
        "window_s": timer.window_s,
        "chance": timer.chance_ratio,
        "other": timer.other,
        "place": material.place(timer.example),
    }


def build_suspects(material: Material) -> list[Block]:
    """Name the suspects among the timers, for who reads no further than the root cause."""
    return [
        Paragraph(material.phrases.inline("timers.suspect", **number_timer(material, timer)))
        for timer in material.diagnosis.suspect_timers
        if timer.kind is TimerKind.ANNOUNCED
    ]


def build_code_places(material: Material) -> list[Block]:
    """List the lines of code that failed."""
    items = tuple(_code_place(material, one) for one in material.diagnosis.code_places)
    return [Subheading(material.phrases.inline("timers.code_title")), Bullets(items)] if items else []


def _code_place(material: Material, one: CodePlace) -> Inline:
    return material.phrases.inline(
        "timers.code" if one.function else "timers.code_bare",
        code=f"{clip(one.file, TEMPLATE_LENGTH)}:{one.line}",
        function=one.function,
        about=flatten(material.phrases.inline(f"timers.about.{one.about}", count=one.count)),
        error="" if one.error is None else flatten(material.phrases.inline("timers.error", error=one.error)),
        place=material.place(one.example),
    )
