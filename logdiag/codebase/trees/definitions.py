"""A value that a name may stand for, and those that were found already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from logdiag.codebase.trees.modules import Module

if TYPE_CHECKING:
    from tree_sitter import Node


class Definition(NamedTuple):
    """A value and the module that it stands in; `node` is None for the module itself."""

    module: Module
    node: Node | None
    is_guess: bool = False


@dataclass(slots=True)
class DefinitionCache:
    """What was found already, as long as no other file is parsed: that may tell more."""

    _parsed_count: int = 0
    _rows: dict[tuple[int, int], list[Definition]] = field(default_factory=dict)

    def get(self, key: tuple[int, int], generation: int) -> list[Definition] | None:
        """The definitions of a node at a depth, or None."""
        return self._rows.get(key) if generation == self._parsed_count else None

    def put(self, key: tuple[int, int], found: list[Definition], generation: int) -> None:
        """Keep them; all older ones are forgotten where another file was parsed."""
        if generation != self._parsed_count:
            self._rows.clear()
            self._parsed_count = generation
        self._rows[key] = found
