"""What is gathered of each disconnect for the checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.causes.case import is_ping_echo
from logdiag.analyzers.causes.facts.pushes import find_push
from logdiag.analyzers.causes.facts.rivals import Rival, find_replaced, pair_rivals
from logdiag.analyzers.causes.facts.server_starts import find_server_start
from logdiag.analyzers.causes.facts.server_words import find_line
from logdiag.analyzers.causes.facts.standstills import find_silence
from logdiag.analyzers.causes.facts.traffic import find_heard_s, find_sent_bytes
from logdiag.analyzers.causes.kicks import KICK_REACH
from logdiag.analyzers.causes.push_lines import push_triggers
from logdiag.analyzers.connections.server_side import first_to_notice
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.reach import measure_push_reach_ms
from logdiag.events import Event, EventKind, Side
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import TriggerRole
from tests.analyzers.cases import (
    CLIENT,
    PUSH_LINE,
    SERVER,
    at,
    attempt,
    case,
    clock,
    event,
    fact,
    facts_of,
    far_session,
    nothing_far,
    push,
    report,
    server_view,
    session,
    silence,
    timeline,
    trigger,
)

OTHER = "worker2/socket-client.log"


@pytest.mark.parametrize(
    ("moment", "before", "found"),
    [
        (30.0, True, True),
        (33.0, True, True),
        (33.1, True, False),
        (27.0, True, True),
        (26.9, True, False),
        (26.9, False, True),
        (5.0, False, True),
        (4.9, False, False),
    ],
)
def test_a_silence_belongs_to_a_disconnect_that_it_surrounds(moment: float, before: bool, found: bool) -> None:
    """Silent from 2 s to 30 s: our own line can only come at its end, the server's drop at any time in it."""
    assert (find_silence([silence(2.0, 30.0)], at(moment), before=before) is not None) is found


@pytest.mark.parametrize(
    ("start", "one", "found"),
    [
        (30.5, session(30, reopened=31.2), True),
        (29.5, session(30, reopened=31.2), True),
        (29.4, session(30, reopened=31.2), False),
        (31.3, session(30, reopened=31.2), False),
        (90.0, session(30, reopened=None), True),
        (90.1, session(30, reopened=None), False),
        (60.1, session(30, reopened=None, next_closed=at(60)), False),
        (30.5, session(None), False),
    ],
)
def test_a_server_start_belongs_to_the_outage_it_falls_into(start: float, one: SessionRecord, found: bool) -> None:
    """Half a second before its start to the reconnect; without one a minute, or to the next disconnect."""
    assert (find_server_start([at(start)], one, 0.0) is not None) is found


def test_a_server_start_is_moved_to_the_clients_clock() -> None:
    """Client stamps 5 s ahead: a start at 25.5 s of the server is at 30.5 s of the client."""
    assert find_server_start([at(25.5)], session(30), 5.0) == at(25.5)
    assert find_server_start([at(25.5)], session(30), 0.0) is None


def test_the_push_of_a_disconnect_is_the_last_to_begin_before_it() -> None:
    """Within reach, never after it, and of that disconnect only."""
    pushes = [push(299.0), push(20.0), push(-5.0), push(300.5), push(1.0, disconnect_index=2)]
    assert find_push(pushes, 1, 300.0) == pushes[1]
    assert find_push([push(300.5), push(-5.0)], 1, 300.0) is None
    assert find_push([], 1, 300.0) is None


def _joined(second: float, worker: str, file: str) -> Event:
    return event(second, EventKind.JOINED, file, worker_id=worker)


@pytest.mark.parametrize(("join", "rival"), [(32.0, "worker2"), (32.01, None), (28.0, "worker2"), (27.99, None)])
def test_a_rival_joins_under_the_same_id_within_2_s(join: float, rival: str | None) -> None:
    """Exactly two seconds before or after the disconnect."""
    frame = timeline(_joined(0, "w", CLIENT), _joined(join, "w", OTHER))
    found = pair_rivals(frame, [session(30), session(None, connection="worker2")], nothing_far())
    assert found.get(("worker1", at(30))) == (None if rival is None else Rival(rival, "w"))


def test_workers_with_ids_of_their_own_are_no_rivals() -> None:
    """Joining at the same moment under another id, or one's own rejoin, is nothing."""
    frame = timeline(_joined(0, "w1", CLIENT), _joined(30, "w2", OTHER), _joined(31, "w1", CLIENT))
    assert pair_rivals(frame, [session(30), session(None, connection="worker2")], nothing_far()) == {}


def test_joins_of_the_servers_log_count_on_the_clients_clock() -> None:
    """The server says who joined; its stamps are 5 s behind the clients'."""
    sockets = [
        far_session("a", 0.0, joined=at(0.1), worker_id="w"),
        far_session("b", 25.0, joined=at(25.1), worker_id="w"),
    ]
    server = server_view(*sockets, clocks=[Clock("worker1", 5000.0, 1.0, 2), Clock("worker2", 5000.0, 1.0, 2)])
    sessions = [session(30, socket_id="a"), session(None, socket_id="b", connection="worker2")]
    assert pair_rivals(timeline(), sessions, server) == {("worker1", at(30)): Rival("worker2", "w")}


@pytest.mark.parametrize(("opened", "line", "is_rival"), [(29.0, 9, True), (30.0, 7, True), (30.0, 9, False)])
def test_who_returns_in_the_second_of_its_end_takes_nobodys_place(opened: float, line: int, is_rival: bool) -> None:
    """Stamps in whole seconds do not part a kick from the return after it; the order of the lines in the file does."""
    seen: dict[str, Any] = {"side": Side.SERVER, "connection": "worker1"}
    older = replace(session(30, socket_id="a", **seen), evidence=Evidence(SERVER, 8))
    newer = session(60, opened=opened, socket_id="b", open_evidence=Evidence(SERVER, line), **seen)
    assert find_replaced([older, newer]) == ({("worker1", at(30)): Rival("b")} if is_rival else {})


def test_who_noticed_is_unknown_without_the_server() -> None:
    """No pair, no difference."""
    assert first_to_notice(session(30, socket_id="a"), nothing_far()) is None


@pytest.mark.parametrize(
    ("period", "echo"), [(45.0, True), (70.0, True), (45.19, True), (45.21, False), (40.0, False), (20.0, True)]
)
def test_a_lifetime_of_pings_and_an_idle_limit_is_an_echo(period: float, echo: bool) -> None:
    """20 s of idleness after the ping at 25 s makes an age of 45 s, after the second one of 70 s."""
    age = clock("connection-age", period)
    whole = case(patterns=report(age, clock("idle", 20.0)))
    assert is_ping_echo(whole, age) is echo
    assert not is_ping_echo(case(patterns=report(age)), age)


def test_the_reach_of_a_push_follows_the_lag_of_its_trigger() -> None:
    """Half as much again as the 90th percentile, at least 300 ms, at most 5 s."""
    for p90, reach in ((0.03, 300.0), (0.4, 600.0), (9.0, 5000.0)):
        assert measure_push_reach_ms([trigger(p90_s=p90)], PUSH_LINE, 300.0) == pytest.approx(reach)
    slow: dict[str, Any] = {"p90_s": 0.4}
    others = [trigger("other", **slow), trigger(role="undecided", **slow), trigger(connection="", **slow)]
    assert measure_push_reach_ms(others, PUSH_LINE, 300.0) == 300.0
    companion = trigger("other", members=(("data-pusher", "Pushing data sync"),), **slow)
    assert measure_push_reach_ms([companion], PUSH_LINE, 300.0) == pytest.approx(600.0)


def test_a_push_trigger_is_the_only_kind_of_trigger_of_its_client() -> None:
    """Another line of the client that is a trigger as well makes the push doubtful."""
    alone = case(facts_of(10, push=push()), triggers=(trigger(),), push_templates=PUSH_LINE)
    assert push_triggers(alone, TriggerRole.TRIGGER) == [alone.triggers[0]]
    both = case(facts_of(10), triggers=(trigger(), trigger("Closing socket")), push_templates=PUSH_LINE)
    assert push_triggers(both, TriggerRole.TRIGGER) == []


@pytest.mark.parametrize(("silent", "is_trigger"), [(6, False), (2, False), (1, True)])
def test_pushes_after_a_freeze_are_no_triggers(silent: int, is_trigger: bool) -> None:
    """What was due comes all at once when the process wakes; two silences of ten are enough where lines got lost."""
    facts = (*facts_of(silent, push=push(), silence=silence()), *facts_of(10 - silent, push=push()))
    whole = case(facts, triggers=(trigger(),), push_templates=PUSH_LINE)
    assert bool(push_triggers(whole, TriggerRole.TRIGGER)) is is_trigger


def test_a_line_that_comes_with_pushes_is_one_only_if_nearly_all_have_a_push() -> None:
    """Its companion is a push line, and 95 % of its disconnects have a push in the ledger."""
    companion = trigger("Snapshot ready", members=(("data-pusher", "Pushing data sync"),))
    with_pushes = case(facts_of(10, push=push()), triggers=(companion,), push_templates=PUSH_LINE)
    assert push_triggers(with_pushes, TriggerRole.TRIGGER) == [companion]
    without = case((*facts_of(9, push=push()), fact(10)), triggers=(companion,), push_templates=PUSH_LINE)
    assert push_triggers(without, TriggerRole.TRIGGER) == []


@pytest.mark.parametrize(("missing", "is_push"), [(1, True), (2, False)])
def test_one_push_in_twenty_may_be_missing_from_the_ledger(missing: int, is_push: bool) -> None:
    """A companion of pushes stays one where a single line of twenty got lost."""
    members = (("data-pusher", "Pushing data sync"),)
    preceded = tuple(("worker1", number) for number in range(1, 21))
    companion = trigger("Snapshot ready", members=members, preceded=preceded)
    pushed = facts_of(20 - missing, push=push())
    whole = case((*pushed, *(fact(21 - number) for number in range(missing, 0, -1))), triggers=(companion,))
    assert bool(push_triggers(replace(whole, push_templates=PUSH_LINE), TriggerRole.TRIGGER)) is is_push


@pytest.mark.parametrize(
    ("second", "error_s", "found"),
    [(28.0, 0.0, True), (27.9, 0.0, False), (27.9, 0.1, True), (30.05, 0.0, True), (30.1, 0.0, False)],
)
def test_a_kick_belongs_to_the_drop_that_it_precedes(second: float, error_s: float, found: bool) -> None:
    """Up to 2 s before, 50 ms after, and the error of the clocks to either side."""
    assert (find_line([(at(second), Evidence(SERVER, 4))], at(30), KICK_REACH, error_s) is not None) is found


def test_the_largest_message_within_reach_counts() -> None:
    """Not the one after the drop, nor the one before the reach."""
    sizes = [(at(29.0), 9e6), (at(29.8), 2e6), (at(29.9), 1e3), (at(30.1), 8e6)]
    assert find_sent_bytes(sizes, at(30), 300.0) == 2e6
    assert find_sent_bytes(sizes[:1], at(30), 300.0) is None


def test_a_companion_of_few_pushes_is_no_push() -> None:
    """A line that comes with the pushes before the drops, while most pushes go without it: it is something else."""
    line = trigger("Cache rebuilt", members=(("data-pusher", "Pushing data sync"),), occurrences_count=10)
    facts = facts_of(10, push=push(channel="data-sync"))
    for tried, is_push in ((16, True), (17, False)):
        tries = tuple(attempt(30.0 * number) for number in range(tried))
        whole = case(facts, triggers=(line,), push_templates=PUSH_LINE, attempts=tries)
        assert bool(push_triggers(whole, TriggerRole.TRIGGER)) is is_push


@pytest.mark.parametrize(("tried", "is_push"), [(16, True), (17, False)])
def test_of_pushes_on_several_channels_the_commonest_one_tells_how_often_they_are_tried(
    tried: int, is_push: bool
) -> None:
    """Eight drops after a data-sync and two after a heartbeat: the heartbeats that are tried do not count."""
    line = trigger("Cache rebuilt", members=(("data-pusher", "Pushing data sync"),), occurrences_count=10)
    channels = ("heartbeat", *["data-sync"] * 8, "heartbeat")
    facts = [fact(number, push=push(channel=channel)) for number, channel in enumerate(channels, 1)]
    tries = tuple(attempt(30.0 * number) for number in range(tried))
    others = tuple(attempt(30.0 * number + 9, channel="heartbeat") for number in range(40))
    whole = case(facts, triggers=(line,), push_templates=PUSH_LINE, attempts=(*tries, *others))
    assert bool(push_triggers(whole, TriggerRole.TRIGGER)) is is_push


def test_the_server_was_last_heard_before_the_drop() -> None:
    """Messages after it do not count."""
    assert find_heard_s([at(10.0), at(26.0), at(31.0)], at(30)) == 4.0
    assert find_heard_s([at(31.0)], at(30)) is None
