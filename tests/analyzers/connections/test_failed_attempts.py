"""Ends of sockets that never opened: which they are, and which only look like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.analyzers.connections.failed_attempts import tell_failed_attempts
from logdiag.events import Event, EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.analyzers.cases import event, timeline

K = EventKind
CONNECTED_ONCE = (event(0, K.CONNECTING), event(0.1, K.CONNECTED), event(60, K.DISCONNECTED, code="1001"))


def kinds(*events: Event) -> list[str]:
    """The kinds of the timeline behind the first session."""
    return list(tell_failed_attempts(timeline(*CONNECTED_ONCE, *events))["kind"])[len(CONNECTED_ONCE) :]


def test_an_end_without_a_connect_behind_an_attempt_is_a_failed_attempt() -> None:
    """What the socket was closed with is what the client was told."""
    frame = tell_failed_attempts(
        timeline(*CONNECTED_ONCE, event(61, K.CONNECTING), event(61.1, K.DISCONNECTED, reason="could not connect"))
    )
    assert list(frame["kind"])[-2:] == ["connecting", "connect-error"]
    assert frame["error"].tolist()[-1] == "could not connect"


def test_beside_a_line_of_the_error_the_end_is_none_of_its_own() -> None:
    """One attempt fails once."""
    told = kinds(event(61, K.CONNECTING), event(61.1, K.CONNECT_ERROR), event(61.2, K.DISCONNECTED))
    assert told == ["connecting", "connect-error"]


@pytest.mark.parametrize(
    "end",
    [
        event(62, K.DISCONNECTED, reason="transport close"),
        event(62, K.DISCONNECTED, code="1000"),
        event(400, K.DISCONNECTED, code="1006"),
    ],
)
def test_an_end_that_only_a_connected_socket_has_stays_one(end: Event) -> None:
    """Socket.IO's own reasons, codes of a closing handshake, and lives of minutes whose connect is in unknown words."""
    assert kinds(event(61, K.CONNECTING), end)[-1] == "disconnected"


def test_without_an_attempt_an_end_stays_one() -> None:
    """Logs may lack the connects."""
    assert kinds(event(61, K.DISCONNECTED)) == ["disconnected"]


def test_a_sign_of_life_shows_a_connection() -> None:
    """Who received something was connected, in whatever words."""
    assert kinds(event(61, K.CONNECTING), event(61.5, K.RECEIVED), event(62, K.DISCONNECTED))[-1] == "disconnected"


def test_logs_that_never_tell_of_a_connect_keep_their_ends() -> None:
    """Their words for it are unknown: each end may be one of a connection."""
    frame = timeline(event(0, K.CONNECTING), event(1, K.DISCONNECTED), event(2, K.CONNECTING), event(3, K.DISCONNECTED))
    assert tell_failed_attempts(frame) is frame


def test_an_end_that_says_that_no_connection_came_about_is_a_failed_attempt_whatever_the_log_tells() -> None:
    """A library closes what it could not open, and says so; its connects are in words unknown."""
    words = "WebSocket could not establish a connection"
    frame = timeline(event(0, K.CONNECTING), event(1, K.DISCONNECTED, reason=words))
    assert list(tell_failed_attempts(frame)["kind"]) == ["connecting", "connect-error"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("failed to receive on socket: connection reset by peer", "disconnected"),
        ("Keep alive timed out, connection has been lost", "disconnected"),
        ("websocket read error: EOF", "disconnected"),
        ("xhr poll error", "connect-error"),
        ("WebSocket error: connect ECONNREFUSED 10.0.0.1:80", "connect-error"),
        ("could not connect: connection lost", "connect-error"),
    ],
)
def test_an_error_that_only_the_connected_have_is_an_end(error: str, kind: str) -> None:
    """Receiving, and keeping alive, is for those who are connected; the connect may be before the log begins."""
    frame = tell_failed_attempts(timeline(event(5, K.CONNECT_ERROR, message=error, error=error)))
    assert list(frame["kind"]) == [kind]


def test_while_an_attempt_is_under_way_a_reset_is_a_failed_one() -> None:
    """A server that refuses resets too."""
    words = "websocket read error: connection reset by peer"
    frame = timeline(event(0, K.CONNECTING), event(1, K.CONNECT_ERROR, message=words, error=words))
    assert list(tell_failed_attempts(frame)["kind"])[-1] == "connect-error"


@pytest.mark.parametrize(("socket", "kind"), [("1100", "disconnected"), ("1101", "connect-error")])
def test_the_error_of_a_socket_that_opened_is_its_end(socket: str, kind: str) -> None:
    """OkHttp tells `failure` of each socket that ends without a close; one that never opened has failed to."""
    frame = timeline(
        event(0, K.CONNECTED, socket_id="1100"),
        event(180, K.CONNECT_ERROR, message="failure EOFException", error="EOFException", socket_id=socket),
    )
    assert list(tell_failed_attempts(frame)["kind"])[-1] == kind


def test_beside_the_line_of_the_end_the_error_counts_no_second_time() -> None:
    """Within two seconds both tell of one."""
    words = "failed to receive on socket: connection reset by peer"
    told = kinds(event(61, K.CONNECTED), event(90, K.CONNECT_ERROR, error=words), event(91, K.DISCONNECTED))
    assert told.count("disconnected") == 1


def _refused(second: float) -> Event:
    return event(second, K.CONNECT_ERROR, error="connect ECONNREFUSED 10.0.0.7:1883")


def test_the_first_refusal_behind_traffic_shows_an_end() -> None:
    """No line tells of connects or ends: what was received came over a connection that is gone by then."""
    frame = tell_failed_attempts(timeline(event(0, K.RECEIVED), _refused(1), _refused(2)))
    assert list(frame["kind"]) == ["received", "disconnected", "connect-error"]
    assert frame["reason"].isna().all()


@pytest.mark.parametrize(
    "events",
    [
        (event(0, K.RECEIVED), _refused(1), event(1.5, K.RECEIVED), _refused(2)),
        (event(0, K.RECEIVED), event(0.5, K.CONNECTING), _refused(1)),
        (event(0, K.HEARTBEAT), _refused(1), _refused(2)),
        (event(0, K.RECEIVED), event(1, K.CONNECT_ERROR, error="bad credentials"), _refused(2)),
    ],
    ids=["traffic between", "tells of tries", "no traffic", "another error first"],
)
def test_what_shows_no_end_stays_a_failed_attempt(events: tuple[Event, ...]) -> None:
    """Traffic of another connection, a log with words of its own for attempts, a program's beat, an answer."""
    assert "disconnected" not in list(tell_failed_attempts(timeline(*events))["kind"])


FAILURE = "WebSocket: failure  Message: java.io.EOFException"


@pytest.mark.parametrize(
    ("words", "error_kinds"),
    [
        (FAILURE, ["disconnected", "connect-error"]),
        ("WebSocket onFailure", ["disconnected", "connect-error"]),
        ("Websocket error: Connection reset", ["disconnected", "connect-error"]),
        ("WebSocket: failure Expected HTTP 101 response but was '502 Bad Gateway'", ["connect-error"] * 2),
        ("connect_error: websocket error", ["connect-error"] * 2),
        ("xhr poll error", ["connect-error"] * 2),
    ],
)
def test_a_failure_ends_what_there_is_an_open_socket_or_an_attempt(words: str, error_kinds: list[str]) -> None:
    """A listener is told of both in the same words, unless these are of an attempt: the state decides."""
    frame = tell_failed_attempts(
        timeline(
            event(0, K.CONNECTED),
            event(180, K.CONNECT_ERROR, message=words, error=words),
            event(210, K.CONNECTING),
            event(211, K.CONNECT_ERROR, message=words, error=words),
            event(240, K.CONNECTED),
        )
    )
    assert [kind for kind in frame["kind"] if kind in {"disconnected", "connect-error"}] == error_kinds


@pytest.mark.parametrize(
    "events",
    [
        (event(200, K.RECEIVED), event(300, K.CONNECTING)),
        (event(200, K.DISCONNECTED), event(300, K.CONNECTING)),
        (),
    ],
    ids=["it lives on", "its end follows", "nothing follows"],
)
def test_a_failure_of_which_nothing_shows_that_it_ended_the_connection_is_no_end(events: tuple[Event, ...]) -> None:
    """Some listeners are told of errors that a socket survives, and the end may have a line of its own."""
    error = event(180, K.CONNECT_ERROR, message=FAILURE, error=FAILURE)
    frame = tell_failed_attempts(timeline(event(0, K.CONNECTED), error, *events))
    assert "connect-error" in list(frame["kind"])


def test_the_last_failure_of_a_log_is_an_end_where_others_were() -> None:
    """The words are known by then."""
    errors = [event(second, K.CONNECT_ERROR, message=FAILURE, error=FAILURE) for second in (180, 380)]
    frame = tell_failed_attempts(timeline(event(0, K.CONNECTED), errors[0], event(200, K.CONNECTED), errors[1]))
    assert list(frame["kind"]) == ["connected", "disconnected"] * 2


def test_the_1006_behind_a_socket_that_was_closed_before_it_opened_is_no_end() -> None:
    """A program that closes what is still connecting has ended nothing; an end of later, or with a code, is one."""
    given_up = event(61, K.CONNECT_ERROR, error="WebSocket was closed before the connection was established")
    assert kinds(given_up, event(61.002, K.DISCONNECTED, code="1006")) == ["connect-error"]
    assert kinds(given_up, event(61.002, K.DISCONNECTED, code="1000"))[-1] == "disconnected"
    assert kinds(given_up, event(66, K.DISCONNECTED, code="1006"))[-1] == "disconnected"


def test_who_negotiates_tls_in_vain_never_opened() -> None:
    """The library closes what it could not open, and says so in the words of any end."""
    failed = event(
        61, K.CONNECT_ERROR, error="WebSocketException: An error has occurred during a TLS handshake. ---> IO"
    )
    assert kinds(failed, event(61.1, K.DISCONNECTED)) == ["connect-error"]


SHARP_HEAD = (
    "A request to the server:\n    GET /feed HTTP/1.1\n    Upgrade: websocket",
    "A response to this request:\n    HTTP/1.1 101 Switching Protocols\n    Upgrade: websocket",
)


def test_a_call_of_close_ends_nothing(tmp_path: Path) -> None:
    """A client begins to close whatever it tried to open, and what is closed refuses: who opened has one end."""
    rows: list[tuple[int, int, str]] = []
    for minute in range(10):
        close = [(minute, 40, "Trace|WebSocket.close:853|Begin closing the connection.")]
        close.append((minute, 41, "Trace|WebSocket.close:859|End closing the connection."))
        close.append((minute, 45, "Error|WebSocket.Close:2085|This operation isn't available in: closed"))
        words = "WebSocketSharp.WebSocketException: An error has occurred during a TLS handshake."
        tried = [(minute, 40, f"Fatal|WebSocket.connect:910|{words}")]
        if minute % 2:
            tried = [
                (minute, 5, f"Debug|WebSocket.sendHttpRequest:158{place}|{text}")
                for place, text in enumerate(SHARP_HEAD)
            ]
        rows += [*tried, *close]
    lines = [f"11/14/2025 10:{minute:02}:{second:02}|{text}" for minute, second, text in rows]
    (tmp_path / "client.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    (connection,) = diagnosis.connections
    assert (connection.connects_count, len(diagnosis.disconnects)) == (5, 5)
    assert [(failure.kind, failure.count) for failure in diagnosis.connect_failures] == [("certificate", 5)]


@pytest.mark.parametrize(("error", "is_end"), [("getaddrinfo ENOTFOUND x.example", False), ("Parse error", True)])
def test_the_end_behind_the_error_of_a_socket_that_found_nobody_is_none(error: str, *, is_end: bool) -> None:
    """Logs without connects tell the error, the next try and the end of the socket in one moment: one attempt."""
    turn = [(0.0, K.CONNECT_ERROR), (0.001, K.RECONNECT_ATTEMPT), (0.002, K.DISCONNECTED)]
    told = [
        event(60 * n + second, kind, error=error if kind is K.CONNECT_ERROR else None)
        for n in range(3)
        for second, kind in turn
    ]
    ends = list(tell_failed_attempts(timeline(*told))["kind"]).count("disconnected")
    assert ends == (3 if is_end else 0)
