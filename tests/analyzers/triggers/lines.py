"""Hand-made disconnects and lines of one worker, in seconds after the start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries
from logdiag.results.evidence import Evidence

START = 1_763_137_552.0
SPAN = 1800.0


def lay_drops(times: NDArray[np.float64], *, connection: str = "worker1", outage_s: float = 1.2) -> DropContext:
    times = np.round(START + np.sort(times), 3)
    connected = np.concatenate(([START], times[:-1] + outage_s))
    sessions = np.vstack((np.column_stack((connected, times)), [[times[-1] + outage_s, START + SPAN]]))
    places = tuple(Evidence(f"{connection}/socket-client.log", 10 * i + 5) for i in range(times.size))
    return DropContext(connection, connection, times, connected, sessions, START, START + SPAN, places)


def lay_lines(
    template: str, times: NDArray[np.float64], *, file: str = "worker1/data-pusher.log", connection: str = "worker1"
) -> TemplateSeries:
    times, source = np.round(START + np.sort(times), 3), file.split("/", maxsplit=1)[0]
    zeros, lines = np.zeros(times.size, dtype=np.int64), np.arange(1, times.size + 1)
    return TemplateSeries(connection, source, "service", "info", template, times, (file,), zeros, lines)


def draw_times(seed: int, count: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(5, SPAN - 5, count)


def draw_spaced(seed: int, count: int) -> NDArray[np.float64]:
    """Times at least 5 s apart."""
    gaps = np.random.default_rng(seed).exponential(SPAN / count - 8, count) + 5
    return np.cumsum(gaps) * min(1.0, (SPAN - 10) / float(np.sum(gaps)))


def tick(seed: int, period_s: float, jitter_s: float, *, phase_s: float = 20.0) -> NDArray[np.float64]:
    ticks = phase_s + np.cumsum(np.random.default_rng(seed).normal(period_s, jitter_s, int(SPAN / period_s) - 2))
    return ticks[ticks < SPAN - 5]


def is_locked(fit: TriggerFit) -> bool:
    return fit.lock is not None and fit.lock.phase_locked


def list_roles(fits: tuple[TriggerFit, ...]) -> dict[str, tuple[str, str | None]]:
    return {fit.line.template: (fit.role, fit.why_undecided) for fit in fits}
