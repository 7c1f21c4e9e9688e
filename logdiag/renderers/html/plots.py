"""What the scripts of the page draw and search: columns of the Diagnosis, ready for JSON.

Instants are milliseconds since 1970 in UTC. A column whose values repeat is written as `values` and, row by row, the
`codes` that point into them; -1 stands for none. Texts are short and have passed `escape_controls`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from logdiag.renderers.document import flatten
from logdiag.renderers.escape import escape_controls
from logdiag.renderers.line_breaks import glue
from logdiag.renderers.notation import Formats
from logdiag.renderers.sections.material import LIFETIME_KINDS, Material, clip
from logdiag.renderers.sections.pattern import describe_remarks
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern

TEXT_LENGTH: Final = 200  # of a name or a reason: enough to know it by, so that no log makes the page large
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NONE: Final = -1
# Remarks that say where on its beat a drop lies, by the mark that it gets in the plot.
MARKS: Final = {Remark.EARLY: "early", Remark.LATE: "early", Remark.OFF_BEAT: "off"}


def build_plots(material: Material) -> dict[str, Any]:
    """Return all that the scripts need, their words included."""
    diagnosis = material.diagnosis
    names = [connection.id for connection in diagnosis.connections]
    rank_of = {name: rank for rank, name in enumerate(names)}
    return {
        "words": _list_words(material),
        "offsets": _list_offsets(material),
        "span": [_milliseconds(diagnosis.inputs.start), _milliseconds(diagnosis.inputs.end)],
        "connections": [_text(name) for name in names],
        "server": _describe_server(material),
        "sessions": {
            "connection": [rank_of.get(item.connection, NONE) for item in diagnosis.sessions],
            "start": [_milliseconds(item.connected_at) for item in diagnosis.sessions],
            "end": [_milliseconds(item.disconnected_at) for item in diagnosis.sessions],
            "outage_s": [_rounded(item.outage_s) for item in diagnosis.sessions],
        },
        "pushes": {
            "connection": [rank_of.get(item.connection, NONE) for item in diagnosis.pushes.items],
            "time": [_milliseconds(item.time) for item in diagnosis.pushes.items],
            "outcome": [item.outcome for item in diagnosis.pushes.items],
            "ids": _code(material.phrases.listed(item.message_ids) for item in diagnosis.pushes.items),
        },
        "triggers": {item.id: _text(item.template) for item in diagnosis.triggers},
        "patterns": [_describe_pattern(material, item) for item in diagnosis.patterns if item.period_s is not None],
        "drops": _list_drops(material, rank_of),
    }


def _describe_server(material: Material) -> dict[str, Any] | None:
    """Return what the servers' own lines tell of them: silences, starts and stops; None without a server's log."""
    diagnosis = material.diagnosis
    if not diagnosis.servers:
        return None
    rank_of = {name: rank for rank, name in enumerate(diagnosis.servers)}
    silences = [item for item in diagnosis.silences if item.whole_process and item.connection in rank_of]
    return {
        "processes": [_text(name) for name in diagnosis.servers],
        "silences": {
            "process": [rank_of[item.connection] for item in silences],
            "start": [_milliseconds(item.start) for item in silences],
            "end": [_milliseconds(item.end) for item in silences],
        },
        "turns": {
            "process": [rank_of[item.process] for item in diagnosis.server_turns],
            "time": [_milliseconds(item.time) for item in diagnosis.server_turns],
            "kind": [item.kind for item in diagnosis.server_turns],
        },
    }


def _list_words(material: Material) -> dict[str, str]:
    """Return the templates that the scripts fill, and the names of the units."""
    texts = material.phrases.texts
    prefixes = ("html.script.", "unit.", "outcome.")
    return {key.removeprefix("html.script."): text for key, text in texts.items() if key.startswith(prefixes)}


def _list_offsets(material: Material) -> list[tuple[float, float]]:
    """Return from which instant on the clocks of the display zone stand how many milliseconds before UTC."""
    diagnosis, formats = material.diagnosis, material.phrases.formats
    instants = [diagnosis.inputs.start, diagnosis.inputs.end, *(drop.time for drop in diagnosis.disconnects)]
    offsets: list[tuple[float, float]] = []
    for instant in sorted(instant for instant in instants if instant is not None):
        offset = _offset(formats, instant)
        if not offsets or offsets[-1][1] != offset:
            offsets.append((_milliseconds(instant) or 0.0, offset))
    return offsets


def _offset(formats: Formats, instant: datetime) -> float:
    offset = formats.local(instant).utcoffset()
    return offset.total_seconds() * 1000 if offset else 0.0


def _describe_pattern(material: Material, pattern: Pattern) -> dict[str, Any]:
    text = flatten(material.sum_up_pattern(pattern))
    return {
        "id": pattern.id,
        "text": text,
        "period_s": _rounded(pattern.period_s),
        "jitter_s": _rounded(pattern.jitter_s),
        "is_lifetime": pattern.kind in LIFETIME_KINDS,
    }


def _list_drops(material: Material, rank_of: dict[str, int]) -> dict[str, Any]:
    drops, patterns = material.diagnosis.disconnects, material.diagnosis.patterns
    return {
        "index": [drop.number for drop in drops],
        "time": [_milliseconds(drop.time) for drop in drops],
        "connection": [rank_of.get(drop.connection, NONE) for drop in drops],
        "socket": [_text(drop.socket_id or "") for drop in drops],
        "interval_s": [_rounded(drop.interval_s) for drop in drops],
        "session_s": [_rounded(drop.session_s) for drop in drops],
        "outage_s": [_rounded(drop.outage_s) for drop in drops],
        "residual_s": [_rounded(drop.residual_s) for drop in drops],
        "push_lead_ms": [_rounded(drop.push_lead_ms) for drop in drops],
        "pattern": _code(_pattern_of(drop, patterns) for drop in drops),
        "mark": _code(_mark(drop) for drop in drops),
        "trigger": _code(drop.trigger or "" for drop in drops),
        "reason": _code(drop.reason or "" for drop in drops),
        "remark": _code(glue(flatten(describe_remarks(material, drop, usual_reason=drop.reason))) for drop in drops),
        "file": _code(_file(material, _place(drop)) for drop in drops),
        "line": [place.line if (place := _place(drop)) else NONE for drop in drops],
    }


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


def _code(items: Iterable[str]) -> dict[str, Any]:
    """Write a column of texts that repeat."""
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(item, len(code_of)) for item in items]
    return {"values": [_text(value) for value in code_of], "codes": codes}


def _text(text: str) -> str:
    return escape_controls(clip(text, TEXT_LENGTH))


def _milliseconds(instant: datetime | None) -> float | None:
    return None if instant is None else _rounded((instant - EPOCH).total_seconds() * 1000)


def _rounded(value: float | None) -> float | None:
    """Drop digits that no clock of a log has: micro-units are enough for seconds and milliseconds alike."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)
