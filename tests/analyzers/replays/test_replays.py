"""Recorded outages and pushes under retry policies: what is recovered, what is lost, what nobody can tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logdiag.errors import InputError
from logdiag.pipeline.replays import replay_policies
from logdiag.pipeline.stages import Workers, analyze, open_reading
from logdiag.request import Request
from logdiag.results.replay import PRESETS, PoisonRisk, Policy, PolicyKind, Replay, Sight, parse_policy
from tests.folders import LAB, SAMPLES
from tests.folding import each

ZERO = datetime(2025, 11, 14, 16, tzinfo=UTC)
SYSTEM = LAB.parent / "system"


def at(seconds: float) -> datetime:
    return ZERO + timedelta(seconds=seconds)


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
