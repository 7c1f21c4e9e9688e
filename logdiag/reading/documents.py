"""JSON documents of many lines, arrays, exports and pretty-printed records, laid out anew with one record a line.

Each record stands, on one line, where it begins in the document; the lines that it leaves are blank. So line numbers
stay those of the file, and whoever reads lines need not know of documents.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Final

from logdiag.deferred import compile_later
from logdiag.reading.exports import begins_export, lay_out_export

SEARCHED_CHARACTERS: Final = 1 << 16  # of an export's beginning: before its list stand but a few numbers
# An array of objects; or an object whose first key stands on a line of its own, perhaps behind some lines of text.
_BEGINNING: Final = compile_later(rb'\s*\[\s*(?:\{|$)|(?:^|[^\n]*\n){1,20}?\s*\{[ \t\r]*\n\s*"[^"\n]{1,100}"[ \t]*:')
_LIST: Final = compile_later(
    r'"(?:events|logEvents|hits|Records|records|entries|logs|results?|rows|values|data|logRecords)"\s*:\s*\[\s*(?=\{)'
)
_NO_MESSAGE: Final = ("message", "msg", "timestamp", "time", "@timestamp", "level")
# java.util.logging's SimpleFormatter: stamp, class and method on a line of their own, level and message on the next.
_TWO_LINES: Final = (
    r"(?m)^((?:[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d[ \u202f][AP]M"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]{3,4} \d{4}) [^\n\r]*)\r?\n"
    r"((?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): [^\n]*\n?)"
)
# .NET's console: stamp, level, category and event on a line, below it what the scopes are (where they are shown), and
# the message. Without a stamp there is none to put them beside.
_NET_LINES: Final = (
    r"(?m)^(?P<stamp>[^\n]{0,60}\d:\d\d[^\n]{0,30}? ?)(?P<level>trce|dbug|info|warn|fail|crit)"
    r"(?P<category>: [A-Za-z_][\w.`+<>]{1,200}\[-?\d{1,9}\])[ \t]*\r?\n"
    r"(?P<scopes>(?: {6}=> [^\n]*\n)?) {6}(?P<message>[^\n]*\n?)"
)
_NET_RECORD: Final = compile_later(_NET_LINES)
_NET_BEGINNING: Final = compile_later(rb"(?:[^\n]*\n){0,20}?" + _NET_LINES.removeprefix("(?m)^").encode())
_NET_LEVELS: Final = {"trce": "trace", "dbug": "debug", "fail": "error", "crit": "critical"}
_SPLIT_RECORD: Final = compile_later(_TWO_LINES)
_SPLIT_BEGINNING: Final = compile_later(_TWO_LINES.encode().replace(rb"\u202f", "\u202f".encode()))
_DECODER: Final = json.JSONDecoder(strict=False)


_STRING: Final = compile_later(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SIGNS: Final = bytes({*range(256)} - {*b"[]{}"})
_STEPS: Final = bytes.maketrans(b"[{]}", b"\2\2\0\0")


def begins_document(head: bytes) -> bool:
    """Whether the first bytes of a text are those of a document: a record takes more than a line."""
    is_known = any(form.match(head) is not None for form in (_BEGINNING, _SPLIT_BEGINNING, _NET_BEGINNING))
    return is_known or begins_export(head)


def holds_more_values(text: bytes, most_count: int) -> bool:
    """Whether JSON has more keys and items than so many, by the signs before each of them."""
    if len(text) <= most_count or _count_values(text) <= most_count:
        return False
    return _count_values(_STRING.sub(b"", text)) > most_count


def _count_values(text: bytes) -> int:
    return sum(map(text.count, (b",", b"{", b"[")))


def is_deeper(text: bytes, most_depth: int) -> bool:
    """Whether more objects and lists than so many stand in each other."""
    if len(text) <= most_depth or text.count(b"{") + text.count(b"[") <= most_depth:
        return False
    steps = _STRING.sub(b"", text).translate(_STEPS, _SIGNS)
    return max(accumulate(step - 1 for step in steps), default=0) > most_depth


def lay_out(text: bytes) -> bytes:
    """The same records, each on the line where it begins. What is no record stays as it is."""
    whole = text.decode("utf-8", "replace")
    if (export := lay_out_export(whole)) is not None:
        laid_out = export
    elif _SPLIT_RECORD.match(whole):
        laid_out = _SPLIT_RECORD.sub(r"\1 \2\n", whole)
    elif _NET_BEGINNING.match(text):
        laid_out = _NET_RECORD.sub(_join_net, whole)
    else:
        laid_out = _lay_out(whole)
    return laid_out.encode("utf-8", "replace")


def _join_net(found: re.Match[str]) -> str:
    """A record of .NET's console on its first line; the lines that it leaves are blank."""
    level = _NET_LEVELS.get(found["level"], found["level"])
    scopes = f"{found['scopes'].strip()} " if found["scopes"] else ""
    return f"{found['stamp']}{level}{found['category']} {scopes}{found['message']}" + "\n" * (2 if scopes else 1)


def _lay_out(text: str) -> str:
    pieces: list[str] = []
    place = 0
    while place < len(text):
        begin, end = _find_line(text, place)
        if text[begin : begin + 1] == "{":
            place = _take_record(text, begin, pieces)
        elif not text[begin:end].strip(" \t\r,[]}{"):
            pieces.append("\n" if end < len(text) else "")
            place = end + 1
        else:
            pieces.append(text[place : end + 1])
            place = end + 1
    return "".join(pieces)


def _find_line(text: str, place: int) -> tuple[int, int]:
    """Where the content of a line begins behind brackets and commas of an array, and where the line ends."""
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    begin = place
    while begin < end and text[begin] in " \t\r,[]":
        begin += 1
    return begin, end


def _take_record(text: str, begin: int, pieces: list[str]) -> int:
    """Lay out the object at `begin`, and return where reading goes on: behind it, or within it if it is an export."""
    try:
        value, stop = _DECODER.raw_decode(text, begin)
    except (ValueError, RecursionError):
        value, stop = None, begin
    if value is None or (not any(key in value for key in _NO_MESSAGE) and "\n" in text[begin:stop]):
        found = _LIST.search(text, begin, begin + SEARCHED_CHARACTERS)
        if found is not None and (value is None or found.end() < stop):
            pieces.append("\n" * text.count("\n", begin, found.end()))
            return found.end()
    if value is None:
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end + 1
        pieces.append(text[begin:end])
        return end
    record = text[begin:stop]
    lines_count = record.count("\n")
    pieces.append(" ".join(record.splitlines()) if lines_count else record)
    pieces.append("\n" * lines_count or " ")
    return stop
