"""The ledger of causes: every check of every cause, down to the lines that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from logdiag.renderers.document import Inline
from logdiag.renderers.sections.causes import OUTCOME_KEYS
from logdiag.renderers.sections.material import Material
from logdiag.results.causes import RULED_OUT_UP_TO, Cause, CauseStatus, Check, Outcome
from logdiag.results.evidence import Evidence

PLACES_SHOWN: Final = 50
PAGE_STATUS: Final = {CauseStatus.ASSERTED: "asserted", CauseStatus.RULED_OUT: "refuted"}

Quotes: TypeAlias = Mapping[Evidence, str]


@dataclass(frozen=True, slots=True)
class QuotedPlace:
    """A line of a log, and its text where the diagnosis holds it."""

    name: str
    quote: str | None


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """A check: what it asks, what it found, where it is written; `left_count` places are not listed."""

    question: str
    answer: Inline
    places: tuple[QuotedPlace, ...]
    left_count: int


@dataclass(frozen=True, slots=True)
class OutcomeChecks:
    """The checks of one outcome."""

    outcome: str
    checks: tuple[CheckEntry, ...]


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """A cause with all its checks; `status` is asserted, candidate or refuted."""

    id: str
    rank: int
    title: str
    status: str
    confidence: float
    share: str
    explains_count: int
    of_count: int
    summary: Inline
    sides: tuple[OutcomeChecks, ...]
    experiment: Inline
    fix: Inline
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CauseLedger:
    """The causes that are left, best first, and those that are ruled out."""

    open: tuple[CauseEntry, ...]
    refuted: tuple[CauseEntry, ...]
    refuted_title: str


def build_ledger(material: Material) -> CauseLedger | None:
    """Build the ledger; None where no cause was judged, or too little happened to rank any."""
    if not material.ranked or material.is_too_few:
        return None
    incident = material.diagnosis.worst_incident
    quotes = {item.evidence: item.text for item in incident.excerpts} if incident else {}
    entries = [_enter(material, cause, quotes) for cause in material.ranked]
    limit = material.phrases.formats.share(RULED_OUT_UP_TO)
    return CauseLedger(
        open=tuple(entry for entry in entries if entry.status != "refuted"),
        refuted=tuple(entry for entry in entries if entry.status == "refuted"),
        refuted_title=material.phrases.text("causes.ruled_out", limit=limit),
    )


def _enter(material: Material, cause: Cause, quotes: Quotes) -> CauseEntry:
    phrases = material.phrases
    return CauseEntry(
        id=cause.id,
        rank=cause.rank,
        title=phrases.cause_title(cause.id),
        status=_status(cause),
        confidence=cause.confidence,
        share=phrases.formats.share(cause.confidence),
        explains_count=cause.explains_count,
        of_count=cause.of_count,
        summary=phrases.cause(cause, "summary"),
        sides=tuple(_list_sides(material, cause, quotes)),
        experiment=phrases.cause(cause, "next_experiment"),
        fix=phrases.cause(cause, "fix"),
        sources=cause.sources,
    )


def _status(cause: Cause) -> str:
    return PAGE_STATUS.get(cause.status, "candidate")


def _list_sides(material: Material, cause: Cause, quotes: Quotes) -> Iterator[OutcomeChecks]:
    for outcome in OUTCOME_KEYS:
        checks = [check for check in cause.checks if check.outcome is outcome]
        yield OutcomeChecks(_NAMES[outcome], tuple(_enter_check(material, check, quotes) for check in checks))


_NAMES: Final = {Outcome.SUPPORTS: "for", Outcome.REFUTES: "against", Outcome.UNKNOWN: "unknown"}


def _enter_check(material: Material, check: Check, quotes: Quotes) -> CheckEntry:
    phrases = material.phrases
    places = tuple(QuotedPlace(material.place(item), quotes.get(item)) for item in check.evidence[:PLACES_SHOWN])
    return CheckEntry(
        question=phrases.text(f"check.{check.id}.ask") if phrases.has(f"check.{check.id}.ask") else check.id,
        answer=phrases.check(check),
        places=places,
        left_count=len(check.evidence) - len(places),
    )
