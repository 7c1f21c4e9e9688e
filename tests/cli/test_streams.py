"""Colour, encodings and closed pipes are decided in one place."""

from __future__ import annotations

import errno
import io
import sys
from typing import TYPE_CHECKING, TextIO

import pytest

from logdiag.cli import streams
from logdiag.errors import OutputError

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Terminal(io.StringIO):
    """A stream with a person at its end."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "arguments", "stream", "expected"),
    [
        ({}, [], Terminal(), True),
        ({}, [], io.StringIO(), False),
        ({}, [], None, False),
        ({}, ["--no-color"], Terminal(), False),
        ({"NO_COLOR": "1"}, [], Terminal(), False),
        ({"NO_COLOR": ""}, [], Terminal(), True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], Terminal(), False),
        ({"FORCE_COLOR": "1"}, [], io.StringIO(), True),
        ({"FORCE_COLOR": "1"}, ["--no-color"], io.StringIO(), False),
        ({"FORCE_COLOR": "0"}, [], io.StringIO(), False),
        ({"FORCE_COLOR": "0"}, [], Terminal(), False),
        ({"FORCE_COLOR": ""}, [], io.StringIO(), False),
        ({"FORCE_COLOR": ""}, [], Terminal(), True),
        ({"TERM": "dumb"}, [], Terminal(), False),
        ({"GITHUB_ACTIONS": "true", "PY_COLORS": "1", "TTY_COMPATIBLE": "1"}, [], io.StringIO(), False),
        ({"GITHUB_ACTIONS": "true", "PY_COLORS": "1", "TTY_COMPATIBLE": "0"}, [], Terminal(), True),
    ],
)
def test_wants_color(
    environ: dict[str, str],
    arguments: list[str],
    stream: TextIO | None,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refusal wins over force, force over the stream, and what a CI sets counts for nothing."""
    settled = {"TERM": "xterm", **environ}
    streams.settle(settled, arguments)
    monkeypatch.setattr("os.environ", settled)
    assert streams.wants_color(stream) is expected


def test_settle_drops_a_width_that_is_no_number() -> None:
    """A TERMINAL_WIDTH that is no number would crash Typer's help."""
    environ = {"TERMINAL_WIDTH": "wide"}
    streams.settle(environ, [])
    assert "TERMINAL_WIDTH" not in environ


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "中 📸 \\ud83d".encode()),
        ("ascii", b"\\u4e2d \\U0001f4f8 \\ud83d"),
        ("cp936", "中".encode("cp936") + b" \\U0001f4f8 \\ud83d"),
    ],
)
def test_encode(encoding: str, expected: bytes) -> None:
    """What an encoding lacks, half characters included, is written as an escape."""
    assert streams.encode("中 📸 \ud83d", encoding) == expected


@pytest.mark.parametrize(
    ("encoding", "name", "has_chinese"),
    [
        ("utf-8", "utf-8", True),
        ("UTF8", "utf-8", True),
        ("cp936", "gbk", True),
        ("ascii", "ascii", False),
        ("x", "utf-8", True),
    ],
)
def test_encoding_of(encoding: str, name: str, has_chinese: bool) -> None:
    """An encoding goes by Python's name for it, an unknown one is taken for UTF-8; some lack Chinese."""

    class Named(io.StringIO):
        @property
        def encoding(self) -> str:  # type: ignore[override]
            return encoding

    assert streams.encoding_of(Named()) == name
    assert streams.can_carry(Named(), "断开") is has_chinese


def test_csv_into_a_pipe_is_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format that prescribes UTF-8 gets it, whatever the locale, and its line ends stay."""
    held = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(held, encoding="ascii"))
    streams.write_stdout("中\r\n", as_utf8=True)
    assert held.getvalue() == "中\r\n".encode()


class Failing(io.RawIOBase):
    """A stream on which every write fails."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.fails = True

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        if self.fails:
            raise OSError(self.number, "it fails")
        return memoryview(data).nbytes


def test_full_disk_is_an_output_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that cannot be written is an OutputError."""
    device = Failing(errno.ENOSPC)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(device), encoding="utf-8"))
    with pytest.raises(OutputError, match="standard output: it fails"):
        streams.write_stdout("text")
    device.fails = False  # from Python 3.13 on, a stream that cannot be flushed complains when it is collected
    monkeypatch.undo()


def test_missing_stdout_is_an_output_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a standard output the remedy is named."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="--output FILE"):
        streams.write_stdout("text")


def test_say_makes_lines_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    """An escape sequence in a message is shown, and lines stay lines."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    streams.say("one\n\x1b[31mtwo")
    assert stderr.getvalue() == "one\n\\x1b[31mtwo\n"


def test_say_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a standard error nothing is said, and nothing fails."""
    monkeypatch.setattr(sys, "stderr", None)
    streams.say("text")


@pytest.mark.parametrize(("columns", "expected"), [("132", 132), ("0", 80), ("wide", 80)])
def test_width(columns: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS decides the width; a file or pipe has 80."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert streams.width_columns(to_file=False) == expected
