"""Retries that the application itself made, as its lines tell them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import Push, PushOutcome
from logdiag.rows import Rows

LONGEST_PAUSE: Final = timedelta(seconds=60)  # a retry of the same push: Socket.IO's longest back-off is 5 s
SENDINGS: Final = (EventKind.EMIT.value, EventKind.EMIT_REFUSED.value)


@dataclass(frozen=True, slots=True)
class Sending:
    """One numbered attempt to send; `is_retry` where the one before it in number was refused."""

    time: datetime
    connection: str
    service: str
    number: int
    is_refused: bool
    is_retry: bool
    evidence: Evidence


def find_sendings(timeline: Rows) -> tuple[Sending, ...]:
    """The numbered attempts of all services that number theirs: those that count on after a refusal."""
    rows = timeline.of_kinds(SENDINGS)
    rows = rows[rows["count"].notna()]
    names = ("connection", "service", "kind", "count", "file", "line")
    columns = [rows.moments(), *(rows[name].tolist() for name in names)]
    by_service: dict[tuple[str, str], list[Sending]] = defaultdict(list)
    for time, connection, service, kind, number, file, line in zip(*columns, strict=True):
        mine = by_service[connection, service]
        before = mine[-1] if mine else None
        is_retry = (
            before is not None
            and before.is_refused
            and number == before.number + 1
            and time - before.time <= LONGEST_PAUSE
        )
        place = Evidence(file, int(line))
        refused = kind == EventKind.EMIT_REFUSED
        mine.append(Sending(time, connection, service, int(number), refused, is_retry, place))
    return tuple(item for mine in by_service.values() if any(one.is_retry for one in mine) for item in mine)


def find_repeats(pushes: Sequence[Push]) -> dict[int, int]:
    """Which pushes carry the messages of one that failed shortly before: its number → that of the first of them."""
    firsts: dict[int, int] = {}
    latest: dict[tuple[str, str | None, tuple[str, ...]], int] = {}
    for rank, push in enumerate(pushes):
        if not push.message_ids:
            continue
        key = (push.connection, push.channel, push.message_ids)
        before = latest.get(key)
        if before is not None and _is_repeat(pushes[before], push):
            firsts[rank] = firsts.get(before, before)
        if push.outcome in {PushOutcome.OK, PushOutcome.FAILED, PushOutcome.SUSPECT}:
            latest[key] = rank
    return firsts


def _is_repeat(before: Push, push: Push) -> bool:
    return before.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT} and push.time - before.time <= LONGEST_PAUSE
