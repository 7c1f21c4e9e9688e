"""Whatever a file holds, packed or an archive: it is read to its end or its damage, twice the same."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import Final

import zstandard

from fuzz.targets import written
from logdiag.errors import InputError
from logdiag.reading import Damage, Line, LogFile, find_log_files, read_lines, read_places

TEXT: Final = b'{"level":"info","message":"x","timestamp":"2025-11-14 16:00:00.000"}\n' * 3
NAMES: Final = ("x.log", "x.log.gz", "x.zip", "x.tar", "x.tgz", "x.json", "x.log.zst", "x")


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("worker/a.log", TEXT)
        archive.writestr("b.log.gz", gzip.compress(TEXT, mtime=0))
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in (("worker/a.log", TEXT), ("b.log.gz", gzip.compress(TEXT, mtime=0))):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


# The first byte chooses the name.
SEEDS: Final = (
    b"\0" + TEXT,
    b"\0" + "\ufeff".encode("utf-16-le") + TEXT.decode().encode("utf-16-le"),
    b"\1" + gzip.compress(TEXT, mtime=0) + gzip.compress(TEXT, mtime=0),
    b"\0" + bz2.compress(TEXT),
    b"\0" + lzma.compress(TEXT),
    b"\6" + zstandard.ZstdCompressor(write_checksum=True).compress(TEXT),
    b"\2" + _zip(),
    b"\3" + _tar(),
    b"\4" + gzip.compress(_tar(), mtime=0),
    b"\5" + b"[" + TEXT.replace(b"}\n", b"},\n").rstrip(b",\n") + b"]",
)


def check(data: bytes) -> None:
    """Read a file that holds all but the first byte."""
    with written(data[1:], NAMES[(data[0] if data else 0) % len(NAMES)]) as path:
        try:
            files = find_log_files([str(path)]).files
        except InputError:
            return
        for file in files:
            _check_file(file)


def _check_file(file: LogFile) -> None:
    lines = list(read_lines(file))
    if lines != list(read_lines(file)):
        raise AssertionError("read twice, and not the same")
    whole = [line for line in lines if isinstance(line, Line)]
    if any(isinstance(line, Damage) for line in lines[:-1]):
        raise AssertionError("something behind the damage")
    if [line.number for line in whole] != list(range(1, len(whole) + 1)):
        raise AssertionError("lines are not numbered one by one")
    wanted = {line.number: line.raw for line in whole[:: max(len(whole) // 5, 1)]}
    if read_places(file, wanted) != wanted:
        raise AssertionError("another line is quoted than was read")
