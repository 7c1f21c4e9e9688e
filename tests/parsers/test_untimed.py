"""Lines without a time that tell of a connection's end."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.parsers.forms import find_layouts
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
