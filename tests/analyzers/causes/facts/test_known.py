"""What the facts are gathered from."""

from __future__ import annotations

from logdiag.analyzers.causes.facts.known import Tracks
from tests.analyzers.cases import clock, report


def test_only_clocks_that_tick_by_themselves_have_beats() -> None:
    """A timer and a schedule; an age, a loop or a burst begins anew with each connection."""
    kinds = ("timer", "wall-clock", "connection-age", "idle", "regular-loop")
    fits = [clock(kind, 30.0 + number) for number, kind in enumerate(kinds)]
    ids = {number: f"P{number + 1}" for number in range(len(fits))}
    tracks = Tracks(report(*fits), ids, (), {}, (), {}, ())
    assert tracks.list_beats() == {"P1": 30.0, "P2": 31.0}
