"""What a replay says of retries, held against those that the logs hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdiag.results.evidence import Evidence
from logdiag.results.replay import Sight
from tests.analyzers.replays.test_replays import at, replay_folder, write_numbered
from tests.folders import SAMPLES


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
