"""Which day a file tells of: by its name, and whether its stamps have the day before the month (`01/08/2025`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import Final

from logdiag.deferred import compile_later
from logdiag.reading import DamageError, LogFile, read_spans
from logdiag.times.stamps import list_numbers

DAY_IN_NAME: Final = compile_later(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
PLACES: Final = 64  # at so many places of a file it is asked whether the day stands before the month
PLACE_BYTES: Final = 4_096
LAST_MONTH: Final = 12
BRITISH: Final = compile_later(r"\d{1,2}/\d{1,2}/\d{4}, +\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?$")
NUMBERS: Final = compile_later(rb"(?<![\d.:/-])(\d{1,2})([-/.])(\d{1,2})\2(?:\d{4}|\d\d)[ ,T:]")


def find_in_name(file: LogFile, zone: tzinfo) -> datetime | None:
    """The day that the name of a file tells, which begins at midnight in `zone`: `worker-2025-11-14.log`."""
    found = DAY_IN_NAME.search(PurePath(file.path).name)
    try:
        return None if found is None else datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone)
    except ValueError:
        return None


def find_order(file: LogFile, stamps: Sequence[object]) -> bool | None:
    """Whether the day stands first: by any stamp that decides it, else by the reading that makes the file shorter."""
    pairs = [pair for stamp in stamps if isinstance(stamp, str) and (pair := list_numbers(stamp))]
    if any("." in str(stamp).split(" ")[0] for stamp in stamps[:1]):
        return True  # 14.11.2025: wherever dots are written, the day stands first
    pairs += _sample_pairs(file)
    if any(first > LAST_MONTH for first, _ in pairs):
        return True
    if any(second > LAST_MONTH for _, second in pairs):
        return False
    if len(set(pairs)) < 2:
        return None
    spans = [_measure_days(pairs, day_first=day_first) for day_first in (True, False)]
    return None if spans[0] == spans[1] else spans[0] < spans[1]


def is_british(stamps: Sequence[object]) -> bool | None:
    """True where a comma and 24 hours follow the date: `10/08/2024, 18:09:23` is en-GB, en-US has AM and PM.

    No proof, as any format can be asked for by name; None otherwise.
    """
    known = [stamp for stamp in stamps if isinstance(stamp, str) and list_numbers(stamp) is not None]
    return True if all(BRITISH.match(stamp.strip()) for stamp in known) else None


def _measure_days(pairs: Sequence[tuple[int, int]], *, day_first: bool) -> int:
    days = [31 * (second if day_first else first) + (first if day_first else second) for first, second in pairs]
    return max(days) - min(days)


def _sample_pairs(file: LogFile) -> list[tuple[int, int]]:
    """Day and month, in their order, of stamps at places all over a file."""
    step = max(file.size_bytes // PLACES, PLACE_BYTES)
    spans = [(place, place + PLACE_BYTES) for place in range(0, max(file.size_bytes, 1), step)]
    try:
        with closing(read_spans(file, spans)) as pieces:
            return [(int(first), int(second)) for piece in pieces for first, _, second in NUMBERS.findall(piece)]
    except DamageError:
        return []
