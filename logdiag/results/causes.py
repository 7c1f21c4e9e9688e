"""Causes with the checks that weigh on them, findings, and what the logs cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from logdiag.results.evidence import Evidence, Number
from logdiag.verdict import Severity

RULED_OUT_UP_TO: Final = 0.02  # what a hard refutation leaves of a confidence
CLIENT: Final = "client"  # whose limit a message is too large for, by `refused_by` of a cause


class Outcome(StrEnum):
    """What a check says of its cause."""

    SUPPORTS = "supports"
    REFUTES = "refutes"
    UNKNOWN = "unknown"


class CauseStatus(StrEnum):
    """What the evidence makes of a cause, decided once for all who read the diagnosis.

    Asserted: more likely than not. Suggested: among the best of a case that nothing decides. Ruled out: refuted so far
    that it needs no further thought. Open: all others.
    """

    ASSERTED = "asserted"
    SUGGESTED = "suggested"
    OPEN = "open"
    RULED_OUT = "ruled-out"


@dataclass(frozen=True, slots=True)
class Check:
    """One test of a cause against the evidence."""

    id: str
    outcome: Outcome
    numbers: Mapping[str, Number]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """A row of the catalogue, judged; asserted when `confidence` is 0.5 or more.

    `disconnect_indices` names the disconnects that it explains, `explains_count` counts them.
    """

    id: str
    rank: int
    confidence: float
    explains_count: int
    of_count: int
    patterns: tuple[str, ...]
    triggers: tuple[str, ...]
    checks: tuple[Check, ...]
    sources: tuple[str, ...]
    numbers: Mapping[str, Number] = field(default_factory=dict)
    disconnect_indices: tuple[int, ...] = ()
    status: CauseStatus = CauseStatus.OPEN

    @property
    def is_candidate(self) -> bool:
        """Whether a check supports it and nothing rules it out."""
        is_supported = any(check.outcome is Outcome.SUPPORTS for check in self.checks)
        return is_supported and self.status is not CauseStatus.RULED_OUT

    @property
    def is_of_client(self) -> bool:
        """Whether the client refuses to receive a message: the limit is its own, and no push is too large."""
        return self.numbers.get("refused_by") == CLIENT


SHOWN: Final = 5  # of the lines of a finding, a choice: as many as a reader looks up


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know, with its numbers and its lines."""

    id: str
    severity: Severity
    numbers: Mapping[str, Number]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """What these logs cannot show, and which causes that leaves open."""

    id: str
    blocks_causes: tuple[str, ...]
    numbers: Mapping[str, Number]
