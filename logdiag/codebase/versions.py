"""Which version of a package is installed: as its lock file says, else the range that its manifest asks for."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from logdiag.codebase.trees.tree import LOCKS, SourceFile, SourceTree

Version = tuple[int, int]
LAST: Final = 10_000  # stands for the newest minor or major version there is
NUMBER: Final = re.compile(r"(\d+)(?:\.(\d+))?")
REQUIREMENT: Final = "(?im)^[ \\t\"']*{package}[ \\t]*(==|~=|>=|<)?[ \\t]*([\\d.]*)"


class Versions(NamedTuple):
    """The first and last version that may run, as (major, minor); the same where it is known."""

    first: Version
    last: Version


def find_versions(tree: SourceTree, file: SourceFile, package: str) -> Versions | None:
    """The versions of a package that a file may meet, by the nearest folder that says so; None where none does."""
    by_path = {one.path: one for one in tree.configurations}
    folder = file.path.rpartition("/")[0]
    asked: Versions | None = None
    while folder:
        found = _read_folder(by_path, folder, package)
        if found is not None and found.first == found.last:
            return found
        asked = asked or found
        folder = folder.rpartition("/")[0]
    return asked


def _read_folder(by_path: dict[str, SourceFile], folder: str, package: str) -> Versions | None:
    for name in LOCKS:
        lock = by_path.get(f"{folder}/{name}")
        if lock is not None and (locked := read_lock(lock.data, package)) is not None:
            return Versions(locked, locked)
    manifest = by_path.get(f"{folder}/package.json")
    asked = None if manifest is None else _asked(manifest.data, package)
    if asked is not None:
        return read_range(asked)
    names = [
        path for path in by_path if path.rpartition("/")[0] == folder and path.endswith((".txt", "pyproject.toml"))
    ]
    return next((found for path in names if (found := _required(by_path[path].data, package)) is not None), None)


def read_lock(data: bytes, package: str) -> Version | None:
    """The version that package-lock.json, yarn.lock or pnpm-lock.yaml holds.

    >>> read_lock(b'"node_modules/socket.io": { "version": "2.4.1" }', "socket.io")
    (2, 4)
    """
    name = re.escape(package.encode())
    for form in (
        rb'"(?:node_modules/)?' + name + rb'"\s*:\s*\{\s*"version"\s*:\s*"(\d+)\.(\d+)',
        rb'(?m)^"?' + name + rb'@[^\n]*:\r?\n\s+version:?\s+"?(\d+)\.(\d+)',
        rb"(?m)^\s+['\"]?/?" + name + rb"[@/](\d+)\.(\d+)[^\n]*:\s*$",
    ):
        match = re.search(form, data)
        if match is not None:
            return int(match[1]), int(match[2])
    return None


def read_range(text: str) -> Versions | None:
    """The versions that a range of npm allows.

    >>> read_range("^2.3.0")
    Versions(first=(2, 3), last=(2, 10000))
    >>> read_range("~4.1.0") == read_range("4.1.3"), read_range("latest")
    (True, None)
    """
    match = NUMBER.search(text)
    if match is None:
        return None
    major, minor = int(match[1]), int(match[2] or 0)
    bare = text.strip()
    if bare.startswith(">"):
        return Versions((major, minor), (LAST, 0))
    is_open = bare.startswith("^") or match[2] is None
    return Versions((major, minor), (major, LAST if is_open else minor))


def _asked(data: bytes, package: str) -> str | None:
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for key in ("dependencies", "devDependencies", "peerDependencies") if isinstance(whole, dict) else ():
        rows = whole.get(key)
        if isinstance(rows, dict) and isinstance(version := rows.get(package), str):
            return version
    return None


def _required(data: bytes, package: str) -> Versions | None:
    """What requirements.txt or pyproject.toml asks for."""
    match = re.search(REQUIREMENT.format(package=re.escape(package)), data.decode("utf-8", "replace"))
    if match is None or not match[2] or match[1] == "<":
        return None
    return read_range({"==": "", "~=": "^"}.get(match[1], ">") + match[2])
