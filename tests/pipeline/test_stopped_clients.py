"""Clients that stood still until the server gave them up, and that say `ping timeout` themselves as they wake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import at, record, write

DROPS_COUNT = 10
GIVEN_UP_S = 32.0  # after the client's last ping, the server closes


def _write_incident(folder: Path, *, frozen_s: float) -> None:
    """Ten ends that both sides call `ping timeout`: the server's after 32 s, the client's after `frozen_s`.

    The client writes at random, 4 s apart, but not a line in these seconds.
    """
    draw = np.random.default_rng(11)
    client: list[tuple[float, str]] = []
    server = [(float(moment), "Report stored") for moment in np.arange(0, 9000, 5.0)]
    start = 5.0
    for number in range(DROPS_COUNT):
        socket_id = f"{number:016d}AAAB"
        last = start + float(draw.uniform(300, 700))
        moments = start + np.cumsum(draw.exponential(4.0, 400))
        client += [(float(moment), "Task done") for moment in moments[moments < last]]
        client += [
            (start, f"Connected to master (socket ID: {socket_id})"),
            (last + frozen_s, "Disconnected from master: ping timeout"),
        ]
        server += [
            (start - 0.01, f"Worker connected: {socket_id}"),
            (last + GIVEN_UP_S, f"Worker disconnected: {socket_id}, reason: ping timeout"),
        ]
        start = last + frozen_s + 1.2
    for name, lines in (("master/server", server), ("worker1/socket-client", client)):
        write(folder / f"{name}.log", (record(at(second), message) for second, message in sorted(lines)))


@pytest.mark.parametrize(
    ("frozen_s", "is_blocked"), [(71.0, True), (32.1, False)], ids=["wakes-late", "both-timers-run-out"]
)
def test_timer_that_runs_out_late_stood_still(tmp_path: Path, frozen_s: float, *, is_blocked: bool) -> None:
    """Over a dead way the timers of both sides run out together; who says so 39 s later had stood still."""
    _write_incident(tmp_path, frozen_s=frozen_s)
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    asserted = [cause.id for cause in diagnosis.causes if cause.confidence >= 0.5]
    assert ("event-loop-blocked" in asserted) is is_blocked
    assert len(diagnosis.disconnects) == DROPS_COUNT
