"""Patterns of disconnects that a trigger explains, and of the rest, where both together hide each other's clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.clocks.one_connection import Spread, do_here
from logdiag.analyzers.clocks.patterns import ClockFit, DropSeries, PatternReport, find_patterns
from logdiag.analyzers.triggers.search import TriggerFit

Key: TypeAlias = tuple[str, int]
SHARP: Final = frozenset({"timer", "wall-clock", "connection-age", "idle"})
LEAST: Final = 8


def refine_patterns(
    series: Sequence[DropSeries],
    report: PatternReport,
    triggers: Sequence[TriggerFit],
    logged: Sequence[Key],
    *,
    spread: Spread = do_here,
) -> PatternReport:
    """Search the disconnects with a trigger of the client, and those without, apart; keep what explains more.

    A pushed disconnect shortens the next session, so a timer that pushes and an age limit that cuts look like one
    loose loop together. `logged` maps the numbering of the triggers (logged disconnects) to that of `series`.
    """
    pulling = [fit for fit in triggers if fit.role == "trigger" and fit.connection]
    numbers = _renumber(logged) if pulling else {}
    told = {numbers[key] for fit in pulling for key in fit.preceded if key in numbers}
    total = sum(len(one.times_s) for one in series)
    if not LEAST <= len(told) <= total - LEAST:
        return report
    apart: list[ClockFit] = []
    for wanted in (True, False):
        parts, places = _cut(series, told, wanted=wanted)
        fits = find_patterns(parts, spread=spread).fits
        apart += [_restore(fit, series, places) for fit in fits if fit.kind in SHARP]
    if _explained(apart) <= _explained(report.fits):
        return report
    ranked = sorted(apart, key=lambda fit: (-len(fit.members), fit.kind, fit.connections))
    return replace(report, fits=tuple(ranked))


def _renumber(logged: Sequence[Key]) -> dict[Key, Key]:
    """The disconnects, as triggers number them, in the numbering that counts unlogged ones too."""
    seen: Counter[str] = Counter()
    numbers: dict[Key, Key] = {}
    for connection, index in logged:
        numbers[connection, seen[connection]] = (connection, index)
        seen[connection] += 1
    return numbers


def _explained(fits: Sequence[ClockFit]) -> int:
    return sum(len(fit.members) for fit in fits if fit.kind in SHARP)


def _cut(
    series: Sequence[DropSeries], told: set[Key], *, wanted: bool
) -> tuple[list[DropSeries], dict[str, NDArray[np.int64]]]:
    """The series without the others' disconnects, and the original index of each that is left."""
    parts, places = [], {}
    for one in series:
        keep = np.array([((one.connection, i) in told) == wanted for i in range(len(one.times_s))], dtype=np.bool_)
        places[one.connection] = np.flatnonzero(keep)
        parts.append(
            replace(
                one,
                times_s=one.times_s[keep],
                connected_s=one.connected_s[keep],
                last_traffic_s=one.last_traffic_s[keep],
            )
        )
    return parts, places


def _restore(fit: ClockFit, series: Sequence[DropSeries], places: dict[str, NDArray[np.int64]]) -> ClockFit:
    """A fit of the cut series in the numbering of the whole."""
    lengths = {one.connection: len(one.times_s) for one in series}
    residuals = {}
    for connection, values in fit.residuals_s.items():
        whole = np.full(lengths[connection], np.nan)
        whole[places[connection]] = values
        residuals[connection] = whole
    return replace(
        fit,
        members=tuple((connection, int(places[connection][index])) for connection, index in fit.members),
        residuals_s=residuals,
    )
