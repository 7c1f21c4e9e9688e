"""Many small cases in one test, which names every case that fails.

A test costs a millisecond on each worker and on the controller before it does anything, and what a table of examples
asks is answered in microseconds: with 9,000 tests that was a tenth of the whole run. `each` takes what
`pytest.mark.parametrize` takes, for functions that need no fixture of their own for each case.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pytest

LABEL_CHARACTERS: Final = 120  # of a case that has no name: enough to find it in its table
# A case that skips is a failure: the test would pass for skipped, whatever the other cases found.
CAUGHT: Final = (Exception, BaseExceptionGroup, pytest.fail.Exception, pytest.skip.Exception)
Label = Callable[[Any], object] | Iterable[object] | None


def each(
    names: str | Sequence[str], rows: Iterable[Any], *, ids: Label = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test for each row; it fails with all of what failed, each with its row. An empty table fails, too."""
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    values = [(row,) if len(keys) == 1 and isinstance(names, str) else tuple(row) for row in rows]
    labels = _label(values, ids)

    def fold(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(**fixtures: object) -> None:
            assert values, "no case at all"
            failed: list[str] = []
            failures: list[BaseException] = []
            for label, row in zip(labels, values, strict=True):
                try:
                    test(**fixtures, **dict(zip(keys, row, strict=True)))
                except CAUGHT as error:
                    error.add_note(f"the case: {label}")
                    failed.append(label)
                    failures.append(error)
            if failures:
                told = "\n".join(failed)
                raise BaseExceptionGroup(f"{len(failed)} of {len(values)} cases fail:\n{told}\n", failures)

        signature = inspect.signature(test)
        unbound = [parameter for name, parameter in signature.parameters.items() if name not in keys]
        assert len(unbound) == len(signature.parameters) - len(keys), "a name that the test does not take"
        run.__signature__ = signature.replace(parameters=unbound)  # type: ignore[attr-defined]  # what pytest reads
        return run

    return fold


def _label(rows: list[tuple[Any, ...]], ids: Label) -> list[str]:
    """The names of the cases as pytest would say them, or what the rows hold."""
    if ids is None:
        return [_shorten(row) for row in rows]
    if callable(ids):
        return ["-".join(str(ids(value) or _shorten(value)) for value in row) for row in rows]
    return [str(label) for label in ids]


def _shorten(value: object) -> str:
    return ascii(value)[:LABEL_CHARACTERS]
