"""Successes that two services of one process tell, the library and what calls it: one push each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations, pairwise
from typing import Any, Final, TypeAlias

from logdiag.analyzers.processes.processes import ECHO
from logdiag.analyzers.pushes.accounts import find_accounts
from logdiag.events import EventKind

Row: TypeAlias = Mapping[str, Any]
SUCCESSES: Final = frozenset({EventKind.PUSH_OK.value, EventKind.PUSH_ACKNOWLEDGED.value})


def drop_retold(rows: Sequence[Row]) -> list[Row]:
    """The lines of one connection in order, without successes that a second service tells again.

    Two services retell each other if, of one account or message, each line of the one has a line of the other beside
    it, one for one, and no third stands between. The earlier teller is believed. Services that tell the start of
    pushes have been seen to before (`timeline`).
    """
    told: dict[tuple[str | None, frozenset[str]], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    starters = {(row["channel"], row["service"]) for row in rows if row["kind"] == EventKind.PUSH_STARTED}
    for row in rows:
        if row["kind"] in SUCCESSES and (row["channel"], row["service"]) not in starters:
            names = _names(row)
            if names:
                told[row["channel"], names][row["service"]].append(row)
    dropped: set[int] = set()
    for services in told.values():
        for one, other in combinations(services.values(), 2):
            if _are_pairs(one, other):
                later = other if _sum_lags(one, other) >= timedelta() else one
                dropped.update(id(row) for row in later)
    return [row for row in rows if id(row) not in dropped]


def _names(row: Row) -> frozenset[str]:
    """What says whose push it is: its accounts, else the message that it carries."""
    accounts = find_accounts(row["message"], row["service"], row["message_id"])
    return accounts or frozenset({row["message_id"]} - {None})


def _are_pairs(one: Sequence[Row], other: Sequence[Row]) -> bool:
    """Whether two services speak by turns of the same pushes: as often, in other words, each time at once."""
    if len(one) != len(other) or one[0]["message"] == other[0]["message"]:
        return False
    pairs = [sorted((first["time"], second["time"])) for first, second in zip(one, other, strict=True)]
    names = ({first["message_id"], second["message_id"]} - {None} for first, second in zip(one, other, strict=True))
    is_beside = all(end - start <= ECHO for start, end in pairs)
    return is_beside and all(end < start for (_, end), (start, _) in pairwise(pairs)) and all(len(n) < 2 for n in names)


def _sum_lags(one: Sequence[Row], other: Sequence[Row]) -> timedelta:
    lags: list[timedelta] = [second["time"] - first["time"] for first, second in zip(one, other, strict=True)]
    return sum(lags, timedelta())
