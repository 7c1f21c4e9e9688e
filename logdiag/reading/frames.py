"""How packed data are laid out: what a file is packed with, and one frame of it unpacked in steps of a bounded size."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

import zstandard

from logdiag.deferred import compile_later

try:
    from isal import isal_zlib as quick_zlib  # twice as fast

    BROKEN_GZIP: type[Exception] = quick_zlib.IsalError  # type: ignore[assignment]  # its stubs say: an instance
except ImportError:  # it has no wheel for Windows on ARM
    import zlib as quick_zlib  # type: ignore[no-redef]

    BROKEN_GZIP = zlib.error

PIECE_BYTES: Final = 1 << 14  # of packed data, read at once
# zstd cannot be told to stop: a run of one byte packs 128 KiB into 4 bytes, so this much becomes 16 MiB at the most.
ZSTD_PIECE_BYTES: Final = 1 << 9
ZSTD_WINDOW_BYTES: Final = 1 << 27  # `zstd --long` needs that; the command refuses more as well
XZ_MEMORY_BYTES: Final = 1 << 28  # `xz -9` needs 65 MiB to unpack; a dictionary of gigabytes is no log's
GZIP: Final = 31  # zlib's `wbits` for a gzip header and trailer
BARE_DEFLATE: Final = -15  # without any, as in a zip
FAULTS: Final = (
    EOFError, zlib.error, BROKEN_GZIP, zstandard.ZstdError, lzma.LZMAError, OSError, ValueError, MemoryError,
)  # fmt: skip


class CompressedFrame(Protocol):
    """A stream of packed data from its beginning to its own end mark."""

    is_hungry: bool
    is_done: bool
    unused: bytes

    def unpack(self, piece: bytes, most_bytes: int) -> bytes:
        """What `piece`, or an empty one while the frame is not hungry, adds: no more than `most_bytes`, if it can."""


class _DeflateFrame:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._inner = make()
        self.is_hungry, self.is_done, self.unused = True, False, b""

    def unpack(self, piece: bytes, most_bytes: int) -> bytes:
        text: bytes = self._inner.decompress(self._inner.unconsumed_tail + piece, most_bytes)
        self.is_done, self.unused = self._inner.eof, self._inner.unused_data
        self.is_hungry = not self._inner.unconsumed_tail and len(text) < most_bytes
        return text


class _BlockFrame:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._inner = make()
        self.is_hungry, self.is_done, self.unused = True, False, b""

    def unpack(self, piece: bytes, most_bytes: int) -> bytes:
        text: bytes = self._inner.decompress(piece, most_bytes)
        self.is_done, self.unused = self._inner.eof, self._inner.unused_data
        self.is_hungry = self._inner.needs_input
        return text


class _ZstdFrame:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj()
        self.is_hungry, self.is_done, self.unused = True, False, b""

    def unpack(self, piece: bytes, most_bytes: int) -> bytes:
        text = self._inner.decompress(piece)
        self.is_done = self._inner.eof
        self.unused = self._inner.unused_data if self.is_done else b""
        return text


class Codec(NamedTuple):
    """How to begin a frame; `begin_exactly` is slower and, byte by byte, gives all that stands before a fault.

    `header` is what every frame begins with, if frames can be found by that among other data.
    """

    begin: Callable[[], CompressedFrame]
    begin_exactly: Callable[[], CompressedFrame]
    header: re.Pattern[bytes] | None = None
    piece_bytes: int = PIECE_BYTES


def _deflate(wbits: int, header: re.Pattern[bytes] | None = None) -> Codec:
    return Codec(
        lambda: _DeflateFrame(lambda: quick_zlib.decompressobj(wbits=wbits)),
        lambda: _DeflateFrame(lambda: zlib.decompressobj(wbits=wbits)),
        header,
    )


def _blocks(make: Callable[[], Any], header: bytes) -> Codec:
    return Codec(lambda: _BlockFrame(make), lambda: _BlockFrame(make), re.compile(header, re.DOTALL))


HEADER_BYTES: Final = 10  # the longest of the headers
# RFC 1952, 2.3: deflate, no reserved flags, any time, how hard it was tried, and on which system.
GZIP_HEADER: Final = compile_later(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
ZSTD: Final = Codec(_ZstdFrame, _ZstdFrame, compile_later(rb"\x28\xb5\x2f\xfd"), ZSTD_PIECE_BYTES)
BZIP2: Final = _blocks(bz2.BZ2Decompressor, rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
XZ: Final = _blocks(lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY_BYTES), rb"\xfd7zXZ\x00\x00")
# By the first bytes of a file: its name says nothing.
MAGICS: Final[Mapping[bytes, Codec]] = {
    b"\x1f\x8b": _deflate(GZIP, GZIP_HEADER),
    b"\x28\xb5\x2f\xfd": ZSTD,
    b"\xfd7zXZ\0": XZ,
    **{b"BZh%d1AY&SY" % level: BZIP2 for level in range(1, 10)},
    **{b"BZh%d\x17\x72\x45\x38\x50\x90" % level: BZIP2 for level in range(1, 10)},  # of nothing
}
MAGIC_BYTES: Final = max(map(len, MAGICS))
DEFLATE: Final = _deflate(BARE_DEFLATE)


def begin_packing() -> Any:
    """What packs pieces as gzip, quickly: `compress`, then `flush`."""
    return quick_zlib.compressobj(level=1, wbits=GZIP)


def find_codec(raw: io.BufferedReader) -> Codec | None:
    """What a file is packed with, by its first bytes; None if it is plain."""
    head = raw.peek(MAGIC_BYTES)[:MAGIC_BYTES]
    return next((codec for magic, codec in MAGICS.items() if head.startswith(magic)), None)
