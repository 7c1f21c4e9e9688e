"""All modules of the trees: parsed when somebody asks for them, found by path, by import and by what they define."""

from __future__ import annotations

import heapq
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from logdiag.codebase.trees.modules import Function, Module, read_module
from logdiag.codebase.trees.syntax import argument, read_string
from logdiag.codebase.trees.tree import SourceFile, SourceTree

if TYPE_CHECKING:
    from tree_sitter import Node

ENDINGS: Final = (
    "",
    ".js",
    ".ts",
    ".mjs",
    ".cjs",
    ".tsx",
    ".jsx",
    "/index.js",
    "/index.ts",
    "/index.mjs",
    "/index.cjs",
    ".json",
)
# A line that begins a function, method or field holding one; read from bytes to learn which files are worth parsing.
DEFINES: Final = re.compile(
    rb"(?m)^[ \t]*(?:(?:export|default|async|static|public|private|protected|function|def|const|let|var)[ \t]+)*"
    rb"\*?([A-Za-z_$][\w$]*)[ \t]*(?:\(|[:=][ \t]*(?:async[ \t]*)?(?:function|\())"
)
# A line of `.env`: name, value.
SETS: Final = re.compile(
    rb"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*[\"']?([^\"'#\r\n]*?)[\"']?[ \t]*(?:#.*)?\r?$"
)
LONGEST_ARGUMENT_SEARCH: Final = 24  # calls of one name that are looked at for an argument, the nearest
LONGEST_HEARING: Final = 2_000  # calls that listen to one event in all files


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Parsed:
    modules: dict[str, Module] = field(default_factory=dict)
    functions: dict[str, list[Function]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[tuple[Module, Node]]] = field(default_factory=lambda: defaultdict(list))
    hearings: dict[str, list[tuple[Module, Node]]] = field(default_factory=lambda: defaultdict(list))


class Application:
    """The trees as one: modules by path, functions and calls by name among those parsed so far."""

    def __init__(self, tree: SourceTree, files: dict[str, Module | None] | None = None) -> None:
        self.tree = tree
        self._by_path = {file.path: file for file in (*tree.sources, *(one for one in tree.data if one.language))}
        self._parsed = _Parsed()
        self._files: dict[str, Module | None] = {} if files is None else files  # by path; None cannot be parsed
        self._failed: set[str] = set()
        self._near: dict[tuple[str, str, int], list[tuple[Module, Node]]] = {}

    def start_anew(self) -> Application:
        """The same trees with nothing parsed as yet; what is parsed in one need not be parsed again in the other."""
        return Application(self.tree, self._files)

    @property
    def unparsed(self) -> frozenset[str]:
        """The paths of the files that no parser could take."""
        return frozenset(self._failed)

    @property
    def modules(self) -> tuple[Module, ...]:
        """The modules parsed so far, in the order of their paths."""
        return tuple(self._parsed.modules[path] for path in sorted(self._parsed.modules))

    def load(self, files: Iterable[SourceFile]) -> None:
        """Parse these files."""
        for file in files:
            self.module(file.path)

    def module(self, path: str) -> Module | None:
        """The module of a path, parsed when it is first asked for; None where there is none or it cannot be parsed."""
        found = self._parsed.modules.get(path)
        if found is not None or path in self._failed or path not in self._by_path:
            return found
        if path not in self._files:
            self._files[path] = _read(self._by_path[path])
        module = self._files[path]
        if module is None:
            self._failed.add(path)
        else:
            self._index(path, module)
        return module

    def _index(self, path: str, module: Module) -> None:
        parsed = self._parsed
        parsed.modules[path] = module
        for function in module.functions:
            if function.name:
                parsed.functions[function.name].append(function)
        for name, calls in module.called.items():
            parsed.calls[name] += [(module, call) for call in calls]
        for call in module.called.get("on", ()):
            said = argument(call, 0)
            event = None if said is None else read_string(said)
            if event is not None:
                parsed.hearings[event].append((module, call))

    @cached_property
    def _definers(self) -> dict[bytes, list[str]]:
        """The paths of the files that define a name, read off the bytes of all files at once."""
        found: dict[bytes, list[str]] = defaultdict(list)
        for file in self.tree.sources:
            for name in set(DEFINES.findall(file.data)):
                found[name].append(file.path)
        return found

    def functions_named(self, name: str, *, most: int) -> list[Function]:
        """All functions of a name in all files; none where more than `most` files define it, for it tells nothing."""
        paths = self._definers.get(name.encode(), [])
        if len(paths) > most:
            return []
        for path in paths:
            self.module(path)
        return self._parsed.functions.get(name, [])

    def hearings_of(self, event: str) -> list[tuple[Module, Node]]:
        """The calls that listen to an event of this name, `on('…')`, among the modules parsed so far."""
        return self._parsed.hearings.get(event, [])[:LONGEST_HEARING]

    @property
    def generation(self) -> int:
        """How many modules are parsed: what was found with fewer may not be all."""
        return len(self._parsed.modules)

    def calls_near(self, name: str, module: Module) -> list[tuple[Module, Node]]:
        """The calls of a name that stand nearest to a module: in itself, in its folder, in the folders around it."""
        rows = self._parsed.calls.get(name, [])
        if len(rows) <= LONGEST_ARGUMENT_SEARCH:
            return rows
        key = (name, module.file.path, len(rows))
        if key not in self._near:
            shared = {path: _count_shared(module.file.path, path) for path in {row[0].file.path for row in rows}}
            ranked = heapq.nsmallest(LONGEST_ARGUMENT_SEARCH, rows, key=lambda row: -shared[row[0].file.path])
            self._near[key] = ranked
        return self._near[key]

    def imported(self, module: Module, target: str) -> Module | None:
        """The module that an import or require in another one means; None for packages."""
        if module.is_python:
            return self._python_module(module, target)
        top = module.file.path[: len(module.file.path) - len(module.file.way)]
        if not target.startswith("."):
            return self._by_package(target)
        base = posixpath.normpath(posixpath.join(module.file.folder, target))
        bases = [base] + [base[: -len(end)] for end in (".js", ".mjs", ".cjs") if base.endswith(end)]
        candidates = (top + start + ending for start in bases for ending in ENDINGS)
        path = next((path for path in candidates if path in self._by_path), None)
        return None if path is None else self.module(path)

    def find_configured(self, module: Module) -> Module | None:
        """What the package `config` gives a module: `config/default.json` of the nearest folder around it."""
        return next((found for folder in _folders(module.file)
                     if (found := self.module(f"{folder}/config/default.json")) is not None), None)  # fmt: skip

    def find_environment(self, module: Module, name: str) -> str | None:
        """What the nearest `.env` around a module sets a variable to."""
        rows = (self._environments.get(f"{folder}/.env", {}).get(name) for folder in _folders(module.file))
        return next((text for text in rows if text is not None), None)

    @cached_property
    def _environments(self) -> dict[str, dict[str, str]]:
        files = (file for file in self.tree.data if file.name == ".env")
        return {
            file.path: {match[1].decode(): match[2].decode("utf-8", "replace") for match in SETS.finditer(file.data)}
            for file in files
        }

    def _python_module(self, module: Module, target: str) -> Module | None:
        top = module.file.path[: len(module.file.path) - len(module.file.way)]
        bare = target.lstrip(".")
        folder = module.file.folder
        for _ in range(len(target) - len(bare) - 1):
            folder = posixpath.dirname(folder)
        ways = [posixpath.join(folder, bare.replace(".", "/")), bare.replace(".", "/")]
        paths = (f"{top}{way.strip('/')}{ending}" for way in ways for ending in (".py", "/__init__.py"))
        path = next((path for path in paths if path in self._by_path), None)
        return None if path is None else self.module(path)

    def _by_package(self, target: str) -> Module | None:
        """The module of a package that lies in the trees itself (`@hub/shared/config`), by its last folders."""
        way = target.partition("/")[2] if target.startswith("@") else target
        if "/" not in way and not target.startswith("@"):
            return None
        paths = [path for path in self._packages.get(way.rpartition("/")[2], ()) if _strip(path).endswith(f"/{way}")]
        return self.module(paths[0]) if len(paths) == 1 else None

    @cached_property
    def _packages(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in self._by_path:
            found[_strip(path).rpartition("/")[2]].append(path)
        return found


def _folders(file: SourceFile) -> Iterator[str]:
    """The folder of a file and those around it, the innermost first, down to the tree's own."""
    folder, top = file.path.rpartition("/")[0], file.path[: len(file.path) - len(file.way)].rstrip("/")
    while len(folder) >= len(top) and folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _read(file: SourceFile) -> Module | None:
    try:
        return read_module(file)
    except (ValueError, RecursionError, MemoryError):  # one file that no parser can take costs that file
        return None


def _count_shared(one: str, other: str) -> int:
    """The characters at the beginning of two paths that are the same."""
    return len(posixpath.commonprefix((one, other)))


def _strip(path: str) -> str:
    """A path without its ending and without `/index` and `/src`."""
    bare = path.rpartition(".")[0].removesuffix("/index").removesuffix("/src")
    return bare.replace("/src/", "/")
