"""What is asked of the facts of one disconnect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from logdiag.events import Side
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import fact, facts_of
from tests.folding import each


@each(
    ("error", "code", "reason", "refuses"),
    [
        ("sent 1009 (message too big)", "1009", None, True),
        ("sent 1001 (going away)", "1001", None, False),
        (None, "1009", "The decoded text message was too big for the output buffer", True),
        ("received close frame", "1009", "The decoded text message was too big for the output buffer", False),
        (None, "1009", "message too big", False),
    ],
)
def test_a_client_refuses_what_it_receives(error: str | None, code: str, reason: str | None, refuses: bool) -> None:
    """It sent 1009 itself, or speaks as what decodes messages; a bare code may be the server's."""
    (fact,) = facts_of(1)
    fact = replace(
        fact,
        drop=replace(fact.drop, reason=reason),
        session=replace(fact.session, error=error, code=code),
        too_large=fact.drop.evidence,
        push=None,
    )
    assert fact.refuses_received is refuses


@each(
    ("fields", "expected"),
    [
        ({}, True),
        ({"code": "1001"}, True),
        ({"code": "1006"}, False),
        ({"server_stop": None}, True),
        ({"server_stop": None, "code": "1001"}, False),
        ({"server_exit": Evidence("journal.log", 2)}, False),
        ({"reopened": 150.0}, False),
        ({"reopened": None}, False),
    ],
)
def test_a_restart_in_order_is_announced_coded_and_short(fields: dict[str, Any], *, expected: bool) -> None:
    """The server says that it stops, if only by 1012, the code says the same, and the client is back in a minute."""
    known: dict[str, Any] = {"server_stop": Evidence("server.log", 1), "code": "1012", "reopened": 33.0}
    assert fact(1, **(known | fields)).is_restarted_in_order is expected


@each(
    ("code", "server_reason", "replaced_s", "expected"),
    [
        ("3001", None, None, True),
        (None, "server shutting down", None, True),
        (None, None, None, True),
        ("1006", None, None, False),
        (None, "ping timeout", None, False),
        ("1001", None, 4.0, True),
        ("1001", None, 90.0, False),
    ],
)
def test_a_server_closes_in_order_by_any_code(
    code: str | None, server_reason: str | None, replaced_s: float | None, *, expected: bool
) -> None:
    """By its own log, which has its stop; where no name knows the client again, somebody new soon takes its place."""
    one = fact(1, server_stop=Evidence("server.log", 1), code=code, reopened=33.0)
    drop = replace(one.drop, server_reason=server_reason)
    drop = drop if replaced_s is None else replace(drop, outage_s=None)
    own = replace(one, session=replace(one.session, side=Side.SERVER), drop=drop, replaced_s=replaced_s)
    assert own.is_restarted_in_order is expected


@each(
    ("reason", "code", "server_reason", "expected"),
    [
        ("transport close", None, "server shutting down", True),
        ("transport close", None, None, True),
        ("transport error", None, None, False),
        ("transport error", None, "server shutting down", True),
        (None, "1006", None, False),
    ],
)
def test_a_client_is_told_of_a_stop_in_order_as_of_a_close(
    reason: str | None, code: str | None, server_reason: str | None, *, expected: bool
) -> None:
    """Socket.IO's server closes its sockets when it stops, which clients call `transport close`; 1006 is a cut."""
    one = fact(1, server_stop=Evidence("server.log", 1), reason=reason, code=code, server_reason=server_reason)
    assert one.is_restarted_in_order is expected


@each(
    ("server_reason", "code", "expected"),
    [
        ("abnormal closure", None, True),
        ("the decoded text message was too big", None, None),
        ("io server disconnect", None, False),
        ("abnormal closure", "1009", False),
        (None, None, None),
    ],
)
def test_where_a_client_states_nothing_the_servers_reason_of_the_same_end_counts(
    server_reason: str | None, code: str | None, expected: bool | None
) -> None:
    """OkHttp's `onFailure: null` tells of an end, and not of why."""
    ended = fact(1, reason=None, code=code, server_reason=server_reason)
    assert ended.states_cut is expected
