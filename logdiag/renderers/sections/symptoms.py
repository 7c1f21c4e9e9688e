"""What is wrong, finding by finding, and the root cause as far as the evidence goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Section, Span, Style
from logdiag.renderers.sections.material import NAME_LENGTH, Material, clip, join
from logdiag.renderers.sections.timers import build_suspects
from logdiag.results.causes import Cause, Check, Finding, Outcome
from logdiag.results.connections import ConnectFailure
from logdiag.results.patterns import Pattern, count_explained, find_greatest_chance, group_alike
from logdiag.verdict import Severity, Verdict

SEVERITY_STYLES: Final = {Severity.ERROR: Style.BAD, Severity.WARNING: Style.WARN, Severity.INFO: Style.MUTED}
SEVERITY_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)
CHECKS_SHOWN: Final = 5
CAUSES_EXPLAINED: Final = 2  # as many as the first screen explains
ALIKE_SHOWN: Final = 3
FAILURES_SHOWN: Final = 8
FOLDER_LENGTH: Final = 200
PERIODIC: Final = "periodic-disconnects"
# Among findings of one severity: who never got through, what was lost, then what is broken. Others follow in the order
# of the analysis.
FIRST_FINDINGS: Final = (
    "never-connected",
    "never-joined",
    "all-refused",
    "lost-pushes",
    "probably-lost-pushes",
    PERIODIC,
    "unexplained-disconnects",
)
# The checks that hold a coincidence of messages and drops against chance.
CHANCE_CHECKS: Final = ("push-precedes-drops", "push-moves-beat")


def build_symptoms(material: Material) -> Section:
    """List the findings, the worst first, and say where their places lie."""
    findings = sorted(material.diagnosis.findings, key=_weight)
    blocks: list[Block] = [Paragraph(material.phrases.inline("symptoms.nothing"))]
    if findings:
        blocks = [Bullets(tuple(_list_findings(material, findings)))]
    if material.folder and any(finding.evidence for finding in findings):
        folder = clip(material.folder, FOLDER_LENGTH)
        blocks.append(Paragraph(material.phrases.inline("symptoms.folder", folder=folder)))
    return Section("symptoms", material.title("symptoms"), tuple(blocks))


def _weight(finding: Finding) -> tuple[int, int, float]:
    rank = FIRST_FINDINGS.index(finding.id) if finding.id in FIRST_FINDINGS else len(FIRST_FINDINGS)
    availability = finding.numbers.get("availability_ratio")
    return SEVERITY_ORDER.index(finding.severity), rank, availability if isinstance(availability, float) else 0.0


def _list_findings(material: Material, findings: Sequence[Finding]) -> Iterator[Inline]:
    """Say each finding; of many of one kind, as a fleet has them, the first few and how many more there are."""
    for (name, _), alike in groupby(findings, key=lambda finding: (finding.id, finding.severity)):
        group = list(alike)
        if name == PERIODIC:
            yield from _list_periodic(material, group)
            continue
        yield from _list_group(material, group)


def _list_group(material: Material, group: Sequence[Finding]) -> Iterator[Inline]:
    shown = group if len(group) <= ALIKE_SHOWN + 1 else group[:ALIKE_SHOWN]
    part = "told" if _is_detailed_below(material, group) else "text"
    yield from (_finding(material, finding, part) for finding in shown)
    if left_count := len(group) - len(shown):
        named = (_severity(material, group[0].severity),)
        yield material.phrases.inline("symptoms.more", severity=named, left_count=left_count)


def _list_periodic(material: Material, findings: Sequence[Finding]) -> Iterator[Inline]:
    """Say each clock; of beats of one period, as each client of a fleet may have one, how many keep one of them."""
    found = {finding.numbers["pattern"]: finding for finding in findings}
    groups = group_alike([one for one in material.diagnosis.patterns if one.id in found])
    told = [_find_alike(material, alike, [found[one.id] for one in alike]) for alike in groups if len(alike) > 1]
    alone = [found[alike[0].id] for alike in groups if len(alike) == 1]
    known = {one.id for alike in groups for one in alike}
    yield from told
    yield from _list_group(material, [*alone, *(one for one in findings if one.numbers["pattern"] not in known)])


def _find_alike(material: Material, alike: Sequence[Pattern], findings: Sequence[Finding]) -> Inline:
    """Say of beats of one period how many disconnects keep one, with the places of the first."""
    first = findings[0]
    numbers = {
        **first.numbers,
        "count": count_explained(alike),
        "of_count": len(material.diagnosis.minded),
        "beats_count": len(alike),
        "false_alarm_probability": find_greatest_chance(alike),
    }
    return _finding(material, replace(first, numbers=numbers), "alike")


def _severity(material: Material, severity: Severity) -> Span:
    return Span(material.phrases.text(f"severity.{severity.value}"), SEVERITY_STYLES[severity])


def _is_detailed_below(material: Material, alike: Sequence[Finding]) -> bool:
    """Whether, on a screen, other sections give the numbers of the only finding of a kind, so that a clause will do."""
    is_alone = len(alike) == 1 and not material.has_many_connections
    return material.is_compact and is_alone and material.phrases.has(f"finding.{alike[0].id}.told")


def _finding(material: Material, finding: Finding, part: str) -> Inline:
    phrases, context = material.phrases, material.context(finding)
    severity = _severity(material, finding.severity)
    title = tuple(Span(span.text, Style.STRONG) for span in phrases.finding(finding, "title", context))
    text = phrases.finding(finding, part, context)
    line = phrases.inline("symptoms.finding", severity=(severity,), title=title, text=text)
    return material.with_places(line, finding.evidence)


def build_root_cause(material: Material) -> Section:
    """Name the causes that the evidence asserts, with what speaks for and against; else say that none is."""
    return Section("root-cause", material.title("root-cause"), tuple(_root_blocks(material)))


def _root_blocks(material: Material) -> list[Block]:
    phrases, verdict = material.phrases, material.diagnosis.verdict
    if verdict is Verdict.HEALTHY:
        return [Paragraph(phrases.inline("root.healthy"))]
    if verdict is Verdict.INCONCLUSIVE:
        said = phrases.inline("root.inconclusive" if material.doubt is None else "root.doubt")
        return [Paragraph(said), Paragraph(material.first_of_nothing)]
    blocks: list[Block] = _shut_out_blocks(material)
    if not material.asserted:
        if material.is_all_shut_out:
            return blocks
        return [*blocks, *_open_blocks(material), *build_suspects(material)]
    if len(material.asserted) > 1:
        blocks.append(Paragraph(phrases.inline("root.several", causes_count=len(material.asserted))))
    for cause in material.asserted:
        blocks.extend(_asserted_blocks(material, cause))
    return [*blocks, *build_suspects(material)]


def _shut_out_blocks(material: Material) -> list[Block]:
    """Say what kept clients from connecting at all, what that means, and what to do about it."""
    if not material.shut_out:
        return []
    phrases = material.phrases
    key = "root.shut_out" if material.is_all_shut_out else "root.shut_out_some"
    key = "root.shut_out_unseen" if material.is_all_shut_out and material.diagnosis.are_connects_unseen else key
    meaning = (*phrases.inline(key, who=material.shut_out_who()), *material.shut_out_meaning())
    told = list_failures(material, [one for one in material.diagnosis.connect_failures if one.never_connected])
    listed: list[Block] = [Paragraph(phrases.inline("root.told")), Bullets(told)] if told else []
    return [
        Paragraph(meaning),
        *listed,
        Paragraph((*phrases.inline("root.shut_out_first"), *material.shut_out_first())),
    ]


def list_failures(material: Material, failures: Sequence[ConnectFailure]) -> tuple[Inline, ...]:
    """Say of each failed connect what was told, how often, since when, until when, and to whom."""
    phrases = material.phrases
    shown = [
        material.with_places(
            phrases.inline(
                "connect.failure",
                told=clip(one.told, FOLDER_LENGTH),
                count=one.count,
                first=one.first,
                last=phrases.until(one.first, one.last),
                connections=tuple(clip(name, NAME_LENGTH) for name in one.connections),
            ),
            one.evidence,
        )
        for one in failures[:FAILURES_SHOWN]
    ]
    left_count = len(failures) - len(shown)
    return (*shown, *([phrases.inline("analysis.more", left_count=left_count)] if left_count else []))


def _open_blocks(material: Material) -> list[Block]:
    phrases = material.phrases
    if material.is_too_few:
        drops_count = len(material.diagnosis.minded)
        return [Paragraph(phrases.inline("root.few", disconnects_count=drops_count))]
    if not material.suggested:
        return [Paragraph(phrases.inline("root.none"))]
    ranked = tuple((*_ranked(material, cause), *phrases.cause(cause, "summary")) for cause in material.suggested)
    return [Paragraph(phrases.inline("root.open")), Bullets(ranked, ordered=True)]


def _ranked(material: Material, cause: Cause) -> Inline:
    return material.phrases.inline(
        "root.ranked", cause=material.phrases.cause_title(cause.id), confidence_ratio=cause.confidence
    )


def _asserted_blocks(material: Material, cause: Cause) -> list[Block]:
    phrases = material.phrases
    statement = phrases.inline(
        "root.asserted" if cause.explains_count else "root.asserted_bare",
        cause=phrases.cause_title(cause.id),
        confidence=phrases.confidence(cause.confidence),
        confidence_ratio=cause.confidence,
        explains_count=cause.explains_count,
        of_count=cause.of_count,
    )
    meaning = () if _is_meaning_said(material, cause) else phrases.cause(cause, "summary")
    said = join(filter(None, (statement, meaning)), phrases.mark("sentence"))
    blocks: list[Block] = [Paragraph(said)]
    for outcome, key in ((Outcome.SUPPORTS, "for"), (Outcome.REFUTES, "against"), (Outcome.UNKNOWN, "unproven")):
        items = check_items(material, cause, outcome, CHECKS_SHOWN)
        if outcome is Outcome.UNKNOWN and material.is_compact and _is_blocked(material, cause):
            continue
        if items and outcome is Outcome.SUPPORTS and material.is_compact:
            blocks = [Paragraph(join((said, phrases.inline("root.for")), phrases.mark("sentence"))), Bullets(items)]
        elif items:
            blocks += [Paragraph(phrases.inline(f"root.{key}")), Bullets(items)]
        elif outcome is Outcome.REFUTES:
            blocks.append(Paragraph(phrases.inline("root.against_none")))
    return [*blocks, *_chance(material, cause), *_pointers(material, cause)]


def _is_blocked(material: Material, *causes: Cause) -> bool:
    """Whether what the logs do not show, which stands under the open questions, leaves one of these causes open."""
    ids = {cause.id for cause in causes}
    return any(ids & set(spot.blocks_causes) for spot in material.diagnosis.blind_spots)


def _is_meaning_said(material: Material, cause: Cause) -> bool:
    """Whether the first screen has said what the cause means, in the same words."""
    is_shown = cause in material.asserted[:CAUSES_EXPLAINED] and not material.diagnosis.is_minority_explained
    return is_shown and not material.phrases.has(f"cause.{cause.id}.named")


def _chance(material: Material, cause: Cause) -> list[Block]:
    """Answer the reading that it was bad luck, where a check has weighed it."""
    weighed = [
        check
        for check in cause.checks
        if check.id in CHANCE_CHECKS and check.outcome is Outcome.SUPPORTS and check.numbers.get("p_value") is not None
    ]
    if not weighed:
        return []
    key = material.phrases.choose("root.chance", weighed[0].numbers)
    if material.is_compact and material.phrases.has(f"{key}_told"):
        key += "_told"
    return [Paragraph(material.phrases.inline(key, **weighed[0].numbers))]


def _pointers(material: Material, cause: Cause) -> list[Block]:
    """Say where to read more about a cause."""
    if not cause.sources:
        return []
    if material.is_compact:
        is_last = cause is material.asserted[-1]
        key = "root.more_open" if is_last and _is_blocked(material, *material.asserted) else "root.more"
        return [Paragraph(material.phrases.inline(key, id=cause.id))]
    sources = material.phrases.listed(cause.sources, len(cause.sources))
    return [Paragraph(material.phrases.inline("root.sources", sources=sources, id=cause.id))]


def check_items(material: Material, cause: Cause, outcome: Outcome, limit: int | None = None) -> tuple[Inline, ...]:
    """Return what the checks of one outcome say, with their places."""
    checks: list[Check] = [check for check in cause.checks if check.outcome is outcome]
    return tuple(material.with_places(material.phrases.check(check), check.evidence) for check in checks[:limit])
