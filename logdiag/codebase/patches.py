"""Changes to review at weak places, written in the style of the code that stands there; nothing is changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.code import Patch, WeaknessKind
from logdiag.codebase.syntax import argument, callee_of, object_of, text_of
from logdiag.codebase.weaknesses import FoundWeakness

if TYPE_CHECKING:
    from tree_sitter import Node

WAIT_MS: Final = (
    15_000  # above the 5 s at which a client's back-off ends (reconnectionDelayMax), with attempts to spare
)
INDENT: Final = re.compile(r"[ \t]*")
MOST_LINES: Final = 30


class Style(NamedTuple):
    """How a file is written: one step of indentation, its quotes, what ends a statement."""

    step: str
    quote: str
    end: str


def read_style(text: str, lines: tuple[str, ...]) -> Style:
    """The style of a file's text, by what is frequent in it, and of the lines of a block, by how far they are moved in.

    >>> read_style("a = 'b';", ("  if (a) {", "    b();", "  }"))
    Style(step='  ', quote="'", end=';')
    """
    indents = [match[0] for line in lines if (match := INDENT.match(line)) is not None]
    deeper = [indent[len(indents[0]) :] for indent in indents if len(indent) > len(indents[0])]
    return Style(
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


def _write_wait(first: str, socket: str, error: str, style: Style) -> tuple[str, ...]:
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
