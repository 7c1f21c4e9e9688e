"""A look at a moment is no evidence of health."""

from __future__ import annotations

from logdiag.analyzers.findings.brief_looks import find_brief_look
from logdiag.results.finding_ids import BRIEF_LOOK, DOUBTS
from tests.analyzers.cases import at, far_session, nothing_far, server_view, session


def seen_s(end: float, *, is_window: bool = True, closed: float = 3600.0) -> float | None:
    """For how long the connection that opened first was seen at most, if that is too short."""
    one = session(closed)
    assert one.opened is not None
    found = find_brief_look([one], nothing_far(), at(end), is_window=is_window)
    return float(found[0].numbers["seen_s"] or 0.0) if found else None


def test_a_window_must_show_a_connection_for_longer_than_a_heartbeat() -> None:
    """Socket.IO gives a silent connection up after 45 s."""
    assert BRIEF_LOOK in DOUBTS
    assert seen_s(10.0, closed=10.0) == 10.0
    assert seen_s(3600.0) is None


def test_logs_that_nobody_cut_are_what_there_is() -> None:
    """But for those of a single moment."""
    assert [seen_s(10.0, is_window=False, closed=10.0), seen_s(0.0, is_window=False, closed=0.5)] == [None, 0.5]


def test_sockets_of_the_server_live_as_well() -> None:
    """Their connects are lives that are seen; without any connect another finding says so."""
    view = server_view(far_session("a", 0.0, 90.0))
    assert find_brief_look([], view, at(100.0), is_window=True) == ()
    assert find_brief_look([], nothing_far(), at(100.0), is_window=True) == ()
