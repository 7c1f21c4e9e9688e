"""Servers that crashed by their own last words, and started anew."""

from __future__ import annotations

from logdiag.analyzers.findings.crashed_servers import find_crashed_servers
from logdiag.events import EventKind
from tests.analyzers.cases import event, timeline

HEAP = "Reached heap limit Allocation failed - JavaScript heap out of memory"
SHELL = "Aborted (core dumped)"


def test_what_stands_between_two_starts_is_one_crash() -> None:
    """The runtime's line and the shell's tell of one; who comes right after had been connected."""
    rows = [event(0.0, EventKind.SERVER_STARTED, message="Listening on 3001")]
    for crash in (3_600.0, 7_200.0):
        rows.append(event(crash, EventKind.PROCESS_CRASHED, error=HEAP))
        rows.append(event(crash + 0.2, EventKind.PROCESS_CRASHED, error=SHELL))
        rows.append(event(crash + 8, EventKind.SERVER_STARTED, message="Listening on 3001"))
        rows += [event(crash + 20 + number, EventKind.SERVER_CONNECTED) for number in range(3)]
    rows.append(event(9_000.0, EventKind.PROCESS_CRASHED, error=SHELL))
    (found,) = find_crashed_servers(timeline(*rows))
    wanted = {"count": 2, "told": HEAP, "told_count": 2, "connects_count": 6}
    assert {name: found.numbers[name] for name in wanted} == wanted
    assert [place.line for place in found.evidence] == [2, 8]


def test_a_crash_of_another_process_is_no_server_s() -> None:
    """A worker that crashes starts no server, and a server that starts had not crashed because a worker had."""
    rows = [
        event(10.0, EventKind.PROCESS_CRASHED, "worker/worker.log", error=HEAP),
        event(20.0, EventKind.SERVER_STARTED, "server/server.log", message="Listening on 3001"),
    ]
    assert find_crashed_servers(timeline(*rows)) == ()
