"""The cause ledger: every cause of the catalogue judged by its checks, ranked, with a confidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import replace
from math import exp
from operator import attrgetter
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.catalogue import CauseRow, CheckRow, load_catalogue
from logdiag.analyzers.causes.checks.result import CHECKS, CheckResult, Claim
from logdiag.analyzers.causes.claims import attribute
from logdiag.analyzers.causes.crashes import name_decisive
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.facts.rivals import name_shared
from logdiag.analyzers.causes.facts.stated_rules import name_rule
from logdiag.analyzers.causes.limits import LimitKind, find_code, find_suspects
from logdiag.analyzers.causes.restarts import count_restarts
from logdiag.analyzers.connections.goodbyes import GOODBYES
from logdiag.analyzers.pushes.sizes import Bracket
from logdiag.results.causes import CLIENT, RULED_OUT_UP_TO, Cause, CauseStatus, Check, Outcome
from logdiag.results.diagnosis import FEWEST_DROPS
from logdiag.results.disconnects import are_blips
from logdiag.results.evidence import Number
from logdiag.results.patterns import PatternKind

ASSERTED_FROM: Final = 0.5  # more likely than not
SUGGESTED_FROM: Final = 0.1  # a choice: one chance in ten is worth an experiment
SUGGESTED_COUNT: Final = 2  # more would be a list to search, not a suggestion
DEAD: Final = RULED_OUT_UP_TO
LIMIT_KINDS: Final = {PatternKind.CONNECTION_AGE: LimitKind.AGE, PatternKind.IDLE: LimitKind.IDLE}
# Below ASSERTED_FROM, and no further: benchmarks.causes finds more than half of what may not be asserted right.
NOT_ASSERTED: Final = 0.49
CLAIMS_NOTHING: Final = 0.25  # one of several that might explain what no cause explains yet
UNSUPPORTED: Final = 0.05  # below SUGGESTED_FROM: nothing is left for it to explain, or no check supports it
TELLING_APART: Final = "no-silence-at-drop"  # lost heartbeats from processes that stood still
SAYS_HOW: Final = frozenset({"transport-reason"})  # how connections end, not why: alone it makes no cause likelier
MOST_SURE: Final = 0.98  # a choice: 1 in 50 for what the catalogue lacks
CALIBRATION_SLOPE: Final = 1.35  # measured by benchmarks/calibration.py on the log-odds that prior and checks add up to
UNION: Final = "union"  # how the catalogue says that a cause claims what any limit might
FEW_TAKEN: Final = 0.1  # a choice: of the ends of one clock one in ten may have another cause by chance
STRAY_RATIO: Final = 0.001  # benchmarks.server_log has 4 of 9,230 without a fault; a restart of all clients, 1 of 100
# What Socket.IO calls what a remedy speaks of: told where the logs have its words, for another library has other names.
SOCKETIO_CALLS: Final[dict[str, Number]] = {
    "server_call": "socket.disconnect()",
    "client_call": "socket.connect()",
    "auth_option": "auth",
}
# What Node and Socket.IO call what an experiment turns or measures: told where nothing shows that it is another's log.
NODE_NAMES: Final[dict[str, Number]] = {"loop_gauge": "monitorEventLoopDelay()", "ping_option": "pingTimeout"}
# What the process died of whose restarts a cause claims, by what it claims.
DIED_OF: Final = {"restarted": attrgetter("client_died_of"), "server-gone": attrgetter("server_died_of")}
ENGINE_IO: Final = "Engine.IO"
DEFAULT_LIMIT_BYTES: Final = 1_000_000  # maxHttpBufferSize since Socket.IO 2.5


def judge_causes(case: Case, *, all_shut_out: bool = False) -> tuple[Cause, ...]:
    """Every cause with its confidence, its status and the disconnects that it claims, best first.

    `all_shut_out`: no client ever got through, so that no cause of a disconnect is worth a suggestion. Nor is one where
    the logs hold no connect.

    Confidence is the logistic of the prior plus the nats of all checks, calibrated. A hard refutation of full strength
    leaves 0.02 at the most; a needed check that does not support leaves 0.49, no support but by how connections end
    0.05; what is not asserted has of 0.49 no more than the share of the faults that is explained with it; a cause that
    claims nothing has 0.25 at the most, no more than one that explains all there is, and 0.05 where those that are
    asserted do. Without its defining sign a cause has 0.05, unless it claims something and the sign cannot tell.
    """
    rows = load_catalogue()
    claims = attribute(case, rows)
    causes = [_judge_row(case, row, claims[row.id]) for row in rows]
    causes = _restrain_symptoms(rows, causes)
    by_exclusion = {row.id for row in rows if row.by_exclusion}
    vague = by_exclusion | {row.id for row in rows if row.by_inference}
    causes = _restrain_leftovers(case, vague, causes)
    causes = _restrain_borrowed(case, rows, causes)
    causes = _restrain_missing(case, {row.id for row in rows if row.by_inference}, causes)
    causes = _restrain_strays(causes)
    causes = _restrain_partial(case, causes)
    causes = _restrain_idle(case, by_exclusion, causes)
    causes.sort(key=lambda cause: (-cause.confidence, -cause.explains_count, cause.id))
    ranked = [replace(cause, rank=rank) for rank, cause in enumerate(causes, 1)]
    faults = [fact.drop for fact in case.facts if not fact.session.orderly]
    is_much = len(faults) >= FEWEST_DROPS and not are_blips(faults)
    is_telling = not all_shut_out and is_much and _knows_connects(case)
    return decide_statuses(ranked, is_telling=is_telling)


def _restrain_idle(case: Case, by_exclusion: Set[str], causes: Sequence[Cause]) -> list[Cause]:
    """Where causes that are asserted explain every fault, one that explains none is no candidate.

    Nor is it likelier than one that explains them all by itself, and not for want of another.
    """
    faults = {fact.drop.index for fact in case.facts if not fact.session.orderly}
    if not faults:
        return list(causes)
    most = 1.0
    for cause in causes:
        is_candidate = cause.id not in by_exclusion and cause.confidence > UNSUPPORTED
        if is_candidate and faults.issubset(cause.disconnect_indices):
            most = cause.confidence
    if faults <= _list_explained(causes):
        most = UNSUPPORTED
    return [
        replace(cause, confidence=min(cause.confidence, most))
        if not cause.explains_count and cause.confidence < ASSERTED_FROM
        else cause
        for cause in causes
    ]


def _restrain_partial(case: Case, causes: Sequence[Cause]) -> list[Cause]:
    """What is not asserted is the less likely the more it leaves unexplained, of all or of what nothing explains yet.

    Whatever ends the rest may well end these, too: of NOT_ASSERTED as large a share is left as is explained. That most
    of the case has another cause makes what few of the others have in common no likelier.
    """
    faults = {fact.drop.index for fact in case.facts if not fact.session.orderly}
    explained = _list_explained(causes)
    if not faults:
        return list(causes)
    pools = [pool for pool in (faults, faults - explained) if pool]
    return [
        replace(cause, confidence=min(cause.confidence, round(NOT_ASSERTED * _find_share(cause, pools), 3)))
        if cause.explains_count and cause.confidence < ASSERTED_FROM
        else cause
        for cause in causes
    ]


def _find_share(cause: Cause, pools: Sequence[set[int]]) -> float:
    """How much of a pool of disconnects a cause claims, of the one of which it claims most."""
    return max(len(pool & set(cause.disconnect_indices)) / len(pool) for pool in pools)


def _list_explained(causes: Sequence[Cause]) -> set[int]:
    """The disconnects that causes which are asserted explain."""
    return {index for cause in causes if cause.confidence >= ASSERTED_FROM for index in cause.disconnect_indices}


def _restrain_leftovers(case: Case, vague: Set[str], causes: Sequence[Cause]) -> list[Cause]:
    """A cause that may be what is left of another is not asserted while a majority of its case waits for a cause.

    Whatever ends the many may well end the few beside them: a killed beat strays, a cut that comes off its beat. Nor
    do goodbyes that the server alone heard lead over faults: people leave while a system fails, too.
    """
    explained = _list_explained(causes)
    left_count = sum(not fact.session.orderly and fact.drop.index not in explained for fact in case.facts)
    return [
        replace(cause, confidence=min(cause.confidence, NOT_ASSERTED))
        if cause.explains_count < left_count and (cause.id in vague or _are_goodbyes(case, cause))
        else cause
        for cause in causes
    ]


def _restrain_borrowed(case: Case, rows: Sequence[CauseRow], causes: Sequence[Cause]) -> list[Cause]:
    """A clock is not asserted for the rest of a pattern most of whose ends another asserted cause explains.

    What kills connections on a beat gives them equal ages, too: the ends among these whose killer lost its line are no
    work of a limit. A limit of which no line says whose it is stands back where more than a few of them are explained.
    """
    clocks = {row.id for row in rows if row.patterns}
    unions = {row.id for row in rows if row.claims == UNION}
    members: dict[str, set[int]] = defaultdict(set)
    for fact in case.facts:
        if fact.drop.pattern is not None:
            members[fact.drop.pattern].add(fact.drop.index)
    sure = [cause for cause in causes if cause.confidence >= ASSERTED_FROM]
    restrained = []
    for cause in causes:
        pool = set().union(*(members[name] for name in cause.patterns)) if cause.id in clocks else set()
        taken = max((len(pool.intersection(one.disconnect_indices)) for one in sure if one.id not in clocks), default=0)
        most = FEW_TAKEN * len(pool) if cause.id in unions else cause.explains_count
        limit = NOT_ASSERTED if taken > most else 1.0
        restrained.append(replace(cause, confidence=min(cause.confidence, limit)))
    return restrained


def _restrain_missing(case: Case, inferred: Set[str], causes: Sequence[Cause]) -> list[Cause]:
    """Where lines are known to be missing, what rests on missing lines is no second cause beside a greater one."""
    most = max((cause.explains_count for cause in causes if cause.confidence >= ASSERTED_FROM), default=0)
    return [
        replace(cause, confidence=min(cause.confidence, NOT_ASSERTED))
        if case.lossy_sides and cause.id in inferred and cause.explains_count < most
        else cause
        for cause in causes
    ]


def _are_goodbyes(case: Case, cause: Cause) -> bool:
    """Whether a cause rests on clients that said goodbye, in no log but the server's."""
    facts = [case.by_index[index] for index in cause.disconnect_indices]
    return bool(facts) and all(fact.drop.server_reason in GOODBYES and not fact.reason for fact in facts)


def _restrain_strays(causes: Sequence[Cause]) -> list[Cause]:
    """What explains a handful of thousands of disconnects is not at work, whether another cause explains them or none.

    Thousands of clients always have a few ends of every kind, whose words say nothing of the trouble.
    """
    return [
        replace(cause, confidence=min(cause.confidence, NOT_ASSERTED)) if _is_stray(cause) else cause
        for cause in causes
    ]


def _is_stray(cause: Cause) -> bool:
    return 0 < cause.explains_count < STRAY_RATIO * cause.of_count


def _restrain_symptoms(rows: Sequence[CauseRow], causes: Sequence[Cause]) -> list[Cause]:
    """One fault is not asserted twice: a cause whose drops another may well have left waits behind that one.

    A freeze that ends in the moment of the drop, or that the logs end in, leaves a lost heartbeat and no silence.
    """
    counts = {cause.id: cause.explains_count for cause in causes if cause.confidence >= ASSERTED_FROM}
    behind = {row.id: counts.get(row.symptom_of or "", 0) for row in rows}
    return [
        replace(cause, confidence=min(cause.confidence, NOT_ASSERTED))
        if behind[cause.id] >= max(1, cause.explains_count) and not _is_set_apart_by_checks(cause)
        else cause
        for cause in causes
    ]


def _is_set_apart_by_checks(cause: Cause) -> bool:
    return any(check.id == TELLING_APART and check.outcome is Outcome.SUPPORTS for check in cause.checks)


def _knows_connects(case: Case) -> bool:
    """Whether any connect is in the logs; from ends alone, without ages and outages, no candidate is the better one."""
    return any(fact.session.opened is not None for fact in case.facts)


def decide_statuses(ranked: Sequence[Cause], *, is_telling: bool) -> tuple[Cause, ...]:
    """Give each cause its status; `is_telling`: enough happened for a best candidate to mean something."""
    likely = [cause.id for cause in ranked if SUGGESTED_FROM <= cause.confidence < ASSERTED_FROM]
    suggested = likely[:SUGGESTED_COUNT] if is_telling else []
    return tuple(replace(cause, status=_find_status(cause, suggested)) for cause in ranked)


def _find_status(cause: Cause, suggested: Sequence[str]) -> CauseStatus:
    if cause.confidence >= ASSERTED_FROM:
        return CauseStatus.ASSERTED
    if cause.id in suggested:
        return CauseStatus.SUGGESTED
    is_refuted = any(check.outcome is Outcome.REFUTES for check in cause.checks)
    return CauseStatus.RULED_OUT if is_refuted and cause.confidence <= RULED_OUT_UP_TO else CauseStatus.OPEN


def _judge_row(case: Case, row: CauseRow, facts: Sequence[DisconnectFacts]) -> Cause:
    reasons = tuple(dict.fromkeys((*row.reasons, *row.server_reasons)))
    claim = Claim(row.id, reasons, row.patterns, tuple(facts))
    results = [(check, _ask(case, claim, check)) for check in row.checks]
    return Cause(
        id=row.id,
        rank=0,
        confidence=round(_sum_nats(row, results, claims_some=bool(facts) or _has_errors(case, row)), 3),
        explains_count=len(facts),
        of_count=len(case.facts),
        patterns=tuple(sorted({fact.drop.pattern for fact in facts if fact.drop.pattern is not None})),
        triggers=tuple(sorted({fact.drop.trigger for fact in facts if fact.drop.trigger is not None})),
        checks=tuple(Check(check.id, result.outcome, result.numbers, result.evidence) for check, result in results),
        sources=row.sources,
        numbers=_numbers(facts)
        | _name_suspects(case, row, facts)
        | (SOCKETIO_CALLS if case.is_socketio else {})
        | ({} if case.is_another_runtime or case.is_mqtt or case.is_another_protocol else NODE_NAMES)
        | ({**_limits(case), "refused_by": _name_refuser(facts)} if row.claims == "push" else {})
        | (case.clash._asdict() if row.claims == "mismatch" else {})
        | (name_shared(facts) if row.claims == "rival" else {})
        | (name_rule(fact.broken_rule for fact in facts) if row.claims == "kick" else {})
        | (count_restarts(case, facts) if row.claims == "server-gone" else {})
        | ({"crash": name_decisive(list(map(died_of, facts)))} if (died_of := DIED_OF.get(row.claims)) else {}),
        disconnect_indices=tuple(fact.drop.index for fact in facts),
    )


def _ask(case: Case, claim: Claim, check: CheckRow) -> CheckResult:
    """The result of a check; where nothing was disconnected, nothing refutes a cause of disconnects."""
    result = CHECKS[check.id](case, claim)
    if result.outcome is Outcome.REFUTES and not case.facts:
        return replace(result, outcome=Outcome.UNKNOWN)
    return result


def _has_errors(case: Case, row: CauseRow) -> bool:
    """A cause that keeps a client from connecting at all shows in errors alone."""
    return (row.claims == "auth" and any(error.is_auth for error in case.errors)) or (
        row.claims == "mismatch" and any(error.is_mismatch for error in case.errors)
    )


def _sum_nats(row: CauseRow, results: Sequence[tuple[CheckRow, CheckResult]], *, claims_some: bool) -> float:
    total = row.prior_nats
    limit = MOST_SURE if claims_some else CLAIMS_NOTHING
    supporting = {check.id for check, result in results if result.outcome == Outcome.SUPPORTS}
    for check, result in results:
        if result.outcome == Outcome.SUPPORTS:
            total += check.supports_nats * result.strength
        elif result.outcome == Outcome.REFUTES:
            total -= check.refutes_nats * result.strength
            limit = DEAD if check.hard and result.strength >= 1 else limit
        is_spared = result.outcome == Outcome.UNKNOWN and 0 < len(check.unless) == len(supporting & set(check.unless))
        if check.needed and result.outcome != Outcome.SUPPORTS and not is_spared:
            limit = min(limit, NOT_ASSERTED)
        is_open = claims_some and result.outcome is Outcome.UNKNOWN
        if check.defining and not is_open and supporting.isdisjoint({check.id, *check.unless}):
            limit = min(limit, UNSUPPORTED)
    if not any(check.id in supporting - SAYS_HOW and check.supports_nats > 0 for check, _ in results):
        limit = min(limit, UNSUPPORTED)
    return min(limit, calibrate(total))


def calibrate(log_odds: float) -> float:
    """The confidence that log-odds in nats deserve: monotone, and even odds stay even (Platt scaling, no offset)."""
    return 1 / (1 + exp(-CALIBRATION_SLOPE * log_odds))


def _numbers(facts: Sequence[DisconnectFacts]) -> dict[str, Number]:
    """What fixes and experiments of the cause speak of."""
    fits = [fact.fit for fact in facts if fact.fit is not None and fact.fit.period_s is not None]
    period = fits[0].period_s if fits else None
    return {
        "count": len(facts),
        "period_s": period,
        "connections_count": len({fact.drop.connection for fact in facts}),
        "reason": next((fact.reason for fact in facts if fact.reason is not None), None),
    }


def _name_suspects(case: Case, row: CauseRow, facts: Sequence[DisconnectFacts]) -> dict[str, Number]:
    """The known products whose default is near the lifetime that a cause rests on; they make it no likelier.

    Those of Socket.IO are none where nothing is told in its words.
    """
    kinds = frozenset(LIMIT_KINDS[kind] for kind in row.patterns if kind in LIMIT_KINDS)
    if not kinds:
        return {}
    lifetimes = [fact.fit.period_s for fact in facts if fact.fit is not None and fact.fit.period_s is not None]
    code = find_code(fact.session.code for fact in facts)
    suspects = find_suspects(lifetimes[0], kinds, code) if lifetimes else ()
    names = [limit.name for limit in suspects if case.is_socketio or not limit.product.startswith(ENGINE_IO)]
    return {"suspects": "; ".join(names) or None}


def _limits(case: Case) -> dict[str, Number]:
    """The size limit: between which sizes it lies, else what the lines or the user state, else Socket.IO's default.

    For the experiment, ten times the limit, or the smallest message that died. Of another server nothing is known.
    """
    setting = {"setting": "maxHttpBufferSize" if case.is_socketio else None}
    if case.bracket is not None:
        dead = case.bracket.smallest_dead_bytes
        survivor = case.bracket.largest_survivor_bytes
        return {
            **setting,
            "limit_bytes": dead,
            "raised_bytes": 10 * dead,
            "largest_survivor_bytes": survivor,
            "smallest_dead_bytes": dead,
            **_find_raised(case.bracket),
        }
    stated = case.logged_limit_bytes or case.max_payload_bytes
    default = DEFAULT_LIMIT_BYTES if case.is_socketio and stated is None else None
    limit = stated or default
    if limit is None:
        return {**setting, "limit_bytes": None, "raised_bytes": None}
    return {
        **setting,
        "limit_bytes": limit,
        "raised_bytes": 10 * limit,
        "stated_bytes": stated,
        "default_bytes": default,
        **_find_small(case, limit),
    }


def _find_raised(bracket: Bracket) -> dict[str, Number]:
    """Since when larger messages pass, and how large they are, where the limit was raised."""
    if bracket.later_time is None:
        return {}
    return {"later_bytes": bracket.later_bytes, "later_time": bracket.later_time.isoformat()}


def _name_refuser(facts: Sequence[DisconnectFacts]) -> str | None:
    """The client, where most ends are its own refusals of what it received: the limit is then none of the server's."""
    refused_count = sum(fact.refuses_received for fact in facts)
    return CLIENT if refused_count > len(facts) / 2 else None


def _find_small(case: Case, limit_bytes: int) -> dict[str, Number]:
    """The largest message sent before most drops, where all are below the limit: another, smaller one is at work."""
    sizes = [fact.sent_bytes for fact in case.facts if fact.sent_bytes is not None]
    is_small = len(sizes) > len(case.facts) / 2 and max(sizes) < limit_bytes
    return {"largest_small_bytes": max(sizes)} if is_small else {}
