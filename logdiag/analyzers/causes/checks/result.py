"""What a check returns, and the register in which the catalogue finds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence, Number

EVIDENCE_SHOWN: Final = 5  # a choice: as many lines as a reader looks up


@dataclass(frozen=True, slots=True)
class Claim:
    """A cause as a check sees it: its parameters in the catalogue, and the disconnects that it claims."""

    cause: str
    reasons: tuple[str, ...]
    patterns: tuple[str, ...]
    facts: tuple[DisconnectFacts, ...]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of a check with its numbers and lines; `strength` in 0..1 scales the nats of the catalogue."""

    outcome: Outcome
    numbers: Mapping[str, Number] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    strength: float = 1.0


Numbers: TypeAlias = dict[str, Number]
CheckFunction: TypeAlias = Callable[[Case, Claim], CheckResult]
WEAK_SINGLE: Final = 0.7  # a choice: of the nats of a check; one may be a coincidence
CHECKS: Final[dict[str, CheckFunction]] = {}


def check(identifier: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as the check of that id."""

    def register(function: CheckFunction) -> CheckFunction:
        if identifier in CHECKS:
            raise ValueError(identifier)
        CHECKS[identifier] = function
        return function

    return register


def supports(
    numbers: Mapping[str, Number] | None = None, evidence: Sequence[Evidence] = (), strength: float = 1.0
) -> CheckResult:
    """The evidence speaks for the cause."""
    return CheckResult(Outcome.SUPPORTS, numbers or {}, tuple(evidence[:EVIDENCE_SHOWN]), strength)


def refutes(
    numbers: Mapping[str, Number] | None = None, evidence: Sequence[Evidence] = (), strength: float = 1.0
) -> CheckResult:
    """The evidence speaks against the cause."""
    return CheckResult(Outcome.REFUTES, numbers or {}, tuple(evidence[:EVIDENCE_SHOWN]), strength)


def cannot_tell(numbers: Mapping[str, Number] | None = None, evidence: Sequence[Evidence] = ()) -> CheckResult:
    """The logs hold nothing that would decide."""
    return CheckResult(Outcome.UNKNOWN, numbers or {}, tuple(evidence[:EVIDENCE_SHOWN]))


def places(facts: Sequence[DisconnectFacts]) -> list[Evidence]:
    """The lines of some disconnects."""
    return [place for fact in facts for place in fact.evidence]


def quote_commonest(words: Sequence[str]) -> Numbers:
    """The error that is logged most often, and how often."""
    ((error, count),) = Counter(words).most_common(1) or ((None, 0),)
    return {"error": error and error[:LONGEST_QUOTE], "errors_count": count}


def grade(count: int) -> float:
    """The strength of so many disconnects that state it: one is weaker evidence than three."""
    return 1.0 if count >= 3 else 0.85 if count == 2 else WEAK_SINGLE
