"""Rows of ends that are several connections' at once, of which nobody knows which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.drop_table import Mixture
from logdiag.analyzers.connections.naming import is_name_of_a_socket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.arrays import Floats, Ints
from logdiag.events import CLOSINGS, OPENINGS, STARTS, Side
from logdiag.rows import Rows

MOST_KNOWN: Final = 0.5  # a choice: of the ends whose connects are known, so that their ages tell of a clock
SEVERAL: Final = 2  # open at once, for half of the time or more: a client that is back before its end is seen is not


def find_mixed_rows(timeline: Rows, sessions: Iterable[SessionRecord], crowds: Collection[str]) -> dict[str, Mixture]:
    """The connections of `sessions`, those that ended, whose ends are, or may be, those of several at once.

    Few of their ends have a known connect. Certain: the connects and ends show several that are open at once, or their
    order does (`crowds`). Possible: a server tells of ends and no connects, and only the id of a socket is known.
    """
    by_row: dict[str, list[SessionRecord]] = {}
    for session in sessions:
        by_row.setdefault(session.connection, []).append(session)
    unknown = {name: own for name, own in by_row.items() if _are_ages_unknown(own)}
    if not unknown:
        return {}
    levels = _measure_levels(timeline[timeline["connection"].isin(unknown.keys())])
    found = {name: _find_mixture(name, own, levels) for name, own in unknown.items()}
    return found | {name: Mixture.CERTAIN for name in crowds if name in found}


def _are_ages_unknown(sessions: Sequence[SessionRecord]) -> bool:
    return sum(one.opened is not None for one in sessions) < MOST_KNOWN * len(sessions)


def _find_mixture(name: str, sessions: Sequence[SessionRecord], levels: Mapping[str, float]) -> Mixture:
    if name in levels:
        return Mixture.CERTAIN if levels[name] >= SEVERAL else Mixture.NONE
    is_nameless = all(one.socket_id is None or is_name_of_a_socket(name, one.socket_id) for one in sessions)
    is_servers = all(one.side is Side.SERVER for one in sessions)
    return Mixture.POSSIBLE if is_nameless and is_servers else Mixture.NONE


def _measure_levels(timeline: Rows) -> dict[str, float]:
    """How many connections of each row are open at once for half of its time, where it tells of connects."""
    rows = timeline.of_kinds(OPENINGS | CLOSINGS | STARTS)
    kinds, seconds = rows["kind"], rows.seconds()
    steps = np.select([kinds.isin(OPENINGS), kinds.isin(CLOSINGS)], [1, -1], 0)
    return {
        name: _find_usual_level(steps[places], seconds[places])
        for name, places in rows.group("connection")
        if (steps[places] > 0).any()
    }


def _find_usual_level(steps: Ints, seconds: Floats) -> float:
    """How many are open for half of the time between the first line and the last, above the fewest.

    `steps` (n,) in the order of `seconds` (n,): 1 opens one, -1 closes one, 0 leaves none open.
    """
    order = np.argsort(seconds, kind="stable")
    levels = np.zeros(len(steps), dtype=np.int64)
    level = 0
    for place, step in enumerate(steps[order].tolist()):
        level = max(level + step, 0) if step else 0
        levels[place] = level
    spans = np.diff(seconds[order])
    ranked = np.argsort(levels[:-1], kind="stable")
    passed = np.cumsum(spans[ranked])
    if not len(passed):
        return 0.0
    return float(levels[:-1][ranked][np.searchsorted(passed, 0.5 * passed[-1])])
