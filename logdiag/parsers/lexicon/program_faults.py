"""What a fault of the program itself says, in the words of its language: a handler failed, no attempt to connect."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later

_FAULT: Final = compile_later(
    # Python: NameError, AttributeError, TypeError, IndexError, UnboundLocalError, JSONDecodeError.
    r"\bname '\w{1,60}' is not defined|' object (?:has no attribute '|is not (?:subscriptable|callable|iterable))"
    r"|\bunsupported operand type\(s\) for |\b(?:list|tuple|string) index out of range\b|\bmissing \d{1,2} required "
    r"|\bgot an unexpected keyword argument '|referenced before assignment\b|\bcannot access local variable '"
    r"|\bExpecting (?:value|property name)\b[^\n]{0,40}: line \d"
    # JavaScript.
    r"|\bCannot (?:read|set) propert(?:y|ies) (?:'[^'\n]{1,60}' )?of (?:undefined|null)\b"
    r"|\b[\w.]{1,60} is not a function\b"
    r"|\b[\w.]{1,60} is not (?:iterable|a constructor)\b|\bReferenceError: \w{1,60} is not defined\b"
    r"|\bUnexpected token \S{1,20} in JSON at position \d"
    # Go, Java, C#.
    r"|\bnil pointer dereference\b|\bindex out of range \[\d|\bNullPointerException\b|\bNullReferenceException\b"
    r"|\bObject reference not set to an instance\b|\bClassCastException\b"
)


def tells_program_fault(message: str) -> bool:
    """Whether the error that a message tells is one of the code that wrote it."""
    return _FAULT.search(message) is not None
