"""No clock is read from a row of ends that are several connections' at once, but for what happens to all of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from logdiag.results.patterns import PatternKind
from tests.folders import diagnose_once
from tests.winston import write

START: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)
Line = tuple[float, str]


def go_round(loops_count: int) -> Iterator[tuple[float, bool]]:
    """Loops of connections that live 60.000 s each and are back after about 1.5 s, each with a phase of its own."""
    draw = random.Random(5)  # noqa: S311  no secret
    for _ in range(loops_count):
        second = draw.uniform(1, 60)
        for _ in range(20):
            yield second, True
            yield second + 60, False
            second += 60 + draw.uniform(0.5, 2.5)


def list_clocks(folder: Path, lines: list[Line]) -> set[PatternKind]:
    stamped = (f"{(START + timedelta(seconds=second)).isoformat()} INFO {text}" for second, text in sorted(lines))
    found = diagnose_once(write(folder / "hub" / "app.log", stamped).parent.parent).diagnosis
    return {pattern.kind for pattern in found.patterns} - {PatternKind.BURST}


def name(is_open: bool) -> str:
    return "Client connected" if is_open else "Client disconnected"


def test_interleaved_loops_have_no_clock(tmp_path: Path) -> None:
    """Three loops of one age, of which no line says which is whose, fit a beat of a third of it that nobody keeps."""
    for count in (2, 3):
        assert not list_clocks(tmp_path / str(count), [(at, name(is_open)) for at, is_open in go_round(count)])


def test_ends_alone_have_a_clock_where_nearly_all_keep_it(tmp_path: Path) -> None:
    """One loop's ends are one train; those of three leave holes in every beat that fits them."""
    for count in (1, 3):
        lines = [(at, name(is_open)) for at, is_open in go_round(count) if not is_open]
        assert bool(list_clocks(tmp_path / str(count), lines)) is (count == 1)


def test_what_ends_all_at_once_has_a_clock(tmp_path: Path) -> None:
    """Four clients that all end every 47 s are the fleet's own fact, whichever end is whose."""
    draw = random.Random(7)  # noqa: S311  no secret
    lines = [
        line
        for beat in range(25)
        for _ in range(4)
        for line in (
            (5 + 47 * beat + draw.uniform(0, 0.03), name(is_open=False)),
            (6 + 47 * beat + draw.uniform(0, 1), name(is_open=True)),
        )
    ]
    assert list_clocks(tmp_path, lines) == {PatternKind.TIMER}
