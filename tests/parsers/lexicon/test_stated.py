"""The reason that a line states: whole, from its first letter to the next key, and no event by itself."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

import pytest

from logdiag.events import EventKind
from logdiag.parsers.forms.records import read_unstamped
from logdiag.parsers.lexicon.stated import find_stated, find_traced
from logdiag.parsers.rules import Match
from tests.folding import each
from tests.winston import BUILT_IN

ENDS = {EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED}
WITH_REASONS = [
    (rule, text, found.span("reason"))
    for rule in BUILT_IN.rules
    if "reason" in rule.pattern.groupindex
    for text in rule.examples
    if (found := rule.pattern.search(text)) is not None and found["reason"]
]
FRAMES = (
    "WebSocket closed: code=4008, reason: {}",
    "WebSocket closed, reason={}",
    "WebSocket closed, reason is {}",
    "WebSocket closed (reason: {})",
    'WebSocket closed reason="{}" user=17',
    "WebSocket closed reason='{}' user=17",
    "WebSocket closed because of {}",
    "WebSocket closed due to {}",
    "WebSocket closed, session=ab12cd code=4008 reason={} user=17",
    "连接已断开，原因：{}",
    "Соединение WebSocket закрыто, причина: {}",
)


def read(line: str, service: str = "app") -> Match | None:
    """What a line of text means, with the keys that stand in it."""
    record = read_unstamped(line)
    return BUILT_IN.match(record.message, service, record.fields, record.level)


def end(line: str, service: str = "app") -> dict[str, str]:
    found = read(line, service)
    assert found is not None, line
    assert found.kind in ENDS, (line, found.kind)
    return found.extracted


@each("frame", FRAMES)
def test_a_reason_keeps_its_first_letters(frame: str) -> None:
    """Whatever letter a reason begins with, it is told whole: `Invalid …`, `Stale …`."""
    for letter in ascii_lowercase + ascii_uppercase:
        for reason in (f"{letter}qua ruv", f"{letter}sit up", f"{letter}squa"):
            assert end(frame.format(reason))["reason"] == reason, frame


def test_no_rule_eats_the_first_letter_of_a_reason() -> None:
    """Each built-in rule that takes a reason out of a message takes it from its first letter on."""
    assert len(WITH_REASONS) > 20
    for rule, text, (first, last) in WITH_REASONS:
        for letter in ascii_lowercase + ascii_uppercase:
            found = rule.pattern.search(f"{text[:first]}{letter}squa{text[last:]}")
            if found is not None and found["reason"]:
                assert found["reason"].startswith(letter), (rule.id, letter)


@each(
    ("line", "reason"),
    [
        ("WebSocket closed, session=k2 code=4001 reason=Connection lifetime reached", "Connection lifetime reached"),
        ("WebSocket closed, code=4001 reason=Too many requests user=17", "Too many requests"),
        ("WebSocket closed, reason=Plan downgraded, user=17", "Plan downgraded"),
        ("WebSocket closed, reason: plan downgraded code: 4001", "plan downgraded"),
        ("WebSocket closed, closeReason=Plan downgraded user=17", "Plan downgraded"),
        ("WebSocket closed, reason='device wouldn't answer, gave up' user=17", "device wouldn't answer, gave up"),
        ("WebSocket closed, reason=timeout", "timeout"),
    ],
)
def test_a_reason_of_several_words_goes_on_to_the_next_key(line: str, reason: str) -> None:
    """Loggers of Go, Java and C# quote no values: words go on to the next `key=`, a comma, or the end of the line."""
    assert end(line)["reason"] == reason


@each("line", ["WebSocket closed, reason=null", "WebSocket closed, reason=", "WebSocket closed, reason: none given"])
def test_what_states_no_reason_has_none(line: str) -> None:
    """`null` and nothing are no reasons."""
    assert end(line).get("reason") in {None, "none given"}


def test_the_key_of_a_record_holds_the_whole_reason() -> None:
    """What stands in a key is what stands in the line: a wording that this run learned reads it from there."""
    fields = read_unstamped("q | WebSocket closed, session=k2 reason=Connection lifetime reached code=4001").fields
    assert fields == {"session": "k2", "reason": "Connection lifetime reached", "code": "4001"}


@each(
    ("line", "service"),
    [
        ("WebSocket closed, session=ab12cd reason=Server shutting down", "worker-1"),
        ("WebSocket closed, session=ab12cd reason=Server shutting down", "server"),
        ("WebSocket closed, session=ab12cd reason=SIGTERM received", "worker-1"),
        ("Socket q7Xb2LmNPzRk9TtVAAAB disconnected: server shutting down", "worker-1"),
        ("WebSocket closed (reason: Uncaught exception: boom)", "worker-1"),
        ("Client 17 disconnected, reason: kicked by admin", "app"),
    ],
)
def test_the_words_of_a_reason_are_no_event_of_their_own(line: str, service: str) -> None:
    """A line that ends a connection stops, starts and kicks nothing, whatever it names as the reason."""
    assert end(line, service)["reason"]


@each(
    "line",
    [
        "SIGTERM received: closing connections",
        "Shutting down, reason: SIGTERM received",
        "Received SIGTERM (reason: deploy), shutting down",
    ],
)
def test_a_stop_that_gives_its_reason_is_a_stop(line: str) -> None:
    """What stands before the reason decides: a process that stops, stops."""
    found = read(line, "worker-1")
    assert found is not None
    assert found.kind is EventKind.PROCESS_STOPPING


def test_a_reason_that_names_a_database_makes_no_end_of_its_connection() -> None:
    """`MySQL connection closed, reason: …` is none of ours."""
    assert read("MySQL connection closed, reason: server shutting down") is None
    assert read("WebSocket not closed, reason: still in use") is None


@each(
    ("line", "reason"),
    [
        ("WebSocket disconnected: WebSocketTimeoutException: Connection Idle Timeout", "idle timeout"),
        ("WebSocket disconnected: java.util.concurrent.TimeoutException: Idle timeout expired: 9/9 ms", "idle timeout"),
        ("WebSocket closed: pong timeout", "ping timeout"),
        ("WebSocket closed: no pong within 10s", "ping timeout"),
        ("WebSocket connection closed: ping/pong timed out", "ping timeout"),
        ("WebSocket closed: keepalive ping timeout", "ping timeout"),
        ("websocket readmessage closed from 7f0c: read tcp 10.0.0.1:80->10.0.0.7:5441: i/o timeout", "i/o timeout"),
        ("readPump: read tcp 10.0.0.1:80->10.0.0.7:5441: i/o timeout", "i/o timeout"),
        ("reader stopped: websocket: read limit exceeded", "read limit exceeded"),
        ("Connection task failed: Ws(Protocol(ResetWithoutClosingHandshake))", "abnormal closure"),
        ("peer gone: close frame received code=1001", "going away"),
    ],
)
def test_the_words_of_the_layer_below_tell_of_an_end(line: str, reason: str) -> None:
    """Jetty, gorilla, tungstenite and their like say why a connection ended in words of their own."""
    assert end(line)["reason"] == reason


@each(
    "line, reason",
    [
        ('Socket closed with reason Optional("connection closed by server")', "connection closed by server"),
        ('WebSocket closed, reason: Optional(Optional("going away"))', "going away"),
        ('WebSocket disconnected, reason: Some("server shutting down")', "server shutting down"),
        ("Socket disconnected, reason: Optional(Error Domain=NSPOSIXErrorDomain Code=57)", None),
        ("Socket disconnected because Optional features changed", "Optional features changed"),
    ],
)
def test_a_value_that_may_be_missing_is_told_without_its_wrapping(line: str, reason: str | None) -> None:
    """Swift and Rust name the type around it: that is no word of the reason."""
    assert end(line).get("reason") == reason


@each(
    "line",
    [
        "failed to connect: websocket error: IO error: Broken pipe (os error 32)",
        "websocket send error: IO error: Broken pipe (os error 32)",
        "failed writing message: websocket error: IO error: Broken pipe (os error 32)",
        "redis error: IO error: Broken pipe (os error 32)",
        "Pong reply not received, pinging again",
        "onError: Over connection quota code: 4004 exception: null",
        "onClose listener is called (code: -1, reason: )",
        "  Pruning Stale Connections .............................................",
    ],
)
def test_what_shares_words_with_an_end_of_pusher_slack_or_tungstenite_is_none_of_theirs(line: str) -> None:
    """A connect that fails, a send that fails and a round that looks for the dead end no socket themselves."""
    found = read(line)
    assert found is None or found.kind not in ENDS


@each(
    "line",
    [
        "redis: read tcp 10.0.0.1:80->10.0.0.7:6379: i/o timeout",
        "ws dial failed: read tcp 10.0.0.1:80->10.0.0.7:5441: i/o timeout",
        'Get "https://api.example.com/": read tcp 10.0.0.1:80->10.0.0.7:443: i/o timeout',
        "waiting until close frame received",
        "http: request body read limit exceeded",
    ],
)
def test_the_like_of_other_layers_tells_of_none(line: str) -> None:
    """What a database or a request waits for in vain ends no socket, and a connect that fails is no end."""
    found = read(line)
    assert found is None or found.kind not in ENDS


@each(
    "line",
    [
        "WebSocket closed, statusCode: 1002, reason: Invalid status code received: 401 Status line: HTTP/1.1 401 Nope",
        "WebSocket closed: status=1002, reason=Invalid status code received: 403 Status line: HTTP/1.1 403 Forbidden",
        "error from callback: Handshake status 401 Unauthorized",
    ],
)
def test_a_handshake_that_was_answered_with_an_error_is_a_failed_connect(line: str) -> None:
    """Java-WebSocket calls the handler of closes where no connection came about."""
    found = read(line)
    assert found is not None
    assert found.kind is EventKind.CONNECT_ERROR
    assert "40" in found.extracted["error"]


@pytest.mark.parametrize("service", ["main", "telegram_bot", "slack-bridge", "mail_worker"])
def test_a_process_stops_whatever_its_service_is_called(service: str) -> None:
    """`Shutdown signal received` is the process's own word, in a bot named after its messenger as in any other."""
    found = read("Shutdown signal received", service)
    assert found is not None
    assert found.kind is EventKind.PROCESS_STOPPING


@pytest.mark.parametrize("service", ["redis", "kafka", "postgres"])
def test_a_store_that_stops_is_not_our_process(service: str) -> None:
    """A database or a broker beside the sockets stops for itself."""
    assert read("Shutdown signal received", service) is None


@each(
    "line, code, reason",
    [
        ("WebSocket closed: a1, CloseStatus[code=1000, reason=null]", "1000", "normal closure"),
        ("WebSocket closed: CloseStatus[code=1006, reason=null], user=mira", "1006", "abnormal closure"),
        (
            "WebSocket closed: CloseStatus[code=1009, reason=The text, decoded, is large]",
            "1009",
            "The text, decoded, is large",
        ),
        ("WebSocket closed CloseReason(code=1001, message=Deploy)", "1001", "Deploy"),
        ("WebSocket closed CloseReason(code=1000, message=null)", "1000", "normal closure"),
        ("WebSocket closed CloseEvent{code=1011, reason='Boom', wasClean=true}", "1011", "Boom"),
        ("WebSocket closed. Reason: CloseReason[1000]", "1000", "normal closure"),
        ("WebSocket closed CloseEvent(code=1001, reason=None)", "1001", "going away"),
        ("WebSocket closed (reason=undefined)", None, None),
    ],
)
def test_the_reason_of_a_shown_object_ends_where_the_object_does(
    line: str, code: str | None, reason: str | None
) -> None:
    """What Java's, Kotlin's or C#'s programs show of an object is read without its bracket; `null` is no reason."""
    found = end(line)
    assert (found.get("code"), found.get("reason")) == (code, reason), line


@each(
    "line, reason",
    [
        ("WebSocket connection closed by client", "closed by client"),
        ("Client 7 disconnected: connection closed by the client (code 1001)", "closed by client"),
        ("WebSocket connection closed by client (code: 1006)", "abnormal closure"),
        ("WebSocket connection closed by client timeout", None),
        ("WebSocket connection closed by client handler", None),
    ],
)
def test_who_closed_a_connection_is_a_reason_where_that_is_all_a_line_says(line: str, reason: str | None) -> None:
    """A close code of a cut says more, and so does what a client's own part did."""
    assert end(line).get("reason") == reason, line


@each(
    ("message", "reason"),
    [
        ("device dev-2 offline, reason: {:shutdown, :draining}", "{:shutdown, :draining}"),
        ("device dev-2 offline, reason: {:shutdown, :closed}, age 4 s", "{:shutdown, :closed}"),
        (
            "Client 7 disconnected: hasn't sent a message/ping within the configured ClientTimeoutInterval.",
            "ping timeout",
        ),
    ],
)
def test_a_runtime_has_words_of_its_own_for_a_reason(message: str, reason: str) -> None:
    """A pair of Elixir's is one reason, and what SignalR's server tells its hub is a client that fell silent."""
    assert end(message)["reason"] == reason


STACK = "\n    at Timeout.genPairQR [as _onTimeout] (/app/lib/Socket/socket.js:485:21)"


def test_the_error_whose_stack_stands_beside_an_end_is_its_reason() -> None:
    """Baileys writes the stack of what ended its socket under a key of its own; a text without a stack is none."""
    record = {"level": 30, "msg": "connection errored", "trace": f"Error: QR refs attempts ended{STACK}"}
    match = BUILT_IN.match("connection errored", "bot", record)
    assert match is not None
    assert match.extracted["reason"] == "QR refs attempts ended"
    assert find_traced("Error: QR refs attempts ended") is None
    assert find_traced(f"at once{STACK}") is None
    assert find_traced(None) is None


def test_the_socket_of_baileys_is_open_before_it_has_logged_in() -> None:
    """Who never scans the code never logs in: the connect is told by the line before."""
    match = BUILT_IN.match("connected to WA", "bot", {"msg": "connected to WA"})
    assert match is not None
    assert match.kind is EventKind.CONNECTED


def test_a_session_of_whatsapp_ends_with_its_word() -> None:
    """What tells again of the state, or of what is done about the end, is none."""
    ended = BUILT_IN.match("[till-7] Sessão desconectada pela biblioteca. Razão: 'LOGOUT'. Status: 'connected'", "bot")
    assert ended is not None
    assert (ended.kind, ended.extracted["reason"]) == (EventKind.DISCONNECTED, "LOGOUT")
    for line in (
        "[till-7] Evento QR: Ignorando (sessão disconnected: LOGOUT ou cliente nulo).",
        "[till-7] Evento QR recebido, mas sessão está disconnected: LOGOUT ou cliente é nulo.",
        "[till-7] Notificação de desconexão enviada para webhook. Razão: LOGOUT",
        "Sessão till-7 removida (status: disconnected: LOGOUT)",
    ):
        assert BUILT_IN.match(line, "bot") is None, line


def test_a_reason_is_named_in_portuguese_and_spanish_too() -> None:
    """Razão and razón, with their accents and without."""
    for key in ("Razão", "razao", "Razón", "razon", "Motivo"):
        assert find_stated(f"Conexão encerrada. {key}: servidor reiniciado") == "servidor reiniciado"
