"""Starts and results of pushes, paired."""

from __future__ import annotations

import pytest

from logdiag.analyzers.pushes.attempts import find_attempts
from logdiag.events import Event, EventKind
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import PUSHER, at, event, timeline
from tests.folding import each

MONITOR = "worker1/realtime-monitor.log"


def line(second: float, kind: EventKind, channel: str | None = "data-sync", **fields: str) -> Event:
    return event(second, kind, PUSHER, channel=channel, **fields)


def start(second: float, channel: str | None = "data-sync") -> Event:
    return line(second, EventKind.PUSH_STARTED, channel)


def ok(second: float, channel: str | None = "data-sync", **fields: str) -> Event:
    return line(second, EventKind.PUSH_OK, channel, **fields)


def failed(second: float, channel: str | None = "data-sync", **fields: str) -> Event:
    return line(second, EventKind.PUSH_FAILED, channel, error="Socket is not connected", **fields)


def captured(second: float, message: str) -> Event:
    return event(second, EventKind.MESSAGE_CAPTURED, MONITOR, message_id=message)


def processed(second: float, message: str | None = None) -> Event:
    return event(second, EventKind.MESSAGE_PROCESSED, MONITOR, message_id=message)


def test_a_start_and_its_result_are_one_attempt() -> None:
    """Its interval runs from the start line to the result line, and both are its evidence."""
    (one,) = find_attempts(timeline(start(10), ok(10.25)))
    assert (one.started, one.ended, one.outcome, one.inferred) == (at(10), at(10.25), "ok", False)
    assert one.evidence == (Evidence(PUSHER, 1), Evidence(PUSHER, 2))


def test_channels_are_paired_apart_and_in_order() -> None:
    """Interleaved pushes of two channels, and two of one channel, find their own results."""
    events = (start(1), start(2, "items"), start(3), ok(4), failed(5, "items"), ok(6))
    attempts = find_attempts(timeline(*events))
    assert [(one.channel, one.started, one.ended, one.outcome) for one in attempts] == [
        ("data-sync", at(1), at(4), "ok"),
        ("items", at(2), at(5), "failed"),
        ("data-sync", at(3), at(6), "ok"),
    ]


@pytest.mark.parametrize(("wait_s", "outcomes"), [(30.0, ["failed"]), (30.001, ["unknown", "failed"])])
def test_a_result_after_more_than_30_s_is_not_that_pushs(wait_s: float, outcomes: list[str]) -> None:
    """Exactly 30 s later it still is; beyond, the start has no answer and the failure stands alone."""
    attempts = find_attempts(timeline(start(1), failed(1 + wait_s)))
    assert [one.outcome for one in attempts] == outcomes


def test_a_push_without_result_is_unknown() -> None:
    """Cut off by the end of the log, or by the start of another process."""
    started = event(5, EventKind.PROCESS_STARTED, "worker1/worker.log")
    attempts = find_attempts(timeline(start(1), started, ok(6), start(9)))
    assert [(one.started, one.ended, one.outcome) for one in attempts] == [
        (at(1), None, "unknown"),
        (at(6), at(6), "ok"),
        (at(9), None, "unknown"),
    ]


def test_a_failure_without_start_began_when_its_message_was_handed_over() -> None:
    """The reference incident: processed at .602, failed at .783; the attempt carries the captured message."""
    events = (captured(0.569, "757249542734"), processed(0.602, "757249542734"), failed(0.783, None))
    (one,) = find_attempts(timeline(*events))
    assert (one.started, one.ended, one.inferred) == (at(0.602), at(0.783), True)
    assert one.message_ids == ("757249542734",)
    assert one.evidence == (Evidence(MONITOR, 2), Evidence(PUSHER, 1))


@pytest.mark.parametrize(("lag_s", "inferred"), [(1.0, True), (1.001, False)])
def test_a_hand_over_reaches_one_second(lag_s: float, inferred: bool) -> None:
    """Later than a second after it, a failure without start began when it was logged."""
    (one,) = find_attempts(timeline(processed(5, "m"), failed(5 + lag_s, None)))
    assert one.inferred is inferred
    assert one.started == at(5 if inferred else 5 + lag_s)


def test_a_push_carries_what_was_captured_since_the_push_before() -> None:
    """Messages go with the next push once; an id on the result line itself overrides."""
    events = (captured(1, "a"), captured(2, "b"), start(3), ok(3.1), captured(4, "c"), start(5), ok(6))
    assert [one.message_ids for one in find_attempts(timeline(*events))] == [("a", "b"), ("c",)]
    (named,) = find_attempts(timeline(captured(1, "a"), start(3), ok(3.1, message_id="z")))
    assert named.message_ids == ("z",)


BRIDGE = "worker1/worker-bridge.log"


def _passed_on(second: float, error: str | None = "Error: Socket is not connected", **fields: str) -> Event:
    return event(second, EventKind.PUSH_FAILED, BRIDGE, error=error, **fields)


@pytest.mark.parametrize("error", ["Error: Socket is not connected", "Socket is not connected", None])
def test_a_failure_that_a_second_service_passes_on_is_the_same(error: str | None) -> None:
    """The bridge refuses and the pusher says that it failed: one push, whichever speaks first and whoever began it."""
    for handed in ([], [captured(0.5, "m"), processed(0.6, "m")], [captured(0.5, "m"), start(0.6)]):
        for told in ([_passed_on(0.782, error), failed(0.783)], [failed(0.782), _passed_on(0.783, error)]):
            (one,) = find_attempts(timeline(*handed, *told))
            assert (one.channel, one.ended, one.outcome) == ("data-sync", at(0.782), "failed")
            assert one.started == (at(0.6) if handed else at(0.782))
            assert one.message_ids == (("m",) if handed else ())


def test_failures_of_one_message_told_by_two_services_are_one() -> None:
    """By its id, however long the second service takes to say it; other ids are other pushes, however close."""
    (one,) = find_attempts(timeline(_passed_on(1, "refused", message_id="m"), failed(4, message_id="m")))
    assert one.message_ids == ("m",)
    assert len(find_attempts(timeline(_passed_on(1, message_id="a"), failed(1.001, message_id="b")))) == 2


@each(
    "told",
    [
        [failed(1), failed(1.001)],  # one service
        [_passed_on(1), failed(1.201)],  # not in one moment
        [_passed_on(1, "timeout"), failed(1.001)],  # another error
        [_passed_on(1, channel="items"), failed(1.001)],  # another kind of push
        [_passed_on(1), start(1.0005), failed(1.001)],  # the second began after the first had failed
        [_passed_on(1), ok(1.0005), failed(1.001)],  # one that arrived lies between
    ],
)
def test_failures_of_different_pushes_stay_apart(told: list[Event]) -> None:
    """Nearness alone makes no two failures one."""
    failed = [one for one in find_attempts(timeline(*told)) if one.outcome == "failed"]
    assert len(failed) == 2


def test_a_message_is_carried_once_though_its_push_stands_before_its_hand_over() -> None:
    """Of one stamp the push may stand first: the next push does not carry the message again, unless it is captured."""
    events = (captured(1, "m1"), start(2), processed(2, "m1"), failed(3), start(4), ok(5))
    assert [one.message_ids for one in find_attempts(timeline(*events))] == [("m1",), ()]
    again = (*events, captured(6, "m1"), start(7), ok(8))
    assert [one.message_ids for one in find_attempts(timeline(*again))] == [("m1",), (), ("m1",)]


def test_a_snapshot_carries_no_message_where_items_are_pushed_singly() -> None:
    """With a channel for items, captured messages go there and not with the next snapshot."""
    events = (captured(1, "a"), start(2), ok(2.1), start(3, "items"), ok(3.1, "items"))
    assert [(one.channel, one.message_ids) for one in find_attempts(timeline(*events))] == [
        ("data-sync", ()),
        ("items", ("a",)),
    ]


def test_a_push_that_is_tried_three_times_and_given_up_failed_once() -> None:
    """Failures of one message that nothing begins again are one attempt, which ended with the last of them."""
    names = ("7", "7", "8", "7")
    (seven, eight) = find_attempts(timeline(*(failed(second, message_id=name) for second, name in enumerate(names))))
    assert (seven.message_ids, seven.ended, len(seven.evidence)) == (("7",), at(3), 3)
    assert (eight.message_ids, eight.ended) == (("8",), at(2))


def test_a_named_answer_finds_the_start_of_its_name() -> None:
    """However many others were begun before, and however late: the name says which push it answers."""
    starts = (line(0, EventKind.PUSH_STARTED, message_id="7"), line(1, EventKind.PUSH_STARTED, message_id="8"))
    attempts = find_attempts(timeline(*starts, ok(2, message_id="8"), failed(60, message_id="7")))
    assert [(one.started, one.ended, one.outcome) for one in attempts] == [
        (at(0), at(60), "failed"),
        (at(1), at(2), "ok"),
    ]
