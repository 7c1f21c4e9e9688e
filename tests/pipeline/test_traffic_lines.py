"""Traffic in words that nobody knows, from the files to the cause."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.pipeline.stages import Request, diagnose
from logdiag.pipeline.traffic_lines import find_direction
from logdiag.results.causes import CauseStatus
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import PatternKind
from tests.winston import at

LIMIT_S: Final = 50.0
SESSIONS_COUNT: Final = 30
Line = tuple[float, str]


def _write(path: Path, lines: Iterable[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{at(second).isoformat(timespec='milliseconds')} info: {text}\n" for second, text in sorted(lines)]
    path.write_text("".join(rows))


def _diagnose(folder: Path) -> Diagnosis:
    return diagnose(Request(paths=(str(folder),))).diagnosis


def _name_asserted(found: Diagnosis) -> list[str]:
    return [cause.id for cause in found.causes if cause.status is CauseStatus.ASSERTED]


def _list_sessions(draw: np.random.Generator, first: float, *, is_idle: bool) -> list[tuple[float, list[float], float]]:
    """When sessions began, had messages and were cut: after a pause of 50 s, or at the age of 50 s."""
    sessions, start = [], first
    for _ in range(SESSIONS_COUNT):
        now, messages = start, list[float]()
        while (pause := draw.exponential(20.0)) < LIMIT_S and (is_idle or now + pause < start + LIMIT_S):
            now += pause
            messages.append(now)
        end = (now if is_idle else start) + LIMIT_S + draw.uniform(0.0, 0.03)
        sessions.append((start, messages, end))
        start = end + draw.uniform(0.4, 3.0)
    return sessions


def _chatter(draw: np.random.Generator, end: float) -> list[Line]:
    seconds = draw.uniform(0.0, end, int(end / 15.0))
    return [(float(second), f"GET /healthz 200 {place} ms") for place, second in enumerate(seconds)]


@pytest.mark.parametrize("is_idle", [True, False])
def test_a_clients_own_lines_tell_an_idle_limit_from_a_limit_on_age(tmp_path: Path, *, is_idle: bool) -> None:
    """Otters and plumes go over the socket, whatever they are; what pauses for 50 s is cut, or what is 50 s old."""
    draw = np.random.default_rng(5)
    lines: list[Line] = []
    for number, (start, messages, end) in enumerate(_list_sessions(draw, 10.0, is_idle=is_idle)):
        lines.append((start, "socket open wss://hub.example/s"))
        lines += [(second, f"{('otter', 'plume')[number % 2]} batch {number} rows") for second in messages]
        lines.append((end, "onclose code=1006 reason='' wasClean=false"))
    _write(tmp_path / "feed.log", lines + _chatter(draw, lines[-1][0]))
    found = _diagnose(tmp_path)
    idle = [pattern for pattern in found.patterns if pattern.kind is PatternKind.IDLE]
    if is_idle:
        assert _name_asserted(found) == ["idle-timeout"]
        assert idle[0].period_s == pytest.approx(LIMIT_S, abs=0.05)
        assert "no-traffic-lines" not in {spot.id for spot in found.blind_spots}
    else:
        assert not idle
        assert "idle-timeout" not in _name_asserted(found)


@pytest.mark.parametrize("is_named", [True, False])
def test_a_servers_lines_are_of_the_client_that_they_name(tmp_path: Path, *, is_named: bool) -> None:
    """A server's log alone; the same lines without a name are anybody's and teach nothing."""
    draw = np.random.default_rng(6)
    lines: list[Line] = []
    for number in range(3):
        name = f"s{number}53{number}"
        for place, (start, messages, end) in enumerate(_list_sessions(draw, 10.0 + number, is_idle=True)):
            socket = f"fMa3GFRPRCgGdW{number}{place:02d}AAB"
            lines.append((start, f"{name} is in ({socket})"))
            lines += [(second, f"answer from {name if is_named else 'the hall'}: q7=B") for second in messages]
            lines.append((end, f"{name} is out ({socket}), transport close"))
    _write(tmp_path / "quiz.log", lines + _chatter(draw, max(lines)[0]))
    assert (_name_asserted(_diagnose(tmp_path)) == ["idle-timeout"]) is is_named


@pytest.mark.parametrize("over_http", [False, True])
def test_messages_to_the_end_leave_a_limit_on_age(tmp_path: Path, *, over_http: bool) -> None:
    """Client and server tell of each load up to the end; if some arrive while the line is down, they tell nothing."""
    draw = np.random.default_rng(7)
    client: list[Line] = []
    server: list[Line] = []
    for place, (start, messages, end) in enumerate(_list_sessions(draw, 10.0, is_idle=False)):
        socket = f"ZScrEBFaP96MvJ0{place:02d}AAB"
        client += [(start, f"Connected to keeper, id {socket}"), (end, "Disconnected from keeper: transport close")]
        server.append((start - 0.01, f"client hive-1 connected [{socket}]"))
        server.append((end + 0.001, f"client hive-1 disconnected [{socket}]: transport close"))
        sent = [*messages, *(end - draw.uniform(0.5, 20.0, 3)), *([end + 0.3] if over_http else [])]
        client += [(second, f"nectar load {place}") for second in sent]
        server += [(second + 0.01, f"nectar noted {place} (hive-1)") for second in sent]
    _write(tmp_path / "hive-1" / "hive.log", client)
    _write(tmp_path / "keeper" / "keeper.log", server)
    asserted = _name_asserted(_diagnose(tmp_path))
    assert asserted == (["limit-on-the-way"] if over_http else ["connection-age-limit"])


@pytest.mark.parametrize(
    ("known", "names", "way"),
    [
        ((), ("data received. String data of length <n>",), "received"),
        (("received", "connected"), ("data received",), "received"),
        (("emit",), ("data received",), None),
        ((), ("noop sent",), "sent"),
        ((), ("tick",), None),
        ((), (), None),
    ],
)
def test_an_idle_time_may_count_from_one_direction(
    known: tuple[str, ...], names: tuple[str, ...], way: str | None
) -> None:
    """All known traffic was received, or all was sent; words that do not say which leave it open."""
    assert find_direction(known, [LineKind(name, {}) for name in names]) == way
