"""Logins that take the place of another, as a server tells of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import at, write


def test_the_words_behind_the_librarys_reason_say_why(tmp_path: Path) -> None:
    """`(server namespace disconnect): duplicate login` is no kick whose reason nobody knows."""
    draw = np.random.default_rng(2)
    lines, second, before = [], 10.0, None
    for number in range(40):
        sid = f"q7Xb2LmNPzRk9TtV{number:04d}"
        if before is not None:
            lines.append(
                (second, f"socket disconnected {before} user=mira (server namespace disconnect): duplicate login")
            )
        lines.append((second + 0.002, f"socket connected {sid} user=mira"))
        before, second = sid, second + float(draw.uniform(3.0, 12.0))
    lines += [(n / 2, f"socket connected w8Yc3MnOQaSl0UuW{n:04d} user=guest{n}") for n in range(20)]
    rows = (f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in sorted(lines))
    write(tmp_path / "hub" / "app.log", list(rows))
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert [cause.id for cause in found.asserted] == ["duplicate-connection"]
