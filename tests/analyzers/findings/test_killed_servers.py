"""Servers that were killed for want of memory and started anew."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.findings.killed_servers import find_killed_servers
from logdiag.events import EventKind
from tests.analyzers.cases import event, timeline

OOM = "Out of memory: Killed process"


def _find(*, start_after: float | None, reason: str = OOM) -> dict[str, Any] | None:
    """Two kills, an hour apart, each told by kernel and manager, a start after each, and three connects."""
    rows = [event(0.0, EventKind.SERVER_STARTED, message="Running on port 4000")]
    for kill in (3_600.0, 7_200.0):
        rows.append(event(kill, EventKind.PLATFORM_EXIT, channel="beam.smp", reason=reason))
        rows.append(event(kill + 1, EventKind.PLATFORM_EXIT, channel="board", reason=reason))
        if start_after is not None:
            rows.append(event(kill + start_after, EventKind.SERVER_STARTED, message="Running on port 4000"))
        rows += [event(kill + 20 + number, EventKind.SERVER_CONNECTED) for number in range(3)]
    found = find_killed_servers(timeline(*rows))
    return dict(found[0].numbers) if found else None


def test_a_server_that_is_killed_and_starts_anew_is_told_with_its_connects() -> None:
    """Kernel and manager tell of one kill; who comes right after had been connected."""
    found = _find(start_after=8.0)
    assert found is not None
    assert (found["count"], found["name"], found["connects_count"]) == (2, "beam.smp", 6)


def test_a_kill_without_a_start_of_the_server_or_for_another_reason_is_none() -> None:
    """What was killed may have been another process, and what was told to stop was not killed for memory."""
    assert _find(start_after=None) is None
    assert _find(start_after=900.0) is None
    assert _find(start_after=8.0, reason="exited, status=1/FAILURE") is None
