"""The disconnects as the scripts of the page draw, list and search them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from logdiag.renderers.document import flatten
from logdiag.renderers.html.columns import NONE, encode, write_instant, write_number, write_text
from logdiag.renderers.line_breaks import glue
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.pattern import describe_remarks
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern

# Beyond it a table is for programs, and what is drawn alone keeps the page under 10 MB at 100,000 disconnects.
MOST_LISTED: Final = 20_000
CAUSES_COLORED: Final = 4  # asserted causes that have a colour in the charts: more are not told apart
# Remarks that say where on its beat a drop lies, by the mark that it gets in the plot.
MARKS: Final = {Remark.EARLY: "early", Remark.LATE: "early", Remark.OFF_BEAT: "off"}


def is_listed(material: Material) -> bool:
    """Whether the page lists each disconnect, not only draws it."""
    return len(material.diagnosis.disconnects) <= MOST_LISTED


def list_drops(material: Material, rank_of: dict[str, int]) -> dict[str, Any]:
    """Return the columns of the disconnects: what is drawn of them, and where each is listed what is known of it.

    `rank_of` gives the place of a connection among all; `cause` holds places among `name_causes`, -1 for none.
    """
    drops, patterns = material.diagnosis.disconnects, material.diagnosis.patterns
    drawn = {
        "index": [drop.number for drop in drops],
        "time": [write_instant(drop.time) for drop in drops],
        "connection": [rank_of.get(drop.connection, NONE) for drop in drops],
        "interval_s": [write_number(drop.interval_s) for drop in drops],
        "session_s": [write_number(drop.session_s) for drop in drops],
        "residual_s": [write_number(drop.residual_s) for drop in drops],
        "pattern": encode(_pattern_of(drop, patterns) for drop in drops),
        "mark": encode(_mark(drop) for drop in drops),
        "cause": list(_list_causes(material)),
    }
    return {**drawn, **(_list_details(material) if is_listed(material) else {})}


def _list_details(material: Material) -> dict[str, Any]:
    drops = material.diagnosis.disconnects
    return {
        "socket": [write_text(drop.socket_id or "") for drop in drops],
        "outage_s": [write_number(drop.outage_s) for drop in drops],
        "push_lead_ms": [write_number(drop.push_lead_ms) for drop in drops],
        "trigger": encode(drop.trigger or "" for drop in drops),
        "reason": encode(drop.reason or "" for drop in drops),
        "server_reason": encode(drop.server_reason or "" for drop in drops),
        "remark": encode(glue(flatten(describe_remarks(material, drop, usual_reason=drop.reason))) for drop in drops),
        "file": encode(_file(material, _place(drop)) for drop in drops),
        "line": [place.line if (place := _place(drop)) else NONE for drop in drops],
    }


def name_causes(material: Material) -> list[str]:
    """Name the asserted causes that have a colour, best first."""
    return [material.phrases.cause_title(cause.id) for cause in material.asserted[:CAUSES_COLORED]]


def has_unexplained(material: Material) -> bool:
    """Whether a disconnect is drawn in the colour of no cause."""
    return NONE in _list_causes(material)


def _list_causes(material: Material) -> Iterator[int]:
    """Yield for each disconnect the place of the best cause that explains it."""
    cause_of: dict[int, int] = {}
    for rank, cause in enumerate(material.asserted[:CAUSES_COLORED]):
        for index in cause.disconnect_indices:
            cause_of.setdefault(index, rank)
    return (cause_of.get(drop.index, NONE) for drop in material.diagnosis.disconnects)


def _pattern_of(drop: Disconnect, patterns: Sequence[Pattern]) -> str:
    """Return the pattern to plot a drop against: its own, or the only one of its connection, whose beat it missed."""
    if drop.pattern is not None:
        return drop.pattern
    near = [pattern.id for pattern in patterns if drop.connection in pattern.connections]
    return near[0] if len(near) == 1 else ""


def _mark(drop: Disconnect) -> str:
    said = next((mark for remark, mark in MARKS.items() if remark in drop.remarks), "on")
    return "off" if drop.pattern is None else said


def _place(drop: Disconnect) -> Evidence | None:
    return drop.evidence or drop.server_evidence


def _file(material: Material, place: Evidence | None) -> str:
    return material.shorten(place.file) if place else ""
