"""The push ledger: every attempt to deliver, its outcome, the outage it fell into, the messages concerned."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.pushes.attempts import FAILED, OK, UNKNOWN, Attempt
from logdiag.analyzers.pushes.exposure import Exposure
from logdiag.analyzers.statistics.exact_tests import fisher_greater
from logdiag.diagnosis import Disconnect, Push, Pushes

SHORTEST_REACH_MS: Final = 300.0
SUSPECT: Final = "suspect"
NEAR_BEFORE: Final = "near-before"
OWN_CLOSE: Final = "io client disconnect"
LOST: Final = "lost"
PROBABLY_LOST: Final = "probably-lost"
RESENT: Final = "resent"


def keep_ledger(
    attempts: Sequence[Attempt],
    disconnects: Sequence[Disconnect],
    exposures: Mapping[str, Exposure],
    *,
    reach_ms: float = SHORTEST_REACH_MS,
) -> tuple[Pushes, tuple[Push, ...]]:
    """Attribute every attempt to the disconnect that explains it; the counts, and all pushes in order.

    A push that was logged as delivered is suspect if the socket died during it or within `reach_ms` of its end.
    """
    drops: dict[str, list[Disconnect]] = defaultdict(list)
    for drop in disconnects:
        drops[drop.connection].append(drop)
    reach = timedelta(milliseconds=reach_ms)
    pushes = tuple(
        _attribute(attempt, drops[attempt.connection], exposures.get(attempt.connection), reach) for attempt in attempts
    )
    return _count(pushes, attempts, exposures, drops, reach), pushes


def _attribute(attempt: Attempt, drops: Sequence[Disconnect], exposure: Exposure | None, reach: timedelta) -> Push:
    started, ended = attempt.started, attempt.ended or attempt.started
    following = bisect_left(drops, started, key=lambda drop: drop.time)
    before = drops[following - 1] if following else None
    after = drops[following] if following < len(drops) else None
    drop, attribution = None, "outside"
    if after is not None and after.time <= ended:
        drop, attribution = after, "straddle"
    elif before is not None and _in_outage(before, attempt, exposure):
        drop, attribution = before, "inside"
    elif after is not None and after.time - ended <= reach:
        drop, attribution = after, NEAR_BEFORE
    outcome = _judge(attempt, attribution, drop)
    reconnect = None
    if drop is not None and drop.outage_s is not None:
        reconnect = drop.time + timedelta(seconds=drop.outage_s)
    return Push(
        time=started,
        connection=attempt.connection,
        message_ids=attempt.message_ids,
        outcome=outcome,
        error=attempt.error,
        disconnect_index=None if drop is None else drop.index,
        lead_ms=None if drop is None else _ms(drop.time - started),
        evidence=attempt.evidence,
        channel=attempt.channel,
        start_inferred=attempt.inferred,
        failed_at=attempt.ended if outcome == FAILED else None,
        after_drop_ms=None if drop is None or outcome != FAILED else _ms(ended - drop.time),
        before_reconnect_ms=None if reconnect is None or outcome != FAILED else _ms(reconnect - ended),
        attribution=attribution,
    )


def find_lead_ms(push: Push, reach_ms: float) -> float | None:
    """How long before its disconnect a push began that may have caused it, in ms; None if it is not close enough.

    It began within `reach_ms` of the disconnect, or ended within that: a large message takes its time to be written.
    """
    if push.disconnect_index is None or push.lead_ms is None or push.lead_ms < 0:
        return None
    return push.lead_ms if push.lead_ms <= reach_ms or push.attribution == NEAR_BEFORE else None


def _judge(attempt: Attempt, attribution: str, drop: Disconnect | None) -> str:
    """The outcome; of a push before the client's own `disconnect()` nothing is lost, which lets buffers drain first."""
    if attempt.outcome != OK or attempt.received:
        return attempt.outcome
    drained = attribution == NEAR_BEFORE and drop is not None and drop.reason == OWN_CLOSE
    doubtful = attribution in {NEAR_BEFORE, "straddle", "inside"} and not drained
    return SUSPECT if doubtful or attempt.received is False else OK


def _in_outage(drop: Disconnect, attempt: Attempt, exposure: Exposure | None) -> bool:
    """Whether an attempt after a disconnect began before the next connect; where that is not logged, a failure did."""
    if drop.outage_s is not None:
        return attempt.started < drop.time + timedelta(seconds=drop.outage_s)
    is_open = exposure is not None and exposure.touches(attempt.started, attempt.started)
    return is_open or attempt.outcome == FAILED


def _ms(delta: timedelta) -> float:
    return round(delta.total_seconds() * 1e3, 3)


def _count(
    pushes: Sequence[Push],
    attempts: Sequence[Attempt],
    exposures: Mapping[str, Exposure],
    drops: Mapping[str, Sequence[Disconnect]],
    reach: timedelta,
) -> Pushes:
    by_outcome = {name: [push for push in pushes if push.outcome == name] for name in (OK, FAILED, SUSPECT, UNKNOWN)}
    delivered = {message for push in by_outcome[OK] for message in push.message_ids}
    told = tuple(
        replace(push, fate=_tell_fate(push, attempt, delivered)) for push, attempt in zip(pushes, attempts, strict=True)
    )
    lost = [push for push in told if push.fate == LOST]
    ids = dict.fromkeys(message for push in sorted(lost, key=_by_time) for message in push.message_ids)
    return Pushes(
        attempted_count=len(pushes),
        ok_count=len(by_outcome[OK]),
        failed_count=len(by_outcome[FAILED]),
        suspect_count=len(by_outcome[SUSPECT]),
        suspect_expected_count=_expect_suspects(attempts, exposures, drops, reach),
        lost_certain_count=len(lost),
        lost_probable_count=sum(push.fate == PROBABLY_LOST for push in told),
        lost_message_ids=tuple(message for message in ids if message not in delivered),
        **_associate(attempts, exposures),
        items=tuple(push for push in told if push.outcome != OK),
        unknown_count=len(by_outcome[UNKNOWN]),
    )


def _tell_fate(push: Push, attempt: Attempt, delivered: set[str]) -> str | None:
    """Say what became of the messages of a push that did not plainly arrive; None where nothing can be said."""
    if push.outcome not in {FAILED, SUSPECT}:
        return None
    if push.message_ids and delivered.issuperset(push.message_ids):
        return RESENT
    return LOST if push.outcome == FAILED or attempt.received is False else PROBABLY_LOST


def _by_time(push: Push) -> datetime:
    return push.time


def _expect_suspects(
    attempts: Iterable[Attempt],
    exposures: Mapping[str, Exposure],
    drops: Mapping[str, Sequence[Disconnect]],
    reach: timedelta,
) -> float | None:
    """Suspect pushes expected by chance: rate of successful pushes while connected x window x disconnects.

    None if there was no push, or no session of known length.
    """
    succeeded: dict[str, int] = defaultdict(int)
    for attempt in attempts:
        succeeded[attempt.connection] += attempt.outcome == OK
    expected = []
    for name, count in succeeded.items():
        exposure = exposures.get(name)
        if exposure is not None and exposure.connected_s > 0:
            expected.append(count / exposure.connected_s * reach.total_seconds() * len(drops.get(name, ())))
    return sum(expected) if expected else None


def _associate(attempts: Sequence[Attempt], exposures: Mapping[str, Exposure]) -> dict[str, float | None]:
    """Failure ratios of attempts that touch an outage and of those that do not, with Fisher's exact test."""
    counts = {True: [0, 0], False: [0, 0]}
    for attempt in attempts:
        exposure = exposures.get(attempt.connection)
        if exposure is None or attempt.outcome == UNKNOWN:
            continue
        cell = counts[exposure.touches(attempt.started, attempt.ended or attempt.started)]
        cell[0] += attempt.outcome == FAILED
        cell[1] += 1
    (failed_in, all_in), (failed_out, all_out) = counts[True], counts[False]
    inside = failed_in / all_in if all_in else None
    outside = failed_out / all_out if all_out else None
    return {
        "failure_ratio_connected": outside,
        "failure_ratio_outage": inside,
        "risk_ratio": inside / outside if inside is not None and outside else None,
        "p_value": fisher_greater(failed_in, all_in, failed_out, all_out) if all_in and all_out else None,
    }
