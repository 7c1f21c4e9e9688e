"""Which language a person reads: the one asked for, else that of the locale, as far as the output can carry it."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from enum import StrEnum
from typing import Final, TextIO

from logdiag.cli import streams


class Language(StrEnum):
    """The languages of the texts."""

    EN = "en"
    ZH = "zh"


ASKED: Final = "LOGDIAG_LANG"  # as for every option: the environment may set it, and the command line comes before
LOCALE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides, as POSIX has it
SAMPLES: Final[Mapping[Language, str]] = {Language.EN: "", Language.ZH: "断开"}


def settle(environ: MutableMapping[str, str], asked: str | None) -> None:
    """Keep which language was asked for, for what is said where no option reaches: help, refusals, progress."""
    if asked in set(Language):
        environ[ASKED] = asked


def find_asked(arguments: Sequence[str]) -> str | None:
    """Return what --lang says, before anything else of the command line is understood."""
    after = [*arguments[1:], None]
    found = [
        following if argument == "--lang" else argument.removeprefix("--lang=")
        for argument, following in zip(arguments, after, strict=False)
        if argument == "--lang" or argument.startswith("--lang=")
    ]
    return found[-1] if found else None


def of_locale(environ: Mapping[str, str]) -> Language:
    """Return the language asked for, else that of the locale: Chinese where it begins with zh, else English."""
    if environ.get(ASKED) in set(Language):
        return Language(environ[ASKED])
    locale = next((environ[name] for name in LOCALE_VARIABLES if environ.get(name)), "")
    return Language.ZH if locale.lower().startswith("zh") else Language.EN


def choose(asked: Language | None, stream: TextIO | None) -> Language:
    """Return the language to write in; English where the stream's encoding lacks the letters. None is a UTF-8 file."""
    language = asked or of_locale(os.environ)
    if stream is None or streams.can_carry(stream, SAMPLES[language]):
        return language
    return Language.EN


def for_data(asked: Language | None) -> Language:
    """Return the language of sentences in JSON, which programs read: English unless another is asked for."""
    return asked or Language.EN
