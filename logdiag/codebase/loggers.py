"""Calls that write a log line: what they say, with the expressions that are put in at run time.

A logger is told by its name or by the package that made it (winston, pino, bunyan, log4js, debug, logging …), or it is
a function of the application's own that hands its argument on to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.names import Names
from logdiag.codebase.trees.syntax import (
    CALLS,
    NAMES,
    OBJECTS,
    STRINGS,
    argument,
    arguments_of,
    called_chain,
    callee_of,
    descend,
    entries_of,
    object_of,
    parameters_of,
    pattern_of,
    read_string,
    text_of,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

Piece: TypeAlias = "str | Node"

LOG_LEVELS: Final = frozenset({
    "trace", "debug", "verbose", "info", "log", "notice", "warn", "warning", "error", "fatal", "critical", "exception",
    "success",
})  # fmt: skip
LOGGERS: Final = re.compile(r"(?i)log(ger|ging)?$|^console$|winston|pino|bunyan")
PACKAGES: Final = re.compile(
    r"^(winston|pino|bunyan|log4js|loglevel|consola|signale|tslog|npmlog|roarr|debug|logging|loguru|structlog)(/|$)"
)
# Functions that change nothing but the colour of a text.
COLOURS: Final = frozenset({"chalk", "colors", "kleur", "pc", "picocolors", "ansi"})
# What a format string puts its arguments in at: printf, and Python's.
PRINTF: Final = re.compile(r"%(?:\(\w+\))?[-+# 0]*\d*(?:\.\d+)?[sdifjoOrcxX]")
BRACES: Final = re.compile(r"\{[\w.]*(?:![rsa])?(?::[^{}]*)?\}")
TEXTS: Final = STRINGS | {"binary_expression", "binary_operator"}
LONGEST_LIST: Final = 3  # arguments before the text: an object, an error


class Helper(NamedTuple):
    """A function that writes what it is handed: the level, and what it puts before it, None for what a run puts in."""

    level: str
    before: tuple[str | None, ...] = ()


class LogCall(NamedTuple):
    """A logger call: its level, its text with `None` for each part that is put in at run time, and what that is.

    `keys` are the entries of the objects beside the text; `is_direct` where nothing of the application stands between.
    """

    level: str
    parts: tuple[str | None, ...]
    node: Node
    inserted: tuple[Node, ...] = ()
    keys: Mapping[str, Node] = {}
    is_direct: bool = True


def read_log_call(call: Node) -> LogCall | None:
    """A call of a logger with a text, as `logger.info('…')`; None for any other call."""
    chain = called_chain(call)
    if len(chain) < 2 or chain[-1] not in LOG_LEVELS or not any(LOGGERS.search(name) for name in chain[:-1]):
        return None
    return _read_text(call, chain[-1])


def _read_text(call: Node, level: str) -> LogCall | None:
    values = [item.value for item in arguments_of(call)]
    if values and level == "log" and (named := read_string(values[0])) in LOG_LEVELS and len(values) > 1:
        level, values = named or level, values[1:]  # winston: logger.log('info', '…')
    if values and values[0].type in OBJECTS and (said := _find_message(entries_of(values[0]))) is not None:
        stated = entries_of(values[0]).get("level")
        named = None if stated is None else read_string(stated)
        return _write(call, named or level, [said])
    texts = [place for place, value in enumerate(values[:LONGEST_LIST]) if _is_text(value)]
    found = [_write(call, level, [values[place], *values[:place], *values[place + 1 :]]) for place in texts]
    telling = [one for one in found if any(part and part.strip() for part in one.parts)]
    if len(telling) > 1:  # a tag before the text, as `log.info("server", "…")`: how both are put together is not told
        return max(telling, key=lambda one: sum(len(part) for part in one.parts if part))._replace(is_direct=False)
    return telling[0] if telling else None


def _find_message(entries: Mapping[str, Node]) -> Node | None:
    found = next((entries[key] for key in ("message", "msg", "event") if key in entries), None)
    return found if found is not None and _is_text(found) else None


def _is_text(node: Node) -> bool:
    return node.type in TEXTS or (node.type in CALLS and _formatted(node) is not None)


def _formatted(call: Node) -> tuple[Node, list[Node]] | None:
    """What a call makes of a text: `util.format('…', a)`, `'…'.format(a)`, `chalk.red('…')`."""
    callee, chain = callee_of(call), called_chain(call)
    first = argument(call, 0)
    if chain[-1:] == ("format",) and chain[0] == "util" and first is not None:
        return first, [item.value for item in arguments_of(call)[1:]]
    left = None if callee is None else object_of(callee)
    if chain[-1:] == ("format",) and left is not None and left.type in STRINGS:
        return left, [item.value for item in arguments_of(call)]
    return (first, []) if chain[:1] and chain[0] in COLOURS and first is not None else None


def _write(call: Node, level: str, values: list[Node]) -> LogCall:
    """A call with its text and all that stands beside it, of which a format string takes what it asks for."""
    text, others = values[0], list(values[1:])
    pieces = list(fill(text, others))
    keys: dict[str, Node] = {}
    for other in others:
        keys |= entries_of(other) if other.type in OBJECTS else {}
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(last := merged[-1], str):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    parts = tuple(piece if isinstance(piece, str) else None for piece in merged)
    return LogCall(level, parts, call, tuple(piece for piece in merged if not isinstance(piece, str)), keys)


def fill(node: Node, others: list[Node]) -> Iterator[Piece]:
    """The pieces of a text; what its format asks for is taken from the `others`."""
    for piece in read_pieces(node):
        if not isinstance(piece, str):
            yield piece
            continue
        end = 0
        for match in PRINTF.finditer(piece) if others else ():
            plain = [other for other in others if other.type not in OBJECTS]
            if not plain:
                break
            others.remove(plain[0])
            yield piece[end : match.start()]
            yield plain[0]
            end = match.end()
        yield piece[end:]


def read_pieces(node: Node) -> Iterator[Piece]:
    """A text as it is put together: literals, and the expressions between them."""
    node = unwrap(node)
    literal = read_string(node)
    if literal is not None:
        yield from _unescaped(literal)
    elif node.type in STRINGS:
        yield from _read_template(node)
    elif node.type in ("binary_expression", "binary_operator"):
        yield from _read_binary(node)
    elif node.type in CALLS and (formatted := _formatted(node)) is not None:
        yield from _format(*formatted)
    else:
        yield node


def _read_template(node: Node) -> Iterator[Piece]:
    for child in node.named_children:
        if child.type in ("string_fragment", "string_content"):
            yield text_of(child)
        elif child.type == "escape_sequence":
            yield from _unescaped(text_of(child))
        elif child.type not in ("string_start", "string_end"):
            yield unwrap(child.named_children[0]) if child.named_children else child


def _read_binary(node: Node) -> Iterator[Piece]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = text_of(node.child_by_field_name("operator"))
    if left is None or right is None or operator not in ("+", "%"):
        yield node
    elif operator == "%":
        given = right.named_children if right.type == "tuple" else [right]
        yield from fill(left, list(given))
    else:
        yield from read_pieces(left)
        yield from read_pieces(right)


def _format(text: Node, given: list[Node]) -> Iterator[Piece]:
    literal = read_string(text)
    if literal is None or PRINTF.search(literal):
        yield from fill(text, given)
        return
    end = 0
    for match in BRACES.finditer(literal) if given else ():
        yield literal[end : match.start()]
        yield given.pop(0) if given else text
        end = match.end()
    yield literal[end:]


def _unescaped(text: str) -> Iterator[str]:
    if "\\" not in text:
        yield text
        return
    try:
        decoded = re.sub(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1] or m[2], 16)), text)
        yield (
            decoded.encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
            .replace("\\n", "\n")
            .replace("\\'", "'")
        )
    except (ValueError, OverflowError):
        yield text


@dataclass(slots=True)
class Loggers:
    """Tells logger calls in an application, those of its own helpers among them."""

    names: Names
    _helpers: dict[int, Helper | None] = field(default_factory=dict)

    def read(self, module: Module, call: Node) -> LogCall | None:
        """What a call writes; None where it writes nothing, or that cannot be told."""
        found = read_log_call(call)
        if found is not None:
            return found
        chain, callee = called_chain(call), callee_of(call)
        if not chain or callee is None or chain[0] in ("console", "process"):
            return None
        level = _level_of(module, chain)
        if level is not None:
            return _read_text(call, level)
        first = next((item.value for item in arguments_of(call)[:LONGEST_LIST] if _is_text(item.value)), None)
        if first is None:
            return None
        for function, _ in self.names.find_functions(module, callee)[:1]:
            helper = self._find_helper(function)
            said = None if helper is None else _read_text(call, helper.level)
            if helper is None or said is None:
                return None
            return said._replace(parts=_join(helper.before, said.parts), is_direct=False)
        return None

    def _find_helper(self, function: Function) -> Helper | None:
        """What a function does with the text that it is handed; None if it hands nothing on to a logger."""
        if id(function) not in self._helpers:
            self._helpers[id(function)] = _read_helper(function)
        return self._helpers[id(function)]


def _level_of(module: Module, chain: tuple[str, ...]) -> str | None:
    """The level of a call of what a package or a maker of loggers gave; None for any other call."""
    if PACKAGES.match(module.packages.get(chain[0], "")) and (len(chain) == 1 or chain[-1] in LOG_LEVELS):
        return "debug" if len(chain) == 1 else chain[-1]
    if module.is_python and chain == ("print",):
        return "info"
    is_level = len(chain) > 1 and chain[-1] in LOG_LEVELS
    return chain[-1] if is_level and _is_made_as_logger(module, chain[-2]) else None


def _is_made_as_logger(module: Module, name: str) -> bool:
    """Whether a name or field holds what a maker of loggers gives: `const out = createLogger('x')`."""
    bound = [*module.names.get(name, ()), *module.fields.get(name, ())]
    return any(one.value.type in CALLS and LOGGERS.search((called_chain(one.value) or ("",))[-1]) for one in bound)


def _join(before: tuple[str | None, ...], parts: tuple[str | None, ...]) -> tuple[str | None, ...]:
    if before and parts and isinstance(last := before[-1], str) and isinstance(first := parts[0], str):
        return (*before[:-1], last + first, *parts[1:])
    return (*before, *parts)


def _read_helper(function: Function) -> Helper | None:
    handed = {text_of(pattern_of(parameter)).lstrip(".") for parameter in parameters_of(function.node)}
    for call in function.calls:
        chain, callee = called_chain(call), callee_of(call)
        is_chosen = callee is not None and callee.type in ("subscript_expression", "subscript")  # `console[level](…)`
        owners = chain if is_chosen else chain[:-1]
        is_logger = any(LOGGERS.search(name) for name in owners)
        if not (is_logger or chain in (("print",), ("process", "stdout", "write"))):
            continue
        values = [item.value for item in arguments_of(call)]
        used = {text_of(one) for value in values for one in descend(value) if one.type in NAMES}
        if used & handed:
            level = chain[-1] if chain[-1] in LOG_LEVELS else "log" if is_chosen else "info"
            return Helper(level, _read_before(values, handed))
    return None


def _read_before(values: list[Node], handed: set[str]) -> tuple[str | None, ...]:
    """What a call of a logger says before the first text that is handed to it; of plain arguments a blank apart."""
    before: list[str | None] = []
    for value in values:
        if value.type not in TEXTS:  # a level, an object, the text itself
            break
        for piece in read_pieces(value):
            if not isinstance(piece, str) and any(text_of(one) in handed for one in descend(piece)):
                return _fold(before)
            before.append(piece if isinstance(piece, str) else None)
        before.append(" ")
    return _fold(before)


def _fold(pieces: list[str | None]) -> tuple[str | None, ...]:
    """Neighbouring literals as one."""
    found: tuple[str | None, ...] = ()
    for piece in pieces:
        found = _join(found, (piece,))
    return found
