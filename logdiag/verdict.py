"""The answer in one word, and how bad it is: what the command line must know without loading the rest."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; `error` for lost messages, a significant pattern or availability under 99 %."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Verdict(StrEnum):
    """The one-word answer; `inconclusive` when no connection event was seen, or none tells a life."""

    INCIDENT = "incident"
    HEALTHY = "healthy"
    INCONCLUSIVE = "inconclusive"
