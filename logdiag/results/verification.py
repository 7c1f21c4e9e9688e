"""The result of `logdiag verify`, frozen and free of pandas; field names and order are those of its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logdiag.results.evidence import Number
from logdiag.verdict import Verdict


class FixOutcome(StrEnum):
    """Whether the change worked."""

    FIXED = "fixed"
    IMPROVED = "improved"
    SAME = "same"
    WORSE = "worse"
    NOT_ENOUGH_DATA = "not-enough-data"


class Presence(StrEnum):
    """What became of something between before and after."""

    PRESENT = "present"
    GONE = "gone"
    NEW = "new"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LogPeriod:
    """One of the two sets of logs: what it covers and what went wrong in it.

    `faults_count` counts the disconnects that nobody asked for, those that hit several connections at once as one.
    `connected_s` is None where these logs do not tell how long connections were up; rates are then those of
    `observed_s`, the time that the logs cover times their connections.
    """

    paths: tuple[str, ...]
    verdict: Verdict
    start: datetime | None
    end: datetime | None
    connections_count: int
    observed_s: float
    connected_s: float | None
    disconnects_count: int
    faults_count: int
    faults_per_h: float | None
    median_outage_s: float | None
    pushes_count: int
    lost_count: int


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Faults an hour after, over those before, with its 95 % interval; `high` is None where nothing bounds it."""

    estimate: float | None
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class PatternChange:
    """A pattern of either side. `expected_count`: how many of its disconnects the old rate would give after."""

    kind: str
    period_s: float | None
    before_count: int
    expected_count: float | None
    after_count: int
    fate: Presence


@dataclass(frozen=True, slots=True)
class CauseChange:
    """A cause that is asserted on either side, with its confidence on both."""

    id: str
    before_confidence: float
    after_confidence: float
    fate: Presence


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the two cannot be compared, or may be compared with care only."""

    id: str
    numbers: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Verification:
    """Before against after.

    `watch_longer_s` is how long the new state must be watched from now on, without a fault, until it can be called
    fixed; None where that is no question. `most_faults_per_h` is the rate that a time without any fault still allows.
    """

    outcome: FixOutcome
    before: LogPeriod
    after: LogPeriod
    rate_ratio: RateRatio
    patterns: tuple[PatternChange, ...]
    causes: tuple[CauseChange, ...]
    obstacles: tuple[Obstacle, ...]
    cautions: tuple[Obstacle, ...]
    watch_longer_s: float | None
    most_faults_per_h: float | None
