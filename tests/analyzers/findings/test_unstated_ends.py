"""Ends without a reason and without a name, of which nobody can tell whether people left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.analyzers.findings.unstated_ends import find_unstated
from logdiag.events import Side
from logdiag.results.causes import Finding
from logdiag.results.finding_ids import UNSTATED_ENDS
from logdiag.verdict import Severity
from tests.analyzers.cases import drop_of, session
from tests.folding import each


def visits(count: int, back: float = 300.0, **fields: Any) -> tuple[list[SessionRecord], list[Finding], list[Any]]:
    """Sockets by address and port, each an hour after the last; `back`: so long after each end the next one comes."""
    sessions, drops = [], []
    for number in range(count):
        name = f"10.9.1.{number}:{40_000 + number}"
        end = 3600.0 * (number + 1)
        one = session(
            end, opened=end - 3600.0 + back, reopened=None, connection=name, reason=None, socket_id=name,
            side=Side.SERVER, server_has_end=True,
        )  # fmt: skip
        one = replace(one, logged=False)
        drop = drop_of(one, number, seen_by="server", logged=False)
        sessions.append(one)
        drops.append(replace(drop, server_evidence=one.evidence, **fields))
    told = Finding(DISCONNECTS, Severity.WARNING, {"count": count, "unstated_count": count}, ())
    return sessions, [told], drops


def found(count: int, back: float = 300.0, **fields: Any) -> list[str]:
    sessions, findings, drops = visits(count, back, **fields)
    return [one.id for part in find_unstated(findings, drops, sessions) for one in part]


def test_of_many_nameless_ends_without_a_reason_nobody_can_tell() -> None:
    """An access log has the end of each socket and no more: neither an incident nor health."""
    assert found(12) == [UNSTATED_ENDS]


@each(
    ("count", "back", "fields"),
    [
        (9, 300.0, {}),
        (12, 1.2, {}),
        (12, 300.0, {"pattern": "P1"}),
        (12, 300.0, {"trigger": "T1"}),
        (12, 300.0, {"fleet_event": 0}),
        (12, 300.0, {"connection": "worker-7"}),
    ],
    ids=["few", "back at once", "on a clock", "behind a line", "at one moment", "by name"],
)
def test_what_tells_more_of_them_stays_an_incident(count: int, back: float, fields: dict[str, Any]) -> None:
    """Machines, returns within seconds, a clock, a trigger, a crowd, or a name that is seen to come back."""
    assert found(count, back, **fields) == [DISCONNECTS]


def test_one_end_that_states_a_reason_leaves_all_as_they_are() -> None:
    """Then the finding does not say of all that they state none."""
    sessions, findings, drops = visits(12)
    some = replace(findings[0], numbers={"count": 12, "unstated_count": 11})
    assert find_unstated([some], drops, sessions) == ((some,), ())
