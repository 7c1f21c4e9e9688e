"""How ends are told elsewhere than in Socket.IO's words: close frames, bare codes, errors beside the message."""

from __future__ import annotations

from typing import Any

import pytest

from logdiag.events import EventKind
from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.lexicon.needles import may_understand
from logdiag.parsers.rules import Match
from tests.folding import each
from tests.winston import BUILT_IN

CLOSE = "websocket: close 1006 (abnormal closure): unexpected EOF"


def read(message: str, **keys: Any) -> Match | None:
    return BUILT_IN.match(message, "app", keys, "error")


def end(message: str, **keys: Any) -> dict[str, str]:
    found = read(message, **keys)
    assert found is not None, message
    assert found.kind in {EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED}, message
    return found.extracted


@each(
    ("frames", "code", "reason"),
    [
        ("received 1009 (message too big); then sent 1009 (message too big)", "1009", "message too big"),
        ("sent 1009 (message too big); then received 1009 (message too big)", "1009", "message too big"),
        (
            "sent 1009 (message too big) over size limit (9 > 8 bytes); no close frame received",
            "1009",
            "message too big",
        ),
        ("received 1000 (OK); no close frame sent", "1000", "normal closure"),
        ("sent 1011 (internal error) keepalive ping timeout; no close frame received", "1011", "ping timeout"),
        ("received 4001 (private use) bye; then sent 4001 (private use)", "4001", "bye"),
        ("received 1008 (policy violation) no token; then sent 1000 (OK)", "1008", "policy violation: no token"),
    ],
)
def test_of_two_close_frames_the_first_tells_who_closed_and_why(frames: str, code: str, reason: str) -> None:
    """`received`: the other end; `sent`: this one. The words stay as the error of the end."""
    found = end(f"WebSocket connection closed: {frames}")
    assert (found["code"], found["reason"], found["error"]) == (code, reason, frames)


def test_no_close_frame_is_an_abnormal_closure() -> None:
    """RFC 6455, 7.1.5: then the code is 1006."""
    found = end("Connection closed: no close frame received or sent")
    assert (found["code"], found["reason"]) == ("1006", "abnormal closure")


@each(
    "message",
    [
        "WebSocket was closed. Reason [1006]",
        "Socket closed (1006)",
        "WebSocket closed with code=1006",
        "WebSocket disconnected, status 1006",
        "WebSocket closed, code: 1006",
        "Socket closed wss://example.com/ws 1006 -",
    ],
)
def test_a_bare_close_code_is_no_reason_but_a_code(message: str) -> None:
    """Whatever word stands before it."""
    found = end(message)
    assert (found["code"], found["reason"]) == ("1006", "abnormal closure")


@pytest.mark.parametrize(
    "message", ["Connection closed after 1000 ms", "Socket closed: 1300 messages", "Socket 1001 closed"]
)
def test_other_numbers_are_no_close_codes(message: str) -> None:
    """A count, a length of time, an id."""
    found = read(message)
    assert found is None or "code" not in found.extracted


@pytest.mark.parametrize("key", ["error", "err"])
def test_the_error_tells_where_the_message_says_nothing(key: str) -> None:
    """Of an end, in the words of a protocol; so does a text of any words before them."""
    for value in (CLOSE, {"message": CLOSE}):
        assert end("Remotedialer proxy error", **{key: value})["code"] == "1006"
    assert end(f"proxy error: {CLOSE}")["code"] == "1006"


@pytest.mark.parametrize(
    "error", ["connection reset by peer", "pq: server closed the connection", "socket hang up", "kafka: broker closed"]
)
def test_another_error_beside_a_message_tells_nothing(error: str) -> None:
    """A database's, a queue's or HTTP's errors are in no protocol's words of a WebSocket."""
    assert read("cannot load orders", error=error) is None


@pytest.mark.parametrize(
    "message",
    [
        "connection closed due to  Error: Stream Errored (conflict) , reconnecting  true",
        "Client sensor-1 already connected, closing old connection.",
        "Client disconnected: session taken over",
        "socket disconnected: logged in from another location",
    ],
)
def test_another_login_in_the_place_of_one_is_one_reason(message: str) -> None:
    """In WhatsApp's words, MQTT's and those of applications."""
    assert end(message)["reason"] == "replaced by another login"


def test_a_stream_error_of_baileys_tells_that_it_was_replaced() -> None:
    """440 is its DisconnectReason.connectionReplaced; other codes are not."""
    assert end("connection closed", error={"output": {"statusCode": 440}})["reason"] == "replaced by another login"
    assert "reason" not in end("connection closed", error={"output": {"statusCode": 428}})


@each(
    ("message", "kind"),
    [
        ("[slack] socket disconnected (disconnect). retry 1/∞ in 2s", EventKind.DISCONNECTED),
        ("slack socket connected", EventKind.CONNECTED),
        ("Discord Gateway connection closed, reconnecting...", EventKind.DISCONNECTED),
        ("Failed to connect to WebSocket: HTTP 502", EventKind.CONNECT_ERROR),
        ("!!! Lobby ws connection closed with exception None", EventKind.DISCONNECTED),
        ("WS connection closed by peer without handshake (reset=true tls_eof=false)", EventKind.DISCONNECTED),
        ("NOT sending message, socket not open", EventKind.EMIT_REFUSED),
        ("Обрыв соединения", EventKind.DISCONNECTED),
        ("ws heartbeat timed out; reconnecting", EventKind.DISCONNECTED),
        ("kicking client for sustained order spam", EventKind.SERVER_KICK),
        ("Duplicate login for account 77; kicking client 12", EventKind.SERVER_KICK),
        ("ws upgrade failed: websocket: request origin not allowed by Upgrader.CheckOrigin", EventKind.SERVER_ERROR),
    ],
)
def test_what_else_such_a_sentence_names_does_not_void_it(message: str, kind: EventKind) -> None:
    """A product beside the word socket, HTTP's answer, flags in brackets; and the scanner lets such lines pass."""
    found = read(message)
    assert found is not None
    assert found.kind is kind
    assert BUILT_IN.find_candidate()(message.encode()) or may_understand(message.encode())


@each(
    "message",
    [
        "Redis connection closed",
        "[redis] socket disconnected",
        "Slack API connection closed",
        "Discord bot disconnected",
        "Telegram connection lost",
        "Slack request failed: socket hang up",
        "socket hung up, retrying download",
        "Error opening socket file descriptor!",
        "unix socket closed",
        "Request to order service failed: HTTP 502",
        "Failed to connect to database: HTTP 500",
        "kicking worker off the queue",
        "dropping message, queue closed",
        "соединение с базой данных: обрыв соединения",
        "MQTT broker keepalive 60",
    ],
)
def test_what_is_no_socket_means_nothing(message: str) -> None:
    """Databases, HTTP, queues, files."""
    assert read(message) is None


def test_a_kafka_client_that_names_itself_before_its_line_has_no_socket() -> None:
    """`[Consumer clientId=c1-0, groupId=default] Node 2147483647 disconnected.`: a broker's node."""
    assert (
        BUILT_IN.match("Node 2147483647 disconnected.", "Consumer clientId=c1-0, groupId=default", {}, "info") is None
    )


@each(
    ("message", "kind"),
    [
        *((f"{noun} 5 disconnected", None) for noun in ("Node", "Process", "Partition", "Shard", "Replica", "Broker")),
        *(
            (f"{noun} 5 disconnected", "server-disconnected")
            for noun in ("Client", "User", "Player", "Device", "Worker")
        ),
        ("Node 5 connected", None),
        ("Device 5 connected", "server-connected"),
        ("Node 5 disconnected: transport close", "server-disconnected"),
        ("Node 5 socket disconnected", "disconnected"),
        ("Shard 3 websocket closed", "disconnected"),
        ("Node 5 WebSocket connection opened", "connected"),
    ],
)
def test_numbered_parts_of_clusters_need_a_word_of_sockets(message: str, kind: str | None) -> None:
    """Databases and queues number their nodes, shards and partitions as servers number their clients."""
    meaning = read(message)
    assert (None if meaning is None else meaning.kind) == kind


def test_a_word_behind_a_client_that_disconnected_is_no_id() -> None:
    """`Client disconnected: connection closed` (Prosody) names no socket."""
    assert "socket_id" not in end("Client disconnected: connection closed")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Client disconnected: S3H6CchnTdIHiYcAAHIY (user 310), reason: client disconnect", "client disconnect"),
        ("Client disconnected: S3H6CchnTdIHiYcAAHIY, reason: server disconnect", "server disconnect"),
        ("Client disconnected: S3H6CchnTdIHiYcAAHIY (user 310), reason: transport close", "transport close"),
        ("Client disconnected: S3H6CchnTdIHiYcAAHIY (client disconnect)", "client disconnect"),
        ("Client disconnected: S3H6CchnTdIHiYcAAHIY after client disconnect request", None),
    ],
)
def test_python_socketio_has_words_of_its_own_for_who_ended_it(message: str, reason: str | None) -> None:
    """Its servers and clients say `client disconnect` and `server disconnect`, wherever the line has its reason."""
    assert end(message).get("reason") == reason


@each(
    "message",
    [
        "WebSocket error: {}. Reconnecting in 5 seconds...",
        "[WebSocket] ERROR: WebSocket error: {}. Reconnecting in 5 seconds...",
        "Error in websocket loop: {}",
    ],
)
def test_an_error_with_close_frames_is_an_end(message: str) -> None:
    """What sent or received a close frame was open: no attempt has failed."""
    silent = end(message.format("sent 1011 (internal error) keepalive ping timeout; no close frame received"))
    assert (silent["code"], silent["reason"]) == ("1011", "ping timeout")
    assert end(message.format("no close frame received or sent"))["code"] == "1006"


@each(
    "error",
    [
        "timed out during opening handshake",
        "timed out while waiting for handshake response",
        "did not receive a valid HTTP response",
        "server rejected WebSocket connection: HTTP 403",
        "proxy rejected connection: HTTP 407",
        "websocket: bad handshake",
        "failed to WebSocket dial: expected handshake response status code 101 but got 502",
    ],
)
def test_a_handshake_that_fails_is_a_failed_attempt(error: str) -> None:
    """In the words of websockets (Python), gorilla and coder, in the message or in its error, whatever that says."""
    for found in (read(f"Retry 1/5 in 2s: {error}"), read("koneksi berakhir", error=error), read("gone", err=error)):
        assert found is not None
        assert found.kind is EventKind.CONNECT_ERROR
        assert found.extracted["error"] in error


def test_python_engineio_closes_what_it_cannot_read() -> None:
    """A read that times out has waited for a ping interval and a ping timeout; another error is the reason itself."""
    line = 'fdbff8d4c61240118b3994482f0f717f: Unexpected error "{}", closing connection'
    assert end(line.format("timed out"))["reason"] == "ping timeout"
    assert end(line.format("[Errno 104] Connection reset by peer"))["reason"] == "[Errno 104] Connection reset by peer"


def test_a_connection_that_opens_is_one_whoever_hands_the_logger_on() -> None:
    """The words of `websockets`, under uvicorn's name or none."""
    for service in ("app", "uvicorn.error"):
        found = BUILT_IN.match("connection open", service, {}, "info")
        assert found is not None
        assert found.kind is EventKind.CONNECTED
    assert read("connection open to the public") is None


def test_an_agent_s_failed_attempts_and_late_heartbeats_are_no_ends() -> None:
    """Of ngrok one line tells of the end, one of the next session; an attempt that fails ends nothing."""
    assert "code" not in end("session closed, starting reconnect loop", err="session closed")
    assert read("heartbeat timeout, terminating session", obj="csess") is None
    opened = read("client session established", obj="tunnels.session")
    failed = read("failed to reconnect session", err="failed to send authentication request: session closed")
    assert opened is not None
    assert failed is not None
    assert (opened.kind, failed.kind) == (EventKind.CONNECTED, EventKind.CONNECT_ERROR)
    assert "authentication" not in failed.extracted["error"]  # nobody was refused


def test_what_slack_announces_is_an_end_with_its_reason() -> None:
    """The client dials the next connection at once; the states that it passes through tell of none."""
    line = 'debug:[app]: Received "disconnect" (warning) message - creating the second connection'
    assert end(line)["reason"] == "warning"
    for state in ("reconnecting", "connecting"):
        found = read(f"Transitioning to state: {state}")
        assert found is None or found.kind not in {EventKind.DISCONNECTED, EventKind.CONNECTED}


def test_a_send_that_meets_a_broken_connection_found_somebody_connected() -> None:
    """`fwrite(): send of 31 bytes failed with errno=104`: nobody had said by then that the connection is gone."""
    assert read_message("fwrite(): send of 31 bytes failed with errno=104 Connection reset by peer") is None
    assert read_message("Cannot send message: write EPIPE, connection closed") is None


@each(
    ("message", "kind"),
    [
        ("Heartbeat timeout, closing connection", EventKind.DISCONNECTED),
        ("[runtime] ping timed out - terminating socket", EventKind.DISCONNECTED),
        ("[WebSocket] Client heartbeat timeout, closing connection", EventKind.SERVER_DISCONNECTED),
        ("Device 4711 keepalive timeout, dropped", EventKind.SERVER_DISCONNECTED),
        ("[RmqConnection] Heartbeat timeout, closing connection", None),
        ("[pg-pool] ping timeout, closing connection", None),
        ("Processing timeout, closing connection", None),
    ],
)
def test_who_closes_for_a_lost_heartbeat_says_why(message: str, kind: EventKind | None) -> None:
    """Of a client's heartbeat the server tells; of a queue's or a database's no socket is meant."""
    found = BUILT_IN.match(message, "app", {}, "warn")
    assert (None if found is None else found.kind) is kind
    assert found is None or found.extracted["reason"] == "ping timeout"
