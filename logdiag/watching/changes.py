"""What a diagnosis says that the one before it did not: patterns, causes, findings, losses, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logdiag.results.causes import Cause, Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.observation import Losses, Notice, NoticeKind
from logdiag.results.patterns import Pattern

SAME_PERIOD_RATIO: Final = 0.02  # of the period, as far as an early or late beat may be (clocks/beat_tracks)


def list_changes(before: Diagnosis | None, after: Diagnosis) -> Iterator[Notice]:
    """Yield what is new, and what is no longer said; of the first diagnosis all that matters."""
    if before is None or (before.verdict, before.severity) != (after.verdict, after.severity):
        yield Notice(NoticeKind.VERDICT, time=after.inputs.end, verdict=after.verdict, severity=after.severity)
    yield from _compare_patterns(before, after)
    yield from _compare_causes(before, after)
    yield from _compare_findings(before, after)
    losses = count_losses(after)
    if losses.lost_count > (0 if before is None else count_losses(before).lost_count):
        yield Notice(NoticeKind.LOSSES, time=after.inputs.end, losses=losses)


def count_losses(diagnosis: Diagnosis) -> Losses:
    """What became of the pushes."""
    pushes = diagnosis.pushes
    return Losses(
        pushes.attempted_count,
        pushes.failed_count,
        pushes.suspect_count,
        pushes.lost_certain_count,
        pushes.lost_probable_count,
    )


def _compare_patterns(before: Diagnosis | None, after: Diagnosis) -> Iterator[Notice]:
    old = () if before is None else before.patterns
    for pattern in after.patterns:
        if not any(_is_same(pattern, other) for other in old):
            yield Notice(NoticeKind.PATTERN, time=after.inputs.end, pattern=pattern)
    for pattern in old:
        if not any(_is_same(pattern, other) for other in after.patterns):
            yield Notice(NoticeKind.PATTERN_GONE, time=after.inputs.end, pattern=pattern)


def _is_same(pattern: Pattern, other: Pattern) -> bool:
    """Whether two patterns, whatever they are numbered, are one clock."""
    if pattern.kind != other.kind or set(pattern.connections).isdisjoint(other.connections):
        return False
    mine, its = pattern.period_s, other.period_s
    return mine == its or (mine is not None and its is not None and abs(mine - its) <= SAME_PERIOD_RATIO * mine)


def _compare_causes(before: Diagnosis | None, after: Diagnosis) -> Iterator[Notice]:
    old: dict[str, Cause] = {} if before is None else {cause.id: cause for cause in before.asserted}
    new = {cause.id: cause for cause in after.asserted}
    for identifier, cause in new.items():
        if identifier not in old:
            yield Notice(NoticeKind.CAUSE, time=after.inputs.end, cause=cause)
    now = {cause.id: cause for cause in after.causes}
    for identifier, cause in old.items():
        if identifier not in new:
            yield Notice(NoticeKind.CAUSE_GONE, time=after.inputs.end, cause=now.get(identifier, cause))


def _compare_findings(before: Diagnosis | None, after: Diagnosis) -> Iterator[Notice]:
    known = set() if before is None else {_name(finding) for finding in before.findings}
    for finding in after.findings:
        if _name(finding) not in known:
            yield Notice(NoticeKind.FINDING, time=after.inputs.end, severity=finding.severity, finding=finding)


def _name(finding: Finding) -> tuple[object, ...]:
    """What tells one finding from another, whatever its numbers have become; a worse one is another."""
    return finding.id, finding.severity, finding.numbers.get("connection")
