"""On which side a file runs: what its surroundings import from Socket.IO, package by package; names are a last hint."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from logdiag.codebase.trees.tree import SourceFile, SourceTree
from logdiag.events import Side

CLIENT_MARKS: Final = re.compile(
    rb"['\"]socket\.io-client['\"]|socketio\.(?:Async)?Client\(|['\"]engine\.io-client['\"]"
)
SERVER_MARKS: Final = re.compile(
    rb"['\"]socket\.io['\"]|socketio\.(?:Async)?Server\(|@WebSocketGateway|['\"]fastify-socket\.io['\"]"
)
CLIENT_NAMES: Final = frozenset(
    {"worker", "workers", "client", "clients", "agent", "agents", "device", "frontend", "web", "app-client"}
)
SERVER_NAMES: Final = frozenset({"master", "server", "servers", "hub", "gateway", "backend", "api"})
NAME: Final = re.compile(r"[a-z]+")


@dataclass
class Sides:
    """Tells sides in a tree."""

    tree: SourceTree

    @cached_property
    def _marks(self) -> dict[str, set[Side]]:
        """The sides that stand in a file or anywhere below a folder, by path."""
        found: dict[str, set[Side]] = defaultdict(set)
        for file in [*self.tree.sources, *(one for one in self.tree.configurations if one.name == "package.json")]:
            marks = _marks_of(file)
            path = file.path
            while marks and path:
                found[path] |= marks
                path = path.rpartition("/")[0]
        return found

    def of(self, file: SourceFile) -> Side | None:
        """The side of a file: its own marks, then those of the nearest folder that has any, then the folder's name."""
        path, top = file.path, file.path[: len(file.path) - len(file.way)].rstrip("/")
        while path:
            marks = self._marks.get(path, set())
            if len(marks) == 1:
                return next(iter(marks))
            if len(marks) == 2 or path == top:
                break
            path = path.rpartition("/")[0]
        return side_by_name(file.way)


def _marks_of(file: SourceFile) -> set[Side]:
    if file.name == "package.json":
        data = file.data
        return {
            side for side, mark in ((Side.CLIENT, b'"socket.io-client"'), (Side.SERVER, b'"socket.io"')) if mark in data
        }
    if b"ocket" not in file.data:  # far faster than either expression
        return set()
    pairs = ((Side.CLIENT, CLIENT_MARKS), (Side.SERVER, SERVER_MARKS))
    return {side for side, marks in pairs if marks.search(file.data)}


def side_by_name(way: str) -> Side | None:
    """The side that the folders and the file of a way are named after, the outermost first."""
    for part in way.lower().split("/"):
        words = set(NAME.findall(part))
        is_client, is_server = bool(words & CLIENT_NAMES), bool(words & SERVER_NAMES)
        if is_client != is_server:
            return Side.CLIENT if is_client else Side.SERVER
    return None
