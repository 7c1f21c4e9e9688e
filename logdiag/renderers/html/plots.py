"""What the scripts of the page draw and search: columns of the Diagnosis, ready for JSON.

`columns` says how instants, numbers and texts are written; -1 stands for none.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from logdiag.renderers.document import flatten
from logdiag.renderers.html.columns import NONE, encode, write_instant, write_number, write_text
from logdiag.renderers.html.drops import list_drops, name_causes
from logdiag.renderers.notation import Formats
from logdiag.renderers.sections.material import Material
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import LIFETIME_KINDS, Pattern

FIGURES: Final = re.compile(r"(\d+)")


def build_plots(material: Material) -> dict[str, Any]:
    """Return all that the scripts need, their words included."""
    diagnosis = material.diagnosis
    names = sorted((connection.id for connection in diagnosis.connections), key=_count_up)
    rank_of = {name: rank for rank, name in enumerate(names)}
    return {
        "words": _list_words(material),
        "offsets": _list_offsets(material),
        "span": [write_instant(diagnosis.inputs.start), write_instant(diagnosis.inputs.end)],
        "connections": [write_text(name) for name in names],
        "server": _describe_server(material),
        "sessions": {
            "connection": [rank_of.get(item.connection, NONE) for item in diagnosis.sessions],
            "start": [write_instant(item.connected_at) for item in diagnosis.sessions],
            "end": [write_instant(item.disconnected_at) for item in diagnosis.sessions],
            "outage_s": [write_number(item.outage_s) for item in diagnosis.sessions],
        },
        "pushes": {
            "connection": [rank_of.get(item.connection, NONE) for item in diagnosis.pushes.items],
            "time": [write_instant(item.time) for item in diagnosis.pushes.items],
            "outcome": [item.outcome for item in diagnosis.pushes.items],
            "ids": encode(material.phrases.listed(item.message_ids) for item in diagnosis.pushes.items),
        },
        "triggers": {item.id: write_text(item.template) for item in diagnosis.triggers},
        "patterns": [_describe_pattern(material, item) for item in diagnosis.patterns if item.period_s is not None],
        "causes": name_causes(material),
        "shown": diagnosis.worst_incident.disconnect_index if diagnosis.worst_incident else 0,
        "drops": list_drops(material, rank_of),
    }


def _count_up(name: str) -> list[tuple[int, str]]:
    """Sort names as people count: worker2 before worker19."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in FIGURES.split(name)]


def _describe_server(material: Material) -> dict[str, Any] | None:
    """Return what the servers' own lines tell of them: silences, starts and stops; None without a server's log."""
    diagnosis = material.diagnosis
    if not diagnosis.servers:
        return None
    rank_of = {name: rank for rank, name in enumerate(diagnosis.servers)}
    silences = [item for item in diagnosis.silences if item.whole_process and item.connection in rank_of]
    return {
        "processes": [write_text(name) for name in diagnosis.servers],
        "silences": {
            "process": [rank_of[item.connection] for item in silences],
            "start": [write_instant(item.start) for item in silences],
            "end": [write_instant(item.end) for item in silences],
        },
        "turns": {
            "process": [rank_of[item.process] for item in diagnosis.server_turns],
            "time": [write_instant(item.time) for item in diagnosis.server_turns],
            "kind": [item.kind for item in diagnosis.server_turns],
        },
    }


def list_server_marks(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Name what the lane of the servers shows: a legend explains nothing that is not there."""
    if not diagnosis.servers:
        return ()
    is_silent = any(item.whole_process and item.connection in diagnosis.servers for item in diagnosis.silences)
    kinds = {turn.kind for turn in diagnosis.server_turns}
    return ("server", *(("silent",) if is_silent else ()), *(kind for kind in ("stop", "start") if kind in kinds))


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
            offsets.append((write_instant(instant) or 0.0, offset))
    return offsets


def _offset(formats: Formats, instant: datetime) -> float:
    offset = formats.local(instant).utcoffset()
    return offset.total_seconds() * 1000 if offset else 0.0


def _describe_pattern(material: Material, pattern: Pattern) -> dict[str, Any]:
    text = flatten(material.sum_up_pattern(pattern))
    return {
        "id": pattern.id,
        "text": text,
        "period_s": write_number(pattern.period_s),
        "jitter_s": write_number(pattern.jitter_s),
        "is_lifetime": pattern.kind in LIFETIME_KINDS,
    }
