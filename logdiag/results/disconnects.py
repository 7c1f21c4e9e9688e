"""One disconnect with all that is known of it, when the next is due, and since when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from logdiag.results.evidence import Evidence, Excerpt

MOST_BRIEF: Final = 2  # moments: fewer than three show no cause (FEWEST_DROPS)
BRIEF_S: Final = 5.0  # a choice: what a person waits for without complaint
PROXY: Final = "proxy"  # as a witness
QUIET_CHANCE: Final = 0.01  # a time without faults that is likelier says nothing


class Remark(StrEnum):
    """What is special about a disconnect."""

    ON_BEAT = "on-beat"
    OFF_BEAT = "off-beat"
    EARLY = "early"
    LATE = "late"
    CYCLE_RESUMES = "cycle-resumes"
    IN_BURST = "in-burst"
    PUSH_UNDER_WAY = "push-under-way"
    PUSH_PERHAPS = "push-perhaps"
    CRASHED = "crashed"
    UNLOGGED = "unlogged"
    PROCESS_RESTARTED = "process-restarted"
    ORDERLY = "orderly"
    DEPARTURE = "departure"


NO_FAULTS: Final = frozenset({Remark.ORDERLY, Remark.DEPARTURE})


class Attribution(StrEnum):
    """Where a push lies beside the disconnect that explains what became of it."""

    INSIDE = "inside"
    STRADDLE = "straddle"
    NEAR_BEFORE = "near-before"
    DEAD_LINE = "dead-line"
    OUTSIDE = "outside"
    UNKNOWN_START = "unknown-start"


@dataclass(frozen=True, slots=True)
class Disconnect:
    """One end of a session. `index` is its place in `Diagnosis.disconnects`, which is the key of all who refer to it.

    `logged` is true only if the client's own log has the line. `seen_by` says whose log tells of it: client, server,
    both or neither, or `proxy`, where no log of the two ends tells of any. Where no line tells of the end, `time` is
    that of the last trace, and `unknown_s` how long after it the session had ended at the latest. `reconnected_at` is
    the next connect of the same client, None if the logs have none.
    """

    index: int
    time: datetime
    connection: str
    socket_id: str | None
    reason: str | None
    server_reason: str | None
    logged: bool
    interval_s: float | None
    session_s: float | None
    outage_s: float | None
    pattern: str | None
    residual_s: float | None
    trigger: str | None
    fleet_event: int | None
    evidence: Evidence | None
    server_evidence: Evidence | None
    remarks: tuple[Remark, ...] = ()
    push_lead_ms: float | None = None
    seen_by: str = "client"
    unknown_s: float | None = None
    reconnected_at: datetime | None = None

    @property
    def away_s(self) -> float | None:
        """From its `time` to the next connect, unknown or not, in s; None if that is not in the logs."""
        if self.unknown_s is None or self.reconnected_at is None:
            return self.outage_s
        return (self.reconnected_at - self.time).total_seconds()

    @property
    def number(self) -> int:
        """Its number for readers of reports, JSON and CSV, who count from 1."""
        return self.index + 1

    @property
    def has_end_line(self) -> bool:
        """Whether the log that tells of the connection has the line of its end, and with it the moment."""
        return self.logged or (self.server_evidence is not None and self.evidence == self.server_evidence)

    @property
    def is_orderly(self) -> bool:
        """Whether the process had said that it stops: no fault."""
        return Remark.ORDERLY in self.remarks

    @property
    def is_departure(self) -> bool:
        """Whether the client left, as people do: no fault."""
        return Remark.DEPARTURE in self.remarks

    @property
    def moment(self) -> str:
        """What the ends have in common that several connections met in the same moment."""
        return f"{self.fleet_event}" if self.fleet_event is not None else f"alone {self.index}"

    @property
    def is_fault(self) -> bool:
        """Whether anybody would want to know why."""
        return not self.remarks or NO_FAULTS.isdisjoint(self.remarks)  # most have none, and all are asked often


@dataclass(frozen=True, slots=True)
class Incident:
    """The disconnect that cost most, with the lines around it in the order of time.

    `open_outage_s` is set where the logs see no reconnect: the time from the disconnect to their end.
    """

    disconnect_index: int
    excerpts: tuple[Excerpt, ...]
    open_outage_s: float | None = None


@dataclass(frozen=True, slots=True)
class NextDrop:
    """The next disconnect that a pattern expects behind the end of the logs: within `tolerance_s` of `at`."""

    connection: str
    at: datetime
    tolerance_s: float
    pattern: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """The time from the last of several faults to the end of the logs, with the clients back, without their stops.

    `interval_before_s` is the mean time between two faults until then, `no_drop_probability` that of no fault in that
    time had they gone on as before, `least_interval_s` the shortest mean interval that it leaves possible (5 %).
    """

    since: datetime
    quiet_s: float
    disconnects_count: int
    interval_before_s: float
    no_drop_probability: float
    least_interval_s: float

    @property
    def is_telling(self) -> bool:
        """Whether it is too long for chance: what ended the connections seems to have stopped."""
        return self.no_drop_probability <= QUIET_CHANCE

    @property
    def is_long(self) -> bool:
        """Whether a reader may take it for an end: longer than the faults were apart."""
        return self.quiet_s > 2 * self.interval_before_s


def are_blips(drops: Sequence[Disconnect]) -> bool:
    """Whether all of these came at a moment or two, and whoever they hit was back within seconds.

    What several connections meet together is one moment, and one witness: it shows no cause, however many they are.
    """
    longest: dict[str, float] = {}
    for drop in drops:
        outage_s = BRIEF_S if drop.outage_s is None else drop.outage_s
        longest[drop.moment] = max(longest.get(drop.moment, 0.0), outage_s)
    return 0 < len(longest) <= MOST_BRIEF and sum(longest.values()) < BRIEF_S
