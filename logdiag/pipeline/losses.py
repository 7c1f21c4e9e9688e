"""Which weak place of the code lost which pushes: where the wording of the log leads to it, and to it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from logdiag.codebase.log_sources import matches
from logdiag.codebase.patches import suggest_patch
from logdiag.codebase.survey import Survey
from logdiag.codebase.weaknesses import MOST_STEPS, FoundWeakness, find_weaknesses
from logdiag.events import Event
from logdiag.parsers.templates import mask_message
from logdiag.results.code import Weakness, WeaknessKind
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import Push, PushFate, PushOutcome


def list_lost(diagnosis: Diagnosis) -> tuple[Push, ...]:
    """The pushes that did not arrive, as far as is known."""
    pushes = diagnosis.pushes
    return (
        ()
        if pushes is None
        else tuple(push for push in pushes.items if push.fate in {PushFate.LOST, PushFate.PROBABLY_LOST})
    )


def collect_messages(events: Iterable[Event], pushes: Sequence[Push]) -> dict[Evidence, str]:
    """What the log says at the lines of these pushes, numbers masked."""
    wanted = {place for push in pushes for place in push.evidence}
    rows = ((Evidence(event.file, event.line), event) for event in events) if wanted else ()
    return {place: mask_message(event.message) for place, event in rows if place in wanted}


def describe_weaknesses(survey: Survey, lost: Sequence[Push], messages: Mapping[Evidence, str]) -> tuple[Weakness, ...]:
    """The weak places of the code with how many of these pushes each lost."""
    found = find_weaknesses(survey)
    blamed = [index for push in lost for index in _blame(survey, found, push, messages)]
    return tuple(
        Weakness(
            kind=weak.kind,
            file=weak.module.file.path,
            line=weak.line,
            explains_count=blamed.count(index),
            end_line=weak.end_line,
            function=weak.label,
            side=survey.sides.of(weak.module.file),
            patch=suggest_patch(weak),
        )
        for index, weak in enumerate(found)
    )


def _blame(survey: Survey, found: Sequence[FoundWeakness], push: Push, messages: Mapping[Evidence, str]) -> list[int]:
    """The weak places that lost a push: at most one of a kind, where two write the same, neither is named."""
    said = [messages[place] for place in push.evidence if place in messages]
    found_places: dict[WeaknessKind, list[int]] = {}
    for index, weak in enumerate(found):
        if _is_traced(weak, push, said):
            found_places.setdefault(weak.kind, []).append(index)
    throwers = found_places.get(WeaknessKind.THROWS_WHEN_DOWN, [])
    if len(throwers) > 1:
        catchers = found_places.get(WeaknessKind.ONLY_LOGGED, [])
        found_places[WeaknessKind.THROWS_WHEN_DOWN] = _narrow(survey, found, throwers, catchers)
    return [indices[0] for indices in found_places.values() if len(indices) == 1]


def _is_traced(weak: FoundWeakness, push: Push, said: Sequence[str]) -> bool:
    if weak.kind is WeaknessKind.THROWS_WHEN_DOWN:
        error = "" if push.error is None else mask_message(push.error)
        return push.outcome == PushOutcome.FAILED and any(matches(parts, error) for parts in weak.thrown)
    if weak.kind is WeaknessKind.UNACKNOWLEDGED and push.outcome == PushOutcome.FAILED:
        return False
    return any(matches(parts, text) for parts in weak.written for text in said)


def _narrow(
    survey: Survey, found: Sequence[FoundWeakness], throwers: Sequence[int], catchers: Sequence[int]
) -> list[int]:
    """Of several that throw the same error, those that the place reaches which caught it."""
    function = found[catchers[0]].function if len(catchers) == 1 else None
    if function is None:
        return []
    near = {id(one) for one, _ in survey.graph.walk(function, MOST_STEPS + 1)}
    return [index for index in throwers if id(found[index].function) in near]
