"""The one line at the top: the verdict and the cause, the doubt included."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.renderers.document import Inline, Span, Style
from logdiag.renderers.phrases import Value
from logdiag.renderers.sections.material import Material, clip, join
from logdiag.results.causes import Cause, Finding
from logdiag.results.disconnects import PROXY, Disconnect
from logdiag.results.finding_ids import REFUSED_CREDENTIALS, UNACCEPTED
from logdiag.results.patterns import PatternKind, group_alike
from logdiag.verdict import Verdict

CAUSES_SHOWN: Final = 2
MOSTLY_ORDERLY: Final = 0.5  # more than half: then the number of all says nothing of the faults
FEWER: Final = 0.9  # a choice: of many ends a few fall into the same second by chance
TOGETHER: Final = timedelta(seconds=1)  # as `fleet.TOGETHER_S`: what one cause ends is logged within it
TELLING_SHARE: Final = 0.1  # a choice: of the connects; fewer refused ones are strangers that every server has
ALSO: Final = {REFUSED_CREDENTIALS: "headline.refused_also", UNACCEPTED: "headline.unaccepted_also"}
REST_KEYS: Final = {PatternKind.CONNECTION_AGE: "lifetime", PatternKind.IDLE: "idle"}
ANSWER_LENGTH: Final = 70
ONLY_SERVER: Final = ({"server"}, {"server", "neither"}, {PROXY})
VERDICT_STYLES: Final = {
    Verdict.INCIDENT: Style.BAD,
    Verdict.HEALTHY: Style.GOOD,
    Verdict.INCONCLUSIVE: Style.WARN,
}
NAMED_FROM: Final = 0.3  # of a confidence; a choice: what most likely is something else has nothing of its own for it


def build_headline(material: Material) -> Inline:
    """Say the verdict and the cause in one line, the doubt included."""
    verdict = material.diagnosis.verdict
    word = Span(material.phrases.text(f"verdict.{verdict.value}"), VERDICT_STYLES[verdict])
    return material.phrases.inline("headline.verdict", verdict=(word,), rest=_headline_rest(material))


def _headline_rest(material: Material) -> Inline:
    phrases, diagnosis = material.phrases, material.diagnosis
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        if material.doubt is not None:
            return phrases.inline(f"headline.{material.doubt.id}", **material.doubt.numbers)
        return phrases.inline("headline.inconclusive", lines_count=diagnosis.inputs.lines_count)
    if diagnosis.verdict is Verdict.HEALTHY:
        stops_count = sum(drop.is_orderly for drop in diagnosis.disconnects)  # who left stopped no process
        whole = "headline.healthy_clients" if diagnosis.are_clients else "headline.healthy"
        key = "headline.healthy_with_stops" if stops_count else whole
        losses = phrases.inline("headline.no_loss") if diagnosis.pushes.is_told else ()
        connections_count = len(diagnosis.connections)
        return phrases.inline(key, connections_count=connections_count, disconnects_count=stops_count, losses=losses)
    if material.is_all_shut_out:
        return _shut_out_headline(material)
    also = join(
        (
            (),
            *(
                phrases.inline("headline.shut_out_also", **describe_shut_out(material, one))
                for one in material.shut_out
            ),
        ),
        "",
    )
    return (
        *_drops_headline(material),
        *_orderly_headline(material),
        *_refused_headline(material),
        *_quiet_headline(material),
        *also,
    )


def _orderly_headline(material: Material) -> Inline:
    """Say how many of the disconnects were orderly stops, where these are most of them."""
    minded = material.diagnosis.minded
    count = sum(drop.is_orderly for drop in minded)
    if count <= MOSTLY_ORDERLY * len(minded) or count == len(minded):
        return ()
    return material.phrases.inline("headline.orderly_also", count=count)


def _refused_headline(material: Material) -> Inline:
    """Say how many connects the server turned away for their credentials, or never accepted, if they are no few."""
    for finding in material.diagnosis.findings:
        count, tries = finding.numbers.get("count"), finding.numbers.get("of_count")
        if finding.id in ALSO and int(count or 0) >= TELLING_SHARE * int(tries or 0):
            return material.phrases.inline(ALSO[finding.id], count=count, of_count=tries)
    return ()


def _quiet_headline(material: Material) -> Inline:
    """Say that nothing has dropped for too long for chance."""
    quiet = material.diagnosis.quiet
    if quiet is None or not quiet.is_telling:
        return ()
    return material.phrases.inline("headline.quiet", quiet_s=quiet.quiet_s)


def describe_shut_out(material: Material, finding: Finding) -> dict[str, Value]:
    """What is said of clients that never got through; what they were told is shortened."""
    told = finding.numbers.get("told")
    short = clip(told, ANSWER_LENGTH) if isinstance(told, str) else None
    return {**finding.numbers, "who": material.who(finding), "told": short}


def _shut_out_headline(material: Material) -> Inline:
    """Say that no connection came about, and why as far as it is known."""
    phrases = material.phrases
    parts = [
        phrases.inline(f"headline.{finding.id}", **describe_shut_out(material, finding))
        for finding in material.shut_out
    ]
    for cause in material.asserted[:1]:
        confidence = phrases.confidence(cause.confidence)
        parts.append(
            phrases.inline("headline.shut_out_cause", cause=phrases.cause_title(cause.id), confidence=confidence)
        )
    return join(parts, phrases.mark("clause"))


def _drops_headline(material: Material) -> Inline:
    phrases = material.phrases
    asserted, drops = material.asserted, len(material.diagnosis.minded)
    if not asserted:
        return _open_headline(material)
    if material.diagnosis.is_partly_explained:
        return _share_headline(material)
    if len(asserted) == 1:
        confidence = phrases.confidence(asserted[0].confidence)
        cause = phrases.cause_title(asserted[0].id)
        events = count_events(material, asserted[0])
        explains_all = asserted[0].explains_count == drops
        named = f"headline.one_{asserted[0].id}"
        is_named = phrases.has(named) and not _is_left_off(asserted[0])
        key = named if is_named else "headline.one_events" if events <= FEWER * drops else "headline.one"
        return phrases.inline(
            key if explains_all else "headline.one",
            disconnects_count=drops,
            events_count=events,
            cause=cause,
            confidence=confidence,
        )
    parts = join((_headline_part(material, cause) for cause in asserted[:CAUSES_SHOWN]), phrases.mark("clause"))
    parts = (*parts, *say_more_causes(material))
    return phrases.inline("headline.several", causes=parts, disconnects_count=drops, causes_count=len(asserted))


def _is_left_off(cause: Cause) -> bool:
    """Whether what ended did not start again each time, as far as the logs go: not each end was a restart."""
    return any(check.numbers.get("unreturned_count") for check in cause.checks)


def _share_headline(material: Material) -> Inline:
    """Name what explains a part by its share, and what the others do that nothing explains."""
    clause = material.phrases.mark("clause")
    shown = material.asserted[:CAUSES_SHOWN]
    drops = [_share(material, cause) for cause in shown if cause.explains_count]
    others = [_share(material, cause) for cause in shown if not cause.explains_count]
    parts = (*join(drops or others, clause), *say_more_causes(material))
    return join((parts, _say_unexplained(material), *(others if drops else ())), clause)


def _share(material: Material, cause: Cause) -> Inline:
    """Say how much a cause explains; one that explains no disconnect keeps clients from connecting."""
    return material.phrases.inline(
        "headline.share" if cause.explains_count else "headline.share_none",
        explains_count=cause.explains_count,
        of_count=cause.of_count,
        cause=material.phrases.cause_title(cause.id),
        confidence=material.phrases.confidence(cause.confidence),
    )


def _say_unexplained(material: Material) -> Inline:
    """Say what the disconnects that no asserted cause explains have in common, if most of them keep one clock."""
    left = material.diagnosis.unexplained
    counts = Counter(drop.pattern for drop in left if drop.pattern is not None)
    groups = [(alike, sum(counts[one.id] for one in alike)) for alike in group_alike(material.diagnosis.patterns)]
    alike, count = max(groups, key=lambda group: group[1], default=((), 0))
    if alike and alike[0].keeps_time and 2 * count > len(left):
        first, kept = alike[0], [one for one in alike if counts[one.id]]
        if len(kept) > 1:
            values = {"beats_count": len(kept), "period_s": first.period_s}
            return material.phrases.inline("headline.rest_beats", count=count, **values)
        key = REST_KEYS.get(first.kind, "beat")
        return material.phrases.inline(f"headline.rest_{key}", count=count, period=material.mean_period(kept[0]))
    return material.phrases.inline("headline.rest_open", count=len(left))


def say_more_causes(material: Material) -> Inline:
    """Say how many asserted causes there is no room to name."""
    left_count = len(material.asserted) - CAUSES_SHOWN
    return material.phrases.inline("unit.and_more", left_count=left_count) if left_count > 0 else ()


def _headline_part(material: Material, cause: Cause) -> Inline:
    return material.phrases.inline(
        "headline.part",
        cause=material.phrases.cause_title(cause.id),
        confidence=material.phrases.confidence(cause.confidence),
    )


def _open_headline(material: Material) -> Inline:
    drops = len(material.diagnosis.minded)
    if material.diagnosis.are_losses_alone:
        return _say_losses(material)
    suggested = material.suggested if material.suggested and material.suggested[0].confidence >= NAMED_FROM else ()
    if material.is_too_few:
        moments_count = len({drop.moment for drop in material.diagnosis.minded})
        key = "few" if not material.diagnosis.is_brief else "brief" if moments_count == drops else "blips"
        return material.phrases.inline(f"headline.{key}", disconnects_count=drops, moments_count=moments_count)
    if (lapsed := material.diagnosis.uncompleted_logins) is not None:
        told = clip(str(lapsed.numbers["told"]), ANSWER_LENGTH)
        return material.phrases.inline(
            "headline.uncompleted", disconnects_count=drops, count=lapsed.numbers["count"], told=told
        )
    if not suggested:
        trigger = material.diagnosis.telling_trigger
        if trigger is None:
            key = "none_unstated" if _are_unstated(material) else "none"
            return material.phrases.inline(f"headline.{key}", disconnects_count=drops)
        return material.phrases.inline(
            "headline.trigger",
            disconnects_count=drops,
            id=trigger.id,
            count=trigger.preceded_count,
            of_count=trigger.of_count,
        )
    return material.phrases.inline(
        "headline.open_two" if len(suggested) > 1 else "headline.open",
        disconnects_count=drops,
        cause=material.phrases.cause_title(suggested[0].id),
        confidence_ratio=suggested[0].confidence,
        second=material.phrases.cause_title(suggested[-1].id),
        second_ratio=suggested[-1].confidence,
    )


def _say_losses(material: Material) -> Inline:
    """Say how many pushes were lost, since when, and that nobody acknowledged them where the lines say so."""
    lost_count = material.diagnosis.pushes.lost_count
    unanswered = material.diagnosis.unanswered
    if unanswered is None:
        return material.phrases.inline("headline.losses", lost_count=lost_count)
    key = (
        "headline.losses_unanswered" if unanswered.numbers["answered_since_count"] else "headline.losses_all_unanswered"
    )
    return material.phrases.inline(key, lost_count=lost_count, **unanswered.numbers)


def _are_unstated(material: Material) -> bool:
    """Whether the server or a proxy alone tells of the ends, if anything does, and of none why."""
    drops = material.diagnosis.minded
    witnesses = {drop.seen_by for drop in drops}
    return witnesses in ONLY_SERVER and not any(drop.reason or drop.server_reason for drop in drops)


def list_claimed(material: Material, cause: Cause) -> list[Disconnect]:
    """The disconnects that a cause is said to explain."""
    indices = set(cause.disconnect_indices)
    return [drop for drop in material.diagnosis.disconnects if drop.index in indices]


def count_events(material: Material, cause: Cause) -> int:
    """At how many moments the disconnects of a cause came: those of one moment are one event.

    So is one whose outage holds the moment in which others ended together: it went a little earlier, or its last line
    is lost, and it came back with them. Restarts that the logs show are counted as such, and so are stops: a server
    that lets its clients go bit by bit stops once.
    """
    restarts_counts = [check.numbers.get("restarts_count") for check in cause.checks]
    if restarts_count := next((count for count in restarts_counts if isinstance(count, int)), None):
        return restarts_count
    drops = list_claimed(material, cause)
    begins: dict[int, datetime] = {}
    for drop in drops:
        if drop.fleet_event is not None:
            begins[drop.fleet_event] = min(drop.time, begins.get(drop.fleet_event, drop.time))
    moments = sorted(begins.values())
    others = [drop for drop in drops if drop.fleet_event is None and not _spans_one(drop, moments)]
    stops_counts = [count for check in cause.checks if isinstance(count := check.numbers.get("stops_count"), int)]
    return min([len(moments) + _count_apart(others, moments), *stops_counts])


def _count_apart(drops: Sequence[Disconnect], moments: Sequence[datetime]) -> int:
    """At how many moments these came, apart from the ascending ones given; what begins within 1 s is one."""
    begins: list[datetime] = []
    for time in sorted(drop.time for drop in drops):
        place = bisect_right(moments, time)
        before = [*moments[max(0, place - 1) : place], *begins[-1:]]
        if all(time - begin > TOGETHER for begin in before):
            begins.append(time)
    return len(begins)


def _spans_one(drop: Disconnect, moments: Sequence[datetime]) -> bool:
    """Whether one of ascending moments lies within the outage behind a disconnect."""
    place = bisect_left(moments, drop.time)
    return (
        drop.away_s is not None and place < len(moments) and (moments[place] - drop.time).total_seconds() <= drop.away_s
    )
