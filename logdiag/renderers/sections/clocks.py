"""What was measured of the clocks that disconnects keep: period, jitter, drift, odds, and what the runner-up is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Subheading
from logdiag.renderers.sections.material import Material, join
from logdiag.results.patterns import (
    BEAT_KINDS,
    BURST_GAP_S,
    LIFETIME_KINDS,
    Pattern,
    PatternKind,
    count_explained,
    find_greatest_chance,
    group_alike,
)

RESETS_SHOWN: Final = 25
EACH_SHOWN: Final = 3  # a choice: more beats of one period are told of at once
PERIOD_KEYS: Final = {PatternKind.CONNECTION_AGE: "lifetime", PatternKind.IDLE: "idle"}


def build_clocks(material: Material) -> list[Block]:
    """List what was measured of each pattern; on a screen the section of the patterns has said it."""
    patterns, phrases = material.diagnosis.patterns, material.phrases
    if not material.diagnosis.disconnects:
        return []
    if not patterns:
        drops_count = len(material.diagnosis.minded)
        key = "analysis.no_clock_few" if material.diagnosis.clock_search.is_short else "analysis.no_clock"
        title = phrases.inline("analysis.clocks_title")
        return [Subheading(title), Paragraph(phrases.inline(key, disconnects_count=drops_count))]
    if material.is_compact:
        return []
    return [block for alike in group_alike(patterns) for block in _list_clocks(material, alike)]


def _list_clocks(material: Material, alike: Sequence[Pattern]) -> list[Block]:
    if len(alike) > EACH_SHOWN:
        return tell_alike(material, alike)
    return [
        block
        for pattern in alike
        for block in (
            Subheading(_title(material, pattern)),
            Bullets((*_measured(material, pattern), *_judged(material, pattern))),
        )
    ]


def tell_patterns(material: Material, patterns: Sequence[Pattern]) -> list[Block]:
    """Say all that is known of each pattern; of many beats of one period, as a fleet of clients has them, at once."""
    blocks: list[Block] = []
    for alike in group_alike(patterns):
        if len(alike) > EACH_SHOWN:
            blocks += tell_alike(material, alike)
        else:
            blocks += [block for pattern in alike for block in tell_pattern(material, pattern)]
    return blocks


def sum_up_alike(material: Material, alike: Sequence[Pattern]) -> Inline:
    """One line of beats of one period: their clock, from which period to which, how many disconnects keep one."""
    said = (_title_alike(material, alike), *_spread(material, alike)[:1], _count_kept(material, alike))
    return join(said, material.phrases.mark("clause"))


def tell_alike(material: Material, alike: Sequence[Pattern]) -> list[Block]:
    """Say of beats of one period what their clocks were measured to be, from the least to the most."""
    phrases = material.phrases
    greatest = find_greatest_chance(alike)
    chance = () if greatest is None else phrases.inline("analysis.false_alarm_each", false_alarm_probability=greatest)
    measured = (*_spread(material, alike), _count_kept(material, alike), chance)
    resets = Counter(one.reset_by_reconnect for one in alike)
    judged = [
        phrases.inline(f"analysis.{key}", count=resets[value])
        for key, value in (("each_survives", False), ("each_resets", True), ("each_unknown", None))
        if resets[value]
    ]
    items = (join((fact for fact in measured if fact), phrases.mark("clause")), *judged)
    return [Subheading(_title_alike(material, alike)), Bullets(items)]


def _title_alike(material: Material, alike: Sequence[Pattern]) -> Inline:
    ids = tuple(one.id for one in alike)
    return material.phrases.inline("analysis.patterns", ids=ids, kind=material.kind(alike[0]))


def _spread(material: Material, alike: Sequence[Pattern]) -> list[Inline]:
    """From which period to which, and from which jitter."""
    phrases = material.phrases
    least, *_, most = sorted(alike, key=lambda one: one.period_s or 0.0)
    said = [phrases.inline("analysis.periods", least=material.mean_period(least), most=material.mean_period(most))]
    if jitters_s := [one.jitter_s for one in alike if one.jitter_s is not None]:
        said.append(phrases.inline("analysis.jitters", least_s=min(jitters_s), most_s=max(jitters_s)))
    return said


def _count_kept(material: Material, alike: Sequence[Pattern]) -> Inline:
    return material.phrases.inline(
        "analysis.explained_alike",
        explained_count=count_explained(alike),
        of_count=len(material.diagnosis.minded),
        missed_beats_count=sum(one.missed_beats_count or 0 for one in alike),
    )


def tell_pattern(material: Material, pattern: Pattern) -> list[Block]:
    """Say all that is known of a pattern where it is named first: what was measured, and what that means."""
    measured = join(_measured(material, pattern), material.phrases.mark("clause"))
    judged = tuple(_judged(material, pattern))
    blocks: list[Block] = [Subheading(_title(material, pattern)), Bullets((measured, *judged))]
    return blocks


def _title(material: Material, pattern: Pattern) -> Inline:
    names = material.name_owners(pattern)
    key = "analysis.pattern_of" if names else "analysis.pattern"
    return material.phrases.inline(key, id=pattern.id, connections=names, kind=material.kind(pattern))


def _judged(material: Material, pattern: Pattern) -> list[Inline]:
    return [fact for fact in (_reset(material, pattern), *_competition(material, pattern)) if fact]


def _measured(material: Material, pattern: Pattern) -> list[Inline]:
    phrases = material.phrases
    if pattern.kind == PatternKind.BURST:
        counts = {"explained_count": pattern.explained_count, "of_count": pattern.of_count}
        return [phrases.inline("analysis.explained_burst", gap_s=BURST_GAP_S, **counts)]
    period_key = PERIOD_KEYS.get(pattern.kind, "period")
    form = "" if pattern.kind in BEAT_KINDS else "_spans"
    facts = [
        phrases.inline(f"analysis.{period_key}", period=material.mean_period(pattern)),
        _averaged(material, pattern),
        _scatter(material, pattern, form),
        phrases.inline("analysis.drift", drift_ms_per_beat=pattern.drift_ms_per_beat)
        if pattern.drift_ms_per_beat is not None
        else (),
        phrases.inline(
            "analysis.explained_irregular" if pattern.is_irregular else f"analysis.explained{form}",
            explained_count=pattern.explained_count,
            of_count=pattern.of_count,
            missed_beats_count=pattern.missed_beats_count,
        ),
        phrases.inline("analysis.false_alarm", false_alarm_probability=pattern.false_alarm_probability),
    ]
    return [fact for fact in facts if fact]


def _averaged(material: Material, pattern: Pattern) -> Inline:
    if pattern.stamps_s is None or (pattern.period_error_s or 0.0) >= pattern.stamps_s / 2:
        return ()
    return material.phrases.inline("analysis.averaged", stamps_s=pattern.stamps_s)


def _scatter(material: Material, pattern: Pattern, form: str) -> Inline:
    if pattern.jitter_s is None:
        return ()
    if pattern.stamps_s is not None and pattern.jitter_s < pattern.stamps_s:
        return material.phrases.inline("analysis.jitter_unseen", stamps_s=pattern.stamps_s)
    return material.phrases.inline(f"analysis.jitter{form}", jitter_s=pattern.jitter_s)


def _reset(material: Material, pattern: Pattern) -> Inline:
    phrases = material.phrases
    if pattern.resets:
        items = [phrases.inline("analysis.reset_item", time=r.time, shift_s=r.shift_s) for r in pattern.resets]
        return phrases.inline("analysis.resets", resets=join(items[:RESETS_SHOWN], phrases.mark("list")))
    if pattern.kind in LIFETIME_KINDS or pattern.is_irregular or pattern.kind == PatternKind.BURST:
        return ()
    if pattern.kind == PatternKind.REGULAR_LOOP:
        return phrases.inline("analysis.resets_on_loop")
    keys = {None: "reset_unknown", True: "resets_on", False: "survives"}
    return phrases.inline(f"analysis.{keys[pattern.reset_by_reconnect]}")


def _competition(material: Material, pattern: Pattern) -> list[Inline]:
    phrases = material.phrases
    facts: list[Inline] = []
    if pattern.runner_up is not None and pattern.margin_nats is not None and not material.is_compact:
        runner_up = phrases.identified("runner_up", pattern.runner_up)
        odds = phrases.formats.likelihood(pattern.margin_nats)
        nats = round(pattern.margin_nats, 1)
        facts.append(phrases.inline("analysis.competition", runner_up=runner_up, margin_nats=nats, odds=odds))
    if pattern.is_contested and not material.is_compact:  # there the open questions say it
        event = phrases.identified("separating_event", pattern.separating_event)
        facts.append(phrases.inline("analysis.separating", event=event))
    return facts
