"""The first screen's word on what happened: to whom, with which reasons, on which clock, behind which line."""

from __future__ import annotations

from typing import Final

from logdiag.renderers.document import Inline
from logdiag.renderers.sections.headline import (
    ANSWER_LENGTH,
    CAUSES_SHOWN,
    describe_shut_out,
)
from logdiag.renderers.sections.material import NAME_LENGTH, Material, clip, join
from logdiag.results.diagnosis import NO_REASON
from logdiag.results.finding_ids import CROWDED, ENDED_AT_ONCE, TWICE_TOLD
from logdiag.results.patterns import Pattern, PatternKind, count_explained, list_alike
from logdiag.verdict import Verdict

REASONS_SHOWN: Final = 2
SAID: Final = {PatternKind.BURST: "burst", PatternKind.CONNECTION_AGE: "lifetime", PatternKind.IDLE: "idle"}
CLIENT: Final = "client"
# Kinds of failed connects (connect_kinds.toml) that no outage makes: who answers so is there, and refuses.
REFUSALS: Final = frozenset({"certificate", "namespace", "origin", "mismatch", "auth", "path", "bad-request"})
LEAST_FAILED: Final = 3  # as `health.LEAST_REFUSALS`: fewer are a tab's that was left open
TOLD_BY: Final = {"auth-rejected": "auth", "version-mismatch": "mismatch"}  # causes that tell of these kinds themselves


def say_what(material: Material) -> Inline:
    """Say how many disconnects there were, of whom, why by their own word, and on which clock they come."""
    phrases, diagnosis = material.phrases, material.diagnosis
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        inputs = diagnosis.inputs
        if material.doubt is not None:
            return phrases.finding(material.doubt, "text", {})
        return phrases.inline("summary.what_nothing", files_count=len(inputs.files), lines_count=inputs.lines_count)
    if diagnosis.verdict is Verdict.HEALTHY:
        connects = sum(connection.connects_count for connection in diagnosis.connections)
        key = "summary.what_healthy_clients" if diagnosis.are_clients else "summary.what_healthy"
        return phrases.inline(key, connects_count=connects, connections_count=len(diagnosis.connections))
    if material.is_all_shut_out:
        return _what_shut_out(material)
    if diagnosis.are_losses_alone:
        pushes = diagnosis.pushes
        return phrases.inline(
            "summary.what_losses", lost_count=pushes.lost_count, attempted_count=pushes.attempted_count
        )
    minded = len(diagnosis.minded)
    names = diagnosis.minded_connections
    text = phrases.inline(
        "summary.what_drops_clients" if diagnosis.are_clients and len(names) > 1 else "summary.what_drops",
        disconnects_count=minded,
        where=_where(material),
        reasons=_reasons(material),
        connections_count=len(names),
        connects_count=sum(one.connects_count for one in diagnosis.connections if one.id in names),
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
    if diagnosis.at_once_count is not None:
        crowded = diagnosis.find(CROWDED)
        numbers = {} if crowded is None else crowded.numbers
        half = phrases.inline(phrases.choose("summary.what_several_at_once", numbers), **numbers)
    elif diagnosis.lacks_connects:
        key = "what_nameless_connects" if diagnosis.are_connects_nameless else "what_no_connects"
        key = "what_other_connects" if diagnosis.are_connects_of_others else key
        half = phrases.inline(f"summary.{key}")
    if (twice := diagnosis.find(TWICE_TOLD)) is not None:
        half = (*phrases.inline("summary.what_perhaps_twice", **twice.numbers), *half)
    half = (*half, *_what_failed(material), *_what_unread(material), *_what_untimed(material))
    return (*text, *_what_pattern(material), *_what_trigger(material), *extra, *half, *also)


def _what_failed(material: Material) -> Inline:
    """Say which attempts of clients that came in at other times were refused, the most frequent first."""
    phrases, told = material.phrases, {TOLD_BY.get(cause.id) for cause in material.asserted}
    failures = [
        one for one in material.diagnosis.connect_failures if not one.never_connected and one.kind in REFUSALS - told
    ]
    if sum(one.count for one in failures) < LEAST_FAILED:
        return ()
    parts = [
        phrases.inline("summary.what_told", told=clip(one.told, ANSWER_LENGTH), count=one.count)
        for one in failures[:REASONS_SHOWN]
    ]
    return phrases.inline("summary.what_failed", failures=join(parts, phrases.mark("list")))


def _what_unread(material: Material) -> Inline:
    """Say that the ends of another process were not understood: what is counted is a part of what happened."""
    finding = material.diagnosis.unread_ends
    if finding is None:
        return ()
    numbers = finding.numbers
    return material.phrases.inline(
        "summary.what_unread_ends",
        source=clip(str(numbers["source"]), NAME_LENGTH),
        connects_count=numbers["connects_count"],
    )


def _what_untimed(material: Material) -> Inline:
    """Say how many ends have no time, and so are not counted."""
    finding = material.diagnosis.untimed_ends
    if finding is None or not finding.numbers["ends_count"]:
        return ()
    return material.phrases.inline(
        "summary.what_untimed_ends",
        source=clip(material.shorten(finding.evidence[0].file), NAME_LENGTH),
        ends_count=finding.numbers["ends_count"],
    )


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


# What folders are called that hold logs of whatever it may be: the name of one says nothing of the client.
NAMES_OF_NOTHING: Final = frozenset(
    {"in", "input", "log", "logs", "data", "tmp", "var", "out", "output", "files", "app"}
)


def _where(material: Material) -> str:
    names, known = material.diagnosis.minded_connections, material.diagnosis.connections
    if len(names) == 1:
        is_bare = len(known) == 1 and known[0].identity is None and known[0].id in NAMES_OF_NOTHING
        key = "the_client" if is_bare and known[0].side == CLIENT else "nameless_clients"
        return material.phrases.text(f"summary.{key}") if is_bare else clip(names[0], NAME_LENGTH)
    return material.phrases.text("summary.what_connections", connections_count=len(names))


def _reasons(material: Material) -> str:
    counts = material.diagnosis.minded_reasons
    names = sorted(counts, key=lambda reason: (-counts[reason], reason))
    if names in ([], [NO_REASON]):  # that none is stated is said where a cause takes its place
        return ""
    unstated = material.phrases.text("analysis.pair_unstated")
    shown = tuple(unstated if name == NO_REASON else clip(name, NAME_LENGTH) for name in names)
    return material.phrases.text("summary.what_reasons", reasons=material.phrases.listed(shown, REASONS_SHOWN))


def _what_pattern(material: Material) -> Inline:
    patterns = material.diagnosis.patterns
    if not patterns:
        return _no_pattern(material)
    shown = patterns[: max(1, min(CAUSES_SHOWN, len(material.asserted)))]
    telling = [one for one in shown if not (one.is_irregular and material.asserted)]
    firsts = dict.fromkeys(list_alike(one, telling)[0] for one in telling)  # beats of one period are told of together
    return tuple(span for pattern in firsts for span in _one_pattern(material, pattern))


def _no_pattern(material: Material) -> Inline:
    """Say how soon the sessions ended, that no clock explains them, or that they are too few for one to show."""
    count, needed_count = len(material.diagnosis.minded), material.diagnosis.clock_search.needed_count
    if count < needed_count:
        return material.phrases.inline("summary.what_too_few", needed_count=needed_count) if count > 1 else ()
    shared = material.diagnosis.shared_lifetime
    if shared is not None:
        return material.phrases.inline("summary.what_shared_lifetime", **shared.numbers)
    at_once = material.diagnosis.find(ENDED_AT_ONCE)
    if at_once is not None:
        return material.phrases.inline("summary.what_at_once", **at_once.numbers)
    return (*_what_together(material), *material.phrases.inline("summary.what_no_pattern"))


def _what_together(material: Material) -> Inline:
    """Say that most connections ended together with others: it is the moments that want a cause."""
    minded = material.diagnosis.minded
    moments = [drop.fleet_event for drop in minded if drop.fleet_event is not None]
    if 2 * len(moments) <= len(minded):
        return ()
    return material.phrases.inline(
        "summary.what_together", count=len(moments), of_count=len(minded), moments_count=len(set(moments))
    )


def _one_pattern(material: Material, pattern: Pattern) -> Inline:
    alike = list_alike(pattern, material.diagnosis.patterns)
    if len(alike) > 1:
        return material.phrases.inline(
            "summary.what_patterns",
            explained_count=count_explained(alike),
            of_count=len(material.diagnosis.minded),
            beats_count=len(alike),
            period_s=pattern.period_s,
            kind=material.kind(pattern),
        )
    loop = "irregular_loop" if pattern.is_irregular else "loop"
    keys = {PatternKind.REGULAR_LOOP: loop, **SAID}
    return material.phrases.inline(
        f"summary.what_{keys.get(pattern.kind, 'pattern')}",
        explained_count=pattern.explained_count,
        of_count=len(material.diagnosis.minded),
        period=material.period(pattern),
        kind=material.kind(pattern),
    )
