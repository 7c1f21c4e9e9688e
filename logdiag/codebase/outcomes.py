"""What code does and says once a message was sent, or could not be: throws, keeps it, logs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from logdiag.codebase.loggers import LogCall, read_log_call
from logdiag.codebase.trees.syntax import (
    CALLS,
    FUNCTIONS,
    argument,
    called_chain,
    contains,
    descend,
    read_string,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

NEXT_STATEMENTS: Final = 2  # that follow an emit, in which its success may be logged
THROWING: Final = frozenset({"throw_statement", "raise_statement"})
REJECTING: Final = re.compile(r"(?i)^(reject|rej|fail)$")
# What keeps a message, or waits, where the socket is down: then nothing is given up.
KEEPING: Final = re.compile(
    r"(?i)^(push|unshift|enqueue|append|appendleft|put|put_nowait|add|queue\w*|buffer\w*|store\w*|save\w*|persist\w*|"
    r"retry\w*|schedule\w*|setTimeout|wait\w*|connect|reconnect\w*|once|ensure\w*|defer\w*|cache\w*|\w+queue|\w+later)$"
)
SUCCESS: Final = re.compile(
    r"(?i)\b(sent|pushed|delivered|synced|synchroni[sz]ed|published|forwarded|uploaded|broadcasted|succe\w+)\b"
    r"|成功|已(?:发送|推送|同步|上报|转发|下发)|(?:发送|推送|同步|上报)完成"
)
# What a success that is of sending speaks of; "Added monitor successfully" is of something else.
SENDING: Final = re.compile(
    r"(?i)\b(?:sen[dt]|push|deliver|sync|publish|forward|upload|broadcast|emit|report|transmit|dispatch)\w*"
    r"|发送|推送|同步|上报|转发|下发"
)
FAILURE: Final = re.compile(r"(?i)\b(not|fail\w*|error|cannot|could ?n.t|unable|refus\w*|drop\w*)\b|失败|未|无法|没有")


def keeps(call: Node) -> bool:
    """Whether a call keeps a message for later, or waits."""
    chain = called_chain(call)
    return bool(chain) and KEEPING.search(chain[-1]) is not None


def rejects(node: Node) -> bool:
    """Whether a node rejects a promise."""
    if node.type not in CALLS:
        return False
    chain = called_chain(node)
    return bool(chain) and REJECTING.search(chain[-1]) is not None


def list_thrown(node: Node | None) -> tuple[tuple[str | None, ...], ...]:
    """The texts of the errors that are made below a node."""
    calls = () if node is None else [one for one in descend(node, FUNCTIONS) if one.type in CALLS]
    made = [call for call in calls if (chain := called_chain(call)) and chain[-1].endswith(("Error", "Exception"))]
    texts = [text for call in made if (text := argument(call, 0)) is not None]
    return tuple((said,) for text in texts if (said := read_string(text)) is not None)


def list_logged(node: Node | None) -> tuple[tuple[str | None, ...], ...]:
    """The texts of the logger calls below a node."""
    calls = () if node is None else [one for one in descend(node, FUNCTIONS) if one.type in CALLS]
    return tuple(said.parts for call in calls if (said := read_log_call(call)) is not None)


def only_logs(body: Node) -> bool:
    """Whether a block does nothing but write lines; an empty one does not even that."""
    kinds = THROWING | {"return_statement", "assignment_expression", "assignment", "continue_statement",
                        "augmented_assignment_expression", "augmented_assignment", "update_expression"}  # fmt: skip
    calls: list[Node] = []
    for one in descend(body):
        if one.type in kinds and not (one.type == "return_statement" and not one.named_children):
            return False
        if one.type in CALLS:
            calls.append(one)
    outer = [call for call in calls if not any(contains(other, call) for other in calls if other.id != call.id)]
    return all(_is_logging(call) for call in outer)


def _is_logging(call: Node) -> bool:
    chain = called_chain(call)
    return read_log_call(call) is not None or chain[:1] in (("console",), ("print",)) or "logger" in chain


def _statement_of(node: Node) -> Node | None:
    """The statement that a call is: itself, awaited or assigned."""
    around = node.parent
    while around is not None and around.type in (
        "await_expression", "await", "assignment_expression", "variable_declarator", "assignment",
    ):  # fmt: skip
        around = around.parent
    kinds = ("expression_statement", "lexical_declaration", "variable_declaration")
    return around if around is not None and around.type in kinds else None


def list_next_logs(call: Node) -> Iterator[LogCall]:
    """The logger calls among the statements right after that of a call."""
    statement = _statement_of(call)
    for _ in range(NEXT_STATEMENTS):
        statement = None if statement is None else statement.next_named_sibling
        while statement is not None and statement.type == "comment":
            statement = statement.next_named_sibling
        if statement is None or statement.type != "expression_statement":
            return
        inner = unwrap(statement.named_children[0])
        said = read_log_call(inner) if inner.type in CALLS else None
        if said is not None:
            yield said
