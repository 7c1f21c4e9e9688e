"""The lexicon: what people's own wordings mean, what means nothing, and what stands in them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import settings

from logdiag.events import EventKind, Side
from logdiag.parsers.lexicon.messages import CONNECTION_KINDS, TWINS, Reading, read_message
from logdiag.parsers.lexicon.needles import may_understand
from tests.folding import each
from tests.parsers.bystanders import write_bystanders
from tests.winston import BUILT_IN

PUBLIC = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "wordings" / "public.jsonl").read_text("utf-8").splitlines()
]
SOCKET_ID = "q7Xb2LmNPzRk9TtVAAAB"


def read(message: str, service: str = "app", **keys: Any) -> Reading:
    found = read_message(message, service, keys)
    assert found is not None, message
    return found


def is_right(row: dict[str, Any]) -> bool | None:
    """Whether the kind is the one due (or its twin of the other side); None: nothing was understood."""
    found = BUILT_IN.match(row["message"], row["service"], {}, "error")
    if found is None:
        return True if row["kind"] is None else None
    due = row["kind"]
    twins = {TWINS.get(found.kind), next((client for client, server in TWINS.items() if server is found.kind), None)}
    return due is not None and (found.kind == due or EventKind(due) in twins)


def test_wordings_of_public_applications_are_understood() -> None:
    """Of 268 messages that were collected before the grammar was finished, 95 % are right and none is misread."""
    results = [is_right(row) for row in PUBLIC]
    assert results.count(False) == 0, [row["message"] for row, ok in zip(PUBLIC, results, strict=True) if ok is False]
    assert results.count(True) >= 0.95 * len(PUBLIC)


def test_logs_without_sockets_yield_no_connection() -> None:
    """Lines of databases, queues, browsers, shells and games, each wording many times, hold no connection event."""
    draw = random.Random(17)  # noqa: S311  no secret
    seen: dict[str, str] = {}
    for message, service in write_bystanders(draw, 200 * settings().max_examples):
        found = BUILT_IN.match(message, service, {}, "info")
        if found is not None and (found.kind in CONNECTION_KINDS or found.kind.startswith("server-")):
            seen.setdefault(message, found.kind.value)
    assert seen == {}


@each(
    ("message", "kind"),
    [
        ("Reconnection failed: Request failed with status code 401", "connect-error"),
        ("Connection error: Unexpected server response: 401", "connect-error"),
        ("Hub: Request failed with status code 500", None),
        ("Server error: Response status code does not indicate success: 401 (Unauthorized).", None),
        ("Redis reconnect failed: Request failed with status code 401", None),
        (f"Authentication of client {SOCKET_ID} expired, connection closed", "server-kick"),
        (f"Authentication of client {SOCKET_ID} renewed, connection kept", None),
        (f"Authentication of database connection {SOCKET_ID} expired, connection is closed", None),
        ("Token of user 7 expired, request closed", None),
    ],
)
def test_a_refused_token_by_what_it_was_for(message: str, kind: str | None) -> None:
    """An HTTP client's error tells of a connect where a connect is named, an expired token of a close where one is."""
    found = read_message(message, "app", {})
    assert (found and found.kind.value) == kind


@each(
    ("message", "side"),
    [
        ("Connected to server", Side.CLIENT),
        ("Client connected", Side.SERVER),
        (f"Socket connected: {SOCKET_ID} from 10.0.0.9", Side.SERVER),
        ("Socket disconnected: io server disconnect", Side.CLIENT),
        ("Socket disconnected: client namespace disconnect", Side.SERVER),
    ],
)
def test_words_objects_and_reasons_tell_the_side(message: str, side: Side) -> None:
    """A server as object is a client's; a client as subject, an address and a server's reasons are a server's."""
    found = read(message)
    assert (found.side, found.is_side_sure) == (side, True)


@each(
    ("service", "kind"),
    [
        ("socket-client", EventKind.DISCONNECTED),
        ("gateway", EventKind.SERVER_DISCONNECTED),
        ("x", EventKind.DISCONNECTED),
    ],
)
def test_a_lone_message_that_cannot_tell_the_side_says_so(service: str, kind: EventKind) -> None:
    """The service's name hints at the kind and decides nothing."""
    found = read("Socket disconnected: transport close", service)
    assert (found.kind, found.is_side_sure) == (kind, False)


def test_keys_are_words() -> None:
    """An event named by a key, with its socket id and reason beside it, is understood like a message."""
    found = read("socket event", event="client_disconnected", socketId=SOCKET_ID, reason="ping timeout")
    assert found.kind is EventKind.SERVER_DISCONNECTED
    assert found.extracted == {"socket_id": SOCKET_ID, "reason": "ping timeout"}
    assert read_message("cache event", "app", {"event": "connected"}) is None


def test_the_tag_of_a_socket_belongs_to_the_sentence_behind_it() -> None:
    """`[ws] panel-w open from 192.168.7.32` has the logger `ws`, and no word of a socket behind it; a shop may open."""
    message = "panel-w open from 192.168.7.32 (clients: 23)"
    assert read(message, "ws").kind is EventKind.SERVER_CONNECTED
    assert read_message(message, "shop", {}) is None


@each("message", ["open wss://app.example.com/ws", "open", "onopen", "close code=1006", "onclose 1006"])
def test_a_logger_called_after_its_socket_says_events_bare(message: str) -> None:
    """`[vue-ws] close code=1006` is an end; of a drawer, or with words behind the verb, it is nothing."""
    kind = EventKind.CONNECTED if "open" in message else EventKind.DISCONNECTED
    assert read(message, "vue-ws").kind is kind
    assert read_message(f"{message.split(maxsplit=1)[0]} the drawer", "vue-ws", {}) is None
    if "code" not in message:
        assert read_message(message, "drawer", {}) is None


def test_a_connection_that_closes_does_not_open() -> None:
    """An address behind `connection` is no newcomer's where the same clause says that it is closed."""
    assert read("connection /10.8.1.7:44123 is close : 1006").kind is EventKind.DISCONNECTED
    assert read_message("connection /10.8.1.7:44123 is close : 2006", "app", {}) is None


def test_a_client_key_is_an_id_where_it_holds_one() -> None:
    """Centrifugo keeps the connection's uuid there, others a browser's name."""
    uuid = "7f0c1d2e-aaaa-4bbb-8ccc-1234567890ab"
    assert read("client disconnected", client=uuid).extracted["socket_id"] == uuid
    assert "socket_id" not in read("client disconnected", client="Chrome").extracted


@each("message", [f"{'9b2f0c1d' * 4} connected", f"disconnect  {'9b2f0c1d' * 4}"])
def test_an_id_with_which_a_message_is_about_nothing_else_is_the_connection_s(message: str) -> None:
    """The examples of python-socketio print the sid, 32 hexadecimal digits in older versions, beside the event."""
    assert read(message).extracted["socket_id"] == "9b2f0c1d" * 4
    assert "socket_id" not in read(f"User {'9b2f0c1d' * 4} disconnected").extracted


def test_a_guid_in_brackets_is_the_connection_s() -> None:
    """A server that names its connections so at their connect and at their end, where the bracket may be left open."""
    guid = "f281e011-f64b-455d-b29d-5b3d646ed068"
    for message in (f"A client disconnected(GUID:{guid}", f"client connected [uuid={guid}]"):
        assert read(message).extracted["socket_id"] == guid
    assert "socket_id" not in read(f"client disconnected, trace uuid:{guid}").extracted


def test_an_id_that_sticks_to_its_word_is_parted_from_it() -> None:
    """`"user disconnected" + socket.id` forgets the blank."""
    found = read(f"user disconnected{SOCKET_ID}")
    assert (found.kind, found.extracted["socket_id"]) == (EventKind.SERVER_DISCONNECTED, SOCKET_ID)


def test_the_clients_of_a_store_or_a_radio_are_none_of_ours() -> None:
    """Whereas a web framework's name as the service says nothing against a socket."""
    assert read_message("Client connected", "redis-server") is None
    assert read_message("Client: 00:1a:7d:da:71:13 connected!", "bluetooth") is None
    assert read("Client connected", "flask").kind is EventKind.SERVER_CONNECTED
    assert read("Socket connected", "redis-adapter").kind is EventKind.CONNECTED


@each(
    ("message", "keys"),
    [
        ("uploading stock sheet", {"bytes": 1485622}),
        ("[uplink] shipping comb photograph", {"payloadSize": 1485622}),
        ("sending snapshot bytes=1485622 rows=10612", {}),
        ("上传快照", {"size": 1485622}),
        ("Sende Pegelblatt 7 (1.485.622 Bytes)", {}),
        ("sending tide chart (1,485,622 bytes)", {}),
    ],
)
def test_a_send_that_is_announced_with_its_size_is_a_push(message: str, keys: dict[str, Any]) -> None:
    """Where sizes are logged, they decide whether a limit was hit."""
    found = read(message, **keys)
    assert (found.kind, found.extracted) == (EventKind.PUSH_STARTED, {"value": "1485622"})
    raw = json.dumps({"msg": message, **keys}, ensure_ascii=False).encode()
    assert may_understand(raw)


@each(
    ("message", "keys"),
    [
        ("uploading stock sheet", {"rows": 10612}),
        ("stock sheet uploaded", {"bytes": 1485622}),
        ("uploading backup to S3", {"bytes": 1485622}),
        ("sending HTTP response", {"bytes": 1485622}),
        ("publishing to redis", {"size": 1485622}),
        ("uploading stock sheet", {"bytes": True}),
        ("Sende Datei 7 (1.485.622 Bytes) an FTP", {}),
        ("sending queue 1,485,62 bytes", {}),
        ("Sende Version 1.485.622", {}),
    ],
)
def test_what_has_no_size_is_done_or_goes_elsewhere_is_no_push(message: str, keys: dict[str, Any]) -> None:
    """A connection has nothing to do with a file that goes to a store, and what is done did not end it."""
    assert read_message(message, "app", keys) is None


def test_the_only_uuid_of_a_record_is_the_connection_s_unless_its_key_names_another_thing() -> None:
    """Servers other than Socket.IO's call it as they like: `cid`, `client`, `peer`."""
    uuid, other = "7f0c1d2e-aaaa-4bbb-8ccc-1234567890ab", "7f0c1d2e-aaaa-4bbb-8ccc-1234567890ac"
    assert read("close", "ws", cid=uuid, code=1000).extracted["socket_id"] == uuid
    for keys in ({"userId": uuid}, {"traceId": uuid}, {"cid": uuid, "peer": other}):
        assert "socket_id" not in read("close", "ws", **keys).extracted


@each(
    ("message", "kind", "field"),
    [
        ("onclose code=1001 reason='' wasClean=true", EventKind.DISCONNECTED, ("code", "1001")),
        ("Verbindung vom Leitrechner beendet (1009)", EventKind.DISCONNECTED, ("code", "1009")),
        ("Verbindung zu wss://pegel.example/in steht", EventKind.CONNECTED, None),
        (
            "engineio.client WARNING packet queue is empty, aborting",
            EventKind.DISCONNECTED,
            ("reason", "transport close"),
        ),
        ("engineio.client INFO Engine.IO connection established", EventKind.CONNECTED, None),
        ("socketio.client INFO Connection failed, new attempt in 4.20 seconds", EventKind.RECONNECT_ATTEMPT, None),
    ],
)
def test_clients_of_other_makes_tell_of_their_connections(
    message: str, kind: EventKind, field: tuple[str, str] | None
) -> None:
    """A browser's callbacks, a German service, a Python library whose logger's name stands in the text."""
    found = read(message, "station")
    assert found.kind is kind
    assert field is None or found.extracted[field[0]] == field[1]
    assert "wasclean" not in found.extracted.get("reason", "").lower()
    assert may_understand(message.encode())


@each(
    "message",
    [
        "onclose handler registered",
        "Die Anlage steht",
        "Dienst Pegel beendet",
        "Verbindung zur Datenbank beendet (1009)",
        "engineio.client INFO Sending polling request",
        "job queue is empty, aborting",
    ],
)
def test_what_only_looks_like_them_means_nothing(message: str) -> None:
    """A word of theirs without a connection is none."""
    found = read_message(message, "station")
    assert found is None or found.kind not in CONNECTION_KINDS


@each(
    "name",
    [
        "ethcoin@quotes",
        "solcoin@book_2m",
        "etheldreda",
        "pamela",
        "journalist-desk",
        "anna@mail.example",
        "tom.b7@mail.example",
    ],
)
@each("kind", [EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED])
def test_a_name_does_not_decide_whether_a_line_is_understood(name: str, kind: EventKind) -> None:
    """Whoever it is, the words around say what happened."""
    words = "connected" if kind is EventKind.SERVER_CONNECTED else "disconnected"
    assert read(f"Client {name} {words}").kind is kind


@each("name", ["redis@cache", "eth", "pam_unix", "journald", "ethernet", "mail", "postgres@db"])
def test_what_is_no_socket_of_ours_stays_so(name: str) -> None:
    """A subsystem's own name still says that its connections are none of ours."""
    assert read_message(f"Connection to {name} lost", "station") is None


@each(
    "message",
    ["Agent cache idle sweep: evicted 1 agent(s)", "LRU cache evicted client entry 7", "session cache: evicted 12"],
)
def test_what_a_cache_lets_go_is_no_client_that_was_thrown_out(message: str) -> None:
    """An entry about a client is none; `client 7 evicted` stays a kick."""
    assert read_message(message, "gateway") is None
    assert read("client 7 evicted", "gateway").kind is EventKind.SERVER_KICK


@each(
    ("message", "kind", "reason"),
    [
        ("socket.io-client:socket close (transport close)", EventKind.DISCONNECTED, "transport close"),
        ("engine.io-client:socket socket error timeout", EventKind.CONNECT_ERROR, None),
        ("socket.io:client client close with reason ping timeout", EventKind.SERVER_DISCONNECTED, "ping timeout"),
    ],
)
def test_a_namespace_of_the_librarys_own_debug_lines_tells_whose_log_it_is(
    message: str, kind: EventKind, reason: str | None
) -> None:
    """`-client` stands in those of clients, and is no client of whom a server speaks."""
    found = read(message)
    assert (found.kind, found.extracted.get("reason"), found.is_side_sure) == (kind, reason, True)


@each(
    ("message", "kind"),
    [
        ("❌ Socket uzildi: transport close", EventKind.DISCONNECTED),
        (f"✅ Socket ulandi: {SOCKET_ID}", EventKind.CONNECTED),
        ("🔴 Socket ulanish xatosi: Token kerak", EventKind.CONNECT_ERROR),
        ("[SIO] Połączono z serwerem", EventKind.CONNECTED),
        ("[SIO] Rozłączono z serwerem", EventKind.DISCONNECTED),
        ("❌ Błąd połączenia z serwerem WebSocket", EventKind.CONNECT_ERROR),
        ("Socket verbroken: transport error", EventKind.DISCONNECTED),
        ("ตัดการเชื่อมต่อ socket: transport close", EventKind.DISCONNECTED),
        ("تم قطع اتصال السوكيت: transport close", EventKind.DISCONNECTED),
        (f"SSH WS disconnected: {SOCKET_ID}", EventKind.DISCONNECTED),
        ("Reconnected after 2.7s (0 failed attempt(s))", EventKind.CONNECTED),
        ("WS Connection can't be reestablished", EventKind.CONNECT_ERROR),
        ("Rejecting connection (IP connection limit reached) from 10.0.0.7", EventKind.CONNECT_ERROR),
        (f"Session 4711's connection disconnected (SID: {SOCKET_ID})", EventKind.DISCONNECTED),
        (f"Session opened for till-1 ({SOCKET_ID})", EventKind.CONNECTED),
        (f"Session closed for till-1 ({SOCKET_ID}) after 65.0 s: transport close", EventKind.DISCONNECTED),
    ],
)
def test_other_languages_and_a_reason_of_socket_io_beside_a_socket(message: str, kind: EventKind) -> None:
    """`transport close` behind what is said of a socket is an end, whatever the language; raw lines are found too."""
    assert read(message).kind in {kind, TWINS[kind]}
    assert may_understand(message.encode())


@each(
    "message",
    [
        "🔌 Neo4j connection closed",
        "🔌 ArangoDB connection closed",
        "connection ERROR java.sql.SQLNonTransientConnectionException: Could not connect to (host=db1)(port=3306)",
        "Connection failed: psycopg2.OperationalError: server closed the connection unexpectedly",
        "Thermal printer disconnected: transport close",
        "If the socket says so: ping timeout",
        "Socket emit failed: transport error",
        "gRPC channel: transport error",
        "Ping timeout for host 10.0.0.7",
    ],
)
def test_stores_with_a_digit_in_their_names_and_reasons_of_something_else_are_none(message: str) -> None:
    """A digit is masked as an id; the name of a store is none."""
    found = read_message(message)
    assert found is None or found.kind not in CONNECTION_KINDS


@each(
    ("message", "kind"),
    [
        (f"Client dis-connected: {SOCKET_ID}", "server-disconnected"),
        ("web socket dis-connected", "disconnected"),
        ("user re-connected", "server-connected"),
        ("socket un-connected", None),
        ("client non-connected", None),
        ("inter-connected client", None),
        ("pre-connected client", None),
    ],
)
def test_a_hyphen_within_a_word_does_not_part_it(message: str, kind: str | None) -> None:
    """What stands behind a prefix says the contrary of the word, or nothing."""
    found = read_message(message, "app", {})
    assert (found and found.kind.value) == kind


@each(
    "message",
    [
        "Removed user 7 from the socket map on disconnect.",
        f"Deleted socket {SOCKET_ID} from store after disconnect",
        "Error during disconnection: boom",
        "Clearing the close timeout",
        "[ws] Setting a HELLO timeout for 20s",
    ],
)
def test_the_occasion_of_a_deed_is_no_event(message: str) -> None:
    """What is done on a disconnect, or a timer that is set for one, is no second end."""
    assert read_message(message, "app", {}) is None


@each(
    ("message", "kind"),
    [
        ("WEBSOCKET_CLOSED_GRACEFUL", "disconnected"),
        ("SOCKET_CONNECTED", "connected"),
        ("[clientDisconnected] 7", "server-disconnected"),
        ("ClientConnected", "server-connected"),
        (f"onDisconnect: {SOCKET_ID}", "disconnected"),
        ("socketConnected: false", None),
        ("isConnected", None),
        ("handleDisconnect called", None),
        ("Emitting clientDisconnected to 7", None),
    ],
)
def test_an_event_s_name_at_the_head_of_a_line_is_split_into_words(message: str, kind: str | None) -> None:
    """A flag, a handler and a mention are none."""
    found = read_message(message, "app", {})
    assert (found and found.kind.value.removeprefix("server-")) == (kind and kind.removeprefix("server-"))


def test_words_without_blanks_go_on_behind_an_id() -> None:
    """The verb that sticks to a uuid is a word of its own."""
    uuid = "7f0c1d2e-aaaa-4bbb-8ccc-1234567890ab"
    assert read(f"客户端:{uuid}断开连接").kind is EventKind.SERVER_DISCONNECTED
    assert read(f"客户端:{uuid}已连接").kind is EventKind.SERVER_CONNECTED
    assert read("服务器运行在端口 3000").kind is EventKind.SERVER_STARTED


def test_a_session_of_a_logger_called_after_its_socket_is_a_connection() -> None:
    """Other services have sessions as well."""
    assert read("세션 등록: user=mira, total=1", "WebSocketSessionManager").kind is EventKind.SERVER_CONNECTED
    assert read("Session removed: mira", "WebSocketSessionManager").kind is EventKind.SERVER_DISCONNECTED
    assert read_message("Session removed: mira", "HttpSessionStore", {}) is None


def test_a_close_code_proves_a_socket_whatever_the_service_is_called() -> None:
    """A service may be called after a product that its own sockets bring something to."""
    found = read("[panel] Connection closed", "twilio", code=1005, reason="")
    assert (found.kind, found.extracted["code"], found.is_side_sure) == (EventKind.DISCONNECTED, "1005", False)
    assert read_message("[panel] Connection closed", "twilio-relay", {"code": 17}) is None
    assert read_message("Redis connection closed", "app", {"code": 1006}) is None
    assert read("[panel] New connection established", "twilio-relay").kind is EventKind.SERVER_CONNECTED
    assert read_message("Connection established", "twilio-relay", {}) is None


@each(
    ("message", "kind"),
    [
        (f"Rejected unauthenticated connection: {SOCKET_ID}", "server-kick"),
        ("Unauthenticated socket connection attempt", "server-error"),
        ("connection attempt: No token provided", "server-error"),
        ("Unauthorized device esp-17", "server-error"),
        ("WebSocket auth failed: JWT error for 10.0.0.7:55606: Could not validate credentials", "server-error"),
        (f"Unauthenticated socket disconnected: {SOCKET_ID}", "server-disconnected"),
        ("Rejected unauthorized request", None),
        ("Login failed: invalid credentials", None),
        ("Invalid token for user 7", None),
    ],
)
def test_a_server_that_turns_somebody_away_says_so(message: str, kind: str | None) -> None:
    """Of a request or a login the words are the same, and say nothing of a socket."""
    found = read_message(message, "app", {})
    assert (found and found.kind.value) == kind
    assert kind is None or may_understand(message.encode())


@each(
    "message",
    [
        "[wa] spawning connection for 2a0780dd-50a4-4fda-bf7b-dad5714154dd (attempt 1)",
        "Creating connection for 2a0780dd-50a4-4fda-bf7b-dad5714154dd",
        "Requesting connection for 2a0780dd-50a4-4fda-bf7b-dad5714154dd",
    ],
)
def test_an_attempt_that_a_client_makes_is_no_connect_at_a_server(message: str) -> None:
    """Who spawns or creates a connection has none yet, whatever id stands behind it."""
    found = BUILT_IN.match(message, "app", {}, "info")
    assert found is None or found.kind not in {EventKind.CONNECTED, EventKind.SERVER_CONNECTED}, message


@each("message", ["user=<n> disconnected close_code=4001 device=ios", "client 7 disconnected browser: chrome"])
def test_what_a_client_runs_on_is_no_subsystem(message: str) -> None:
    """`ios` and `chrome` alone are a debugger's and a browser's; as the value of `device` they tell of the client."""
    told = read_message(message.replace("<n>", "417"), "chat.consumers")
    assert told is not None
    assert told.kind is EventKind.SERVER_DISCONNECTED
    assert read_message("ios disconnected", "chat.consumers") is None


@each("service", ["ios", "ios-app", "chat_ios"])
def test_the_log_of_an_application_for_ios_speaks_of_its_own_socket(service: str) -> None:
    """`ios.log` is called after what the application runs on; in a line the word is a debugger's."""
    told = read_message("[StarscreamAdapter] disconnected: reason=going away; code=1001", service)
    assert told is not None
    assert told.extracted["reason"] == "going away"


@each(
    ("message", "kind"),
    [
        ("socket open, token valid for 3600 s", "connected"),
        ("ws open - authenticated", "connected"),
        ("WebSocket open, waiting for clients", None),
        ("socket open: closing old one", None),
        ("Socket open, then closed", None),
        ("file open, 3 sockets", None),
    ],
)
def test_a_socket_that_is_open_may_say_more_behind_a_mark(message: str, kind: str | None) -> None:
    """What is added is of the connect, unless it tells of an end, of others or of what is awaited."""
    found = BUILT_IN.match(message, "tablet")
    assert (None if found is None else found.kind.value) == kind


def test_the_error_of_a_record_says_in_the_words_of_the_system_why_it_ended() -> None:
    """`err="read tcp …: connection reset by peer"` beside the message, be that understood by a rule or by its words."""
    said = {"err": "read tcp 192.168.2.46:60716->52.28.187.147:443: read: connection reset by peer"}
    for message in ("session closed, starting reconnect loop", "websocket closed"):
        found = BUILT_IN.match(message, None, said)
        assert found is not None
        assert found.extracted["reason"] == "connection reset by peer"


@each("head", ["stream closed: ", "feed gone: ", "api session over: ", ""])
def test_close_frames_end_a_connection_whatever_stands_before_them(head: str) -> None:
    """No protocol but the WebSocket has them; a database's own sentence stays its own."""
    frames = "received 1008 (policy violation) Too many requests; then sent 1008 (policy violation) Too many requests"
    found = read_message(head + frames)
    assert found is not None
    assert (found.kind, found.extracted["code"]) == (EventKind.DISCONNECTED, "1008")
    assert read_message(f"MongoDB cursor: {frames}") is None


def test_a_web_sockets_address_beside_a_message_says_what_it_is_about() -> None:
    """A tunnel is a VPN's or SSH's otherwise."""
    found = read_message("tunnel established", "agent", {"server": "wss://hub.example.net/agent"})
    assert found is not None
    assert found.kind is EventKind.CONNECTED
    assert read_message("tunnel established", "agent", {"server": "vpn.example.net"}) is None
    assert may_understand(b'level=info msg="tunnel established" server=wss://hub.example.net/agent')


@each(
    ("message", "kinds"),
    (
        ("courier 400 moved away session=b067e0 close=1012 (SERVICE_RESTART, please reconnect)", "server-disconnected"),
        ("seat 7 gone closeCode=1006", "disconnected"),
        ("courier 400 online session=b067e0", "server-connected"),
        ("courier 400 offline session=a1f3c9 close=1000 (NORMAL, shift over)", "server-disconnected"),
        ("session opened conn=90537 player=p05 peer=35.191.3.82", "server-connected"),
        ("session ended conn=90537 player=p05", "server-disconnected"),
    ),
)
def test_a_key_that_is_called_after_the_close_tells_an_end_and_whatever_id_stands_there(
    message: str, kinds: str
) -> None:
    """What a line is found by does not hang on the letters of the id in it."""
    found = BUILT_IN.match(message, "gw", {}, "info")
    assert found is not None
    assert found.kind == kinds
    assert may_understand(message.encode())


@each("message", ("market close=1012.5", "ES high=1020 low=1001 close=1012", "if close=1012 reconnect", "close=1012x"))
def test_a_price_or_a_condition_is_no_close_code(message: str) -> None:
    """A market closes too."""
    assert BUILT_IN.match(message, "gw", {}, "info") is None
