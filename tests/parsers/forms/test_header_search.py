"""The header that the lines of a file have in common, found from the lines."""

from __future__ import annotations

import pytest

from logdiag.parsers.forms.header_search import find_header
from logdiag.parsers.forms.headers import read_head

SAID = "Connected to master"


@pytest.mark.parametrize(
    "stamp", ["14 Nov 16:25:52", "14-Nov 16:25:52", "[14 Nov 16:25:52]", "16:25:52:756", "2025-11-14 16:25:52:756"]
)
def test_no_stamp_is_a_piece_of_another(stamp: str) -> None:
    """What stands before the message is taken whole, seconds and fraction too."""
    found = read_head(f"{stamp} {SAID}")
    assert found is not None
    assert (found.stamps, found.message) == ((stamp.strip("[]"),), SAID)


def test_a_bare_logger_beside_one_with_a_dot_is_a_column() -> None:
    """`app` and `client` are loggers where `engineio.server` is one; what a bare word says is the message's."""
    lines = [f"2025-11-14 16:25:52 INFO {name}: gone" for name in ("engineio.server", "app", "client", "__main__")]
    header = find_header(lines * 4)
    assert header is not None
    assert [head and head.name for head in map(header.read, lines)] == ["engineio.server", "app", "client", "__main__"]
    said = ["2025-11-14 16:25:52 INFO socket.io: up", "2025-11-14 16:25:52 INFO disconnected: transport close"]
    header = find_header(said * 8)
    assert header is not None
    assert [head and head.message for head in map(header.read, said)][1] == "disconnected: transport close"


def test_milliseconds_may_stand_behind_a_blank() -> None:
    """They change and rise as no process and no count does; the number in brackets behind them is a thread."""
    lines = [f"2025-11-14 16:25:52 {millis} [17] {SAID}" for millis in range(100, 900, 97)]
    header = find_header(lines)
    assert header is not None
    heads = [head for line in lines if (head := header.read(line)) is not None]
    assert [head.stamps[0] for head in heads][:2] == ["2025-11-14 16:25:52 100", "2025-11-14 16:25:52 197"]
    assert {head.message for head in heads} == {SAID}
    others = [
        [f"2025-11-14 16:25:52 {pid} INFO {SAID}" for pid in (812, 813) * 4],
        [f"2025-11-14 16:25:{count} {count} clients" for count in range(10, 50)],
        [f"2025-11-14 16:25:52 {900 - count} clients" for count in range(10, 50)],
    ]
    for lines in others:
        header = find_header(lines)
        assert header is not None
        assert not header.is_apart


def test_first_words_of_messages_are_no_columns() -> None:
    """A word, an id or a tag that differs from line to line belongs to what is said."""
    lines = [f"2025-11-14 16:25:{n:02} [q5ecOskz5q7I-8K1{n:04}] {word}: gone" for n in range(40) for word in ("a", "b")]
    header = find_header(lines)
    assert header is not None
    found = header.read(lines[0])
    assert found is not None
    assert found.message == "[q5ecOskz5q7I-8K10000] a: gone"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("kiosk-1",), "hub connected id=7"),
        (("kiosk-1", "kiosk-2"), "kiosk-1 hub connected id=7"),
        (("socket",), "socket hub connected id=7"),
    ],
)
def test_a_numbered_name_before_every_message_is_who_writes(names: tuple[str, ...], message: str) -> None:
    """One name with a number in all lines is a column; several, or a word without a number, are of the messages."""
    said = ("hub connected id=7", "ping", "queue empty", "hub disconnected: ping timeout")
    lines = [f"2022-05-16T07:{minute:02}:00Z {name} {text}" for minute in range(12) for name in names for text in said]
    header = find_header(lines)
    assert header is not None
    head = header.read(lines[0])
    assert head is not None
    assert head.message == message


def test_stacks_have_no_header() -> None:
    """They may outnumber the lines with a stamp; of lines without one there is no header."""
    stack = ["    at Socket.onclose (/app/x.js:1:2)"] * 5
    assert find_header(["2025-11-14 16:25:52 error: gone", *stack]) is not None
    assert find_header(stack) is None
    assert read_head(stack[0]) is None


def test_an_address_with_a_port_is_no_logger() -> None:
    """Daphne's access log begins with the connection: it stays in the message."""
    lines = [f'127.0.0.1:5039{n} - - [22/May/2017:11:30:0{n}] "WSCONNECT /ws/" - -' for n in range(6)]
    header = find_header(lines)
    assert header is not None
    head = header.read(lines[0])
    assert head is not None
    assert (head.name, head.message) == (None, '127.0.0.1:50390 "WSCONNECT /ws/" - -')


def test_the_address_and_id_of_a_connection_before_a_message_belong_to_it() -> None:
    """nats-server has few clients and many lines of each; a writer that has one address in all lines is a column."""
    said = [f'10.4.0.1{n % 3}:4721{n % 3} - cid:{n % 3} - "v2:python3:app" - Client Ping Timer' for n in range(40)]
    lines = [f"[1] 2024/01/05 10:00:{n:02d}.123456 [DBG] {text}" for n, text in enumerate(said)]
    header = find_header(lines)
    assert header is not None
    assert [head and head.message for head in map(header.read, lines)] == said
    numbered = [f"2024-01-05 10:00:{n:02d} INFO session_id:{n % 3} - client connected" for n in range(40)]
    header = find_header(numbered)
    assert header is not None
    assert {head and head.message for head in map(header.read, numbered)} == {
        f"session_id:{n} - client connected" for n in range(3)
    }


AT = "2025-11-14 16:25:{second:02d},756"


def write_lines(form: str, count: int = 12) -> list[str]:
    """So many lines of one form, a second apart."""
    return [form.format(at=AT.format(second=second % 60)) for second in range(count)]


@pytest.mark.parametrize(
    ("form", "name", "message"),
    [
        ("{at} | INFO | calls | log:200 | [CALL] SOCKET_CLOSED - id: 5", "CALL", "SOCKET_CLOSED - id: 5"),
        ("{at} [INFO] [ws] client_left - id: 5", "ws", "client_left - id: 5"),
        ("{at} [exec-1] INFO  c.e.ws.Handler - closed", "c.e.ws.Handler", "closed"),
    ],
)
def test_what_happened_is_no_logger(form: str, name: str, message: str) -> None:
    """An event's name before a dash begins the message; a class in its package is the logger."""
    lines = write_lines(form, 4)
    if ".Handler" in form:
        lines = [line.replace("Handler", f"Handler{number}") for number, line in enumerate(lines)]
    header = find_header(lines)
    assert header is not None
    found = header.read(form.format(at=AT.format(second=1)))
    assert found is not None
    assert (found.name, found.message) == (name, message)


def test_a_logger_for_each_connection_is_a_logger() -> None:
    """Home Assistant names one after the address of each socket's object: no two lines share it."""
    name = "homeassistant.components.websocket_api.http.connection.14026321151636"
    lines = [f"{AT.format(second=n)} WARNING (MainThread) [{name}{n}] Disconnected: gone for good" for n in range(6)]
    header = find_header(lines)
    assert header is not None
    found = header.read(lines[0])
    assert found is not None
    assert (found.name, found.message) == (f"{name}0", "Disconnected: gone for good")


def test_a_protocol_is_no_level() -> None:
    """`HTTP/1.1` is what a request speaks, though winston has a level of that name: ids behind two words are kept."""
    request = "{at} [INF] [Hub] Request finished HTTP/1.1 GET /health - 200"
    line = f"{AT.format(second=9)} [INF] [Hub] Client connected: W0mUhxxE"
    header = find_header([request.format(at=AT.format(second=second)) for second in range(8)] + [line])
    assert header is not None
    found = header.read(line)
    assert found is not None
    assert (found.level, found.name, found.message) == ("INF", "Hub", "Client connected: W0mUhxxE")


def test_one_line_far_into_a_file_without_stamps_tells_no_header() -> None:
    """A torn line may begin with a clock; of those in places all over a file a fair share has one, or the head does."""
    said, torn = "DEBUG:app:Received PINGRESP", "024-10-03 23:12:00+09:00)"
    assert find_header([said] * 100, [*[said] * 60, torn]) is None
    assert find_header([said] * 100, ["2025-11-14 16:25:52 INFO app: gone"] * 60) is not None
