"""Lines without a time that tell of a connection's end."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.untimed import Meaning, count_untimed, match_bare
from logdiag.reading import find_log_files


@pytest.mark.parametrize("before", ["", "[0] ", "api-1  | ", "0|api  | "])
def test_what_stands_before_a_bare_line_is_taken_off(before: str) -> None:
    """What collects the lines of several processes, then level and logger as Python writes them."""
    sid = "4b08a53608dff3ba307532f304479f87"
    found = match_bare(f"{before}INFO:engineio.server:{sid}: Client is gone, closing socket", load_rules([]), None)
    assert found is not None
    assert (found.rule and found.rule.id, found.extracted["socket_id"]) == ("engineio-client-gone", sid)


BY_DEBUG = """
  socket.io:client client close with reason transport close +1m
  socket.io:socket closing socket - reason transport close +1m
Disconnected: hsPbSotZdcw0wWqOAAAA
  socket.io:client client close with reason ping timeout +6s
  socket.io:client client close with reason ping timeout +0ms
Disconnected: zvWowZulz867tGc_AAAB
  socket.io:client client close with reason forced close +0ms
  socket.io:client client close with reason forced server close +1ms
  socket.io:server incoming connection with id oZP2XT9YLKROZ7LCAAAD +23s
  socket.io:socket socket connected - writing packet +14s
"""
BY_CONSOLE = """
index.js:83 engine.io-client:socket socket close with reason: "ping timeout" +5s
index.js:83 socket.io-client:manager onclose +26s
index.js:83 socket.io-client:socket close (ping timeout) +26s
index.js:83 socket.io-client:socket close (ping timeout) +1ms
"""
BY_PRINTS = "connection closed\n" * 3


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (BY_DEBUG, {"transport close": 1, "ping timeout": 2, "forced close": 1}),
        (BY_CONSOLE, {"ping timeout": 1}),
        (BY_PRINTS, {}),
    ],
)
def test_an_end_that_several_voices_tell_counts_once(tmp_path: Path, text: str, ends: dict[str, int]) -> None:
    """Client, sockets and the application tell of one end; the same voice tells of the next one."""
    (tmp_path / "a.log").write_text(text)
    files = find_log_files([str(tmp_path)]).files
    told = {row.meaning: row for row in count_untimed(files, find_layouts(files), load_rules([]))}
    assert dict(told[Meaning.END].reasons) == ends
    assert told[Meaning.END].count == (sum(ends.values()) or 3)
    if text == BY_DEBUG:
        assert told[Meaning.CONNECT].count == 1


TRACE = """
DEBUG:websocket:--- response header ---
DEBUG:websocket:HTTP/1.1 101 Switching Protocols
DEBUG:websocket:Upgrade: websocket
INFO:websocket:Websocket connected
DEBUG:websocket:++Rcv decoded: fin=1 opcode=8 data=b'\x03\xe8'
DEBUG:websocket:++Sent decoded: fin=1 opcode=8 data=b'\x03\xe8'
"""
TWO_PORTS = "WebSocket server running on ws://localhost:8080\nWebSocket server listening on port {}\n"


def _count(folder: Path, text: str) -> dict[Meaning, int]:
    (folder / "app.log").write_text(text, "utf-8")
    files = find_log_files([str(folder)]).files
    return {row.meaning: row.count for row in count_untimed(files, find_layouts(files), load_rules([]))}


def test_a_trace_of_a_client_tells_of_one_connect_and_of_the_servers_close(tmp_path: Path) -> None:
    """The head of the answer and the line behind it are one connect; the close frame that came in is the end."""
    assert _count(tmp_path, TRACE * 3) == {Meaning.END: 3, Meaning.CONNECT: 3}


def test_a_port_that_two_lines_name_is_one_start(tmp_path: Path) -> None:
    """No two servers listen to one; another port is another server's."""
    assert _count(tmp_path, TWO_PORTS.format(8080))[Meaning.START] == 1
    assert _count(tmp_path, TWO_PORTS.format(8081))[Meaning.START] == 2
