"""The first screen below the headline: what is wrong, how sure, since when, what it cost, why, what to do first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from logdiag.renderers.document import FactList, Inline, Section
from logdiag.renderers.sections.headline import (
    CAUSES_SHOWN,
    say_more_causes,
)
from logdiag.renderers.sections.hints import name_more
from logdiag.renderers.sections.material import NAME_LENGTH, Material, clip, join
from logdiag.renderers.sections.what_happened import say_what
from logdiag.renderers.sections.what_to_do import say_also, say_blind, say_blind_spot, say_first, say_why
from logdiag.results.causes import Cause
from logdiag.results.finding_ids import LINES_MISSING, NOTICED_LATE, REFUSED_SENDS, SERVER_OFF, UNSENT
from logdiag.results.patterns import BEAT_KINDS, list_alike
from logdiag.verdict import Verdict

# Where no one named the zone of some times.
ASSUMED: Final = frozenset({"assumed", "mixed", "assumed-measured", "mixed-partly", "mixed-open"})
SPARED: Final = ("blind", "cost", "since")  # rows that other sections tell as well, the least needed first


def build_summary(material: Material) -> Section:
    """Build the first screen."""
    rows = [
        ("what", say_what(material)),
        ("sure", _sure(material)),
        ("since", _since(material)),
        ("cost", _cost(material)),
        ("why", say_why(material)),
        ("first", say_first(material)),
    ]
    diagnosis = material.diagnosis
    if diagnosis.is_brief:
        rows = [("what", say_what(material)), ("cost", _cost(material)), ("first", say_first(material))]
    if material.shut_out and not material.is_all_shut_out:
        rows.append(("also", say_also(material)))
    is_room = len(material.asserted) < CAUSES_SHOWN and not material.shut_out and not diagnosis.is_brief
    if diagnosis.verdict is Verdict.INCIDENT and diagnosis.blind_spots and is_room:
        rows.append(("blind", say_blind(material)))
    elif diagnosis.verdict is Verdict.INCONCLUSIVE:
        rows = [row for row in rows if row[0] not in {"cost"}]
    labelled = tuple((material.phrases.text(f"summary.{key}"), text) for key, text in rows if text)
    return Section("summary", material.title("summary"), (FactList(labelled, tuple(_spare(material, rows))),))


def _spare(material: Material, rows: Sequence[tuple[str, Inline]]) -> Iterator[tuple[str, Inline]]:
    """What a screen can do without, the least first: each stands in a section of its own as well."""
    if any(key == "blind" for key, _ in rows):
        yield material.phrases.text("summary.blind"), say_blind_spot(material)
    for key in SPARED:
        yield material.phrases.text(f"summary.{key}"), ()


def build_brief(material: Material) -> Section:
    """Build the first screen as all there is to read, with the commands for more."""
    summary = build_summary(material)
    more = (material.phrases.text("summary.more"), name_more(material))
    facts = (replace(block, rows=(*block.rows, more)) for block in summary.blocks if isinstance(block, FactList))
    return replace(summary, blocks=tuple(facts))


def _sure(material: Material) -> Inline:
    phrases, diagnosis = material.phrases, material.diagnosis
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        return material.say_of_nothing("sure")
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
    pattern = diagnosis.patterns[0] if diagnosis.patterns else None
    chance = None if pattern is None or pattern.is_irregular else pattern.false_alarm_probability
    if chance is not None:
        parts.append(phrases.inline("summary.sure_chance", false_alarm_probability=chance))
    return join(parts, phrases.mark("clause"))


def _sure_cause(material: Material, cause: Cause) -> Inline:
    return material.phrases.inline(
        "summary.sure_cause" if cause.explains_count else "summary.sure_cause_bare",
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
    is_stopped = any(drop.is_orderly and drop.time > quiet.since for drop in material.diagnosis.disconnects)
    key = "summary.since_quiet_stops" if is_stopped else "summary.since_quiet"
    return material.phrases.inline(
        key if quiet.is_telling else f"{key}_short",
        since=quiet.since,
        quiet_s=quiet.quiet_s,
        no_drop_probability=quiet.no_drop_probability,
        least_interval_s=quiet.least_interval_s,
    )


def _next_drop(material: Material) -> Inline:
    """Say when the next disconnect is due, should nothing change; of several clocks, that of the one that is meant."""
    due = material.diagnosis.next_drop
    if due is None:
        return ()
    clocks = [one for one in material.diagnosis.patterns if one.keeps_time]
    alike = {one.id for pattern in clocks if pattern.id == due.pattern for one in list_alike(pattern, clocks)}
    meant = next((one for one in clocks if one.id == due.pattern), None)
    if meant is None or len(alike) == len(clocks):
        return material.phrases.inline("summary.since_due", at=due.at, tolerance_s=due.tolerance_s)
    key = "summary.since_due_beat" if meant.kind in BEAT_KINDS else "summary.since_due_age"
    return material.phrases.inline(key, at=due.at, tolerance_s=due.tolerance_s, period_s=meant.period_s)


def _zone(material: Material) -> str:
    """Name the zone of the times shown; when nobody named one, say so, and where nothing tells the date or the year."""
    inputs = material.diagnosis.inputs
    zone = inputs.display_zone
    if inputs.clock_assumption.partition(":")[0] in ASSUMED:
        zone = material.phrases.text("summary.zone_assumed", zone=zone)
    if not inputs.has_dates:
        return material.phrases.text("summary.date_unknown", zone=zone)
    return zone if inputs.has_years else material.phrases.text("summary.year_assumed", zone=zone)


def _cost(material: Material) -> Inline:
    phrases, pushes, connections = material.phrases, material.diagnosis.pushes, material.diagnosis.connections
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
        parts.append(phrases.inline("summary.cost_none") if pushes.is_told else _say_untold(material))
    parts.append(_downtime(material) if not material.is_all_shut_out else _shut_out_downtime(material))
    if (off := material.diagnosis.find(SERVER_OFF)) is not None:
        parts.append(phrases.inline("summary.cost_off", **off.numbers))
    if (late := material.diagnosis.find(NOTICED_LATE)) is not None:
        parts.append(phrases.inline("summary.cost_unnoticed", **late.numbers))
    missing = (material.diagnosis.find(LINES_MISSING[side]) for side in sorted({one.side for one in connections}))
    parts += [phrases.inline(f"summary.cost_{lost.id}", **lost.numbers) for lost in missing if lost is not None]
    return join(parts, phrases.mark("clause"))


def _say_untold(material: Material) -> Inline:
    """Say why nobody knows what was lost: no line tells of pushes, or how they ended, or whether they were kept."""
    pushes = material.diagnosis.pushes
    if pushes.attempted_count:
        counts = {"unknown_count": pushes.unknown_count, "attempted_count": pushes.attempted_count}
        return material.phrases.inline("summary.cost_untold", **counts)
    if (refused := material.diagnosis.find(REFUSED_SENDS)) is not None:
        return material.phrases.inline("summary.cost_refused", count=refused.numbers["count"])
    if (unsent := material.diagnosis.find(UNSENT)) is not None:
        return material.phrases.inline("summary.cost_unsent", count=unsent.numbers["count"])
    return material.phrases.inline("summary.cost_unseen")


def _downtime(material: Material) -> Inline:
    connections = material.diagnosis.connections
    known = [item for item in connections if item.availability_ratio is not None]
    outage_s, unknown_s = sum(one.outage_s for one in connections), sum(one.unknown_s for one in connections)
    if not known:
        name = "unknown" if not unknown_s else "least" if outage_s else "unknown_for"
        return material.phrases.inline(f"summary.cost_down_{name}", outage_s=outage_s, unknown_s=unknown_s)
    worst = min(known, key=lambda item: item.availability_ratio or 0.0)
    name = "cost_down" if len(connections) == 1 else "cost_down_worst"
    return material.phrases.inline(
        f"summary.{name}_part" if unknown_s else f"summary.{name}",
        outage_s=outage_s,
        unknown_s=unknown_s,
        connection=clip(worst.id, NAME_LENGTH),
        availability_ratio=worst.availability_ratio,
    )


def _shut_out_downtime(material: Material) -> Inline:
    down = [finding.numbers.get("down_s") for finding in material.shut_out]
    longest = max((seconds for seconds in down if isinstance(seconds, float)), default=None)
    return material.phrases.inline(material.phrases.choose("summary.cost_never", {"down_s": longest}), down_s=longest)
