"""The cause catalogue as validated rows (causes.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What one check weighs for one cause, in nats; `hard`: its refutation kills, `needed`: without it no assertion."""

    id: str
    supports_nats: float
    refutes_nats: float
    hard: bool
    needed: bool


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One cause: how it claims disconnects, its prior in nats (log odds), its checks, its sources."""

    id: str
    claims: str
    reasons: tuple[str, ...]
    patterns: tuple[str, ...]
    prior_nats: float
    checks: tuple[CheckRow, ...]
    sources: tuple[str, ...]


@cache
def load_catalogue() -> tuple[CauseRow, ...]:
    """The causes in the order in which they claim disconnects."""
    text = resources.files("logdiag.analyzers").joinpath("causes.toml").read_text("utf-8")
    return tuple(_read_cause(row) for row in tomllib.loads(text)["cause"])


def _read_cause(row: dict[str, Any]) -> CauseRow:
    return CauseRow(
        id=row["id"],
        claims=row["claims"],
        reasons=tuple(row.get("reasons", ())),
        patterns=tuple(row.get("patterns", ())),
        prior_nats=float(row["prior_nats"]),
        checks=tuple(_read_check(check) for check in row["checks"]),
        sources=tuple(row["sources"]),
    )


def _read_check(row: dict[str, Any]) -> CheckRow:
    return CheckRow(
        id=row["id"],
        supports_nats=float(row["supports"]),
        refutes_nats=float(row["refutes"]),
        hard=bool(row.get("hard", False)),
        needed=bool(row.get("needed", False)),
    )
