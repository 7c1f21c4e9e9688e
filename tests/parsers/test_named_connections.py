"""Connections by what they are called: brokers, devices by name, loggers of WebSockets, libraries, misspelt words."""

from __future__ import annotations

from logdiag.events import Side
from logdiag.parsers.rules import Match
from tests.folding import each
from tests.winston import BUILT_IN

SOCKET_ID = "q7Xb2LmNPzRk9TtVAAAB"
ADDON = "homeassistant.components.websocket_api.http.connection"


def match(message: str, service: str = "app") -> Match | None:
    return BUILT_IN.match(message, service, {}, "info")


def read(message: str, service: str = "app") -> str | None:
    found = match(message, service)
    return None if found is None else found.kind.value.removeprefix("server-")


@each(
    ("message", "kind"),
    [
        ("Successfully connected to shed @ 10.0.0.7:6053", "connected"),
        ("Disconnected from shed @ 10.0.0.7", "disconnected"),
        ("[mqtt] connected to broker tcp://10.0.0.7:1883", "connected"),
        ("[mqtt-broker:Home] Disconnected from broker: mqtt://10.0.0.7:1883", "disconnected"),
        ("Lost connection to MQTT broker", "disconnected"),
        ("Disconnected from MQTT (1). Trying to reconnect in 1 s", "disconnected"),
        ("Disconnected from MQTT (1). Trying to reconnect in 256 s", "connect-error"),
        ("Connected to MQTT server core:1883 (0)", "connected"),
        ("MQTT failed to connect, exiting... (connect ETIMEDOUT 10.0.0.7:1883)", "connect-error"),
        ("Not connected to MQTT server!", "emit-refused"),
        ("Connected to redis @ 10.0.0.7", None),
        ("Successfully connected to ldap @ 10.0.0.7", None),
        ("Successfully connected to share via SMB @ 10.0.0.9", None),
        ("Connected to wifi @ 10.0.0.7", None),
        ("Lost connection to broker", None),
        ("MQTT client connected to broker 10.0.0.7", None),
        ("Connected to Kafka broker kafka-1:9092", None),
        ("Connected to broker kafka-1:9092 (id: 1 rack: null)", None),
        ("Disconnected from RabbitMQ broker", None),
        ("Publishing MQTT message to broker", None),
        ("MQTT discovery finished", None),
        ("Connected: true", None),
        ("Connected: ('db-1', 5432)", None),
    ],
)
def test_a_broker_or_a_device_that_a_line_names_is_connected(message: str, kind: str | None) -> None:
    """MQTT's broker and `name @ address` are connections; a queue's broker, a share and a directory are none."""
    assert read(message) == kind


@each(
    ("message", "service", "kind"),
    [
        ("[547567573088] Disconnected: Did not receive auth message within 10 seconds", ADDON, "disconnected"),
        ("[140241307556752] Connection closed by client", ADDON, "disconnected"),
        ("[140241307556752] Connected", ADDON, "connected"),
        ("Disconnected: idle for too long", "shop.websocket.session", "disconnected"),
        ("Disconnected: timeout", "homeassistant.components.bluetooth", None),
        ("Disconnected users: 5", "shop.websocket.session", None),
        ("Disconnected: why not", "aiohttp.access", None),
        ("Database disconnected", "pg.websocket", None),
        ("[140241307556752] Sending result", ADDON, None),
        ("Received {'type': 'auth'}", ADDON, None),
        ("Disconnecting idle users is enabled", "shop.websocket.session", None),
        ("Printer offline", "shop.websocket.printers", None),
        ("Disconnected: cable unplugged", "netmon", None),
    ],
)
def test_a_logger_that_is_called_after_its_socket_names_the_subject(
    message: str, service: str, kind: str | None
) -> None:
    """`Disconnected: why` tells of a connection where the logger says of which; elsewhere it may be a cable's."""
    assert read(message, service) == kind


def test_a_number_in_brackets_is_the_connection() -> None:
    """Home Assistant writes the connection's number before its message."""
    found = match("[140241307556752] Connected", ADDON)
    assert found is not None
    assert found.extracted["socket_id"] == "140241307556752"


@each(
    ("message", "kind"),
    [
        ("[WSc] Disconnected!", "disconnected"),
        ("[WSc] Connected to url: /socket.io/?EIO=4", "connected"),
        ("[WS-Client] connection lost.", "disconnected"),
        ("[0] Connected from 10.0.0.7 url: /", "connected"),
        ("tearing down on exception 'x' object has no attribute 'y'", "disconnected"),
        ("[Hall] Disconnected from TV", "disconnected"),
        ("client not handshaken client should reconnect", "error"),
        ("Client till-3 disconnecting (socket error)", "disconnected"),
        (f"Client {SOCKET_ID} timed out .", "disconnected"),
        ("[WiFi] Disconnected!", None),
        ("[BT] Disconnected!", None),
        ("[BLE-Client] connection lost.", None),
        ("[FTP-Client] connection lost.", None),
        ("[HTTP-Client] Connected to url: /", None),
        ("[GSM] Connected to url: apn", None),
        ("[WSc] get text: hello", None),
        ("tearing down test fixtures", None),
        ("tearing down the app on exception", None),
        ("TcpSocket: socket:close, hadError:false", None),
        ("Pool is shutting down due to an error.", None),
        ("Kafka client till-3 disconnecting (socket error)", None),
        ("Query of client 42 timed out", None),
        ("Client request timed out", None),
        ("HTTP client timed out", None),
        ("tls client not handshaken", None),
    ],
)
def test_words_of_libraries(message: str, kind: str | None) -> None:
    """Sketches for microcontrollers, websocket-client, SignalR, Socket.IO 0.9: their own words, and none like them."""
    assert read(message) == kind


@each(
    ("message", "kind"),
    [
        ("room 42 disconnected with reason: transport error", "disconnected"),
        ("websocket [ 9f3c21aa ] to remote [ 10.0.0.7:80 ] terminated", "disconnected"),
        ("Exec WS client disconnected (2 total)", "disconnected"),
        ("Client disconnected (3 clients remaining)", "disconnected"),
        ("[ws] Client connected (total: 5)", "connected"),
        (f"Client disconected: {SOCKET_ID}", "disconnected"),
        ("Websocket connection diconnected from Alive", "disconnected"),
        ("Heating disconnected due to boiler closed the connection, connect retry in 30 seconds", "disconnected"),
        ("Échec connexion WebSocket", "connect-error"),
        ("room 42 closed", None),
        ("table 7 locked due to maintenance", None),
        ("tunnel [ 9f3c21aa ] to remote [ 10.0.0.7 ] terminated", None),
        ("process [ 17 ] terminated", None),
        ("Printer disconected", None),
        ("Database disconected", None),
        ("USB diconnected", None),
        ("Exec SSH client disconnected (2 total)", None),
        ("Échec connexion base de données", None),
        ("Bluetooth disconnected due to remote closed the link, retry in 5 seconds", None),
        ("Users online (3 clients remaining)", None),
        ("3 clients connected (total: 5)", None),
    ],
)
def test_counts_behind_a_sentence_and_misspelt_words(message: str, kind: str | None) -> None:
    """How many are left, a letter too few, and a reason of Socket.IO's behind any subject hide no end."""
    assert read(message) == kind


@each(
    ("message", "name"),
    [
        ("device disconnected: garage", "garage"),
        ("Device connected: front-door", "front-door"),
        ("charge point disconnected: VMVSYnDwvTuoeS***", "VMVSYnDwvTuoeS***"),
        ("Charging station connected: north", "north"),
        ("vehicle disconnected: truck-north", "truck-north"),
        ("device disconnected: sda", None),
        ("device disconnected: usb", None),
        ("device connected: usb0", None),
        ("device connected: /dev/sdb", None),
        ("device connected: false", None),
        ("device connected: hdmi", None),
        ("device disconnected: eth0", None),
        ("usb device connected: garage", None),
        ("Bluetooth device disconnected: headset", None),
        ("printer connected: office", None),
        ("database connected: orders", None),
        ("New USB device found: garage", None),
    ],
)
def test_a_device_is_named_behind_a_colon_without_a_digit(message: str, name: str | None) -> None:
    """What a charge point, a kiosk or a device is called need hold no digit; ports and disks are no clients."""
    found = match(message)
    assert (found and found.extracted.get("worker_id")) == name


@each(
    ("record", "name"),
    [
        ({"terminal_id": "term_2abc"}, "term_2abc"),
        ({"kioskId": "kiosk-7"}, "kiosk-7"),
        ({"device": "till-3"}, "till-3"),
        ({"chargePoint": "CP-0041"}, "CP-0041"),
        ({"station": 4711}, "4711"),
        ({"device": "iPhone14"}, None),
        ({"device": "mobile"}, None),
        ({"device": "Chrome on Windows 10"}, None),
        ({"terminal": True}, None),
        ({"driver": "postgres"}, None),
    ],
)
def test_a_key_names_the_device_that_is_connected(record: dict[str, object], name: str | None) -> None:
    """`terminal_id`, `kiosk` and `device` name one of them; a model's name and a kind of device are nobody's."""
    found = BUILT_IN.match("websocket connected", "app", record, "info")
    assert found is not None
    assert found.extracted.get("worker_id") == name


@each(
    ("message", "kind"),
    [
        ("WARN - [MarketData] WebSocket | Connection closed: None - None", "disconnected"),
        ("SignalR | Connection established", "connected"),
        ("Redis | Connection closed", None),
        ("WebSocket | Connection pool closed", None),
    ],
)
def test_what_a_line_speaks_of_may_stand_in_a_column(message: str, kind: str | None) -> None:
    """A pipe stands between it and what happened to it."""
    assert read(message) == kind


@each(
    ("message", "kind"),
    [
        ("connected 10.0.2.14", "connected"),
        ("disconnected 10.0.2.14 1006", "disconnected"),
        ("Connected with IP 10.0.2.14", None),
        ("WiFi connected 10.0.2.14", None),
        ("hub.account connected", "connected"),
        ("Disconnected from hub.account", "disconnected"),
        ("hub.redis connected", None),
        ("account connected", None),
        ("tunnel connected", None),
        ("ssh tunnel connected", None),
        ("WebSocket tunnel connected", "connected"),
        ("tunnel connected to wss://relay.example.com/t", "connected"),
        ("Disconnected from ws://10.0.0.7:8080", "disconnected"),
        ("Not connected to wss://a.example.com", None),
        ("Connected to ws://127.0.0.1:9222/devtools/browser/1f", None),
        ("Closed existing WebSocket for user_id: 8 due to new connection.", "kick"),
        ("Closed existing connection", None),
        ("Closed existing connection to the database for user 7", None),
        ("[WS] Not connected, dropping message: move", "emit-refused"),
        ("DB not connected, dropping message", None),
        ("Not connected, skipping update", None),
        ("WebSocket: scheduling a restart in 60 second(s).", "reconnect-attempt"),
        ("scheduling a restart in 60 seconds", None),
        (f"{SOCKET_ID} disconnecting with reason: ping timeout", "disconnected"),
        (f"{SOCKET_ID} disconnecting", None),
        (f"Lobby: setting user vader to disconnected on socket id {SOCKET_ID}", "disconnected"),
        ("setting device 7 to disconnected", None),
    ],
)
def test_a_name_beside_the_words_hides_no_connection(message: str, kind: str | None) -> None:
    """An address, a hub's topic, a tunnel; what the same words say of a database or of nothing at all is none."""
    assert read(message) == kind


def test_who_counts_its_clients_is_a_server() -> None:
    """A client that calls itself a WebSocket client has nobody to count, and a pool counts no clients."""
    found = match("WebSocket client connected: client-10 (total: 2)")
    assert found is not None
    assert (found.side, found.is_side_sure) == (Side.SERVER, True)
    for message in ("Socket connected (total: 2)", "WebSocket client connected: client-10"):
        found = match(message)
        assert found is not None
        assert not found.is_side_sure
