"""The first screen's words on why it happened, what to do first, and what cannot be told."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from logdiag.renderers.document import Inline, plain
from logdiag.renderers.phrases import Value
from logdiag.renderers.sections.headline import (
    CAUSES_SHOWN,
    count_events,
    list_claimed,
)
from logdiag.renderers.sections.material import NAME_LENGTH, Material, clip, join
from logdiag.results.causes import BlindSpot, Cause, Outcome
from logdiag.verdict import Verdict

SERVER: Final = "server"
BLOCKED: Final = "event-loop-blocked"
CLIENTS_SHOWN: Final = 3
TOLD_LENGTH: Final = 100  # a choice: a line and a half of a terminal
MANY_STOPS: Final = 3


def say_why(material: Material) -> Inline:
    """Say what ends the connections, as far as that is established, or why it is not."""
    phrases, verdict = material.phrases, material.diagnosis.verdict
    if verdict is Verdict.INCONCLUSIVE:
        return material.say_of_nothing("why")
    if verdict is Verdict.HEALTHY:
        return ()
    if material.is_all_shut_out:
        return material.shut_out_meaning()
    if said := _say_telling(material, "why"):
        return said
    if not material.leading:
        told = _why_trigger(material) or _why_shared_lifetime(material)
        return told or phrases.inline(f"summary.why_{_name_gap(material)}")
    if (origin := material.diagnosis.origin) is not None:
        said = phrases.inline("summary.why_refused_first", **origin.numbers)
        return join((said, phrases.inline(f"summary.why_{origin.id}")), phrases.mark("sentence"))
    if material.asserted and not material.diagnosis.is_minority_explained:
        named = (
            material.phrases.cause_named(cause, _name(material, cause)) for cause in material.asserted[:CAUSES_SHOWN]
        )
        return join(named, material.phrases.mark("sentence"))
    return (*phrases.inline("summary.why_open"), *phrases.cause(material.leading[0], "summary"))


def _say_telling(material: Material, part: str) -> Inline:
    """What says more than any cause that is not asserted, or than none at all: `why` it is, or what to do `first`."""
    phrases, diagnosis = material.phrases, material.diagnosis
    if diagnosis.unanswered is not None and not material.leading:
        return phrases.inline(f"summary.{part}_unanswered", **diagnosis.unanswered.numbers)
    if material.asserted:
        return ()
    if diagnosis.uncompleted_logins is not None:
        return phrases.inline(f"summary.{part}_uncompleted")
    if (kept := diagnosis.kept_away_by) is None:
        return ()
    if part == "first":
        return phrases.inline(f"connect.{kept.kind}.first")
    meaning = phrases.inline(f"connect.{kept.kind}.meaning")
    return phrases.inline("summary.why_kept_away", told=clip(kept.told, TOLD_LENGTH), count=kept.count, meaning=meaning)


def _name_gap(material: Material) -> str:
    """Why no cause leads."""
    diagnosis = material.diagnosis
    if diagnosis.lacks_connects and not material.asserted:
        are_seen = diagnosis.are_connects_nameless or diagnosis.are_connects_of_others
        return "nameless_connects" if are_seen else "no_connects"
    if diagnosis.are_losses_alone:
        return "losses"
    return "few" if material.is_too_few else "rest" if material.asserted else "none"


def _why_shared_lifetime(material: Material) -> Inline:
    """Where no cause is asserted, say at which age most sessions ended, and who is known to end them after that."""
    finding = None if material.asserted else material.diagnosis.shared_lifetime
    if finding is None:
        return ()
    return material.phrases.inline(
        material.phrases.choose("summary.why_shared_lifetime", finding.numbers), **finding.numbers
    )


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
    values: dict[str, Value] = {name: cause.numbers.get(name) for name in ("shared_id", "stranger")}
    values["events_count"] = count_events(material, cause)
    for check in cause.checks:
        if check.outcome is Outcome.SUPPORTS:
            values |= {name: value for name, value in check.numbers.items() if value is not None}
    values.pop("rivals", None)  # of a check, which may mean sockets of the same client
    names = {drop.connection for drop in list_claimed(material, cause)}
    rival = values.get("rival")
    known = {one.id for one in material.diagnosis.connections}  # another socket of the same client is no second name
    if isinstance(rival, str) and rival in known and len(names | {rival}) > 1:
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


def say_first(material: Material) -> Inline:
    """Say what to do first; where the faults have stopped, not to mend twice what is mended."""
    quiet, first = material.diagnosis.quiet, _first_step(material)
    is_over = quiet is not None and quiet.is_telling and material.diagnosis.verdict is Verdict.INCIDENT
    is_known = any(cause.numbers.get("later_time") for cause in material.asserted)  # what stopped them, it says
    if quiet is None or not is_over or not material.leading or is_known:
        return first
    return material.phrases.inline("summary.first_quiet", since=quiet.since, first=first)


def _name_doubt(material: Material) -> str:
    """Why there is nothing to mend yet."""
    diagnosis = material.diagnosis
    if diagnosis.lacks_connects:
        return "other_connects" if diagnosis.are_connects_of_others else "no_connects"
    if diagnosis.are_losses_alone:
        return "losses"
    return "brief" if diagnosis.is_brief else "few" if material.is_too_few else "none"


def _first_step(material: Material) -> Inline:
    phrases, verdict = material.phrases, material.diagnosis.verdict
    if verdict is Verdict.INCONCLUSIVE:
        return material.first_of_nothing
    if verdict is Verdict.HEALTHY:
        stops_count = sum(drop.is_orderly for drop in material.diagnosis.disconnects)
        key = "first_healthy_stops" if stops_count >= MANY_STOPS else "first_healthy"
        return phrases.inline(f"summary.{key}", stops_count=stops_count)
    if material.is_all_shut_out:
        return material.shut_out_first(1)
    if (origin := material.diagnosis.origin) is not None:
        return phrases.inline(f"summary.first_{origin.id}")
    if said := _say_telling(material, "first"):
        return said
    if material.first_experiment is not None:
        return phrases.cause(material.first_experiment, "next_experiment")
    if material.diagnosis.is_minority_explained or not material.asserted:
        return phrases.inline(f"summary.first_{_name_doubt(material)}")
    parts = filter(None, (_each_asserted(material, "fix"), _what_ends_blocks(material)))
    return join(parts, phrases.mark("sentence"))


def _what_ends_blocks(material: Material) -> Inline:
    """Name the line that a process which stood still wrote as it woke: the work that it ends stood in the way."""
    alone = material.asserted[0] if len(material.asserted) == 1 else None  # of two there is no room to say so much
    named = alone.triggers if alone is not None and alone.id == BLOCKED else ()
    telling = [one for one in material.diagnosis.triggers if one.id in named and one.is_own_end]
    if not telling:
        return ()
    last = max(telling, key=lambda one: one.preceded_count)
    return material.phrases.inline(
        "summary.first_after_block",
        id=last.id,
        template=last.template,
        followed_count=last.followed_count,
        occurrences_count=last.occurrences_count,
        place=material.place(last.example),
    )


def say_also(material: Material) -> Inline:
    """Say of clients that never got through, beside others that did, what that means and what to do first."""
    who = material.phrases.inline("summary.also_shut_out", who=material.shut_out_who())
    return join((who, material.shut_out_meaning(1), material.shut_out_first(1)), material.phrases.mark("sentence"))


def say_blind(material: Material) -> Inline:
    """Name the blind spot that stands in the way of the leading cause, else the one that leaves most causes open."""
    spot = _choose_spot(material)
    text = say_blind_spot(material)
    names_none = material.is_too_few or _leading_ids(material) & set(spot.blocks_causes)
    return text if names_none else (*text, *material.blocked(spot))


def say_blind_spot(material: Material) -> Inline:
    """Name that blind spot without what it leaves open."""
    spot = _choose_spot(material)
    return material.phrases.blind_spot(spot, "text") or plain(spot.id)


def _choose_spot(material: Material) -> BlindSpot:
    spots, wanted = material.diagnosis.blind_spots, _leading_ids(material)
    widest = max(spots, key=lambda spot: len(spot.blocks_causes))
    return next((spot for spot in spots if wanted & set(spot.blocks_causes)), widest)


def _leading_ids(material: Material) -> frozenset[str]:
    return frozenset(cause.id for cause in material.leading)
