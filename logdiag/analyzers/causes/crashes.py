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

from logdiag.analyzers.causes.own_words import Said
from logdiag.deferred import compile_later

# How a process ended, by the platform; that it is started again (`Scheduled restart job`, `spawned`) is no answer.
_HOW: Final = compile_later(r"(?i)kill|code|status|signal|\bsig[a-z]{3,4}\b|oom|error|terminated|exceeds|crash|fail")
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


def tells_how(words: str) -> bool:
    """Whether what a platform says of the end of a process says how it ended."""
    return _HOW.search(words) is not None


def pick_telling(lines: Sequence[Said]) -> Said:
    """Which of a platform's lines of one end, at least one, says most of it: why, else how it ended, else the first."""
    return min(lines, key=lambda line: (_name(line) is None, not tells_how(line.text)))


def name_decisive(deaths: Sequence[Said | None]) -> str | None:
    """The kind of error with which nearly all of these processes ended; None: an end without words is none."""
    counts = Counter(_name(death) for death in deaths)
    name, count = counts.most_common(1)[0] if counts else (None, 0)
    return name if count >= MOST * len(deaths) else None


def _name(death: Said | None) -> str | None:
    return next((row.id for row in load_decisive_errors() if death and row.pattern.search(death.text)), None)
