"""The first screen below the headline: what is wrong, how sure, since when, what it cost, why, what to do first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Final

from logdiag.renderers.document import FactList, Inline, Section, plain
from logdiag.renderers.phrases import Value
from logdiag.renderers.sections.headline import (
    ANSWER_LENGTH,
    CAUSES_SHOWN,
    count_events,
    describe_shut_out,
    list_claimed,
    say_more_causes,
)
from logdiag.renderers.sections.hints import name_more
from logdiag.renderers.sections.material import NAME_LENGTH, Material, clip, join
from logdiag.results.causes import BlindSpot, Cause, Outcome
from logdiag.results.patterns import Pattern, PatternKind
from logdiag.verdict import Verdict

REASONS_SHOWN: Final = 2
SAID: Final = {PatternKind.BURST: "burst", PatternKind.CONNECTION_AGE: "lifetime", PatternKind.IDLE: "idle"}
CLIENT: Final = "client"
SERVER: Final = "server"
CLIENTS_SHOWN: Final = 3
MANY_STOPS: Final = 3
SPARED: Final = ("blind", "cost", "since")  # rows that other sections tell as well, the least needed first


def build_summary(material: Material) -> Section:
    """Build the first screen."""
    rows = [
        ("what", _what(material)),
        ("sure", _sure(material)),
        ("since", _since(material)),
        ("cost", _cost(material)),
        ("why", _why(material)),
        ("first", _first(material)),
    ]
    diagnosis = material.diagnosis
    if diagnosis.is_brief:
        rows = [("what", _what(material)), ("cost", _cost(material)), ("first", _first(material))]
    if material.shut_out and not material.is_all_shut_out:
        rows.append(("also", _also(material)))
    is_room = len(material.asserted) < CAUSES_SHOWN and not material.shut_out and not diagnosis.is_brief
    if diagnosis.verdict is Verdict.INCIDENT and diagnosis.blind_spots and is_room:
        rows.append(("blind", _blind(material)))
    elif diagnosis.verdict is Verdict.INCONCLUSIVE:
        rows = [row for row in rows if row[0] not in {"cost"}]
    labelled = tuple((material.phrases.text(f"summary.{key}"), text) for key, text in rows if text)
    return Section("summary", material.title("summary"), (FactList(labelled, tuple(_spare(material, rows))),))


def _spare(material: Material, rows: Sequence[tuple[str, Inline]]) -> Iterator[tuple[str, Inline]]:
    """What a screen can do without, the least first: each stands in a section of its own as well."""
    if any(key == "blind" for key, _ in rows):
        yield material.phrases.text("summary.blind"), _blind_spot(material)
    for key in SPARED:
        yield material.phrases.text(f"summary.{key}"), ()


def build_brief(material: Material) -> Section:
    """Build the first screen as all there is to read, with the commands for more."""
    summary = build_summary(material)
    more = (material.phrases.text("summary.more"), name_more(material))
    facts = (replace(block, rows=(*block.rows, more)) for block in summary.blocks if isinstance(block, FactList))
    return replace(summary, blocks=tuple(facts))


def _what(material: Material) -> Inline:
    phrases, diagnosis = material.phrases, material.diagnosis
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        inputs = diagnosis.inputs
        if material.doubt is not None:
            return phrases.finding(material.doubt, "text", {})
        return phrases.inline("summary.what_nothing", files_count=len(inputs.files), lines_count=inputs.lines_count)
    if diagnosis.verdict is Verdict.HEALTHY:
        connects = sum(connection.connects_count for connection in diagnosis.connections)
        return phrases.inline(
            "summary.what_healthy", connects_count=connects, connections_count=len(diagnosis.connections)
        )
    if material.is_all_shut_out:
        return _what_shut_out(material)
    minded = len(diagnosis.minded)
    text = phrases.inline(
        "summary.what_drops",
        disconnects_count=minded,
        where=_where(material),
        reasons=_reasons(material),
    )
    unlogged = sum(connection.unlogged_disconnects_count for connection in diagnosis.connections)
    has_client = any(item.side == CLIENT for item in diagnosis.connections if item.unlogged_disconnects_count)
    key = "summary.what_unlogged" if has_client else "summary.what_unlogged_server"
    extra = phrases.inline(key, unlogged_count=unlogged) if unlogged else ()
    left = len(diagnosis.disconnects) - minded
    extra = (*extra, *(phrases.inline("summary.what_departed", departed_count=left) if left else ()))
    also = join(
        (
            (),
            *(
                phrases.inline("summary.what_shut_out_also", **describe_shut_out(material, one))
                for one in material.shut_out
            ),
        ),
        "",
    )
    half: Inline = ()
    if diagnosis.lacks_connects:
        key = "what_nameless_connects" if diagnosis.are_connects_nameless else "what_no_connects"
        half = phrases.inline(f"summary.{key}")
    return (*text, *_what_pattern(material), *_what_trigger(material), *extra, *half, *also)


def _what_trigger(material: Material) -> Inline:
    """Where neither a cause nor a clock is known, name the line that comes right before nearly all disconnects."""
    trigger = None if material.is_too_few else material.diagnosis.telling_trigger
    if trigger is None or material.diagnosis.patterns:
        return ()
    return material.phrases.inline(
        "summary.what_trigger",
        id=trigger.id,
        template=clip(trigger.template, ANSWER_LENGTH),
        count=trigger.preceded_count,
        of_count=trigger.of_count,
        lag_ms=trigger.lag_ms.median,
    )


def _what_shut_out(material: Material) -> Inline:
    """Say what the clients that never got through were told, the most frequent first."""
    phrases = material.phrases
    parts = [
        phrases.inline(f"summary.what_{finding.id}", **describe_shut_out(material, finding))
        for finding in material.shut_out
    ]
    failures = [one for one in material.diagnosis.connect_failures if one.never_connected]
    parts += [
        phrases.inline("summary.what_told", told=clip(one.told, ANSWER_LENGTH), count=one.count)
        for one in failures[:REASONS_SHOWN]
    ]
    return join(parts, phrases.mark("clause"))


def _where(material: Material) -> str:
    names = material.diagnosis.minded_connections
    if len(names) == 1:
        return clip(names[0], NAME_LENGTH)
    return material.phrases.text("summary.what_connections", connections_count=len(names))


def _reasons(material: Material) -> str:
    counts = material.diagnosis.minded_reasons
    names = sorted(counts, key=lambda reason: (-counts[reason], reason))
    if not names:
        return ""
    shown = tuple(clip(name, NAME_LENGTH) for name in names)
    return material.phrases.text("summary.what_reasons", reasons=material.phrases.listed(shown, REASONS_SHOWN))


def _what_pattern(material: Material) -> Inline:
    patterns = material.diagnosis.patterns
    if not patterns:
        return _no_pattern(material)
    shown = patterns[: max(1, min(CAUSES_SHOWN, len(material.asserted)))]
    return tuple(span for pattern in shown for span in _one_pattern(material, pattern))


def _no_pattern(material: Material) -> Inline:
    """Say that no clock explains the disconnects, or that they are too few for one to show."""
    count, needed_count = len(material.diagnosis.minded), material.diagnosis.clock_search.needed_count
    if count < needed_count:
        return material.phrases.inline("summary.what_too_few", needed_count=needed_count) if count > 1 else ()
    return material.phrases.inline("summary.what_no_pattern")


def _one_pattern(material: Material, pattern: Pattern) -> Inline:
    loop = "irregular_loop" if pattern.is_irregular else "loop"
    keys = {PatternKind.REGULAR_LOOP: loop, **SAID}
    return material.phrases.inline(
        f"summary.what_{keys.get(pattern.kind, 'pattern')}",
        explained_count=pattern.explained_count,
        of_count=len(material.diagnosis.minded),
        period=material.period(pattern),
        kind=material.kind(pattern),
    )


def _sure(material: Material) -> Inline:
    phrases, diagnosis = material.phrases, material.diagnosis
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        return phrases.inline(material.of_nothing("sure"))
    if diagnosis.verdict is Verdict.HEALTHY:
        inputs = diagnosis.inputs
        return phrases.inline("summary.sure_healthy", events_count=inputs.events_count, lines_count=inputs.lines_count)
    parts = [_sure_cause(material, cause) for cause in material.asserted[:CAUSES_SHOWN]]
    if not parts:
        parts = [phrases.inline("summary.sure_few" if material.is_too_few else "summary.sure_none")]
    if material.is_all_shut_out:
        key = "summary.sure_shut_out" if diagnosis.connect_failures else "summary.sure_shut_out_silent"
        return join((phrases.inline(key), *parts[: len(material.asserted)]), phrases.mark("clause"))
    if len(material.asserted) > 1:  # two causes need the room; doubts stand in their sections
        return (*join(parts, phrases.mark("clause")), *say_more_causes(material))
    if material.asserted and material.suggested:
        runner_up = material.suggested[0]
        parts.append(
            phrases.inline(
                "summary.sure_runner_up",
                cause=phrases.cause_title(runner_up.id),
                confidence_ratio=runner_up.confidence,
            )
        )
    chance = diagnosis.patterns[0].false_alarm_probability if diagnosis.patterns else None
    if chance is not None:
        parts.append(phrases.inline("summary.sure_chance", false_alarm_probability=chance))
    return join(parts, phrases.mark("clause"))


def _sure_cause(material: Material, cause: Cause) -> Inline:
    return material.phrases.inline(
        "summary.sure_cause" if cause.of_count else "summary.sure_cause_bare",
        cause=material.phrases.cause_title(cause.id),
        confidence=material.phrases.confidence(cause.confidence),
        confidence_ratio=cause.confidence,
        explains_count=cause.explains_count,
        of_count=cause.of_count,
    )


def _since(material: Material) -> Inline:
    phrases, diagnosis = material.phrases, material.diagnosis
    inputs, drops = diagnosis.inputs, diagnosis.disconnects
    zone = _zone(material)
    tries = [one for one in diagnosis.connect_failures if one.never_connected]
    if material.is_all_shut_out and tries and inputs.end is not None:
        first, last = min(one.first for one in tries), max(one.last for one in tries)
        until, end = phrases.until(first, last), phrases.until(first, inputs.end)
        return phrases.inline("summary.since_tries", first=first, last=until, end=end, zone=zone)
    if diagnosis.verdict is Verdict.INCIDENT and len(drops) == 1:
        return phrases.inline("summary.since_one", first=drops[0].time, zone=zone)
    if diagnosis.verdict is Verdict.INCIDENT and drops:
        first, last = min(drop.time for drop in drops), max(drop.time for drop in drops)
        text = phrases.inline("summary.since_drops", first=first, last=phrases.until(first, last), zone=zone)
        return (*text, *_quiet(material), *_next_drop(material))
    if inputs.start is None or inputs.end is None:
        return phrases.inline("summary.since_unknown")
    end = phrases.until(inputs.start, inputs.end)
    return phrases.inline("summary.since_logs", first=inputs.start, last=end, zone=zone)


def _quiet(material: Material) -> Inline:
    """Say how long nothing has dropped since, where one might think it over, and whether that means something."""
    quiet = material.diagnosis.quiet
    if quiet is None or not (quiet.is_telling or quiet.is_long):
        return ()
    return material.phrases.inline(
        "summary.since_quiet" if quiet.is_telling else "summary.since_quiet_short",
        quiet_s=quiet.quiet_s,
        no_drop_probability=quiet.no_drop_probability,
        least_interval_s=quiet.least_interval_s,
    )


def _next_drop(material: Material) -> Inline:
    """Say when the next disconnect is due, should nothing change."""
    due = material.diagnosis.next_drop
    if due is None:
        return ()
    return material.phrases.inline("summary.since_due", at=due.at, tolerance_s=due.tolerance_s)


def _zone(material: Material) -> str:
    """Name the zone of the times shown; when nobody named one, say so."""
    inputs = material.diagnosis.inputs
    if inputs.clock_assumption.partition(":")[0] in {"assumed", "mixed", "assumed-measured"}:
        return material.phrases.text("summary.zone_assumed", zone=inputs.display_zone)
    return inputs.display_zone


def _cost(material: Material) -> Inline:
    phrases, pushes = material.phrases, material.diagnosis.pushes
    parts: list[Inline] = []
    if pushes.lost_certain_count:
        text = phrases.inline("summary.cost_lost", lost_certain_count=pushes.lost_certain_count)
        named = tuple(clip(name, NAME_LENGTH) for name in pushes.lost_message_ids)
        key = "summary.cost_ids_some" if len(named) < pushes.lost_certain_count else "summary.cost_ids"
        key = "summary.cost_ids_perhaps" if pushes.list_unsure_ids() == pushes.lost_message_ids else key
        ids = phrases.inline(key, lost_message_ids=named, ids_count=len(named)) if named else ()
        parts.append((*text, *ids))
    if pushes.lost_probable_count:
        parts.append(phrases.inline("summary.cost_probable", lost_probable_count=pushes.lost_probable_count))
    if not parts:
        is_told = pushes.unknown_count < pushes.attempted_count
        untold = "summary.cost_untold" if pushes.attempted_count else "summary.cost_unseen"
        parts.append(phrases.inline("summary.cost_none" if is_told else untold))
    parts.append(_downtime(material) if not material.is_all_shut_out else _shut_out_downtime(material))
    return join(parts, phrases.mark("clause"))


def _downtime(material: Material) -> Inline:
    connections = material.diagnosis.connections
    known = [item for item in connections if item.availability_ratio is not None]
    if not known:
        return material.phrases.inline("summary.cost_down_unknown")
    worst = min(known, key=lambda item: item.availability_ratio or 0.0)
    return material.phrases.inline(
        "summary.cost_down" if len(connections) == 1 else "summary.cost_down_worst",
        outage_s=sum(item.outage_s for item in connections),
        connection=clip(worst.id, NAME_LENGTH),
        availability_ratio=worst.availability_ratio,
    )


def _shut_out_downtime(material: Material) -> Inline:
    down = [finding.numbers.get("down_s") for finding in material.shut_out]
    longest = max((seconds for seconds in down if isinstance(seconds, float)), default=None)
    return material.phrases.inline("summary.cost_never", down_s=longest)


def _why(material: Material) -> Inline:
    phrases, verdict = material.phrases, material.diagnosis.verdict
    if verdict is Verdict.INCONCLUSIVE:
        return phrases.inline(material.of_nothing("why"))
    if verdict is Verdict.HEALTHY:
        return ()
    if material.is_all_shut_out:
        return material.shut_out_meaning()
    if not material.leading:
        return _why_trigger(material) or phrases.inline(f"summary.why_{_name_gap(material)}")
    if material.asserted and not material.diagnosis.is_minority_explained:
        named = (
            material.phrases.cause_named(cause, _name(material, cause)) for cause in material.asserted[:CAUSES_SHOWN]
        )
        return join(named, material.phrases.mark("sentence"))
    return (*phrases.inline("summary.why_open"), *phrases.cause(material.leading[0], "summary"))


def _name_gap(material: Material) -> str:
    """Why no cause leads."""
    diagnosis = material.diagnosis
    if diagnosis.lacks_connects and not material.asserted:
        return "nameless_connects" if diagnosis.are_connects_nameless else "no_connects"
    return "few" if material.is_too_few else "rest" if material.asserted else "none"


def _why_trigger(material: Material) -> Inline:
    """Where no cause is asserted, say that a line sets off nearly all disconnects, or that both have one origin."""
    trigger = None if material.is_too_few else material.diagnosis.telling_trigger
    if trigger is None:
        return ()
    return material.phrases.inline(
        f"summary.why_{trigger.role.value}",
        id=trigger.id,
        count=trigger.preceded_count,
        of_count=trigger.of_count,
        expected_count=round(trigger.expected_by_chance, 2),
        followed_count=trigger.followed_count,
        occurrences_count=trigger.occurrences_count,
    )


def _name(material: Material, cause: Cause) -> dict[str, Value]:
    """What the evidence says of a cause by name: whose process, which error, at how many moments."""
    values: dict[str, Value] = {"events_count": count_events(material, cause)}
    for check in cause.checks:
        if check.outcome is Outcome.SUPPORTS:
            values |= {name: value for name, value in check.numbers.items() if value is not None}
    names = {drop.connection for drop in list_claimed(material, cause)}
    rival = values.get("rival")
    if isinstance(rival, str) and len(names | {rival}) > 1:
        values["rivals"] = _list_names(material, names | {rival})
    if values.get("side") == SERVER:
        values["who"] = material.phrases.text("summary.the_server")
    elif names:
        values["who"] = _list_names(material, names)
    return values


def _list_names(material: Material, names: Set[str]) -> str:
    return material.phrases.listed(tuple(clip(name, NAME_LENGTH) for name in sorted(names)), CLIENTS_SHOWN)


def _each_asserted(material: Material, part: str) -> Inline:
    shown = (material.phrases.cause(cause, part) for cause in material.asserted[:CAUSES_SHOWN])
    return join(shown, material.phrases.mark("sentence"))


def _first(material: Material) -> Inline:
    """Say what to do first; where the faults have stopped, not to mend twice what is mended."""
    quiet, first = material.diagnosis.quiet, _first_step(material)
    is_over = quiet is not None and quiet.is_telling and material.diagnosis.verdict is Verdict.INCIDENT
    if quiet is None or not is_over or not material.leading:
        return first
    return material.phrases.inline("summary.first_quiet", since=quiet.since, first=first)


def _name_doubt(material: Material) -> str:
    """Why there is nothing to mend yet."""
    diagnosis = material.diagnosis
    if diagnosis.lacks_connects:
        return "no_connects"
    return "brief" if diagnosis.is_brief else "few" if material.is_too_few else "none"


def _first_step(material: Material) -> Inline:
    phrases, verdict = material.phrases, material.diagnosis.verdict
    if verdict is Verdict.INCONCLUSIVE:
        return phrases.inline(material.first_of_nothing)
    if verdict is Verdict.HEALTHY:
        stops_count = len(material.diagnosis.disconnects)
        key = "first_healthy_stops" if stops_count >= MANY_STOPS else "first_healthy"
        return phrases.inline(f"summary.{key}", stops_count=stops_count)
    if material.is_all_shut_out:
        return material.shut_out_first(1)
    if material.first_experiment is not None:
        return phrases.cause(material.first_experiment, "next_experiment")
    if material.diagnosis.is_minority_explained or not material.asserted:
        return phrases.inline(f"summary.first_{_name_doubt(material)}")
    return _each_asserted(material, "fix")


def _also(material: Material) -> Inline:
    """Say of clients that never got through, beside others that did, what that means and what to do first."""
    who = material.phrases.inline("summary.also_shut_out", who=material.shut_out_who())
    return join((who, material.shut_out_meaning(1), material.shut_out_first(1)), material.phrases.mark("sentence"))


def _blind(material: Material) -> Inline:
    """Name the blind spot that stands in the way of the leading cause, else the one that leaves most causes open."""
    spot = _choose_spot(material)
    text = _blind_spot(material)
    names_none = material.is_too_few or _leading_ids(material) & set(spot.blocks_causes)
    return text if names_none else (*text, *material.blocked(spot))


def _blind_spot(material: Material) -> Inline:
    spot = _choose_spot(material)
    return material.phrases.blind_spot(spot, "text") or plain(spot.id)


def _choose_spot(material: Material) -> BlindSpot:
    spots = material.diagnosis.blind_spots
    widest = max(spots, key=lambda spot: len(spot.blocks_causes))
    return next((spot for spot in spots if _leading_ids(material) & set(spot.blocks_causes)), widest)


def _leading_ids(material: Material) -> frozenset[str]:
    return frozenset(cause.id for cause in material.leading)
