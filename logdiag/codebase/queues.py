"""Queues of messages: which loop sends what waits in one, what empties one, what puts back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from logdiag.codebase.trees.modules import Function
from logdiag.codebase.trees.syntax import (
    CALLS,
    CLASSES,
    LOOPS,
    called_chain,
    chain_of,
    text_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

QUEUE: Final = re.compile(
    r"(?i)queue|pending|buffer|outbox|unsent|backlog|unacked|offline|retry|failed|待发|(message|msg|event|send)(s|_?list)$"
)
ATTEMPTS: Final = re.compile(r"(?i)attempt|tries|retries|byteLength|maxSize|max_size|sleep|delay|setTimeout|ack")
CLEARS: Final = frozenset({"clear", "splice", "shift", "pop", "popleft"})


def find_queue_loop(function: Function, call: Node) -> Node | None:
    """The loop over something queued in which a call stands, within its function; None where it takes precautions."""
    around = call.parent
    while around is not None and around.id != function.node.id and around.type not in CLASSES:
        head = _loop_head(around)
        if head is not None:
            is_careful = ATTEMPTS.search(text_of(around)) is not None
            return around if QUEUE.search(head) and not is_careful else None
        around = around.parent
    return None


def _loop_head(node: Node) -> str | None:
    """What a loop runs over, or as long as; None for what is no loop."""
    if node.type in LOOPS:
        parts = [node.child_by_field_name(name) for name in ("condition", "right")]
        return " ".join(text_of(part) for part in parts)
    chain = called_chain(node) if node.type in CALLS else ()
    return ".".join(chain[:-1]) if chain[-1:] in (("forEach",), ("map",)) else None


def list_queues_around(function: Function, call: Node) -> Iterator[str]:
    """The names of the queue whose items a call sends."""
    loop = _queue_loop_any(function, call)
    head = "" if loop is None else _loop_head(loop) or ""
    yield from (name for name in re.findall(r"[\w$]+", head) if QUEUE.search(name))


def _queue_loop_any(function: Function, call: Node) -> Node | None:
    around = call.parent
    while around is not None and around.id != function.node.id:
        if _loop_head(around) is not None:
            return around
        around = around.parent
    return None


def find_cleared_queue(node: Node) -> str | None:
    """The queue that a node empties: `q = []`, `q.length = 0`, `q.clear()`, `q.splice(0)`, `q.shift()`."""
    if node.type in ("assignment_expression", "assignment"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return None
        names = chain_of(left)
        if names[-1:] == ("length",) and text_of(right) == "0":
            return names[-2] if len(names) > 1 else None
        is_empty = right.type in ("array", "list") and not right.named_children
        return names[-1] if is_empty and names else None
    chain = called_chain(node) if node.type in CALLS else ()
    return chain[-2] if len(chain) > 1 and chain[-1] in CLEARS else None


def puts_back(call: Node, queues: set[str]) -> bool:
    """Whether a call puts something into one of the queues."""
    chain = called_chain(call)
    return len(chain) > 1 and chain[-2] in queues and chain[-1] in ("push", "unshift", "append", "appendleft", "add")
