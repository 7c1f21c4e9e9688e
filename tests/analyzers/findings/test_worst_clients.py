"""Which of a server's many clients disconnect more often than the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.findings.worst_clients import MOST_SHOWN, find_worst_clients
from logdiag.results.connections import ClientIdentity, Connection, WorstClients
from logdiag.results.disconnects import Disconnect
from tests.analyzers.cases import drop_of, session


def client(name: str, connected_s: float = 1000.0, **fields: Any) -> Connection:
    known: dict[str, Any] = {"side": "server", "identity": ClientIdentity("userId", name), **fields}
    return Connection(name, 1, 1, 0, connected_s, 0.0, None, None, None, {}, **known)


def drops(counts: Mapping[str, int], **fields: Any) -> list[Disconnect]:
    """So many disconnects of each client, without a reason unless `fields` has one."""
    return [
        drop_of(session(float(n), connection=name), n, **{"server_reason": None, "reason": None, **fields})
        for name, count in counts.items()
        for n in range(1, count + 1)
    ]


def compare(counts: Mapping[str, int], connected_s: Mapping[str, float] | None = None, **fields: Any) -> WorstClients:
    clients = [client(name, (connected_s or {}).get(name, 1000.0)) for name in counts]
    found = find_worst_clients(clients, drops(counts, **fields))
    assert found is not None
    return found


EVEN = {f"u{n:02d}": 2 for n in range(20)}


def test_the_worst_are_named() -> None:
    """Two of twenty have ten and fifteen times the disconnects of the others: far more than chance allows."""
    found = compare({**EVEN, "u03": 20, "u07": 30})
    assert (found.clients_count, found.disconnects_count, found.outstanding_count) == (20, 86, 2)
    assert [(one.connection, one.disconnects_count) for one in found.clients] == [("u07", 30), ("u03", 20)]
    assert found.clients[0].disconnects_ratio == pytest.approx(30 / 86)
    assert found.clients[0].expected_count == pytest.approx(86 / 20)


def test_even_counts_name_nobody() -> None:
    """One with three times the mean is luck among twenty; who has more than twice the mean is counted."""
    found = compare({**EVEN, "u03": 6})
    assert (found.clients, found.outstanding_count) == ((), 0)
    assert (found.most_count, found.limit_count, found.above_count) == (6, 4, 1)


def test_time_online_explains_disconnects() -> None:
    """Whoever was connected fifteen times as long may have fifteen times as many."""
    counts = {**EVEN, "u07": 30}
    assert compare(counts).outstanding_count == 1
    assert compare(counts, {"u07": 15_000.0}).outstanding_count == 0


def test_less_than_twice_is_no_finding() -> None:
    """Among thousands of disconnects half as many again are more than chance, but users differ."""
    found = compare(dict.fromkeys(EVEN, 200) | {"u03": 310})
    assert found.outstanding_count == 0


def test_reason_and_session_are_those_of_the_disconnects() -> None:
    """The most common reason and the median of the sessions that ended; None where the logs tell neither."""
    counts = {**EVEN, "u07": 30}
    told = [replace(drop, server_reason="ping timeout", session_s=31.0) for drop in drops(counts)]
    told[-1] = replace(told[-1], server_reason="transport close")
    found = find_worst_clients([client(name) for name in counts], told)
    assert found is not None
    assert (found.clients[0].reason, found.clients[0].median_session_s) == ("ping timeout", 31.0)
    bare = compare(counts, session_s=None)
    assert (bare.clients[0].reason, bare.clients[0].median_session_s) == (None, None)


def test_at_most_ten_are_listed() -> None:
    """Of more the count is told."""
    found = compare({f"u{n:03d}": 40 if n < 12 else 1 for n in range(400)})
    assert (found.outstanding_count, len(found.clients)) == (12, MOST_SHOWN)


def test_orderly_stops_count_for_nobody() -> None:
    """A process that says that it stops is no fault of its client."""
    counts = {**EVEN, "u07": 30}
    clients = [client(name) for name in counts]
    assert find_worst_clients(clients, drops(counts, remarks=("orderly",))) is None


@pytest.mark.parametrize("fields", [{"side": "client"}, {"identity": None}], ids=["own logs", "bare sockets"])
def test_none_are_compared_that_no_server_knows_by_name(fields: dict[str, Any]) -> None:
    """Clients with logs of their own stand in the table of connections; a socket without a name is no client."""
    counts = {**EVEN, "u07": 30}
    assert find_worst_clients([client(name, **fields) for name in counts], drops(counts)) is None


def test_few_are_not_compared() -> None:
    """Nine clients, or two disconnects, are no crowd to stand out of."""
    few = {f"u{n}": 5 for n in range(9)}
    assert find_worst_clients([client(name) for name in few], drops(few)) is None
    assert find_worst_clients([client(name) for name in EVEN], drops({"u01": 2})) is None
