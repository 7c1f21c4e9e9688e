"""Folded cases: all are run, and all that fail are named."""

from __future__ import annotations

import inspect

import pytest

from tests.folding import each


def test_every_case_runs_and_every_failure_is_named() -> None:
    """What fails first hides nothing behind it."""
    seen: list[tuple[int, int]] = []

    @each("first", [1, 2, 3])
    @each(("second", "third"), [(1, 0), (2, 0)], ids=["one", "two"])
    def fail_for_two(first: int, second: int, third: int) -> None:
        seen.append((first, second))
        assert third == 0
        assert first != 2
        if second == 2:
            pytest.skip("told")

    with pytest.raises(BaseExceptionGroup) as caught:
        fail_for_two()
    assert seen == [(first, second) for first in (1, 2, 3) for second in (1, 2)]
    assert [str(group).split("\n")[0] for group in caught.value.exceptions] == [
        "1 of 2 cases fail:", "2 of 2 cases fail:", "1 of 2 cases fail:",
    ]  # fmt: skip
    assert [group.__notes__ for group in caught.value.exceptions] == [[f"the case: ({n},)"] for n in (1, 2, 3)]
    middle = caught.value.exceptions[1]
    assert isinstance(middle, BaseExceptionGroup)
    assert [error.__notes__ for error in middle.exceptions] == [["the case: one"], ["the case: two"]]


def test_fixtures_are_left_to_pytest() -> None:
    """What the table does not give is asked of whoever calls."""

    @each("number", [1, 2])
    def write(number: int, written: list[int]) -> None:
        written.append(number)

    assert list(inspect.signature(write).parameters) == ["written"]
    written: list[int] = []
    write(written=written)
    assert written == [1, 2]


def test_a_table_without_cases_is_a_failure() -> None:
    """A glob that finds nothing any more would otherwise test nothing."""

    @each("number", [])
    def never(number: int) -> None:
        raise AssertionError(number)

    with pytest.raises(AssertionError, match="no case at all"):
        never()
