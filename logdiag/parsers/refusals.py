"""What is said where not one line of the input could be placed in time: what each file holds, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from logdiag.errors import InputError
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.untimed import Told
from logdiag.results.inputs import UnreadFile
from logdiag.texts.sentences import Sentence, say

FILES_SHOWN: Final = 3
REASONS_SHOWN: Final = 5  # a choice: the commonest of an end's reasons; a log has few
FIRST_LINE_CHARACTERS: Final = 60


class Unplaced(NamedTuple):
    """A file of which no line could be placed in time; `lines_count` None: they were not counted."""

    path: str
    layout: Layout
    lines_count: int | None = None


def refuse(
    paths: Sequence[str],
    looked: Sentence,
    files: Iterable[Unplaced],
    unread: Sequence[UnreadFile] = (),
    told: Sequence[Told] = (),
) -> InputError:
    """The error for an input without a single record: what was looked at, what was found in each file, what to do.

    `told` is what the lines say without a time.
    """
    faulty = [file for file in files if file.layout.fault is not None]
    if not faulty and unread:
        notes = [say(f"unread.{file.why}", path=file.path) for file in unread[:FILES_SHOWN]]
        if left_count := len(unread) - len(notes):
            notes.append(say("input.found_more", left_count=left_count))
        return InputError("input.nothing_read", paths=tuple(paths), looked=looked, unread=tuple(notes))
    if not faulty:
        return InputError("input.nothing_parsed", paths=tuple(paths), looked=looked)
    found = [_describe(file) for file in faulty[:FILES_SHOWN]]
    if left_count := len(faulty) - len(found):
        found.append(say("input.found_more", left_count=left_count))
    remedies = tuple(map(say, dict.fromkeys(f"fault_remedy.{file.layout.fault}" for file in faulty)))
    values = {"paths": tuple(paths), "looked": looked, "found": tuple(found), "remedies": remedies}
    if not told:
        return InputError("input.nothing_placed", **values)
    return InputError("input.nothing_placed_but", **values, told=tuple(map(_tell, told)))


def _tell(row: Told) -> Sentence:
    place = f"{row.first.file}:{row.first.line}"
    meaning = say(f"untimed.{row.meaning}")
    if not row.reasons:
        return say("untimed.row", meaning=meaning, count=row.count, place=place)
    reasons = tuple(
        say("untimed.reason", reason=reason, count=count) for reason, count in row.reasons.most_common(REASONS_SHOWN)
    )
    return say("untimed.row_of_reasons", meaning=meaning, count=row.count, place=place, reasons=reasons)


def _describe(file: Unplaced) -> Sentence:
    fault = say(f"fault.{file.layout.fault}")
    first_line = file.layout.first_line[:FIRST_LINE_CHARACTERS]
    if file.lines_count is None:
        return say("input.found_uncounted", path=file.path, fault=fault, first_line=first_line)
    return say("input.found", path=file.path, fault=fault, lines_count=file.lines_count, first_line=first_line)
