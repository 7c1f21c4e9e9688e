"""The form of a result where none is asked for: the ending of the file that it goes to says it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePath
from typing import Final, TypeVar

FORM = TypeVar("FORM", bound=StrEnum)
# Ending of a file → values of the enumerations in `options`; a command offers some of them.
ENDINGS: Final[Mapping[str, str]] = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".xml": "junit",
    ".sarif": "sarif",
}


def find_form(output: str | None) -> str | None:
    """Return the form that the name of a file asks for; None if it asks for none."""
    return ENDINGS.get(PurePath(output).suffix.lower()) if output else None


def choose(asked: FORM | None, output: str | None, forms: type[FORM]) -> FORM:
    """Return the form asked for, else that of the file's ending, as far as `forms` has it, else the first of them."""
    by_ending = find_form(output)
    if asked is None and by_ending in set(forms):
        return forms(by_ending)
    return asked or next(iter(forms))
