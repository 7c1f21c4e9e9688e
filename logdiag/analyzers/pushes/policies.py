"""One push that did not arrive, under a retry policy: when it is sent again, and what becomes of that."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from logdiag.analyzers.pushes.links import LinkHistory, State
from logdiag.results.replay import Policy, PolicyKind


class RetryOutcome(StrEnum):
    """What becomes of a push under a policy."""

    RECOVERED = "recovered"
    LOST = "lost"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Kill:
    """What a push does to the connection that carries it: it ends `lag_s` later, for `outage_s`.

    `is_loud`: the application learns of that by an error of the sending.
    """

    lag_s: float
    outage_s: float
    is_loud: bool


@dataclass(frozen=True, slots=True)
class FailedPush:
    """A push that did not plainly arrive; instants in seconds since the start of the logs.

    `ended_s` is when the application was done with it; where it `is_noticed`, it then knew that it had failed, else it
    takes it for sent. `is_explained`: an outage explains the failure, so that its end would mend it. `arrived` says
    whether the first sending arrived all the same (None: who knows).
    """

    connection: str
    started_s: float
    ended_s: float
    is_noticed: bool
    is_explained: bool
    is_answered: bool
    arrived: bool | None
    kill: Kill | None = None


class Outage(NamedTuple):
    """A time in which a connection is down that a retry ended."""

    start_s: float
    end_s: float


@dataclass(slots=True)
class Course:
    """What became of one push: its sendings, and how long it waited for the one that arrived."""

    fate: RetryOutcome = RetryOutcome.LOST
    held_from_s: float = 0.0
    held_until_s: float = 0.0
    sent_s: list[float] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    @property
    def delay_s(self) -> float:
        """From the failure to the sending that arrived."""
        return self.held_until_s - self.held_from_s


class _Sent(StrEnum):
    REFUSED = "refused"
    ARRIVED = "arrived"
    DROPPED = "dropped"
    KILLED = "killed"
    UNSEEN = "unseen"


def follow(item: FailedPush, policy: Policy, link: LinkHistory, reach_s: float) -> Course:
    """Send a push again as the policy says until it arrives, is given up, or nobody can tell.

    What is sent within `reach_s` of the end of a session counts as lost, as in the ledger.
    """
    course = Course(held_from_s=item.ended_s, held_until_s=item.ended_s)
    if not item.is_answered:
        course.fate = RetryOutcome.UNKNOWN
    elif (not item.is_noticed and policy.kind is not PolicyKind.ACKNOWLEDGE) or not policy.retries_at_all:
        course.fate = RetryOutcome.LOST
    elif not item.is_explained:
        course.fate = RetryOutcome.UNKNOWN
    else:
        course.fate = _try(item, policy, link, reach_s, course)
    return course


def _try(item: FailedPush, policy: Policy, link: LinkHistory, reach_s: float, course: Course) -> RetryOutcome:
    origin_s = course.held_from_s
    for moment_s in _schedule(item, policy, link, course):
        if moment_s is None:
            course.held_until_s = math.inf
            return RetryOutcome.LOST if item.kill else RetryOutcome.UNKNOWN
        if not policy.is_durable and link.is_renewed_between(origin_s, moment_s):
            return RetryOutcome.LOST
        course.held_until_s = moment_s
        sent = _send(item, moment_s, link, reach_s, course)
        if sent is _Sent.UNSEEN:
            return RetryOutcome.LOST if item.kill else RetryOutcome.UNKNOWN
        course.sent_s.append(moment_s)
        if sent is _Sent.ARRIVED:
            return RetryOutcome.RECOVERED
        if sent is not _Sent.REFUSED and not _learns(item, policy):
            return RetryOutcome.LOST
    return RetryOutcome.LOST


def _learns(item: FailedPush, policy: Policy) -> bool:
    """Whether the application learns that a sending which the connection took did not arrive."""
    return policy.kind is PolicyKind.ACKNOWLEDGE or (item.kill is not None and item.kill.is_loud)


def _send(item: FailedPush, moment_s: float, link: LinkHistory, reach_s: float, course: Course) -> _Sent:
    if course.outages and moment_s < course.outages[-1].end_s:
        return _Sent.REFUSED
    stretch = link.at(moment_s)
    if stretch.state is State.UNKNOWN:
        return _Sent.UNSEEN
    if stretch.state is State.DOWN:
        return _Sent.REFUSED
    if item.kill is not None:
        start_s = moment_s + item.kill.lag_s
        course.outages.append(Outage(start_s, start_s + item.kill.outage_s))
        return _Sent.KILLED
    is_last = link.place(moment_s) == len(link.stretches) - 1  # the logs end while it is up: nothing ends it
    is_dropped = moment_s >= stretch.dead_from_s or (not is_last and moment_s + reach_s > stretch.end_s)
    return _Sent.DROPPED if is_dropped else _Sent.ARRIVED


def _schedule(item: FailedPush, policy: Policy, link: LinkHistory, course: Course) -> Iterator[float | None]:
    """The instants of the retries, each found when the one before has failed; None where the logs end before it."""
    if policy.kind is PolicyKind.TIMED:
        yield from _time(item, policy, course)
        return
    is_acknowledged = policy.kind is PolicyKind.ACKNOWLEDGE
    moment_s = item.started_s if is_acknowledged else item.ended_s
    for _ in range(policy.tries_count):
        back_s = course.outages[-1].end_s if course.outages else -math.inf
        if is_acknowledged and moment_s >= back_s:
            next_s = _await_answer(link, moment_s, policy.timeout_s)
        else:
            next_s = link.next_up_s(max(moment_s, back_s))
        yield next_s
        if next_s is None:
            return
        moment_s = next_s


def _time(item: FailedPush, policy: Policy, course: Course) -> Iterator[float]:
    moment_s = item.ended_s
    for delay_s in policy.delays_s:
        moment_s += delay_s
        yield moment_s
        if course.outages and course.outages[-1].start_s >= moment_s:  # it fails as slowly as the first time
            moment_s = course.outages[-1].start_s


def _await_answer(link: LinkHistory, moment_s: float, timeout_s: float) -> float | None:
    """When an unanswered message is sent again: after the timeout, or when the connection is back, if it ended."""
    stretch = link.at(moment_s)
    if stretch.state is State.UP and moment_s + timeout_s < stretch.end_s:
        return moment_s + timeout_s
    return link.next_up_s(stretch.end_s if stretch.state is State.UP else moment_s)
