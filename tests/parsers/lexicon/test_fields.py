"""What stands in a message: ids, counts, reasons, close codes."""

from __future__ import annotations

from logdiag.parsers.lexicon.fields import looks_like_socket_id
from logdiag.parsers.lexicon.messages import read_message
from tests.folding import each
from tests.parsers.lexicon.test_messages import SOCKET_ID, read
from tests.winston import BUILT_IN


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
    ("message", "worker"),
    [
        ('Closing existing connection for user "alice".', "alice"),
        ("Closing existing connection for user: bob", "bob"),
        ("Closing existing connection for user before the new one", None),
    ],
)
def test_whose_connection_is_closed_stands_behind_it(message: str, worker: str | None) -> None:
    """At the end of the sentence, quoted or not; what goes on there is no name."""
    assert read(message).extracted.get("worker_id") == worker


@each("message", ["client disconnected 1001-44a0-9c95", "disconnected: 1001abc", "connection closed: 3001-b2c4"])
def test_a_close_code_is_no_part_of_an_id(message: str) -> None:
    """Four digits among the groups of a UUID, or at the head of a word, are a piece of a name."""
    assert "code" not in read(message).extracted


@each(
    "line", ['[b328db0d-1001-44a0-9c95-8677e107deaa] Started GET "/tickets" for 10.1.6.50', "closed b328db0d-1008-44a0"]
)
def test_an_id_ends_nothing(line: str) -> None:
    """A request's id may hold what elsewhere is the code of a closed WebSocket."""
    assert read_message(line) is None


def test_a_count_is_no_part_of_an_id() -> None:
    """`reconnect 12ab34` names a connection."""
    assert "count" not in read("Reconnecting: 12ab34").extracted


def test_why_the_server_ends_it_may_stand_behind_its_librarys_words() -> None:
    """`server namespace disconnect` says who, the application behind it that another login took the place."""
    text = f"Client {SOCKET_ID} disconnected (server namespace disconnect)"
    assert read(text).extracted["reason"] == "server namespace disconnect"
    assert read(f"{text}: duplicate session").extracted["reason"] == "replaced by another login"


@each(
    "subject", ["Ladepunkt", "Ladestation", "Ladesäule", "Wallbox", "Charge point", "Chargepoint", "Charging station"]
)
def test_charge_points_are_clients_with_names(subject: str) -> None:
    """A central system (OCPP) tells of its charge points, in German as in English: the log is a server's."""
    came, went = ("verbunden", "getrennt") if subject.startswith(("Lade", "Wall")) else ("connected", "disconnected")
    for verb, kind in ((came, "server-connected"), (went, "server-disconnected")):
        found = read(f"{subject} DE-4711 {verb}")
        assert (found.kind, found.extracted["worker_id"]) == (kind, "DE-4711")
