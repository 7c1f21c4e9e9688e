"""Standard output and standard error: encoding, colour, closed pipes, decided once for all commands."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from logdiag.errors import OutputError, reason_of
from logdiag.renderers.escape import disarm_commands, escape_terminal

PLAIN_WIDTH_COLUMNS: Final = 80
DUMB_TERMINALS: Final = frozenset({"dumb", "unknown"})
NO: Final = frozenset({"0", "false", "no", "off"})
# Each of these makes rich or Typer colour what goes into a pipe or a file.
COLORING_VARIABLES: Final = ("GITHUB_ACTIONS", "PY_COLORS", "TTY_COMPATIBLE")


def settle(environ: MutableMapping[str, str], arguments: Sequence[str]) -> None:
    """Leave in the environment only what rich and Typer understand as we do, and make no character fatal.

    They read it on their own when they print help, each by its own rules: `FORCE_COLOR=0` forces colour, `NO_COLOR`
    keeps bold and links, a `TERMINAL_WIDTH` that is no number crashes.
    """
    for name in COLORING_VARIABLES:
        environ.pop(name, None)
    if environ.get("FORCE_COLOR", "").lower() in NO or "--no-color" in arguments:
        environ["NO_COLOR"] = "1"
    if environ.get("NO_COLOR"):
        environ["TERM"] = "dumb"
        environ.pop("FORCE_COLOR", None)
    if not environ.get("FORCE_COLOR"):
        environ.pop("FORCE_COLOR", None)
    if not environ.get("TERMINAL_WIDTH", "").isdecimal():
        environ.pop("TERMINAL_WIDTH", None)
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def make_whole(stream: TextIO | None) -> TextIO | None:
    """Return a stream that writes all it is given, or fails; for the process's own, which it takes over.

    `python -u` and PYTHONUNBUFFERED, usual in containers, put text right onto the system's own write, which takes what
    the disk has room for and says how much; nobody asks, and the rest is lost without a word.
    """
    raw = getattr(stream, "buffer", None)
    if stream is None or not isinstance(raw, io.RawIOBase):
        return stream
    whole = io.BufferedWriter(raw)
    return io.TextIOWrapper(whole, encoding=stream.encoding, errors=stream.errors, line_buffering=True)


def wants_color(stream: TextIO | None) -> bool:
    """Tell whether a settled environment and this stream ask for colour."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM", "").lower() not in DUMB_TERMINALS and _understands_escapes()


def _understands_escapes() -> bool:
    """Consoles before Windows 10 print escape sequences as they stand."""
    if sys.platform != "win32":
        return True
    from rich.console import detect_legacy_windows

    return not detect_legacy_windows()


def is_terminal(stream: TextIO | Any | None) -> bool:
    """Tell whether a person sits at the other end; a closed or missing stream is none."""
    try:
        return bool(stream is not None and stream.isatty())
    except ValueError:
        return False


def width_columns(*, to_file: bool) -> int:
    """Return the width to write for: COLUMNS, else that of the terminal, else 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    if to_file or not is_terminal(sys.stdout):
        return PLAIN_WIDTH_COLUMNS
    return shutil.get_terminal_size((PLAIN_WIDTH_COLUMNS, 24)).columns


def can_carry(stream: TextIO | None, text: str) -> bool:
    """Tell whether the stream's encoding has every character of a text."""
    try:
        text.encode(encoding_of(stream))
    except UnicodeEncodeError:
        return False
    return True


def encoding_of(stream: TextIO | None) -> str:
    """Return the name by which Python knows a stream's encoding; UTF-8 where there is none, or an unheard-of one."""
    try:
        return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name
    except LookupError:
        return "utf-8"


def encode(text: str, encoding: str) -> bytes:
    """Encode without loss: what the encoding lacks is written as an escape; JSON is plain ASCII as it comes."""
    return text.encode(encoding, "backslashreplace")


def write_stdout(text: str, *, as_utf8: bool = False) -> None:
    """Write a result to standard output, line ends as they are; a reader who has left is no error.

    Raises OutputError. `as_utf8` is for formats that prescribe it: into a file or pipe they go as such.
    """
    write_pieces((text,), as_utf8=as_utf8)


def write_pieces(pieces: Iterable[str], *, as_utf8: bool = False) -> None:
    """Write a result piece by piece, as `write_stdout` does; when the reader leaves, no further piece is asked for."""
    if sys.stdout is None:
        raise OutputError("output.stdout_closed")
    encoding = "utf-8" if as_utf8 and not is_terminal(sys.stdout) else encoding_of(sys.stdout)
    flush_stdout()
    for piece in pieces:
        if not _write_bytes(encode(piece, encoding), encoding):
            return
    flush_stdout()


def write_at_once(pieces: Iterable[str]) -> bool:
    """Write pieces that come in the course of time, and let nothing lie; False if nobody reads them any more.

    Raises OutputError.
    """
    if sys.stdout is None:
        raise OutputError("output.stdout_closed")
    encoding = encoding_of(sys.stdout)
    for piece in pieces:
        if not _write_bytes(encode(piece, encoding), encoding):
            return False
    with _writing() as reader:
        sys.stdout.flush()
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.flush()
    return reader.is_there


def _write_bytes(data: bytes, encoding: str) -> bool:
    """Write to what lies below standard output; False if nobody reads it any more."""
    with _writing() as reader:
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(data.decode(encoding))
    return reader.is_there


@dataclass(slots=True)
class _Reader:
    """Whether somebody reads standard output."""

    is_there: bool = True


@contextlib.contextmanager
def _writing() -> Iterator[_Reader]:
    reader = _Reader()
    try:
        yield reader
    except OSError as error:
        discard_stdout()
        if not is_closed_pipe(error):
            raise OutputError("output.stdout_fails", why=reason_of(error)) from error
        reader.is_there = False


def flush_stdout() -> None:
    """Bring out what Typer has printed, so that a failure is ours to report. Raises OutputError."""
    if sys.stdout is not None:
        with _writing():
            sys.stdout.flush()


def is_closed_pipe(error: BaseException) -> bool:
    """Tell whether the reader has gone; Windows says "invalid argument" for it."""
    gone = {errno.EPIPE, errno.ESHUTDOWN} | ({errno.EINVAL} if sys.platform == "win32" else set())
    return isinstance(error, OSError) and error.errno in gone


def discard_stdout() -> None:
    """Send the rest to nowhere, or the interpreter would complain of it at its end and change the exit code."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)


def say(text: str) -> None:
    """Write lines to standard error, made harmless; if nobody can read it, there is nobody to tell."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(disarm_commands("".join(f"{escape_terminal(line)}\n" for line in text.split("\n"))))
        sys.stderr.flush()
