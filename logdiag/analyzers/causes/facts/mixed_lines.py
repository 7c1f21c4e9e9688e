"""Messages in a file that several clients share, of which no line says whose they are."""

from __future__ import annotations

from collections import Counter
from typing import Final

from logdiag.events import EventKind
from logdiag.rows import Rows

MESSAGES: Final = (EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_FAILED, EventKind.EMIT)


def count_mixed_lines(timeline: Rows) -> dict[str, int]:
    """For each connection of several that share a file: how many messages of that file are nobody's.

    A connection that was parted from its file has a name of its own; what could not be parted keeps the file's.
    """
    messages, connects = timeline.of_kinds(MESSAGES), timeline.of_kinds({EventKind.CONNECTED})
    counts = Counter(messages[messages["connection"] == messages["source"]]["source"])
    pairs = connects[connects["connection"] != connects["source"]].distinct("connection", "source")
    return {connection: counts[source] for connection, source in pairs if source in counts}
