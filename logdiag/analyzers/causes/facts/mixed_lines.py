"""Messages in a file that several clients share, of which no line says whose they are."""

from __future__ import annotations

from typing import Final

import pandas as pd

from logdiag.events import EventKind

MESSAGES: Final = (EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_FAILED, EventKind.EMIT)


def count_mixed_lines(frame: pd.DataFrame) -> dict[str, int]:
    """For each connection of several that share a file: how many messages of that file are nobody's.

    A connection that was parted from its file has a name of its own; what could not be parted keeps the file's.
    """
    nobodys = frame[frame["kind"].isin([kind.value for kind in MESSAGES]) & (frame["connection"] == frame["source"])]
    counts = nobodys["source"].value_counts()
    connects = frame[(frame["kind"] == EventKind.CONNECTED.value) & (frame["connection"] != frame["source"])]
    pairs = connects[["connection", "source"]].drop_duplicates()
    return {
        str(connection): int(counts[source])
        for connection, source in zip(pairs["connection"], pairs["source"], strict=True)
        if source in counts.index
    }
