"""The worst incident: what happened around it in the order of time, and the lines that say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from logdiag.renderers.document import Block, CodeLines, Inline, Paragraph, Section, Span, Style, Table, code, plain
from logdiag.renderers.sections.material import Material, clip
from logdiag.results.disconnects import Disconnect, Incident
from logdiag.results.evidence import SHOWN_MESSAGE, Excerpt

QUOTES_SHOWN: Final = 12
FIGURES: Final = re.compile(r"\d+")
# What is quoted first where there are more lines than room.
QUOTED_KINDS: Final = (
    "disconnected",
    "push-failed",
    "process-crashed",
    "push-started",
    "push-ok",
    "push-acknowledged",
    "server-disconnected",
)
LOUD_KINDS: Final = {
    "disconnected": Style.BAD,
    "push-failed": Style.BAD,
    "process-crashed": Style.BAD,
    "connect-error": Style.WARN,
    "connected": Style.GOOD,
}


def build_timeline(material: Material) -> Section:
    """Show the lines around the worst disconnect, with milliseconds to the drop."""
    incident = material.diagnosis.worst_incident
    drop = _find_drop(material, incident)
    if incident is None or drop is None:
        key = "timeline.none_shut_out" if material.is_all_shut_out else "timeline.none"
        key = "timeline.none_unseen" if material.diagnosis.are_connects_unseen else key
        blocks: tuple[Block, ...] = (Paragraph(material.phrases.inline(key)),)
    else:
        blocks = tuple(_timeline_blocks(material, incident, drop))
    return Section("timeline", material.title("timeline"), blocks)


def _find_drop(material: Material, incident: Incident | None) -> Disconnect | None:
    if incident is None:
        return None
    return next((d for d in material.diagnosis.disconnects if d.index == incident.disconnect_index), None)


def _timeline_blocks(material: Material, incident: Incident, drop: Disconnect) -> list[Block]:
    phrases = material.phrases
    intro = phrases.inline(
        "timeline.intro_short" if material.is_compact else "timeline.intro",
        index=drop.number,
        of_count=len(material.diagnosis.disconnects),
        connection=drop.connection,
        time=drop.time,
    )
    if incident.open_outage_s is not None:
        intro = (*intro, *phrases.inline("timeline.open", open_outage_s=incident.open_outage_s))
    if not incident.excerpts:
        return [Paragraph(intro), Paragraph(phrases.inline("timeline.no_lines"))]
    names = ("time", "offset", "what") if material.is_compact else ("time", "offset", "service", "what")
    header = tuple(phrases.text(f"timeline.{key}") for key in names)
    rows = tuple(_timeline_row(material, excerpt, drop) for excerpt in incident.excerpts)
    blocks: list[Block] = [Paragraph(intro), Table(header, rows, numeric=frozenset({1}), fixed=frozenset({0, 1}))]
    if any(excerpt.order_unknown for excerpt in incident.excerpts):
        blocks.append(Paragraph(phrases.inline("timeline.unordered")))
    if material.is_compact and not any(excerpt.has_more for excerpt in incident.excerpts):
        blocks.append(Paragraph(phrases.inline("timeline.whole")))
    return blocks


def _timeline_row(material: Material, excerpt: Excerpt, drop: Disconnect) -> tuple[Inline, ...]:
    formats = material.phrases.formats
    clock = formats.clock(excerpt.time) + (" ~" if excerpt.order_unknown else "")
    kind = material.phrases.identified("kind", excerpt.kind)
    style = LOUD_KINDS.get(excerpt.kind, Style.PLAIN)
    message = clip(excerpt.message, SHOWN_MESSAGE)
    what = material.phrases.inline("timeline.event", kind=(Span(kind, style),), message=message)
    offset = plain(signed_milliseconds(material, excerpt.time, drop.time))
    if material.is_compact:
        return plain(clock), offset, material.with_places(what, (excerpt.evidence,))
    return plain(clock), offset, code(_name_service(excerpt, drop)), what


def _name_service(excerpt: Excerpt, drop: Disconnect) -> str:
    is_elsewhere = excerpt.connection != drop.connection
    return f"{excerpt.connection}/{excerpt.service}" if is_elsewhere else excerpt.service


def signed_milliseconds(material: Material, time: datetime, drop: datetime) -> str:
    """Write how long after (+) or before (-) the drop something happened; 0 for the drop itself."""
    seconds = (time - drop).total_seconds()
    sign = "+" if seconds > 0 else ""
    return f"{sign}{material.phrases.formats.duration(seconds)}" if seconds else "0"


def build_evidence(material: Material) -> Section:
    """Quote the failed connects of clients that never got in, and the lines of the worst incident."""
    blocks: list[Block] = []
    quoted = [(one.evidence[0], one.quote) for one in material.diagnosis.connect_failures if one.quote is not None]
    if quoted:
        blocks.append(Paragraph(material.phrases.inline("evidence.intro_failures")))
        blocks += [CodeLines(code(material.place(place)), (text,)) for place, text in quoted]
    incident = material.diagnosis.worst_incident
    if incident is not None and incident.excerpts:
        blocks += _quote(material, incident.excerpts)
    if not blocks and not material.is_compact:
        blocks.append(Paragraph(material.phrases.inline("evidence.none")))
    return Section("evidence", material.title("evidence"), tuple(blocks))


def _quote(material: Material, excerpts: tuple[Excerpt, ...]) -> list[Block]:
    """Quote the lines as they stand; on a screen those alone of which the timeline leaves something out."""
    telling = tuple(item for item in excerpts if item.has_more) if material.is_compact else excerpts
    if not telling:
        return []
    alike = _group_alike(telling) if material.is_compact else {item.evidence: [item] for item in telling}
    telling = tuple(group[0] for group in alike.values())
    chosen = _choose_quotes(telling)
    intro = "intro" if sum(map(len, alike.values())) == len(excerpts) else "intro_more"
    blocks: list[Block] = [Paragraph(material.phrases.inline(f"evidence.{intro}"))]
    quoted = [group for group in alike.values() if group[0] in chosen]
    blocks += [CodeLines(_place_quote(material, group), (group[0].text,)) for group in quoted]
    if left_count := len(telling) - len(chosen):
        blocks.append(Paragraph(material.phrases.inline("evidence.left_out", left_count=left_count)))
    return blocks


def _group_alike(excerpts: Sequence[Excerpt]) -> dict[object, list[Excerpt]]:
    """The lines in groups that differ in figures alone, as the stack traces of one error do, by the first of each."""
    groups: dict[object, list[Excerpt]] = {}
    for item in excerpts:
        groups.setdefault((item.evidence.file, FIGURES.sub("0", item.text)), []).append(item)
    return groups


def _place_quote(material: Material, group: Sequence[Excerpt]) -> Inline:
    """Where a quoted line stands, and where those that differ from it in figures alone."""
    place = material.place(group[0].evidence)
    if len(group) == 1:
        return code(place)
    others = material.places(tuple(item.evidence for item in group[1:]))
    return (*material.phrases.inline("evidence.alike", place=place, alike_count=len(group) - 1), *code(others))


def _choose_quotes(excerpts: tuple[Excerpt, ...]) -> list[Excerpt]:
    """Choose the lines to quote, in their order: all if there is room, else those that matter most."""
    if len(excerpts) <= QUOTES_SHOWN:
        return list(excerpts)
    last = len(QUOTED_KINDS)
    ranked = sorted(
        range(len(excerpts)),
        key=lambda rank: QUOTED_KINDS.index(excerpts[rank].kind) if excerpts[rank].kind in QUOTED_KINDS else last,
    )
    return [excerpts[rank] for rank in sorted(ranked[:QUOTES_SHOWN])]
