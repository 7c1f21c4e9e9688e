"""The fast scan of many lines at once gives what the plain one gives; so does a search without Hyperscan."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from typing import Final

from fuzz.targets import written
from logdiag.errors import InputError
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.lexicon.needles import NEEDLES
from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.rules import RuleSet
from logdiag.parsers.searches import PlainSearch, Search, Wanted, compile_search
from logdiag.reading import find_log_files, read_lines
from logdiag.scanning.lines import FileScan, scan_lines
from logdiag.scanning.ranges import join_scans, scan_range, split_file

RECORD: Final = b'{"level":"info","message":"%s","timestamp":"2025-11-14 16:00:%02d.000"}'
SEEDS: Final = (
    b"\n".join(RECORD % (b"Disconnected from master", second) for second in range(9)),
    b"\r\n".join(RECORD % (b"user 7 left", second) for second in range(9)),
    b"\n\0\n \n".join(RECORD % (b"Server \\u8fde\\u63a5 listening", second) for second in range(4)),
    (
        b"2025-11-14 16:00:00 INFO Client 5 disconnected: transport close\n    at x (y.js:3)\n"
        b"2025-11-14 16:00:01 INFO tick\n"
    ),
    b'[2025-11-14T16:00:00Z] monitor: "timeout 30" socket closed\n{"a":{"b":[1,2]}} {"time":1763136000}\n',
)
# What a line of wrong shape has at or behind the line end before it.
SHAPES: Final = (rb"\n[^{\r\n]", rb"\n\r+[^{\r\n]", rb"[^}\r\n]\n", rb"[^}\r\n]\r+\n", rb"\x00")


@cache
def _rules() -> RuleSet:
    return load_rules()


@cache
def _searches() -> tuple[Search, Search]:
    wanted = [Wanted(needle.exact, ignores_case=True) for needle in NEEDLES]
    wanted += [Wanted(re.escape(text)) for text in _rules().texts] + [Wanted(shape) for shape in SHAPES]
    return compile_search(wanted), PlainSearch(wanted)


def check(data: bytes) -> None:
    """Scan a file of these bytes in two ways, whole and in small pieces; search them in two ways."""
    fast, plain = (_list_lines(search, data) for search in _searches())
    if fast != plain:
        raise AssertionError(f"found in other lines: {fast ^ plain}")
    with written(data, "x.log") as path:
        try:
            files = find_log_files([str(path)]).files
        except InputError:
            return
        for file, layout in find_layouts(files).items():
            slow = scan_lines(file, read_lines(file), _rules(), layout)
            for chunk_bytes in (64, 1 << 20):
                parts = split_file(file, layout=layout)
                scan = join_scans([scan_range(part, _rules(), chunk_bytes=chunk_bytes) for part in parts])
                if different := [field.name for field in fields(FileScan) if _differs(scan, slow, field.name)]:
                    raise AssertionError(f"scanned fast and plain: other {different}")


def _differs(one: FileScan, other: FileScan, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _list_lines(search: Search, data: bytes) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    search.scan(data, lambda number, _from, end, _flags, _context: found.add((number, data.rfind(b"\n", 0, end - 1))))
    return found
