"""The lines around the worst disconnect that are no events: what is written before all disconnects stands there too."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.evidence import LEADING_LINE, Excerpt
from tests.winston import at, connect, drop, record, write

DROPS_S = (30.137, 75.481, 141.902, 190.266, 277.713, 322.059, 395.344, 460.818, 530.525, 588.671)


def _excerpts(folder: Path, server_lines: list[str]) -> list[Excerpt]:
    client = [connect(0)]
    for number, second in enumerate(DROPS_S, start=1):
        client += [drop(second), connect(second + 1.2, number)]
    write(folder / "worker1" / "socket-client.log", client)
    write(
        folder / "master" / "socket-server.log", sorted(server_lines, key=lambda line: line.partition("timestamp")[2])
    )
    incident = diagnose(Request((str(folder),))).diagnosis.worst_incident
    assert incident is not None
    return list(incident.excerpts)


def test_the_line_before_all_disconnects_is_part_of_the_worst_incident(tmp_path: Path) -> None:
    """The server rebalances 40 ms before each drop, in words that no rule knows; other lines are left out."""
    lines = [record(at(second - 0.04), "shard 7 rebalanced") for second in DROPS_S]
    lines += [record(at(second), f"gc took {second} ms") for second in range(5, 600, 7)]
    told = _excerpts(tmp_path, lines)
    (leading,) = [one for one in told if one.kind == LEADING_LINE]
    (end,) = [one for one in told if one.kind == "disconnected"]
    assert leading.message == "shard 7 rebalanced"
    assert leading.text == record(leading.time, "shard 7 rebalanced")
    assert (end.time - leading.time).total_seconds() == pytest.approx(0.04)
    assert told.index(leading) < told.index(end)


def test_a_line_that_comes_at_any_time_is_none(tmp_path: Path) -> None:
    """Every 7 s one, whatever happens to the connection."""
    lines = [record(at(second), "gc took 3 ms") for second in range(5, 600, 7)]
    assert not [one for one in _excerpts(tmp_path, lines) if one.kind == LEADING_LINE]
