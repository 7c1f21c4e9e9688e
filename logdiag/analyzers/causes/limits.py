"""Known products that end connections after a fixed time, as validated rows (limits.toml)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from logdiag.analyzers.causes.reasons import IN_ORDER

NEAR_SHARE: Final = 0.02  # a limit that is checked now and then strikes that much late
NEAR_S: Final = 0.3  # a handshake before the connect line makes a session look shorter, a slow close longer


class LimitKind(StrEnum):
    """From when a limit counts."""

    IDLE = "idle"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class KnownLimit:
    """A default of a product: after how many seconds it ends a connection, by which setting, where that is written.

    `code`: with which close code clients see it end, 1006 if nothing says goodbye; None where that is not known.
    """

    product: str
    setting: str
    kind: LimitKind
    limit_s: float
    source: str
    code: str | None = None

    @property
    def name(self) -> str:
        """The product with its setting, as one name."""
        return f"{self.product}: {self.setting}"


@cache
def load_limits() -> tuple[KnownLimit, ...]:
    """All known limits, the shortest first."""
    table = tomllib.loads(resources.files("logdiag.analyzers.causes").joinpath("limits.toml").read_text("utf-8"))
    rows = (
        KnownLimit(
            row["product"],
            row["setting"],
            LimitKind(row["kind"]),
            float(row["seconds"]),
            row["source"],
            row.get("code"),
        )
        for row in table["limit"]
    )
    return tuple(sorted(rows, key=lambda limit: (limit.limit_s, limit.product)))


def find_suspects(lifetime_s: float, kinds: frozenset[LimitKind], code: str | None = None) -> tuple[KnownLimit, ...]:
    """The known limits of these kinds near a measured lifetime, none that ends connections with another close code.

    `code` is what the ends state, None if nothing. What closes in order is suspected by its code alone: it sends one.
    """
    return tuple(
        limit
        for limit in load_limits()
        if limit.kind in kinds
        and abs(lifetime_s - limit.limit_s) <= max(NEAR_SHARE * limit.limit_s, NEAR_S)
        and (limit.code in {None, code} or (code is None and limit.code != IN_ORDER))
    )


def find_code(codes: Iterable[str | None]) -> str | None:
    """The close code that most ends of one kind state; None where most state none."""
    return next((code for code, _ in Counter(codes).most_common(1)), None)
