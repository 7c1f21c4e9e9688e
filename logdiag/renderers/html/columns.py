"""How the columns of the Diagnosis are written for the scripts of the page.

Instants are milliseconds since 1970 in UTC. A column whose values repeat is written as `values` and, row by row, the
`codes` that point into them. Texts are short and have passed `escape_controls`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from logdiag.renderers.escape import escape_controls
from logdiag.renderers.sections.material import clip

TEXT_LENGTH: Final = 200  # of a name or a reason: enough to know it by, so that no log makes the page large
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NONE: Final = -1


def encode(items: Iterable[str]) -> dict[str, Any]:
    """Write a column of texts that repeat."""
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(item, len(code_of)) for item in items]
    return {"values": [write_text(value) for value in code_of], "codes": codes}


def write_text(text: str) -> str:
    """Clip a text and make visible what does not print."""
    return escape_controls(clip(text, TEXT_LENGTH))


def write_instant(instant: datetime | None) -> float | None:
    """Write an instant as milliseconds since 1970."""
    return None if instant is None else write_number((instant - EPOCH).total_seconds() * 1000)


def write_number(value: float | None) -> float | None:
    """Drop digits that no clock of a log has: micro-units are enough for seconds and milliseconds alike."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)
