"""The cause catalogue as validated rows (causes.toml), and where its sources can be read (sources.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.results.patterns import PatternKind

GITHUB_THREAD: Final = compile_later(r"(?P<project>[\w.-]+) (?P<discussion>discussion )?#(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What one check weighs for one cause, in nats.

    `hard`: its refutation kills, `needed`: without it no assertion, unless
    all checks of `unless` support the cause: a server's log that states no reason may tell by other means. `defining`:
    where it does not support, nor any of `unless`, the cause is not even suggested.
    """

    id: str
    supports_nats: float
    refutes_nats: float
    hard: bool
    needed: bool
    unless: tuple[str, ...] = ()
    defining: bool = False


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One cause: how it claims disconnects, its prior in nats (log odds), its checks, its sources.

    A disconnect is its own by one of the `reasons` in the words of the client, or by one of the `server_reasons` where
    the client only says that the connection was cut. `by_exclusion`: it takes what the others leave.
    `by_inference`: it rests on what is not in the logs.
    `symptom_of`: the cause that leaves the same traces, and may well have left those that this one claims.
    """

    id: str
    claims: str
    reasons: tuple[str, ...]
    server_reasons: tuple[str, ...]
    patterns: tuple[PatternKind, ...]
    prior_nats: float
    checks: tuple[CheckRow, ...]
    sources: tuple[str, ...]
    by_exclusion: bool = False
    by_inference: bool = False
    symptom_of: str | None = None


@cache
def load_catalogue() -> tuple[CauseRow, ...]:
    """The causes in the order in which they claim disconnects."""
    return tuple(_read_cause(row) for row in _read_table("causes.toml")["cause"])


def find_source_url(name: str) -> str | None:
    """The address of a source, or None for one that sources.toml does not know."""
    table = _read_table("sources.toml")
    thread = GITHUB_THREAD.fullmatch(name)
    if thread is None or thread["project"] not in table["repositories"]:
        return str(table["pages"][name]) if name in table["pages"] else None
    kind = "discussions" if thread["discussion"] else "issues"
    return f"https://github.com/{table['repositories'][thread['project']]}/{kind}/{thread['number']}"


@cache
def _read_table(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("logdiag.analyzers.causes").joinpath(name).read_text("utf-8"))


def _read_cause(row: dict[str, Any]) -> CauseRow:
    return CauseRow(
        id=row["id"],
        claims=row["claims"],
        reasons=tuple(row.get("reasons", ())),
        server_reasons=tuple(row.get("server_reasons", ())),
        patterns=tuple(PatternKind(kind) for kind in row.get("patterns", ())),
        prior_nats=float(row["prior_nats"]),
        checks=tuple(_read_check(check) for check in row["checks"]),
        sources=tuple(row["sources"]),
        by_exclusion=bool(row.get("by_exclusion", False)),
        by_inference=bool(row.get("by_inference", False)),
        symptom_of=row.get("symptom_of"),
    )


def _read_check(row: dict[str, Any]) -> CheckRow:
    return CheckRow(
        id=row["id"],
        supports_nats=float(row["supports"]),
        refutes_nats=float(row["refutes"]),
        hard=bool(row.get("hard", False)),
        needed=bool(row.get("needed", False)),
        unless=tuple(row.get("unless", ())),
        defining=bool(row.get("defining", False)),
    )
