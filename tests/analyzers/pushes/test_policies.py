"""What becomes of one push under a policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.links import LinkHistory, build_links
from logdiag.analyzers.pushes.policies import Course, FailedPush, Kill, RetryOutcome, follow
from logdiag.results.replay import PRESETS, parse_policy

ZERO = datetime(2025, 11, 14, 16, tzinfo=UTC)


REACH_S = 0.3


def at(seconds: float) -> datetime:
    return ZERO + timedelta(seconds=seconds)


def link_of(outages: Sequence[tuple[float, float]], end_s: float = 1000.0, *, renewed: bool = False) -> LinkHistory:
    """One connection that is up from the start but for these outages."""
    sessions, opened_s = [], 0.0
    for start_s, until_s in outages:
        sessions.append(SessionRecord("w", at(opened_s), at(start_s), at(until_s), restarted=renewed))
        opened_s = until_s
    sessions.append(SessionRecord("w", at(opened_s)))
    return build_links(sessions, at(end_s), ZERO, {}, {})["w"]


def failed_at(moment_s: float, **changes: object) -> FailedPush:
    values: dict[str, object] = {
        "connection": "w", "started_s": moment_s, "ended_s": moment_s, "is_noticed": True, "is_explained": True,
        "is_answered": True, "arrived": False,
    }  # fmt: skip
    return FailedPush(**(values | changes))  # type: ignore[arg-type]


def play(item: FailedPush, policy: str, link: LinkHistory) -> Course:
    return follow(item, parse_policy(policy), link, REACH_S)


def test_a_retry_waits_for_the_end_of_the_outage() -> None:
    """The first retry that finds the connection up delivers, and the delay runs from the failure."""
    link = link_of([(100, 101.218)])
    assert play(failed_at(100.175), "retry:2x500ms", link).fate is RetryOutcome.LOST
    course = play(failed_at(100.175), "retry:3x500ms", link)
    assert course.fate is RetryOutcome.RECOVERED
    assert course.delay_s == pytest.approx(1.5)
    assert len(course.sent_s) == 3
    assert play(failed_at(100.175), "queue", link).delay_s == pytest.approx(1.043)


def test_only_an_acknowledgement_finds_what_was_logged_as_sent() -> None:
    """A push that the application takes for sent is retried by no policy but `ack`."""
    link, item = link_of([(100, 101)]), failed_at(99.9, is_noticed=False)
    fates = {policy: play(item, policy, link).fate for policy in PRESETS}
    assert {policy for policy, fate in fates.items() if fate is RetryOutcome.RECOVERED} == {"ack"}


def test_what_waits_in_memory_dies_with_its_process() -> None:
    """A restart of the client loses what a queue holds, unless it is durable."""
    link = link_of([(100, 104)], renewed=True)
    assert play(failed_at(101), "queue", link).fate is RetryOutcome.LOST
    assert play(failed_at(101), "queue:durable", link).fate is RetryOutcome.RECOVERED


def test_what_nobody_can_tell_stays_unknown() -> None:
    """No outcome, a failure that no outage explains, and an outage that outlives the logs."""
    link = link_of([(100, 101)])
    assert play(failed_at(50, is_answered=False), "queue", link).fate is RetryOutcome.UNKNOWN
    assert play(failed_at(50, is_explained=False), "queue", link).fate is RetryOutcome.UNKNOWN
    open_link = build_links([SessionRecord("w", at(0), at(100))], at(110), ZERO, {}, {})["w"]
    assert play(failed_at(105), "queue", open_link).fate is RetryOutcome.UNKNOWN
    assert play(failed_at(105), "retry:1x20s", open_link).fate is RetryOutcome.UNKNOWN
    assert play(failed_at(105), "retry:1x2s", open_link).fate is RetryOutcome.LOST


def test_a_poisonous_push_ends_each_connection_that_it_is_retried_on() -> None:
    """A push that ends its connection never arrives; each retry that is carried makes an outage."""
    link = link_of([(100, 101)])
    loud = failed_at(100.1, kill=Kill(0.006, 1.3, is_loud=True))
    course = play(loud, "retry:3x2s", link)
    assert (course.fate, len(course.outages)) == (RetryOutcome.LOST, 3)
    assert course.outages[0].end_s - course.outages[0].start_s == pytest.approx(1.3)
    silent = failed_at(100.1, kill=Kill(0.006, 1.3, is_loud=False))
    assert len(play(silent, "retry:3x2s", link).outages) == 1
    assert len(play(silent, "ack", link).outages) == 3


OUTAGES = st.lists(st.tuples(st.floats(1, 40), st.floats(0.05, 30)), min_size=1, max_size=6)


MOMENTS = st.lists(st.floats(0, 200), min_size=1, max_size=8)


POLICIES = st.sampled_from(["retry:0x1s", *PRESETS, "retry:9x700ms", "ack:1s,max=9"])


def lay(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Outages one behind the other, from pairs of time up and time down."""
    now, outages = 0.0, []
    for up_s, down_s in pairs:
        start = round(now + up_s, 3)
        now = round(start + down_s, 3)
        outages.append((start, now))
    return outages


@given(OUTAGES, MOMENTS, st.integers(0, 8), st.integers(0, 8), st.booleans())
def test_more_retries_never_recover_less(
    pairs: list[tuple[float, float]], moments: list[float], few: int, more: int, loud: bool
) -> None:
    """Without poison each further retry only adds a chance; none at all recovers nothing."""
    link = link_of(lay(pairs))
    few, more = sorted((few, more))
    for moment in moments:
        item = failed_at(moment, is_noticed=loud)
        for form in ("retry:{}x700ms", "backoff:200ms..5s,max={}", "ack:1s,max={}"):
            if play(item, form.format(few), link).fate is RetryOutcome.RECOVERED:
                assert few > 0
                assert play(item, form.format(more), link).fate is RetryOutcome.RECOVERED


@given(OUTAGES, MOMENTS, POLICIES, st.booleans())
def test_a_push_is_held_from_its_failure_on(
    pairs: list[tuple[float, float]], moments: list[float], policy: str, poisonous: bool
) -> None:
    """It leaves a queue never before it came, its retries are in order, and a poisonous one never arrives."""
    link = link_of(lay(pairs))
    for moment in moments:
        item = failed_at(moment, kill=Kill(0.01, 1.0, is_loud=True) if poisonous else None)
        course = play(item, policy, link)
        assert course.held_until_s >= course.held_from_s
        assert course.sent_s == sorted(course.sent_s)
        assert not (poisonous and course.fate is RetryOutcome.RECOVERED)
        assert not (poisonous and course.fate is RetryOutcome.UNKNOWN)


def test_a_session_that_carries_nothing_any_more_takes_no_retry() -> None:
    """From the first push after the last arrival on, what is sent into a dying session is lost."""
    sessions = [SessionRecord("w", at(0), at(100), at(101)), SessionRecord("w", at(101))]
    link = build_links(sessions, at(300), ZERO, {"w": [80.0]}, {"w": [70.0, 110.0]})["w"]
    item = failed_at(80, is_noticed=False)
    course = play(item, "ack:5s,max=9", link)
    assert (course.fate, course.sent_s) == (RetryOutcome.RECOVERED, [85.0, 90.0, 95.0, 101.0])
