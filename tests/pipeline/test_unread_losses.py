"""Lost messages in words that nobody understood."""

from __future__ import annotations

import json
from pathlib import Path

from logdiag import diagnose
from logdiag.verdict import Verdict
from tests.folding import each

CONNECT = ("info", "Connected to master (socket ID: RfD5XPsKdiGoW3GCAAKB)")
HEARTBEATS = [("debug", "Sent message: worker:heartbeat")] * 60


def write(folder: Path, rows: list[tuple[str, str]]) -> Path:
    lines = [
        json.dumps(
            {
                "level": level,
                "message": message,
                "service": "worker-link",
                "timestamp": f"2026-04-04 08:{number // 60:02d}:{number % 60:02d}.000",
            },
            ensure_ascii=False,
        )
        for number, (level, message) in enumerate(rows)
    ]
    (folder / "worker-link.log").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@each(
    ("level", "message"),
    [
        ("warn", "ack timeout"),
        ("error", "emitWithAck failed: operation has timed out"),
        ("error", "Retry budget exhausted for batch 5"),
        ("error", "上报重试次数已用尽"),
    ],
)
def test_no_health_beside_an_alarm_of_a_lost_message(level: str, message: str, tmp_path: Path) -> None:
    """The verdict is inconclusive, and the lines are quoted."""
    found = diagnose([write(tmp_path, [CONNECT, *HEARTBEATS, (level, message), *HEARTBEATS])])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.doubt is not None
    assert found.doubt.id == "unread-losses"


@each(
    ("level", "message"),
    [
        ("warn", "UDP: 12 packets dropped"),
        ("info", "dropping privileges to user nobody"),
        ("debug", "discarded cache entry 15"),
        ("warn", "gave up DNS lookup after 5 retries"),
        ("info", "0 messages lost"),
    ],
)
def test_what_else_is_dropped_leaves_health_alone(level: str, message: str, tmp_path: Path) -> None:
    """Statistics, privileges, caches and name servers tell of no push."""
    found = diagnose([write(tmp_path, [CONNECT, *HEARTBEATS, (level, message), *HEARTBEATS])])
    assert found.verdict is Verdict.HEALTHY


def test_no_health_where_answers_stop(tmp_path: Path) -> None:
    """Twenty pushes without a line of what became of them, after twenty that were acknowledged."""
    pushing = [("info", f"Pushing batch {n} to master") for n in range(40)]
    answered = [row for n in range(20) for row in (pushing[n], ("info", f"Batch {n} acked"))]
    found = diagnose([write(tmp_path, [CONNECT, *HEARTBEATS, *answered, *pushing[20:]])])
    assert found.doubt is not None
    assert (found.verdict, found.doubt.id, found.doubt.numbers["count"]) == (Verdict.INCONCLUSIVE, "untold-pushes", 20)
