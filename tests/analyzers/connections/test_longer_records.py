"""A client's log that was rotated, beside a server's log that reaches further back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from logdiag import Diagnosis, diagnose
from logdiag.results.finding_ids import OUTSIDE_OWN_LOG

START = datetime(2026, 8, 3, 11, 0, tzinfo=UTC)
AHEAD = timedelta(minutes=3)
IDLE_S = 60.0
ROTATED_AT_S = 4000.0


def write(folder: Path, file: str, lines: list[tuple[float, str, dict[str, str]]], shift: timedelta) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts = [
        json.dumps({"ts": (START + timedelta(seconds=at_s) + shift).isoformat(), "level": "info", "msg": said, **more})
        for at_s, said, more in sorted(lines, key=lambda line: line[0])
    ]
    (folder / file).write_text("\n".join(texts) + "\n")


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    """Two clients that an idle limit of 60 s ends; their own logs keep the last third."""
    root, dice = tmp_path_factory.mktemp("logs"), Random(7)  # noqa: S311  no secret
    hub: list[tuple[float, str, dict[str, str]]] = [(0.0, "Hub listening, pingInterval=70000", {})]
    for name in ("pk-1", "pk-2"):
        link: list[tuple[float, str, dict[str, str]]] = []
        sent: list[tuple[float, str, dict[str, str]]] = []
        now_s = dice.uniform(1, 5)
        for number in range(60):
            sid = f"{name[-1]}aB{number:04d}xYzQwErTyUiOp"
            hub.append((now_s, f"Node attached node={name} sid={sid}", {}))
            link.append((now_s + 0.03, "Connected to hub", {"sid": sid}))
            for _ in range(dice.randrange(6)):
                now_s += dice.uniform(3, 50)
                sent.append((now_s, f"lot:commit LOT-{len(sent)} handed to hub", {}))
            now_s += IDLE_S + dice.uniform(0, 0.03)
            hub.append((now_s, f'Node detached node={name} sid={sid} reason="transport close"', {}))
            link.append((now_s + 0.005, "Disconnected from hub: transport close", {"sid": sid}))
            now_s += dice.uniform(1, 2)
        write(root / name, "link.log", [line for line in link if line[0] > ROTATED_AT_S], AHEAD)
        write(root / name, "relay.log", [line for line in sent if line[0] > ROTATED_AT_S], AHEAD)
    write(root / "hub", "hub.log", hub, timedelta())
    return diagnose([root])


def test_both_logs_tell_of_one_connection(rotated: Diagnosis) -> None:
    """What the hub alone knows of a client is of that client: two connections, every end once."""
    assert [one.id for one in rotated.connections] == ["pk-1", "pk-2"]
    assert len(rotated.disconnects) == 120
    found = rotated.find(OUTSIDE_OWN_LOG)
    assert found is not None
    assert 0 < int(found.numbers["count"] or 0) < 120


def test_ends_that_nobody_heard_hide_no_idle_limit(rotated: Diagnosis) -> None:
    """The limit shows in what the clients' lines cover; the earlier ends, alike in all that is known, count with it."""
    assert rotated.causes[0].id == "idle-timeout"
    assert rotated.causes[0].explains_count > 110


def test_all_of_a_client_is_told_by_its_own_clock(rotated: Diagnosis) -> None:
    """A hub three minutes behind told of the first end three minutes earlier than the client did."""
    first = rotated.disconnects[0]
    assert first.time - START > AHEAD
    assert all(one.interval_s is None or one.interval_s > 0 for one in rotated.disconnects)
