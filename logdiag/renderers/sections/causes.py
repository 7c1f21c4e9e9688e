"""The ledger of causes, with what speaks for and against each; and what these logs cannot tell."""

from __future__ import annotations

from typing import Final

from logdiag.diagnosis import BlindSpot, Cause, Check, Outcome
from logdiag.renderers.document import Block, Bullets, CodeLines, Inline, Paragraph, Section, Subheading, Table, plain
from logdiag.renderers.sections.material import Material, join, with_places

DETAILED_COUNT: Final = 3
CHECKS_SHOWN: Final = 6
OUTCOME_KEYS: Final = {Outcome.SUPPORTS: "supports", Outcome.REFUTES: "refutes", Outcome.UNKNOWN: "unknowns"}


def build_causes(material: Material) -> Section:
    """Rank all causes in a table, then argue the leading ones check by check."""
    phrases, ranked = material.phrases, material.ranked
    if not ranked:
        blocks: tuple[Block, ...] = (Paragraph(phrases.inline("causes.none")),)
    else:
        blocks = (_ledger(material), *(block for cause in _detailed(material) for block in _argue(material, cause)))
    return Section("causes", material.title("causes"), blocks)


def _detailed(material: Material) -> tuple[Cause, ...]:
    """Choose the causes to argue: the asserted ones, and the best of the others, as far as a check speaks for them."""
    wanted = max(DETAILED_COUNT, len(material.asserted))
    return tuple(cause for cause in material.ranked[:wanted] if cause.checks)


def _ledger(material: Material) -> Table:
    phrases = material.phrases
    names = ("rank", "cause", "confidence", "explains", "for", "against", "unknown")
    header = tuple(phrases.text(f"causes.{name}") for name in names)
    rows = tuple(_ledger_row(material, cause) for cause in material.ranked)
    return Table(header, rows, numeric=frozenset({0, 2, 3, 4, 5, 6}), fixed=frozenset({0, 2, 3, 4, 5, 6}))


def _ledger_row(material: Material, cause: Cause) -> tuple[Inline, ...]:
    phrases = material.phrases
    outcomes = [check.outcome for check in cause.checks]
    return (
        plain(str(cause.rank)),
        plain(phrases.cause_title(cause.id)),
        plain(phrases.formats.share(cause.confidence)),
        plain(f"{cause.explains_count}/{cause.of_count}"),
        *(plain(str(outcomes.count(outcome))) for outcome in OUTCOME_KEYS),
    )


def _argue(material: Material, cause: Cause) -> list[Block]:
    phrases = material.phrases
    title = phrases.inline(
        "causes.item",
        rank=cause.rank,
        cause=phrases.cause_title(cause.id),
        confidence_ratio=cause.confidence,
        confidence=phrases.confidence(cause.confidence),
    )
    items = [
        (*phrases.inline(f"causes.{key}"), *_say(material, check))
        for outcome, key in OUTCOME_KEYS.items()
        for check in [check for check in cause.checks if check.outcome is outcome][:CHECKS_SHOWN]
    ]
    return [Subheading(title), Paragraph(phrases.cause(cause, "summary")), Bullets(tuple(items))]


def _say(material: Material, check: Check) -> Inline:
    return with_places(material.phrases.check(check), check.evidence)


def build_questions(material: Material) -> Section:
    """List what the logs do not show, the checks without an answer, and the events that would decide."""
    blocks = [*_blind_spots(material), *_unknown_checks(material), *_separating(material)]
    if not blocks:
        blocks = [Paragraph(material.phrases.inline("questions.none"))]
    return Section("questions", material.title("questions"), tuple(blocks))


def _blind_spots(material: Material) -> list[Block]:
    spots = material.diagnosis.blind_spots
    if not spots:
        return []
    blocks: list[Block] = [Subheading(material.phrases.inline("questions.blind_title"))]
    for spot in spots:
        blocks.extend(_blind_spot(material, spot))
    return blocks


def _blind_spot(material: Material, spot: BlindSpot) -> list[Block]:
    phrases = material.phrases
    text = (*phrases.inline("questions.spot", spot=spot.id), *phrases.blind_spot(spot, "text"))
    if spot.blocks_causes:
        titles = join((plain(phrases.cause_title(cause)) for cause in spot.blocks_causes), "; ")
        text = (*text, *phrases.inline_with("questions.blocks", "causes", titles))
    line = phrases.blind_spot(spot, "add_to_logs")[0].text
    if not line:
        return [Bullets((text,))]
    return [Bullets((text,)), CodeLines(phrases.inline("questions.add"), (line,))]


def _unknown_checks(material: Material) -> list[Block]:
    """List each open check of the leading causes once, under the first cause that asks it."""
    phrases = material.phrases
    seen: set[str] = set()
    items: list[Inline] = []
    for cause in material.leading or material.ranked[:1]:
        for check in cause.checks:
            if check.outcome is Outcome.UNKNOWN and check.id not in seen:
                seen.add(check.id)
                title = phrases.inline("questions.unknown", cause=phrases.cause_title(cause.id))
                items.append((*title, *_say(material, check)))
    if not items:
        return []
    return [Subheading(phrases.inline("questions.unknown_title")), Bullets(tuple(items))]


def _separating(material: Material) -> list[Block]:
    phrases = material.phrases
    items = [
        phrases.inline(
            "questions.separating",
            pattern=pattern.id,
            event=phrases.identified("separating_event", pattern.separating_event),
        )
        for pattern in material.diagnosis.patterns
        if pattern.separating_event is not None
    ]
    return [Subheading(phrases.inline("questions.separating_title")), Bullets(tuple(items))] if items else []
