"""The ledger of causes, with what speaks for and against each; and what these logs cannot tell."""

from __future__ import annotations

from typing import Final

from logdiag.renderers.document import (
    Block,
    Bullets,
    CodeLines,
    Inline,
    Paragraph,
    Section,
    Subheading,
    Table,
    flatten,
    plain,
)
from logdiag.renderers.sections.material import Material, join
from logdiag.renderers.sections.symptoms import check_items
from logdiag.results.causes import RULED_OUT_UP_TO, BlindSpot, Cause, Outcome

DETAILED_COUNT: Final = 3
CHECKS_SHOWN: Final = 6
OUTCOME_KEYS: Final = {Outcome.SUPPORTS: "supports", Outcome.REFUTES: "refutes", Outcome.UNKNOWN: "unknowns"}


def build_causes(material: Material) -> Section:
    """Rank the causes that are left in a table, argue the best that are not asserted, and say what rules others out."""
    phrases = material.phrases
    blocks: list[Block] = []
    if not material.ranked:
        blocks.append(Paragraph(phrases.inline("causes.none")))
    elif material.is_too_few:
        blocks.append(Paragraph(phrases.inline("causes.few")))
    else:
        blocks += _ledger(material)
        blocks += [block for cause in material.suggested[:DETAILED_COUNT] for block in _argue(material, cause)]
    return Section("causes", material.title("causes"), (*blocks, *_ruled_out(material)))


def _ledger(material: Material) -> list[Block]:
    """Set the candidates that something supports side by side, and count those of which the logs say nothing."""
    phrases = material.phrases
    left_count = len(material.ranked) - len(material.candidates) - len(material.ruled_out)
    left_out = [Paragraph(phrases.inline("causes.left_out", left_count=left_count))] if left_count else []
    if not material.candidates:
        return [Paragraph(phrases.inline("causes.unsupported")), *left_out]
    names = ("rank", "cause", "confidence", "explains", "for", "against", "unknown")
    header = tuple(phrases.text(f"causes.{name}") for name in names)
    rows = tuple(_ledger_row(material, number, cause) for number, cause in enumerate(material.candidates, 1))
    table = Table(header, rows, numeric=frozenset({0, 2, 3, 4, 5, 6}), fixed=frozenset({0, 2, 3, 4, 5, 6}))
    sum_note = [Paragraph(phrases.inline("causes.by_itself"))] if len(rows) > 1 else []
    notes = [*sum_note, *left_out]
    if material.is_compact and notes:
        notes = [Paragraph(join((note.text for note in notes), phrases.mark("sentence")))]
    return [table, *notes]


def _ledger_row(material: Material, number: int, cause: Cause) -> tuple[Inline, ...]:
    phrases = material.phrases
    outcomes = [check.outcome for check in cause.checks]
    return (
        plain(str(number)),
        plain(phrases.cause_title(cause.id)),
        plain(phrases.formats.share(cause.confidence)),
        plain(f"{cause.explains_count}/{cause.of_count}"),
        *(plain(str(outcomes.count(outcome))) for outcome in OUTCOME_KEYS),
    )


def _argue(material: Material, cause: Cause) -> list[Block]:
    phrases = material.phrases
    said = _say_asserted(material) if material.is_compact else frozenset()
    title = phrases.inline(
        "causes.item",
        cause=phrases.cause_title(cause.id),
        confidence_ratio=cause.confidence,
        confidence=phrases.confidence(cause.confidence),
    )
    items = [
        (*phrases.inline(f"causes.{key}"), *item)
        for outcome, key in _choose_outcomes(material)
        for item in check_items(material, cause, outcome, CHECKS_SHOWN)
        if item not in said
    ]
    listed: list[Block] = [Bullets(tuple(items))] if items else []
    summary = [] if _is_beside(material) else [Paragraph(phrases.cause(cause, "summary"))]
    return [Subheading(title), *summary, *listed] if summary or listed else []


def _is_beside(material: Material) -> bool:
    """Whether, on a screen, a cause is asserted, so that of others it takes only what speaks against them."""
    return material.is_compact and bool(material.asserted)


def _choose_outcomes(material: Material) -> list[tuple[Outcome, str]]:
    """The outcomes that are shown of a cause which is not asserted."""
    is_beside = _is_beside(material)
    return [(outcome, key) for outcome, key in OUTCOME_KEYS.items() if not is_beside or outcome is Outcome.REFUTES]


def _say_asserted(material: Material) -> frozenset[Inline]:
    """What the root cause has said for and against the asserted causes."""
    return frozenset(
        item for cause in material.asserted for outcome in Outcome for item in check_items(material, cause, outcome)
    )


def _ruled_out(material: Material) -> list[Block]:
    """Say of each cause that is out what rules it out."""
    if not material.ruled_out:
        return []
    said: set[str] = set()
    items = tuple(_refutation(material, cause, said) for cause in material.ruled_out)
    limit = material.phrases.formats.share(RULED_OUT_UP_TO)
    return [Subheading(material.phrases.inline("causes.ruled_out", limit=limit)), Bullets(items)]


def _refutation(material: Material, cause: Cause, said: set[str]) -> Inline:
    """Give the first reason against a cause; what another cause has `said` already only where it is all there is."""
    phrases = material.phrases
    title = phrases.inline("causes.refuted", cause=phrases.cause_title(cause.id))
    say = phrases.check_briefly if material.is_compact else phrases.check
    reasons = [say(check) for check in cause.checks if check.outcome is Outcome.REFUTES]
    reason = next((reason for reason in reasons if flatten(reason) not in said), reasons[0])
    said.add(flatten(reason))
    return (*title, *reason)


def build_questions(material: Material) -> Section:
    """List what the logs do not show, the checks without an answer, and the events that would decide."""
    blocks = [*_blind_spots(material), *_unknown_checks(material), *_separating(material)]
    if not blocks:
        is_open = any(check.outcome is Outcome.UNKNOWN for cause in material.asserted for check in cause.checks)
        blocks = [Paragraph(material.phrases.inline("questions.none_else" if is_open else "questions.none"))]
    return Section("questions", material.title("questions"), tuple(blocks))


def _blind_spots(material: Material) -> list[Block]:
    spots = material.diagnosis.blind_spots
    if not spots:
        return []
    blocks: list[Block] = [Subheading(material.phrases.inline("questions.blind_title"))]
    if material.is_compact:
        listed = Bullets(tuple(_name_spot(material, spot) for spot in spots))
        return [*blocks, listed, Paragraph(material.phrases.inline("questions.snippet"))]
    for spot in spots:
        blocks.append(Bullets((_blind_spot(material, spot),)))
        line = material.phrases.blind_spot(spot, "add_to_logs")[0].text
        if line:
            blocks.append(CodeLines(material.phrases.inline("questions.add"), (line,)))
    return blocks


def _name_spot(material: Material, spot: BlindSpot) -> Inline:
    """Name a blind spot in one line; `logdiag explain` has the whole sentence and the line to add."""
    title = material.phrases.blind_spot(spot, "title")
    named = material.phrases.inline("questions.spot_named", spot=spot.id, title=title)
    return (*named, *material.blocked(spot, by_number=True))


def _blind_spot(material: Material, spot: BlindSpot) -> Inline:
    phrases = material.phrases
    name = phrases.inline("questions.spot", spot=spot.id)
    return (*name, *phrases.blind_spot(spot, "text"), *material.blocked(spot))


def _unknown_checks(material: Material) -> list[Block]:
    """List each open check of the candidates once, under the first that asks it; asserted causes list their own."""
    phrases = material.phrases
    seen: set[str] = set()
    items: list[Inline] = []
    for cause in material.suggested if not material.asserted else ():
        for check in cause.checks:
            if check.outcome is Outcome.UNKNOWN and check.id not in seen:
                seen.add(check.id)
                title = phrases.inline("questions.unknown", cause=phrases.cause_title(cause.id))
                items.append((*title, *material.with_places(phrases.check(check), check.evidence)))
    if not items:
        return []
    return [Subheading(phrases.inline("questions.unknown_title")), Bullets(tuple(items))]


def _separating(material: Material) -> list[Block]:
    """Say what would part the readings of a clock; a cause that is asserted has parted them."""
    phrases = material.phrases
    if material.is_compact and material.asserted:
        return []
    items = [
        phrases.inline(
            "questions.separating",
            pattern=pattern.id,
            event=phrases.identified("separating_event", pattern.separating_event),
        )
        for pattern in material.diagnosis.patterns
        if pattern.is_contested
    ]
    return [Subheading(phrases.inline("questions.separating_title")), Bullets(tuple(items))] if items else []
