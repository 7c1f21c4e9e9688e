"""The push ledger: every attempt to deliver, its outcome, the outage it fell into, the messages concerned."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.connections.sessions import OWN_CLOSE
from logdiag.analyzers.pushes.accounts import are_of_one
from logdiag.analyzers.pushes.attempts import LONGEST_ATTEMPT, Attempt
from logdiag.analyzers.pushes.exposure import LONGEST_UNNOTICED, Exposure
from logdiag.analyzers.statistics.exact_tests import fisher_greater
from logdiag.deferred import compile_later
from logdiag.results.disconnects import Attribution, Disconnect
from logdiag.results.pushes import Push, Pushes, PushFate, PushOutcome

SHORTEST_REACH_MS: Final = 300.0  # a choice: more meets pushes by chance, see docs/methods.md, pushes
# An answer that never came, in the words of an error.
TIMED_OUT: Final = compile_later(
    r"(?i)time[sd]?[ -]?out|\b(?:no|without|missing) (?:an? )?(?:ack|answer|reply|response)|did(?: not|n't) ack"
    r"|(?:not|never|un)[ -]?(?:acked|acknowledged|confirmed)"
    r"|sin (?:confirmaci|acuse|ack|respuesta)|sem confirma|(?:sans|aucune?) (?:accus|acquit|confirm)|(?:nicht"
    r"|keine|un) ?best[aä]tig|keine antwort"
    r"|senza conferma|non confermat|нет (?:подтвержд|ответа)|не подтвержд|без подтвержд|тайм-?аут"
    r"|超时|未(?:被)?确认|未收到(?:确认|回执|应答)|[未无]响应|確認なし|応答なし|タイムアウト|시간 초과"
)
PING_TIMEOUT: Final = "ping timeout"


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
    answered = _list_answered(attempts, drops, reach)
    pushes = tuple(
        _attribute(
            attempt,
            drops[attempt.connection],
            exposures.get(attempt.connection),
            reach,
            answered[attempt.connection],
        )
        for attempt in attempts
    )
    return _count(pushes, attempts, exposures, drops, reach), pushes


def _list_answered(
    attempts: Sequence[Attempt], drops: Mapping[str, Sequence[Disconnect]], reach: timedelta
) -> Mapping[str, list[datetime]]:
    """When pushes of each connection were answered that no disconnect casts doubt on, in order of their starts."""
    answered: dict[str, list[datetime]] = defaultdict(list)
    for attempt in attempts:
        if attempt.outcome != PushOutcome.OK or attempt.ended is None:
            continue
        mine = drops.get(attempt.connection, ())
        place = bisect_left(mine, attempt.started, key=lambda drop: drop.time)
        is_doubtful = place < len(mine) and mine[place].time - attempt.ended <= reach
        if attempt.received or not is_doubtful:
            answered[attempt.connection].append(attempt.started)
    return answered


def _attribute(
    attempt: Attempt,
    drops: Sequence[Disconnect],
    exposure: Exposure | None,
    reach: timedelta,
    answered: Sequence[datetime],
) -> Push:
    started, ended = attempt.started, attempt.ended or attempt.started
    following = bisect_left(drops, started, key=lambda drop: drop.time)
    before = drops[following - 1] if following else None
    after = drops[following] if following < len(drops) else None
    waited_until = _find_wait_end(before, attempt)
    drop, attribution = None, Attribution.UNKNOWN_START if _may_have_waited(before, attempt) else Attribution.OUTSIDE
    if after is not None and after.time <= ended:
        drop, attribution = after, Attribution.STRADDLE
    elif waited_until is not None and after is not None and after.time - ended <= reach:
        drop, attribution = after, Attribution.NEAR_BEFORE
    elif before is not None and _in_outage(before, attempt, exposure):
        drop, attribution = before, Attribution.INSIDE
    elif after is not None and after.time - ended <= reach:
        drop, attribution = after, Attribution.NEAR_BEFORE
    elif after is not None and _is_on_dead_line(attempt, after, answered):
        drop, attribution = after, Attribution.DEAD_LINE
    outcome = _judge_attempt(attempt, attribution, drop, has_waited=waited_until is not None)
    reconnect = None
    if drop is not None and drop.away_s is not None:
        reconnect = drop.time + timedelta(seconds=drop.away_s)
    return Push(
        time=started,
        connection=attempt.connection,
        message_ids=attempt.message_ids,
        outcome=outcome,
        error=attempt.error,
        disconnect_index=None if drop is None else drop.index,
        lead_ms=None if drop is None else _find_lead(drop, attempt, waited_until),
        evidence=attempt.evidence,
        channel=attempt.channel,
        start_inferred=attempt.inferred,
        failed_at=attempt.ended if outcome == PushOutcome.FAILED else None,
        after_drop_ms=None
        if drop is None or outcome != PushOutcome.FAILED or ended < drop.time
        else _ms(ended - drop.time),
        before_reconnect_ms=None if reconnect is None or outcome != PushOutcome.FAILED else _ms(reconnect - ended),
        attribution=attribution,
        accounts=tuple(sorted(attempt.accounts)),
    )


def _find_wait_end(before: Disconnect | None, attempt: Attempt) -> datetime | None:
    """When a push that began during an outage and lasted beyond it went out at the earliest: at the reconnect."""
    if before is None or before.away_s is None or attempt.ended is None:
        return None
    reconnect = before.time + timedelta(seconds=before.away_s)
    return reconnect if attempt.started < reconnect <= attempt.ended else None


def _find_lead(drop: Disconnect, attempt: Attempt, waited_until: datetime | None) -> float:
    """How long before the disconnect a push went out, in ms; negative if that was after it."""
    sent = waited_until if waited_until is not None and waited_until <= drop.time else attempt.started
    return _ms(drop.time - sent)


def _may_have_waited(before: Disconnect | None, attempt: Attempt) -> bool:
    """Whether an answer had been awaited since an unknown moment and never came, which may lie before the outage."""
    is_timed = attempt.inferred or len(attempt.evidence) > 1
    if before is None or is_timed or not _has_timed_out(attempt):
        return False
    return attempt.started - before.time - timedelta(seconds=before.away_s or 0.0) <= LONGEST_ATTEMPT


def _has_timed_out(attempt: Attempt) -> bool:
    return attempt.outcome == PushOutcome.FAILED and has_gone_unanswered(attempt.error)


def has_gone_unanswered(error: str | None) -> bool:
    """Whether the error of a push says that no answer came in time."""
    return TIMED_OUT.search(error or "") is not None


def _is_on_dead_line(attempt: Attempt, after: Disconnect, answered: Sequence[datetime]) -> bool:
    """Whether an answer that never came shows the silence that a ping timeout noticed later.

    No push that began after it may have been answered before that disconnect. The ping timeout comes two minutes
    after the silence began at most (`LONGEST_UNNOTICED`).
    """
    is_silence = PING_TIMEOUT in {after.reason, after.server_reason}
    if not is_silence or not _has_timed_out(attempt) or after.time - attempt.started > LONGEST_UNNOTICED:
        return False
    place = bisect_right(answered, attempt.started)
    return place == len(answered) or answered[place] >= after.time


def find_lead_ms(push: Push, reach_ms: float) -> float | None:
    """How long before its disconnect a push began that may have caused it, in ms; None if it is not close enough.

    It began within `reach_ms` of the disconnect, or ended within that: a large message takes its time to be written.
    """
    if push.disconnect_index is None or push.lead_ms is None or push.lead_ms < 0:
        return None
    return push.lead_ms if push.lead_ms <= reach_ms or push.attribution == Attribution.NEAR_BEFORE else None


def _judge_attempt(
    attempt: Attempt, attribution: Attribution, drop: Disconnect | None, *, has_waited: bool
) -> PushOutcome:
    """The outcome; of a push before the client's own `disconnect()` nothing is lost, which lets buffers drain first.

    One that began in an outage and was logged as sent after it has waited for the connection that carried it.
    """
    if attempt.outcome != PushOutcome.OK or attempt.received:
        return attempt.outcome
    drained = attribution == Attribution.NEAR_BEFORE and drop is not None and drop.reason in OWN_CLOSE
    carried = attribution == Attribution.INSIDE and has_waited
    doubtful = attribution in {Attribution.NEAR_BEFORE, Attribution.STRADDLE, Attribution.INSIDE}
    doubtful = doubtful and not drained and not carried
    return PushOutcome.SUSPECT if doubtful or attempt.received is False else PushOutcome.OK


def _in_outage(drop: Disconnect, attempt: Attempt, exposure: Exposure | None) -> bool:
    """Whether an attempt after a disconnect began before the next connect; where that is not logged, a failure did."""
    if drop.away_s is not None:
        return attempt.started < drop.time + timedelta(seconds=drop.away_s)
    is_open = exposure is not None and exposure.touches(attempt.started, attempt.started)
    return is_open or attempt.outcome == PushOutcome.FAILED


def _ms(delta: timedelta) -> float:
    return round(delta.total_seconds() * 1e3, 3)


def _count(
    pushes: Sequence[Push],
    attempts: Sequence[Attempt],
    exposures: Mapping[str, Exposure],
    drops: Mapping[str, Sequence[Disconnect]],
    reach: timedelta,
) -> Pushes:
    by_outcome = {
        name: [push for push in pushes if push.outcome == name]
        for name in (PushOutcome.OK, PushOutcome.FAILED, PushOutcome.SUSPECT, PushOutcome.UNKNOWN)
    }
    delivered: dict[str, list[Push]] = defaultdict(list)
    for push in by_outcome[PushOutcome.OK]:
        for message in push.message_ids:
            delivered[message].append(push)
    settled = tuple(_settle(push, attempt, delivered) for push, attempt in zip(pushes, attempts, strict=True))
    lost = [push for push in settled if push.fate == PushFate.LOST]
    ids = dict.fromkeys(
        message
        for push in sorted(lost, key=_by_time)
        for message in push.message_ids
        if not _list_twins(push, delivered.get(message, ()))
    )
    return Pushes(
        attempted_count=len(pushes),
        ok_count=len(by_outcome[PushOutcome.OK]),
        failed_count=len(by_outcome[PushOutcome.FAILED]),
        suspect_count=len(by_outcome[PushOutcome.SUSPECT]),
        suspect_expected_count=_expect_suspects(attempts, exposures, drops, reach),
        lost_certain_count=len(lost),
        lost_probable_count=sum(push.fate == PushFate.PROBABLY_LOST for push in settled),
        lost_message_ids=tuple(ids),
        **_associate(attempts, exposures),
        items=tuple(push for push in settled if push.outcome != PushOutcome.OK),
        unknown_count=len(by_outcome[PushOutcome.UNKNOWN]),
    )


def _settle(push: Push, attempt: Attempt, delivered: Mapping[str, Sequence[Push]]) -> Push:
    """A push with what became of its messages; as it is where it plainly arrived, or nothing can be said.

    Another push that arrived has delivered a message if it is of the same connection, or for the same account: ids of
    others may be the same.
    """
    if push.outcome not in {PushOutcome.FAILED, PushOutcome.SUSPECT}:
        return push
    twins = [_list_twins(push, delivered.get(message, ())) for message in push.message_ids]
    if twins and all(twins):
        others = [by for by in twins if push.connection not in {one.connection for one in by}]
        return replace(push, fate=PushFate.RESENT, resent_by=others[0][0].connection if others else None)
    is_certain = push.outcome == PushOutcome.FAILED or attempt.received is False
    return replace(push, fate=PushFate.LOST if is_certain else PushFate.PROBABLY_LOST)


def _list_twins(push: Push, arrived: Iterable[Push]) -> list[Push]:
    """Those of the pushes of one message id that carry the same message as this one."""
    return [one for one in arrived if are_of_one(push, one)]


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
        succeeded[attempt.connection] += attempt.outcome == PushOutcome.OK
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
        if exposure is None or attempt.outcome == PushOutcome.UNKNOWN:
            continue
        cell = counts[exposure.touches(attempt.started, attempt.ended or attempt.started)]
        cell[0] += attempt.outcome == PushOutcome.FAILED
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
