"""Ids of sockets that stand in two files, of which one gives them away."""

from __future__ import annotations

import uuid
from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis

COUNT = 9


def _read(folder: Path, wording: str) -> Diagnosis:
    """Two logs of one server: the sockets of its manager, and what the application says of each end."""
    manager, app = [], []
    for number in range(COUNT):
        name = str(uuid.UUID(int=number + (7 << 100)))
        stamps = [f"2026-04-18 06:{3 * number + late // 60:02d}:{late % 60:02d} | INFO     |" for late in (0, 150)]
        manager.append(f"{stamps[0]} twin.websocket | Client connected: {name} | Total: 1\n")
        manager.append(f"{stamps[1]} twin.websocket | Client disconnected: {name} | Remaining: 0\n")
        app.append(f"{stamps[0]} twin.app       | WebSocket client connected: {name}\n")
        app.append(f"{stamps[1]} twin.app       | {wording}{name}\n")
    (folder / "websocket.log").write_text("".join(manager))
    (folder / "app.log").write_text("".join(app))
    return diagnose(Request(paths=(str(folder),))).diagnosis


def test_an_end_that_two_loggers_of_a_server_tell_is_one(tmp_path: Path) -> None:
    """The id joins them: nine sockets ended, none of them without a line, and neither log is a client's."""
    found = _read(tmp_path, "WebSocket client disconnected: ")
    assert len(found.disconnects) == COUNT
    assert {reading.side for reading in found.inputs.sides} == {"server"}
    assert "unlogged-ends" not in {finding.id for finding in found.findings}
