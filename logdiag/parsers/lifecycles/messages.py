"""What a server says of messages that came over a socket, in words of its own: `submitOrder #12 from Xk3…AAAB`.

Such lines show that a connection is used, which parts an idle timeout from an age limit. Where the words do not say
whence a message came (`position update`), the times do: what the server does by itself it does for all sockets in one
go, or on a beat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from statistics import median
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lifecycles.pairs import Series, are_socket_ids, collect_series, list_slots
from logdiag.parsers.lifecycles.reasons import MESSAGE
from logdiag.parsers.lifecycles.samples import Sample, find_socket_ids
from logdiag.parsers.lifecycles.sightings import Decoder, Sighting

OF_SOCKETS: Final = frozenset({EventKind.SERVER_CONNECTED, EventKind.SERVER_JOINED, EventKind.SERVER_DISCONNECTED})
OF_EITHER_SIDE: Final = frozenset({EventKind.CONNECTED, EventKind.DISCONNECTED})  # "Socket connected" is anybody's
OF_A_CLIENT: Final = frozenset({
    EventKind.CONNECTING, EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT, EventKind.EMIT, EventKind.EMIT_REFUSED,
    EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_FAILED,
})  # fmt: skip
MOST_LINES: Final = 400  # of a file, a few hundredths of a second
LEAST_LINES: Final = 8
LEAST_A_SOCKET: Final = 1.5  # what comes once a socket tells of its start or its end
LEAST_KNOWN: Final = 0.5  # of the sockets: lines of their starts may be lost
FROM: Final = compile_later(r"(?i)(?:\bfrom|来自|<-|←)(?:\s+(?:client|socket|sid|id|user|worker|客户端))?[\s:=#(\[]*\Z")
RECEIVED: Final = compile_later(r"(?i)\b(?:received?|recv|receiving|incoming|got)\b|收到|接收")
OTHERWISE: Final = compile_later(
    r"(?i)connect|clos|error|fail|lost|drop|timed? ?out|reject|refus|denied|invalid|unauthori|leav|\bleft|bye|"
    r"handshake|upgrade|错误|失败|断|拒|超时|离开"
)
# What a server sends, looks after or answers by itself.
BY_ITSELF: Final = compile_later(
    r"(?i)emit|\bsen[dt]|push|publish|broadcast|deliver|notif|forward|relay|dispatch|repl[iy]|respon|check|monitor|"
    r"clean|stale|idle|ping|pong|heartbeat|health|keep.?alive|expir|\bto\b|->|→|发送|推送|广播|检查|心跳"
)
IN_ONE_GO_S: Final = 0.1  # a loop over all sockets takes less
MOST_IN_ONE_GO: Final = 0.1
LEAST_SCATTER: Final = 0.05  # of the usual distance: a timer of the server's own is late by milliseconds
LEAST_TOGETHER: Final = 2  # sockets in use at once: a client has one after the other


def find_received(samples: Iterable[Sample], decoder: Decoder) -> Iterator[tuple[Series, str]]:
    """The wordings by which a server tells of messages that it got, and the place of the socket's id in each."""
    rows = [row for sample in samples for row in _read(sample, decoder)]
    known = _list_known(rows, OF_SOCKETS)
    is_clients = any(row.kind in OF_A_CLIENT for row in rows)
    of_either = known if is_clients else known | _list_known(rows, OF_EITHER_SIDE)
    for one in collect_series(row for row in rows if row.kind is None):
        slot = _find_socket(one, of_either) if len(one.sightings) >= LEAST_LINES else None
        if slot is None or OTHERWISE.search(one.wording.template):
            continue
        if (_is_received(one, slot) and _find_socket(one, known)) or (not is_clients and _comes_unasked(one, slot)):
            yield one, slot


def _list_known(rows: Iterable[Sighting], kinds: Collection[EventKind]) -> set[str]:
    return {name for row in rows if row.kind in kinds for name in row.reading.ids.values()}


def _read(sample: Sample, decoder: Decoder) -> Iterator[Sighting]:
    for line in islice(sample.find(find_socket_ids()), MOST_LINES):
        yield from decoder.decode(sample.file, line)


def _find_socket(one: Series, known: set[str]) -> str | None:
    """The place of the id of a socket that the server named before and names more than once here."""
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
    """Whether the words say that something came from the socket."""
    before: Sequence[str] = ()
    if slot.startswith(f"{MESSAGE}#"):
        before = one.wording.literals[: int(slot.partition("#")[2]) + 1]
    return RECEIVED.search(one.wording.template) is not None or bool(before and FROM.search(before[-1]))


def _comes_unasked(one: Series, slot: str) -> bool:
    """Whether lines of sockets in use at once come one by one and on no beat: the server does not set their pace."""
    if BY_ITSELF.search(one.wording.template):
        return False
    rows = sorted((row.time, row.reading.ids[slot]) for row in one.sightings if slot in row.reading.ids)
    times: dict[str, list[float]] = defaultdict(list)
    for moment, name in rows:
        times[name].append(moment.timestamp())
    gaps = [later - earlier for own in times.values() for earlier, later in pairwise(own)]
    in_one_go = sum(
        one_name != other and (later - earlier).total_seconds() <= IN_ONE_GO_S
        for (earlier, one_name), (later, other) in pairwise(rows)
    )
    return (
        _count_together(times.values()) >= LEAST_TOGETHER
        and in_one_go <= MOST_IN_ONE_GO * len(rows)
        and _measure_scatter(gaps) >= LEAST_SCATTER
    )


def _count_together(times: Iterable[Sequence[float]]) -> int:
    """How many sockets were in use at once at the most."""
    steps = sorted((moment, step) for own in times for moment, step in ((own[0], 1), (own[-1], -1)))
    count = most = 0
    for _, step in steps:
        count += step
        most = max(most, count)
    return most


def _measure_scatter(gaps: Sequence[float]) -> float:
    """The usual deviation from the usual distance, as a share of it."""
    usual = median(gaps) if gaps else 0.0
    return median(abs(gap - usual) for gap in gaps) / usual if usual else 0.0
