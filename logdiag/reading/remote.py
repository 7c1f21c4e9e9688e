"""Logs that lie elsewhere: what a URL names, as a path like any other, and its bytes."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from logdiag.deferred import compile_later
from logdiag.errors import InputError, reason_of
from logdiag.texts.sentences import Sentence, say

URL: Final = compile_later(r"[A-Za-z][A-Za-z0-9+.\-]+://")  # one letter before the colon is a drive
URL_IN_TEXT: Final = compile_later(URL.pattern + r"[^\s'\"<>]+")
USER: Final = compile_later(r"(?<=://)[^/?]*@")
HIDDEN: Final = "***"


def is_url(text: str) -> bool:
    """Whether a path is not one of this machine: `s3://bucket/logs`, `https://host/x.log`."""
    return URL.match(text) is not None


def mask_secrets(text: str) -> str:
    """A text in which no URL has a user, a password or a query (which may be a signature) any more: `***` instead."""
    return URL_IN_TEXT.sub(_mask_url, text)


def _mask_url(match: re.Match[str]) -> str:
    place, mark, _ = match[0].partition("?")
    return USER.sub(f"{HIDDEN}@", place) + (mark and mark + HIDDEN)


def find_place(text: str) -> Path:
    """A path of this machine or, for a URL, one that fsspec opens. Raises InputError if fsspec cannot."""
    if not is_url(text):
        return Path(text)
    _keep_logs_of_libraries()
    try:
        with asking_remotely():
            from upath import UPath  # noqa: PLC0415  only where it is asked for

            return cast("Path", UPath(text))
    except OSError as error:
        raise InputError("input.unreadable", path=mask_secrets(text), why=reason_of(error)) from error


def _keep_logs_of_libraries() -> None:
    """Keep off standard error what libraries log of failures: the InputError says it, and tells no secret."""
    if not logging.root.handlers:  # then Python writes warnings and errors there
        logging.root.addHandler(logging.NullHandler())


@contextmanager
def asking_remotely() -> Iterator[None]:
    """Failures of fsspec and of the libraries below it, whatever they are, become OSErrors that tell no secret."""
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        raise OSError(say("input.needs_remote", why=error)) from None
    except OSError as error:
        why = reason_of(error)
        raise OSError(why if isinstance(why, Sentence) else mask_secrets(str(why))) from None
    except Exception as error:
        raise OSError(mask_secrets(f"{type(error).__name__}: {error}")) from None


def list_remote(top: Path) -> Iterator[Path]:
    """The files below a remote folder but for hidden ones, in a stable order."""
    place = cast("Any", top)
    found = [folder / name for folder, _, names in place.walk() for name in names]
    for path in sorted(found, key=str):
        if not any(part.startswith(".") for part in path.relative_to(place).parts):
            yield path


def open_bytes(path: Path) -> io.BufferedReader:
    """The bytes of a file, wherever it lies. Raises OSError."""
    if isinstance(path, Path):
        return path.open("rb")
    return io.BufferedReader(_RemoteFile(path))


class _RemoteFile(io.RawIOBase):
    """A remote file whose failures, whatever library they come from, are OSErrors."""

    def __init__(self, path: Any) -> None:
        with asking_remotely():
            self._handle: BinaryIO = path.open("rb")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with asking_remotely():
            return self._handle.seek(offset, whence)

    def tell(self) -> int:
        return self._handle.tell()

    def readinto(self, buffer: Any) -> int:
        with asking_remotely():
            data = self._handle.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._handle.close()
        super().close()
