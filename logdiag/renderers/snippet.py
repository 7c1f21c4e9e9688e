"""The flight recorders: code for an application to log what reports miss, from the files of `snippets/`."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from logdiag.renderers.json import envelope, write_json
from logdiag.renderers.phrases import Phrases

SIDES: Final = ("client", "server")
LANGUAGES: Final = ("js", "ts")
COMMENTS: Final = ("client", "server", "packet", "event", "attachment", "settings", "process")


@dataclass(frozen=True, slots=True)
class ClosedSpot:
    """A blind spot of reports, and the line of the recorder, counted from 1, that closes it."""

    blind_spot: str
    line: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """The recorder of one side in one language."""

    side: str
    language: str
    code: str
    closes: tuple[ClosedSpot, ...]


def read_snippet(side: str, language: str, *, spoken: str = "en") -> Snippet:
    """The recorder of one of `SIDES` in one of `LANGUAGES`, its comments in the language that a person speaks."""
    code = _translate(_read(f"{side}.{language}"), Phrases(spoken))
    rows = [row for row in _list_closes() if row["side"] == side]
    return Snippet(side, language, code, tuple(ClosedSpot(row["blind_spot"], _find(code, row["line"])) for row in rows))


def render_json(snippet: Snippet, *, generated_at: datetime, version: str) -> str:
    """Write a recorder as the one object of docs/contracts.md, 2."""
    document: dict[str, Any] = envelope("snippet", generated_at=generated_at, version=version)
    return write_json(document | asdict(snippet))


def _translate(code: str, phrases: Phrases) -> str:
    """Put the comments, which stand in English in the files, into another language."""
    english = Phrases("en")
    for key in COMMENTS:
        code = code.replace(f"// {english.text(f'recorder.{key}')}\n", f"// {phrases.text(f'recorder.{key}')}\n")
    return code


@cache
def list_sides(blind_spot: str) -> tuple[str, ...]:
    """The sides whose recorder closes a blind spot; none where no recorder does."""
    return tuple(row["side"] for row in _list_closes() if row["blind_spot"] == blind_spot)


@cache
def _list_closes() -> tuple[dict[str, str], ...]:
    return tuple(tomllib.loads(_read("closes.toml"))["closes"])


def _read(name: str) -> str:
    return resources.files("logdiag").joinpath("snippets", name).read_text(encoding="utf-8")


def _find(code: str, text: str) -> int:
    """The number of the first line that holds a text."""
    return code[: code.index(text)].count("\n") + 1
