"""Packed bytes to plain ones, and all of them up to where the data are damaged."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any, Final

from logdiag.limits import STANDARD, Limits, show_bytes
from logdiag.reading.byte_views import STEP_BYTES
from logdiag.reading.frames import FAULTS, HEADER_BYTES, PIECE_BYTES, Codec, CompressedFrame

# The ratio is looked at beyond; below that nobody is hurt: two million empty lines take seconds.
BOMB_BYTES: Final = 1 << 21
DAMAGED: Final = b"...\0damaged"  # ends the line in which a damaged frame breaks off; no line of a log has a NUL in it
# A step that fails gives nothing: it is taken again in 256 smaller ones, and the one of these that fails byte by byte.
FINER_STEPS_BYTES: Final = (512, 1)
MOST_AGAIN: Final = 5  # times a damaged file is read over, in all, to find where it can be read again
FREE_AGAIN_BYTES: Final = 1 << 26  # and so much besides, for many small frames
TRIED_BYTES: Final = 1 << 20  # of packed data, to see whether a frame begins there: bzip2's blocks are of 900 kB
CREDIBLE_BYTES: Final = 64  # of plain text, by which a frame is believed


class PackedError(Exception):
    """Packed data are damaged, or end too early."""


class BombError(PackedError):
    """Packed data grow so much that they are no log."""


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
