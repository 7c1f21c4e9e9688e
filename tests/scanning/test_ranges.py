"""The fast scan gives what the plain one gives: the same events, counts, skips and places, on whatever input."""

from __future__ import annotations

import gzip
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject
from hypothesis import strategies as st

from logdiag.errors import InputError
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import JSON_LINES
from logdiag.reading import BLOCK_BYTES, LogFile, blocks, find_log_files, read_lines
from logdiag.scanning import lines as scanner
from logdiag.scanning import threads as scanning
from logdiag.scanning.lines import FileScan, scan_lines
from logdiag.scanning.ranges import join_scans, scan_range, split_file
from logdiag.scanning.suspects import SuspectFinder
from logdiag.scanning.threads import scan_files
from tests.effort import examples
from tests.winston import BUILT_IN, at, connect, drop, record

CHUNKS = (1 << 10, 12_345, 1 << 20)
SMALL_BYTES = 1 << 14
FIELDS = tuple(FileScan.__dataclass_fields__)
ODD_LINES = (
    b"", b" ", b"\r", b"\t\r", b"\0\0", b"{", b"}", b"{}", b"{}\r", b"{}\r\r", b"{} ", b" {}", b"x", b"\x0c", b"{\0}",
    b"Error: boom", b"    at Socket.onclose (/app/x.js:1:2)", b'{"a":1},', b'{"level":"info","message":"cut of',
    b'{"message":"\\u0044isconnected from master"}', b"\xef\xbb\xbf" + drop(3).encode(), b"\xff\xfe{}", b"[1]",
    b"0|app  | " + drop(4).encode(), b"2025-11-14T16:00:00.1Z stdout F " + drop(5).encode(), b"a\rb}", b"{\rb}",
    drop(1).encode() + connect(2).encode(), drop(6).encode() + b"\0", b'{"message":"Disconnected from master"}',
    "推送成功".encode(), record(at(7), "推送成功").encode(), b'{"message":"Disconnected from master",}',
)  # fmt: skip
LINES = st.one_of(
    st.sampled_from(ODD_LINES),
    st.integers(0, 999).map(lambda second: record(at(second), "tick").encode()),
    st.integers(0, 999).map(lambda second: drop(second).encode()),
    st.binary(max_size=40),
)


def found_in(path: Path) -> LogFile:
    (file,) = find_log_files([str(path)]).files
    return file


def differences(one: FileScan, other: FileScan) -> list[str]:
    return [name for name in FIELDS if getattr(one, name) != getattr(other, name)]


def assert_same(path: Path, *ranges_bytes: int) -> None:
    """Whatever is read at once, however the file is cut, the scan is that of the plain reading."""
    file = found_in(path)
    plain = scan_lines(file, read_lines(file), BUILT_IN)
    for range_bytes, chunk_bytes in product(ranges_bytes or (1 << 40,), CHUNKS):
        parts = split_file(file, range_bytes)
        fast = join_scans([scan_range(part, BUILT_IN, chunk_bytes=chunk_bytes) for part in parts])
        assert differences(plain, fast) == []


@examples(60, [HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=60), ends=st.sampled_from([b"\n", b"\r\n", b"\n\n"]), closed=st.booleans())
def test_any_lines(tmp_path: Path, lines: list[bytes], ends: bytes, closed: bool) -> None:
    """Also behind the sampled head, which is cut short here: two scans, three ways, of 10,000 lines test no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanner, "SAMPLED_WITHOUT_STAMP", 20)
        patch.setattr(scanner, "SAMPLED_LINES", 5)
        for head in (b"", b"{}\n" * 21, drop(0).encode() + b"\n" + b"{}\n" * 6):
            (tmp_path / "x.log").write_bytes(head + ends.join(lines) + (ends if closed else b""))
            try:
                assert_same(tmp_path / "x.log")
            except InputError:  # it begins as an archive does: Hypothesis tries the constants of the code
                reject()


def test_behind_the_sampled_head(tmp_path: Path) -> None:
    """The head as long as it is: what is decoded, and what no longer is, in both."""
    rest = b"\n".join((*ODD_LINES, record(at(1), "tick").encode(), drop(2).encode()))
    for head in (b"{}\n" * (scanner.SAMPLED_WITHOUT_STAMP + 1), drop(0).encode() + b"\n" + b"{}\n" * 300):
        (tmp_path / "x.log").write_bytes(head + rest)
        assert_same(tmp_path / "x.log")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make blocks, and what is decompressed at once, a sixteenth as long: as many of them are read in a moment.

    The sampled head becomes shorter too: as ever, it ends within the first range.
    """
    monkeypatch.setattr(blocks, "BLOCK_BYTES", SMALL_BYTES)
    monkeypatch.setattr(blocks, "STEP_BYTES", SMALL_BYTES)
    monkeypatch.setattr(scanner, "BLOCK_BYTES", SMALL_BYTES)
    monkeypatch.setattr(scanner, "SAMPLED_BYTES", SMALL_BYTES)
    return SMALL_BYTES


def mix(seed: int, blocks_count: int, block_bytes: int = BLOCK_BYTES) -> bytes:
    """A log of many blocks: routine, events, oddities and a few long lines, in order but for a jump back."""
    chance = random.Random(seed)  # noqa: S311
    lines: list[bytes] = []
    size, long_ratio, jump = 0, 50 / block_bytes, block_bytes // 29
    while size < blocks_count * block_bytes:
        kind = chance.random()
        if kind < 0.02:
            line = chance.choice(ODD_LINES)
        elif kind < 0.03:
            line = drop(len(lines)).encode()
        elif kind < 0.03 + long_ratio:
            line = record(at(len(lines)), "x" * chance.choice([block_bytes, 3 * block_bytes])).encode()
        else:
            second = len(lines) if len(lines) < jump else len(lines) - jump // 2
            line = record(at(second), f"tick {kind}").encode()
        lines.append(line)
        size += len(line) + 1
    return b"\n".join(lines)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_blocks_and_ranges(tmp_path: Path, seed: int, ends: bytes, small_blocks: int) -> None:
    """Lines that cross blocks, ranges and chunks are read once."""
    body = mix(seed, 14, small_blocks).replace(b"\n", ends)
    (tmp_path / "x.log").write_bytes(body)
    assert_same(tmp_path / "x.log", *(count * small_blocks for count in (2, 5, 100)))


def test_blocks_and_ranges_as_long_as_they_are(tmp_path: Path) -> None:
    """The same with blocks of their full length."""
    (tmp_path / "x.log").write_bytes(mix(1, 5))
    assert_same(tmp_path / "x.log", 2 * BLOCK_BYTES)


@pytest.mark.parametrize("cut", [0, 1, 500])
def test_compressed_and_cut_off(tmp_path: Path, cut: int, small_blocks: int) -> None:
    """What cannot be decompressed is one skipped line, in both."""
    packed = gzip.compress(mix(4, 6, small_blocks))
    (tmp_path / "x.log.gz").write_bytes(packed[: len(packed) - cut])
    assert_same(tmp_path / "x.log.gz")


def test_any_encoding(tmp_path: Path) -> None:
    """UTF-16 and a byte order mark change nothing."""
    text = mix(5, 1).decode("utf-8", "replace")
    (tmp_path / "x.log").write_bytes(text.encode("utf-16"))
    assert_same(tmp_path / "x.log")
    (tmp_path / "x.log").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert_same(tmp_path / "x.log")


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers(tmp_path: Path, workers: int) -> None:
    """In the order of the files, whoever is done first."""
    for number, size in enumerate((3, 1, 0, 2)):
        (tmp_path / f"{number}.log").write_bytes(mix(number, size))
    files = find_log_files([str(tmp_path)]).files
    layouts = find_layouts(files)
    scans = scan_files(files, BUILT_IN, layouts, workers_count=workers)
    for file, fast in zip(files, scans, strict=True):
        assert differences(scan_lines(file, read_lines(file), BUILT_IN, layouts[file]), fast) == []


@pytest.mark.parametrize(("shared_bytes", "names", "count"), [(1, "ab", 2), (1 << 30, "ab", 1), (1, "abc", 2)])
def test_much_plain_text_is_scanned_by_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_bytes: int, names: str, count: int
) -> None:
    """Less of it by one; the scans are those of the plain reading either way."""
    started: list[int] = []

    class Recorder(ThreadPoolExecutor):
        def __init__(self, max_workers: int) -> None:
            started.append(max_workers)
            super().__init__(max_workers)

    monkeypatch.setattr(scanning, "ThreadPoolExecutor", Recorder)
    monkeypatch.setattr(scanning, "SHARED_BYTES", shared_bytes)
    monkeypatch.setattr(scanning, "PLAIN_BYTES", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    for name in names:
        (tmp_path / f"{name}.log").write_bytes(mix(1, 2))
    files = find_log_files([str(tmp_path)]).files
    layouts = find_layouts(files)
    scans = scan_files(files, BUILT_IN, layouts)
    assert started == ([count] if count > 1 else [])
    for file, fast in zip(files, scans, strict=True):
        assert differences(scan_lines(file, read_lines(file), BUILT_IN, layouts[file]), fast) == []


def test_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """Costs itself, and says why."""
    gone = LogFile("x.log", tmp_path / "x.log", "here", "x", 10)
    plain = scan_lines(gone, read_lines(gone), BUILT_IN)
    assert differences(plain, scan_range(split_file(gone)[0], BUILT_IN)) == []
    assert plain.skipped_count == 1


@pytest.mark.parametrize("has_braces", [True, False], ids=["json", "text"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_blank_lines_are_counted_nowhere(tmp_path: Path, end: bytes, *, has_braces: bool) -> None:
    """Between lines of text and records alike; the numbers of the lines behind them count them."""
    lines = [record(at(second), "tick") if has_braces else f"{at(second)} INFO tick" for second in range(3_000)]
    body = b"".join(end * (number % 4) + b" \t" + end + line.encode() + end for number, line in enumerate(lines))
    (tmp_path / "x.log").write_bytes(body + drop(3_100).encode() + end)
    file = found_in(tmp_path / "x.log")
    layout = replace(JSON_LINES, is_json=has_braces, has_braces=has_braces)
    plain = scan_lines(file, read_lines(file), BUILT_IN, layout)
    fast = scan_range(split_file(file, 1 << 40, layout)[0], BUILT_IN).finish()
    assert differences(plain, fast) == []
    assert fast.lines_count == 3_001
    assert fast.numbered_count == body.count(b"\n") + 1


def test_empty_lines_are_no_suspects() -> None:
    """There may be millions of them: only a line that holds something is looked at."""
    finder = SuspectFinder(BUILT_IN.texts, BUILT_IN.expressions)
    block = bytearray(b"\n" + b"\n\r\n\r\r\n" * 50_000 + b"x\n")
    assert {suspect.place for suspect in finder.find(block, 0, len(block))} == {len(block) - 1}
