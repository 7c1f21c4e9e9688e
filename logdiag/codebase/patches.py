"""Changes to review at weak places, written in the style of the code that stands there; nothing is changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.settings import OPTIONS_NAME, list_makers
from logdiag.codebase.survey import Survey
from logdiag.codebase.trees.modules import Module
from logdiag.codebase.trees.syntax import OBJECTS, argument, arguments_of, callee_of, line_of, object_of, text_of
from logdiag.codebase.weaknesses import FoundWeakness
from logdiag.events import Side
from logdiag.results.code import CodeSetting, Patch, WeaknessKind

if TYPE_CHECKING:
    from tree_sitter import Node

WAIT_MS: Final = (
    15_000  # above the 5 s at which a client's back-off ends (reconnectionDelayMax), with attempts to spare
)
INDENT: Final = re.compile(r"[ \t]*")
MOST_LINES: Final = 30
LITERAL: Final = re.compile(r"[\d_.]+(?:[eE]\d+)?(?:\s*\*+\s*[\d_.]+(?:[eE]\d+)?)*")


class CodeStyle(NamedTuple):
    """How a file is written: one step of indentation, its quotes, what ends a statement."""

    step: str
    quote: str
    end: str


def read_style(text: str, lines: tuple[str, ...]) -> CodeStyle:
    """The style of a file's text, by what is frequent in it, and of the lines of a block, by how far they are moved in.

    >>> read_style("a = 'b';", ("  if (a) {", "    b();", "  }"))
    Style(step='  ', quote="'", end=';')
    """
    indents = [match[0] for line in lines if (match := INDENT.match(line)) is not None]
    deeper = [indent[len(indents[0]) :] for indent in indents if len(indent) > len(indents[0])]
    return CodeStyle(
        min(deeper, key=len, default="\t" if indents[0].startswith("\t") else "  "),
        "'" if text.count("'") >= text.count('"') else '"',
        ";" if any(line.rstrip().endswith(";") for line in text.splitlines()) else "",
    )


def suggest_patch(weak: FoundWeakness) -> Patch | None:
    """The lines of a weak place as they might be; None where there is no small change that is surely right."""
    if weak.module.is_python or weak.send is None or weak.kind is not WeaknessKind.THROWS_WHEN_DOWN:
        return None
    callee = callee_of(weak.send)
    socket = None if callee is None else object_of(callee)
    function = weak.function
    if socket is None or function is None or not _is_async(function.node) or text_of(argument(weak.send, 0)) == "":
        return None
    lines = weak.module.file.data.decode("utf-8", "replace").splitlines()
    before = tuple(lines[weak.line - 1 : weak.end_line])
    if len(before) > MOST_LINES or not before[0].lstrip().startswith("if"):
        return None
    style = read_style("\n".join(lines), before)
    error = next((part for parts in weak.thrown for part in parts if part), "Socket is not connected")
    return Patch(weak.line, before, _write_wait(before[0], text_of(socket), error, style))


def raise_limit(survey: Survey, limit: CodeSetting, raised_bytes: int) -> Patch | None:
    """The lines of a server's `maxHttpBufferSize` with another value, or of its options with one; None if unclear."""
    module = survey.application.module(limit.file)
    if module is None:
        return None
    lines = module.file.data.decode("utf-8", "replace").splitlines()
    line = lines[limit.line - 1]
    if not limit.default:
        is_plain = limit.expression is not None and LITERAL.fullmatch(limit.expression) is not None
        if not is_plain or limit.name not in line or line.count(limit.expression or "") != 1:
            return None
        return Patch(limit.line, (line,), (line.replace(limit.expression or "", str(raised_bytes)),))
    calls = [call for call, side in list_makers(module) if side is Side.SERVER and line_of(call) == limit.line]
    return _add_option(survey, module, calls[0], limit.name, raised_bytes) if len(calls) == 1 else None


def _add_option(survey: Survey, module: Module, call: Node, name: str, value: int) -> Patch | None:
    """The first line of the options with one more before them; where there are none, the call with its first."""
    listed = call.child_by_field_name("arguments")
    if listed is None:
        return None
    given = arguments_of(call)
    entry = f"{name}={value}" if module.is_python else f"{name}: {value}"
    if module.is_python:
        return _insert(module, listed, entry)
    found = [one for item in given for one in survey.values.names.find(module, item.value)]
    objects = [one for one in found if one.node is not None and one.node.type in OBJECTS]
    if objects:
        one = objects[-1]
        return None if one.node is None or one.module is not module else _insert(module, one.node, entry)
    is_sure = not given or (len(given) == 1 and OPTIONS_NAME.search(text_of(given[0].value)) is None)
    text = f"{{ {entry} }}" if not given else f", {{ {entry} }}"
    return _write_at(module, listed.end_byte - 1, text) if is_sure else None


def _insert(module: Module, holder: Node, entry: str) -> Patch | None:
    """An entry before the first of an object or of arguments, on a line of its own where that has one."""
    entries = [child for child in holder.named_children if child.type != "comment"]
    if not entries:
        return _write_at(module, holder.start_byte + 1, f" {entry} " if holder.type in OBJECTS else entry)
    first = entries[0]
    if line_of(first) == line_of(holder):
        return _write_at(module, first.start_byte, f"{entry}, ")
    line = module.file.data.decode("utf-8", "replace").splitlines()[line_of(first) - 1]
    match = INDENT.match(line)
    return Patch(line_of(first), (line,), (f"{'' if match is None else match[0]}{entry},", line))


def _write_at(module: Module, place: int, text: str) -> Patch:
    """The line at a place in the bytes of a file with a text put in there."""
    data = module.file.data
    start = data.rfind(b"\n", 0, place) + 1
    end = data.find(b"\n", place)
    before = data[start : len(data) if end < 0 else end].rstrip(b"\r").decode("utf-8", "replace")
    head = data[start:place].decode("utf-8", "replace")
    return Patch(data.count(b"\n", 0, place) + 1, (before,), (f"{head}{text}{before[len(head) :]}",))


def _write_wait(first: str, socket: str, error: str, style: CodeStyle) -> tuple[str, ...]:
    """Wait for the connection before the one send: what was sent once, and may have ended it, is not sent again."""
    match = INDENT.match(first)
    indent = "" if match is None else match[0]
    step, quote, end = style
    said = error.replace(quote, "")
    rows = (
        (0, first.strip()),
        (1, "await new Promise((resolve, reject) => {"),
        (2, f"const onConnect = () => {{ clearTimeout(timer){end or ';'} resolve(){end} }}{end}"),
        (2, "const timer = setTimeout(() => {"),
        (3, f"{socket}.off({quote}connect{quote}, onConnect){end}"),
        (3, f"reject(new Error({quote}{said}{quote})){end}"),
        (2, f"}}, {WAIT_MS}){end}"),
        (2, f"{socket}.once({quote}connect{quote}, onConnect){end}"),
        (1, f"}}){end}"),
        (0, "}"),
    )
    return tuple(f"{indent}{step * depth}{text}" for depth, text in rows)


def _is_async(function: Node) -> bool:
    return any(child.type == "async" for child in function.children)
