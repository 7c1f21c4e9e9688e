"""The list of disconnects and what is remarked on each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.annotations import assign_fleet_events, assign_patterns, assign_triggers, remark
from logdiag.analyzers.connections.disconnects import list_disconnects
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.results.connections import FleetEvent
from logdiag.results.disconnects import Disconnect
from tests.analyzers.cases import at, clock, far_session, nothing_far, push, server_view, session, spans_every, trigger

NAN = float("nan")


def _list(sessions: list[SessionRecord]) -> tuple[Disconnect, ...]:
    return list_disconnects(sessions, nothing_far())[0]


def _remarks(drops: tuple[Disconnect, ...], sessions: list[SessionRecord], **fits: str) -> list[tuple[str, ...]]:
    by_id = {name: clock(kind) for name, kind in fits.items()}
    return [drop.remarks for drop in remark(drops, sessions, (), by_id, reach_ms=300.0)]


def test_ends_are_numbered_by_time_over_all_connections() -> None:
    """Intervals count within a connection; an open session has no end; the sessions come in the same order."""
    sessions = [*spans_every(30, 2), session(None, opened=61.2), session(45, connection="worker2")]
    drops, ended = list_disconnects(sessions, nothing_far())
    assert [(drop.index, drop.connection, drop.interval_s) for drop in drops] == [
        (0, "worker1", None),
        (1, "worker2", None),
        (2, "worker1", 30.0),
    ]
    assert [one.closed for one in ended] == [drop.time for drop in drops]


def test_no_sessions_are_no_disconnects() -> None:
    """Neither nothing nor an open session makes a row."""
    assert _list([]) == ()
    assert _list([session(None)]) == ()


def test_the_server_says_its_reason_for_the_same_socket() -> None:
    """Matched by socket id, whole, with the server's line."""
    server = server_view(far_session("abc-_", 0.0, 30.0, reason="transport error"))
    (first, second), _ = list_disconnects([session(30, socket_id="abc-_"), session(60, socket_id="abc-")], server)
    assert (first.server_reason, first.server_evidence is not None) == ("transport error", True)
    assert (second.server_reason, second.server_evidence) == (None, None)


def _of_worker1(*residuals_s: float) -> dict[tuple[str, int], float]:
    return {("worker1", index): value for index, value in enumerate(residuals_s)}


def test_members_of_a_pattern_are_named_with_their_deviation() -> None:
    """With one pattern the drop off its beat has a deviation too, but no pattern."""
    fit = clock(members=(("worker1", 0), ("worker1", 2)), residuals_s=_of_worker1(0.001, -6.7, NAN))
    drops = assign_patterns(_list(spans_every(count=3)), [fit], {0: "P1"})
    assert [(drop.pattern, drop.residual_s) for drop in drops] == [("P1", 0.001), (None, -6.7), ("P1", None)]


def test_with_two_patterns_a_drop_off_both_has_no_deviation() -> None:
    """Which beat would it be off? A member of the first keeps its own."""
    fits = [
        clock(members=(("worker1", 0),), residuals_s=_of_worker1(0.001, -6.7, 3.0)),
        clock("connection-age", 19.0, members=(("worker1", 1),), residuals_s=_of_worker1(9.0, 0.002, 1.0)),
    ]
    drops = assign_patterns(_list(spans_every(count=3)), fits, {0: "P1", 1: "P2"})
    assert [(drop.pattern, drop.residual_s) for drop in drops] == [("P1", 0.001), ("P2", 0.002), (None, None)]


def test_only_triggers_are_named_and_the_first_of_several() -> None:
    """What only comes after a disconnect is none; the surer of two stands first."""
    sessions = spans_every(count=3)
    late = trigger("later", role="consequence", preceded=(("worker1", 0),))
    fits = [late, trigger(preceded=(("worker1", 2),)), trigger("also", preceded=(("worker1", 2),))]
    drops = assign_triggers(_list(sessions), fits, {0: "T1", 1: "T2", 2: "T3"})
    assert [drop.trigger for drop in drops] == [None, None, "T2"]


def test_fleet_events_are_numbered_from_one() -> None:
    """Each disconnect of an event has its number, the others none."""
    events = [(FleetEvent(at(30), ("worker1", "worker2"), 3.0), (1,)), (FleetEvent(at(90), ("worker1",), 0.0), (2,))]
    assert [drop.fleet_event for drop in assign_fleet_events(_list(spans_every(count=3)), events)] == [None, 1, 2]


@pytest.mark.parametrize(
    ("residual_s", "words"),
    [(0.02, ("on-beat",)), (0.0201, ("late",)), (-0.02, ("on-beat",)), (-0.195, ("early",)), (None, ("on-beat",))],
)
def test_on_the_beat_is_within_four_jitters_and_at_least_20_ms(residual_s: float | None, words: tuple[str]) -> None:
    """The jitter is 5 ms, so exactly 20 ms is on the beat and more is early or late."""
    sessions = spans_every(count=1)
    (drop,) = _list(sessions)
    assert _remarks((replace(drop, pattern="P1", residual_s=residual_s),), sessions, P1="timer") == [words]


def test_a_beat_that_ends_several_connections_in_a_row_is_as_wide_as_they_need() -> None:
    """Most come 60 to 220 ms after the first of each moment, whose jitter is 5 ms: none of them is late."""
    sessions = spans_every(count=6)
    lags_s = (0.0, 0.06, 0.12, 0.16, 0.2, 0.22)
    drops = [replace(drop, pattern="P1", residual_s=lag) for drop, lag in zip(_list(sessions), lags_s, strict=True)]
    keys = [(drop.connection, drop.index) for drop in drops]
    fit = replace(clock("wall-clock"), members=tuple(keys), residuals_s=dict(zip(keys, lags_s, strict=True)))
    told = remark(tuple(drops), sessions, (), {"P1": fit}, reach_ms=300.0)
    assert {drop.remarks for drop in told} == {("on-beat",)}


def test_the_beat_after_an_off_beat_drop_resumes_the_cycle() -> None:
    """Off the beat, then on it again: only the first one back is remarked, and per connection."""
    sessions = [*spans_every(count=3), session(35, connection="worker2")]
    drops = _list(sessions)
    marked = [
        replace(drop, pattern=None if number == 0 else "P1", residual_s=-6.7 if number == 0 else 0.001)
        for number, drop in enumerate(drops)
    ]
    ended = list_disconnects(sessions, nothing_far())[1]
    assert _remarks(tuple(marked), list(ended), P1="timer") == [
        ("off-beat",),
        ("on-beat",),
        ("on-beat", "cycle-resumes"),
        ("on-beat",),
    ]


def test_a_burst_has_no_beat() -> None:
    """A drop within a burst is not on a beat."""
    sessions = spans_every(count=1)
    (drop,) = _list(sessions)
    assert _remarks((replace(drop, pattern="P1"),), sessions, P1="burst") == [("in-burst",)]


def test_without_any_pattern_nothing_is_said_of_the_beat() -> None:
    """No pattern, no deviation, no remark."""
    sessions = spans_every(count=2)
    assert _remarks(_list(sessions), sessions) == [(), ()]


@pytest.mark.parametrize(("lead_ms", "expected"), [(0.0, 0.0), (6.0, 6.0), (300.0, 300.0), (300.1, None), (-5.0, None)])
def test_a_push_is_under_way_if_it_began_within_reach_before(lead_ms: float, expected: float | None) -> None:
    """From the instant of the drop to exactly 300 ms before it, not after."""
    sessions = spans_every(count=1)
    (drop,) = remark(_list(sessions), sessions, [push(lead_ms, disconnect_index=0)], {}, reach_ms=300.0)
    assert drop.push_lead_ms == expected
    assert ("push-under-way" in drop.remarks) is (expected is not None)


def test_of_several_pushes_the_last_one_to_begin_counts() -> None:
    """6 ms before, not 200 ms before."""
    sessions = spans_every(count=1)
    pushes = [push(lead_ms, disconnect_index=0) for lead_ms in (200.0, 6.0, 90.0)]
    (drop,) = remark(_list(sessions), sessions, pushes, {}, reach_ms=300.0)
    assert drop.push_lead_ms == 6.0


def test_ends_of_the_process_are_told() -> None:
    """Crashed, unlogged, restarted and orderly, each in its word."""
    sessions = [
        session(30, logged=False, crashed=True, restarted=True),
        session(60, logged=False),
        session(90, orderly=True, restarted=True),
    ]
    assert _remarks(_list(sessions), sessions) == [
        ("crashed", "process-restarted"),
        ("unlogged",),
        ("process-restarted", "orderly"),
    ]
