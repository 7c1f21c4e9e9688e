"""When to look again: as soon as the system tells of a change, and twice a second where it tells of none."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from watchfiles import Change, watch

UNNOTICED_MS: Final = 500  # network file systems and the mounts of containers tell of nothing
TOGETHER_MS: Final = 200  # changes that come one upon the other are looked at together, after so long at most
QUIET_MS: Final = 50


def list_wakes(paths: Sequence[str]) -> Iterator[bool]:
    """Yield whenever it is time to look; True where files came or went."""
    places = [Path(path) for path in paths]
    is_nested = any(place.is_dir() for place in places)
    watched = {place if place.is_dir() or is_nested else place.parent for place in places}
    try:
        for changes in watch(
            *watched,
            watch_filter=None,
            debounce=TOGETHER_MS,
            step=QUIET_MS,
            rust_timeout=UNNOTICED_MS,
            yield_on_timeout=True,
            recursive=is_nested,
            ignore_permission_denied=True,
        ):
            yield any(change is not Change.modified for change, _ in changes)
    except (OSError, RuntimeError):  # the system's limit of watches is reached, or a folder went away
        yield from _list_ticks()


def _list_ticks() -> Iterator[bool]:
    never = threading.Event()
    while True:
        never.wait(UNNOTICED_MS / 1e3)
        yield False
