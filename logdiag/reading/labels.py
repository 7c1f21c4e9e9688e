"""What a log is called: its place as it is shown, the folder that it belongs to, the service that writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple
from unicodedata import category

from logdiag.deferred import compile_later
from logdiag.reading.archives import (
    ArchivedLog,
)
from logdiag.reading.remote import mask_secrets
from logdiag.reading.streams import Held, LogFile

COPY_NAME: Final = compile_later(r"(?:^|[-_./])(?:errors?|err|out)(?![a-z])[^/]*$", re.IGNORECASE)
INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
ROTATION: Final = (
    compile_later(r"\.(gz|zst|zstd|xz|bz2)$", re.IGNORECASE),
    compile_later(r"\.\d+$"),
    compile_later(r"[-_.]+\d{4}-?\d{2}-?\d{2}([T_-]\d{2}([-_:]?\d{2}){0,2})?(\.\d+)?$"),
    compile_later(r"\.(log|jsonl|ndjson|json|txt|out|err)$", re.IGNORECASE),
)


class PlacedLog(NamedTuple):
    """A log, not yet labelled: `folder` is the one that it is in, or would be in if its archive were one."""

    path: Path
    shown: str
    folder: Path
    name: str
    size_bytes: int
    entry: ArchivedLog | None = None


def show_path(path: Path) -> str:
    """The path as the user gave it but for secrets, with forward slashes; what does not print is written out."""
    text = escape_name(path.as_posix())
    return text if isinstance(path, Path) else mask_secrets(text)


def escape_name(text: str) -> str:
    """A name on one line: controls, line ends, and bytes that are no text, are written out."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode() if category(character) in INVISIBLE_CATEGORIES else character
        for character in text
    )


def label_logs(found: Sequence[PlacedLog]) -> list[LogFile]:
    """Name the folder of each file: relative to what all folders share, or by its own name if there is one."""
    labels = _name_folders(sorted({log.folder for log in found}, key=str))
    files = [
        LogFile(
            name,
            log.path,
            labels[log.folder],
            name_service(log.name),
            log.size_bytes,
            member=None if log.entry is None else log.entry.member,
            held=Held(None) if log.entry is None else log.entry.held,
        )
        for log, name in zip(found, _number([log.shown for log in found]), strict=True)
    ]
    return sorted(_strip_maxsize_digits(files), key=lambda file: (file.source, file.service, file.path))


def name_file(path: Path) -> str:
    """The name of a file without the query of its URL."""
    return path.name if isinstance(path, Path) else path.name.partition("?")[0]


def _number(names: Sequence[str]) -> list[str]:
    """The names, no two alike: of those that differ in their secrets alone, all but the first are numbered."""
    shown: dict[str, None] = {}
    for text in names:
        name, number = text, 2
        while name in shown:
            name, number = f"{text} #{number}", number + 1
        shown[name] = None
    return list(shown)


def _name_folders(folders: list[Path]) -> dict[Path, str]:
    """A label for each folder, no two alike."""
    shared = folders[0] if len(folders) == 1 else _shared_folder(folders)
    labels = {folder: _relative(folder, shared) for folder in folders}
    if shared in labels:
        own = escape_name(shared.name) or "logs"
        labels[shared] = f"{own}/." if own in labels.values() else own
    return labels


def _shared_folder(folders: list[Path]) -> Path:
    """The deepest folder that all are in; none if they lie on different drives or machines."""
    chains = [(folder, *folder.parents) for folder in folders]
    shared = (folder for folder in chains[0] if all(folder in chain for chain in chains)) if chains else iter(())
    return next(shared, Path())


def _relative(folder: Path, shared: Path) -> str:
    try:
        return show_path(folder.relative_to(shared))
    except ValueError:
        return show_path(folder)


def name_service(file_name: str) -> str:
    """The service that a file name stands for: `socket-client-2025-11-14.log.gz` -> `socket-client`."""
    name = file_name
    changed = True
    while changed:
        changed = False
        for mark in ROTATION:
            shorter = mark.sub("", name)
            if shorter and shorter != name:
                name, changed = shorter, True
    return name.strip("-_.") or file_name


def is_copy_name(path: str) -> bool:
    """Whether a file looks like a by-product (X-error.log, error.log, X-out.log): the other is the better evidence."""
    return COPY_NAME.search(path) is not None


def _strip_maxsize_digits(files: list[LogFile]) -> list[LogFile]:
    """With maxsize, winston writes X.log, X1.log, X2.log: the digit is no part of the name if X stands beside it."""
    known = {(file.source, file.service) for file in files}
    result = []
    for file in files:
        base = re.sub(r"\d+$", "", file.service)
        is_rotated = base and base != file.service and (file.source, base) in known
        result.append(replace(file, service=base) if is_rotated else file)
    return result
