"""Files of options and of rules: TOML, of a bounded size, whose every fault has a place."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from pathlib import Path
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.texts.sentences import Sentence, say

LARGEST_BYTES: Final = 1 << 18
# `tomllib` keeps every beginning of a dotted key: of a thousand parts, half a million. `tool.logdiag.diagnose.x`
# has four.
MOST_PARTS: Final = 32
FAULTS: Final = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError, MemoryError)
FAULT_LINE: Final = compile_later(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
# What is no key: texts of all four kinds, to their end or that of the file, and comments.
QUOTED: Final = compile_later(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|'
    r"'''.*?(?:'''|\Z)|"
    r'"(?:\\.|[^"\\\n])*(?:"|$|\Z)|'
    r"'[^'\n]*(?:'|$|\Z)|#[^\n]*",
    re.DOTALL | re.MULTILINE,
)
LONG_KEY: Final = compile_later(rf"(?<![\w-])(?:[\w-]+[ \t]*\.[ \t]*){{{MOST_PARTS}}}")


class TomlError(Exception):
    """A text is not valid TOML; `line` counts from 1, `why` says what is wrong."""

    def __init__(self, line: int, why: str | Sentence) -> None:
        super().__init__(line, why)
        self.line = line
        self.why = why


class TooLargeError(Exception):
    """A file is larger than `LARGEST_BYTES`."""


def read_toml(path: Path) -> str:
    """The text of a file. Raises OSError, UnicodeDecodeError and TooLargeError."""
    with path.open("rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise TooLargeError
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a text. Raises TomlError, whatever is wrong."""
    bare = QUOTED.sub(_blank, text)
    if (key := LONG_KEY.search(bare)) is not None:
        raise TomlError(bare.count("\n", 0, key.start()) + 1, say("toml_fault.long_key", most_count=MOST_PARTS))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = FAULT_LINE.search(str(error))
        line = int(found["line"]) if found and found["line"] else len(text.splitlines())
        raise TomlError(line, FAULT_LINE.sub("", str(error))) from error
    except RecursionError as error:
        raise TomlError(_find_line(text, error), say("toml_fault.too_deep")) from error
    except FAULTS as error:
        raise TomlError(_find_line(text, error), str(error)) from error


def _blank(quoted: re.Match[str]) -> str:
    """A text as a part of a key, on as many lines; a comment as nothing."""
    return ("" if quoted[0].startswith("#") else "_") + "\n" * quoted[0].count("\n")


def _find_line(text: str, fault: Exception) -> int:
    """The line at which `tomllib` fails in this way: with the lines before it alone it does not."""
    lines = text.splitlines(keepends=True)

    def fails(count: int) -> bool:
        try:
            tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            return False
        except FAULTS as error:
            return type(error) is type(fault)
        return False

    return bisect_left(range(1, len(lines)), x=True, key=fails) + 1
