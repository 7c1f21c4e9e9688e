"""The files of a source tree: which are read, which are left out and why. Links lead nowhere, bounds hold."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from logdiag.errors import InputError, reason_of
from logdiag.results.code import LeftOut

LANGUAGES: Final = {
    ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx", ".py": "python",
}  # fmt: skip
SKIPPED_FOLDERS: Final = frozenset({
    "node_modules", "bower_components", "jspm_packages", "dist", "build", "out", "coverage", "vendor", "site-packages",
    "__pycache__", "venv",
})  # fmt: skip
CONFIGURATIONS: Final = re.compile(
    r"(?i)^package(-lock)?\.json$|^yarn\.lock$|\.conf$|\.cfg$|\.ya?ml$|\.toml$|^caddyfile(\..*)?$|^requirements.*\.txt$"
)
MINIFIED_NAME: Final = re.compile(r"(?i)[.-](min|bundle|chunk)\.[cm]?js$")
# What holds values that code requires, or that `dotenv` puts into the environment.
DATA: Final = re.compile(r"(?i)^(?!(?:tsconfig|jsconfig|composer|manifest|\.)).*\.json$|^\.env$")
LARGEST_DATA_BYTES: Final = 65_536  # a configuration is small; larger ones are fixtures, translations, maps
TESTS: Final = frozenset(
    {"test", "tests", "__tests__", "spec", "specs", "e2e", "examples", "example", "fixtures", "benchmarks"}
)
LOCKS: Final = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml")
LARGEST_LOCK_BYTES: Final = 50_000_000  # lock files of large applications have some ten megabytes
LARGEST_BYTES: Final = 1_000_000  # of one file; hand-written source is far below, bundles are above
LONGEST_LINE_BYTES: Final = 5_000  # on average over a file: nobody writes so, minifiers do
MOST_FILES: Final = 50_000
MOST_BYTES: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: `path` is the tree as the user named it and the way below it, `way` that way alone, with `/`."""

    path: str
    way: str
    language: str | None
    data: bytes

    @property
    def folder(self) -> str:
        """The way of the folder that it stands in; empty for the top."""
        return self.way.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of its way."""
        return self.way.rpartition("/")[2]


@dataclass(slots=True)
class SourceTree:
    """What lies in the folders: source, configuration and data files by way, and a count of what was left out."""

    sources: list[SourceFile] = field(default_factory=list)
    configurations: list[SourceFile] = field(default_factory=list)
    data: list[SourceFile] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def leave_out(self, reason: str, path: str) -> None:
        """Count a file that is not read."""
        self.reasons[reason] += 1
        self.examples.setdefault(reason, path)

    def list_left_out(self, unparsed: Collection[str] = ()) -> tuple[LeftOut, ...]:
        """What was left out, by reason; `unparsed` are the files that were read, and that no parser could take."""
        rows = [LeftOut(why, count, self.examples[why]) for why, count in self.reasons.items()]
        rows += [LeftOut("unparsed", len(unparsed), min(unparsed))] if unparsed else []
        return tuple(sorted(rows, key=lambda row: row.reason))

    @property
    def sources_bytes(self) -> int:
        """The size of all source files together."""
        return sum(len(file.data) for file in self.sources)


def read_trees(paths: tuple[str, ...]) -> SourceTree:
    """Read the source files below the folders. Raises InputError where a path is none, or nothing there is source."""
    tree = SourceTree()
    bytes_left = MOST_BYTES
    for path in paths:
        top = Path(path)
        if not top.exists():
            raise InputError("source.missing", path=path)
        for file, way in _walk(top, tree):
            shown = _show(path, way)
            data = _read(file, shown, tree, bytes_left)
            if data is None:
                continue
            bytes_left -= len(data)
            language = LANGUAGES.get(file.suffix.lower())
            if language is not None:
                tree.sources.append(SourceFile(shown, way, language, data))
            elif CONFIGURATIONS.search(file.name):
                tree.configurations.append(SourceFile(shown, way, None, data))
            else:
                tree.data.append(SourceFile(shown, way, "json" if file.suffix.lower() == ".json" else None, data))
    if not tree.sources:
        raise InputError("source.nothing", paths=", ".join(paths))
    return tree


def _show(path: str, way: str) -> str:
    return path if Path(path).is_file() else f"{path.rstrip('/') or '/'}/{way}".replace("//", "/")


def _walk(top: Path, tree: SourceTree) -> Iterator[tuple[Path, str]]:
    """The files of interest in a stable order. A link is not followed: it may lead outside, or in circles."""
    if top.is_file():
        yield top, top.name
        return
    try:
        with os.scandir(top) as entries:
            next(entries, None)
    except OSError as error:
        raise InputError("input.unreadable", path=str(top), why=reason_of(error)) from None
    for folder, folders, names in os.walk(top, followlinks=False):
        here = Path(folder)
        for name in sorted(folders):
            if name in SKIPPED_FOLDERS or (here / name).is_symlink():
                tree.leave_out("link" if (here / name).is_symlink() else "folder", str(here / name))
        folders[:] = sorted(
            name for name in folders
            if name not in SKIPPED_FOLDERS and not name.startswith(".") and not (here / name).is_symlink()
        )  # fmt: skip
        for name in sorted(names):
            if Path(name).suffix.lower() in LANGUAGES or CONFIGURATIONS.search(name) or DATA.search(name):
                yield here / name, (here / name).relative_to(top).as_posix()


def _read(file: Path, shown: str, tree: SourceTree, bytes_left: int) -> bytes | None:
    """The bytes of a file, or None where it is left out, counted."""
    is_source = file.suffix.lower() in LANGUAGES
    reason = _refuse(file, tree, bytes_left)
    if reason is None:
        try:
            data = file.read_bytes()
        except OSError:
            reason = "unreadable"
        else:
            if not is_source or not is_minified(data):
                return data
            reason = "minified"
    if is_source:
        tree.leave_out(reason, shown)
    return None


def _refuse(file: Path, tree: SourceTree, bytes_left: int) -> str | None:
    if file.is_symlink() or not file.is_file():
        return "link"
    if MINIFIED_NAME.search(file.name):
        return "minified"
    size_bytes = file.stat().st_size
    if size_bytes > _largest_bytes(file):
        return "large"
    return "bound" if size_bytes > bytes_left or len(tree.sources) >= MOST_FILES else None


def _largest_bytes(file: Path) -> int:
    if file.name in LOCKS:
        return LARGEST_LOCK_BYTES
    is_data = file.suffix.lower() not in LANGUAGES and CONFIGURATIONS.search(file.name) is None
    return LARGEST_DATA_BYTES if is_data else LARGEST_BYTES


def holds_any(data: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether one of these stands in a file; far faster than one expression of them all.

    >>> holds_any(b"setInterval(f, 5)", (b"setTimeout", b"setInterval"))
    True
    """
    for word in words:  # noqa: SIM110  twice as fast as any(), a million times a tree
        if word in data:
            return True
    return False


def is_test(way: str) -> bool:
    """Whether a file is of the tests: what it sets is not in force."""
    *folders, name = way.lower().split("/")
    return bool(TESTS & set(folders)) or ".test." in name or ".spec." in name or name.startswith("test_")


def is_minified(data: bytes) -> bool:
    """Whether a file's lines are longer than anyone writes them.

    >>> is_minified(b"var a=1;" * 2000), is_minified(b"var a = 1;" + bytes([10]))
    (True, False)
    """
    return len(data) > LONGEST_LINE_BYTES * (data.count(b"\n") + 1)
