"""The header that the lines of a file share: which columns, and what each line says in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from logdiag.parsers.forms.fixed_headers import (
    FIXED_HEADERS,
    FIXED_PATTERNS,
    MESSAGE,
    compile_once,
    is_fixed,
)
from logdiag.parsers.forms.headers import (
    BETWEEN,
    GAP,
    NAMING,
    PATTERNS,
    Column,
    Head,
    find_whole_stamps,
    name_writer,
    open_message,
    split_name,
    write_stamp_column,
)


class _Places(NamedTuple):
    """The numbers of a pattern's groups, the last of which is the message; `level_place` None: it has none."""

    stamps: tuple[int, ...]
    names: tuple[int, ...]
    level_place: int | None


@dataclass(frozen=True)
class Header:
    """The columns that the lines of a file share, or the row of FIXED_HEADERS that they are written in.

    `before`: lines have no columns, but some of them tell their time inside, behind this text. `is_apart`: a blank
    stands between seconds and milliseconds. `others`: the headers of lines in other forms. `is_own`: the stamp before
    an object in the message is the line's, whatever the object says.
    """

    columns: tuple[Column, ...]
    fixed: str | None = None
    stamp_forms: tuple[str, ...] = ()
    before: str = ""
    is_apart: bool = False
    others: tuple[Header, ...] = ()
    is_own: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A line with these columns; groups `t0`, `t1` … its stamps, `n0` … its names, `level`, `message`."""
        if self.fixed is not None:
            return compile_once(FIXED_PATTERNS[self.fixed])
        parts = [GAP]
        stamp_column = write_stamp_column(self.stamp_forms, is_apart=self.is_apart)
        stamps = names = 0
        levels = self.columns.count(Column.LEVEL)  # of several the last one tells: Ruby writes "I, … INFO"
        for kind in self.columns:
            pattern = PATTERNS[kind]
            if kind is Column.STAMP:
                pattern, stamps = stamp_column.replace("?P<value>", f"?P<t{stamps}>"), stamps + 1
            elif kind is Column.LEVEL:
                pattern = pattern.replace("?P<value>", "?:" if levels > 1 else "?P<level>")
                levels -= 1
            elif kind in NAMING:
                pattern = pattern.replace("?P<value>", f"?P<n{names}>").replace("?P<other>", "?:")
                names += 1
            parts += [f"(?:{pattern})", BETWEEN]
        parts[-1] = GAP
        return compile_once("".join(parts) + MESSAGE)

    @property
    def form(self) -> str:
        """The name of the form, as reports tell it: "text: time level [name] message"."""
        return "message with time" if self.before else self.fixed or " ".join((*self.columns, "message"))

    def read(self, text: str) -> Head | None:
        """Take a line apart; None if it does not fit."""
        if self.before:
            return self._read_inside(text)
        if self.others:
            return next((head for form in self._forms if (head := form.read(text)) is not None), None)
        found = self.pattern.match(text)
        if found is None:
            return None
        places = self._places
        groups = found.groups()  # their numbers count from one
        stamps = tuple([stamp for place in places.stamps if (stamp := groups[place - 1])])
        name = name_writer(text, tuple([groups[place - 1] for place in places.names]))
        level = groups[places.level_place - 1] if places.level_place else None
        head = split_name(Head(stamps, level, name, groups[-1]))
        return head if self.fixed is None else open_message(head)

    def _read_inside(self, text: str) -> Head | None:
        """A line that tells its time inside is its message as a whole."""
        stamps = [found[0] for found in find_whole_stamps(text) if text.endswith(self.before, 0, found.start())]
        return Head((stamps[-1],), None, None, text) if stamps else None

    @cached_property
    def _forms(self) -> tuple[Header, ...]:
        """The headers of all forms, those with the most columns first: what has fewer fits their lines, too."""
        return tuple(sorted((replace(self, others=()), *self.others), key=lambda form: -len(form.columns)))

    @cached_property
    def _places(self) -> _Places:
        """The groups of `pattern` by what they hold: thousands of lines are read by one header."""
        groups = self.pattern.groupindex
        stamps, names = ([place for name, place in groups.items() if name[0] == kind] for kind in "tn")
        return _Places(tuple(stamps), tuple(names), groups.get("level"))


def read_fixed(text: str) -> Head | None:
    """Take one line apart that is in the form of a row of FIXED_HEADERS; None if it is in none."""
    name = next((row.name for row in FIXED_HEADERS if is_fixed(row.name, text)), None)
    return None if name is None else Header((), fixed=name).read(text)
