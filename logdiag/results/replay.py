"""Retry policies, and the result of `logdiag replay`: frozen and free of pandas; field names are those of its JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from logdiag.errors import InputError
from logdiag.results.evidence import Evidence, Number

MOST_RETRIES: Final = 1000
LONGEST_DELAY_S: Final = 86_400.0
UNITS_S: Final = {"ms": 1e-3, "s": 1.0, "m": 60.0}
DURATION: Final = r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m)"
RETRY: Final = re.compile(rf"retry:(\d{{1,4}})x{DURATION}")
BACKOFF: Final = re.compile(rf"backoff:{DURATION}\.\.{DURATION}(?:,x(\d{{1,3}}(?:\.\d{{1,3}})?))?(?:,max=(\d{{1,4}}))?")
ACKNOWLEDGE: Final = re.compile(rf"ack(?::{DURATION})?(?:[:,]max=(\d{{1,4}}))?")
BACKOFF_FACTOR: Final = 2.0
BACKOFF_TRIES: Final = 6
ACK_TIMEOUT_S: Final = 5.0  # of the remedy that reports propose: socket.timeout(5000).emitWithAck
ACK_TRIES: Final = 3  # of the example for `retries` in Socket.IO's documentation of its client
QUEUE_TRIES: Final = 10  # where each hand-over fails: a bound of the simulation, not of any queue


class PolicyKind(StrEnum):
    """What a policy waits for before it sends again."""

    TIMED = "timed"
    QUEUE = "queue"
    ACKNOWLEDGE = "ack"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a push that failed is sent again.

    `delays_s` are the waits of a timed policy, one a retry. `tries_count` bounds the others. A durable policy keeps
    what waits when its process dies.
    """

    name: str
    kind: PolicyKind
    delays_s: tuple[float, ...] = ()
    tries_count: int = 0
    timeout_s: float = 0.0
    is_durable: bool = False

    @property
    def retries_at_all(self) -> bool:
        """Whether it ever sends anything again."""
        return bool(self.delays_s) or self.tries_count > 0


# The reference's first proposal tries three times in all, two seconds apart: two retries. Its third is a queue.
PROPOSALS: Final[Mapping[str, str]] = {"proposal-1": "retry:2x2s", "proposal-3": "queue:durable"}
# What is compared where no policy is asked for.
PRESETS: Final = (
    "retry:3x500ms",
    "retry:3x2s",
    "retry:2x2s",
    "backoff:200ms..5s,x2,max=6",
    "queue",
    "queue:durable",
    "ack",
)


def parse_policy(text: str) -> Policy:
    """Read `retry:3x2s`, `backoff:200ms..5s,x2,max=6`, `queue`, `queue:durable`, `ack:5s,max=3` or a proposal's name.

    Raises InputError.
    """
    name = "".join(text.split()).lower()
    policy = _read(name, PROPOSALS.get(name, name))
    if policy is None:
        raise InputError("input.bad_policy", policy=text)
    return policy


def _read(name: str, text: str) -> Policy | None:
    if text in {"queue", "queue:durable"}:
        durable = text != "queue"
        return Policy(name, PolicyKind.QUEUE, tries_count=QUEUE_TRIES, is_durable=durable)
    if match := RETRY.fullmatch(text):
        delay_s = _seconds(match[2], match[3])
        return _bound(name, int(match[1]), lambda _: delay_s)
    if match := BACKOFF.fullmatch(text):
        first_s, last_s = _seconds(match[1], match[2]), _seconds(match[3], match[4])
        factor = float(match[5] or BACKOFF_FACTOR)
        if first_s > last_s or factor < 1:
            return None
        steps = _grow(first_s, last_s, factor)
        return _bound(name, int(match[6] or BACKOFF_TRIES), lambda rank: steps[min(rank, len(steps) - 1)])
    if match := ACKNOWLEDGE.fullmatch(text):
        timeout_s = _seconds(match[1], match[2]) if match[1] else ACK_TIMEOUT_S
        tries = int(match[3]) if match[3] else ACK_TRIES
        is_sound = 0 < timeout_s <= LONGEST_DELAY_S and tries <= MOST_RETRIES
        return Policy(name, PolicyKind.ACKNOWLEDGE, tries_count=tries, timeout_s=timeout_s) if is_sound else None
    return None


def _grow(first_s: float, last_s: float, factor: float) -> list[float]:
    """The waits of a back-off, up to the one that repeats."""
    steps = [first_s]
    while factor > 1 and 0 < steps[-1] < last_s and len(steps) < MOST_RETRIES:
        steps.append(min(steps[-1] * factor, last_s))
    return steps


def _bound(name: str, count: int, delay_of: Callable[[int], float]) -> Policy | None:
    if count > MOST_RETRIES:
        return None
    delays = tuple(delay_of(rank) for rank in range(count))
    is_sound = all(0 < delay <= LONGEST_DELAY_S for delay in delays)
    return Policy(name, PolicyKind.TIMED, delays) if is_sound else None


def _seconds(number: str, unit: str) -> float:
    return float(number) * UNITS_S[unit]


class PoisonRisk(StrEnum):
    """Whether pushes end the connections that carry them, so that a retry ends the next one too."""

    NONE = "none"
    SUSPECTED = "suspected"
    ESTABLISHED = "established"


class Sight(StrEnum):
    """What became of a push that was sent once more."""

    REFUSED = "refused"
    CARRIED = "carried"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its exact 95 % interval; all None where nothing was counted."""

    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PolicyReplay:
    """What a policy would have made of the recorded pushes.

    recovered + lost = of; with those whose end nobody can tell (`unknown_count`) they are all pushes that did not
    plainly arrive. `if_harmless_count` are those that it would recover if no push ended its connection. Delays run from
    the failure to the sending that arrives. `queue_most_count` is the most that one client holds at a time,
    `burst_most_count` the most sendings within a second, of all clients. Duplicates: retries of what had arrived,
    and at most of what may have. `killed_count` are the connections that retries end, `outage_s` how long that lasts,
    `harmed_count` the pushes that arrived and would fall into it.
    """

    policy: str
    recovered_count: int
    lost_count: int
    of_count: int
    unknown_count: int
    share: Share
    if_harmless_count: int
    delay_median_s: float | None
    delay_p95_s: float | None
    delay_worst_s: float | None
    resends_count: int
    duplicates_count: int
    duplicates_most_count: int
    queue_most_count: int
    burst_most_count: int
    killed_count: int
    outage_s: float
    harmed_count: int
    harmful: bool


@dataclass(frozen=True, slots=True)
class RealRetry:
    """A retry that the application itself made, what the replay says of it, and what the logs say."""

    time: datetime
    connection: str
    predicted: Sight
    seen: Sight
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How well the replay tells what became of the retries that the logs hold; `items` are the first of them."""

    retries_count: int
    agreed_count: int
    share: Share
    items: tuple[RealRetry, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """What the replay takes for granted, with its numbers."""

    id: str
    numbers: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Replay:
    """Recorded outages and pushes under retry policies; `recommended` is None where none helps or a retry may harm."""

    paths: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    pushes_count: int
    arrived_count: int
    failed_count: int
    unnoticed_count: int
    unanswered_count: int
    outages_count: int
    median_outage_s: float | None
    poison: PoisonRisk
    killing_count: int
    recommended: str | None
    policies: tuple[PolicyReplay, ...]
    self_check: SelfCheck | None
    assumptions: tuple[Assumption, ...]
