"""Calls that emit: which event they name, and whether all that is sent is a sign of life."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from logdiag.codebase.trees.modules import Function
from logdiag.codebase.trees.syntax import (
    argument,
    called_chain,
    read_string,
)

if TYPE_CHECKING:
    from tree_sitter import Node

SIGN_OF_LIFE: Final = re.compile(r"(?i)heart_?beat|keep_?alive|\bping\b|心跳")


def is_emit(call: Node) -> bool:
    """Whether a call is an emit with an event's name."""
    return called_chain(call)[-1] in ("emit", "emitWithAck") and argument(call, 0) is not None


def event_of(call: Node) -> str | None:
    """The name of the event that a call emits, if it is a text in the code."""
    first = argument(call, 0)
    return None if first is None else read_string(first)


def is_sign_of_life(function: Function, sends: list[Node]) -> bool:
    """Whether all that is sent is a sign of life: it need not be kept."""
    said = [event_of(call) or "" for call in sends]
    return bool(SIGN_OF_LIFE.search(function.label)) or all(SIGN_OF_LIFE.search(event) for event in said)
