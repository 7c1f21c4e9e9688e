"""What `logdiag watch` tells while logs grow, frozen and free of pandas; fields in the order of its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logdiag.results.causes import Cause, Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern
from logdiag.verdict import Severity, Verdict


class NoticeKind(StrEnum):
    """What a notice is about."""

    WATCHING = "watching"
    LINE = "line"
    FILE_NEW = "file-new"
    FILE_ROTATED = "file-rotated"
    FILE_TRUNCATED = "file-truncated"
    INPUT_CUT = "input-cut"
    VERDICT = "verdict"
    FINDING = "finding"
    PATTERN = "pattern"
    PATTERN_GONE = "pattern-gone"
    CAUSE = "cause"
    CAUSE_GONE = "cause-gone"
    LOSSES = "losses"
    PREDICTION = "prediction"
    CAME_TRUE = "prediction-came-true"
    FAILED = "prediction-failed"
    VOID = "prediction-void"


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line that was understood, as soon as it was written; `kind` is that of its event."""

    kind: str
    source: str
    service: str
    level: str | None
    reason: str | None
    socket_id: str | None
    message: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Prediction:
    """When a pattern expects the next disconnect of one of its connections: within `tolerance_s` of `expected_at`.

    `disconnect_at` is the disconnect that came there.
    """

    pattern: str
    kind: str
    connections: tuple[str, ...]
    expected_at: datetime
    period_s: float
    tolerance_s: float
    disconnect_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Losses:
    """What became of the pushes so far."""

    attempted_count: int
    failed_count: int
    suspect_count: int
    lost_certain_count: int
    lost_probable_count: int

    @property
    def lost_count(self) -> int:
        """Messages that are lost, or probably are."""
        return self.lost_certain_count + self.lost_probable_count


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a watcher learns; `time` is by the clock of the logs. What it is not about is None.

    `severity` is that of a finding or a verdict. `dropped_bytes` is what was let go of an input that is too long.
    """

    event: NoticeKind
    time: datetime | None = None
    severity: Severity | None = None
    verdict: Verdict | None = None
    file: str | None = None
    files_count: int | None = None
    dropped_bytes: int | None = None
    line: SeenLine | None = None
    pattern: Pattern | None = None
    cause: Cause | None = None
    finding: Finding | None = None
    losses: Losses | None = None
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The state of things: the last diagnosis, what is expected next, how such expectations did, what came last."""

    diagnosis: Diagnosis | None
    predictions: tuple[Prediction, ...]
    came_true_count: int
    failed_count: int
    void_count: int
    recent: tuple[Notice, ...]
    files_count: int
    lines_count: int
    dropped_bytes: int
