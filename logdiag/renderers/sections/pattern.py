"""The picture and the list of disconnects, each with its interval and what is remarkable about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Section, Table, plain
from logdiag.renderers.phrases import Value
from logdiag.renderers.sections.clocks import EACH_SHOWN, sum_up_alike, tell_patterns
from logdiag.renderers.sections.material import Material, cell, join, show_time
from logdiag.renderers.sections.pictures import build_pictures, is_whole_in_picture
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.patterns import BEAT_KINDS, group_alike

ROWS_SHOWN: Final = 40
EDGE_ROWS: Final = 12
SERVER: Final = "server"
QUIET_REMARKS: Final = frozenset({Remark.ON_BEAT})
PUSH_REMARKS: Final = frozenset({Remark.PUSH_UNDER_WAY, Remark.PUSH_PERHAPS})


def build_pattern(material: Material) -> Section:
    """Build one sentence for each pattern, its picture, and the table of disconnects."""
    diagnosis, phrases = material.diagnosis, material.phrases
    if not diagnosis.disconnects:
        blocks: list[Block] = [Paragraph(phrases.inline("pattern.none"))]
    else:
        blocks = [*_pattern_lines(material), *build_pictures(material), *_list_disconnects(material)]
    return Section("pattern", material.title("pattern"), tuple(blocks))


def _pattern_lines(material: Material) -> list[Block]:
    patterns = material.diagnosis.patterns
    if not patterns:
        return [Paragraph(_explain_none(material))]
    if material.is_compact:
        return tell_patterns(material, patterns)
    return [
        block
        for alike in group_alike(patterns)
        for block in (
            [Paragraph(sum_up_alike(material, alike))]
            if len(alike) > EACH_SHOWN
            else [Paragraph(material.sum_up_pattern(pattern)) for pattern in alike]
        )
    ]


def _explain_none(material: Material) -> Inline:
    """Say why no pattern was found: chance, or too few disconnects to tell."""
    if not material.diagnosis.clock_search.is_short:
        return material.phrases.inline("pattern.no_clock")
    search = material.diagnosis.clock_search
    key = "pattern.too_few_each" if material.has_many_connections else "pattern.too_few"
    return material.phrases.inline(key, have_count=search.have_count, needed_count=search.needed_count)


def _list_disconnects(material: Material) -> list[Block]:
    """The table of disconnects; on a screen where the picture has a row for each, what is remarkable about some."""
    if not is_whole_in_picture(material):
        return [_table(material)]
    usual_reason = _find_usual_reason(material)
    loud = [drop for drop in material.diagnosis.disconnects if not set(drop.remarks) <= QUIET_REMARKS]
    items = tuple(
        material.phrases.inline(
            "pattern.remarked",
            number=drop.number,
            time=show_time(material, drop.time),
            remark=describe_remarks(material, drop, usual_reason=usual_reason),
        )
        for drop in loud
    )
    return [Bullets(items)] if items else []


def _table(material: Material) -> Table:
    names = ["index", "time", "interval", "remark"]
    if material.has_many_connections:
        names.insert(2, "connection")
    header = tuple(material.phrases.text(f"pattern.{name}") for name in names)
    shown = _choose(material.diagnosis.disconnects)
    usual_reason = _find_usual_reason(material)
    rows: list[tuple[Inline, ...]] = []
    hidden: list[Disconnect] = []
    for drop in material.diagnosis.disconnects:
        if drop.index not in shown:
            hidden.append(drop)
            continue
        if hidden:
            rows.append(_gap(material, hidden, len(names)))
            hidden = []
        rows.append(_row(material, drop, usual_reason))
    interval = names.index("interval")
    return Table(header, tuple(rows), numeric=frozenset({0, interval}), fixed=frozenset({0, 1, interval}))


def _choose(drops: tuple[Disconnect, ...]) -> frozenset[int]:
    """Choose the rows to show: both ends, and what is off the beat as far as there is room."""
    if len(drops) <= ROWS_SHOWN:
        return frozenset(drop.index for drop in drops)
    edges = [drop.index for drop in (*drops[:EDGE_ROWS], *drops[-EDGE_ROWS:])]
    loud = [drop.index for drop in drops if not set(drop.remarks) <= QUIET_REMARKS]
    return frozenset([*edges, *loud][:ROWS_SHOWN])


def _gap(material: Material, hidden: list[Disconnect], width: int) -> tuple[Inline, ...]:
    beats = {pattern.id for pattern in material.diagnosis.patterns if pattern.kind in BEAT_KINDS}
    quiet = all(drop.pattern in beats and set(drop.remarks) <= QUIET_REMARKS for drop in hidden)
    text = material.phrases.inline("pattern.left_out" if quiet else "pattern.left_out_any", left_count=len(hidden))
    return (*(() for _ in range(width - 1)), text)


def _row(material: Material, drop: Disconnect, usual_reason: str | None) -> tuple[Inline, ...]:
    cells = [
        plain(str(drop.number)),
        plain(show_time(material, drop.time)),
        () if drop.interval_s is None else material.phrases.inline("pattern.seconds", interval_s=drop.interval_s),
        describe_remarks(material, drop, usual_reason=usual_reason),
    ]
    if material.has_many_connections:
        cells.insert(2, cell(drop.connection, from_log=True))
    return tuple(cells)


def describe_remarks(material: Material, drop: Disconnect, *, usual_reason: str | None) -> Inline:
    """Say what is remarkable about a disconnect: its place on the beat, the push under way, what the server says.

    Its own reason is only said where it is not `usual_reason`.
    """
    remarks = list(drop.remarks) or _derive(drop)
    parts = [_remark(material, drop, remark) for remark in remarks]
    parts += _extra(material, drop, remarks, usual_reason)
    return join((part for part in parts if part), material.phrases.mark("clause"))


def _derive(drop: Disconnect) -> list[Remark]:
    """Fall back on what the fields say when the analysis left no remark."""
    if drop.pattern is not None:
        return [Remark.ON_BEAT]
    return [Remark.OFF_BEAT] if drop.residual_s is not None else []


def _remark(material: Material, drop: Disconnect, remark: Remark) -> Inline:
    phrases = material.phrases
    values = _values(material, drop)
    key = f"remark.{remark}"
    pattern = next((pattern for pattern in material.diagnosis.patterns if pattern.id == drop.pattern), None)
    kind = None if pattern is None else pattern.kind
    if remark == Remark.UNLOGGED and _is_told_by_server(material, drop):
        key += "-server"
    elif phrases.has(f"{key}-{kind}"):
        key = f"{key}-{kind}"
    is_measured = drop.residual_s is not None and not (drop.residual_s == 0 and _is_coarse(material, drop))
    is_measured &= pattern is None or not pattern.is_irregular  # what is usual in it is a wide range
    if is_measured and phrases.has(f"{key}-by"):
        key += "-by"
    if remark == Remark.PUSH_UNDER_WAY:
        key += "-plain" if drop.push_lead_ms is None else "" if drop.push_lead_ms >= 0 else "-after"
    return phrases.inline_or(key, remark, values if phrases.has(key) else {})


def _is_coarse(material: Material, drop: Disconnect) -> bool:
    """Whether the stamps are too coarse to say that a disconnect lies 0 ms off its beat."""
    return any(pattern.id == drop.pattern and pattern.stamps_s is not None for pattern in material.diagnosis.patterns)


def _values(material: Material, drop: Disconnect) -> dict[str, Value]:
    formats = material.phrases.formats
    residual, lead = drop.residual_s, drop.push_lead_ms
    sign = "+" if residual is not None and residual > 0 else ""
    return {
        "residual_s": residual,
        "signed": None if residual is None else f"{sign}{formats.milliseconds(residual * 1000)}",
        "abs": None if residual is None else formats.duration(abs(residual)),
        "lead": None if lead is None else formats.milliseconds(abs(lead)),
        "trigger": drop.trigger,
        "fleet_event": drop.fleet_event,
    }


def _is_told_by_server(material: Material, drop: Disconnect) -> bool:
    """Whether the server alone tells of the connection: then it is the server's log that lacks a line."""
    return next((one.side for one in material.diagnosis.connections if one.id == drop.connection), "") == SERVER


def _extra(material: Material, drop: Disconnect, remarks: Sequence[Remark], usual_reason: str | None) -> list[Inline]:
    """Add what stands in fields of its own, unless a remark has said it."""
    phrases = material.phrases
    extra: list[Inline] = []
    if drop.push_lead_ms is not None and not PUSH_REMARKS.intersection(remarks):
        extra.append(_remark(material, drop, Remark.PUSH_UNDER_WAY))
    if not drop.has_end_line and Remark.UNLOGGED not in remarks:
        extra.append(_remark(material, drop, Remark.UNLOGGED))
    if drop.trigger is not None and drop.push_lead_ms is None:
        extra.append(phrases.inline("remark.trigger", trigger=drop.trigger))
    if drop.reason is not None and drop.reason != usual_reason:
        extra.append(phrases.inline("remark.reason", reason=drop.reason))
    if drop.server_reason is not None:
        extra.append(phrases.inline("remark.server-says", reason=drop.server_reason))
    return extra


def _find_usual_reason(material: Material) -> str | None:
    """Find the reason that most disconnects give; only the others are worth a remark."""
    counts = Counter(drop.reason for drop in material.diagnosis.disconnects if drop.reason is not None)
    return counts.most_common(1)[0][0] if counts else None
