"""The last push before a disconnect."""

from __future__ import annotations

from logdiag.analyzers.causes.facts.pushes import find_push
from tests.analyzers.cases import (
    push,
)


def test_the_push_of_a_disconnect_is_the_last_to_begin_before_it() -> None:
    """Within reach, never after it, and of that disconnect only."""
    pushes = [push(299.0), push(20.0), push(-5.0), push(300.5), push(1.0, disconnect_index=2)]
    assert find_push(pushes, 1, 300.0) == pushes[1]
    assert find_push([push(300.5), push(-5.0)], 1, 300.0) is None
    assert find_push([], 1, 300.0) is None
