"""The push ledger: attempts, their outcomes, the outage they fell into, the messages concerned."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt, find_attempts
from logdiag.analyzers.pushes.exposure import measure_exposure
from logdiag.analyzers.pushes.ledger import find_lead_ms, keep_ledger
from logdiag.events import Event, EventKind
from logdiag.results.pushes import Push, Pushes
from tests.analyzers.cases import at, attempt, drop_of, session, spans_every, timeline
from tests.analyzers.pushes.test_attempts import line, start
from tests.folding import each


def _ledger(
    attempts: Sequence[Attempt], sessions: Sequence[SessionRecord], end: float = 1000.0
) -> tuple[Pushes, tuple[Push, ...]]:
    ended = [one for one in sessions if one.closed is not None]
    drops = [drop_of(one, number) for number, one in enumerate(ended, 1)]
    return keep_ledger(attempts, drops, measure_exposure(sessions, at(end)))


def test_no_events_are_no_attempts_and_an_empty_ledger() -> None:
    """Nothing tried: every count is 0 and every ratio unknown."""
    assert find_attempts(timeline()) == ()
    pushes, items = _ledger((), spans_every())
    assert (pushes.attempted_count, pushes.lost_certain_count, pushes.lost_probable_count, items) == (0, 0, 0, ())
    assert (pushes.failure_ratio_connected, pushes.risk_ratio, pushes.p_value) == (None, None, None)
    assert pushes.suspect_expected_count is None


@each(
    ("started", "ended", "outcome", "expected"),
    [
        (29.994, 30.175, "failed", ("straddle", "failed", 1, 6.0)),
        (30.5, 30.501, "failed", ("inside", "failed", 1, -500.0)),
        (30.5, 30.501, "ok", ("inside", "suspect", 1, -500.0)),
        (29.7, 29.71, "ok", ("near-before", "suspect", 1, 300.0)),
        (29.2, 29.7, "ok", ("near-before", "suspect", 1, 800.0)),
        (29.2, 29.699, "ok", ("outside", "ok", None, None)),
        (31.2, 31.201, "ok", ("outside", "ok", None, None)),
        (10.0, 10.1, "failed", ("outside", "failed", None, None)),
        (29.99, None, "unknown", ("near-before", "unknown", 1, 10.0)),
    ],
)
def test_an_attempt_is_attributed_by_its_interval(
    started: float, ended: float | None, outcome: str, expected: tuple[str, str, int | None, float | None]
) -> None:
    """Straddling, inside the outage, ended within 0.3 s before, or outside; the drop is at 30 s, back at 31.2 s."""
    _, (one,) = _ledger([attempt(started, ended, outcome)], [session(30), session(None, opened=31.2)])
    assert (one.attribution, one.outcome, one.disconnect_index, one.lead_ms) == expected


NO_ANSWER = "operation has timed out"
ON_DEAD_LINE = ("dead-line", 1)
OUTSIDE = ("outside", None)


@pytest.mark.parametrize(
    ("later", "error", "reason", "expected"),
    [
        (None, NO_ANSWER, "ping timeout", ON_DEAD_LINE),
        (20.0, NO_ANSWER, "ping timeout", OUTSIDE),
        (None, "refused", "ping timeout", OUTSIDE),
        (None, NO_ANSWER, "transport close", OUTSIDE),
    ],
)
def test_an_answer_that_never_came_on_a_dead_line_belongs_to_its_ping_timeout(
    later: float | None, error: str, reason: str, expected: tuple[str, int | None]
) -> None:
    """The ping timeout comes 18 s after the failure; a push that was answered in between shows that the line lived."""
    tries = [attempt(7, 12, "failed", error=error), *([attempt(later)] if later else [])]
    _, (one, *_) = _ledger(tries, [session(30, reason=reason), session(None, opened=31.2)])
    assert (one.attribution, one.disconnect_index) == expected
    assert one.after_drop_ms is None


@pytest.mark.parametrize(("died", "expected"), [(119.9, ("dead-line", 1)), (120.1, ("outside", None))])
def test_a_ping_timeout_notices_a_dead_line_within_two_minutes(died: float, expected: tuple[str, int | None]) -> None:
    """Beyond that no pair of ping settings in use explains it."""
    _, (one,) = _ledger([attempt(0, 5, "failed", error=NO_ANSWER)], [session(died, reason="ping timeout")])
    assert (one.attribution, one.disconnect_index) == expected


@each(
    ("error", "expected"),
    [
        ("timeout (no ack received within 5s)", ("straddle", 1, 28.0)),
        ("timed out after 5000ms", ("straddle", 1, 28.0)),
        ("等待确认超时 5 秒", ("straddle", 1, 28.0)),
        ("timed out after 99 s", ("unknown-start", None, 33.0)),
        (NO_ANSWER, ("unknown-start", None, 33.0)),
        ("refused", ("outside", None, 33.0)),
    ],
)
def test_a_failure_that_says_how_long_it_waited_began_by_that_much_earlier(
    error: str, expected: tuple[str, int | None, float]
) -> None:
    """No line tells of the start; the drop is at 30 s, back at 31.2 s, the failure at 33 s: outside only if at once."""
    attempts = find_attempts(timeline(line(33, EventKind.PUSH_FAILED, error=error)))
    _, (one,) = _ledger(attempts, [session(30), session(None, opened=31.2)])
    attribution, drop, started = expected
    assert (one.attribution, one.disconnect_index, one.time) == (attribution, drop, at(started))


def test_a_push_that_waited_out_an_outage_killed_the_connection_that_it_was_sent_into() -> None:
    """It began 0.1 s into the outage, went out after the reconnect at 31.2 s, and that connection died 3 ms later."""
    sessions = [session(30), session(33.203, opened=31.2), session(None, opened=34)]
    _, (one,) = _ledger([attempt(30.1, 33.2)], sessions)
    assert (one.attribution, one.outcome, one.disconnect_index, one.lead_ms) == ("near-before", "suspect", 2, 2003.0)


@pytest.mark.parametrize(
    ("started", "ended", "lead_ms"),
    [(29.2, 29.7, 800.0), (29.7, 30.1, 300.0), (29.6, 30.1, None), (29.2, 29.699, None), (30.5, 30.501, None)],
)
def test_a_push_is_close_to_the_drop_that_its_end_or_its_start_is_close_to(
    started: float, ended: float, lead_ms: float | None
) -> None:
    """A large message takes its time to be written; one that a drop cuts short counts by its start."""
    _, (one,) = _ledger([attempt(started, ended)], [session(30), session(None, opened=31.2)])
    assert find_lead_ms(one, 300.0) == lead_ms


@pytest.mark.parametrize(
    ("ended", "received", "outcome"),
    [(29.9, None, "ok"), (29.9, False, "suspect"), (30.1, None, "suspect"), (29.9, True, "ok")],
)
def test_a_push_before_the_clients_own_disconnect_is_not_suspect(
    ended: float, received: bool | None, outcome: str
) -> None:
    """`disconnect()` lets what was emitted go out first; a push that it cuts short, or a missing receipt, says else."""
    sessions = [session(30, reason="io client disconnect"), session(None, opened=31.2)]
    _, (one,) = _ledger([attempt(29.8, ended, received=received)], sessions)
    assert one.outcome == outcome


def test_a_failure_tells_how_far_it_was_from_the_drop_and_the_cure() -> None:
    """The reference incident: 175 ms into an outage of 1.218 s, 1.043 s before the reconnect."""
    sessions = [session(30.0, reopened=31.218), session(None, opened=31.218)]
    _, (one,) = _ledger([attempt(29.994, 30.175, "failed")], sessions)
    assert (one.failed_at, one.after_drop_ms, one.before_reconnect_ms) == (at(30.175), 175.0, 1043.0)


def test_a_push_in_an_open_outage_is_suspect() -> None:
    """After the last drop, with no connect up to the end of the logs, nothing can be delivered."""
    _, (one,) = _ledger([attempt(500)], [session(30, reopened=None)])
    assert (one.attribution, one.outcome) == ("inside", "suspect")


def test_where_connects_are_not_logged_a_success_is_no_loss_but_a_failure_is_explained() -> None:
    """At level warn the outages have no known end: only what failed is put into one."""
    sessions = [session(end, opened=None, reopened=None) for end in (30.0, 60.0, 90.0)]
    pushes, (first, second, third) = _ledger([attempt(45), attempt(50, outcome="failed"), attempt(120)], sessions)
    assert [one.outcome for one in (first, second, third)] == ["ok", "failed", "ok"]
    assert second.disconnect_index == 1
    assert (pushes.lost_probable_count, pushes.suspect_expected_count) == (0, None)


def test_a_success_with_a_receipt_is_ok_and_one_without_is_lost_for_certain() -> None:
    """Where the far side logs receipts they decide; without one of either kind the loss is only probable."""
    near = [attempt(30 * number - 0.02, received=received) for number, received in ((1, True), (2, False), (3, None))]
    pushes, items = _ledger(near, spans_every(count=3))
    assert [one.outcome for one in items] == ["ok", "suspect", "suspect"]
    assert (pushes.ok_count, pushes.lost_certain_count, pushes.lost_probable_count) == (1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "outcome", "probably_lost"),
    [(EventKind.PUSH_ACKNOWLEDGED, "ok", 0), (EventKind.PUSH_OK, "suspect", 1)],
)
def test_what_the_server_acknowledged_just_before_the_drop_is_no_loss(
    kind: EventKind, outcome: str, probably_lost: int
) -> None:
    """Answered 20 ms before the end it arrived; that it was only logged as sent proves nothing."""
    attempts = find_attempts(timeline(start(29.95), line(29.98, kind)))
    pushes, (one,) = _ledger(attempts, [session(30), session(None, opened=31.2)])
    assert (one.outcome, one.time, pushes.lost_probable_count) == (outcome, at(29.95), probably_lost)


@pytest.mark.parametrize(("answered", "received"), [("7", True), ("6", None)])
def test_an_acknowledgement_settles_the_message_that_it_names(answered: str, received: bool | None) -> None:
    """An answer that names another message than the start says nothing of whether this one arrived."""
    start = line(1, EventKind.PUSH_STARTED, message_id="7")
    (one,) = find_attempts(timeline(start, line(2, EventKind.PUSH_ACKNOWLEDGED, message_id=answered)))
    assert one.received is received


def test_an_acknowledgement_passes_over_a_message_without_a_name() -> None:
    """What asks for no acknowledgement gets none: the one that names a later message is that one's."""
    later = line(2, EventKind.PUSH_STARTED, message_id="7")
    attempts = find_attempts(timeline(start(1), later, line(3, EventKind.PUSH_ACKNOWLEDGED, message_id="7")))
    assert [one.received for one in attempts] == [None, True]


@pytest.mark.parametrize(("starts", "acquits"), [([start(1)], True), ([], None)])
def test_an_acknowledgement_alone_does_not_acquit_what_was_sent_after_it(
    starts: list[Event], acquits: bool | None
) -> None:
    """Where no starts are logged the message that killed the connection left no line; the one answered arrived."""
    (one,) = find_attempts(timeline(*starts, line(1.02, EventKind.PUSH_ACKNOWLEDGED)))
    assert (one.received, one.acquits) == (True, acquits)


def test_a_message_that_a_later_push_delivered_is_not_lost() -> None:
    """Failed once, delivered by the retry: neither the message nor the push counts as lost."""
    tries = [attempt(30.5, outcome="failed", message_ids=("m",)), attempt(35, message_ids=("m",))]
    pushes, _ = _ledger(tries, [session(30), session(None, opened=31.2)])
    assert (pushes.failed_count, pushes.lost_certain_count, pushes.lost_message_ids) == (1, 0, ())


@pytest.mark.parametrize("received", [None, False])
def test_a_suspect_message_that_a_later_push_delivered_is_not_lost(received: bool | None) -> None:
    """Whether its receipt is missing or unknown, the message arrived with the next push."""
    tries = [attempt(29.98, message_ids=("m",), received=received), attempt(35, message_ids=("m",))]
    pushes, _ = _ledger(tries, [session(30), session(None, opened=31.2)])
    assert (pushes.suspect_count, pushes.lost_certain_count, pushes.lost_probable_count) == (1, 0, 0)


def test_of_several_messages_those_delivered_later_are_not_listed() -> None:
    """A failed push of two messages, one of them sent again: one push lost, one id lost."""
    tries = [attempt(30.5, outcome="failed", message_ids=("m", "n")), attempt(35, message_ids=("m",))]
    pushes, _ = _ledger(tries, [session(30), session(None, opened=31.2)])
    assert (pushes.lost_certain_count, pushes.lost_message_ids) == (1, ("n",))


def test_each_push_that_went_wrong_says_what_became_of_it() -> None:
    """Resent where a later push delivered all of its messages, else lost or probably lost; unknown ones say nothing."""
    tries = [
        attempt(29.98, message_ids=("s",)),
        attempt(30.5, outcome="failed", message_ids=("m",)),
        attempt(30.6, outcome="failed", message_ids=("m", "n")),
        attempt(30.7, outcome="failed"),
        attempt(35, message_ids=("m",)),
        attempt(36, outcome="unknown"),
    ]
    pushes, _ = _ledger(tries, [session(30), session(None, opened=31.2)])
    assert [push.fate for push in pushes.items] == ["probably-lost", "resent", "lost", "lost", None]
    assert (pushes.lost_certain_count, pushes.lost_probable_count) == (2, 1)


def test_a_message_that_failed_twice_is_listed_once_in_order_of_time() -> None:
    """Ids of lost pushes come in the order in which they were first lost."""
    tries = [attempt(30 + 0.1 * n, outcome="failed", message_ids=(m,)) for n, m in enumerate(("b", "a", "b"), 1)]
    pushes, _ = _ledger(tries, [session(30), session(None, opened=31.2)])
    assert (pushes.lost_certain_count, pushes.lost_message_ids) == (3, ("b", "a"))


def test_suspects_by_chance_are_rate_times_window_times_disconnects() -> None:
    """100 successes in 289.2 s connected, 0.3 s before each of ten drops: 100 / 289.2 * 0.3 * 10."""
    sessions = spans_every(count=10)
    tries = [attempt(2.9 * number + 1.5) for number in range(100)]
    pushes, _ = _ledger(tries, sessions, end=301.2)
    assert pushes.suspect_expected_count == pytest.approx(100 / 289.2 * 0.3 * 10)


def test_failures_inside_and_outside_outages_are_compared() -> None:
    """3 of 4 pushes fail in outages, 1 of 20 outside: 15 times the risk, Fisher's p below 0.01."""
    inside = [attempt(30.0 * n + 0.5, outcome="failed" if n < 4 else "ok") for n in range(1, 5)]
    outside = [attempt(30.0 * n + 9, outcome="failed" if n == 0 else "ok") for n in range(20)]
    pushes, _ = _ledger([*inside, *outside], spans_every(count=30))
    assert (pushes.failure_ratio_outage, pushes.failure_ratio_connected) == (0.75, 0.05)
    assert pushes.risk_ratio == pytest.approx(15)
    assert pushes.p_value == pytest.approx(81 / 10626)


def test_without_a_failure_outside_there_is_no_risk_ratio() -> None:
    """A ratio to nothing is unknown, not infinite."""
    pushes, _ = _ledger([attempt(30.5, outcome="failed"), attempt(40)], spans_every(count=3))
    assert (pushes.failure_ratio_connected, pushes.risk_ratio) == (0.0, None)
    assert pushes.p_value == pytest.approx(0.5)


def test_the_ledger_lists_all_but_the_plainly_ok() -> None:
    """Its items and counts add up to all attempts."""
    tries = [attempt(10), attempt(29.98), attempt(30.5, outcome="failed"), attempt(50, outcome="unknown")]
    pushes, every = _ledger(tries, [session(30), session(None, opened=31.2)])
    assert [one.outcome for one in pushes.items] == ["suspect", "failed", "unknown"]
    counts = (pushes.ok_count, pushes.suspect_count, pushes.failed_count, pushes.unknown_count)
    assert (counts, pushes.attempted_count, len(every)) == ((1, 1, 1, 1), 4, 4)


def test_workers_do_not_explain_each_other() -> None:
    """A drop of worker2 is no reason for a failure of worker1."""
    sessions = [session(None), session(30, connection="worker2")]
    _, (one,) = _ledger([attempt(29.99, 30.2, "failed")], sessions)
    assert (one.attribution, one.disconnect_index) == ("outside", None)


def _tell(failed: str, arrived: str, *accounts: str) -> list[tuple[str | None, str | None]]:
    """What became of a push of m by worker1 that failed, and who sent it then, if `arrived` delivered an m at 35 s."""
    mine, theirs = (*accounts, "", "")[:2]
    tries = [
        attempt(30.5, outcome="failed", message_ids=("m",), connection=failed, accounts=frozenset({mine} - {""})),
        attempt(35, message_ids=("m",), connection=arrived, accounts=frozenset({theirs} - {""})),
    ]
    pushes, _ = _ledger(tries, [session(30), session(None, opened=31.2)])
    return [(push.fate, push.resent_by) for push in pushes.items]


def test_a_message_of_the_same_id_is_the_same_only_of_one_connection_or_one_account() -> None:
    """Another process numbers its messages by itself; for the same account it may take over, and is named."""
    assert _tell("worker1", "worker1") == [("resent", None)]
    assert _tell("worker1", "worker2") == [("lost", None)]
    assert _tell("worker1", "worker2", "acc-1", "acc-2") == [("lost", None)]
    assert _tell("worker1", "worker1", "acc-1", "acc-2") == [("lost", None)]
    assert _tell("worker1", "worker2", "acc-1", "acc-1") == [("resent", "worker2")]
