"""Lines of clients that tell of something received, in whatever words, and only while they are connected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.clocks.received_lines import find_received, tells_receiving
from logdiag.pipeline.stages import Request, diagnose
from tests.folding import each
from tests.winston import at

LIMIT_S = 1800.0
ROUNDS = 12


@each(
    ("template", "is_receiving"),
    [
        ('recv: {"action":"pong"}', True),
        ("<- pong", True),
        (">>> order.updated", True),
        ("got message order.updated", True),
        ("Received: tick", True),
        ("Nachricht empfangen: ticker", True),
        ("收到消息 <n>", True),
        ("Received SIGTERM", False),
        ("received request GET /healthz", False),
        ("received message from kafka topic orders", False),
        ("recv error: EOF", False),
        ("order <n> updated", False),
        ("value <= limit", False),
    ],
)
def test_a_verb_of_receiving_tells_of_traffic(template: str, *, is_receiving: bool) -> None:
    """What comes by another way, fails or is a signal is no message of the connection."""
    assert tells_receiving(template) is is_receiving


@pytest.mark.parametrize(("second", "is_found"), [(100.5, True), (105.0, False)])
def test_what_comes_while_the_connection_is_down_takes_another_way(second: float, *, is_found: bool) -> None:
    """A moment at the edge of an outage is a late line."""
    kind = LineKind("recv: x", {"a": np.array([*np.arange(0.0, 90.0, 10.0), second])})
    assert bool(find_received([kind], {"a": np.array([[100.0, 110.0]])})) is is_found


@pytest.mark.parametrize("said", ["recv:", "worked on"])
def test_lines_of_receiving_alone_leave_open_whose_silence_a_limit_counts(tmp_path: Path, said: str) -> None:
    """A server that waits for a word of its client ends them at one age, whatever it sends; so does a limit on age."""
    draw = np.random.default_rng(3)
    for name in ("agent-1", "agent-2"):
        second = float(draw.uniform(0.0, 600.0))
        lines = []
        for number in range(ROUNDS):
            end = second + LIMIT_S + float(draw.uniform(0.0, 0.05))
            lines.append((second, f"connected, location {number}"))
            lines += [(float(one), f'{said} {{"id":{number}}}') for one in draw.uniform(second + 1.0, end - 1.0, 12)]
            lines.append((end, "read: websocket: close 1001 (going away): Going away"))
            second = end + 3.0 + float(draw.uniform(0.0, 1.0))
        rows = [f"{at(moment).isoformat(timespec='milliseconds')} {text}\n" for moment, text in sorted(lines)]
        (tmp_path / f"{name}.log").write_text("".join(rows))
    assert [one.id for one in diagnose(Request(paths=(str(tmp_path),))).diagnosis.asserted] == ["limit-on-the-way"]
