"""Lines without a stamp between lines that have one: a print beside a logger is a record, a stack is part of one.

Such a record takes the time of the line before it: it was written then or later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from logdiag.parsers.colours import FRAME, strip_colours
from logdiag.parsers.dialects import Record
from logdiag.parsers.layouts import Layout
from logdiag.parsers.records import BLANK, find_time, read_unstamped

LOOK_BACK: Final = 200  # lines: a stack is shorter, and more would cost too much where nothing has a stamp
# What begins a line that belongs to the one before: an indent, what closes a block, markup, an item or a text of a
# body, a stack and the names of errors, the field of a header or of an object that is shown.
_INNER: Final = re.compile(
    rb"[\s})\]^|<\"'{~]|- |#\d|\.\.\.|at |File |Caused by|Suppressed|Traceback|Stack|Backtrace"
    rb"|goroutine |Thrown |Uncaught |During handling|The above exception|Node\.js v|node:|throw |Process |[A-Z]+ /"
    rb"|HTTP/\d"
    rb"|[\w.$:]*(?:Error|Exception|Warning|Interrupt|Fault|Exit)\b"
    rb"|\w+(?:\.[\w$]+)+(?:\(|: )|(?!\w*ed:)[\w-]{1,40}: ?\S*$|(?!\w*ed:)[a-z][\w-]{0,40}: "
)
_FRAME: Final = tuple(side.encode() for side in FRAME)
_LETTERS: Final = re.compile(rb"(?:[A-Za-z]|[\x80-\xff]){3}")
_LEADING: Final = (b":", b",", b"\\")  # a line that ends so goes on in the next one


def find_borrowed(raw: bytes, before: Iterable[bytes], layout: Layout) -> tuple[datetime, Record] | None:
    """The record of a line that has no stamp, with the time of the nearest line `before` it that has one.

    None where the line is part of the one before. `raw` and the lines before are as they stand in the file, the last
    one first.
    """
    if raw.startswith(_FRAME):
        raw = strip_colours(raw.strip(BLANK).decode("utf-8", "replace")).encode("utf-8", "replace")
    if layout.header is None or layout.header.before or _INNER.match(raw) or _LETTERS.search(raw) is None:
        return None
    for index, other in enumerate(islice(before, LOOK_BACK)):
        bare = other.strip(BLANK)
        moment = find_time(bare, layout) if bare else None
        if moment is not None:
            if index == 0 and bare.endswith(_LEADING):
                return None
            return moment, read_unstamped(strip_colours(raw.strip(BLANK).decode("utf-8", "replace")))
    return None
