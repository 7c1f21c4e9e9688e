"""Whoever comes from an address."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.lexicon.needles import may_understand
from logdiag.parsers.lexicon.peers import find_named
from tests.folding import each
from tests.parsers.lexicon.test_messages import SOCKET_ID, read


def test_an_address_with_a_port_is_a_connection_of_the_server() -> None:
    """A client's line names the server by it, and an address alone is not one connection's."""
    assert read("New connection from 10.0.0.7:51210").extracted["socket_id"] == "10.0.0.7:51210"
    assert "socket_id" not in read("Connected to server 10.0.0.1:3000").extracted
    assert "socket_id" not in read("New connection from 10.0.0.7").extracted


@each("message", ["10.0.0.7:51210 disconnected", "Address(host='10.0.0.7', port=51210) disconnected ([1006] )"])
def test_an_address_names_a_connection_however_it_is_written(message: str) -> None:
    """Starlette's `websocket.client` is a pair."""
    found = read(message)
    assert (found.kind, found.extracted["socket_id"]) == (EventKind.SERVER_DISCONNECTED, "10.0.0.7:51210")


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
    "message, named",
    [
        ("WebSocket closed - Session ID: jghopzer, Total Sessions: 1", "jghopzer"),
        ("웹소켓 연결이 종료되었습니다. 세션 ID: sk25ejwz", "sk25ejwz"),
        ("WebSocket closed, connection id = [4k4uuwa0]", "4k4uuwa0"),
        ("WebSocket closed, session id: unknown", None),
        ("WebSocket closed, mission id: 4k4uuwa0", None),
        ("WebSocket closed, session id expired", None),
    ],
)
def test_what_is_called_the_id_of_a_session_is_one_whatever_it_looks_like(message: str, named: str | None) -> None:
    """Spring's ids are eight letters; both lines of a connection name it so."""
    assert read(message).extracted.get("socket_id") == named, message


@each(
    "mark", ["6TFBfT834edc-Nws", "OzRJ3CAV-8T7rIQA", "-4ZutWoPMEpBhByH", "_4ZutWoPMEpBhBy-", "XuzjR3X8UVEahctPu7cezG"]
)
def test_ids_in_base64url_hold_hyphens_and_have_several_lengths(mark: str) -> None:
    """Socketioxide's ids have 16 characters; no piece of one is a number, and none of it a device's name."""
    assert read(f"Socket {mark} was disconnected because of a timeout").extracted["socket_id"] == mark
    opened = read(f"socket connected ns=/ id={mark} device=kiosk-06").extracted
    assert (opened["socket_id"], opened["worker_id"]) == (mark, "kiosk-06")


@each(
    ("message", "mark"),
    [
        ("Agent agent-03 connected, connection 614186d1a6", "614186d1a6"),
        ("Client disconnected, session 0db523ec51: gone", "0db523ec51"),
        ("Agent agent-03 connected, connection accepted", None),
        ("Agent agent-03 connected, connection defaced1.example", None),
    ],
)
def test_a_short_id_in_hexadecimal_is_known_behind_the_word_for_a_connection(message: str, mark: str | None) -> None:
    """Eight to fourteen characters, letters and digits; no word, and no host."""
    assert read(message).extracted.get("socket_id") == mark, message


@each("message", ["Connection pool-worker-number3 closed", "conn 42-a closed", "Socket 6abcdef closed"])
def test_a_number_in_a_word_is_no_id(message: str) -> None:
    """A name that somebody chose, and the first digits of one."""
    assert "socket_id" not in read(message).extracted


@each(
    ("message", "mark"),
    [
        ("5c72ed47-fffe-3dd3-cee5-bb07a87fbacd 연결 종료됨", "5c72ed47-fffe-3dd3-cee5-bb07a87fbacd"),
        ("Jugador desconectado: Zk3PqRsTuVwXyZaBcDeFgH", "Zk3PqRsTuVwXyZaBcDeFgH"),
        ("Jugador desconectado: internationalisations", None),
    ],
)
def test_an_end_begins_or_ends_with_the_id_of_its_socket(message: str, mark: str | None) -> None:
    """A UUID before all words, or an id of SignalR's behind a colon, in any language; a word is neither."""
    found = read(message)
    assert (found.kind, found.extracted.get("socket_id")) == (EventKind.SERVER_DISCONNECTED, mark)


@each(
    ("key", "value", "named"),
    [
        ("agent", "agent07", True),
        ("client", "client-12", True),
        ("agent", "Firefox", False),
        ("user", "agent07", False),
        ("agent", "agent", False),
        ("worker", "worker-3", False),
    ],
)
def test_a_name_that_says_its_key_once_more_and_counts_is_that_of_one(key: str, value: str, named: bool) -> None:
    """A browser is a user agent, and a worker may be the server's own process."""
    assert (find_named({key: value}) == value) is named
