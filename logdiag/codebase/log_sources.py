"""Where log lines come from: logger calls of the code, held against the templates of the messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from logdiag.codebase.loggers import LOG_LEVELS, LogCall, Loggers
from logdiag.codebase.survey import Survey
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.syntax import CALLS, argument, called_chain, enclosing, line_of, read_string, write_short
from logdiag.codebase.trees.tree import is_test
from logdiag.results.code import LogSource

if TYPE_CHECKING:
    from tree_sitter import Node

SHORTEST_TEXT: Final = 4  # letters of a text that stand for anything; "ok" is written everywhere
LONGEST_GAP: Final = 200
DIGITS: Final = re.compile(r"\d+")
# A logger's call, or that of a function that is named as one: `logger.info(`, `this.writeLog(`, `warn(`.
OPENS: Final = re.compile(
    rb"(?:(?:[lL]og|ogger|ogging|console|winston|pino)\.[a-z]+|[lL]og\w*|\b(?:%s|print))\("
    % "|".join(sorted(LOG_LEVELS)).encode()
)
NAMED_LOG: Final = re.compile(r"[lL]og(?:$|[A-Z_])|^print$")
WORD: Final = re.compile(rb"[A-Za-z]{3,}|[\x80-\xff]{2,}")
SHOWN_BYTES: Final = 160  # of a logger call, from its bracket on, in which the first words of its text stand
LETTERS: Final = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=65_536)
def compile_parts(parts: tuple[str | None, ...]) -> re.Pattern[str] | None:
    """An expression for the templates of what a logger call writes; None where its text tells too little."""
    literals = [part for part in parts if part]
    if len(LETTERS.findall("".join(literals))) < SHORTEST_TEXT:
        return None
    pieces = [f".{{0,{LONGEST_GAP}}}" if part is None else _write_literal(part) for part in parts]
    return re.compile("".join(pieces) + f"(?:.{{0,{LONGEST_GAP}}})", re.DOTALL)


def _write_literal(text: str) -> str:
    """A literal as it stands in a template, whose blanks are folded and whose numbers are masked."""
    words = DIGITS.split(" ".join(f"|{text}|".split())[1:-1])
    return r"(?:<\w+>|\d+)".join(re.escape(word) for word in words)


def count_literal(parts: tuple[str | None, ...]) -> int:
    """The characters of a text that the programmer wrote."""
    return sum(len(part) for part in parts if part)


def matches(parts: tuple[str | None, ...], template: str) -> bool:
    """Whether a call with this text may have written the lines of a template."""
    pattern = compile_parts(parts)
    return pattern is not None and pattern.fullmatch(template) is not None


@dataclass(slots=True)
class LogCalls:
    """The logger calls of functions."""

    survey: Survey
    loggers: Loggers = field(init=False)
    _read: dict[int, tuple[LogCall, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loggers = Loggers(self.survey.values.names)

    def of(self, function: Function) -> tuple[LogCall, ...]:
        """The logger calls that a function makes itself."""
        found = self._read.get(id(function))
        if found is None:
            calls = self.survey.graph.body_calls(function)
            said = (self.loggers.read(function.module, node) for node in calls if _may_log(called_chain(node)))
            self._read[id(function)] = found = tuple(call for call in said if call is not None)
        return found


def describe_log_calls(survey: Survey, templates: tuple[str, ...]) -> tuple[LogSource, ...]:
    """The logger call behind each template: the one that wrote most of its words."""
    application = survey.application
    words = _list_words(templates)
    files = [file for file in application.tree.sources if not is_test(file.way) and _may_write(file.data, words)]
    application.load(files)
    found: dict[str, tuple[int, Module, LogCall]] = {}
    paths = {file.path for file in files}
    loggers = Loggers(survey.values.names)
    for module in application.modules if templates else ():
        for node in _list_log_calls(module) if module.file.path in paths else ():
            call = loggers.read(module, node)
            for template in templates if call is not None else ():
                if call is not None and matches(call.parts, template):
                    size = count_literal(call.parts)
                    if template not in found or found[template][0] < size:
                        found[template] = (size, module, call)
    return tuple(_describe(template, *found[template][1:]) for template in templates if template in found)


def _list_log_calls(module: Module) -> Iterator[Node]:
    names = sorted(name for name in module.called if _may_log((name,)))
    return (call for name in names for call in module.called[name])


def _may_log(chain: tuple[str, ...]) -> bool:
    """Whether a call is named as one that writes a line: `logger.info(…)`, `info(…)`, `this.writeLog(…)`."""
    return chain[-1] in LOG_LEVELS or NAMED_LOG.search(chain[-1]) is not None


def _may_write(data: bytes, words: frozenset[bytes]) -> bool:
    """Whether a file has a logger call, and the first words of one of its texts stand in a template."""
    return any(_is_known(data[match.end() : match.end() + SHOWN_BYTES], words) for match in OPENS.finditer(data))


def _is_known(text: bytes, words: frozenset[bytes]) -> bool:
    """Whether the words that a call begins with are those of a template; one that begins otherwise may be any."""
    said = WORD.findall(text)
    return not said or not words.isdisjoint(said)


def _list_words(templates: Iterable[str]) -> frozenset[bytes]:
    return frozenset(word for template in templates for word in WORD.findall(template.encode()))


def _describe(template: str, module: Module, call: LogCall) -> LogSource:
    function = module.function_at(call.node)
    shown = argument(call.node, 0)
    if shown is not None and read_string(shown) in LOG_LEVELS:  # `log('info', '…')`
        shown = argument(call.node, 1) or shown
    return LogSource(
        template=template,
        text="" if shown is None else write_short(shown),
        file=module.file.path,
        line=line_of(call.node),
        function=module.file.name if function is None else function.label,
        handler=find_handler(call.node),
    )


def find_handler(node: Node) -> str | None:
    """The event in whose handler a node stands: `socket.on('disconnect', … )`; None outside of handlers."""
    around = enclosing(node, CALLS)
    while around is not None:
        if called_chain(around)[-1:] in (("on",), ("once",)) and (event := argument(around, 0)) is not None:
            return read_string(event)
        around = enclosing(around, CALLS)
    return None
