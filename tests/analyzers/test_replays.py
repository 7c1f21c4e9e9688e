"""Recorded outages and pushes under retry policies: what is recovered, what is lost, what nobody can tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.links import LinkHistory, State, build_links
from logdiag.analyzers.pushes.policies import Course, FailedPush, Kill, RetryOutcome, follow
from logdiag.errors import InputError
from logdiag.pipeline.replays import replay_policies
from logdiag.pipeline.stages import Workers, analyze, open_reading
from logdiag.request import Request
from logdiag.results.evidence import Evidence
from logdiag.results.replay import PRESETS, PoisonRisk, Policy, PolicyKind, Replay, Sight, parse_policy
from tests.folders import LAB, SAMPLES
from tests.folding import each

ZERO = datetime(2025, 11, 14, 16, tzinfo=UTC)
REACH_S = 0.3
SYSTEM = LAB.parent / "system"


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


def replay_folder(folder: Path, *policies: str, since: str | None = None) -> Replay:
    request = Request((str(folder),), since=since)
    with open_reading(request) as reading:
        analysis = analyze(reading, Workers(None, 1))
    return replay_policies([parse_policy(policy) for policy in policies or PRESETS], analysis)


@each(
    ("text", "delays_s"),
    [
        ("retry:3x2s", (2.0, 2.0, 2.0)),
        ("retry:1x500ms", (0.5,)),
        ("retry:0x2s", ()),
        ("proposal-1", (2.0, 2.0)),
        ("backoff:200ms..5s,x2,max=6", (0.2, 0.4, 0.8, 1.6, 3.2, 5.0)),
        ("backoff:1s..1m,x3,max=5", (1.0, 3.0, 9.0, 27.0, 60.0)),
    ],
)
def test_timed_policies(text: str, delays_s: tuple[float, ...]) -> None:
    """A timed policy is the list of its waits."""
    policy = parse_policy(text)
    assert policy.kind is PolicyKind.TIMED
    assert policy.delays_s == pytest.approx(delays_s)


def test_other_policies() -> None:
    """A queue, an acknowledgement and the proposals have their own settings."""
    assert parse_policy("queue").kind is PolicyKind.QUEUE
    assert parse_policy("queue:durable").is_durable
    assert parse_policy("proposal-3").is_durable
    assert (parse_policy("ack:2s,max=7").timeout_s, parse_policy("ack:2s,max=7").tries_count) == (2.0, 7)


@each(
    "text", ["", "retry", "retry:3", "retry:3x0s", "retry:9999x1s", "backoff:5s..1s", "backoff:0s..1s", "ack:0s", "que"]
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    """A text that is no policy, or one beyond all bounds, is an error of the user."""
    with pytest.raises(InputError):
        parse_policy(text)


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


def test_a_connect_that_is_not_logged_leaves_the_state_open() -> None:
    """Between an end and the end of a session without a connect nobody knows when it was up."""
    sessions = [
        SessionRecord("w", at(0), at(100)),
        SessionRecord("w", None, at(200), at(201)),
        SessionRecord("w", at(201)),
    ]
    link = build_links(sessions, at(300), ZERO, {}, {})["w"]
    assert [link.at(moment).state for moment in (50, 150, 200.5, 250, 301)] == [
        State.UP, State.UNKNOWN, State.DOWN, State.UP, State.UP if link.stretches[-1].end_s > 301 else State.UNKNOWN,
    ]  # fmt: skip


def test_a_session_that_carries_nothing_any_more_takes_no_retry() -> None:
    """From the first push after the last arrival on, what is sent into a dying session is lost."""
    sessions = [SessionRecord("w", at(0), at(100), at(101)), SessionRecord("w", at(101))]
    link = build_links(sessions, at(300), ZERO, {"w": [80.0]}, {"w": [70.0, 110.0]})["w"]
    item = failed_at(80, is_noticed=False)
    course = play(item, "ack:5s,max=9", link)
    assert (course.fate, course.sent_s) == (RetryOutcome.RECOVERED, [85.0, 90.0, 95.0, 101.0])


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


def test_the_reference_incident() -> None:
    """3 x 500 ms would have come through, were it not that the push itself ends the connection: none is recommended."""
    replay = replay_folder(SAMPLES / "2025-11-14-reference", "retry:2x500ms", "retry:3x500ms", "queue")
    assert (replay.poison, replay.recommended) == (PoisonRisk.ESTABLISHED, None)
    assert [item.if_harmless_count for item in replay.policies] == [0, 1, 1]
    assert [item.recovered_count for item in replay.policies] == [0, 0, 0]
    assert [item.killed_count > 0 for item in replay.policies] == [False, True, True]
    assert all(item.harmful for item in replay.policies)


def test_random_drops() -> None:
    """Two pushes met an outage of some milliseconds more; every policy recovers both, and a queue with least ado."""
    replay = replay_folder(SAMPLES / "random-drops")
    assert (replay.poison, replay.recommended, replay.failed_count) == (PoisonRisk.NONE, "queue", 2)
    assert {item.recovered_count for item in replay.policies} == {2}
    assert replay.policies[0].share.low == pytest.approx(0.158, abs=0.001)


def write_numbered(folder: Path, shift_s: float = 0.0, early_s: float = 0.05) -> Path:
    """A worker one of whose pushes waits for the reconnect and is tried three times.

    They end their connections after `early_s` if that is short; else they are harmless.
    """

    def line(second: float, service: str, message: str, level: str = "info") -> None:
        stamp = f"{at(second + shift_s):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        entry = {"level": level, "message": message, "service": service, "timestamp": stamp}
        with (folder / f"{service}.log").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    folder.mkdir(parents=True)
    line(0, "socket-client", "Connected to master (socket ID: a0)")
    for beat in range(1, 13):
        now = 30.0 * beat + 0.01 * (beat % 3)
        line(now + 0.05 - early_s, "worker-bridge", "Sending worker:data:sync message to Master (Attempt 1/5)")
        line(now + 0.05, "socket-client", "Disconnected from master: transport close", "warn")
        if beat == 6:
            line(now + 0.1, "worker-bridge", "Attempt 1/5: Socket not connected, waiting 1000ms...", "warn")
            line(now + 1.1, "worker-bridge", "Attempt 2/5: Socket not connected, waiting 1000ms...", "warn")
        line(now + 1.3, "socket-client", f"Connected to master (socket ID: a{beat})")
        if beat == 6:
            line(now + 2.1, "worker-bridge", "Sending worker:data:sync message to Master (Attempt 3/5)")
            if early_s < 1:
                line(now + 2.15, "socket-client", "Disconnected from master: transport close", "warn")
                line(now + 3.4, "socket-client", "Connected to master (socket ID: b6)")
    line(400, "worker-bridge", "Sending worker:status message to Master")
    return folder


def test_retries_that_the_logs_hold_check_the_replay(tmp_path: Path) -> None:
    """Numbered attempts that count on after a refusal are retries: one was refused, one ended the next connection."""
    check = replay_folder(write_numbered(tmp_path / "logs")).self_check
    assert check is not None
    assert (check.retries_count, check.agreed_count) == (2, 2)
    assert [item.seen for item in check.items] == [Sight.REFUSED, Sight.KILLED]
    assert check.items[0].evidence == (Evidence(str(tmp_path / "logs" / "worker-bridge.log"), 8),)


def write_waiting(folder: Path, *, is_harmless: bool) -> Path:
    """A worker that loses its connection every 30 s; the sixth push begins in the outage and ends after the reconnect.

    Pushes that do harm begin 50 ms before the end of their connection; harmless ones are done 10 s before it.
    """

    def line(second: float, service: str, message: str) -> None:
        entry = {"level": "info", "message": message, "service": service, "timestamp": f"{at(second):%F %T.%f}"[:-3]}
        with (folder / f"{service}.log").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def push(start_s: float, end_s: float) -> None:
        line(start_s, "data-pusher", "[acc-1] 📤 推送数据快照到 Master")
        line(end_s, "data-pusher", "[acc-1] ✅ 数据快照推送成功")

    folder.mkdir(parents=True)
    line(0, "socket-client", "Connected to master (socket ID: a0)")
    for beat in range(1, 13):
        now = 30.0 * beat + 0.01 * (beat % 3)
        early_s = 10.0 if is_harmless else 0.05
        push(now - early_s, now - early_s + 0.02)
        line(now, "socket-client", "Disconnected from master: transport close")
        line(now + 1.3, "socket-client", f"Connected to master (socket ID: a{beat})")
        if beat == 6:
            push(now + 0.1, now + 2.12)
            if not is_harmless:
                line(now + 2.15, "socket-client", "Disconnected from master: transport close")
                line(now + 3.4, "socket-client", "Connected to master (socket ID: b6)")
    return folder


@pytest.mark.parametrize(("is_harmless", "sight"), [(True, Sight.CARRIED), (False, Sight.KILLED)])
def test_a_push_that_waited_for_the_reconnect_checks_the_replay(
    tmp_path: Path, is_harmless: bool, sight: Sight
) -> None:
    """No number tells of it: it began while the connection was down and ended when it was up again."""
    check = replay_folder(write_waiting(tmp_path / "logs", is_harmless=is_harmless)).self_check
    assert check is not None
    assert (check.retries_count, check.agreed_count) == (1, 1)
    assert [(item.time, item.predicted, item.seen) for item in check.items] == [(at(181.3), sight, sight)]


def test_harmless_retries_check_the_replay(tmp_path: Path) -> None:
    """Where no push ends its connection a numbered retry is predicted to be carried, and it was."""
    check = replay_folder(write_numbered(tmp_path / "logs", early_s=10.0)).self_check
    assert check is not None
    assert (check.retries_count, check.agreed_count) == (2, 2)
    assert [item.seen for item in check.items] == [Sight.REFUSED, Sight.CARRIED]


def test_logs_without_a_retry_check_nothing() -> None:
    """Where the application never tried again there is nothing to hold the replay against."""
    assert replay_folder(SAMPLES / "random-drops").self_check is None


@pytest.mark.skipif(not LAB.is_dir(), reason="the lab is not here")
@pytest.mark.parametrize("name", ["oversized-push", "sometimes-big"])
def test_pushes_that_kill_forbid_to_recommend(name: str) -> None:
    """Where pushes end their connections each acknowledged retry ends another, and none is recommended."""
    replay = replay_folder(LAB / name, "retry:3x2s", "ack")
    assert (replay.poison, replay.recommended) == (PoisonRisk.ESTABLISHED, None)
    assert replay.policies[1].killed_count == 3 * replay.killing_count


@pytest.mark.skipif(not SYSTEM.is_dir(), reason="the system's logs are not here")
def test_the_next_version_of_the_system() -> None:
    """Its own retry was refused once and then ended the connection, as the replay says."""
    check = replay_folder(SYSTEM / "next-version-limit").self_check
    assert check is not None
    assert [item.predicted for item in check.items] == [item.seen for item in check.items] == [
        Sight.REFUSED, Sight.KILLED,
    ]  # fmt: skip


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


@pytest.mark.parametrize("name", ["2025-11-14-reference", "random-drops", "malformed", "healthy"])
def test_every_push_is_accounted_for(name: str) -> None:
    """What a policy recovers, loses and leaves unknown are all pushes that did not plainly arrive."""
    replay = replay_folder(SAMPLES / name, "retry:0x1s", *PRESETS)
    for item in replay.policies:
        counted = item.recovered_count + item.lost_count + item.unknown_count
        assert replay.arrived_count + counted == replay.pushes_count
        assert item.duplicates_count <= item.duplicates_most_count <= item.of_count + item.unknown_count
    assert (replay.policies[0].recovered_count, replay.policies[0].resends_count) == (0, 0)


@pytest.mark.parametrize("shift_s", [-86_400.25, 3_600.5])
def test_a_shift_of_all_times_changes_nothing(tmp_path: Path, shift_s: float) -> None:
    """The replay knows differences of times alone."""
    one = replay_folder(write_numbered(tmp_path / "a" / "logs"))
    other = replay_folder(write_numbered(tmp_path / "b" / "logs", shift_s))
    assert one.policies == other.policies
    assert (one.poison, one.recommended, one.pushes_count) == (other.poison, other.recommended, other.pushes_count)


def test_policies_are_values() -> None:
    """Two policies of one text are equal, so that results can be compared."""
    assert parse_policy("queue") == parse_policy(" QUEUE ")
    assert isinstance(parse_policy("queue"), Policy)
