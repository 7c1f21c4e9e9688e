"""The result of a run, frozen and free of pandas.

Field names and their order are those of the JSON contract (`renderers/json.py` writes them as they stand here), so
units are in the names, instants are aware and in UTC, and an unknown value is None. Sentences are not stored: a
check, finding or blind spot has an id and numbers, and `texts` phrases them in the reader's language.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from logdiag.verdict import Severity, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from logdiag.code import Code

LOOSE_SHARE: Final = 0.1  # of its period; a loop that scatters more keeps no time
FEWEST_MISSING: Final = 2  # one may be a cut file
LOSSY_RATIO: Final = 0.05  # of all lines: then two due in a row are missing once in 400 pairs, several times a day
FEWEST_DROPS: Final = 3  # fewer show neither a clock nor a trigger, so no candidate is worth naming
QUIET_CHANCE: Final = 0.01  # a time without faults that is likelier says nothing
SURE_FROM: Final = 0.7  # of a confidence; a choice: below it, one time in three or more is lost on the wrong repair
SURE_MARGIN_NATS: Final = 3.0  # between two clocks: odds of 20 to 1
MOST_FALSE_ALARM: Final = 0.01  # one log in a hundred, as the search for clocks asserts (docs/methods.md)
SURE_Q: Final = 0.05  # of a trigger: one in twenty of those shown may be chance
RULED_OUT_UP_TO: Final = 0.02  # what a hard refutation leaves of a confidence
SHUT_OUT_FINDINGS: Final = frozenset({"never-connected", "never-joined"})
NO_CONNECTS: Final = "no-connects"
DOUBTS: Final = frozenset(
    {
        *("outside-window", "refused-sessions", "refused-versions"),
        *("no-ends", "unowned-closes", "crash-lines", "no-known-life"),
    }
)
KILLING_PUSH: Final = "payload-too-large"  # the cause whose pushes end the connection that carries them
KILLING_RETRIES: Final = "killing-retries"
RETRIES_SEEN: Final = "retries-seen"
Number: TypeAlias = "float | int | str | None"


class Outcome(StrEnum):
    """What a check says of its cause."""

    SUPPORTS = "supports"
    REFUTES = "refutes"
    UNKNOWN = "unknown"


class PatternKind(StrEnum):
    """Which clock a set of disconnects obeys."""

    TIMER = "timer"
    WALL_CLOCK = "wall-clock"
    CONNECTION_AGE = "connection-age"
    IDLE = "idle"
    REGULAR_LOOP = "regular-loop"
    BURST = "burst"


class TriggerRole(StrEnum):
    """What a message that comes with disconnects has to do with them."""

    TRIGGER = "trigger"
    CONSEQUENCE = "consequence"
    UNDECIDED = "undecided"


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


class Attribution(StrEnum):
    """Where a push lies beside the disconnect that explains what became of it."""

    INSIDE = "inside"
    STRADDLE = "straddle"
    NEAR_BEFORE = "near-before"
    DEAD_LINE = "dead-line"
    OUTSIDE = "outside"
    UNKNOWN_START = "unknown-start"


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
class Evidence:
    """A place in a log: the path as the user gave it, and the line, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class FileFault:
    """Why nothing of a file can be placed in time (`why` is a key of the texts `fault`), and the line that shows it."""

    why: str
    line: int
    first_line: str


@dataclass(frozen=True, slots=True)
class InputFile:
    """One log file that was read."""

    path: str
    connection: str
    service: str
    lines_count: int
    events_count: int
    skipped_count: int
    first: datetime | None
    last: datetime | None
    form: str = "json"
    guesses: tuple[str, ...] = ()
    fault: FileFault | None = None


@dataclass(frozen=True, slots=True)
class FormCount:
    """So many files are laid out in a form, and so many lines of theirs, or of others'."""

    form: str
    files_count: int
    lines_count: int


@dataclass(frozen=True, slots=True, order=True)
class UnreadFile:
    """A file, or a member of an archive, that may hold logs and was not read; `why` is a key of the texts `unread`."""

    path: str
    why: str

    @property
    def is_missing(self) -> bool:
        """Whether it may hold what decides, and no one chose to leave it out."""
        return self.why in {"unreadable", "dangling"}


@dataclass(frozen=True, slots=True)
class SkippedReason:
    """How many lines fell out for one reason, and where the first of them stands."""

    reason: str
    count: int
    first: Evidence


@dataclass(frozen=True, slots=True)
class Sampling:
    """How much was read of the lines around the disconnects, where they were too many to read them all.

    Of the time outside of these stretches only the lines that a rule knows were searched for triggers.
    """

    stretches_count: int
    stretches_s: float
    lines_count: int


@dataclass(frozen=True, slots=True)
class Wording:
    """Lines that mean the same, by the rule that says so, or, where `rule` is None, by the lexicon.

    `side` is whose log says so, where the kind tells.
    """

    template: str
    kind: str
    side: str | None
    count: int
    by: str
    rule: str | None
    example: Evidence


@dataclass(frozen=True, slots=True)
class SideReading:
    """On which side of its connections a service writes, and why; `retold_count` lines had read like the other's.

    `why` is `stated` (by the user), what its lines tell (`library`, `rules`, `crowd`, `reasons`, `words`, `overlaps`,
    `tries`, `clients`, `ids`, `turns`), `ends` (the log of the other end is here), `process` (what other services in
    the same files say) or `name` (of the service or file: a hint, no more).
    """

    source: str
    file: str
    service: str
    side: str | None
    why: str
    retold_count: int


@dataclass(frozen=True, slots=True)
class ZoneReading:
    """A file whose stamps name no zone, read in one that lies `offset_s` ahead of the others, as sockets measure it.

    `ids_count`: how many sockets, known by their ids or by when they connect; 0 where it goes with the other files of
    its process.
    """

    file: str
    offset_s: float
    ids_count: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read; non-blank lines = events + unclassified + skipped + duplicates.

    `sampling` is None where all lines around the disconnects were read.
    """

    paths: tuple[str, ...]
    files: tuple[InputFile, ...]
    lines_count: int
    events_count: int
    skipped_count: int
    skipped: tuple[SkippedReason, ...]
    start: datetime | None
    end: datetime | None
    clock_assumption: str
    display_zone: str
    unclassified_count: int
    duplicates_count: int
    outside_window_count: int
    left_alone_count: int
    levels: Mapping[str, int]
    sampling: Sampling | None = None
    unread: tuple[UnreadFile, ...] = ()
    forms: tuple[FormCount, ...] = ()
    wordings: tuple[Wording, ...] = ()
    sides: tuple[SideReading, ...] = ()
    zones: tuple[ZoneReading, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """A word of the logs by which a client is known: `userId` 4711, `workerId` worker1."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One client over the whole of the logs; `side` is whose log tells of it, `processes` all that tell of it.

    `identity` is None where nothing but the process, or the socket, tells it from others.
    """

    id: str
    connects_count: int
    disconnects_count: int
    unlogged_disconnects_count: int
    connected_s: float
    outage_s: float
    availability_ratio: float | None
    median_session_s: float | None
    median_outage_s: float | None
    reasons: Mapping[str, int]
    side: str = "client"
    processes: tuple[str, ...] = ()
    identity: ClientIdentity | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Connected to disconnected, and the outage that followed; None at an edge of the logs. `side`: whose log tells."""

    connection: str
    connected_at: datetime | None
    disconnected_at: datetime | None
    socket_id: str | None
    session_s: float | None
    outage_s: float | None
    side: str = "client"


@dataclass(frozen=True, slots=True)
class Reset:
    """The phase of a timer jumped by `shift_s`."""

    time: datetime
    shift_s: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """A clock that a set of disconnects obeys. For connection-age and idle, `period_s` is the lifetime."""

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


def is_irregular(kind: PatternKind, period_s: float | None, jitter_s: float | None) -> bool:
    """Whether a pattern is a loop whose rounds differ by more than a tenth."""
    return kind is PatternKind.REGULAR_LOOP and (jitter_s or 0.0) > LOOSE_SHARE * (period_s or math.inf)


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


class TimerKind(StrEnum):
    """How the logs tell of something that recurs."""

    ANNOUNCED = "announced"
    LINES = "lines"


class TimerAnswer(StrEnum):
    """Whether something that recurs has to do with the disconnects."""

    SUSPECT = "suspect"
    UNDECIDED = "undecided"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that recurs, held against the disconnects: a timer that a service announces, or lines on a beat.

    `why` says what decided, or what keeps it from being decided. `period_s` is the one announced or measured; `ticks`
    are `logged` where lines show them, else `predicted` from `announced_at`. Of the `of_count` disconnects that it is
    held against, `preceded_count` stand in the same place after a tick as `lag_ms` says, which is None without a
    common beat. `chance_ratio` is the luck of standing so close, or coming along so often, with nothing to do with
    them, over all that was tried; the other `without_count` keep their beat without a tick. Without a common beat these
    are counts: so many have one within `window_s` before them, `expected_by_chance` would. `other` is the service that
    explains them better.
    """

    kind: TimerKind
    service: str
    template: str
    connection: str | None
    period_s: float
    ticks: str
    announced_at: datetime | None
    answer: TimerAnswer
    why: str
    pattern: str | None
    lag_ms: Lag | None
    preceded_count: int
    without_count: int
    of_count: int
    expected_by_chance: float | None
    window_s: float | None
    chance_ratio: float | None
    other: str | None
    example: Evidence


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where code failed, as the stack traces of the logs say: the innermost frame that is no library's.

    `about` is `push` or `disconnect`; `count` of their lines name the place.
    """

    file: str
    line: int
    function: str | None
    about: str
    error: str | None
    count: int
    example: Evidence


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which a process (or one file of it) that normally writes wrote nothing."""

    connection: str
    start: datetime
    end: datetime
    silence_s: float
    whole_process: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ServerTurn:
    """A process of the server says that it starts, or that it stops: `kind` is start or stop."""

    process: str
    time: datetime
    kind: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Clock:
    """Offset of a source's clock: its stamps minus the server's, with the error of that estimate.

    `stepped`: one of the two clocks was set on the way, so that no single offset is right; the error spans them all.
    """

    source: str
    offset_ms: float
    error_ms: float
    pairs_count: int
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class ReasonPair:
    """Why connections ended, as client and server say of the same ends; None where a side's line says nothing."""

    reason: str | None
    server_reason: str | None
    count: int


@dataclass(frozen=True, slots=True)
class LineLoss:
    """How many connects the logs of one side lack, of those that the other side tells of in the same time."""

    side: str
    missing_count: int
    of_count: int

    @property
    def is_telling(self) -> bool:
        """Whether so many lines are missing that a log which is silent shows no process that is."""
        return self.missing_count >= FEWEST_MISSING and self.missing_count >= LOSSY_RATIO * self.of_count


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """Several connections dropped together."""

    time: datetime
    connections: tuple[str, ...]
    spread_ms: float


@dataclass(frozen=True, slots=True)
class Disconnect:
    """One end of a session. `index` is its place in `Diagnosis.disconnects`, which is the key of all who refer to it.

    `logged` is true only if the client's own log has the line. `seen_by` says whose log tells of it: client, server,
    both or neither.
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
    def is_fault(self) -> bool:
        """Whether anybody would want to know why."""
        return not self.is_orderly and not self.is_departure


@dataclass(frozen=True, slots=True)
class ConnectFailure:
    """Failed connects with the same words. `told` is what the client was told in one line, `kind` what that means.

    `code` is the system's name of it or the HTTP status, `answer` the text that came back; `never_connected`: none of
    these connections has a single connect in these logs. `quote` is the first of their lines as it stands in the file;
    None where it was not read.
    """

    kind: str
    told: str
    error: str
    code: str | None
    answer: str | None
    connections: tuple[str, ...]
    never_connected: bool
    count: int
    first: datetime
    last: datetime
    evidence: tuple[Evidence, ...]
    quote: str | None = None


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

    `fate` says what became of its messages: `lost`, `probably-lost`, or `resent` by a later push that arrived.
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


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line of the worst incident: `text` is the line as it stands in the file, cut at 2,000 characters."""

    time: datetime
    connection: str
    service: str
    kind: str
    message: str
    text: str
    evidence: Evidence
    order_unknown: bool


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
    """The time from the last of several faults to the end of the logs, with the clients back.

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


@dataclass(frozen=True, slots=True)
class WorstClient:
    """A client that disconnects more often than others; `expected_count` is what its time online would explain.

    `disconnects_ratio` is its share of the disconnects of all, `reason` the most common one.
    """

    connection: str
    disconnects_count: int
    disconnects_ratio: float
    expected_count: float
    median_session_s: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class WorstClients:
    """The many clients that a server alone tells of, and the worst of those that stand out, the worst first.

    `outstanding_count` stand out in all; `above_count` have more than `limit_count` disconnects, twice the mean;
    `most_count` is the most of one. Departures and orderly stops are not counted.
    """

    clients_count: int
    disconnects_count: int
    most_count: int
    limit_count: int
    above_count: int
    outstanding_count: int
    clients: tuple[WorstClient, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the causes and findings amount to, for programs that would else decide it once more.

    `leading` names the causes to act upon, `candidates` those that something supports and nothing rules out, `doubt`
    the finding that forbids to speak of health. `sure`: to repair comes before any further test. `too_few`: too few
    disconnects to prefer a cause. `minority_explained`: the asserted causes leave more unexplained than they explain.
    """

    leading: tuple[str, ...]
    candidates: tuple[str, ...]
    sure: bool
    too_few: bool
    too_few_for_clocks: bool
    minority_explained: bool
    push_may_kill: bool
    doubt: str | None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that a renderer may show."""

    inputs: Inputs
    verdict: Verdict
    severity: Severity
    connections: tuple[Connection, ...]
    sessions: tuple[Session, ...]
    patterns: tuple[Pattern, ...]
    triggers: tuple[Trigger, ...]
    silences: tuple[Silence, ...]
    clocks: tuple[Clock, ...]
    fleet_events: tuple[FleetEvent, ...]
    disconnects: tuple[Disconnect, ...]
    pushes: Pushes
    retries: tuple[Retry, ...]
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...]
    blind_spots: tuple[BlindSpot, ...]
    code: Code | None
    worst_incident: Incident | None
    clock_search: ClockSearch
    connect_failures: tuple[ConnectFailure, ...] = ()
    timers: tuple[Timer, ...] = ()
    code_places: tuple[CodePlace, ...] = ()
    quiet: Quiet | None = None
    worst_clients: WorstClients | None = None
    reason_pairs: tuple[ReasonPair, ...] = ()
    line_losses: tuple[LineLoss, ...] = ()
    servers: tuple[str, ...] = ()
    server_turns: tuple[ServerTurn, ...] = ()
    next_drop: NextDrop | None = None

    def find_every_other(self, pattern: Pattern) -> tuple[int, int]:
        """How many disconnects on a beat something of twice its period can be behind at most, and of how many."""
        times = [drop.time for drop in self.disconnects if drop.pattern == pattern.id]
        if not times or not pattern.period_s:
            return 0, 0
        odd_count = sum(round((time - times[0]).total_seconds() / pattern.period_s) % 2 for time in times)
        return max(odd_count, len(times) - odd_count), len(times)

    @property
    def suspect_timers(self) -> tuple[Timer, ...]:
        """The announced timers that match a clock of the disconnects, and regular lines that bring them."""
        return tuple(timer for timer in self.timers if timer.answer is TimerAnswer.SUSPECT)

    def frame(self, table: str) -> pd.DataFrame:
        """One of the tables that `--csv` writes, `disconnects` for example, its columns with their types.

        It has the columns of the CSV file of that name. Raises KeyError where there is no such table.
        """
        from logdiag.frame import build_frame  # noqa: PLC0415  what is free of pandas shall stay so until asked for it
        from logdiag.tables import list_tables  # noqa: PLC0415  it knows this class

        return build_frame(list_tables(self)[table])

    @property
    def ranked(self) -> tuple[Cause, ...]:
        """All judged causes, best first."""
        return tuple(sorted(self.causes, key=lambda cause: cause.rank))

    def _of_status(self, status: CauseStatus) -> tuple[Cause, ...]:
        return tuple(cause for cause in self.ranked if cause.status is status)

    @property
    def asserted(self) -> tuple[Cause, ...]:
        """The causes that the evidence makes more likely than not."""
        return self._of_status(CauseStatus.ASSERTED)

    @property
    def suggested(self) -> tuple[Cause, ...]:
        """The best of those that are neither asserted nor ruled out; none where too little happened to tell."""
        return self._of_status(CauseStatus.SUGGESTED)

    @property
    def ruled_out(self) -> tuple[Cause, ...]:
        """The causes that a check refutes so far that they need no further thought."""
        return self._of_status(CauseStatus.RULED_OUT)

    @property
    def leading(self) -> tuple[Cause, ...]:
        """The causes to act upon: the asserted ones that lead, else the best candidates."""
        return self.suggested if self.is_minority_explained else self.asserted or self.suggested

    @property
    def candidates(self) -> tuple[Cause, ...]:
        """The causes that a check supports and nothing rules out, best first."""
        return tuple(cause for cause in self.ranked if cause.is_candidate)

    @property
    def is_sure(self) -> bool:
        """Whether the asserted causes are likely enough to repair before any further test."""
        is_led = bool(self.asserted) and not self.is_minority_explained
        return is_led and all(cause.confidence >= SURE_FROM for cause in self.asserted)

    @property
    def unexplained(self) -> tuple[Disconnect, ...]:
        """The disconnects that no asserted cause explains; neither orderly stops nor departures need one."""
        explained = {index for cause in self.asserted for index in cause.disconnect_indices}
        return tuple(drop for drop in self.disconnects if drop.is_fault and drop.index not in explained)

    @property
    def minded(self) -> tuple[Disconnect, ...]:
        """The disconnects without the departures."""
        return tuple(drop for drop in self.disconnects if not drop.is_departure)

    @property
    def is_minority_explained(self) -> bool:
        """Whether the asserted causes explain fewer disconnects than they leave unexplained: none of them may lead."""
        explained = {index for cause in self.asserted for index in cause.disconnect_indices}
        return bool(self.asserted) and len(explained) < len(self.unexplained)

    @property
    def shut_out(self) -> tuple[Finding, ...]:
        """The findings of clients that never got through."""
        return tuple(finding for finding in self.findings if finding.id in SHUT_OUT_FINDINGS)

    @property
    def doubt(self) -> Finding | None:
        """The finding that forbids to speak of health although connection events were seen; None if there is none."""
        return next((finding for finding in self.findings if finding.id in DOUBTS), None)

    @property
    def is_all_shut_out(self) -> bool:
        """Whether no client ever got through: no cause of a disconnect explains that."""
        return bool(self.shut_out) and not any(item.connects_count for item in self.connections)

    @property
    def is_too_few(self) -> bool:
        """Whether there are disconnects, but too few to prefer one cause to another."""
        faults = sum(drop.is_fault for drop in self.disconnects)
        return 0 < faults < FEWEST_DROPS and not self.asserted and not self.is_all_shut_out

    @property
    def retries_seen(self) -> bool:
        """Whether the application already retries its pushes."""
        return any(finding.id in {KILLING_RETRIES, RETRIES_SEEN} for finding in self.findings)

    @property
    def lacks_connects(self) -> bool:
        """Whether the logs tell of ends alone."""
        return any(finding.id == NO_CONNECTS for finding in self.findings)

    @property
    def is_brief(self) -> bool:
        """Whether all that happened is a short disconnect or two without a loss, which show no cause."""
        return self.is_too_few and self.verdict is Verdict.INCIDENT and self.severity is Severity.INFO

    @property
    def push_may_kill(self) -> bool:
        """Whether a retry could do harm: a push that kills its connection is among the likely causes."""
        return any(cause.id == KILLING_PUSH for cause in (*self.asserted, *self.leading)) or any(
            retry.harmful for retry in self.retries
        )

    @property
    def judgement(self) -> Judgement:
        """What all of this amounts to, by ids."""
        return Judgement(
            leading=tuple(cause.id for cause in self.leading),
            candidates=tuple(cause.id for cause in self.candidates),
            sure=self.is_sure,
            too_few=self.is_too_few,
            too_few_for_clocks=self.clock_search.is_short,
            minority_explained=self.is_minority_explained,
            push_may_kill=self.push_may_kill,
            doubt=None if self.doubt is None else self.doubt.id,
        )
