"""Containers that write text beside containers that write JSON are read, each line by its own form."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose as run
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis


def diagnose(folder: Path) -> Diagnosis:
    return run(Request((str(folder),))).diagnosis


COMPOSED = """\
api-1      | {"level":"info","time":"2025-03-01T10:00:00Z","message":"tick"}
api-1      | {"level":"info","time":"2025-03-01T10:00:01Z","message":"tick"}
web-1      | Client connected: a1b2c3d4e5f6
api-1      | {"level":"info","time":"2025-03-01T10:00:04Z","message":"tick"}
postgres-1 | 2025-03-01 10:00:05.790 UTC [66] LOG:  checkpoint complete: wrote 41 buffers
web-1      |     at Socket.close (socket.js:12:3)
api-1      | {"level":"info","time":"2025-03-01T10:00:09Z","message":"tick"}
hub-1      | 2025-03-01T10:00:10.100Z INFO Client connected: f00dbabe1234
api-1      | {"level":"info","time":"2025-03-01T10:00:12Z","message":"tick"}
hub-1      | 2025-03-01T10:00:20.500Z INFO Client disconnected: f00dbabe1234 (ping timeout)
api-1      | {"level":"info","time":"2025-03-01T10:00:22Z","message":"tick"}
"""


def test_containers_that_write_text_are_read_among_those_that_write_json(tmp_path: Path) -> None:
    """Each line by the form of its own service: by its stamp, or at the time of the line before it."""
    (tmp_path / "compose.log").write_text(COMPOSED)
    found = diagnose(tmp_path)
    assert found.inputs.skipped_count == 0
    assert [one.evidence.line for one in found.disconnects if one.evidence] == [10]


def test_a_table_of_words_in_a_json_log_is_no_container(tmp_path: Path) -> None:
    """Where no JSON line stands behind a name, a line with a bar is out of place."""
    lines = '{"level":"info","time":"2025-03-01T10:00:00Z","message":"socket connected"}\n' * 5
    (tmp_path / "app.log").write_text(f"{lines}name | socket closed\n{lines}")
    assert diagnose(tmp_path).inputs.skipped_count == 1
