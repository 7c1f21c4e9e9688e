"""The result of a run, frozen and free of pandas.

Field names and their order are those of the JSON contract (`renderers/json.py` writes them as they stand here), so
units are in the names, instants are aware and in UTC, and an unknown value is None. Sentences are not stored: a
check, finding or blind spot has an id and numbers, and `texts` phrases them in the reader's language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from logdiag.results.causes import BlindSpot, Cause, CauseStatus, Finding
from logdiag.results.connections import (
    Clock,
    ConnectFailure,
    Connection,
    FleetEvent,
    LineLoss,
    ReasonPair,
    ServerTurn,
    Session,
    Silence,
    WorstClients,
    is_of_socket_io,
    rank_kinds,
)
from logdiag.results.disconnects import Disconnect, Incident, NextDrop, Quiet, are_blips
from logdiag.results.evidence import CodePlace, Number
from logdiag.results.finding_ids import (
    CROWDED,
    DOUBTS,
    FAILURES_ALONE,
    KILLING_RETRIES,
    NO_CONNECTS,
    RETRIES_SEEN,
    SESSIONS_ELSEWHERE,
    SHARED_LIFETIME,
    SHUT_OUT_FINDINGS,
    UNANSWERED,
    UNCOMPLETED,
    UNREAD_ENDS,
    UNTIMED_ENDS,
)
from logdiag.results.inputs import Inputs
from logdiag.results.judgement import Judgement
from logdiag.results.patterns import ClockSearch, Pattern, Trigger, TriggerRole
from logdiag.results.pushes import Pushes, Retry
from logdiag.results.timers import Timer, TimerAnswer
from logdiag.verdict import Severity, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from logdiag.results.code import Code

FEW_LEFT: Final = 0.1  # a choice: one in ten may be a stray, two in ten are something else at work
SAY_WHY: Final = frozenset({"name", "certificate", "unreachable"})  # kinds of failed connects that name what is wrong
AGAIN: Final = 3.0  # a choice: attempts for each end; one or two fail in any outage
MOST_MET: Final = 0.8  # a choice: four of five
FEWEST_DROPS: Final = 3  # fewer show neither a clock nor a trigger, so no candidate is worth naming
SURE_FROM: Final = 0.7  # of a confidence; a choice: below it, one time in three or more is lost on the wrong repair
# Causes that say how a connection ended, and leave open what brought that about.
OF_UNKNOWN_ORIGIN: Final = frozenset({"heartbeat-timeout", "unstable-network", "transport-failure"})
KILLING_PUSH: Final = "payload-too-large"  # the cause whose pushes end the connection that carries them
PLAIN: Final = "plain"  # a voice: the words where nothing is of Socket.IO
RECEIVED: Final = "received"  # a voice: the words for a message that the client itself refuses
NO_REASON: Final = "unknown"  # what `reasons` of connections call the lack of one


@dataclass(frozen=True)  # without slots: what no cause explains is asked for by many, and found out once
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

    @cached_property
    def ranked(self) -> tuple[Cause, ...]:
        """All judged causes, best first."""
        return tuple(sorted(self.causes, key=lambda cause: cause.rank))

    def _of_status(self, status: CauseStatus) -> tuple[Cause, ...]:
        return tuple(cause for cause in self.ranked if cause.status is status)

    @cached_property
    def asserted(self) -> tuple[Cause, ...]:
        """The causes that the evidence makes more likely than not, those that explain most disconnects first."""
        return tuple(sorted(self._of_status(CauseStatus.ASSERTED), key=lambda cause: -cause.explains_count))

    @cached_property
    def suggested(self) -> tuple[Cause, ...]:
        """The best of those that are neither asserted nor ruled out; none where too little happened to tell."""
        return self._of_status(CauseStatus.SUGGESTED)

    @property
    def ruled_out(self) -> tuple[Cause, ...]:
        """The causes that a check refutes so far that they need no further thought."""
        return self._of_status(CauseStatus.RULED_OUT)

    @cached_property
    def leading(self) -> tuple[Cause, ...]:
        """The causes to act upon: the asserted ones that lead, else the best candidates."""
        return self.suggested if self.is_minority_explained else self.asserted or self.suggested

    @cached_property
    def candidates(self) -> tuple[Cause, ...]:
        """The causes that a check supports and nothing rules out, best first."""
        return tuple(cause for cause in self.ranked if cause.is_candidate)

    @property
    def is_sure(self) -> bool:
        """Whether the asserted causes are likely enough to repair before any further test."""
        is_led = bool(self.asserted) and not self.is_minority_explained
        return is_led and all(cause.confidence >= SURE_FROM for cause in self.asserted)

    @cached_property
    def unexplained(self) -> tuple[Disconnect, ...]:
        """The disconnects that no asserted cause explains; neither orderly stops nor departures need one."""
        explained = {index for cause in self.asserted for index in cause.disconnect_indices}
        return tuple(drop for drop in self.disconnects if drop.is_fault and drop.index not in explained)

    @cached_property
    def minded(self) -> tuple[Disconnect, ...]:
        """The disconnects without the departures."""
        return tuple(drop for drop in self.disconnects if not drop.is_departure)

    @cached_property
    def minded_reasons(self) -> Mapping[str, int]:
        """How many disconnects state which reason; of logs with departures, those of the others."""
        if len(self.minded) < len(self.disconnects):
            return Counter(drop.reason or drop.server_reason or NO_REASON for drop in self.minded)
        counts: Counter[str] = Counter()
        for connection in self.connections:
            counts.update(connection.reasons)
        return counts

    @cached_property
    def minded_connections(self) -> tuple[str, ...]:
        """The connections with disconnects that are no departures; all where there is none."""
        names = dict.fromkeys(drop.connection for drop in self.minded)
        return tuple(names or (connection.id for connection in self.connections))

    @cached_property
    def are_clients(self) -> bool:
        """Whether a server's log names users or clients, some of whom had several connections: they are counted.

        Beside them may be sockets of which nothing is named, each with one connection.
        """
        known = all(
            one.side == "server" and (one.identity is not None or one.connects_count <= 1) for one in self.connections
        )
        return known and any(one.connects_count > 1 for one in self.connections)

    @cached_property
    def is_minority_explained(self) -> bool:
        """Whether the asserted causes explain fewer disconnects than they leave unexplained: none of them may lead."""
        explained = {index for cause in self.asserted for index in cause.disconnect_indices}
        return bool(self.asserted) and len(explained) < len(self.unexplained)

    @cached_property
    def is_partly_explained(self) -> bool:
        """Whether the asserted causes leave more than a few disconnects unexplained."""
        return bool(self.asserted) and len(self.unexplained) > FEW_LEFT * len(self.minded)

    @property
    def telling_trigger(self) -> Trigger | None:
        """The line that comes right before nearly all disconnects, where no cause says what sets them off, or None."""
        if any(cause.id not in OF_UNKNOWN_ORIGIN for cause in self.asserted):
            return None
        telling = [one.pool(self.triggers) for one in self.triggers if one.is_telling]
        return max(telling, key=lambda one: (one.role is TriggerRole.TRIGGER, one.preceded_count), default=None)

    def find(self, name: str) -> Finding | None:
        """The finding of this id; None without one."""
        return next((finding for finding in self.findings if finding.id == name), None)

    @property
    def origin(self) -> Finding | None:
        """What brought about most of the disconnects, where the asserted causes say only how they ended; or None.

        The sessions of which the logs show that they ended after requests of theirs had gone to another process.
        """
        if not self.asserted or any(cause.id not in OF_UNKNOWN_ORIGIN for cause in self.asserted):
            return None
        found = self.find(SESSIONS_ELSEWHERE)
        ended_count = (found.numbers.get("ended_count") if found is not None else None) or 0
        return found if isinstance(ended_count, int) and 2 * ended_count > len(self.disconnects) else None

    @property
    def shut_out(self) -> tuple[Finding, ...]:
        """The findings of clients that never got through; where others did, only of those who would show it."""
        hidden = {FAILURES_ALONE} if any(item.connects_count for item in self.connections) else set()
        return tuple(finding for finding in self.findings if finding.id in SHUT_OUT_FINDINGS - hidden)

    @property
    def shut_out_kinds(self) -> tuple[str, ...]:
        """What kept clients from connecting, as ids of the texts, the most frequent first."""
        kinds = rank_kinds([one for one in self.connect_failures if one.never_connected], FEW_LEFT)
        return (*kinds, *(finding.id for finding in self.shut_out if finding.id == "never-joined"))

    @property
    def kept_away_by(self) -> ConnectFailure | None:
        """The commonest failure by which nearly all that lost their connection failed to connect again and again.

        Where it says by itself what is wrong, that is known, whatever ended the connections.
        """
        failures = [one for one in self.connect_failures if not one.never_connected]
        kinds = rank_kinds(failures, FEW_LEFT)
        if len(kinds) != 1 or kinds[0] not in SAY_WHY or not self.disconnects:
            return None
        own = [one for one in failures if one.kind == kinds[0]]
        ended = {drop.connection for drop in self.disconnects}
        met = ended.intersection(name for one in own for name in one.connections)
        is_telling = sum(one.count for one in own) >= AGAIN * len(self.disconnects) and len(met) >= MOST_MET * len(
            ended
        )
        return max(own, key=lambda one: one.count) if is_telling else None

    @property
    def are_connects_unseen(self) -> bool:
        """Whether the logs of a client that failed to connect hold errors alone, so that no connect would show."""
        return self.find(FAILURES_ALONE) is not None

    @cached_property
    def is_of_socket_io(self) -> bool:
        """Whether a line that was understood has words of Socket.IO's: else advice with its URL fits nothing."""
        told = (one.told for one in self.connect_failures)
        reasons = (reason for item in self.connections for reason in item.reasons)
        return any(map(is_of_socket_io, (*told, *reasons, *(one.template for one in self.inputs.wordings))))

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
        """Whether there are disconnects, but too few to prefer one cause to another, or at too few moments."""
        faults = [drop for drop in self.disconnects if drop.is_fault]
        is_few = 0 < len(faults) < FEWEST_DROPS or are_blips(faults)
        return is_few and not self.asserted and not self.is_all_shut_out

    @property
    def retries_seen(self) -> bool:
        """Whether the application already retries its pushes."""
        return any(finding.id in {KILLING_RETRIES, RETRIES_SEEN} for finding in self.findings)

    @property
    def are_connects_nameless(self) -> bool:
        """Whether these logs tell of connects, but not whose: none can be joined to an end."""
        return any(finding.id == NO_CONNECTS and finding.numbers.get("nameless_count") for finding in self.findings)

    @property
    def are_connects_of_others(self) -> bool:
        """Whether these logs tell of connects by name, and of none of the connections that ended."""
        return any(finding.id == NO_CONNECTS and finding.numbers.get("apart_count") for finding in self.findings)

    @property
    def at_once_count(self) -> Number | None:
        """How many connections at once wrote one row of lines, at the least; None where no row is of several."""
        return next((finding.numbers["at_once_count"] for finding in self.findings if finding.id == CROWDED), None)

    @property
    def shared_lifetime(self) -> Finding | None:
        """The finding that most sessions ended at one age, where no clock tells of it; None where that is not so."""
        return self.find(SHARED_LIFETIME)

    @property
    def uncompleted_logins(self) -> Finding | None:
        """The finding that clients ended most connections because nobody logged in; None where that is not so."""
        return self.find(UNCOMPLETED)

    @property
    def untimed_ends(self) -> Finding | None:
        """The finding of what lines without a stamp tell beside an incident that others tell of; None without any."""
        return self.find(UNTIMED_ENDS)

    @property
    def unread_ends(self) -> Finding | None:
        """What says that of a process with connects no end was understood; None where that is not so."""
        return self.find(UNREAD_ENDS)

    @property
    def lacks_connects(self) -> bool:
        """Whether the logs tell of ends alone."""
        return any(finding.id == NO_CONNECTS for finding in self.findings)

    @property
    def is_brief(self) -> bool:
        """Whether all that happened is a short disconnect or two without a loss, which show no cause."""
        return self.is_too_few and self.verdict is Verdict.INCIDENT and self.severity is Severity.INFO

    @property
    def are_losses_alone(self) -> bool:
        """Whether pushes were lost and nothing else happened: no disconnect that anybody minds, no client shut out."""
        return self.verdict is Verdict.INCIDENT and self.pushes.lost_count > 0 and not (self.minded or self.shut_out)

    @property
    def unanswered(self) -> Finding | None:
        """What says since when pushes go unanswered, where that is most of all that happened; else None."""
        found = self.find(UNANSWERED) if self.are_losses_alone else None
        return None if found is None or 2 * int(found.numbers["count"] or 0) < self.pushes.lost_count else found

    @property
    def voices(self) -> tuple[str, ...]:
        """In which words to tell of it: without Socket.IO, of proxies alone, of a client that refuses, of versions."""
        refusals = (RECEIVED for cause in self.causes if cause.is_of_client)
        clashes = (one.numbers for one in self.causes if one.numbers.get("newer"))
        versions = (f"versions-{numbers['library']}-{numbers['newer']}" for numbers in clashes)
        plain = () if self.is_of_socket_io else (PLAIN,)
        return (*plain, *filter(None, (self.inputs.voice,)), *refusals, *versions)

    @property
    def push_may_kill(self) -> bool:
        """Whether a retry could do harm: a push that kills its connection is among the likely causes.

        What a client refuses to receive is no push of its own.
        """
        named = (*self.asserted, *self.leading)
        return any(one.id == KILLING_PUSH and not one.is_of_client for one in named) or any(
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
