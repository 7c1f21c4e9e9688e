"""Ping timeouts of Jupyter's server, and the closes that follow them."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request

SESSION = "22aa1a41-0e1e-4337-a064-b379127e48f0:3e33d349-a18a-4998-8c16-30b973d5c5a6"


def test_a_close_five_seconds_behind_its_ping_timeout_is_the_same_end(tmp_path: Path) -> None:
    """It is told once, of the session that both lines are of; a close at another moment is an end of its own."""
    lines = [
        f"[I 2026-10-06 1{hour}:{minute:02}:{second} ServerApp] {message}\n"
        for hour in range(5)
        for minute, second, message in (
            (1, "00.000", f"Restoring connection for {SESSION}"),
            (31, "48.226", "WebSocket ping timeout after 90001 ms."),
            (31, "53.228", f"Starting buffering for {SESSION}"),
            (40, "00.000", f"Restoring connection for {SESSION}"),
            (41, "10.000", f"Starting buffering for {SESSION}"),
        )
    ]
    (tmp_path / "jupyter.log").write_text("".join(lines))
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    assert [drop.server_reason for drop in diagnosis.disconnects].count("ping timeout") == 5
    assert len(diagnosis.disconnects) == 10
    assert len(diagnosis.connections) == 1
