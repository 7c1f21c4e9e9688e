"""The targets of fuzzing hold for their seeds and some mutants of them, and would tell if something were wrong."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Final

import pytest

from fuzz import targets
from fuzz.targets import reading, scanning, stamps
from logdiag.parsers.searches import PlainSearch, Wanted
from tests.folding import each

MUTANTS: Final = 40
FUTURE: Final = "3025-11-14 16:00:00"


def mutate(data: bytes, draw: random.Random) -> bytes:
    """Bytes that are changed, left out, said twice or put elsewhere."""
    changed = bytearray(data)
    for _ in range(draw.randrange(1, 5)):
        place = draw.randrange(len(changed) + 1)
        length = draw.randrange(9)
        match draw.randrange(4):
            case 0:
                changed[place : place + 1] = draw.randbytes(1)
            case 1:
                del changed[place : place + length]
            case 2:
                changed[place:place] = changed[place : place + length]
            case _:
                changed[place:place] = data[draw.randrange(len(data)) :][:length]
    return bytes(changed)


@each("name", targets.list_names())
def test_targets_hold(name: str) -> None:
    """For every seed, for mutants of it, and for nothing at all."""
    target = import_module(f"fuzz.targets.{name}")
    draw = random.Random(22)  # noqa: S311  no secret
    target.check(b"")
    for seed in target.SEEDS:
        target.check(seed)
    for _ in range(MUTANTS):
        target.check(mutate(draw.choice(target.SEEDS), draw))


def test_target_tells_of_another_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the search without Hyperscan found other lines, scanning would fail."""
    monkeypatch.setattr(scanning, "_searches", lambda: (PlainSearch([Wanted(b"a")]), PlainSearch([Wanted(b"b")])))
    with pytest.raises(AssertionError, match="other lines"):
        scanning.check(b"a\n")


def test_target_tells_of_an_impossible_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a stamp were read as an instant of another age, stamps would fail; no stamp of that age is read."""
    stamps.check(FUTURE.encode())
    monkeypatch.setattr(stamps, "LAST", stamps.FIRST)
    with pytest.raises(AssertionError, match="no such instant"):
        stamps.check(b"2025-11-14 16:00:00")


def test_target_tells_of_another_quotation(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a line were quoted otherwise than it was read, reading would fail."""
    monkeypatch.setattr(reading, "read_places", lambda _file, wanted: dict.fromkeys(wanted, b"?"))
    with pytest.raises(AssertionError, match="quoted"):
        reading.check(reading.SEEDS[0])
