"""What a replay starts from: the pushes that did not arrive, the outages, and the pushes that end connections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Final, NamedTuple

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.ledger import find_lead_ms
from logdiag.analyzers.pushes.links import LinkHistory, State, build_links
from logdiag.analyzers.pushes.policies import FailedPush, Kill
from logdiag.analyzers.statistics.exact_tests import bound_share
from logdiag.results.causes import Cause, CauseStatus
from logdiag.results.diagnosis import KILLING_PUSH
from logdiag.results.disconnects import Attribution, Disconnect
from logdiag.results.pushes import Push, PushOutcome
from logdiag.results.replay import (
    PoisonRisk,
    Share,
)
from logdiag.rows import Rows

ERROR_LEVEL: Final = 0.05  # intervals of 95 %
HALF: Final = 0.5  # the likelier of two courses is taken
RISKS: Final = {CauseStatus.ASSERTED: PoisonRisk.ESTABLISHED, CauseStatus.SUGGESTED: PoisonRisk.SUSPECTED}


class Recorded(NamedTuple):
    """What the logs hold: sessions, disconnects, pushes with their attempts (in the same order), and the causes."""

    paths: tuple[str, ...]
    start: datetime
    end: datetime
    sessions: Sequence[SessionRecord]
    drops: Sequence[Disconnect]
    pushes: Sequence[Push]
    attempts: Sequence[Attempt]
    causes: Sequence[Cause]
    reach_ms: float
    timeline: Rows


class Stage(NamedTuple):
    """What a policy is played against; instants in seconds since the start of the logs."""

    items: tuple[FailedPush, ...]
    links: Mapping[str, LinkHistory]
    arrivals: Mapping[str, list[float]]
    reach_s: float
    poison: PoisonRisk


class Kin(NamedTuple):
    """Pushes of one kind: the share of those that a connection carried which ended it, and how they do so."""

    killing_ratio: float
    kill: Kill | None


HARMLESS: Final = Kin(0.0, None)


class Poison(NamedTuple):
    """The pushes that ended their connections, by number, and what pushes of each kind (connection, channel) do."""

    risk: PoisonRisk
    kills: Mapping[int, Kill]
    kins: Mapping[tuple[str, str | None], Kin]


def find_poison(recorded: Recorded) -> Poison:
    """The pushes that the likely cause says ended their connections; what a receipt shows to have arrived did not."""
    cause = next((cause for cause in recorded.causes if cause.id == KILLING_PUSH and cause.status in RISKS), None)
    if cause is None or cause.is_of_client:
        return Poison(PoisonRisk.NONE, {}, {})
    outages = _measure_outages(recorded.drops)
    kills = {}
    for rank, (push, attempt) in enumerate(zip(recorded.pushes, recorded.attempts, strict=True)):
        lead_ms = find_lead_ms(push, recorded.reach_ms)
        is_meant = not cause.disconnect_indices or push.disconnect_index in cause.disconnect_indices
        if (
            lead_ms is not None
            and is_meant
            and push.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT}
            and not attempt.received
        ):
            outage_s = outages.get(push.connection, outages.get("", 0.0))
            kills[rank] = Kill(lead_ms / 1e3, outage_s, push.outcome == PushOutcome.FAILED)
    return Poison(RISKS[cause.status], kills, gather_kins(recorded.pushes, kills))


def _measure_outages(drops: Iterable[Disconnect]) -> dict[str, float]:
    """The median outage of each connection, and of all under ""."""
    known: dict[str, list[float]] = defaultdict(list)
    for drop in drops:
        if drop.outage_s is not None:
            known[drop.connection].append(drop.outage_s)
            known[""].append(drop.outage_s)
    return {name: median(values) for name, values in known.items()}


def gather_kins(
    pushes: Sequence[Push], kills: Mapping[int, Kill], but: int | None = None
) -> dict[tuple[str, str | None], Kin]:
    """What the pushes of each kind do, all `but` one of them."""
    carried: Counter[tuple[str, str | None]] = Counter()
    killing: dict[tuple[str, str | None], list[Kill]] = defaultdict(list)
    for rank, push in enumerate(pushes):
        if rank == but:
            continue
        key = push.connection, push.channel
        if rank in kills:
            killing[key].append(kills[rank])
        carried[key] += push.outcome == PushOutcome.OK or rank in kills
    return {key: Kin(len(mine) / carried[key], _find_typical(mine)) for key, mine in killing.items() if mine}


def _find_typical(kills: Sequence[Kill]) -> Kill:
    """How most pushes of a kind end their connection: after how long, and with or without an error."""
    loud = sum(kill.is_loud for kill in kills) > HALF * len(kills)
    return replace(kills[0], lag_s=median(kill.lag_s for kill in kills), is_loud=loud)


def set_stage(recorded: Recorded, poison: Poison, repeats: Mapping[int, int]) -> Stage:
    """What policies are played against: the pushes that did not arrive, `repeats` of others left out, and the links."""
    arrivals: dict[str, list[float]] = defaultdict(list)
    doubts: dict[str, list[float]] = defaultdict(list)
    for push in recorded.pushes:
        if push.outcome in {PushOutcome.OK, PushOutcome.SUSPECT}:
            (arrivals if push.outcome == PushOutcome.OK else doubts)[push.connection].append(
                measure_since(recorded, push.time)
            )
    concerned = {push.connection for push in recorded.pushes if push.outcome != PushOutcome.OK}
    concerned.update(find_only(recorded.sessions))
    sessions = [session for session in recorded.sessions if session.connection in concerned]
    links = build_links(sessions, recorded.end, recorded.start, doubts, arrivals)
    items = tuple(
        _describe_push(recorded, rank, poison, links.get(push.connection))
        for rank, push in enumerate(recorded.pushes)
        if push.outcome != PushOutcome.OK and rank not in repeats
    )
    return Stage(items, links, arrivals, recorded.reach_ms / 1e3, poison.risk)


def find_only(sessions: Iterable[SessionRecord]) -> tuple[str, ...]:
    """The connection, if these logs hold a single one: files of its process may lie in several folders."""
    names = tuple({session.connection for session in sessions})
    return names if len(names) == 1 else ()


def measure_since(recorded: Recorded, moment: datetime) -> float:
    """Seconds since the start of the logs."""
    return (moment - recorded.start).total_seconds()


def _describe_push(recorded: Recorded, rank: int, poison: Poison, link: LinkHistory | None) -> FailedPush:
    push, attempt = recorded.pushes[rank], recorded.attempts[rank]
    ended_s = measure_since(recorded, attempt.ended or attempt.started)
    kin = poison.kins.get((push.connection, push.channel), HARMLESS)
    kill = poison.kills.get(rank) or (kin.kill if kin.killing_ratio >= HALF else None)
    is_doubtful = kill is None and kin.kill is not None  # some of its kind end connections, and this one met none
    return FailedPush(
        connection=push.connection,
        started_s=measure_since(recorded, attempt.started),
        ended_s=ended_s,
        is_noticed=push.outcome == PushOutcome.FAILED,
        is_explained=_is_explained(push, attempt, link, ended_s) and not is_doubtful,
        is_answered=push.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT},
        arrived=_has_arrived(push, attempt, kill),
        kill=kill,
    )


def _is_explained(push: Push, attempt: Attempt, link: LinkHistory | None, ended_s: float) -> bool:
    """Whether an outage explains that a push failed, so that its end would mend it."""
    if push.attribution not in {Attribution.OUTSIDE, Attribution.UNKNOWN_START} or attempt.received is False:
        return True
    return link is not None and link.at(ended_s).state is State.DOWN


def _has_arrived(push: Push, attempt: Attempt, kill: Kill | None) -> bool | None:
    if attempt.received is not None:
        return attempt.received
    return False if kill is not None or push.attribution == Attribution.INSIDE else None


def bound(hits: int, of: int) -> Share:
    """A share with its 95 % interval (Clopper & Pearson 1934)."""
    return Share(hits / of, *bound_share(hits, of, ERROR_LEVEL)) if of else Share(None, None, None)
