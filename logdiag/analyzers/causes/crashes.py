"""Errors of a process that ends which decide what to do about it, as validated rows (crashes.toml)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

MOST: Final = 0.8  # a choice: four of five; a remedy for fewer ends would leave the rest as they are


@dataclass(frozen=True, slots=True)
class DecisiveError:
    """A kind of error that names what must be mended, the words that tell it, and where that is written."""

    id: str
    pattern: re.Pattern[str]
    source: str


@cache
def load_decisive_errors() -> tuple[DecisiveError, ...]:
    """All rows, in the order in which they are tried."""
    table = tomllib.loads(resources.files("logdiag.analyzers.causes").joinpath("crashes.toml").read_text("utf-8"))
    return tuple(
        DecisiveError(row["id"], re.compile(row["pattern"], re.IGNORECASE), row["source"]) for row in table["crash"]
    )


def name_decisive(errors: Sequence[str | None]) -> str | None:
    """The kind of error with which nearly all of these processes ended; None: an end without words is none."""
    counts = Counter(_name(error) for error in errors)
    name, count = counts.most_common(1)[0] if counts else (None, 0)
    return name if count >= MOST * len(errors) else None


def _name(error: str | None) -> str | None:
    return next((row.id for row in load_decisive_errors() if error and row.pattern.search(error)), None)
