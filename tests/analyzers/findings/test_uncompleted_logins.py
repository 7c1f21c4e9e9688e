"""Logins that nobody completed: whose timer ended those connections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request

START = datetime(2026, 7, 27, 23, 0, tzinfo=UTC)


def test_a_client_that_waits_for_a_person_is_under_no_limit_on_the_way(tmp_path: Path) -> None:
    """It ends after an exact time, and says why: its own words come before the clock."""
    lines = []
    for turn in range(20):
        at = START + turn * timedelta(seconds=165, milliseconds=37 * (turn % 7))
        for offset_s, more in ((0.0, '"msg":"connected to WA"'), (160.3, ENDED)):
            moment = (at + timedelta(seconds=offset_s)).isoformat(timespec="milliseconds")
            lines.append(f'{{"level":30,"time":"{moment}","pid":1511,"class":"baileys",{more}}}\n')
    (tmp_path / "whatsapp.log").write_text("".join(lines))
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    assert not [cause.id for cause in diagnosis.causes if cause.status == "asserted"]
    found = diagnosis.uncompleted_logins
    assert found is not None
    assert (found.numbers["count"], found.numbers["told"]) == (20, "qr refs attempts ended")


ENDED = (
    '"trace":"Error: QR refs attempts ended\\n    at Timeout.genPairQR [as _onTimeout] (/app/node_modules/baileys/lib/'
    'Socket/socket.js:485:21)","msg":"connection errored"'
)
