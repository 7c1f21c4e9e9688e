"""Ends that the server logged before their clients noticed."""

from __future__ import annotations

import pytest

from logdiag.analyzers.findings.late_notices import find_late_notices
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, drop_of, far_session, server_view, session


@pytest.mark.parametrize(
    ("far_closed", "offset_ms", "opened", "longest_s"),
    [
        (54.0, 0.0, 0.0, 46.0),
        (98.0, 0.0, 0.0, None),
        (54.0, 44_000.0, 0.0, None),
        (54.0, 0.0, 70.0, None),
        (140.0, 0.0, 0.0, None),
    ],
    ids=["44 s before", "a round trip", "a clock ahead", "of an earlier session", "after it"],
)
def test_what_the_server_told_first_is_measured_on_one_clock(
    far_closed: float, offset_ms: float, opened: float, longest_s: float | None
) -> None:
    """The client's clock is put right by its offset; its error must leave 5 s. Earlier ends are of others."""
    drop = drop_of(session(100.0, opened=opened, socket_id="s1"), server_evidence=Evidence(SERVER, 7))
    socket = far_session("s1", opened=0.0, closed=far_closed)
    found = find_late_notices([drop], server_view(socket, clocks=[Clock("worker1", offset_ms, 100.0, 9)]))
    assert [one.numbers["longest_s"] for one in found] == ([] if longest_s is None else [longest_s])
    assert all(one.evidence == (Evidence(SERVER, 7),) for one in found)


def test_without_a_known_offset_nobody_was_late() -> None:
    """Two clocks may stand any time apart."""
    drop = drop_of(session(100.0, socket_id="s1"))
    assert find_late_notices([drop], server_view(far_session("s1", closed=54.0))) == ()
