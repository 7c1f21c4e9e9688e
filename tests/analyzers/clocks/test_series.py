"""From sessions and lines to the series that the statistics work on."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.clocks.patterns import DropSeries
from logdiag.analyzers.clocks.series import build_drop_series, list_known_traffic
from logdiag.analyzers.connections.server_side import ServerView, read_server_view
from logdiag.events import EventKind
from logdiag.results.connections import Clock
from tests.analyzers.cases import START, connected, drop_of, event, nothing_far, server_view, session, timeline


def _series(
    lives_s: list[float], traffic_s: list[float | None], server: ServerView | None = None, *, shift_s: float = 0.0
) -> DropSeries:
    """A session every hundred seconds, which lives so long and sends something so long after its connect."""
    starts = [100.0 * number for number in range(len(lives_s))]
    sessions = [session(start + life, opened=start, socket_id="a") for start, life in zip(starts, lives_s, strict=True)]
    sent = [
        event(start + second, EventKind.EMIT)
        for start, second in zip(starts, traffic_s, strict=True)
        if second is not None
    ]
    frame = timeline(*sorted([*sent, *(connected(start) for start in starts)], key=lambda one: one.time))
    drops = [drop_of(one, number) for number, one in enumerate(sessions, 1)]
    (series,) = build_drop_series(
        drops,
        sessions,
        list_known_traffic(frame, server or nothing_far(), sessions),
        span_s=(START.timestamp(), START.timestamp() + 2000),
        shifts_s={"worker1": shift_s},
        local_offsets_s={"worker1": (0.0,)},
        ping_interval_s=25.0,
        mixed={},
    )
    return series


def test_pings_count_as_traffic_where_they_make_sessions_equally_idle() -> None:
    """An idle limit of 20 s and pings at 25 s: lives of 20, 45 and 70 s without any other traffic."""
    series = _series([20.0, 45.0, 70.0] * 4, [None] * 12)
    assert series.times_s - series.last_traffic_s == pytest.approx(20.0)


def test_pings_are_left_out_where_ages_are_as_equal() -> None:
    """An age limit of 60 s makes sessions 10 s idle after the second ping, all of them; the age says the same."""
    series = _series([60.0] * 12, [30.0] * 12)
    assert series.times_s - series.last_traffic_s == pytest.approx(30.0)


def test_pings_are_left_out_where_few_sessions_gain() -> None:
    """Seven sessions that are alike with pings are no reason to believe in any."""
    series = _series([20.0, 45.0, 70.0, 20.0, 45.0, 70.0, 45.0], [None] * 7)
    assert np.max(series.times_s - series.last_traffic_s) == pytest.approx(70.0)


@pytest.mark.parametrize(("short", "long", "idle_s"), [(8, 4, 20.0), (11, 1, 45.0)])
def test_pings_count_where_they_explain_a_fifth_more(short: int, long: int, idle_s: float) -> None:
    """Twelve sessions alike with pings beat eight without them; beside eleven of one age they say too little."""
    series = _series([20.0] * short + [45.0] * long, [None] * (short + long))
    assert np.max(series.times_s - series.last_traffic_s) == pytest.approx(idle_s)


def test_the_longest_silence_that_did_not_end_a_session_is_known() -> None:
    """Traffic at 12 s of 20 s: twelve seconds were outlived, then came the end; a ping at 25 s cuts a silence short."""
    assert _series([20.0] * 8, [12.0] * 8).survived_s == pytest.approx(12.0)
    assert _series([60.0] * 8, [40.0] * 8).survived_s == pytest.approx(25.0)


@pytest.mark.parametrize(("socket_id", "idle_s"), [("a", 35.0), ("b", 95.0), (None, 95.0)])
def test_what_the_server_received_from_the_socket_is_traffic(socket_id: str | None, idle_s: float) -> None:
    """A report 60 s after each connect that only the server logs, its clock 5 s behind; other sockets' do not count."""
    seconds = [100.0 * number + 60.0 - 5.0 for number in range(9)]
    rows = [
        event(one, EventKind.RECEIPT, "master/server.log", channel="status", socket_id=socket_id) for one in seconds
    ]
    receipts = read_server_view(timeline(connected(0.0), *rows), []).receipts
    server = server_view(clocks=[Clock("worker1", 5000.0, 1.0, 9)], receipts=receipts)
    series = _series([95.0] * 9, [None] * 9, server)
    assert series.times_s - series.last_traffic_s == pytest.approx(idle_s)


def test_all_connections_are_laid_on_the_servers_clock() -> None:
    """A worker 12.4 s ahead: everything is 12.4 s earlier, and no distance changes."""
    plain, shifted = (_series([20.0, 45.0, 70.0] * 4, [12.0] * 12, shift_s=shift_s) for shift_s in (0.0, 12.4))
    for one, other in (
        (plain.times_s, shifted.times_s),
        (plain.connected_s, shifted.connected_s),
        (plain.last_traffic_s, shifted.last_traffic_s),
    ):
        assert one - other == pytest.approx(12.4)
    assert shifted.start_s == plain.start_s - 12.4
    assert shifted.survived_s == pytest.approx(plain.survived_s)
