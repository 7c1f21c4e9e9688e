"""Ends that both sides may tell of, and that nothing joins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from logdiag.analyzers.findings.twice_told_ends import find_twice_told
from logdiag.pipeline.stages import diagnose
from logdiag.renderers.terminal import render_text
from logdiag.request import Request
from logdiag.results.disconnects import Disconnect
from tests.analyzers.cases import drop_of, session
from tests.folding import each
from tests.winston import DROP, at, record, write

MOMENTS = (60.0, 190.0, 410.0, 655.0, 702.0, 990.0)


def _tell(seconds: Sequence[float], seen_by: str) -> list[Disconnect]:
    return [drop_of(session(second), seen_by=seen_by) for second in seconds]


def test_ends_of_both_sides_in_the_same_moments_may_be_the_same() -> None:
    """Two clients and the sockets of two, at six moments: twelve of the 24 ends may be the other twelve again."""
    clients = _tell([moment + late for moment in MOMENTS for late in (0.0, 0.01)], "client")
    servers = _tell([moment - 0.2 + late for moment in MOMENTS for late in (0.0, 0.01)], "server")
    (found,) = find_twice_told([*clients, *servers])
    assert (found.numbers["count"], found.numbers["of_count"]) == (12, 24)


def test_one_outage_that_both_sides_tell_of_is_enough() -> None:
    """Twenty clients and twenty sockets within one second."""
    both = [*_tell([50 + n / 50 for n in range(20)], "client"), *_tell([50 + n / 50 for n in range(20)], "server")]
    assert [found.numbers["count"] for found in find_twice_told(both)] == [20]


@each(
    ("clients", "servers", "seen_by"),
    [
        (MOMENTS, (), "server"),
        (MOMENTS, MOMENTS, "both"),
        (MOMENTS, [moment + 20 for moment in MOMENTS], "server"),
        (MOMENTS, [2.0 * n for n in range(600)], "server"),  # a busy server has an end beside any moment
        (MOMENTS[:2], MOMENTS[:2], "server"),
    ],
)
def test_other_ends_are_others(clients: Sequence[float], servers: Sequence[float], seen_by: str) -> None:
    """Where one side tells of them, they are joined already, or chance or too few explain it, nothing is said."""
    assert find_twice_told([*_tell(clients, "client"), *_tell(servers, seen_by)]) == ()


def test_the_first_screen_says_that_ends_may_count_twice(tmp_path: Path) -> None:
    """Two clients of which no line names a socket, and a server that knows no names."""
    for name in ("alpha", "beta"):
        write(
            tmp_path / name / "socket-client.log", [record(at(one), DROP, service="socket-client") for one in MOMENTS]
        )
    rows = []
    for n, moment in enumerate(MOMENTS):
        for m in range(2):
            rows += [(moment - 40, f"Worker connected: ReUg8Bn4XkldSwyT{m}{n:03d}")]
            rows += [(moment, f"Worker disconnected: ReUg8Bn4XkldSwyT{m}{n:03d}, reason: transport close")]
    lines = [record(at(moment), message, service="socket-server") for moment, message in sorted(rows)]
    write(tmp_path / "master" / "socket-server.log", lines)
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert "ends-perhaps-twice" in {one.id for one in found.findings}
    screen = render_text(found, width=400, color=False, version="0.1.0").partition("SYMPTOMS")[0]
    assert "24 disconnects" in screen
    assert "up to 12 of them may be counted twice" in screen
