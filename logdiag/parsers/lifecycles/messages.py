"""What a server says of messages that came over a socket, in words of its own: `submitOrder #12 from Xk3…AAAB`.

Such lines show that a connection is used, which parts an idle timeout from an age limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from logdiag.events import EventKind
from logdiag.parsers.lifecycles.pairs import Series, are_socket_ids, collect_series, list_slots
from logdiag.parsers.lifecycles.reasons import MESSAGE
from logdiag.parsers.lifecycles.samples import Sample, find_socket_ids
from logdiag.parsers.lifecycles.sightings import Decoder, Sighting

OF_SOCKETS: Final = frozenset({EventKind.SERVER_CONNECTED, EventKind.SERVER_JOINED, EventKind.SERVER_DISCONNECTED})
MOST_LINES: Final = 400  # of a file, a few hundredths of a second
LEAST_LINES: Final = 8
LEAST_A_SOCKET: Final = 1.5  # what comes once a socket tells of its start or its end
LEAST_KNOWN: Final = 0.5  # of the sockets: lines of their starts may be lost
FROM: Final = re.compile(r"(?i)(?:\bfrom|来自|<-|←)(?:\s+(?:client|socket|sid|id|user|worker|客户端))?[\s:=#(\[]*\Z")
RECEIVED: Final = re.compile(r"(?i)\b(?:received?|recv|receiving|incoming|got)\b|收到|接收")
OTHERWISE: Final = re.compile(
    r"(?i)connect|clos|error|fail|lost|drop|timed? ?out|reject|refus|denied|invalid|unauthori|leav|\bleft|bye|"
    r"handshake|upgrade|错误|失败|断|拒|超时|离开"
)


def find_received(samples: Iterable[Sample], decoder: Decoder) -> Iterator[tuple[Series, str]]:
    """The wordings by which a server tells of messages that it got, and the place of the socket's id in each."""
    rows = [row for sample in samples for row in _read(sample, decoder)]
    known = {name for row in rows if row.kind in OF_SOCKETS for name in row.reading.ids.values()}
    for one in collect_series(row for row in rows if row.kind is None):
        slot = _find_socket(one, known) if len(one.sightings) >= LEAST_LINES else None
        if slot is not None and _is_received(one, slot):
            yield one, slot


def _read(sample: Sample, decoder: Decoder) -> Iterator[Sighting]:
    for line in islice(sample.find(find_socket_ids()), MOST_LINES):
        yield from decoder.decode(sample.file, line)


def _find_socket(one: Series, known: set[str]) -> str | None:
    """The place of the id of a socket that the server told of, and tells of more than once here."""
    for slot in list_slots(one):
        names = [row.reading.ids[slot] for row in one.sightings if slot in row.reading.ids]
        sockets = set(names)
        if (
            are_socket_ids(sockets)
            and len(names) >= LEAST_A_SOCKET * len(sockets)
            and len(sockets & known) >= LEAST_KNOWN * len(sockets)
        ):
            return slot
    return None


def _is_received(one: Series, slot: str) -> bool:
    """Whether the words say that something came from the socket, and nothing of its start, its end or a fault."""
    if OTHERWISE.search(one.wording.template):
        return False
    before: Sequence[str] = ()
    if slot.startswith(f"{MESSAGE}#"):
        before = one.wording.literals[: int(slot.partition("#")[2]) + 1]
    return RECEIVED.search(one.wording.template) is not None or bool(before and FROM.search(before[-1]))
