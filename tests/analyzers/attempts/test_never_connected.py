"""Connects that failed: what they mean, how they are counted, and who never got through."""

from __future__ import annotations

import pytest

from logdiag.analyzers.attempts.connect_errors import ConnectError, collect_errors
from logdiag.analyzers.attempts.never_connected import (
    find_shut_out_clients,
    find_shut_out_findings,
    group_failures,
    tell,
    tell_kind,
)
from logdiag.events import Event, EventKind
from logdiag.verdict import Severity
from tests.analyzers.cases import at, connected, disconnected, error, event, timeline
from tests.folding import each

OTHER = "worker2/socket-client.log"


def _failed(second: float, text: str = "xhr poll error", file: str = "worker1/socket-client.log") -> Event:
    return event(second, EventKind.CONNECT_ERROR, file, error=text)


def _connecting(second: float = 0.0) -> Event:
    return event(second, EventKind.CONNECTING)


def _describe_shut_out(*events: Event) -> list[str]:
    frame = timeline(*events)
    return [client.connection for client in find_shut_out_clients(frame, collect_errors(frame))]


@each(
    ("text", "code", "answer", "kind"),
    [
        ("xhr poll error", "ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:4101", "refused"),
        ("net::ERR_CONNECTION_REFUSED", None, None, "refused"),
        ("net::ERR_NAME_NOT_RESOLVED", None, None, "name"),
        ("net::ERR_CONNECTION_RESET", None, None, "reset"),
        ("net::ERR_CONNECTION_TIMED_OUT", None, None, "timeout"),
        ("net::ERR_CERT_AUTHORITY_INVALID", None, None, "certificate"),
        ("xhr poll error", "ENOTFOUND", "getaddrinfo ENOTFOUND auth.internal", "name"),
        ("xhr poll error", "EAI_AGAIN", None, "name"),
        ("xhr poll error", "EHOSTUNREACH", None, "unreachable"),
        ("xhr poll error", "CERT_HAS_EXPIRED", None, "certificate"),
        ("xhr post error", "400", "Session ID unknown", "session"),
        ("xhr poll error", "400", "Unsupported protocol version", "mismatch"),
        ("xhr poll error", "400", None, "bad-request"),
        ("Invalid namespace", None, None, "namespace"),
        ("This operation is invalid until it is successfully authenticated", None, None, "certificate"),
        ("System.Security.Authentication.AuthenticationException: see inner exception", None, None, "certificate"),
        ("AuthenticationException: bad credentials", None, None, "auth"),
        ("jwt expired", None, None, "auth"),
        ("xhr poll error", "403", None, "auth"),
        ("xhr poll error", "502", "502 Bad Gateway", "backend"),
        ("Unexpected server response: 503", None, None, "backend"),
        ("timeout", None, None, "timeout"),
        ("xhr poll error", "ECONNRESET", "socket hang up", "reset"),
        ("xhr post error", "413", None, "too-large"),
        ("xhr poll error", "404", "Cannot GET /socket.io/?EIO=4", "path"),
        ("xhr poll error", "500", None, "status"),
        ("websocket error", None, None, "websocket"),
        ("no luck today", None, None, "other"),
    ],
)
def test_words_tell_what_an_error_means(text: str, code: str | None, answer: str | None, kind: str) -> None:
    """Whether they stand in the message, in the status, or in what came back."""
    assert tell_kind(error(31, text, code, answer)) == kind


@each(
    ("one", "told"),
    [
        (error(), "xhr poll error"),
        (error(code="ECONNREFUSED"), "xhr poll error (ECONNREFUSED)"),
        (
            error(code="ECONNREFUSED", answer="connect ECONNREFUSED ::1:41"),
            "xhr poll error (connect ECONNREFUSED ::1:41)",
        ),
        (error(code="ECONNRESET", answer="socket hang up"), "xhr poll error (ECONNRESET: socket hang up)"),
        (error(code="502", answer="502 Bad Gateway"), "xhr poll error (HTTP 502: Bad Gateway)"),
        (error(code="400"), "xhr poll error (HTTP 400)"),
        (error(answer="try later"), "xhr poll error (try later)"),
        (error(text="jwt expired", answer="jwt expired"), "jwt expired"),
    ],
)
def test_what_was_told_is_one_line(one: ConnectError, told: str) -> None:
    """Nothing is said twice."""
    assert tell(one) == told


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"code":1,"message":"Session ID unknown"}', "Session ID unknown"),
        ("<html>\r\n<head><title>502 Bad\r\n Gateway</title></head>", "502 Bad Gateway"),
        ("Error: connect ECONNREFUSED ::1:41\n    at TCPConnectWrap", "connect ECONNREFUSED ::1:41"),
        ("  ", None),
    ],
)
def test_an_answer_is_read_as_one_line(text: str, answer: str | None) -> None:
    """The message of an object, the title of a page, the first line of a stack."""
    frame = timeline(event(1, EventKind.CONNECT_ERROR, error="xhr poll error", reason=text))
    assert collect_errors(frame)["worker1"][0].answer == answer


def test_failures_are_grouped_by_what_was_told() -> None:
    """Numbers within the words make no new group; a client that does connect is counted apart."""
    errors = {
        "worker1": [error(1, "attempt 1 failed"), error(3, "attempt 2 failed"), error(2, "jwt expired")],
        "worker2": [error(5, "attempt 9 failed")],
        "worker3": [error(4, "jwt expired")],
    }
    found = group_failures(errors, {"worker1", "worker2"})
    assert [(one.told, one.count, one.connections, one.never_connected) for one in found] == [
        ("attempt 1 failed", 3, ("worker1", "worker2"), True),
        ("jwt expired", 1, ("worker1",), True),
        ("jwt expired", 1, ("worker3",), False),
    ]
    assert (found[0].first, found[0].last) == (at(1), at(5))


def test_a_client_without_a_connect_is_in_shut_out() -> None:
    """Its errors say so; one connect, and it is not."""
    assert _describe_shut_out(_failed(1), _failed(2)) == ["worker1"]
    assert _describe_shut_out(_failed(1), connected(2.0)) == []
    assert _describe_shut_out(_failed(1), connected(2.0, file=OTHER)) == ["worker1"]


def test_who_tries_more_often_than_it_fails_may_have_connected() -> None:
    """In words that nothing understood: `tunnel up`. Two lines of one attempt are one; a last one may be under way."""
    tries = [_connecting(60.0 * number) for number in range(6)]
    assert _describe_shut_out(*tries, *(_failed(60.0 * number + 2) for number in range(2))) == []
    failures = [_failed(60.0 * number + 2) for number in range(5)]
    assert _describe_shut_out(*tries, *failures) == ["worker1"]
    assert _describe_shut_out(*tries, *(_connecting(60.0 * number + 0.1) for number in range(5)), *failures) == [
        "worker1"
    ]


def test_what_ended_minutes_after_its_attempt_had_connected() -> None:
    """An attempt that fails says so within its timeout, whatever the word."""
    assert _describe_shut_out(_connecting(0), disconnected(20.0), _connecting(21), disconnected(41.0)) == ["worker1"]
    assert _describe_shut_out(_connecting(0), disconnected(90.0), _connecting(91), disconnected(300.0)) == []


@each("kind", [EventKind.RECEIVED, EventKind.JOINED, EventKind.PUSH_ACKNOWLEDGED])
def test_who_received_something_had_connected(kind: EventKind) -> None:
    """Before the first refusal or between two: the connect is not in these logs; a heartbeat may be the program's."""
    assert _describe_shut_out(event(0, kind), _failed(1), _failed(2)) == []
    assert _describe_shut_out(_failed(1), event(1.5, kind), _failed(2)) == []
    assert _describe_shut_out(event(0, EventKind.HEARTBEAT), _failed(1), _failed(2)) == ["worker1"]


def test_disconnects_without_a_connect_are_shut_out_if_the_connect_would_show() -> None:
    """The client says that it connects; else the level may hide the connect, or the log starts late."""
    drops = (disconnected(20.0), disconnected(41.0))
    assert _describe_shut_out(_connecting(), *drops) == ["worker1"]
    assert _describe_shut_out(*drops) == []
    assert _describe_shut_out(disconnected(20.0), _connecting(30.0), disconnected(41.0)) == []
    assert _describe_shut_out(_connecting(), disconnected(20.0)) == []
    assert _describe_shut_out(_connecting(), *drops, event(5, EventKind.RECEIVED)) == []
    assert (
        _describe_shut_out(_connecting(), *drops, event(5, EventKind.SERVER_CONNECTED, "master/socket-server.log"))
        == []
    )


def test_clients_that_never_connect_are_one_finding() -> None:
    """With what they were told most often, since when and until when; those that never got in are another."""
    frame = timeline(
        *(_failed(second, "Invalid namespace") for second in (1, 2, 3)),
        _failed(4, "timeout", OTHER),
        event(0, EventKind.CONNECTING, "worker3/socket-client.log"),
        *(disconnected(second, file="worker3/socket-client.log") for second in (20.0, 41.0, 62.0)),
    )
    errors = collect_errors(frame)
    clients = find_shut_out_clients(frame, errors)
    failures = group_failures(errors, {client.connection for client in clients})
    refused, kept_out = find_shut_out_findings(clients, failures, at(100))
    assert [(one.id, one.severity) for one in (refused, kept_out)] == [
        ("never-connected", Severity.ERROR),
        ("never-joined", Severity.ERROR),
    ]
    assert refused.numbers == {
        "connection": "worker1, worker2", "connections_count": 2, "count": 4, "told": "Invalid namespace",
        "told_count": 3, "first_time": at(1).isoformat(), "last_time": at(4).isoformat(), "down_s": 99.0,
    }  # fmt: skip
    assert (kept_out.numbers["count"], kept_out.numbers["interval_s"], kept_out.numbers["down_s"]) == (3, 21.0, 100.0)


def _fail_each(gap_s: float, *others: Event, file: str = "tablet-7/app.log") -> list[str]:
    tries = [_failed(100.0 + gap_s * number, "403 Forbidden", file) for number in range(6)]
    return _describe_shut_out(*tries, *others)


def test_whom_a_server_names_as_let_in_had_connected() -> None:
    """Its log tells of that very client by name, in whatever words the client's own log tells of the connect."""
    kick = event(90.0, EventKind.SERVER_KICK, "hub/hub.log", message="tablet-7 token expired, closing")
    other = event(90.0, EventKind.SERVER_KICK, "hub/hub.log", message="tablet-70 token expired, closing")
    assert _fail_each(20.0, kick) == []
    assert _fail_each(20.0, other) == ["tablet-7"]
    assert _fail_each(20.0, kick, file="client/app.log") == ["client"]  # a word, no name


def test_who_fails_once_an_hour_beside_nameless_connects_may_have_come_in() -> None:
    """Nobody who is kept out waits so long; without connects at the server there is nothing it can be behind."""
    accepted = event(95.0, EventKind.SERVER_CONNECTED, "hub/hub.log", message="connection open")
    assert _fail_each(3_600.0, accepted) == []
    assert _fail_each(20.0, accepted) == ["tablet-7"]
    assert _fail_each(3_600.0) == ["tablet-7"]
