"""Packed bytes to plain ones, in steps of a bounded size, and all of them up to where the data are damaged."""

from __future__ import annotations

import bz2
import codecs
import io
import lzma
import re
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol, cast

import zstandard

from logdiag.limits import STANDARD, Limits, show_bytes

try:
    from isal import isal_zlib as quick_zlib  # twice as fast

    BROKEN_GZIP: type[Exception] = quick_zlib.IsalError  # type: ignore[assignment]  # its stubs say: an instance
except ImportError:  # it has no wheel for Windows on ARM
    import zlib as quick_zlib  # type: ignore[no-redef]

    BROKEN_GZIP = zlib.error

STEP_BYTES: Final = 1 << 17  # of plain text, unpacked at once
PIECE_BYTES: Final = 1 << 14  # of packed data, read at once
# zstd cannot be told to stop: a run of one byte packs 128 KiB into 4 bytes, so this much becomes 16 MiB at the most.
ZSTD_PIECE_BYTES: Final = 1 << 9
ZSTD_WINDOW_BYTES: Final = 1 << 27  # `zstd --long` needs that; the command refuses more as well
XZ_MEMORY_BYTES: Final = 1 << 28  # `xz -9` needs 65 MiB to unpack; a dictionary of gigabytes is no log's
BOMB_BYTES: Final = (
    1 << 21
)  # the ratio is looked at beyond; below that nobody is hurt: two million empty lines take seconds
DAMAGED: Final = b"...\0damaged"  # ends the line in which a damaged frame breaks off; no line of a log has a NUL in it
# A step that fails gives nothing: it is taken again in 256 smaller ones, and the one of these that fails byte by byte.
FINER_STEPS_BYTES: Final = (512, 1)
MOST_AGAIN: Final = 5  # times a damaged file is read over, in all, to find where it can be read again
FREE_AGAIN_BYTES: Final = 1 << 26  # and so much besides, for many small frames
TRIED_BYTES: Final = 1 << 20  # of packed data, to see whether a frame begins there: bzip2's blocks are of 900 kB
CREDIBLE_BYTES: Final = 64  # of plain text, by which a frame is believed
GZIP: Final = 31  # zlib's `wbits` for a gzip header and trailer
BARE_DEFLATE: Final = -15  # without any, as in a zip
FAULTS: Final = (
    EOFError, zlib.error, BROKEN_GZIP, zstandard.ZstdError, lzma.LZMAError, OSError, ValueError, MemoryError,
)  # fmt: skip


def wrap_bytes(data: bytes) -> io.BufferedReader:
    """Bytes in memory as a file."""
    return cast("io.BufferedReader", io.BufferedReader(io.BytesIO(data)))


class PackedError(Exception):
    """Packed data are damaged, or end too early."""


class BombError(PackedError):
    """Packed data grow so much that they are no log."""


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
GZIP_HEADER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
ZSTD: Final = Codec(_ZstdFrame, _ZstdFrame, re.compile(rb"\x28\xb5\x2f\xfd"), ZSTD_PIECE_BYTES)
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


def unpack(
    packed: io.BufferedReader, codec: Codec, limits: Limits = STANDARD, *, passes_damage: bool = False
) -> io.BufferedReader:
    """The plain bytes of a packed file; reading raises PackedError where all that can be unpacked was given.

    With `passes_damage` a damaged frame costs itself if others follow it: where it breaks off, the line ends with
    `DAMAGED`, and the next one begins with the next frame.
    """
    return io.BufferedReader(_Unpacked(packed, codec, limits, passes_damage=passes_damage), STEP_BYTES)


class _Unpacked(io.RawIOBase):
    """Frames that follow each other, unpacked; zeros between them and behind them are padding."""

    def __init__(self, packed: io.BufferedReader, codec: Codec, limits: Limits, *, passes_damage: bool) -> None:
        self._packed, self._codec, self._passes_damage = packed, codec, passes_damage
        self._limits = limits
        self._frame: CompressedFrame | None = None
        self._frames_count = 0
        self._frame_place = 0  # in the packed file
        self._packed_bytes = self._plain_bytes = 0  # of all frames so far
        self._again_bytes = 0  # read once more, because of damage
        self._furthest = 0
        self._given_bytes = 0  # of this frame
        self._waiting = b""
        self._ready = memoryview(b"")
        self._fault: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and self._fill():
            pass
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _fill(self) -> bool:
        """Unpack a little more; False at the end."""
        if self._fault is not None:
            raise PackedError(self._fault)
        if self._plain_bytes > BOMB_BYTES and self._plain_bytes > self._limits.ratio * self._packed_bytes:
            raise BombError(f"--limit ratio={self._limits.ratio}")
        if self._plain_bytes > self._limits.unpacked_bytes:
            raise BombError(f"--limit unpacked={show_bytes(self._limits.unpacked_bytes)}")
        frame = self._frame or self._begin()
        if frame is None:
            return False
        piece = self._take_piece() if frame.is_hungry else b""
        try:
            if frame.is_hungry and not piece:
                raise EOFError("it ends before the end of its data")
            text = frame.unpack(piece, STEP_BYTES)
        except FAULTS as fault:
            text = self._salvage() if piece or not frame.is_hungry else b""
            if self._pass_damage():
                text += DAMAGED + b"\n"
            else:
                self._fault = str(fault)
        self._given_bytes += len(text)
        self._plain_bytes += len(text)
        self._ready = memoryview(text)
        if frame.is_done and frame is self._frame:
            self._frame, self._waiting = None, frame.unused
        return True

    def _begin(self) -> CompressedFrame | None:
        """Begin the next frame; None if there is none."""
        self._waiting = self._take_piece()
        if self._frames_count:
            self._waiting = self._waiting.lstrip(b"\0")
            while not self._waiting and (piece := self._read_piece()):
                self._waiting = piece.lstrip(b"\0")
        if not self._waiting:
            return None
        self._frame_place = self._packed.tell() - len(self._waiting) if self._packed.seekable() else 0
        self._frame, self._given_bytes = self._codec.begin(), 0
        self._frames_count += 1
        return self._frame

    def _take_piece(self) -> bytes:
        piece, self._waiting = self._waiting or self._read_piece(), b""
        return piece

    def _read_piece(self) -> bytes:
        piece = self._packed.read(self._codec.piece_bytes)
        self._packed_bytes += len(piece)
        return piece

    def _salvage(self) -> bytes:
        """What else the frame gives before its fault: it is unpacked again, in smaller steps from there on."""
        if not self._packed.seekable():
            return b""
        good_bytes = max(self._packed.tell() - self._codec.piece_bytes - self._frame_place, 0)
        saved = b""
        for most_bytes in FINER_STEPS_BYTES:
            saved = self._unpack_again(good_bytes, self._given_bytes + len(saved), most_bytes)
        return saved

    def _unpack_again(self, good_bytes: int, sure_bytes: int, most_bytes: int) -> bytes:
        """What the frame gives behind `_given_bytes`, in steps of so many plain bytes behind `sure_bytes`.

        The packed bytes behind `good_bytes` go in one by one with the finest step: zstd knows no other.
        """
        self._go_back(self._frame_place)
        frame, passed_bytes, saved = self._codec.begin_exactly(), 0, bytearray()
        with suppress(*FAULTS):
            while not frame.is_done:
                size = min(self._codec.piece_bytes, good_bytes) or (1 if most_bytes == 1 else self._codec.piece_bytes)
                piece = self._packed.read(size) if frame.is_hungry else b""
                if frame.is_hungry and not piece:
                    break
                good_bytes = max(good_bytes - len(piece), 0)
                left_bytes = sure_bytes - passed_bytes
                text = frame.unpack(piece, min(left_bytes, STEP_BYTES) if left_bytes > 0 else most_bytes)
                passed_bytes += len(text)
                saved += text[-(passed_bytes - self._given_bytes) :] if passed_bytes > self._given_bytes else b""
        return bytes(saved)

    def _go_back(self, place: int) -> None:
        """Read again from a place that was passed."""
        self._furthest = max(self._furthest, self._packed.tell())
        self._again_bytes += self._packed.tell() - place
        self._packed.seek(place)

    def _pass_damage(self) -> bool:
        """Stand where the next frame begins that can be read; False if there is none, or looking for it costs much."""
        header = self._codec.header
        if not self._passes_damage or header is None or not self._packed.seekable():
            return False
        self._go_back(self._frame_place + 1)
        most_bytes = MOST_AGAIN * self._furthest + FREE_AGAIN_BYTES
        held, place = b"", self._frame_place + 1  # of the first byte held
        while self._again_bytes < most_bytes and (piece := self._packed.read(PIECE_BYTES)):
            held += piece
            for found in header.finditer(held):
                if self._begins_frame(place + found.start()):
                    self._packed.seek(place + found.start())
                    self._frame, self._waiting = None, b""
                    return True
                if self._again_bytes > most_bytes:
                    return False
            place += max(len(held) - HEADER_BYTES, 0)
            held = held[-HEADER_BYTES:]
            self._packed.seek(place + len(held))
        return False

    def _begins_frame(self, place: int) -> bool:
        """Whether what stands there can be unpacked for a while: rubbish gives but a few bytes before its fault."""
        self._packed.seek(place)
        frame, tried_bytes, plain_bytes = self._codec.begin_exactly(), 0, 0
        try:
            while not frame.is_done and tried_bytes < TRIED_BYTES and plain_bytes < CREDIBLE_BYTES:
                piece = self._packed.read(self._codec.piece_bytes) if frame.is_hungry else b""
                if frame.is_hungry and not piece:
                    break
                tried_bytes += len(piece)
                plain_bytes += len(frame.unpack(piece, CREDIBLE_BYTES))
        except FAULTS:
            return False
        finally:
            self._again_bytes += tried_bytes
        return frame.is_done or plain_bytes > 0


class Transcoded(io.RawIOBase):
    """UTF-16, as PowerShell's redirection writes it, as UTF-8; the byte order mark stands before it."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        stream.read(2)
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = memoryview(b"")
        self._is_ended = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as one step goes."""
        while not self._ready and not self._is_ended:
            piece = self._stream.read1(STEP_BYTES)
            self._is_ended = not piece
            text = self._decoder.decode(piece, final=self._is_ended)
            self._ready = memoryview(text.encode("utf-8", "replace"))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


class Slice(io.RawIOBase):
    """`size_bytes` of a file from `offset_bytes` on, as a file of its own."""

    def __init__(self, whole: io.BufferedReader, offset_bytes: int, size_bytes: int) -> None:
        self._whole, self._offset_bytes, self._size_bytes = whole, offset_bytes, size_bytes
        self._place = 0
        if whole.seekable():
            whole.seek(offset_bytes)
        else:
            pass_over(whole, offset_bytes)

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """If the whole is."""
        return self._whole.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the slice."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size_bytes}[whence]
        self._place = base + offset
        self._whole.seek(self._offset_bytes + self._place)
        return self._place

    def tell(self) -> int:
        """The place in the slice."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as one step goes."""
        data = self._whole.read1(max(min(len(buffer), self._size_bytes - self._place), 0))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def pass_over(stream: io.BufferedReader, count_bytes: int) -> int:
    """Read that many bytes and let go of them; tell how many there were."""
    left_bytes = count_bytes
    while left_bytes > 0 and (passed := stream.read1(min(left_bytes, STEP_BYTES))):
        left_bytes -= len(passed)
    return count_bytes - left_bytes
