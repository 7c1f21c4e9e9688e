"""What the search tells of a line that comes with disconnects."""

from __future__ import annotations

from dataclasses import dataclass

from logdiag.analyzers.clocks.drop_table import DropKey
from logdiag.analyzers.triggers.shared_beats import LockVerdict
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import TriggerRole


@dataclass(frozen=True, slots=True)
class TriggerLine:
    """Who writes the line, and what it says; `example` is one that stands by a disconnect."""

    source: str
    service: str
    level: str | None
    template: str
    example: Evidence

    @property
    def key(self) -> tuple[str, str]:
        """The service and the template: what a line is the same by."""
        return self.service, self.template


@dataclass(frozen=True, slots=True)
class LagSpread:
    """Seconds from the line to the disconnect, for a consequence from the disconnect to the line."""

    median_s: float
    p10_s: float
    p90_s: float


@dataclass(frozen=True, slots=True)
class TriggerCounts:
    """How often both come together.

    `preceded` lists the keys of disconnects with the line in their `window_s`; `preceded_count` of `of_count` counts
    moments: for the server's lines all disconnects within 1 s are one. `occurrences_count` counts lines written while
    connected, `followed_count` those that a disconnect followed within the window.
    """

    window_s: float
    preceded: tuple[DropKey, ...]
    preceded_count: int
    of_count: int
    occurrences_count: int
    followed_count: int


@dataclass(frozen=True, slots=True)
class TriggerChance:
    """What chance does as well: the moments that it puts behind the line, and how probable so many are by it alone."""

    expected_count: float
    p_value: float
    q_value: float


@dataclass(frozen=True, slots=True)
class TriggerFit:
    """A template that comes with disconnects more often than chance allows, and what speaks for and against it.

    `role`: `trigger`, `consequence` (only comes after) or `undecided` for `why_undecided`: `phase-locked`,
    `beats-without-it`, `order-unknown`, `both-sides`, `long-lag`, `after-silence`, `far-side-echo`, `same-act`. `lock`
    weighs a beat that line and disconnects share, None where that was not asked. `members` are other templates
    (service, template) that always come along; `companions` precede disconnects too, but none that this one does not.
    """

    connection: str
    line: TriggerLine
    role: TriggerRole
    why_undecided: str | None
    lag: LagSpread
    counts: TriggerCounts
    chance: TriggerChance
    lock: LockVerdict | None
    members: tuple[tuple[str, str], ...] = ()
    companions: tuple[tuple[str, str], ...] = ()

    @property
    def own_keys(self) -> frozenset[tuple[str, str]]:
        """The line and those that always come along."""
        return frozenset((self.line.key, *self.members))

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """All lines that this trigger speaks for."""
        return self.own_keys | frozenset(self.companions)
