"""Which lines the fast path looks at."""

from __future__ import annotations

import json
import random
from typing import Final

import pytest

from logdiag.parsers.lexicon.needles import Expression
from logdiag.scanning import suspects
from logdiag.scanning.suspects import SuspectFinder
from tests.winston import BUILT_IN

PIECES: Final = (
    "user 17", "Player:", "worker", "joined", "online", "left,", "started", "timeout 30", "timeout: 5", "Monitor",
    "watchdog", "room", "the", "leaving", "offline", "OFFLINE", "\n",
)  # fmt: skip


def make_block(*, has_braces: bool) -> bytearray:
    """5,000 lines of words that come and go, some with who does."""
    draw = random.Random(5)  # noqa: S311  no secret
    texts = [" ".join(draw.choices(PIECES, k=draw.randrange(1, 9))) for _ in range(5_000)]
    if has_braces:
        texts = [json.dumps({"message": text}) for text in texts]
    return bytearray("".join(f"\n{text}" for text in texts).encode() + b"\n")


def list_lines(finder: SuspectFinder, block: bytearray) -> set[tuple[int, bool]]:
    """The beginning of each suspicious line, and whether a candidate stands there."""
    return {(block.rfind(b"\n", 0, place), found) for place, found in finder.find(block, 0, len(block))}


@pytest.mark.parametrize("has_braces", [True, False])
def test_what_is_found_roughly_is_checked(*, has_braces: bool) -> None:
    """The lines are those of the exact expressions, as few of those that match roughly are."""
    exact = tuple(Expression(expression.exact) for expression in BUILT_IN.expressions)
    rough = tuple(Expression(expression.rough or expression.exact) for expression in BUILT_IN.expressions)
    block = make_block(has_braces=has_braces)
    found, meant, roughly = (
        list_lines(SuspectFinder(BUILT_IN.texts, expressions, has_braces=has_braces), block)
        for expressions in (BUILT_IN.expressions, exact, rough)
    )
    assert found == meant
    assert found < roughly


def test_many_checks_in_vain_end_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lines mostly match roughly alone, the exact expressions are compiled, and find the same."""
    monkeypatch.setattr(suspects, "MOST_MISSES", 100)
    finder = SuspectFinder(BUILT_IN.texts, BUILT_IN.expressions)
    block = make_block(has_braces=True)
    first, second, third = (list_lines(finder, block) for _ in range(3))
    assert first == second == third
    assert not finder._doubtful
