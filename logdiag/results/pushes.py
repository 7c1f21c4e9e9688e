"""Pushes, what became of them, and what a retry would have saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from logdiag.results.disconnects import Attribution
from logdiag.results.evidence import Evidence

FEW_UNTOLD: Final = 0.1  # a choice: of one in ten the line may be lost, or the logs end before it


class PushOutcome(StrEnum):
    """How an attempt to deliver ended: suspect is one that was logged as a success while its connection died."""

    OK = "ok"
    FAILED = "failed"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"


class PushFate(StrEnum):
    """What became of the messages of a push that did not plainly arrive."""

    LOST = "lost"
    PROBABLY_LOST = "probably-lost"
    RESENT = "resent"


@dataclass(frozen=True, slots=True)
class PushReading:
    """One reading of a failed push whose start no line marks.

    `handed-over`: it is the push of the message handed over before, and began then; `at-once`: it is another one, which
    began as it failed. The weights of both add up to 1. `took_ms`: how long it took to fail; `beat_ms`: how long before
    the beat then due it began, negative after it; `chance_probability`: how often a moment picked at random lies as
    close to a beat.
    """

    id: str
    began: datetime
    weight_ratio: float
    took_ms: float
    beat_ms: float | None = None
    chance_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """One attempt to deliver. `lead_ms` = disconnect minus start: positive when the push came first.

    `fate` says what became of its messages: `lost`, `probably-lost`, or `resent` by another push that arrived;
    `resent_by` is whose that was, if another connection's. `accounts`: for whom it is, as its lines name them.
    `readings`: both, where the lines leave open which push it was; `time`, `message_ids` and `lead_ms` are those of the
    first.
    """

    time: datetime
    connection: str
    message_ids: tuple[str, ...]
    outcome: PushOutcome
    error: str | None
    disconnect_index: int | None
    lead_ms: float | None
    evidence: tuple[Evidence, ...]
    channel: str | None = None
    start_inferred: bool = False
    failed_at: datetime | None = None
    after_drop_ms: float | None = None
    before_reconnect_ms: float | None = None
    attribution: Attribution | None = None
    fate: PushFate | None = None
    readings: tuple[PushReading, ...] = ()
    resent_by: str | None = None
    accounts: tuple[str, ...] = ()

    @property
    def start_weight(self) -> float:
        """How much speaks for it to have begun at `time`: 1 unless the lines leave that open."""
        return self.readings[0].weight_ratio if self.readings else 1.0


@dataclass(frozen=True, slots=True)
class Pushes:
    """The push ledger; `items` holds every push that was not plainly ok."""

    attempted_count: int
    ok_count: int
    failed_count: int
    suspect_count: int
    suspect_expected_count: float | None
    lost_certain_count: int
    lost_probable_count: int
    lost_message_ids: tuple[str, ...]
    failure_ratio_connected: float | None
    failure_ratio_outage: float | None
    risk_ratio: float | None
    p_value: float | None
    items: tuple[Push, ...]
    unknown_count: int = 0

    @property
    def lost_count(self) -> int:
        """How many pushes were lost, for certain or probably."""
        return self.lost_certain_count + self.lost_probable_count

    @property
    def is_told(self) -> bool:
        """Whether lines tell what became of nearly all pushes: else nobody knows whether a message was lost."""
        return self.unknown_count < self.attempted_count and self.unknown_count <= FEW_UNTOLD * self.attempted_count

    def list_unsure_ids(self) -> tuple[str, ...]:
        """The lost messages that are joined to a failed push by their nearness alone."""
        joined = {message for push in self.items if push.readings for message in push.message_ids}
        return tuple(message for message in self.lost_message_ids if message in joined)


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry policy, replayed against the outages that happened.

    Of `of_count` pushes that did not arrive and whose end the replay can tell it recovers some, a share with an exact
    95 % interval; `unknown_count` are the others. `if_harmless_count`: what it would recover if no push ended its
    connection. `worst_delay_s` is None where nothing is recovered.
    """

    policy: str
    recovered_count: int
    of_count: int
    worst_delay_s: float | None
    harmful: bool
    unknown_count: int = 0
    low_ratio: float | None = None
    high_ratio: float | None = None
    if_harmless_count: int = 0
