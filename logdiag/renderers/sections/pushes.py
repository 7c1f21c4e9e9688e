"""The push ledger: how many were tried, what became of them, and each one that went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Subheading, Table, plain
from logdiag.renderers.phrases import Value
from logdiag.renderers.sections.material import Material, cell, clip, join
from logdiag.results.pushes import Push, PushFate, PushOutcome

ROWS_SHOWN: Final = 25
ERROR_LENGTH: Final = 160
READINGS_SHOWN: Final = 3
PUSHES_IN_SENTENCES: Final = 3  # so few get a sentence each; a table for one is all heading
AT_ONCE: Final = timedelta(milliseconds=20)  # between the start and the failure of a push


def build_pushes(material: Material) -> list[Block]:
    """Count the pushes by outcome, weigh failures in and out of outages, list those that were not plainly ok."""
    pushes, phrases = material.diagnosis.pushes, material.phrases
    heading = Subheading(phrases.inline("analysis.pushes_title"))
    if not pushes.attempted_count and not pushes.items:
        return [heading, Paragraph(phrases.inline("analysis.no_pushes"))]
    facts = [_push_counts(material)]
    if pushes.suspect_expected_count is not None and pushes.suspect_count:
        expected = pushes.suspect_expected_count
        facts.append(
            phrases.inline("analysis.suspects", suspect_count=pushes.suspect_count, suspect_expected_count=expected)
        )
    resent_count = sum(push.fate == PushFate.RESENT for push in pushes.items)
    if resent_count:
        facts.append(phrases.inline("analysis.resent", resent_count=resent_count))
    elsewhere_count = sum(push.resent_by is not None for push in pushes.items)
    if elsewhere_count:
        facts.append(phrases.inline("analysis.resent_elsewhere", elsewhere_count=elsewhere_count))
    if pushes.lost_probable_count:
        facts.append(phrases.inline("analysis.lost_probable", lost_probable_count=pushes.lost_probable_count))
    if pushes.failure_ratio_connected is not None and pushes.failure_ratio_outage is not None:
        facts.append(_ratios(material))
    return [heading, Bullets(tuple(facts)), *_push_table(material), *_readings(material)]


def _readings(material: Material) -> list[Block]:
    """Say of pushes near a drop that the lines leave open which they were, and what either reading means."""
    phrases, blocks = material.phrases, list[Block]()
    drops = {drop.index: drop for drop in material.diagnosis.disconnects}
    open_pushes = [push for push in material.diagnosis.pushes.items if push.readings and push.disconnect_index in drops]
    if _is_weighed(material):
        return []
    for push in open_pushes[:READINGS_SHOWN]:
        first, other = push.readings
        values: dict[str, Value] = {
            "failed_at": other.began,
            "began": first.began,
            "took_ms": first.took_ms,
            "lead_ms": push.lead_ms,
            "after_drop_ms": push.after_drop_ms,
            "beat_ms": other.beat_ms if (other.beat_ms or -1.0) >= 0 else None,
            "chance_probability": other.chance_probability,
        }
        said = []
        for one in push.readings:
            values["weight_ratio"] = one.weight_ratio
            said.append(phrases.inline(phrases.choose(f"analysis.reading_{one.id}", values), **values))
        blocks.append(Paragraph(phrases.inline("analysis.readings", failed_at=other.began)))
        blocks.append(Bullets(tuple(said)))
    if len(open_pushes) > READINGS_SHOWN:
        left_count = len(open_pushes) - READINGS_SHOWN
        blocks.append(Paragraph(phrases.inline("analysis.readings_more", left_count=left_count)))
    return blocks


def _is_weighed(material: Material) -> bool:
    """Whether, on a screen, the root cause has told both readings of a failed push, each with its weight."""
    return material.is_compact and any(
        check.numbers.get("joined_ratio") is not None for cause in material.asserted for check in cause.checks
    )


def _push_counts(material: Material) -> Inline:
    pushes = material.diagnosis.pushes
    return material.phrases.inline(
        "analysis.pushes" if pushes.suspect_count else "analysis.pushes_no_suspects",
        attempted_count=pushes.attempted_count,
        ok_count=pushes.ok_count,
        failed_count=pushes.failed_count,
        suspect_count=pushes.suspect_count,
        unknown_count=pushes.unknown_count,
    )


def _ratios(material: Material) -> Inline:
    pushes, phrases = material.diagnosis.pushes, material.phrases
    if not pushes.failure_ratio_connected and not pushes.failure_ratio_outage:
        return phrases.inline("analysis.ratios_none")
    text = phrases.inline(
        "analysis.ratios",
        failure_ratio_connected=pushes.failure_ratio_connected,
        failure_ratio_outage=pushes.failure_ratio_outage,
    )
    if pushes.p_value is not None:
        text = (*text, *phrases.inline("analysis.risk", p_value=pushes.p_value))
    if pushes.risk_ratio is not None:
        text = (*text, *phrases.inline("analysis.risk_ratio", risk_ratio=pushes.risk_ratio))
    return text


def _push_table(material: Material) -> list[Block]:
    items, phrases = material.diagnosis.pushes.items, material.phrases
    if not items:
        return []
    header = tuple(phrases.text(f"analysis.push_{name}") for name in ("time", "outcome", "lead", "what"))
    error = _same_error(items)
    if material.is_compact and len(items) <= PUSHES_IN_SENTENCES:
        same = () if error is None else (phrases.inline("analysis.push_same_error", error=clip(error, ERROR_LENGTH)),)
        told = (_tell_push(material, push, is_error_known=error is not None) for push in items)
        return [Bullets((*same, *told))]
    rows = tuple(_push_row(material, push, is_error_known=error is not None) for push in items[:ROWS_SHOWN])
    blocks: list[Block] = [Table(header, rows, numeric=frozenset({2}), fixed=frozenset({0}))]
    if error is not None:
        blocks.insert(0, Paragraph(phrases.inline("analysis.push_same_error", error=clip(error, ERROR_LENGTH))))
    if len(items) > ROWS_SHOWN:
        blocks.append(Paragraph(phrases.inline("analysis.push_more", left_count=len(items) - ROWS_SHOWN)))
    return blocks


def _same_error(items: Sequence[Push]) -> str | None:
    """The error of all failed pushes, where several have the same one; said once, it need not stand in each row."""
    errors = {push.error for push in items if push.outcome == PushOutcome.FAILED}
    has_others = any(push.error for push in items if push.outcome != PushOutcome.FAILED)
    several = sum(push.outcome == PushOutcome.FAILED for push in items) > 1
    return next(iter(errors)) if several and len(errors) == 1 and not has_others else None


def _push_row(material: Material, push: Push, *, is_error_known: bool) -> tuple[Inline, ...]:
    """Lay out one push."""
    phrases, lead = material.phrases, ""
    if push.lead_ms is not None:
        key = "push_early" if push.lead_ms >= 0 else "push_late"
        lead = phrases.text(f"analysis.{key}", lead=phrases.formats.milliseconds(abs(push.lead_ms)))
    what = _say_details(material, push, is_error_known=is_error_known)
    return plain(phrases.formats.clock(push.time)), plain(_say_outcome(material, push)), plain(lead), what


def _tell_push(material: Material, push: Push, *, is_error_known: bool) -> Inline:
    """Say in one sentence what a row of the table says."""
    phrases, lead_ms = material.phrases, push.lead_ms
    key = "push_told" if lead_ms is None else "push_told_early" if lead_ms >= 0 else "push_told_late"
    lead = None if lead_ms is None else phrases.formats.milliseconds(abs(lead_ms))
    outcome = _say_outcome(material, push)
    head = phrases.inline(f"analysis.{key}", began=phrases.formats.clock(push.time), outcome=outcome, lead=lead)
    return (*head, *_say_details(material, push, is_error_known=is_error_known))


def _say_outcome(material: Material, push: Push) -> str:
    phrases = material.phrases
    outcome = phrases.identified("outcome", push.outcome)
    if push.fate is None:
        return outcome
    fate = phrases.identified("fate", push.fate)
    if push.resent_by is not None:
        fate = phrases.text("fate.resent-elsewhere", resent_by=push.resent_by)
    return phrases.text("analysis.push_fate", outcome=outcome, fate=fate)


def _say_details(material: Material, push: Push, *, is_error_known: bool) -> Inline:
    """Say what a push carried and how it went; if it failed as it began, the moment of failure says nothing new."""
    phrases = material.phrases
    failed_at = push.failed_at
    is_lasting = push.start_inferred or (failed_at is not None and failed_at - push.time > AT_ONCE)
    details = [
        phrases.inline("analysis.push_connection", connection=push.connection) if material.has_many_connections else (),
        phrases.inline("analysis.push_ids", message_ids=push.message_ids) if push.message_ids else (),
        phrases.inline("analysis.push_error", error=clip(push.error, ERROR_LENGTH))
        if push.error and not is_error_known
        else (),
        phrases.inline("analysis.push_failed_at", failed_at=failed_at) if failed_at and is_lasting else (),
        _push_distance(material, "push_after", "after_drop_ms", push.after_drop_ms if is_lasting else None),
        _push_distance(material, "push_before", "before_reconnect_ms", push.before_reconnect_ms),
        phrases.inline(_choose_inferred(material, push)) if push.start_inferred else (),
        cell(material.places(push.evidence), from_log=True),
    ]
    return join((detail for detail in details if detail and detail[0].text), phrases.mark("clause"))


def _choose_inferred(material: Material, push: Push) -> str:
    """The text for a push whose beginning no line marks."""
    if not push.readings:
        return "analysis.push_inferred"
    return "analysis.push_weighed" if _is_weighed(material) else "analysis.push_open"


def _push_distance(material: Material, key: str, name: str, value: float | None) -> Inline:
    return () if value is None else material.phrases.inline(f"analysis.{key}", **{name: value})
