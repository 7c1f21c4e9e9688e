"""Does a beat keep the time of day, as a crontab's does? A round period, just after the boundary.

The boundaries are the multiples of the period, or the full and half minutes where those come more often. What a job
needs for its work comes on top: a few seconds after the hour, or the part of it that the period is, are still its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.beat import Lattice

MAX_LAG_S: Final = 2.0  # a choice: jobs start within 2 s of their minute
LONGEST_JOB_S: Final = 10.0  # a choice: the job's run time, and what it starts (nginx's old workers may wait 5 s)
JOB_SHARE: Final = 0.01  # of the period: a timer of any phase comes so close after a round time once in a hundred
SIGMAS: Final = 4.0  # as `beat_tracks.TOLERANCE_SIGMAS`
ROUND_PERIODS_S: Final = (
    5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800,
    3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400,
)  # fmt: skip


def find_boundary_s(round_s: float) -> float:
    """Return the distance of the clock times at which a schedule of this period may stand, in s."""
    return min(float(round_s), 30.0)


def find_job_boundary_s(round_s: float) -> float:
    """Return the distance of the times of day after which a job of this period may run on, in s: an hour at the most.

    Longer periods begin at another hour in each time zone.
    """
    return min(float(round_s), 3600.0)


def find_job_limit_s(round_s: float) -> float:
    """Return how long after such a time the end of a job still belongs to it, in s."""
    return min(LONGEST_JOB_S, JOB_SHARE * find_job_boundary_s(round_s))


def find_wall_period_s(lattice: Lattice, *, origin_s: float, utc_offsets_s: Sequence[float]) -> float | None:
    """Return the round period that the beat keeps, within its error and just after the boundary; else None.

    The lattice counts from `origin_s` (UNIX seconds); each of `utc_offsets_s` leads from there to a wall clock that may
    be the schedule's: the server's, and the client's own where that one goes wrong.
    """
    span_beats = float(np.ptp(lattice.cycles[lattice.members])) if lattice.members.any() else 0.0
    freedom = max(int(lattice.on_beat.sum()) - 2, 1)
    sigmas = SIGMAS * (1.0 + 4.0 / freedom)  # few beats: the error itself is uncertain (Student)
    allowed = max(sigmas * lattice.period_error_s, 2.0 * lattice.jitter_s / max(span_beats, 1.0))
    slack = max(3.0 * lattice.jitter_s / math.sqrt(max(span_beats, 1.0)), 0.005)
    beats_s = [beat_s + origin_s for beat_s in _middle_beats(lattice)]
    for round_s in ROUND_PERIODS_S:
        if abs(lattice.period_s - round_s) > allowed:
            continue
        boundary = find_boundary_s(round_s)
        limit = min(MAX_LAG_S, 0.1 * round_s)
        for offset_s in utc_offsets_s:
            lags = [(beat_s + offset_s) % boundary for beat_s in beats_s]
            if all(lag <= limit or lag >= boundary - slack for lag in lags):
                return float(round_s)
            late = [(beat_s + offset_s) % find_job_boundary_s(round_s) for beat_s in beats_s]
            if all(lag <= find_job_limit_s(round_s) for lag in late):
                return float(round_s)
    return None


def _middle_beats(lattice: Lattice) -> list[float]:
    """Return the time of the middle beat of each segment, in s since the lattice's origin."""
    beats = []
    for number, segment in enumerate(lattice.segments):
        cycles = lattice.cycles[lattice.members & (lattice.segment_of == number)]
        middle = float(np.round(np.median(cycles))) if len(cycles) else 0.0
        beats.append(segment.phase_s + middle * lattice.period_s)
    return beats


def alignment_nats(wall_s: float | None, *, clocks_count: int = 1) -> float:
    """Return what it tells that a beat stands where a crontab would put it: the luck that this takes otherwise."""
    if wall_s is None:
        return 0.0
    return math.log(find_boundary_s(wall_s) / min(MAX_LAG_S, 0.1 * wall_s) / clocks_count)
