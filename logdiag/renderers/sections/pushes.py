"""The push ledger: how many were tried, what became of them, and each one that went wrong."""

from __future__ import annotations

from typing import Final

from logdiag.diagnosis import Push
from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Subheading, Table, plain
from logdiag.renderers.sections.material import Material, cell, clip, join

ROWS_SHOWN: Final = 25
ERROR_LENGTH: Final = 160


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
    if pushes.lost_probable_count:
        facts.append(phrases.inline("analysis.lost_probable", lost_probable_count=pushes.lost_probable_count))
    if pushes.failure_ratio_connected is not None and pushes.failure_ratio_outage is not None:
        facts.append(_ratios(material))
    return [heading, Bullets(tuple(facts)), *_push_table(material)]


def _push_counts(material: Material) -> Inline:
    pushes = material.diagnosis.pushes
    return material.phrases.inline(
        "analysis.pushes",
        attempted_count=pushes.attempted_count,
        ok_count=pushes.ok_count,
        failed_count=pushes.failed_count,
        suspect_count=pushes.suspect_count,
        unknown_count=pushes.unknown_count,
    )


def _ratios(material: Material) -> Inline:
    pushes, phrases = material.diagnosis.pushes, material.phrases
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
    rows = tuple(_push_row(material, push) for push in items[:ROWS_SHOWN])
    blocks: list[Block] = [Table(header, rows, numeric=frozenset({2}), fixed=frozenset({0}))]
    if len(items) > ROWS_SHOWN:
        blocks.append(Paragraph(phrases.inline("analysis.push_more", left_count=len(items) - ROWS_SHOWN)))
    return blocks


def _push_row(material: Material, push: Push) -> tuple[Inline, ...]:
    phrases = material.phrases
    lead = ""
    if push.lead_ms is not None:
        key = "push_early" if push.lead_ms >= 0 else "push_late"
        lead = phrases.text(f"analysis.{key}", lead=phrases.formats.milliseconds(abs(push.lead_ms)))
    details = [
        phrases.inline("analysis.push_connection", connection=push.connection) if material.has_many_connections else (),
        phrases.inline("analysis.push_ids", message_ids=push.message_ids) if push.message_ids else (),
        phrases.inline("analysis.push_error", error=clip(push.error, ERROR_LENGTH)) if push.error else (),
        phrases.inline("analysis.push_failed_at", failed_at=push.failed_at) if push.failed_at else (),
        _push_distance(material, "push_after", "after_drop_ms", push.after_drop_ms),
        _push_distance(material, "push_before", "before_reconnect_ms", push.before_reconnect_ms),
        phrases.inline("analysis.push_inferred") if push.start_inferred else (),
        cell(material.places(push.evidence), from_log=True),
    ]
    what = join((detail for detail in details if detail and detail[0].text), phrases.mark("clause"))
    outcome = plain(phrases.identified("outcome", push.outcome))
    return plain(phrases.formats.clock(push.time)), outcome, plain(lead), what


def _push_distance(material: Material, key: str, name: str, value: float | None) -> Inline:
    return () if value is None else material.phrases.inline(f"analysis.{key}", **{name: value})
