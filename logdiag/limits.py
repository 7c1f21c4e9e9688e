"""How much of the evidence is taken at most; what is over is skipped, counted, and named with the limit to lift."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

UNITS: Final = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}  # powers of two, as `ls -h` and `2GiB` have them
AMOUNT: Final = re.compile(r"(?P<count>[0-9]{1,15}) ?(?:(?P<unit>[kmgt]?)i?b?)", re.IGNORECASE)
DEEPEST: Final = 500  # Python 3.11 decodes about 900 levels, whatever it is told
SHORTEST_BYTES: Final = 1 << 18  # of a line's bound: lines within one stretch of reading are not measured


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run, each of which the option `--limit` lifts by the name in `NAMES`.

    `line_bytes`: of a line. `document_bytes`: of a JSON document of many lines, which is laid out in memory.
    `unpacked_bytes`: of a packed file or an archive, unpacked. `ratio`: how much larger a packed file may become.
    `members_count`: in an archive. `files_count`: log files of a run. `depth_count`: of objects and lists in each other
    of a record. `values_count`: keys of objects and items of lists in a record or document.
    """

    line_bytes: int = 1 << 26  # three times the longest line of a real log; without it, a packed one fills memory
    document_bytes: int = 1 << 25  # decoded and laid out it takes ten times that where there is one emoji in it
    unpacked_bytes: int = 1 << 36  # a quarter of an hour of unpacking
    # Deflate packs nothing tighter than 1,032 to 1, and logs 10 to 50 to 1; bombs, of short lines as well, over 300.
    ratio: int = 200
    members_count: int = 20_000  # a fleet of a thousand processes with a dozen files each is within it
    files_count: int = 100_000  # ten times the largest fleet measured; each takes a kilobyte before it is read
    depth_count: int = 200  # of real records the deepest is 12
    values_count: int = 1_000_000  # decoded they take up to 250 bytes each


NAMES: Final = {
    "line": "line_bytes",
    "document": "document_bytes",
    "unpacked": "unpacked_bytes",
    "ratio": "ratio",
    "members": "members_count",
    "files": "files_count",
    "depth": "depth_count",
    "keys": "values_count",
}
RANGES: Final = {"line": (SHORTEST_BYTES, 1 << 40), "depth": (1, DEEPEST)}
ANY: Final = (1, 1 << 60)
STANDARD: Final = Limits()


def parse_limits(texts: Iterable[str]) -> Limits:
    """`line=2GiB`, `ratio=500` and the like; of two for one name the later holds. Raises ValueError that says why."""
    values = {}
    for text in texts:
        name, _, amount = text.partition("=")
        if name not in NAMES:
            raise ValueError(f"{text} is not NAME=VALUE with one of {', '.join(NAMES)}")
        value = values[NAMES[name]] = _parse_amount(text, amount)
        least, most = RANGES.get(name, ANY)
        if not least <= value <= most:
            raise ValueError(f"{text} is not from {show_bytes(least)} to {show_bytes(most)}")
    return Limits(**values)


def _parse_amount(text: str, amount: str) -> int:
    found = AMOUNT.fullmatch(amount.strip().replace(",", "").replace("_", ""))
    if found is None:
        raise ValueError(f"{text} is no number or size such as 500 or 2GiB")
    return int(found["count"]) << UNITS[found["unit"].lower()]


def show_bytes(count_bytes: int) -> str:
    """A size as `--limit` takes it: `64MiB`; in bytes where it is no round number of anything."""
    for unit, power in (("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count_bytes and count_bytes % (1 << power) == 0:
            return f"{count_bytes >> power:,}{unit}"
    return f"{count_bytes:,}"
