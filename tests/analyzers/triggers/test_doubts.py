"""When a line of the server on the beat of the disconnects may be asserted all the same."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.triggers.counts import Hits, Stamps
from logdiag.analyzers.triggers.doubts import is_fleet_trigger
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries, build_fleet_scene
from logdiag.analyzers.triggers.shared_beats import LockVerdict
from logdiag.analyzers.triggers.tallies import Tally
from tests.folding import each

MOMENTS_S = np.linspace(60.0, 600.0, 10, dtype=np.float64)
LEAD_S = 0.02


def _tally(clients_count: int, lines_s: Floats, hits_count: int) -> Tally:
    """Clients that drop together each minute, and lines of the server."""
    connected = np.concatenate(([0.0], MOMENTS_S[:-1] + 1.0))
    sessions = np.column_stack((connected, MOMENTS_S))
    contexts = [
        DropContext(f"w{n}", f"w{n}", MOMENTS_S, connected, sessions, 0.0, 660.0, (None,) * len(MOMENTS_S))
        for n in range(clients_count)
    ]
    scene = build_fleet_scene(contexts)
    assert scene is not None
    numbers = np.arange(len(lines_s))
    series = TemplateSeries("", "s", "server", "info", "sweep", lines_s, ("s/app.log",), 0 * numbers, numbers + 1)
    moments = np.arange(len(MOMENTS_S))
    stamps = Stamps(series, lines_s, 0.001, 0.001, moments < 0, np.full(len(MOMENTS_S), -1))
    hits = Hits(moments, np.full(len(MOMENTS_S), LEAD_S))
    return Tally(scene, stamps, hits, "before", 0.1, hits_count, np.full(len(MOMENTS_S), 0.01), -40.0)


def _verdict(*, drift_p: float | None = 0.6, phase_p: float = 1e-4) -> LockVerdict:
    return LockVerdict(1.0, True, phase_p, None, drift_p, 0, "phase-locked")


BEFORE = MOMENTS_S - LEAD_S


@each(
    ("tally", "verdict", "expected"),
    [
        (_tally(3, BEFORE, 10), _verdict(), True),
        (_tally(1, BEFORE, 10), _verdict(), False),  # one client: a timer of its own keeps time as well
        (_tally(3, BEFORE, 10), _verdict(drift_p=0.01), False),  # the lag wanders as that of two clocks
        (_tally(3, BEFORE, 10), _verdict(drift_p=None), False),  # nobody knows whether it does
        (_tally(3, BEFORE, 10), _verdict(phase_p=0.4), False),  # luck
        (_tally(3, np.sort(np.concatenate((BEFORE, BEFORE - 30))), 10), _verdict(), False),  # every other one alone
        (_tally(3, BEFORE, 4), _verdict(), False),  # six moments without it
    ],
)
def test_a_server_line_before_each_common_end_at_a_lag_that_keeps_is_asserted(
    tally: Tally, verdict: LockVerdict, *, expected: bool
) -> None:
    """Each of these takes it back: one client, a lag that wanders or may, luck, lines or ends alone."""
    assert is_fleet_trigger(tally, verdict, locked_count=1) is expected
