"""Where the objects of a file keep time, message and level, recognised by their values: `hora`, `nachricht`, `日時`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.forms.dialects import LONGEST_MESSAGE, PINO_LEVELS, SAME_LEVEL, Record, mend_text, normalize_level
from logdiag.times.stamps import Hints, find_stamp_form, parse_timestamp

NEARLY_ALL: Final = 0.9  # of the records have the key, and of its values are what they should be
LEAST_SPOKEN: Final = 0.5  # of a message key's values are sentences; one word may be a message too
LEAST_NUMBERS: Final = 3  # so many numbers in their order are a clock; one or two may be an id
LEAST_ROWS: Final = 2  # a choice: what one record alone has under a key of its own may be anything
LONGEST_KEY: Final = 60  # a longer one holds data
BACK: Final = timedelta(seconds=1)  # so far may a line stand behind the one before it: several write one file
ANY_DAY: Final = Hints(anchor=datetime(2000, 1, 1, tzinfo=UTC))
LEVELS: Final = frozenset({*PINO_LEVELS.values(), *SAME_LEVEL, *SAME_LEVEL.values()})
# Two words, or four letters of a script without blanks.
SPOKEN: Final = compile_later(r"[^\W\d_]{2,}\W?\s\W?[^\W\d_]|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{4}")
# The first argument of a call, where a logger writes each under a key of its own: `p1`, `arg0`, `0`.
ARGUMENT: Final = compile_later(r"(?P<stem>[A-Za-z_]{0,10})(?P<number>[01])")
SENTENCE_ENDS: Final = (".", "!", "…", "。", "！")
PRODUCT: Final = compile_later(r"[\w.-]+/\d")  # how user agents begin


class FoundKeys(NamedTuple):
    """The keys that the dialect does not know; None where it finds the thing by itself, or nothing looks like it."""

    time: str | None = None
    message: str | None = None
    level: str | None = None

    def complete(self, record: Record) -> Record:
        """The record with what stands under these keys, which are no fields of it any more."""
        fields = record.fields
        message = fields.get(self.message) if self.message and not record.message else None
        level = fields.get(self.level) if self.level else None
        return record._replace(
            stamp=fields.get(self.time) if self.time else record.stamp,
            message=mend_text(message[:LONGEST_MESSAGE]) if isinstance(message, str) else record.message,
            level=normalize_level(level) if isinstance(level, str) else record.level,
            fields={key: value for key, value in fields.items() if key not in self},
        )


def find_keys(records: Sequence[Record]) -> FoundKeys | None:
    """The keys of time, message and level in records of one file, for those that most lack; None without any."""
    if not records:
        return None
    rows = [record.fields for record in records]
    time = _find_time(rows) if _lack(record.stamp is None for record in records) else None
    speechless = [record.fields for record in records if not record.message]
    if len(speechless) >= NEARLY_ALL * len(rows):
        message = _find_message(rows, {time})
    else:  # a second logger writes some of them
        message = _find_message(speechless, {time}, _is_constant_message) if len(speechless) >= LEAST_ROWS else None
    level = _find_level(rows, {time, message}) if _lack(record.level is None for record in records) else None
    return FoundKeys(time, message, level) if time or message else None


def _lack(missing: Iterable[bool]) -> bool:
    return fmean(missing) >= NEARLY_ALL


def _list_columns(rows: Sequence[Mapping[str, Any]], without: Collection[str | None] = ()) -> dict[str, list[Any]]:
    """The values of the keys that nearly all rows have."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for key, value in row.items():
            if key not in without and len(key) <= LONGEST_KEY:
                columns.setdefault(key, []).append(value)
    return {key: values for key, values in columns.items() if len(values) >= NEARLY_ALL * len(rows)}


def _find_time(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The first key whose values are moments in the order of the lines."""
    return next((key for key, values in _list_columns(rows).items() if _is_clock(values)), None)


def _is_clock(values: Sequence[object]) -> bool:
    moments = [moment for value in values if (moment := _read_moment(value)) is not None]
    if len(moments) < NEARLY_ALL * len(values):
        return False
    if not all(isinstance(value, str) for value in values) and len(set(moments)) < LEAST_NUMBERS:
        return False
    steps = [later >= earlier - BACK for earlier, later in pairwise(moments)]
    return not steps or fmean(steps) >= NEARLY_ALL


def _read_moment(value: object) -> datetime | None:
    """The moment that a value names; of texts only those in a known form, for "may 5" is a date to dateutil."""
    if isinstance(value, str) and find_stamp_form(value) is None:
        return None
    return parse_timestamp(value, UTC, ANY_DAY)


def _find_message(
    rows: Sequence[Mapping[str, Any]],
    without: Collection[str | None],
    accept_constant: Callable[[str, str, Collection[str]], bool] = lambda _key, _text, _keys: False,
) -> str | None:
    """The key of the longest texts among those that differ and are sentences; of one text, where that is accepted."""
    columns = _list_columns(rows, without)
    lengths = {
        key: fmean(map(len, values))
        for key, values in columns.items()
        if all(isinstance(value, str) for value in values)
        and (len(set(values)) > 1 or len(rows) == 1 or accept_constant(key, values[0], columns.keys()))
        and _share(values, SPOKEN.search) >= LEAST_SPOKEN
        and _share(values, PRODUCT.match) < LEAST_SPOKEN
    }
    return max(lengths, key=lambda key: lengths[key], default=None)


def _is_constant_message(key: str, text: str, keys: Collection[str]) -> bool:
    """Whether a text that stands in all of some records may be their message: a sentence, or the first of arguments."""
    numbered = ARGUMENT.fullmatch(key)
    is_first = numbered is not None and f"{numbered['stem']}{int(numbered['number']) + 1}" in keys
    return is_first or text.endswith(SENTENCE_ENDS)


def _find_level(rows: Sequence[Mapping[str, Any]], without: Collection[str | None]) -> str | None:
    columns = _list_columns(rows, without)
    return next((key for key, values in columns.items() if _share(values, _is_level) >= NEARLY_ALL), None)


def _is_level(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in LEVELS


def _share(values: Sequence[Any], accept: Callable[[Any], object]) -> float:
    return fmean(bool(accept(value)) for value in values)
