"""What the quiet after an idle limit's last disconnect means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from logdiag import diagnose
from tests.winston import write

START = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)


def lay(folder: Path, pauses_s: list[float]) -> None:
    """A client that an idle limit of 60 s ended twenty times in a night, and these pauses of the morning after."""
    dice = Random(5)  # noqa: S311  no secret
    now_s, lines = 0.0, []

    def say(words: str) -> None:
        lines.append(f"{(START + timedelta(seconds=now_s)).isoformat(timespec='milliseconds')} INFO {words}")

    for _ in range(20):
        say("Connected to server")
        for _ in range(1 + dice.randrange(5)):
            now_s += dice.uniform(5, 55)
            say("emit stock:delta sent")
        now_s += 60.0 + dice.uniform(0, 0.02)
        say("Disconnected from server: transport close")
        now_s += dice.uniform(1, 2)
    say("Connected to server")
    for pause_s in pauses_s:
        now_s += pause_s
        say("emit stock:delta sent")
    write(folder / "worker" / "client.log", lines)


@pytest.mark.parametrize(("longest_s", "is_told"), [(40.0, False), (200.0, True)])
def test_a_quiet_without_a_pause_as_long_as_the_limit_means_nothing(
    tmp_path: Path, longest_s: float, is_told: bool
) -> None:
    """By day nothing was idle for a minute: that none dropped shows no mend. One pause that was survived does."""
    lay(tmp_path, [*([20.0] * 500), longest_s, *([20.0] * 50)])
    found = diagnose([tmp_path])
    assert found.causes[0].id == "idle-timeout"
    assert (found.quiet is not None) is is_told
