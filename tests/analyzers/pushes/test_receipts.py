"""The server's receipts: which belong to which pushes, and what a missing one says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logdiag.analyzers.connections.server_side import read_server_view
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.exposure import measure_exposure
from logdiag.analyzers.pushes.receipts import match_receipts, settle_by_receipts
from logdiag.events import Event, EventKind
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import at, attempt, connected, event, far_session, server_view, session, timeline

RECEIVER = "master/data-sync-receiver.log"


def _receipts(*seconds: float, channel: str = "data-sync", socket: str | None = None) -> list[Event]:
    return [event(second, EventKind.RECEIPT, RECEIVER, channel=channel, socket_id=socket) for second in seconds]


def _arrivals(
    attempts: list[Attempt], events: list[Event], sessions: list[SessionRecord] | None = None
) -> list[bool | None]:
    frame = timeline(connected(0, "a"), *events)
    server = server_view(
        far_session("a", 0.0), clocks=[Clock("worker1", 0.0, 1.0, 9)], receipts=read_server_view(frame, []).receipts
    )
    arrived = match_receipts(frame, attempts, server, sessions or [session(None, socket_id="a")])
    return [arrived.get(one.evidence[-1]) for one in attempts]


def test_a_receipt_right_after_a_push_says_that_it_arrived() -> None:
    """Pushes every 30 s, each answered within 20 ms but the fifth: that one did not arrive."""
    pushes = [attempt(30.0 * number) for number in range(1, 9)]
    receipts = _receipts(*(30.0 * number + 0.02 for number in range(1, 9) if number != 5))
    assert _arrivals(pushes, receipts) == [True, True, True, True, False, True, True, True]


def test_a_failed_push_is_not_asked_for() -> None:
    """A push that failed was never sent, so its receipt is not missing."""
    pushes = [attempt(30.0 * number, outcome="failed" if number == 3 else "ok") for number in range(1, 7)]
    receipts = _receipts(*(30.0 * number + 0.02 for number in range(1, 7) if number != 3))
    assert _arrivals(pushes, receipts) == [True, True, None, True, True, True]


@pytest.mark.parametrize("seconds", [(), (30.02, 60.02), tuple(range(1, 600))])
def test_receipts_that_do_not_belong_to_the_pushes_decide_nothing(seconds: tuple[float, ...]) -> None:
    """None at all, fewer than three, or one every second, which follow pushes by chance."""
    pushes = [attempt(30.0 * number) for number in range(1, 9)]
    assert _arrivals(pushes, _receipts(*seconds, channel="status")) == [None] * 8


def test_a_receipt_for_another_workers_socket_is_not_ours() -> None:
    """Where receipts name their socket, only those of the own connection count."""
    sessions = [session(None, socket_id="a"), session(None, socket_id="b", connection="worker2")]
    pushes = [attempt(30.0 * number) for number in range(1, 7)]
    mine = _receipts(*(30.0 * number + 0.02 for number in range(1, 6)), socket="a")
    other = _receipts(180.02, socket="b")
    assert _arrivals(pushes, [*mine, *other], sessions)[-1] is False


def test_the_emits_of_a_push_name_its_receipts() -> None:
    """Two channels pushed together: the one whose emit carries the receipt's name is decided by it, not the other."""
    data = [attempt(30.0 * number, 30.0 * number + 0.01) for number in range(1, 7)]
    items = [
        attempt(30.0 * n + 0.02, 30.0 * n + 0.03, channel="items", evidence=(Evidence("worker1/items.log", n),))
        for n in range(1, 7)
    ]
    emits = [event(30.0 * n + 0.005, EventKind.EMIT, channel="worker:data:sync") for n in range(1, 7)]
    receipts = _receipts(*(30.0 * n + 0.04 for n in range(1, 6)), channel="worker:data:sync", socket="a")
    both = sorted([*data, *items], key=lambda one: one.started)
    arrived = _arrivals(both, [*emits, *receipts])
    assert [arrived[both.index(one)] for one in data] == [True] * 5 + [False]
    assert [arrived[both.index(one)] for one in items] == [None] * 6


@pytest.mark.parametrize(
    ("second_parts", "arrived"), [(range(1, 7), [True] * 6), (range(1, 6), [True] * 5 + [False]), ((), [None] * 6)]
)
def test_a_push_arrived_if_each_of_its_parts_did(second_parts: Sequence[int], arrived: list[bool | None]) -> None:
    """The receipt of a small first part says nothing of the second; one the server never logs leaves it open."""
    pushes = [attempt(30.0 * number, 30.0 * number + 0.01) for number in range(1, 7)]
    parts = ("worker:conversations", "worker:messages")
    emits = [event(30.0 * number + 0.002, EventKind.EMIT, channel=part) for number in range(1, 7) for part in parts]
    first = _receipts(*(30.0 * number + 0.02 for number in range(1, 7)), channel=parts[0], socket="a")
    second = _receipts(*(30.0 * number + 0.03 for number in second_parts), channel=parts[1], socket="a")
    assert _arrivals(pushes, [*emits, *first, *second]) == arrived


def test_a_receipt_without_a_name_certifies_one_push() -> None:
    """Two workers push 0.33 s apart and one receipt follows: it is the later push's, and tells nothing of the other."""
    sessions = [session(None, socket_id="a"), session(None, socket_id="b", connection="worker2")]
    usual = [attempt(30.0 * number) for number in range(1, 7)]
    other = attempt(180.33, connection="worker2", evidence=(Evidence("worker2/data-pusher.log", 1),))
    receipts = _receipts(*(30.0 * number + 0.02 for number in range(1, 6)), 180.35)
    assert _arrivals([*usual, other], receipts, sessions) == [True] * 5 + [None, True]


def test_a_missing_receipt_counts_only_before_the_end_of_a_session() -> None:
    """Three pushes without receipt: the first is followed by one that arrived in the same session, so unknown."""
    tries = [attempt(5), attempt(10), attempt(25), attempt(29.9)]
    missing = {one.evidence[-1]: number == 1 for number, one in enumerate(tries)}
    settled = settle_by_receipts(tries, missing, measure_exposure([session(30), session(None, opened=31.2)], at(600)))
    assert [one.received for one in settled] == [None, True, False, False]


def test_a_missing_receipt_long_before_the_drop_is_unknown() -> None:
    """More than 120 s before the next drop the connection was whole."""
    tries = [attempt(79.9), attempt(80.1)]
    missing = {one.evidence[-1]: False for one in tries}
    settled = settle_by_receipts(tries, missing, measure_exposure([session(200), session(None, opened=201.2)], at(600)))
    assert [one.received for one in settled] == [None, False]


def test_a_missing_receipt_does_not_undo_an_acknowledgement() -> None:
    """The server answered the last push before the drop, though its own log has no receipt of it."""
    tries = [attempt(29.8), attempt(29.9, received=True)]
    missing = {one.evidence[-1]: False for one in tries}
    settled = settle_by_receipts(tries, missing, measure_exposure([session(30), session(None, opened=31.2)], at(600)))
    assert [one.received for one in settled] == [None, True]


@pytest.mark.parametrize(("drops_lacking", "expected"), [(1, None), (8, False)])
def test_receipts_that_get_lost_everywhere_are_missing_before_drops_as_well(
    drops_lacking: int, expected: bool | None
) -> None:
    """Of ten receipts a session, one gets lost in its middle; the last one is missing as often, or nearly always."""
    sessions = [session(30.0 * n + 29, opened=30.0 * n, reopened=30.0 * (n + 1)) for n in range(8)]
    tries = [attempt(30.0 * n + 2.8 * place) for n in range(8) for place in range(1, 11)]
    came = {
        one.evidence[-1]: place % 10 != 4 and not (place % 10 == 9 and place // 10 < drops_lacking)
        for place, one in enumerate(tries)
    }
    settled = settle_by_receipts(tries, came, measure_exposure(sessions, at(600)))
    assert settled[9].received is expected
    assert [one.received for one in settled[:9]] == [True] * 4 + [None] + [True] * 4
