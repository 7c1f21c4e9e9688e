"""The fast scan gives what the plain one gives: the same events, counts, skips and places, on whatever input."""

from __future__ import annotations

import gzip
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from logdiag.parsers.forms import find_layouts
from logdiag.reading import BLOCK_BYTES, LogFile, find_log_files, read_lines
from logdiag.scanning import lines as scanner
from logdiag.scanning import threads as scanning
from logdiag.scanning.lines import FileScan, scan_lines
from logdiag.scanning.ranges import join_scans, scan_range, split_file
from logdiag.scanning.threads import scan_files
from tests.effort import examples
from tests.winston import BUILT_IN, at, connect, drop, record

CHUNKS = (1 << 10, 12_345, 1 << 20)
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


def assert_same(path: Path, range_bytes: int = 1 << 40) -> None:
    """Whatever is read at once, however the file is cut, the scan is that of the plain reading."""
    file = found_in(path)
    plain = scan_lines(file, read_lines(file), BUILT_IN)
    for chunk_bytes in CHUNKS:
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
            assert_same(tmp_path / "x.log")


def test_behind_the_sampled_head(tmp_path: Path) -> None:
    """The head as long as it is: what is decoded, and what no longer is, in both."""
    rest = b"\n".join((*ODD_LINES, record(at(1), "tick").encode(), drop(2).encode()))
    for head in (b"{}\n" * (scanner.SAMPLED_WITHOUT_STAMP + 1), drop(0).encode() + b"\n" + b"{}\n" * 300):
        (tmp_path / "x.log").write_bytes(head + rest)
        assert_same(tmp_path / "x.log")


def mix(seed: int, size_bytes: int) -> bytes:
    """A log of many blocks: routine, events, oddities and a few long lines, in order but for a jump back."""
    chance = random.Random(seed)  # noqa: S311
    lines: list[bytes] = []
    size = 0
    while size < size_bytes:
        kind = chance.random()
        if kind < 0.02:
            line = chance.choice(ODD_LINES)
        elif kind < 0.03:
            line = drop(len(lines)).encode()
        elif kind < 0.0302:
            line = record(at(len(lines)), "x" * chance.choice([BLOCK_BYTES, 3 * BLOCK_BYTES])).encode()
        else:
            line = record(at(len(lines) if len(lines) < 9000 else len(lines) - 5000), f"tick {kind}").encode()
        lines.append(line)
        size += len(line) + 1
    return b"\n".join(lines)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_blocks_and_ranges(tmp_path: Path, seed: int, ends: bytes) -> None:
    """Lines that cross blocks, ranges and chunks are read once."""
    body = mix(seed, 14 * BLOCK_BYTES).replace(b"\n", ends)
    (tmp_path / "x.log").write_bytes(body)
    for blocks in (2, 5, 100):
        assert_same(tmp_path / "x.log", blocks * BLOCK_BYTES)


@pytest.mark.parametrize("cut", [0, 1, 500])
def test_compressed_and_cut_off(tmp_path: Path, cut: int) -> None:
    """What cannot be decompressed is one skipped line, in both."""
    packed = gzip.compress(mix(4, 6 * BLOCK_BYTES))
    (tmp_path / "x.log.gz").write_bytes(packed[: len(packed) - cut])
    assert_same(tmp_path / "x.log.gz")


def test_any_encoding(tmp_path: Path) -> None:
    """UTF-16 and a byte order mark change nothing."""
    text = mix(5, BLOCK_BYTES).decode("utf-8", "replace")
    (tmp_path / "x.log").write_bytes(text.encode("utf-16"))
    assert_same(tmp_path / "x.log")
    (tmp_path / "x.log").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert_same(tmp_path / "x.log")


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers(tmp_path: Path, workers: int) -> None:
    """In the order of the files, whoever is done first."""
    for number, size in enumerate((3, 1, 0, 2)):
        (tmp_path / f"{number}.log").write_bytes(mix(number, size * BLOCK_BYTES))
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
        (tmp_path / f"{name}.log").write_bytes(mix(1, 2 * BLOCK_BYTES))
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
