"""What programs write before a message, line by line: `INFO:root:gone`, `INFO:     gone`, `I/flutter (21873): gone`.

`logging.basicConfig()` writes level, logger and message with colons between them; uvicorn pads its level to a column.
In one output stand lines of both, and what `print` writes, so that no vote over the lines of a file finds the columns.
Android's logcat writes a letter for the level, the tag and the process; so do Flutter and React Native.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from logdiag.deferred import compile_later

LEVELS: Final = ("DEBUG:", "INFO:", "WARNING:", "ERROR:", "CRITICAL:", "TRACE:")
LETTERS: Final = ("V/", "D/", "I/", "W/", "E/", "F/")
PADDED_COLUMNS: Final = 10  # "CRITICAL: ", the longest of uvicorn's levels with its colon and a blank
_NAMED: Final = compile_later(r"([A-Z]+):([A-Za-z_][\w.-]{0,80}):( ?)(?=\S)", re.ASCII)
_PADDED: Final = compile_later(r"([A-Z]+): {1,6}(?=\S)", re.ASCII)
# The process in brackets may be missing, as in Android Studio; then the tag has no blank.
_TAGGED: Final = compile_later(
    r"([VDIWEF])/(?:([^\s(:][^(:\n]{0,80}?) *\( *\d{1,7}\)|([\w.$-]{2,80}) *): ?(?=\S)", re.ASCII
)
# With a blank behind the second colon a bare word may be the message's own: `ERROR:Disconnected: transport close`.
_LOGGER: Final = compile_later(r"\w+(?:\.\w+)+|root|__main__", re.ASCII)


class Opening(NamedTuple):
    """Level and logger (None: it names none) that a text begins with, and where its message begins."""

    level: str
    name: str | None
    place: int


def find_opening(text: str, place: int = 0) -> Opening | None:
    """What Python's logging or logcat wrote at a place of a text, or None if it is nothing of theirs."""
    if text.startswith(LETTERS, place):
        tagged = _TAGGED.match(text, place)
        return Opening(tagged[1], (tagged[2] or tagged[3]).rstrip(), tagged.end()) if tagged else None
    if not text.startswith(LEVELS, place):
        return None
    found = _NAMED.match(text, place)
    if found is not None and (not found[3] or _LOGGER.fullmatch(found[2])):
        return Opening(found[1], found[2], found.end())
    found = _PADDED.match(text, place)
    if found is None or found.end() - place != PADDED_COLUMNS:
        return None
    return Opening(found[1], None, found.end())
