"""The pattern as a picture: disconnects against the beat, or lifetimes and distances against their usual length.

Each picture comes with a paragraph that says the same, for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from logdiag.renderers.document import Block, Chart, ChartMark, ChartRow, Inline, Paragraph, Style, Subheading, Tick
from logdiag.renderers.sections.material import Material, show_time
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import BEAT_KINDS, LIFETIME_KINDS, Pattern, PatternKind

ROWS_SHOWN: Final = 16
PATTERNS_SHOWN: Final = 2
NAMED_DROPS: Final = 4
FEWEST_DROPS: Final = 3
PULLED: Final = frozenset({"early", "late"})
ON_SIGN: Final = "●"
OFF_SIGN: Final = "×"
# Near the beat the axis is linear up to about this distance, beyond it logarithmic: 5 ms and 5 s are both to be seen.
LINEAR_S: Final = 0.01
TICKS_S: Final = (0.1, 1.0, 10.0, 60.0, 600.0, 3600.0)
ROUND_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
STEPS_COUNT: Final = 4


def build_pictures(material: Material) -> list[Block]:
    """Draw the leading patterns; where there is none, the distances from each disconnect to the next."""
    patterns = material.diagnosis.patterns[:PATTERNS_SHOWN]
    if not patterns:
        return _picture_spans(material, None)
    return [block for pattern in patterns for block in _picture(material, pattern)]


def is_whole_in_picture(material: Material) -> bool:
    """Whether the picture of the one beat has a row for each disconnect, with its number, time, interval and lead."""
    diagnosis = material.diagnosis
    if not material.is_compact or len(diagnosis.patterns) != 1 or len(diagnosis.disconnects) > ROWS_SHOWN:
        return False
    pattern = diagnosis.patterns[0]
    drawn = [drop for drop in _members(material, pattern) if drop.residual_s is not None]
    return pattern.kind in BEAT_KINDS and len(drawn) == len(diagnosis.disconnects) and not material.has_many_connections


def _picture(material: Material, pattern: Pattern) -> list[Block]:
    if pattern.kind in BEAT_KINDS and pattern.period_s:
        return _picture_beat(material, pattern, pattern.period_s)
    return _picture_spans(material, pattern)


def _members(material: Material, pattern: Pattern) -> list[Disconnect]:
    """Return the disconnects to hold against a pattern: its own, and those off the beat of the only one."""
    alone = len(material.diagnosis.patterns) == 1
    names = frozenset(pattern.connections)
    return [
        drop
        for drop in material.diagnosis.minded
        if drop.pattern == pattern.id
        or (drop.pattern is None and drop.connection in names and (alone or drop.residual_s is not None))
    ]


def _is_on(drop: Disconnect, pattern: Pattern | None) -> bool:
    return pattern is None or (drop.pattern == pattern.id and not PULLED & set(drop.remarks))


def _mark(drop: Disconnect, pattern: Pattern | None, ratio: float) -> ChartMark:
    return ChartMark(ratio, ON_SIGN) if _is_on(drop, pattern) else ChartMark(ratio, OFF_SIGN, Style.BAD)


def _rows(
    material: Material, drops: Sequence[Disconnect], mark: Callable[[Disconnect], ChartMark], *, bars: bool = False
) -> tuple[ChartRow, ...]:
    """Lay out one row a disconnect, or so many disconnects a row that there is room; the unusual on top."""
    size = math.ceil(len(drops) / ROWS_SHOWN)
    groups = [drops[start : start + size] for start in range(0, len(drops), size)]
    labels = _label(material, groups)
    rows: list[ChartRow] = []
    for label, group in zip(labels, groups, strict=True):
        marks = sorted(map(mark, group), key=lambda item: item.sign == OFF_SIGN)
        bar = marks[0].at_ratio if bars and size == 1 else None
        rows.append(ChartRow(label, tuple(marks), bar))
    return tuple(rows)


def _label(material: Material, groups: Sequence[Sequence[Disconnect]]) -> list[str]:
    """Number and time of each row; interval and distance from the beat too, where no table says them."""
    columns = [[_indices(group) for group in groups], [show_time(material, group[0].time) for group in groups]]
    if is_whole_in_picture(material):
        drops = [group[0] for group in groups]
        columns.append([_say_interval(material, drop) for drop in drops])
        columns.append([material.phrases.formats.signed(drop.residual_s) for drop in drops])
    widths = [max(map(cell_len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return [
        "  ".join(" " * (width - cell_len(text)) + text for text, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _say_interval(material: Material, drop: Disconnect) -> str:
    return "" if drop.interval_s is None else material.phrases.text("pattern.seconds", interval_s=drop.interval_s)


def _indices(group: Sequence[Disconnect]) -> str:
    first, last = group[0].number, group[-1].number
    return str(first) if first == last else f"{first}-{last}"


def _picture_beat(material: Material, pattern: Pattern, period_s: float) -> list[Block]:
    """Draw how early or late each disconnect is: a straight column is a clock, what stands beside it was pulled."""
    members = _members(material, pattern)
    drops = [drop for drop in members if drop.residual_s is not None]
    if not drops:
        return []
    linear_s = max(LINEAR_S, 3 * (pattern.jitter_s or 0.0))

    def place(residual_s: float) -> float:
        reach = math.log1p(abs(residual_s) / linear_s) / math.log1p(period_s / 2 / linear_s)
        return 0.5 + math.copysign(reach / 2, residual_s)

    formats, phrases = material.phrases.formats, material.phrases
    shown = [tick for tick in TICKS_S if linear_s < tick < period_s / 2]
    ticks = [Tick(0.5, "0")]
    for tick in shown:
        ticks += [Tick(place(-tick), f"-{formats.duration(tick)}"), Tick(place(tick), f"+{formats.duration(tick)}")]
    names = tuple(phrases.text(f"picture.{name}") for name in ("early", "on_beat", "late"))
    rows = _rows(material, drops, lambda drop: _mark(drop, pattern, place(drop.residual_s or 0.0)))
    title = phrases.inline("picture.beat", id=pattern.id)
    ends = (names[0], names[1], names[2])
    said = _say_beat(material, pattern, drops, len(members) - len(drops))
    return [Subheading(title), Chart(ends, tuple(ticks), rows, 0.5), Paragraph(said)]


def _say_beat(material: Material, pattern: Pattern, drops: Sequence[Disconnect], unplaced_count: int) -> Inline:
    """Say what the picture of a beat shows."""
    phrases, formats = material.phrases, material.phrases.formats
    on = [drop for drop in drops if _is_on(drop, pattern)]
    off = [drop for drop in drops if not _is_on(drop, pattern)]
    widest = max((abs(drop.residual_s or 0.0) for drop in on), default=0.0) or pattern.stamps_s or 0.0
    text = phrases.inline("picture.say_beat", count=len(on), of_count=len(drops), widest_s=widest)
    named = tuple(
        phrases.text(
            f"picture.{'off' if drop.pattern is None else 'pulled'}_item",
            time=show_time(material, drop.time),
            offset=formats.signed(drop.residual_s),
        )
        for drop in off
    )
    unplaced = phrases.inline("picture.unplaced", unplaced_count=unplaced_count) if unplaced_count else ()
    if is_whole_in_picture(material):  # those off the beat are listed below, each with its remark
        return (*text, *unplaced)
    return (*text, *_say_others(material, named), *unplaced)


def _say_others(material: Material, named: tuple[str, ...]) -> Inline:
    if not named:
        return ()
    return material.phrases.inline("picture.off", off_count=len(named), off=material.phrases.listed(named, NAMED_DROPS))


def _picture_spans(material: Material, pattern: Pattern | None) -> list[Block]:
    """Draw lifetimes (of connections, or of silence) as bars; for other patterns the distances between disconnects."""
    kind = pattern.kind if pattern else "none"
    measure = _measure(pattern)
    drops = material.diagnosis.disconnects if pattern is None else _members(material, pattern)
    spans = [(drop, span) for drop in drops if (span := measure(drop)) is not None]
    if len(spans) < FEWEST_DROPS:
        return []
    longest_s = max(*(span for _, span in spans), (pattern.period_s if pattern else None) or 0.0)
    if not longest_s > 0:
        return []
    lengths = {drop.index: span for drop, span in spans}
    rows = _rows(
        material,
        [drop for drop, _ in spans],
        lambda drop: _mark(drop, pattern, lengths[drop.index] / longest_s),
        bars=True,
    )
    phrases = material.phrases
    name = kind if kind in LIFETIME_KINDS else "distance"
    title = phrases.inline(f"picture.{name}", id=pattern.id) if pattern else phrases.inline("picture.no_pattern")
    guide = pattern.period_s / longest_s if pattern and pattern.period_s else None
    ticks = tuple(Tick(tick / longest_s, phrases.formats.duration(tick)) for tick in _ticks(longest_s))
    drawn: list[Block] = [Subheading(title), Chart(("", "", ""), ticks, rows, guide)]
    if kind == PatternKind.BURST:
        return drawn  # bursts have no distance in common
    return [*drawn, Paragraph(_say_spans(material, pattern, spans, name))]


def _measure(pattern: Pattern | None) -> Callable[[Disconnect], float | None]:
    """Return what a picture of spans shows of a disconnect: the connection's age, its silence, or the distance."""
    if pattern is not None and pattern.kind == PatternKind.CONNECTION_AGE:
        return lambda drop: drop.session_s
    if pattern is not None and pattern.kind == PatternKind.IDLE and pattern.period_s is not None:
        limit_s = pattern.period_s
        return lambda drop: None if drop.residual_s is None else limit_s + drop.residual_s
    return lambda drop: drop.interval_s


def _ticks(longest_s: float) -> Iterator[float]:
    """Yield round numbers along an axis from 0, at least `STEPS_COUNT` steps apart."""
    power = 10.0 ** math.floor(math.log10(longest_s / STEPS_COUNT))
    step = next(power * factor for factor in ROUND_STEPS if power * factor * STEPS_COUNT >= longest_s * (1 - 1e-9))
    for number in range(math.floor(longest_s / step) + 1):
        yield number * step


def _say_spans(
    material: Material, pattern: Pattern | None, spans: Sequence[tuple[Disconnect, float]], name: str
) -> Inline:
    """Say what the picture of spans shows."""
    phrases, formats = material.phrases, material.phrases.formats
    on = [span for drop, span in spans if _is_on(drop, pattern)]
    named = tuple(
        phrases.text("picture.off_item", time=show_time(material, drop.time), offset=formats.duration(span))
        for drop, span in spans
        if not _is_on(drop, pattern)
    )
    if not on:
        return _say_others(material, named)
    form = "_alike" if formats.duration(min(on)) == formats.duration(max(on)) else ""
    text = phrases.inline(
        f"picture.say_{name}{form}", count=len(on), of_count=len(spans), shortest_s=min(on), longest_s=max(on)
    )
    return (*text, *_say_others(material, named))
