"""The answer of `logdiag verify`: one line that scripts and people can read, then what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from logdiag.renderers.document import Block, Bullets, Document, Inline, Section, Span, Style, Table, plain
from logdiag.renderers.json import convert, envelope, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.results.verification import CauseChange, FixOutcome, LogPeriod, Obstacle, PatternChange, Verification

STYLES: Final = {
    FixOutcome.FIXED: Style.GOOD,
    FixOutcome.IMPROVED: Style.GOOD,
    FixOutcome.SAME: Style.WARN,
    FixOutcome.WORSE: Style.BAD,
    FixOutcome.NOT_ENOUGH_DATA: Style.WARN,
}


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """The answer in its forms."""

    verification: Verification

    def write_json(self, *, generated_at: datetime, version: str) -> str:
        """Write the result as the one object of docs/contracts.md, 2."""
        document: dict[str, Any] = envelope("verify", generated_at=generated_at, version=version)
        return write_json(document | convert(self.verification))

    def build(self, *, language: str = "en", zone: str = "UTC") -> Document:
        """Build the answer as a document of no format."""
        return build_answer(self.verification, language=language, zone=zone)


def build_answer(verification: Verification, *, language: str = "en", zone: str = "UTC") -> Document:
    """Build the answer as a document of no format."""
    phrases = Phrases(language, zone)
    headline = (Span(phrases.text(f"verify.outcome.{verification.outcome.value}"), STYLES[verification.outcome]),)
    sections = (
        Section("summary", phrases.text("verify.title.summary"), tuple(_summarize(verification, phrases))),
        Section("compared", phrases.text("verify.title.compared"), (_compare_stretches(verification, phrases),)),
        Section("changes", phrases.text("verify.title.changes"), tuple(_list_changes(verification, phrases))),
    )
    return Document(phrases.text("verify.title.report"), headline, tuple(item for item in sections if item.blocks))


def _summarize(verification: Verification, phrases: Phrases) -> list[Block]:
    sentences: list[Inline] = [_say_obstacle(item, phrases) for item in verification.obstacles]
    ratio = verification.rate_ratio
    if not verification.obstacles:
        key = "rate" if ratio.high is not None else "rate_unbounded"
        if verification.before.faults_count and verification.after.faults_count == 0:
            key = "rate_none"
        sentences.append(
            phrases.inline(
                f"verify.{key}",
                estimate=ratio.estimate,
                low=ratio.low,
                high=ratio.high,
                before_count=verification.before.faults_count,
                after_count=verification.after.faults_count,
            )
        )
    if verification.most_faults_per_h is not None:
        sentences.append(phrases.inline("verify.still_possible", rate=verification.most_faults_per_h))
    if verification.outcome is FixOutcome.NOT_ENOUGH_DATA and verification.watch_longer_s:
        sentences.append(phrases.inline("verify.watch_longer", watch_longer_s=verification.watch_longer_s))
    sentences += [_say_obstacle(item, phrases) for item in verification.cautions]
    return [Bullets(tuple(sentences))]


def _say_obstacle(obstacle: Obstacle, phrases: Phrases) -> Inline:
    return phrases.inline(f"verify.obstacle.{obstacle.id}", **obstacle.numbers)


def _compare_stretches(verification: Verification, phrases: Phrases) -> Table:
    before, after = verification.before, verification.after
    header = ("", phrases.text("verify.before"), phrases.text("verify.after"))
    rows = tuple(
        (plain(phrases.text(f"verify.row.{name}")), *(plain(_cell(name, side, phrases)) for side in (before, after)))
        for name in ("time", "connections", "faults", "rate", "outage", "losses")
    )
    return Table(header, rows)


def _cell(name: str, side: LogPeriod, phrases: Phrases) -> str:
    time_s = side.observed_s if side.connected_s is None else side.connected_s
    lost: dict[str, float | int | str | None] = {"lost_count": side.lost_count, "pushes_count": side.pushes_count}
    if name == "time":
        return _say_time(side, phrases)
    if name == "connections":
        return phrases.text("verify.cell.connections", connections_count=side.connections_count, time_s=time_s)
    if name == "faults":
        return phrases.text(
            "verify.cell.faults", faults_count=side.faults_count, disconnects_count=side.disconnects_count
        )
    if name == "rate":
        return phrases.text("verify.cell.rate", rate=side.faults_per_h)
    if name == "outage":
        key = "outage_none" if side.median_outage_s is None else "outage"
        return phrases.text(f"verify.cell.{key}", outage_s=side.median_outage_s)
    return phrases.text("verify.cell.losses", **lost)


def _say_time(side: LogPeriod, phrases: Phrases) -> str:
    if side.start is None or side.end is None:
        return phrases.text("verify.cell.time_none")
    return phrases.text("verify.cell.time", start=side.start, until=plain(phrases.until(side.start, side.end)))


def _list_changes(verification: Verification, phrases: Phrases) -> list[Block]:
    items = [_say_pattern(item, phrases) for item in verification.patterns]
    items += [_say_cause(item, phrases) for item in verification.causes]
    return [Bullets(tuple(items))] if items else []


def _say_pattern(change: PatternChange, phrases: Phrases) -> Inline:
    return phrases.inline(
        f"verify.pattern.{change.fate.value}",
        kind=phrases.identified("pattern_kind", change.kind),
        period_s=change.period_s,
        before_count=change.before_count,
        after_count=change.after_count,
        expected=change.expected_count,
    )


def _say_cause(change: CauseChange, phrases: Phrases) -> Inline:
    return phrases.inline(
        f"verify.cause.{change.fate.value}",
        title=phrases.cause_title(change.id),
        before_ratio=change.before_confidence,
        after_ratio=change.after_confidence,
    )
