"""Stack traces of JavaScript in a log: which line of the application's own code failed."""

from __future__ import annotations

from typing import Final, NamedTuple

from logdiag.deferred import compile_later

# A frame of V8, `at name (file:line:column)` or `at file:line:column`; in JSON the line break before it is escaped.
_FRAME: Final = compile_later(
    r"(?:^|\\n|\n)\s{1,12}at (?:async )?"
    r"(?:(?P<function>[\w$.<>\[\] ]{1,120}?) \()?(?P<file>(?:file://)?[^\s():\"\\,]{1,300}):(?P<line>\d{1,7}):\d{1,7}\)?"
)
_LIBRARIES: Final = compile_later(r"(?:^|/)node_modules/|^node:|^internal/|^<anonymous>")
_ERROR: Final = compile_later(r"([A-Z]\w{0,40}Error|Error): ([^\\\n\"]{1,200})(?:\\n|\n)\s{1,12}at ")


class StackFrame(NamedTuple):
    """One frame of a stack; `error` is what was thrown, None where the text does not say."""

    file: str
    line: int
    function: str | None
    error: str | None


def find_own_frame(text: str) -> StackFrame | None:
    """The innermost frame that is neither a library's nor the runtime's, None without one."""
    for found in _FRAME.finditer(text):
        if not _LIBRARIES.search(found["file"]):
            error = _ERROR.search(text)
            function = found["function"]
            file = found["file"].removeprefix("file://")
            return StackFrame(file, int(found["line"]), function, error[2] if error else None)
    return None
