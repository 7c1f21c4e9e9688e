"""What is known of each process around the disconnects: when it wrote, and who connected to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import at, record, write

END_S = 3600
COPIED_S = 1800
LIFE_S = 97.0


def _write_incident(folder: Path, server_end_s: float) -> None:
    """A client that is dropped after each 97 s and returns within one; the server writes on a beat of 5 s."""
    opened = [second + 1.0 for second in range(0, END_S, 98)]
    client, server = [], [(float(second), "Health check ok") for second in range(0, END_S, 5)]
    for number, start in enumerate(opened):
        socket_id = f"{number:016d}AAAB"
        client += [
            (start + 0.01, f"Connected to master (socket ID: {socket_id})"),
            (start + LIFE_S, "Disconnected from master: transport close"),
        ]
        server += [
            (start, f"Worker connected: {socket_id}"),
            (start + LIFE_S, f"Worker disconnected: {socket_id}, reason: transport close"),
        ]
    client += [(second + 0.4, "Task done") for second in range(0, END_S, 7)]
    for name, lines, end_s in (("master/server", server, server_end_s), ("worker1/socket-client", client, END_S)):
        kept = sorted(line for line in lines if line[0] <= end_s)
        write(folder / f"{name}.log", (record(at(second), message) for second, message in kept))


@pytest.mark.parametrize("server_end_s", [END_S, COPIED_S], ids=["whole", "copied-earlier"])
def test_log_that_was_copied_earlier_tells_of_no_freeze(tmp_path: Path, server_end_s: float) -> None:
    """Where clients connect after the last line of the server, its log was copied earlier: nothing stood still."""
    _write_incident(tmp_path, server_end_s)
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    assert not [silence for silence in diagnosis.silences if silence.whole_process]
    assert "event-loop-blocked" not in [cause.id for cause in diagnosis.causes if cause.confidence >= 0.5]
