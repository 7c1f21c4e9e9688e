"""Which cause claims which disconnect: the more specific explanation first, in the order of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from logdiag.analyzers.case import Case, Facts, is_ping_echo, push_triggers
from logdiag.analyzers.catalogue import CauseRow
from logdiag.analyzers.checks.pushes import check_push_moves_beat
from logdiag.analyzers.checks.result import Claim
from logdiag.analyzers.checks.stated import is_refused
from logdiag.diagnosis import Outcome

ClaimTest: TypeAlias = Callable[[Case, CauseRow, Facts], bool]
CUT: Final = frozenset({"transport close", "transport error"})


def attribute(case: Case, rows: Sequence[CauseRow]) -> dict[str, tuple[Facts, ...]]:
    """The disconnects that each cause claims; a disconnect is claimed once, or not at all. Orderly stops are not."""
    claims: dict[str, list[Facts]] = {row.id: [] for row in rows}
    killed = _pushed_drops(case)
    for fact in case.facts:
        if fact.span.orderly:
            continue
        for row in rows:
            claimed = (fact.drop.index in killed) if row.claims == "push" else CLAIM_TESTS[row.claims](case, row, fact)
            if claimed:
                claims[row.id].append(fact)
                break
    return {name: tuple(facts) for name, facts in claims.items()}


def _pushed_drops(case: Case) -> set[int]:
    """Disconnects that pushes explain: those that a push trigger precedes and whose push did not arrive.

    Where no push lines but one exist and that one pulled a beat forward, the timer of that beat is the pushes' own.
    """
    killed: set[int] = set()
    if push_triggers(case, "trigger"):
        killed |= {fact.drop.index for fact in case.facts if fact.push is not None and not fact.push_arrived}
    moved = check_push_moves_beat(case, Claim("payload-too-large", (), (), ()))
    if moved.outcome == Outcome.SUPPORTS and not killed:
        killed |= {fact.drop.index for fact in case.facts if fact.push is not None and not fact.push_arrived}
        seen = sum(not attempt.inferred and len(attempt.evidence) > 1 for attempt in case.attempts)
        if seen < len(case.facts) / 2:
            killed |= {fact.drop.index for fact in case.facts if fact.fit is not None and fact.fit.kind == "timer"}
    return killed


def _claim_restart(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    own_doing = not fact.drop.logged or fact.reason in {None, "io client disconnect"}
    return fact.span.crashed or (fact.span.restarted and own_doing)


def _claim_reason(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case
    return fact.reason in row.reasons or (fact.reason is None and fact.drop.server_reason in row.reasons)


def _claim_auth(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    return any(error.is_auth for error in fact.errors)


def _claim_rival(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    return fact.rival is not None and fact.reason in {"io server disconnect", None}


def _claim_mismatch(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    return any(error.is_mismatch for error in fact.errors)


def _claim_server_gone(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    return is_refused(fact) or fact.far_start is not None


def _claim_silence(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    return fact.silence is not None or fact.far_silence is not None


def _claim_pattern(case: Case, row: CauseRow, fact: Facts) -> bool:
    if fact.fit is None:
        return False
    kind = "idle" if is_ping_echo(case, fact.fit) else fact.fit.kind
    return kind in row.patterns


def _claim_rest(case: Case, row: CauseRow, fact: Facts) -> bool:
    del case, row
    return fact.reason in CUT and fact.drop.logged and (fact.fit is None or fact.fit.kind == "burst")


CLAIM_TESTS: Final[Mapping[str, ClaimTest]] = {
    "restarted": _claim_restart,
    "reason": _claim_reason,
    "auth": _claim_auth,
    "rival": _claim_rival,
    "mismatch": _claim_mismatch,
    "server-gone": _claim_server_gone,
    "silence": _claim_silence,
    "pattern": _claim_pattern,
    "rest": _claim_rest,
}
