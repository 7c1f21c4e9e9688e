"""What was perhaps meant by a path that is not there, and what lies where it was looked for."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Final

from logdiag.errors import InputError
from logdiag.reading.labels import show_path
from logdiag.texts.sentences import say

NAMED: Final = 12  # a choice: as many names are read at a glance
LOOKED_AT: Final = 1000  # a choice: names of a folder; each is compared letter by letter, which takes some 20 µs
LIKENESS: Final = 0.6  # the share of letters alike that difflib takes by default


def refuse_missing(path: Path) -> InputError:
    """Say that a path of this machine is not there, with those alike beside it, else with all that lies there."""
    folder, rest = _split(path)
    names = _list_names(folder)
    spelled = {name.lower(): name for name in names}
    alike = get_close_matches(rest[0].lower(), spelled, n=3, cutoff=LIKENESS) if rest else []
    found = [folder / spelled[name] for name in alike]
    near = tuple(_show(_join(one, rest[1:])) for one in found if one.exists())  # a link may lead nowhere
    if near:
        return InputError("input.missing_but", path=show_path(path), near=near)
    return _refuse("input.missing", "input.missing_there", show_path(path), folder, names)


def refuse_unmatched(pattern: str) -> InputError:
    """Say that nothing matches a pattern, with what lies in its folder; of a folder that is not there, that alone."""
    parts = Path(pattern).parts
    plain_count = next((number for number, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    folder = Path(*parts[:plain_count])
    if not folder.is_dir():
        return refuse_missing(folder)
    return _refuse("input.unmatched", "input.unmatched_there", pattern, folder, _list_names(folder))


def _refuse(key: str, key_with_names: str, asked: str, folder: Path, names: Sequence[str]) -> InputError:
    if not names:
        return InputError(key, path=asked, folder=_show(folder))
    known = tuple(_show(folder / name).removeprefix(_show(folder)) for name in names[:NAMED])
    left_count = len(names) - NAMED
    more = (say("names.more", left_count=left_count),) if left_count > 0 else ()
    return InputError(key_with_names, path=asked, folder=_show(folder), known=(*known, *more))


def _split(path: Path) -> tuple[Path, Sequence[str]]:
    """The deepest folder of a path that is there, and the names that follow it."""
    folder = next((above for above in path.parents if _is_folder(above)), Path())
    return folder, path.relative_to(folder).parts if folder in path.parents else path.parts


def _join(found: Path, rest: Sequence[str]) -> Path:
    """The rest of a path in what was found, as far as it is there."""
    whole = found.joinpath(*rest)
    return whole if whole.exists() else found


def _list_names(folder: Path) -> list[str]:
    """The names in a folder, sorted, but for hidden ones, which are not read; none if it cannot be entered."""
    try:
        with os.scandir(folder) as entries:
            return sorted(islice(_name_visible(entries), LOOKED_AT))
    except OSError:
        return []


def _name_visible(entries: Iterator[os.DirEntry[str]]) -> Iterator[str]:
    return (entry.name for entry in entries if not entry.name.startswith("."))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _show(path: Path) -> str:
    """A path with a slash behind a folder; here is `./`."""
    text = show_path(path)
    return f"{text}/" if _is_folder(path) and not text.endswith("/") else text
