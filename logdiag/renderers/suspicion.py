"""The answer of `logdiag suspect`: a word that decides, what decided it, both directions of counting, and the phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from logdiag.renderers.document import Block, Bullets, Document, Inline, Section, Span, Style, Table, code, plain
from logdiag.renderers.json import convert, envelope, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.results.evidence import Number
from logdiag.results.suspicion import Relatedness, Suspicion, TemplateRelation

STYLES: Final = {Relatedness.RELATED: Style.BAD, Relatedness.UNRELATED: Style.GOOD, Relatedness.UNDECIDED: Style.WARN}

BY_COUNT: Final = frozenset({"by-count", "too-few"})  # the answers that rest on how much the count leaves open


@dataclass(frozen=True, slots=True)
class SuspicionAnswer:
    """The answer in its forms."""

    suspicion: Suspicion

    def write_json(self, *, generated_at: datetime, version: str) -> str:
        """Write the result as the one object of docs/contracts.md, 2."""
        document: dict[str, Any] = envelope("suspect", generated_at=generated_at, version=version)
        return write_json(document | convert(self.suspicion))

    def build(self, *, language: str = "en", zone: str = "UTC") -> Document:
        """Build the answer as a document of no format."""
        phrases, suspicion = Phrases(language, zone), self.suspicion
        head = phrases.text(f"suspect.answer.{suspicion.answer.value}", text=suspicion.text)
        sections = [
            Section("summary", phrases.text("suspect.title.summary"), tuple(_summarize(suspicion, phrases))),
            Section("counts", phrases.text("suspect.title.counts"), tuple(_show_counts(suspicion, phrases))),
            Section("phase", phrases.text("suspect.title.phase"), tuple(_show_phases(suspicion, phrases))),
        ]
        title = phrases.text("suspect.title.report", text=suspicion.text)
        return Document(title, (Span(head, STYLES[suspicion.answer]),), tuple(item for item in sections if item.blocks))


def _summarize(suspicion: Suspicion, phrases: Phrases) -> list[Block]:
    leading = suspicion.relations[0] if suspicion.relations else None
    numbers = _number(leading) if leading else {}
    sentences = [_say(f"suspect.why.{suspicion.why}", numbers, phrases)]
    if phrases.has(f"suspect.decide.{suspicion.why}"):
        sentences.append(_say(f"suspect.decide.{suspicion.why}", numbers, phrases))
    understood: dict[str, Number] = {
        "names": phrases.listed(suspicion.names),
        "announced_s": suspicion.announced_s,
        "matched_count": suspicion.matched_count,
        "files_count": suspicion.files_count,
        "lines_count": suspicion.lines_count,
        "text": suspicion.text,
    }
    sentences.append(phrases.inline(f"suspect.sense.{suspicion.sense.value}", **understood))
    if suspicion.is_cut:
        sentences.append(phrases.inline("suspect.cut", matched_count=suspicion.matched_count))
    return [Bullets(tuple(sentences))]


def _say(key: str, numbers: Mapping[str, Number], phrases: Phrases) -> Inline:
    return phrases.inline(phrases.choose(key, numbers), **numbers)


def _number(relation: TemplateRelation) -> dict[str, Number]:
    counts, phase = relation.counts, relation.phase
    lag = phase.lag_ms
    return {
        "service": relation.service,
        "template": relation.template,
        "of_count": counts.of_count,
        "preceded_count": counts.preceded_count,
        "without_count": counts.of_count - counts.preceded_count,
        "expected": counts.expected_by_chance,
        "window_s": counts.window_s,
        "p_value": counts.p_value,
        "occurrences_count": counts.occurrences_count,
        "followed_count": counts.followed_count,
        "most_ratio": counts.most_ratio,
        "lag_ms": None if lag is None else lag.median,
        "low_ms": None if lag is None else lag.p10,
        "high_ms": None if lag is None else lag.p90,
        "line_period_s": phase.line_period_s,
        "drop_period_s": phase.drop_period_s,
        "phase_ratio": phase.phase_ratio,
        "other": relation.other,
        "needed_count": relation.needed_count,
    }


def _show_counts(suspicion: Suspicion, phrases: Phrases) -> list[Block]:
    if not suspicion.relations:
        return []
    header = tuple(phrases.text(f"suspect.column.{name}") for name in ("answer", "before", "after", "odds", "lines"))
    rows = tuple(_show_row(relation, phrases) for relation in suspicion.relations)
    return [Table(header, rows)]


def _show_row(relation: TemplateRelation, phrases: Phrases) -> tuple[Inline, ...]:
    numbers = _number(relation)
    answer = phrases.text(f"suspect.answer_word.{relation.answer.value}")
    return (
        (Span(answer, STYLES[relation.answer]),),
        plain(phrases.text("suspect.cell.before", **numbers)),
        plain(phrases.text("suspect.cell.after", **numbers)),
        plain(phrases.text("suspect.cell.odds", **numbers)),
        code(f"{relation.service}: {relation.template}"),
    )


def _show_phases(suspicion: Suspicion, phrases: Phrases) -> list[Block]:
    items = []
    for relation in suspicion.relations[:1]:
        numbers = _number(relation)
        if relation.phase.lag_ms is not None:
            items.append(_say("suspect.lag", numbers, phrases))
        if relation.phase.line_period_s is not None and relation.phase.drop_period_s is not None:
            items.append(phrases.inline("suspect.periods", **numbers))
        if relation.phase.is_locked:
            items.append(phrases.inline(f"suspect.guard.{_name_guard(relation)}", **numbers))
        if relation.why in BY_COUNT and relation.counts.most_ratio is not None:
            items.append(phrases.inline("suspect.most", **numbers))
    return [Bullets(tuple(items))] if items else []


def _name_guard(relation: TemplateRelation) -> str:
    """What the guard against two clocks that tick together says."""
    if relation.phase.is_bare:
        return "bare"
    if relation.why == "two-clocks":
        return "drifts"
    return "moves" if relation.answer is Relatedness.RELATED else "together"
