"""Failed attempts to connect: what their words mean, whose they are, and in which outage."""

from __future__ import annotations

import pytest

from logdiag.analyzers.attempts.connect_errors import ConnectError, collect_errors, errors_in_outage
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import CLIENT, at, error, event, session, timeline
from tests.folding import each

OTHER = "worker2/socket-client.log"


@each(
    ("text", "is_auth", "is_mismatch"),
    [
        ("jwt expired", True, False),
        ("Unauthorized", True, False),
        ("websocket: 403", True, False),
        ("认证失败", True, False),
        ("This operation is invalid until it is successfully authenticated", False, False),  # .NET's SslStream
        ("xhr poll error", False, False),
        ("connect ECONNREFUSED 127.0.0.1:4030", False, False),
        ("It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client", False, True),
        ("Unsupported protocol version (token given)", False, True),
    ],
)
def test_errors_are_understood_by_their_words(text: str, is_auth: bool, is_mismatch: bool) -> None:
    """Credentials, protocol versions, or neither; a mismatch is never an auth error."""
    one = error(text=text)
    assert (one.is_auth, one.is_mismatch) == (is_auth, is_mismatch)


@pytest.mark.parametrize(
    ("one", "is_auth", "is_mismatch"),
    [
        (error(code="401"), True, False),
        (error(code="400", answer="Forbidden"), True, False),
        (error(code="ENOTFOUND", answer="getaddrinfo ENOTFOUND auth.internal"), False, False),
        (error(code="400", answer="Unsupported protocol version"), False, True),
        (error(code="404", answer="Cannot GET /socket.io/?EIO=4&transport=polling"), False, False),
    ],
)
def test_status_and_answer_count_like_the_message(one: ConnectError, is_auth: bool, is_mismatch: bool) -> None:
    """But neither the name of a host nor the address that an answer repeats is a word about the failure."""
    assert (one.is_auth, one.is_mismatch) == (is_auth, is_mismatch)


def test_errors_are_collected_by_connection() -> None:
    """With the extracted error and code, or the message where no error was extracted."""
    kind = EventKind.CONNECT_ERROR
    frame = timeline(event(3, kind, error="jwt expired", code="E1"), event(4, kind, OTHER, message="Connection error"))
    got = collect_errors(frame)
    assert {name: [(one.time, one.error, one.code) for one in some] for name, some in got.items()} == {
        "worker1": [(at(3), "jwt expired", "E1")],
        "worker2": [(at(4), "Connection error", None)],
    }
    assert got["worker1"][0].evidence == Evidence(CLIENT, 1)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (session(30, reopened=31.2), [30.0, 31.2]),
        (session(30, reopened=None), [30.0, 31.2, 31.3, 99.0]),
        (session(30, reopened=None, next_closed=at(50)), [30.0, 31.2, 31.3]),
        (session(None), []),
    ],
)
def test_errors_of_an_outage_lie_between_its_ends(one: SessionRecord, expected: list[float]) -> None:
    """Both ends included; without a connect up to the next disconnect, after the last one up to the end."""
    errors = [error(second) for second in (29.9, 30.0, 31.2, 31.3, 99.0)]
    assert [(found.time - at(0)).total_seconds() for found in errors_in_outage(errors, one)] == expected


def test_an_error_of_a_live_connection_is_no_failed_connect() -> None:
    """An error 1 ms before the close tells of the close; one that nobody listened to, or of an outage, counts."""
    kind = EventKind.CONNECT_ERROR
    frame = timeline(
        event(4, kind, error="read ECONNRESET"),
        event(5, kind, error="connect ECONNREFUSED 10.0.0.7:80"),
        event(9.999, kind, error="received 1009 (message too big)"),
        event(12, kind, error="websocket error"),
    )
    found = collect_errors(frame, [session(10)])["worker1"]
    assert [one.time for one in found] == [at(5), at(12)]
    assert len(collect_errors(frame)["worker1"]) == 4


def test_that_a_client_gave_up_is_no_attempt_of_its_own() -> None:
    """`Max reconnection attempts reached` tells of those before, unless nothing else does."""
    rows = [
        event(n, EventKind.CONNECT_ERROR, error=text) for n, text in enumerate(["ENOTFOUND", "Max retries reached"])
    ]
    assert [[one.error for one in mine] for mine in collect_errors(timeline(*rows)).values()] == [["ENOTFOUND"]]
    assert [len(mine) for mine in collect_errors(timeline(rows[1])).values()] == [1]
