"""The clocks that the disconnects obey, and the lines that precede them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from logdiag.results.connections import Reset
from logdiag.results.evidence import Evidence

LOOSE_SHARE: Final = 0.1  # of its period; a loop that scatters more keeps no time
SURE_MARGIN_NATS: Final = 3.0  # between two clocks: odds of 20 to 1
COARSE_MARGIN_NATS: Final = 6.0  # twice that, where stamps are rounded: odds of 400 to 1
MOST_FALSE_ALARM: Final = 0.01  # one log in a hundred, as the search for clocks asserts (docs/methods.md)
SURE_Q: Final = 0.05  # of a trigger: one in twenty of those shown may be chance
MOSTLY_FOLLOWED: Final = 0.8  # a choice: four of five
ALIKE_SHARE: Final = 0.001  # of a period: timers of one setting differ by less (30 s in Node.js by some 6 ms)
BURST_GAP_S: Final = 10.0  # above Socket.IO's longest back-off (5 s) and a handshake
NEARLY_ALL: Final = 0.8  # a choice: of the disconnects; a few lines get lost, a few ends have another cause


class PatternKind(StrEnum):
    """Which clock a set of disconnects obeys."""

    TIMER = "timer"
    WALL_CLOCK = "wall-clock"
    CONNECTION_AGE = "connection-age"
    IDLE = "idle"
    REGULAR_LOOP = "regular-loop"
    BURST = "burst"


BEAT_KINDS: Final = frozenset({PatternKind.TIMER, PatternKind.WALL_CLOCK})  # what goes on whatever becomes of a session


class TriggerRole(StrEnum):
    """What a message that comes with disconnects has to do with them."""

    TRIGGER = "trigger"
    CONSEQUENCE = "consequence"
    UNDECIDED = "undecided"


class Direction(StrEnum):
    """Which way messages go, as whoever wrote the log sees it."""

    RECEIVED = "received"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A clock that a set of disconnects obeys. For connection-age and idle, `period_s` is the lifetime.

    `stamps_s` is the step of coarse stamps, `silent` which messages alone an idle time counts from, None for both.
    """

    id: str
    kind: PatternKind
    connections: tuple[str, ...]
    period_s: float | None
    period_error_s: float | None
    jitter_s: float | None
    drift_ms_per_beat: float | None
    explained_count: int
    of_count: int
    missed_beats_count: int | None
    false_alarm_probability: float | None
    reset_by_reconnect: bool | None
    resets: tuple[Reset, ...]
    margin_nats: float | None
    runner_up: str | None
    separating_event: str | None
    phase_s: float | None = None
    stamps_s: float | None = None
    silent: Direction | None = None

    @property
    def is_irregular(self) -> bool:
        """Whether it is a loop whose rounds differ so much that it tells no time."""
        return is_irregular(self.kind, self.period_s, self.jitter_s)

    @property
    def keeps_time(self) -> bool:
        """Whether it is a clock: neither bursts nor an irregular loop."""
        return self.kind is not PatternKind.BURST and not self.is_irregular

    @property
    def is_significant(self) -> bool:
        """Whether chance makes such a pattern so rarely that it counts as found."""
        return self.false_alarm_probability is not None and self.false_alarm_probability <= MOST_FALSE_ALARM

    @property
    def is_contested(self) -> bool:
        """Whether another clock explains the disconnects nearly as well, and an event is known that would decide."""
        return self.separating_event is not None and (self.margin_nats or 0.0) < SURE_MARGIN_NATS

    @property
    def may_be_age(self) -> bool:
        """Whether it is a timer that an age limit with equal outages would look like, by such stamps.

        Coarse stamps scatter both clocks alike, so that a difference of theirs says less.
        """
        sure_nats = SURE_MARGIN_NATS if self.stamps_s is None else COARSE_MARGIN_NATS
        is_near = (self.margin_nats if self.margin_nats is not None else sure_nats) < sure_nats
        return self.kind is PatternKind.TIMER and self.runner_up == PatternKind.CONNECTION_AGE and is_near


LIFETIME_KINDS: Final = frozenset({PatternKind.CONNECTION_AGE, PatternKind.IDLE})  # their period is a lifetime


def is_irregular(kind: PatternKind, period_s: float | None, jitter_s: float | None) -> bool:
    """Whether a pattern is a loop whose rounds differ by more than a tenth."""
    return kind is PatternKind.REGULAR_LOOP and (jitter_s or 0.0) > LOOSE_SHARE * (period_s or math.inf)


def list_alike(pattern: Pattern, patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """List the beats of one period, each of other connections and with a phase of its own; the pattern among them."""
    period_s = pattern.period_s
    if pattern.kind not in BEAT_KINDS or period_s is None:
        return (pattern,)
    near_s = ALIKE_SHARE * period_s
    alike = (one for one in patterns if one.kind is pattern.kind and one.period_s is not None)
    return tuple(one for one in alike if abs((one.period_s or 0.0) - period_s) <= near_s)


def count_explained(alike: Sequence[Pattern]) -> int:
    """How many disconnects keep one of the beats of one period: each is one connection's, so none keeps two."""
    return sum(one.explained_count for one in alike)


def find_greatest_chance(alike: Sequence[Pattern]) -> float | None:
    """The odds that chance alone makes the least sure of the beats of one period; None where none is known."""
    chances = (one.false_alarm_probability for one in alike if one.false_alarm_probability is not None)
    return max(chances, default=None)


def group_alike(patterns: Sequence[Pattern]) -> tuple[tuple[Pattern, ...], ...]:
    """The patterns in their order, those of one period with a phase each where the first of them stands."""
    groups: list[tuple[Pattern, ...]] = []
    grouped: set[str] = set()
    for pattern in patterns:
        if pattern.id not in grouped:
            alike = tuple(one for one in list_alike(pattern, patterns) if one.id not in grouped)
            groups.append(alike)
            grouped.update(one.id for one in alike)
    return tuple(groups)


@dataclass(frozen=True, slots=True)
class Lag:
    """Quantiles of the time from a line to the disconnect that followed it."""

    median: float
    p10: float
    p90: float


@dataclass(frozen=True, slots=True)
class ClockSearch:
    """Were there enough disconnects to name a clock? The most of one connection, and about how many it takes."""

    have_count: int
    needed_count: int

    @property
    def is_short(self) -> bool:
        """Whether the disconnects are so few that no clock found says little about clocks."""
        return self.have_count < self.needed_count


@dataclass(frozen=True, slots=True)
class Trigger:
    """A message template that comes with disconnects more often than chance allows."""

    id: str
    connection: str
    service: str
    template: str
    role: TriggerRole
    lag_ms: Lag
    preceded_count: int
    of_count: int
    expected_by_chance: float
    p_value: float
    q_value: float
    occurrences_count: int
    followed_count: int
    example: Evidence

    @property
    def is_sure(self) -> bool:
        """Whether it stands out among all that were tried, not only by itself."""
        return self.q_value <= SURE_Q

    @property
    def is_telling(self) -> bool:
        """Whether it precedes nearly all disconnects and is no mere consequence: a reader must see it first."""
        is_before = self.role is not TriggerRole.CONSEQUENCE and self.is_sure
        return is_before and self.preceded_count >= NEARLY_ALL * self.of_count

    def pool(self, others: Iterable[Trigger]) -> Trigger:
        """It with the counts of the same line of other connections, which several clients write."""
        alike = [self, *(one for one in others if one.id != self.id and one.is_alike(self))]
        return replace(
            self,
            preceded_count=sum(one.preceded_count for one in alike),
            of_count=sum(one.of_count for one in alike),
            expected_by_chance=sum(one.expected_by_chance for one in alike),
            occurrences_count=sum(one.occurrences_count for one in alike),
            followed_count=sum(one.followed_count for one in alike),
        )

    def is_alike(self, other: Trigger) -> bool:
        """Whether both are the same line in the same part, of two connections; a server's is of all."""
        are_apart = "" not in {self.connection, other.connection} and self.connection != other.connection
        return are_apart and (self.service, self.template, self.role) == (other.service, other.template, other.role)

    @property
    def is_own_end(self) -> bool:
        """Whether it surely comes before disconnects, and hardly ever without one: what it tells of leads to them."""
        is_before = self.role is TriggerRole.TRIGGER and self.is_sure
        return is_before and self.followed_count >= MOSTLY_FOLLOWED * self.occurrences_count
