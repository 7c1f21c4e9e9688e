"""What programs write around a sentence: it hides no connection, and makes none."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.lexicon.fronts import take_off_front
from tests.folding import each
from tests.winston import BUILT_IN


def read(message: str, service: str = "app") -> str | None:
    found = BUILT_IN.match(message, service, {}, "info")
    return None if found is None else found.kind.value.removeprefix("server-")


@each(
    ("message", "kind"),
    [
        ("gatekeeper/4711 on web-1: client connected (client=till7)", "connected"),
        ("gatekeeper/4711 on web-1: closed (client=till7, code=1006)", "disconnected"),
        ("gatekeeper/4711 on web-1: connected (clientId=till7)", "connected"),
        ("Till-B: Hub connection closed, trying again in 2000 ms", "disconnected"),
        ("pos-17: Hub connection closed", "disconnected"),
        ("client=Till-B Hub connection closed", "disconnected"),
        ("tenant=acme WebSocket connection closed", "disconnected"),
        ("Connected to server host=push.api.example", "connected"),
        ("RequestID: N/A | Client connected", "connected"),
        ("RequestID: 4711 | Client disconnected.", "disconnected"),
        ("tenant: acme | Client disconnected", "disconnected"),
        ("user=mira, session=7 | Socket disconnected", "disconnected"),
        ("[Gateway.pm] [gw_connect] WebSocket Connection Established", "connected"),
        ("671925471218368552 EU 1 | No Wipe DISCONNECTED: DISCONNECTED FROM SERVER.", "disconnected"),
        ("671925471218368552 EU 1 CONNECTING: CONNECTING TO SERVER...", "connecting"),
        ("CONNECTED: CONNECTED TO SERVER.", "connected"),
        ("EU 1 ERROR: Error: WebSocket was closed before the connection was established", "connect-error"),
    ],
)
def test_who_and_where_before_or_behind_a_sentence_hide_nothing(message: str, kind: str) -> None:
    """A logger with its process and host, keys, a device's name before a colon: the sentence is read without them."""
    assert read(message) == kind


@each(
    "message",
    [
        "mongod/17280 on db-1: connection closed (client=a)",
        "redis/4711 on web-1: client connected (client=a)",
        "payments/7 on web-1: closed (order=17)",
        "bank/17 on web-1: closed (account=7)",
        "tickets/3 on web-1: closed (client=a, ticket=7)",
        "tool/7 on host: closed (file=a.txt)",
        "Till-A: order closed",
        "Printer-A: paper tray closed",
        "db-7: Connection pool closed",
        "user=5 | Order closed",
        "user=5 | Mongo client connected",
        "RequestID: 7 | Database connected",
        "RequestID: N/A | Connected to Redis",
        "session=7 | Printer disconnected",
        "Connected to database host=x",
        "Connected to FTP server host=x",
        "error: timeout | retry in 5",
        "payment failed for client=a",
        "[redis_connect] Connection established",
        "[redis] [on_connect] Client connected",
        "REDIS CONNECTED: CONNECTED TO REDIS.",
    ],
)
def test_what_is_of_no_connection_is_of_none_behind_a_prefix(message: str) -> None:
    """Databases, queues, orders and printers stay no events behind a prefix."""
    assert read(message) is None


def test_the_keys_before_a_sentence_name_its_client() -> None:
    """`(client=a)` and `user=5 |` say whose connection it is; `N/A` is nobody."""
    rows = {
        "gatekeeper/4711 on web-1: closed (client=anna)": "anna",
        "client connected (client=anna)": "anna",
        "user=5 | Client connected": "5",
        "Till-B: Hub connection closed": "Till-B",
        "client=N/A | Socket connected": None,
    }
    for message, name in rows.items():
        found = BUILT_IN.match(message, "app", {}, "info")
        assert found is not None, message
        assert found.extracted.get("worker_id") == name, message


@each("message", ["Disconnected: transport close", "Error: timeout", "listening on: 3000", "a | b", ""])
def test_a_sentence_without_a_front_is_left_as_it_is(message: str) -> None:
    """What tells what happened before a colon is no prefix."""
    assert take_off_front(message) is None


@each(
    "message",
    [
        "t4711 - WebSocket closed, statusCode: 1002, reason: gone", "shop-7 - Client disconnected",
        "werk3 - Client déconnecté : 7f3a9c", "ann@example.org - Client disconnected",
        "mandant_12 - Hub connection closed",
    ],
)  # fmt: skip
def test_a_tenant_before_a_dash_hides_no_end(message: str) -> None:
    """The sentence behind it is understood; the tenant, who has many clients, is named as none of them."""
    found = BUILT_IN.match(message, "app", {}, "info")
    assert found is not None
    assert found.kind.value in {"disconnected", "server-disconnected"}
    assert "worker_id" not in found.extracted


@each(
    "message",
    [
        "ABC-123 - Client disconnected", "v1.2 - Client disconnected", "step3 - Client disconnected",
        "room12 - game closed", "db2 - connection pool closed", "order-17 - closed", "test7 - Socket closed",
        "2024 - Client disconnected",
    ],
)  # fmt: skip
def test_what_counts_steps_and_tickets_before_a_dash_is_no_tenant(message: str) -> None:
    """Titles of tickets, versions and steps speak of connections, and are the end of none."""
    assert read(message) is None


@each("place", ["index.js:83 ", "VM123 app.js:12 ", "app.4f1c.mjs?v=3:12:34 ", "(index):7 ", "VM88:1 "])
def test_the_place_that_a_console_writes_is_taken_off(place: str) -> None:
    """Chrome writes where the code stands before each message that is saved from its console."""
    front = take_off_front(f'{place}engine.io-client:socket socket close with reason: "ping timeout" +5s')
    assert front is not None
    assert front.message.startswith("engine.io-client:socket ")
    found = BUILT_IN.match(f'{place}engine.io-client:socket socket close with reason: "ping timeout" +5s', "app", {})
    assert found is not None
    assert (found.kind, found.extracted["reason"]) == (EventKind.DISCONNECTED, "ping timeout")


@each(
    ("message", "kind"),
    [
        ("WsServer | disconnecting existing connection for host 1184", "kick"),
        ("Connector | Connection lost", "disconnected"),
        ("ChatGateway | Client disconnected", "disconnected"),
        ("WebSocket | Connected", "connected"),
        ("Connector | Close (code: 1006, reason: )", "disconnected"),
        ("Redis | Connection closed", None),
        ("Database | connected", None),
        ("Mailer | SMTP connection closed", None),
        ("mail | connected | 3", None),
        ("Cache | flushed", None),
        ("orders | order closed", None),
    ],
)
def test_the_part_of_a_program_before_a_bar_hides_nothing(message: str, kind: str | None) -> None:
    """What it says begins behind the bar; a database stays one, and a table has more columns."""
    assert read(message) == kind
