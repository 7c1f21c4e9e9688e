"""Incidents whose platform tells which process ended: that of the connection decides, another one does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import DROP, at, connect, record, stamp, write

Tell = Callable[[float, str], str]  # (when, the name of what ended) -> a line
SPAN_S: Final = 6000.0
MOMENTS_S: Final = (310.0, 1240.0, 1990.0, 3430.0, 4010.0, 5300.0)
OTHERS_S: Final = (500.0, 900.0, 1500.0, 2500.0, 3800.0, 4700.0)


def _stamp(second: float, form: str) -> str:
    return at(second).strftime(form)


TELLS: Final[Mapping[str, Tell]] = MappingProxyType(
    {
        "systemd": lambda second, name: (
            f"{_stamp(second, '%b %d %H:%M:%S')} h1 systemd[1]: {name}.service: Main process exited, code=killed, "
            "status=9/KILL"
        ),
        "kubelet": lambda second, name: (
            f"{_stamp(second, '%b %d %H:%M:%S')} node3 kubelet[1021]: {_stamp(second, 'I%m%d %H:%M:%S.%f')}    1021 "
            f'pod_workers.go:1298] container "{name}" in pod live/{name}-6d4b9c7f9-x2x8q terminated: OOMKilled, '
            "exit code 137"
        ),
        "compose": lambda second, name: f"{_stamp(second, '%Y-%m-%dT%H:%M:%S.%fZ')} {name}-1 exited with code 137",
        "pm2": lambda second, name: (
            f"{_stamp(second, '%Y-%m-%dT%H:%M:%S')}: PM2 log: App [{name}:0] exited with code [0] via signal [SIGKILL]"
        ),
    }
)


def _write_client(folder: Path, drops: Sequence[float], *, tells: bool = True) -> None:
    """A client whose connection drops; it writes on, or breaks off, which its next connect shows."""
    lines = [(0.0, connect(0.0, 0))]
    for number, second in enumerate(drops, start=1):
        lines += [(second, record(at(second), DROP))] if tells else []
        lines += [(second + 4.0, connect(second + 4.0, number))]
    noise = np.random.default_rng(3).uniform(0, SPAN_S, 400).tolist()
    quiet = [second for second in noise if not any(0 <= second - one < 4.0 for one in drops)]
    lines += [(second, record(at(second), "job finished")) for second in quiet]
    write(folder / "worker1" / "socket-client.log", [line for _, line in sorted(lines)])


def _write_server(folder: Path, drops: Sequence[float], *, tells: bool) -> None:
    lines = []
    for number, second in enumerate([-4.0, *drops]):
        socket = f"ReUg8Bn4XkldSwyT{number:04d}"
        opened = second + 4.0
        lines += [f"{stamp(at(opened))} INFO client connected: {socket}"]
        if tells and number < len(drops):
            lines += [f"{stamp(at(drops[number]))} INFO client disconnected: {socket}, reason: transport close"]
    write(folder / "hub" / "hub.log", lines)


def _find_asserted(folder: Path, lines: Sequence[str]) -> list[str]:
    write(folder / "node" / "platform.log", lines)
    return [cause.id for cause in diagnose(Request((str(folder),))).diagnosis.asserted]


@pytest.mark.parametrize(("unit", "expected"), [("hub", ["server-restart"]), ("redis", [])])
@pytest.mark.parametrize("name", TELLS)
def test_a_server_whose_platform_tells_of_its_end_was_restarted(
    tmp_path: Path, name: str, unit: str, expected: list[str]
) -> None:
    """The client says `transport close`, the server nothing; what ends in these moments under another name is none."""
    _write_client(tmp_path, MOMENTS_S)
    _write_server(tmp_path, MOMENTS_S, tells=False)
    assert _find_asserted(tmp_path, [TELLS[name](second + 0.4, unit) for second in MOMENTS_S]) == expected


@pytest.mark.parametrize("name", TELLS)
def test_a_server_that_ended_at_other_times_is_not_the_cause(tmp_path: Path, name: str) -> None:
    """As many ends of the same unit, none near a drop."""
    _write_client(tmp_path, MOMENTS_S)
    _write_server(tmp_path, MOMENTS_S, tells=False)
    assert _find_asserted(tmp_path, [TELLS[name](second, "hub") for second in OTHERS_S]) == []


@pytest.mark.parametrize(("unit", "expected"), [("worker1", ["client-restart"]), ("worker2", []), ("redis", [])])
@pytest.mark.parametrize("name", TELLS)
def test_a_client_whose_platform_tells_of_its_end_was_restarted(
    tmp_path: Path, name: str, unit: str, expected: list[str]
) -> None:
    """The server says `transport close`, the client's log breaks off."""
    _write_client(tmp_path, MOMENTS_S, tells=False)
    _write_server(tmp_path, MOMENTS_S, tells=True)
    assert _find_asserted(tmp_path, [TELLS[name](second + 0.4, unit) for second in MOMENTS_S]) == expected


def test_a_client_that_ends_because_it_was_disconnected_is_not_the_cause(tmp_path: Path) -> None:
    """It logs the cut itself; only then does its process leave."""
    _write_client(tmp_path, MOMENTS_S)
    _write_server(tmp_path, MOMENTS_S, tells=True)
    lines = [TELLS["systemd"](second + 0.4, "worker1") for second in MOMENTS_S]
    assert "client-restart" not in _find_asserted(tmp_path, lines)


@pytest.mark.parametrize(
    "line",
    [
        "h1 systemd[1]: hub.service: Main process exited, code=exited, status=0/SUCCESS",
        "h1 systemd[1]: hub.service: Control process exited, code=exited, status=1/FAILURE",
        "h1 systemd[1]: hub.service: Deactivated successfully.",
    ],
)
def test_an_orderly_end_of_a_unit_tells_nothing(tmp_path: Path, line: str) -> None:
    """Nor does that of what systemd starts beside the main process."""
    _write_client(tmp_path, MOMENTS_S)
    _write_server(tmp_path, MOMENTS_S, tells=False)
    lines = [f"{_stamp(second, '%b %d %H:%M:%S')} {line}" for second in MOMENTS_S]
    assert _find_asserted(tmp_path, lines) == []
