"""A server with one client at a time, which writes nothing while it waits for that client's ping."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import Row, name_socket, write_winston

LONG_S = 1200.0  # of the first session, in which pings come


def _write_server(folder: Path, waits_s: list[float]) -> None:
    """A long session with pings, then sessions of these lengths without any; each ends with `ping timeout`."""
    rows: list[Row] = []
    start = 0.0
    for index, wait_s in enumerate([LONG_S, *waits_s]):
        rows.append((start, {"message": f"incoming connection with id {name_socket(index)}"}))
        if not index:
            rows += [(ping * 25.0, {"message": "got ping"}) for ping in range(1, int(LONG_S / 25.0) - 1)]
        rows.append((start + wait_s, {"message": f"{name_socket(index)}: client close with reason ping timeout"}))
        start += wait_s + 1.1
    write_winston(folder / "node.log", rows)


@pytest.mark.parametrize(
    ("waits_s", "is_asserted"),
    [
        ([30.0 + 0.001 * (index % 3) for index in range(36)], True),
        ([30.0 + 1.7 * (index % 5) for index in range(36)], False),
    ],
    ids=["a timer", "work"],
)
def test_pauses_of_one_length_are_those_of_a_timer(tmp_path: Path, waits_s: list[float], *, is_asserted: bool) -> None:
    """Ping interval plus timeout, to the millisecond: no standstill is that punctual, and other lengths may be one."""
    _write_server(tmp_path, waits_s)
    answer = diagnose(Request((str(tmp_path),))).diagnosis
    asserted = [cause.id for cause in answer.causes if cause.confidence > 0.5]
    assert len(answer.disconnects) == 37
    assert asserted == (["heartbeat-timeout"] if is_asserted else [])
