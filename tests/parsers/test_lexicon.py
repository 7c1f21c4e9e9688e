"""The lexicon: what people's own wordings mean, what means nothing, and what stands in them."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from hypothesis import settings

from logdiag.events import EventKind, Side
from logdiag.parsers.lexicon import CONNECTION_KINDS, TWINS, Reading, read_message
from logdiag.parsers.lexicon.fields import looks_like_socket_id
from logdiag.parsers.lexicon.grammar import Row, load_grammar
from logdiag.parsers.lexicon.needles import NEEDLES, may_understand
from logdiag.parsers.lexicon.timers import find_period_ms
from logdiag.parsers.lexicon.vocabulary import fold, load_vocabulary
from logdiag.scanning.suspects import get_finder
from tests.folding import each
from tests.parsers.bystanders import write_bystanders
from tests.winston import BUILT_IN

PUBLIC = [
    json.loads(line) for line in (Path(__file__).parent / "wordings" / "public.jsonl").read_text("utf-8").splitlines()
]
EXAMPLES = [(row, text) for row in load_grammar() for text in row.examples]
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


@each(("row", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_each_example_is_read_as_its_row_says(row: Row, text: str) -> None:
    """No earlier row claims the example of a later one for another kind."""
    found = read_message(text)
    if row.kind is None:
        assert found is None
    else:
        assert found is not None
        assert found.kind in {row.kind, TWINS.get(row.kind)}


def test_wordings_of_public_applications_are_understood() -> None:
    """Of 268 messages that were collected before the grammar was finished, 95 % are right and none is misread."""
    results = [is_right(row) for row in PUBLIC]
    assert results.count(False) == 0, [row["message"] for row, ok in zip(PUBLIC, results, strict=True) if ok is False]
    assert results.count(True) >= 0.95 * len(PUBLIC)


def test_what_a_lexicon_understands_is_found_in_the_raw_line() -> None:
    """The scanner's prefilter lets pass whatever the lexicon would understand, in either writing of JSON."""
    finder = get_finder((*BUILT_IN.texts, b"\\u"), BUILT_IN.expressions)
    is_wanted = BUILT_IN.find_candidate()
    messages = [text for row, text in EXAMPLES if row.kind is not None]
    messages += [row["message"] for row in PUBLIC if row["kind"] is not None and is_right(row)]
    missed = []
    for message in messages:
        raw = json.dumps({"message": message}, ensure_ascii=False).encode()
        found = finder.find(bytearray(b"\n" + raw + b"\n"), 0, len(raw) + 2)
        if not any(suspect.is_candidate for suspect in found) or not is_wanted(raw):
            missed.append(message)
    assert missed == []


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


def test_a_parenthesis_is_no_reason_unless_it_holds_one() -> None:
    """The user's id behind a disconnect is not why it happened."""
    assert "reason" not in read(f"Client disconnected: {SOCKET_ID} (User: 64f0aa11bb22cc33dd44ee55)").extracted
    assert read(f"Client disconnected: {SOCKET_ID} (ping timeout)").extracted["reason"] == "ping timeout"
    assert read("连接已断开，原因：ping timeout").extracted["reason"] == "ping timeout"


def test_a_close_code_has_a_meaning() -> None:
    """RFC 6455 names 1006; a stated reason goes before the code's meaning, and `none` is none."""
    assert read("[WebSocket] Disconnected: 1006").extracted == {"code": "1006", "reason": "abnormal closure"}
    assert read("ws closed (code: 1009, reason: transport error)").extracted["reason"] == "transport error"
    assert read("Client 7 disconnected (code: 1001, reason: none)").extracted["reason"] == "going away"


def test_keys_are_words() -> None:
    """An event named by a key, with its socket id and reason beside it, is understood like a message."""
    found = read("socket event", event="client_disconnected", socketId=SOCKET_ID, reason="ping timeout")
    assert found.kind is EventKind.SERVER_DISCONNECTED
    assert found.extracted == {"socket_id": SOCKET_ID, "reason": "ping timeout"}
    assert read_message("cache event", "app", {"event": "connected"}) is None


@each(
    ("message", "field", "value"),
    [
        ("Attempting to reconnect (3/5)...", "count", "3"),
        ("Reconnecting in 2000ms (attempt 4)", "count", "4"),
        ("Socket.IO connection error: xhr poll error", "error", "xhr poll error"),
        (f"Usuario conectado: mira ({SOCKET_ID})", "socket_id", SOCKET_ID),
        ("Agent worker-3 disconnected", "worker_id", "worker-3"),
    ],
)
def test_fields_are_extracted(message: str, field: str, value: str) -> None:
    """Counts of attempts, errors, socket and worker ids stand where people put them."""
    assert read(message).extracted[field] == value


@each(
    ("message", "period_ms"),
    [
        ("Data snapshot started (interval: 30000ms)", 30_000),
        ("Starting cleanup every 5 minutes", 300_000),
        ("心跳任务已启动，间隔 30 秒", 30_000),
        ("Polling started with interval 1500", 1_500),
        ("retry interval: 30000ms", None),
        ("Job started at 12:00", None),
    ],
)
def test_an_announced_timer_has_a_period(message: str, period_ms: float | None) -> None:
    """Only what has started has a period, in milliseconds."""
    assert find_period_ms(message) == period_ms


def test_vocabulary_is_written_as_it_is_read() -> None:
    """An entry with an accent or a capital letter would never be found."""
    for first, phrases in load_vocabulary().phrases.items():
        assert fold(first) == first
        assert all(fold(word) == word for phrase in phrases for word in phrase.rest)


@each("message", ["open wss://app.example.com/ws", "open", "onopen", "close code=1006", "onclose 1006"])
def test_a_logger_called_after_its_socket_says_events_bare(message: str) -> None:
    """`[vue-ws] close code=1006` is an end; of a drawer, or with words behind the verb, it is nothing."""
    kind = EventKind.CONNECTED if "open" in message else EventKind.DISCONNECTED
    assert read(message, "vue-ws").kind is kind
    assert read_message(f"{message.split(maxsplit=1)[0]} the drawer", "vue-ws", {}) is None
    if "code" not in message:
        assert read_message(message, "drawer", {}) is None


def test_an_address_with_a_port_is_a_connection_of_the_server() -> None:
    """A client's line names the server by it, and an address alone is not one connection's."""
    assert read("New connection from 10.0.0.7:51210").extracted["socket_id"] == "10.0.0.7:51210"
    assert "socket_id" not in read("Connected to server 10.0.0.1:3000").extracted
    assert "socket_id" not in read("New connection from 10.0.0.7").extracted


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


def test_an_id_that_sticks_to_its_word_is_parted_from_it() -> None:
    """`"user disconnected" + socket.id` forgets the blank."""
    found = read(f"user disconnected{SOCKET_ID}")
    assert (found.kind, found.extracted["socket_id"]) == (EventKind.SERVER_DISCONNECTED, SOCKET_ID)


@each("message", ["10.0.0.7:51210 disconnected", "Address(host='10.0.0.7', port=51210) disconnected ([1006] )"])
def test_an_address_names_a_connection_however_it_is_written(message: str) -> None:
    """Starlette's `websocket.client` is a pair."""
    found = read(message)
    assert (found.kind, found.extracted["socket_id"]) == (EventKind.SERVER_DISCONNECTED, "10.0.0.7:51210")


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
    "line",
    [
        b'{"message":"IPC message #43697658 worker-1 -> main type=data size=21467"}',
        b'{"message":"cache miss key=room:7570480555375657444:stats bytes=48213"}',
        b'{"message":"Queue size: 2468 pending, batch=202"}',
        b"2025-11-14 16:25:52.801 INFO disk - written bytes=1048576 in 12 ms",
        b'{"message":"WebSocket frame 4471 decoded type=WebcastChatMessage len=2213"}',
        '{"message":"💬 [用户4471] 点赞：进入直播间 送出 小心心"}'.encode(),
        b'{"message":"Stored 312 records in 41ms (collection chat_2025_11)"}',
        b'{"message":"Buffered item 9f3c2a1b for room 7570480555375657444"}',
    ],
)
def test_what_all_logs_are_full_of_is_worth_no_look(line: bytes) -> None:
    """What is common in logs of any kind is passed over by the scan: to take it apart costs more than all the rest."""
    assert not any(re.search(needle.exact, line.lower()) for needle in NEEDLES)
    assert [text for text in BUILT_IN.texts if text in line and text != b" bytes"] == []  # of which sized sends tell


@each(
    ("message", "kind", "field"),
    [
        ("onclose code=1001 reason='' wasClean=true", EventKind.DISCONNECTED, ("code", "1001")),
        ("Verbindung vom Leitrechner beendet (1009)", EventKind.DISCONNECTED, ("code", "1009")),
        ("Verbindung zu wss://pegel.example/in steht", EventKind.CONNECTED, None),
        (
            "engineio.client WARNING packet queue is empty, aborting",
            EventKind.DISCONNECTED,
            ("reason", "transport error"),
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


@each(("code", "is_close_code"), [(3000, True), (4001, True), (4999, True), (2999, False), (5000, False)])
def test_an_applications_close_code_is_one_of_its_own_range(code: int, is_close_code: bool) -> None:
    """RFC 6455, 7.4.2: 3000 to 4999 are for libraries and applications; another number is some other code."""
    assert ("code" in read("WebSocket disconnected", code=code).extracted) is is_close_code


@each(
    ("text", "expected"),
    [
        (SOCKET_ID, True),
        (SOCKET_ID + "x", False),
        (SOCKET_ID[:-1], False),
        (SOCKET_ID[:9] + " " + SOCKET_ID[10:], False),
    ],
)
def test_a_socket_id_has_twenty_characters_of_base64url(text: str, expected: bool) -> None:
    """One more, one less, or a blank among them is no id of Engine.IO."""
    assert looks_like_socket_id(text) is expected


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
    ("message", "field", "value"),
    [
        ("User connected uid:123", "worker_id", "123"),
        ("Client with id 17 disconnected", "worker_id", "17"),
        ("Client connected as mira", "worker_id", "mira"),
        ("User mira disconnected", "worker_id", "mira"),
        ("[123] Client connected", "socket_id", "123"),
        ("conn 42 closed", "socket_id", "42"),
        ("ws[17] closed", "socket_id", "17"),
        ("Connection #42 closed", "socket_id", "42"),
        ("<ws 0x7f3a1c00> disconnected", "socket_id", "0x7f3a1c00"),
        ("#PID<0.512.0> disconnected", "socket_id", "0.512.0"),
        ("client 17 closed (1009)", "code", "1009"),
        ("Disconnected: received 4001 (private use) token expired; then sent 4001 (private use)", "code", "4001"),
    ],
)
def test_short_ids_and_names_stand_where_servers_put_them(message: str, field: str, value: str) -> None:
    """A number behind the word for a connection is its id, one behind the word for who connects is the client's."""
    assert read(message).extracted[field] == value


@each(
    "message",
    [
        "client connected, total: 5",
        "Client connected (online: 12)",
        "New connection, 5 active",
        "Client abruptly disconnected",
    ],
)
def test_a_count_or_an_adverb_is_nobody(message: str) -> None:
    """How many there are, and how it happened, names no connection."""
    assert not {"socket_id", "worker_id"} & read(message).extracted.keys()


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


@each("subject", ["Device", "Sensor", "Terminal", "Peer", "Kiosk", "Display", "Printer", "Node"])
def test_whoever_comes_from_an_address_is_a_client(subject: str) -> None:
    """Whereas alone a display is a monitor, and a browser is puppeteer's."""
    for verb, kind in (("disconnected", EventKind.SERVER_DISCONNECTED), ("connected", EventKind.SERVER_CONNECTED)):
        message = f"{subject} {verb} from ::ffff:10.0.0.24"
        assert read(message).kind is kind
        assert may_understand(message.encode())
    for alone in ("Display", "Printer", "Browser"):
        assert read_message(f"{alone} disconnected", "app", {}) is None
        assert read(f"{alone} disconnected: {SOCKET_ID}").kind is EventKind.SERVER_DISCONNECTED


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


@each("rest", [f" (User: {'64f0' * 6})", f", uid {'64f0' * 6})", f" (uid {'64f0' * 6})", ", user 7"])
def test_a_word_before_an_id_is_no_reason(rest: str) -> None:
    """Nor is the word for it: `Reason: transport close`."""
    found = BUILT_IN.match(f"Client disconnected: {SOCKET_ID}{rest}", "app", {}, "info")
    assert found is not None
    assert "reason" not in found.extracted
    found = BUILT_IN.match(f"Client disconnected: {SOCKET_ID} Reason: transport close \tTime: 7s", "app", {}, "info")
    assert found is not None
    assert found.extracted["reason"] == "transport close"


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
