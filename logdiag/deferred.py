"""Regular expressions that are compiled when they are first searched for.

Of some six hundred a small log asks for a fourth; to compile them all takes a tenth of its diagnosis.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, Final, cast

METHODS: Final = (
    "search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "scanner", "groups", "groupindex",
    "flags",
)  # fmt: skip


def compile_later(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives for an expression that is known to be sound, for all that is asked of it by methods."""
    return cast("re.Pattern[AnyStr]", DeferredPattern(pattern, flags))


class DeferredPattern:
    """An expression that becomes its pattern with the first question: from then on its methods are the pattern's."""

    pattern: str | bytes

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self.pattern = pattern
        self._asked = int(flags)

    def __getattr__(self, name: str) -> Any:
        """Called for what the object has not: before the first question alone."""
        if name not in METHODS:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._asked)
        self.__dict__.update({method: getattr(compiled, method) for method in METHODS})
        return getattr(compiled, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeferredPattern) and (self.pattern, self._asked) == (other.pattern, other._asked)

    def __hash__(self) -> int:
        return hash((self.pattern, self._asked))

    def __repr__(self) -> str:
        return f"DeferredPattern({self.pattern!r})"

    def __reduce__(self) -> tuple[type[DeferredPattern], tuple[str | bytes, int]]:
        """Another process compiles it for itself."""
        return DeferredPattern, (self.pattern, self._asked)
