"""Paths become log files and lines, and nothing is written to."""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import io
import lzma
import os
import random
import sys
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import zstandard

from logdiag.errors import InputError
from logdiag.limits import STANDARD, Limits
from logdiag.parsers.forms.records import find_shape_fault
from logdiag.parsers.rules import RuleSet
from logdiag.reading import (
    BLOCK_BYTES,
    Damage,
    DamageError,
    Line,
    LogFile,
    compression,
    discard_spooled,
    find_log_files,
    frames,
    is_copy_name,
    name_service,
    read_blocks,
    read_lines,
    read_places,
    read_spans,
)
from logdiag.reading.compression import BOMB_BYTES
from logdiag.reading.frames import ZSTD_PIECE_BYTES
from logdiag.results.inputs import UnreadFile
from logdiag.scanning.ranges import FileRange, scan_range
from tests.effort import count_calls
from tests.folding import each
from tests.winston import at, connect, drop, record, write

JSON_LINE = '{"level":"info","message":"x","timestamp":"2025-11-14 16:00:00.000"}'


def read(path: Path) -> list[bytes]:
    """The lines of one file; it must not be damaged."""
    lines = list(read_lines(only(path)))
    assert not any(isinstance(line, Damage) for line in lines)
    return [line.raw for line in lines if isinstance(line, Line)]


def only(path: Path, limits: Limits = STANDARD) -> LogFile:
    (file,) = find_log_files([str(path)], limits=limits).files
    return file


def names(folder: Path) -> list[str]:
    return [Path(file.path).name for file in find_log_files([str(folder)]).files]


@each(
    ("name", "service"),
    [
        ("socket-client.log", "socket-client"),
        ("socket-client.log.1", "socket-client"),
        ("socket-client.log.2.gz", "socket-client"),
        ("socket-client.log.3.zst", "socket-client"),
        ("socket-client-2025-11-14.log", "socket-client"),
        ("socket-client-2025-11-14-16.log.gz", "socket-client"),
        ("socket-client-2025-11-14.log.1", "socket-client"),
        ("socket-client.2025-11-14.log", "socket-client"),
        ("socket-client.log.2025-11-14", "socket-client"),
        ("socket-client.log-20251114.gz", "socket-client"),
        ("socket-client__2025-11-14_00-00-00.log", "socket-client"),
        ("socket-client__2025-11-14_00-00-00.log.zst", "socket-client"),
        ("socket-client-error.log", "socket-client-error"),
        ("app.jsonl", "app"),
        (".log", "log"),
        ("2025-11-14.log", "2025-11-14"),
    ],
)
def test_service_is_the_name_without_rotation_marks(name: str, service: str) -> None:
    """Each rotation scheme leaves the same service."""
    assert name_service(name) == service


def test_maxsize_digit_is_a_rotation_mark_beside_its_base(tmp_path: Path) -> None:
    """X1.log and X2.log are parts of X if X.log stands beside them, and services of their own if not."""
    for name in ("pusher.log", "pusher1.log", "pusher2.log.gz", "node1.log", "node2.log"):
        write(tmp_path / name, [JSON_LINE])
    found = {Path(file.path).name: file.service for file in find_log_files([str(tmp_path)]).files}
    assert found == {
        "pusher.log": "pusher",
        "pusher1.log": "pusher",
        "pusher2.log.gz": "pusher",
        "node1.log": "node1",
        "node2.log": "node2",
    }


@each("name", ["X-error.log", "X-error1.log", "error.log", "a/errors.log.gz", "X-out.log", "X.err"])
def test_copies_are_known_by_their_names(name: str) -> None:
    """Files of errors and of captured output are the second choice as evidence."""
    assert is_copy_name(name)


@pytest.mark.parametrize("name", ["X.log", "error/X.log", "my-outbox.log", "terror.log", "layout.log"])
def test_other_files_are_no_copies(name: str) -> None:
    """A folder called error, or a word that holds it, makes no copy."""
    assert not is_copy_name(name)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_are_no_part_of_lines(tmp_path: Path, end: str) -> None:
    """LF and CR LF read the same."""
    assert read(write(tmp_path / "x.log", ["a", "", "b"], end)) == [b"a", b"", b"b"]


def test_last_line_needs_no_newline(tmp_path: Path) -> None:
    """A last line without newline is a line."""
    (tmp_path / "x.log").write_bytes(b"a\nb")
    assert read(tmp_path / "x.log") == [b"a", b"b"]


def test_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    """A BOM is dropped at the head of the file."""
    (tmp_path / "x.log").write_bytes(b"\xef\xbb\xbfa\nb\n")
    assert read(tmp_path / "x.log") == [b"a", b"b"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_utf16_is_read_as_utf8(tmp_path: Path, encoding: str, packed: bool) -> None:
    """A log that PowerShell redirected is UTF-16 with a BOM, compressed or not."""
    raw = "\ufeffä\r\n推\r\n".encode(encoding)
    (tmp_path / "x.log").write_bytes(gzip.compress(raw) if packed else raw)
    assert read(tmp_path / "x.log") == ["ä".encode(), "推".encode()]


def test_compressed_files_read_like_plain_ones(tmp_path: Path) -> None:
    """What a file is is told by its first bytes, not by its name; frames and members may follow each other."""
    body = b"a\nb\n" * 9000
    zst = zstandard.ZstdCompressor().compress(body[:1000]) + zstandard.ZstdCompressor().compress(body[1000:])
    (tmp_path / "one.log.gz").write_bytes(gzip.compress(body[:1000]) + gzip.compress(body[1000:]))
    (tmp_path / "two.log").write_bytes(zst)
    (tmp_path / "three.log.gz").write_bytes(body)
    expected = body.splitlines()
    assert [read(tmp_path / name) == expected for name in ("one.log.gz", "two.log", "three.log.gz")] == [True] * 3


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,  # as the command does
    "xz": partial(lzma.compress, preset=0),
    "bz2": partial(bz2.compress, compresslevel=1),
}


def make_noise(count: int, seed: int = 0) -> list[bytes]:
    """Lines of JSON that pack little."""
    chance = random.Random(seed)  # noqa: S311  no secret
    return [b'{"n":%d,"noise":"%032x"}' % (number, chance.getrandbits(128)) for number in range(count)]


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_cut_off_file_gives_its_whole_lines_and_says_where_it_ends(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    """What stands before the cut is read up to its last whole line; the rest is one skip, never two, never silence."""
    expected = make_noise(20_000)
    packed = pack(b"\n".join(expected) + b"\n")
    for cut_bytes in (300, len(packed) // 3):
        (tmp_path / "x.log.gz").write_bytes(packed[:-cut_bytes])
        *lines, damage = read_lines(only(tmp_path / "x.log.gz"))
        assert isinstance(damage, Damage)
        assert damage.line == len(lines) > 5000
        assert "damaged" in damage.reason
        assert [line.raw for line in lines if isinstance(line, Line)] == expected[: len(lines)]
        scan = scan_range(FileRange(only(tmp_path / "x.log.gz")), RuleSet(()))
        assert {reason: list(numbers) for reason, numbers in scan.skipped.items()} == {damage.reason: [len(lines) + 1]}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_file_without_its_last_byte_loses_no_whole_block(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Its checksum or its index is damaged, and no line."""
    expected = make_noise(9_000)
    (tmp_path / "x.log").write_bytes(pack(b"\n".join(expected))[:-1])
    *lines, damage = read_lines(only(tmp_path / "x.log"))
    assert isinstance(damage, Damage)
    assert [line.raw for line in lines if isinstance(line, Line)] == expected


def test_zst_without_checksum_and_last_byte_gives_all_blocks_but_the_last(tmp_path: Path) -> None:
    """A block (128 KiB) is whole or nothing."""
    text = b"\n".join(make_noise(9_000))
    (tmp_path / "x.log").write_bytes(zstandard.compress(text)[:-1])
    *lines, damage = read_lines(only(tmp_path / "x.log"))
    assert isinstance(damage, Damage)
    expected = text[: (len(text) - 1) // (128 << 10) * (128 << 10)].split(b"\n")[:-1]
    assert len(expected) > 5_000
    assert [line.raw for line in lines if isinstance(line, Line)] == expected


@pytest.mark.parametrize("is_cut", [True, False], ids=["cut", "overwritten"])
@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_damaged_member_costs_itself(tmp_path: Path, pack: Callable[[bytes], bytes], *, is_cut: bool) -> None:
    """The members before it and behind it are read, and it is one skip, whatever stands in it before the damage."""
    parts = [make_noise(count, count) for count in (3_000, 9_000, 4_000)]
    first, middle, last = (bytearray(pack(b"\n".join(part) + b"\n")) for part in parts)
    place = len(middle) * 2 // 3
    middle = middle[:place] if is_cut else middle[:place] + b"\xa5" * 60 + middle[place + 60 :]
    path = tmp_path / "x.log"
    path.write_bytes(first + middle + last)
    lines = [line.raw for line in read_lines(only(path)) if isinstance(line, Line)]
    (number,) = (number for number, raw in enumerate(lines) if find_shape_fault(raw) == "compressed data damaged")
    assert lines[:3_000] == parts[0]
    assert lines[number + 1 :] == parts[2]
    # zstd and bzip2 may give no block of it; of the others much stands before the damage
    assert number >= 3_000 + (5_000 if pack in (PACKERS["gz"], PACKERS["xz"]) else 0)
    scan = scan_range(FileRange(only(path)), RuleSet(()))
    assert list(scan.skipped["compressed data damaged"]) == [number + 1]
    assert read_places(only(path), [number + 2]) == {number + 2: parts[2][0]}


def test_damage_everywhere_takes_time_in_proportion(tmp_path: Path) -> None:
    """Of members that begin well and break off, four times as many take about four times the work."""
    member = gzip.compress(b"\n".join(make_noise(40)))[:-400]
    path = tmp_path / "x.log"

    def read(count: int) -> None:
        path.write_bytes(member * count)
        assert sum(1 for _ in read_lines(only(path))) >= count

    read(1)  # what is done once in a process
    assert count_calls(read, 400) < 5 * count_calls(read, 100)


def test_garbage_behind_an_archives_magic_is_damage(tmp_path: Path) -> None:
    """A file that only begins like an archive is read to no line and one Damage."""
    for magic in (b"\x1f\x8b", b"\x28\xb5\x2f\xfd"):
        (tmp_path / "x.log").write_bytes(magic + b"rubbish" * 99)
        (line,) = read_lines(only(tmp_path / "x.log"))
        assert isinstance(line, Damage)


def test_byte_that_is_wrong_costs_what_stands_behind_it(tmp_path: Path) -> None:
    """All that was unpacked before the damage is read: a wrong checksum costs no line at all."""
    body = b"".join(b"%d %s\n" % (number, os.urandom(20).hex().encode()) for number in range(3000))
    packed = bytearray(gzip.compress(body))
    packed[-8] ^= 1
    (tmp_path / "x.log.gz").write_bytes(packed)
    *lines, damage = read_lines(only(tmp_path / "x.log.gz"))
    assert isinstance(damage, Damage)
    assert [line.raw for line in lines if isinstance(line, Line)] == body.splitlines()
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    (tmp_path / "x.log.gz").write_bytes(packed)
    *lines, damage = read_lines(only(tmp_path / "x.log.gz"))
    assert isinstance(damage, Damage)
    assert len(lines) > 1400


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_without_end_does_not_fill_memory(tmp_path: Path, encoding: str) -> None:
    """What is packed to nothing is read no further than a log grows, and not at all to see whether it is a log."""
    with gzip.open(tmp_path / "x.log.gz", "wb") as file:
        file.write(f"{JSON_LINE}\n".encode(encoding))
        for _ in range(160):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    found = find_log_files([str(tmp_path)])
    first, *_, damage = read_lines(found.files[0])
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(first, Line)
    assert isinstance(damage, Damage)
    assert "grows too much" in damage.reason
    assert peak_bytes < 40 << 20


@pytest.mark.parametrize("is_last", [True, False])
def test_line_that_is_too_long_costs_itself(tmp_path: Path, *, is_last: bool) -> None:
    """Its beginning stands for it, its number counts, and what follows is read, from any place on."""
    path = tmp_path / "x.log"
    with path.open("wb") as file:
        file.write(f"{JSON_LINE}\n{JSON_LINE}\n{JSON_LINE[:-2]}".encode())
        long_bytes = file.tell() + 3 * STANDARD.line_bytes
        file.truncate(long_bytes)
        if not is_last:
            file.seek(long_bytes)
            file.write(f"\n{JSON_LINE}\n{JSON_LINE}\n".encode())
    tracemalloc.start()
    lines = [line for line in read_lines(only(path)) if isinstance(line, Line)]
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 5 * STANDARD.line_bytes
    assert [line.number for line in lines] == list(range(1, 4 if is_last else 6))
    assert [line.number for line in lines if line.raw != JSON_LINE.encode()] == [3]
    assert find_shape_fault(lines[2].raw) == "line too long"
    if not is_last:
        assert [line.offset_bytes for line in lines[3:]] == [long_bytes + 1, long_bytes + 2 + len(JSON_LINE)]
        assert list(read_lines(only(path), start=lines[3])) == lines[3:]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_file_that_grows_without_bound_is_read_to_the_bound(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Of what unpacks to more than any log does, the lines before the bound are read, and where it ends is said."""
    path = tmp_path / "x.log.gz"
    path.write_bytes(pack(JSON_LINE.encode() + b"\n" * (40 << 20)))
    passed_bytes = 0
    blocks = read_blocks(only(path))

    def read_on() -> None:
        nonlocal passed_bytes
        for block in blocks:
            assert block.offset_bytes or block.buffer.startswith(JSON_LINE.encode())
            passed_bytes += block.end - block.start

    with pytest.raises(DamageError, match="grows too much"):
        read_on()
    assert BOMB_BYTES < passed_bytes + BLOCK_BYTES < BOMB_BYTES + ZSTD_PIECE_BYTES // 4 * (128 << 10)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_packed_file_is_read_up_to_a_size(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """However little it grows, the lines before the bound are read, and where it ends is said."""
    expected = make_noise(40_000)
    (tmp_path / "x.log").write_bytes(pack(b"\n".join(expected)))
    *lines, damage = read_lines(only(tmp_path / "x.log", Limits(unpacked_bytes=1 << 18)))
    assert isinstance(damage, Damage)
    assert damage.reason == "grows too much (--limit unpacked=256KiB)"
    assert 4_000 < len(lines) < 20_000
    assert [line.raw for line in lines if isinstance(line, Line)] == expected[: len(lines)]


def test_unreadable_file_is_damage(tmp_path: Path) -> None:
    """A file that cannot be opened any more costs itself, not the run."""
    file = LogFile("x.log", tmp_path, "here", "x", 10)
    (line,) = read_lines(file)
    assert isinstance(line, Damage)
    assert line.line == 0


def test_growing_file_ends_where_it_was_found(tmp_path: Path) -> None:
    """What is appended after the file was found is not read, not even the rest of a line."""
    path = tmp_path / "x.log"
    path.write_bytes(b"one\ntw")
    file = only(path)
    path.write_bytes(b"one\ntwo\nthree\n")
    assert [line.raw for line in read_lines(file) if isinstance(line, Line)] == [b"one", b"tw"]


def test_shrunken_file_is_read_to_its_end(tmp_path: Path) -> None:
    """A file that was cut short (copytruncate) gives what is left."""
    path = write(tmp_path / "x.log", ["one", "two"])
    file = only(path)
    path.write_bytes(b"one\n")
    assert [line.raw for line in read_lines(file) if isinstance(line, Line)] == [b"one"]


@pytest.mark.parametrize("name", ["x.log", "x.log.gz", "x16.log"])
def test_reading_can_start_again_at_any_line(tmp_path: Path, name: str) -> None:
    """Offsets are those of the decompressed text, and numbers go on."""
    body = b"\xef\xbb\xbfa\r\n\nccc\ndd"
    packed = {"x.log": body, "x.log.gz": gzip.compress(body), "x16.log": body.decode("utf-8").encode("utf-16-le")}
    (tmp_path / name).write_bytes(packed[name])
    file = only(tmp_path / name)
    lines = [line for line in read_lines(file) if isinstance(line, Line)]
    assert [line.raw for line in lines] == [b"a", b"", b"ccc", b"dd"]
    for index, line in enumerate(lines):
        assert list(read_lines(file, start=line)) == lines[index:]


@pytest.mark.parametrize("name", ["x.log", "x.log.gz"])
def test_spans_are_the_text_between_two_offsets(tmp_path: Path, name: str) -> None:
    """Plain files are sought, compressed ones read once; both give the same text."""
    body = b"".join(b"%d\n" % number for number in range(1, 101))
    (tmp_path / name).write_bytes(gzip.compress(body) if name.endswith("gz") else body)
    found = list(read_spans(only(tmp_path / name), [(0, 4), (4, 4), (20, 33), (280, None)]))
    assert found == [body[:4], b"", body[20:33], body[280:]]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 100, 1 << 20])
def test_blocks_are_whole_lines_whatever_is_read_at_once(tmp_path: Path, chunk_bytes: int) -> None:
    """Joined they are the file; each has the lines that begin in its stretch, and ranges share none."""
    sizes = [3, 0, 200_000, 10, BLOCK_BYTES, BLOCK_BYTES - 1, 1, 500_000, 0] if chunk_bytes > 7 else [3, 0, 2, 9]
    body = b"\n".join(b"x" * size for size in sizes)
    (tmp_path / "x.log").write_bytes(body)
    file = only(tmp_path / "x.log")

    def cut(start: int = 0, end: int | None = None) -> list[tuple[int, bytes]]:
        blocks = read_blocks(file, start_bytes=start, end_bytes=end, chunk_bytes=chunk_bytes)
        return [(block.offset_bytes, bytes(block.buffer[block.start : block.end])) for block in blocks]

    whole = cut()
    assert b"".join(text for _, text in whole) == body
    assert all(body[offset:].startswith(text) and text.endswith(b"\n") for offset, text in whole[:-1])
    places = [offset // BLOCK_BYTES for offset, _ in whole]
    assert places == sorted(set(places))
    for middle in range(0, len(body), BLOCK_BYTES):
        assert cut(0, middle) + cut(middle) == whole


def test_places_are_read_verbatim(tmp_path: Path) -> None:
    """A line can be quoted by its number; a number beyond the end is left out."""
    file = only(write(tmp_path / "x.log", ["a", "b", "c"]))
    assert read_places(file, [3, 1, 9]) == {1: b"a", 3: b"c"}
    assert read_places(file, []) == {}
    marks = [line for line in read_lines(file) if isinstance(line, Line)]
    assert read_places(file, [3, 1, 9], marks) == {1: b"a", 3: b"c"}


@pytest.mark.parametrize("is_packed", [False, True])
def test_places_are_those_that_a_plain_reading_finds(tmp_path: Path, *, is_packed: bool) -> None:
    """Whatever the marks, line ends and a byte order mark; a stretch is read once for all its lines."""
    body = b"\xef\xbb\xbf" + b"".join(b"%d %s\r\n" % (number, b"x" * (number % 97)) for number in range(1, 20_000))
    path = tmp_path / ("x.log.gz" if is_packed else "x.log")
    path.write_bytes(gzip.compress(body) if is_packed else body)
    file = only(path)
    lines = [line for line in read_lines(file) if isinstance(line, Line)]
    asked = [1, 2, 3, 4_999, 5_000, 5_001, 12_345, 19_999, 20_000, 20_001]
    expected = {number: lines[number - 1].raw for number in asked if number <= len(lines)}
    assert len(expected) == 8
    assert read_places(file, asked, lines[::4_999]) == expected
    assert read_places(file, asked) == expected


def test_places_before_a_damage_are_read(tmp_path: Path) -> None:
    """Of a compressed file that breaks off, what can be read is quoted."""
    noise = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(5_000)]
    packed = gzip.compress("".join(f"{line}\n" for line in noise).encode())
    (tmp_path / "x.log.gz").write_bytes(packed[: len(packed) // 2])
    assert read_places(only(tmp_path / "x.log.gz"), [1, 4_999]) == {1: noise[0].encode()}


def test_progress_adds_up_to_the_size_on_disk(tmp_path: Path) -> None:
    """All bytes are told once, compressed or not."""
    plain = write(tmp_path / "x.log", ["x" * 50] * 10_000)
    (tmp_path / "y.log.gz").write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, tmp_path / "y.log.gz"):
        told: list[int] = []
        assert sum(1 for _ in read_lines(only(path), told.append)) == 10_000
        assert sum(told) == path.stat().st_size
        assert min(told) >= 0


def test_folders_are_searched_at_any_depth(tmp_path: Path) -> None:
    """Logs are found below folders; hidden files are not looked at."""
    write(tmp_path / "a" / "b" / "c" / "x.log", [JSON_LINE])
    write(tmp_path / "y.log", [JSON_LINE])
    write(tmp_path / ".hidden" / "z.log", [JSON_LINE])
    write(tmp_path / ".z.log", [JSON_LINE])
    assert names(tmp_path) == ["y.log", "x.log"] or names(tmp_path) == ["x.log", "y.log"]


def test_files_that_are_no_logs_are_left_alone_and_named(tmp_path: Path) -> None:
    """Pictures, settings, prose and programs are no evidence, whatever a name suggests."""
    write(tmp_path / "x.log", [JSON_LINE])
    write(tmp_path / "README.md", ["# A log", "{", "}"])
    write(tmp_path / "package.json", ["{", '  "name": "log"', "}"])
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))
    (tmp_path / "a.out").write_bytes(b"\x7fELF\2\1\1" + bytes(range(256)) * 9)
    (tmp_path / "old.log.lz").write_bytes(bytes(range(256)) * 9)
    found = find_log_files([str(tmp_path)])
    assert [Path(file.path).name for file in found.files] == ["x.log"]
    left = [Path(path).name for path in found.left_alone]
    assert left == ["README.md", "a.out", "logo.png", "old.log.lz", "package.json"]


TEXT_LINES = {
    "iso": "2025-11-14T16:25:52.756Z [info] Connected to master",
    "prefixed": "web-1  | 2025-11-14 16:25:52,756 - gateway - INFO - Connected",
    "numbers": "[11/14/2025, 4:25:52 PM] LOG Connected",
    "syslog": "Nov 14 16:25:52 host node[812]: Connected",
    "access": '10.0.0.1 - - [14/Nov/2025:16:25:52 +0000] "GET /socket.io/" 200',
    "clock": "[16:25:52.756] INFO (1): Connected",
    "chinese": "2025-11-14 16:25:52 已连接",
    "logcat": "11-14 16:25:52.756  1234  1250 I ReactNativeJS: connected",
}


@pytest.mark.parametrize("line", TEXT_LINES.values(), ids=TEXT_LINES)
def test_text_with_stamps_makes_a_log_whatever_its_name(tmp_path: Path, line: str) -> None:
    """With stacks among it, too; one that the user wrote by `logdiag timeline` is none."""
    stack = ["Error: gone", "    at Socket.onclose (/app/x.js:1:2)"]
    write(tmp_path / "server.txt", [line, *stack] * 3)
    write(tmp_path / "server", [line] * 3)
    write(tmp_path / "timeline.txt", [f"{line}  (logs/worker1/socket-client.log:12)"] * 3)
    assert sorted(names(tmp_path)) == ["server", "server.txt"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("notes.txt", ["On 2025-11-14 it broke.", "We saw it at 16:25.", "Nobody knows why.", "It is over."] * 9),
        ("rates.csv", ["2025-11-14 16:25:52,EUR,USD"] * 9),
        ("measured.dat", ["2025-11-14 16:25:52 12.5 19 3"] * 9),
        ("film.srt", ["1", "00:00:01,000 --> 00:00:04,000", "He is connected."] * 9),
        ("CHANGELOG", ["1.2.0 2025-11-14", "* more", "1.1.0 2025-10-01", "* less"] * 9),
    ],
)
def test_dates_alone_make_no_log(tmp_path: Path, name: str, lines: list[str]) -> None:
    """Prose, tables, measurements, subtitles and histories of releases are left alone."""
    write(tmp_path / name, lines)
    assert names(tmp_path) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_lines_make_a_log_whatever_its_name(tmp_path: Path, encoding: str) -> None:
    """A file without the name of a log is one if its first lines are records."""
    (tmp_path / "console").write_text(f"starting\n{JSON_LINE}\n", encoding)
    assert names(tmp_path) == ["console"]


def test_broken_bytes_do_not_hide_a_log(tmp_path: Path) -> None:
    """Records make a log, whatever else lies in it."""
    (tmp_path / "x.log").write_bytes(f"{JSON_LINE}\n".encode() + bytes(range(32)) * 20)
    assert names(tmp_path) == ["x.log"]


def test_log_of_nul_bytes_alone_is_a_log(tmp_path: Path) -> None:
    """After a crash the head of a log may be NUL for pages; that must not hide the rest."""
    (tmp_path / "x.log").write_bytes(b"\0" * 200_000 + f"\n{JSON_LINE}\n".encode())
    (tmp_path / "empty.log").write_bytes(b"")
    assert names(tmp_path) == ["empty.log", "x.log"]


def test_damaged_archive_with_the_name_of_a_log_is_read(tmp_path: Path) -> None:
    """Its damage belongs in the report."""
    (tmp_path / "x.log.gz").write_bytes(b"\x1f\x8brubbish")
    (tmp_path / "data.gz").write_bytes(b"\x1f\x8brubbish")
    assert names(tmp_path) == ["x.log.gz"]


def test_named_files_are_taken_as_they_are(tmp_path: Path) -> None:
    """A file that the user names is a log by that."""
    write(tmp_path / "notes", ["nothing like a log"])
    assert names(tmp_path) == []
    assert names(tmp_path / "notes") == ["notes"]


def test_same_file_is_read_once(tmp_path: Path) -> None:
    """However often it is reached: named twice, through a link, through its folder."""
    path = write(tmp_path / "logs" / "x.log", [JSON_LINE])
    (tmp_path / "logs" / "a.log").symlink_to(path)
    (tmp_path / "logs" / "hard.log").hardlink_to(path)
    texts = [str(tmp_path), str(path), str(tmp_path / "logs" / ".." / "logs"), str(path)]
    for order in (texts, texts[::-1]):
        assert [file.path for file in find_log_files(order).files] == [path.as_posix()]


def test_name_given_wins_over_the_folder(tmp_path: Path) -> None:
    """A named file is no less named because its folder is given as well, in either order."""
    path = write(tmp_path / "notes", ["nothing like a log"])
    for order in ([str(tmp_path), str(path)], [str(path), str(tmp_path)]):
        found = find_log_files(order)
        assert ([file.path for file in found.files], found.left_alone) == ([path.as_posix()], ())


def test_links_are_followed_within_what_was_named(tmp_path: Path) -> None:
    """A link back up is not entered again; one that leads out, or nowhere, is left alone and named."""
    write(tmp_path / "elsewhere" / "x.log", [JSON_LINE])
    top = tmp_path / "logs"
    write(top / "y.log", [JSON_LINE])
    write(top / ".kept" / "z.log", [JSON_LINE])
    (top / "current").symlink_to(tmp_path / "elsewhere")
    (top / "single.log").symlink_to(tmp_path / "elsewhere" / "x.log")
    (top / "loop").symlink_to(top)
    (top / "inside").symlink_to(top / ".kept")
    (top / "broken.log").symlink_to(tmp_path / "nowhere")
    (top / "self.log").symlink_to(top / "self.log")
    (top / "stdout.log").symlink_to("/dev/null")
    found = find_log_files([str(top)])
    assert sorted(file.path.removeprefix(f"{top.as_posix()}/") for file in found.files) == ["inside/z.log", "y.log"]
    assert [(file.path.removeprefix(f"{top.as_posix()}/"), file.why) for file in found.unread] == [
        ("broken.log", "dangling"),
        ("current", "outside"),
        ("self.log", "dangling"),
        ("single.log", "outside"),
    ]


@pytest.mark.parametrize("named", ["logs/current", "elsewhere", "elsewhere/x.log"])
def test_links_out_are_followed_where_they_or_their_goal_are_named(tmp_path: Path, named: str) -> None:
    """Whoever names it means it."""
    write(tmp_path / "elsewhere" / "x.log", [JSON_LINE])
    (tmp_path / "logs").mkdir()
    goal = "elsewhere/x.log" if named.endswith(".log") else "elsewhere"
    (tmp_path / "logs" / "current").symlink_to(tmp_path / goal)
    for texts in (["logs", named], [named, "logs"]):
        found = find_log_files([f"{tmp_path}/{text}" for text in texts])
        assert (len(found.files), found.unread) == (1, ())


def test_unreadable_files_and_folders_cost_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are named as files unread; the others are read, also where a folder may be listed and not entered."""
    write(tmp_path / "closed.log", [JSON_LINE])
    write(tmp_path / "no-list" / "x.log", [JSON_LINE])
    write(tmp_path / "no-entry" / "x.log", [JSON_LINE])
    write(tmp_path / "open.log", [JSON_LINE])
    list_folder, look, open_file = os.scandir, Path.stat, Path.open

    def refuse(path: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "scandir", lambda path: refuse(path) if "no-list" in str(path) else list_folder(path))
    monkeypatch.setattr(
        Path, "stat", lambda path, **options: refuse(path) if "no-entry/" in str(path) else look(path, **options)
    )
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, *rest, **options: refuse(path) if path.name == "closed.log" else open_file(path, *rest, **options),
    )
    found = find_log_files([str(tmp_path)])
    assert [Path(file.path).name for file in found.files] == ["open.log"]
    paths = [str(tmp_path / name) for name in ("closed.log", "no-entry/x.log", "no-list")]
    assert found.unread == tuple(UnreadFile(path, "unreadable") for path in paths)
    with pytest.raises(InputError, match="cannot be read"):
        find_log_files([str(tmp_path / "no-list")])


def test_order_of_paths_does_not_matter(tmp_path: Path) -> None:
    """Files come in the order of folder, service, name."""
    paths = [str(write(tmp_path / name / "x.log", [JSON_LINE])) for name in "cab"]
    assert find_log_files(paths) == find_log_files(paths[::-1])


@pytest.mark.parametrize("text", ["nowhere", "", "x.log/y", "a\0b", "x" * 5000])
def test_path_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    """A path that does not exist is refused, and so is an empty one, which would be the current folder."""
    write(tmp_path / "x.log", [JSON_LINE])
    with pytest.raises(InputError, match=r"no such file or folder|cannot be read|folder of logs"):
        find_log_files([f"{tmp_path}/{text}" if text else ""])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_refused_by_name(tmp_path: Path) -> None:
    """A named file that cannot be opened stops the run."""
    path = write(tmp_path / "x.log", [JSON_LINE])
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        find_log_files([str(path)])


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    """A pipe can be read but once; standard input is the way."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="standard input"):
        find_log_files([str(tmp_path / "pipe")])


def test_empty_folder_gives_nothing(tmp_path: Path) -> None:
    """No files, and none left alone."""
    assert find_log_files([str(tmp_path)]) == ((), (), ())


def test_one_folder_is_labelled_by_its_own_name(tmp_path: Path) -> None:
    """`logs/worker1`, a file in it, and two files in it are all worker1."""
    paths = [str(write(tmp_path / "worker1" / name, [JSON_LINE])) for name in ("x.log", "y.log")]
    for texts in ([str(tmp_path / "worker1")], paths[:1], paths):
        assert {file.source for file in find_log_files(texts).files} == {"worker1"}


def test_fleet_is_labelled_below_what_it_shares(tmp_path: Path) -> None:
    """Each folder of a fleet has its path below the common one, however the files were given."""
    places = ("eu/worker1", "eu/worker2", "us/worker1", "master")
    paths = [str(write(tmp_path / "fleet" / place / "x.log", [JSON_LINE])) for place in places]
    for texts in ([str(tmp_path / "fleet")], paths):
        assert sorted(file.source for file in find_log_files(texts).files) == sorted(places)


def test_nested_folders_never_share_a_label(tmp_path: Path) -> None:
    """`logs` and `logs/logs` are two places."""
    for place in ("logs", "logs/logs", "logs/deep"):
        write(tmp_path / place / "x.log", [JSON_LINE])
    labels = [file.source for file in find_log_files([str(tmp_path / "logs")]).files]
    assert sorted(labels) == ["deep", "logs", "logs/."]


def test_files_of_two_folders_by_name_keep_their_folders_apart(tmp_path: Path) -> None:
    """`a/x.log b/x.log` are two connections."""
    paths = [str(write(tmp_path / place / "x.log", [connect(0), drop(1)])) for place in "ab"]
    assert [file.source for file in find_log_files(paths).files] == ["a", "b"]


def test_paths_are_shown_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path stays relative."""
    write(tmp_path / "logs" / "x.log", [JSON_LINE])
    monkeypatch.chdir(tmp_path)
    assert [file.path for file in find_log_files(["logs"]).files] == ["logs/x.log"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux")
def test_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are written out."""
    (tmp_path / os.fsdecode(b"\xff.log")).write_text(JSON_LINE)
    (file,) = find_log_files([str(tmp_path)]).files
    file.path.encode("utf-8")
    assert list(read_lines(file))


def test_standard_input_is_kept_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is read to its end, compressed or not; its copy goes when the run ends."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = find_log_files(["-", "-"], io.BytesIO(gzip.compress(b"a\nb")))
    (file,) = found.files
    assert (file.path, file.source, file.service) == ("-", "stdin", "stdin")
    assert [line.raw for line in read_lines(file) if isinstance(line, Line)] == [b"a", b"b"]
    discard_spooled(found.files)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file that is opened twice needs a name")
def test_copy_of_standard_input_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nothing is left of it, however the run ends; it is read from its beginning each time all the same."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = find_log_files(["-"], io.BytesIO(b"a\nb"))
    assert list(tmp_path.iterdir()) == []
    (file,) = found.files
    for _ in range(2):
        assert [line.raw for line in read_lines(file) if isinstance(line, Line)] == [b"a", b"b"]
    assert file.opened_as.exists()
    discard_spooled(found.files)
    assert not file.opened_as.exists()


def test_a_log_called_dash_is_never_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`./-` is a file of the user, not our copy of standard input."""
    path = write(tmp_path / "-", [JSON_LINE])
    monkeypatch.chdir(tmp_path)
    for text in (".", "./-"):
        found = find_log_files([text])
        assert len(found.files) == 1
        discard_spooled(found.files)
        assert path.exists()


class BrokenPipeReader(io.BytesIO):
    """Standard input that fails after its first block."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(4 if size else size)


def test_standard_input_that_fails_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a traceback nor a left-over copy."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(InputError, match="Input/output error"):
        find_log_files(["-"], BrokenPipeReader(b"abcdefgh"))
    assert list(tmp_path.iterdir()) == []


def test_missing_standard_input_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` where there is none; and a wrong path beside `-` leaves no copy behind."""
    with pytest.raises(InputError, match="standard input"):
        find_log_files(["-"])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(InputError, match="no such file"):
        find_log_files(["-", str(tmp_path / "nowhere")], io.BytesIO(b"x"))
    assert list(tmp_path.iterdir()) == []


def test_no_place_to_keep_standard_input_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no temporary file can be made, the message says so."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="standard input"):
        find_log_files(["-"], io.BytesIO(b"x"))


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """Names, bytes and times of the logs stay as they are."""
    path = write(tmp_path / "x.log", [record(at(0), "x")])
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    read(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert os.listdir(tmp_path) == ["x.log"]  # noqa: PTH208


@pytest.mark.parametrize("place", [0.3, 0.9, 0.99])
def test_what_stands_before_a_fault_is_found_in_few_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: float
) -> None:
    """Every byte that zlib gives one by one, but not so: a small frame could cost a second (found by fuzzing)."""
    text = b"".join(b"%d the same and the same and the same again and again\n" % number for number in range(2_000))
    packed = bytearray(gzip.compress(text, mtime=0))
    packed[round(len(packed) * place)] ^= 0x10
    slow, naive = zlib.decompressobj(frames.GZIP), b""
    with suppress(zlib.error):
        for byte in packed:
            naive += slow.decompress(slow.unconsumed_tail + bytes([byte]), 1)
            while slow.unconsumed_tail or not slow.eof:
                if not (more := slow.decompress(slow.unconsumed_tail, 1)):
                    break
                naive += more
    unpack_once = frames._DeflateFrame.unpack
    calls_count = 0

    def count(frame: frames._DeflateFrame, piece: bytes, most_bytes: int) -> bytes:
        nonlocal calls_count
        calls_count += 1
        return unpack_once(frame, piece, most_bytes)

    monkeypatch.setattr(frames._DeflateFrame, "unpack", count)
    (tmp_path / "x.log.gz").write_bytes(packed)
    with (tmp_path / "x.log.gz").open("rb") as file:
        codec = frames.find_codec(file)
        assert codec is not None
        plain = compression.unpack(file, codec)
        given = b""
        with suppress(compression.PackedError):
            while piece := plain.read1():
                given += piece
    assert given == naive
    assert len(text) // 5 < len(given)
    assert calls_count < len(packed) + 2_000
