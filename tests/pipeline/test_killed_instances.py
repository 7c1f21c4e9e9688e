"""Instances of a server that are killed and start anew, whose logs name players and hold no end."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import at, write

KILLS_S: Final = {"gw-2xkqp": (600.0, 1500.0, 2240.0), "gw-9lmzt": (1100.0, 1980.0)}
PLAYERS_COUNT: Final = 7


def _write_pod(folder: Path, name: str, number: int, *, is_captured: bool) -> None:
    """Seven players, back within 10 s of each start."""
    rows = []
    for life, start in enumerate((0.0, *KILLS_S[name])):
        rows.append((start, '"msg":"starting game gateway","version":"1.18.2"'))
        for player in range(PLAYERS_COUNT):
            session = f"{number}{life}{player}bf20f876ff"
            said = f'"msg":"player connected","player_id":"p{number}{player:02}","session":"{session}"'
            rows.append((start + 2 + 1.1 * player, said))
        rows += [(start + second, '"msg":"stats","matches":3') for second in range(15, 360, 15)]
    stamps = [(at(second).strftime("%Y-%m-%dT%H:%M:%S.%f"), said) for second, said in sorted(rows)]
    lines = [f'{{"level":"info","ts":"{stamp[:-3]}Z",{said}}}' for stamp, said in stamps]
    write(
        folder / f"{name}.log",
        [f"{stamp}Z {line}" for (stamp, _), line in zip(stamps, lines, strict=True)] if is_captured else lines,
    )


@pytest.mark.parametrize("is_captured", [True, False], ids=["as the runtime captures them", "bare"])
def test_sessions_that_a_kill_cut_off_are_ends(tmp_path: Path, *, is_captured: bool) -> None:
    """Two pods in one folder, killed five times at moments of their own: seven ends each, by restarts."""
    for number, name in enumerate(KILLS_S):
        _write_pod(tmp_path / "pods", name, number, is_captured=is_captured)
    report = diagnose(Request((str(tmp_path),))).diagnosis
    assert [cause.id for cause in report.asserted] == ["server-restart"]
    assert len(report.disconnects) == 5 * PLAYERS_COUNT
