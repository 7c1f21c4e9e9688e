"""Whose log tells of a lifecycle: decided by what the lines say, never by the name of a file."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from logdiag.events import EventKind
from logdiag.parsers.lifecycles.pairs import Pair, are_socket_ids
from logdiag.parsers.lifecycles.reasons import CLIENT_REASONS, SERVER_REASONS
from logdiag.parsers.lifecycles.sightings import Sighting

OVERLAPS: Final = 2  # a client that replaces its socket has two for a moment; a server has that as a rule
OVERLAP_S: Final = 1.0
LEAST_IN_TURN: Final = 6  # of so many sessions of clients that know nothing of each other two are open at once
MOSTLY_OPEN: Final = 0.7  # of the time: clients that come and go leave a server alone as often, or they overlap


class Side(StrEnum):
    """Who writes the lines."""

    CLIENT = "client"
    SERVER = "server"


SIDE_OF_KIND: Final = {
    EventKind.CONNECTED: Side.CLIENT,
    EventKind.DISCONNECTED: Side.CLIENT,
    EventKind.SERVER_CONNECTED: Side.SERVER,
    EventKind.SERVER_DISCONNECTED: Side.SERVER,
}


def decide_side(pair: Pair, *, is_refused: bool = False) -> Side | None:
    """What rules know of one half, then reasons that one side alone can have, then how many are open at once.

    Who is refused (`is_refused`) while the connection is down is the one that asks for it: a client.

    Last of all the id: when a client learns of its disconnect, Socket.IO has already taken the id from the socket,
    whereas a server still has it. None where nothing tells.
    """
    known = {side for one in (pair.opener, pair.closer) for row in one.sightings if (side := _know_side(row))}
    if len(known) == 1:
        return known.pop()
    reasons = [row.reading.reason for row in pair.closer.sightings]
    client_count = sum(reason in CLIENT_REASONS for reason in reasons)
    server_count = sum(reason in SERVER_REASONS for reason in reasons)
    if client_count != server_count:
        return Side.CLIENT if client_count > server_count else Side.SERVER
    if pair.closer_slot is None:
        return Side.CLIENT
    if count_overlaps(pair) >= OVERLAPS:
        return Side.SERVER
    if is_refused:
        return Side.CLIENT
    ids = {row.reading.ids.get(pair.closer_slot, "") for row in pair.closer.sightings}
    return Side.SERVER if are_socket_ids(ids) else None


def _know_side(row: Sighting) -> Side | None:
    """The side by what a rule knows of a line; words that are anybody's have the client's kind by default."""
    return SIDE_OF_KIND.get(row.kind) if row.kind and row.is_side_sure else None


def guess_side(pair: Pair) -> Side:
    """The side that lines seem to be of where nothing tells: what `analyzers.connections.sides` takes them for.

    A server names each connection that closes. So does a client whose ids are its own; then it has one at a time, and
    most of the time it has one.
    """
    if pair.closer_slot is None:
        return Side.CLIENT
    return Side.CLIENT if all(map(_are_in_turn, _list_spans(pair).values())) else Side.SERVER


def _are_in_turn(spans: Sequence[tuple[float, float]]) -> bool:
    is_alone = all(later >= end for (_, end), (later, _) in pairwise(spans))
    up_s = sum(end - start for start, end in spans)
    return is_alone and len(spans) >= LEAST_IN_TURN and up_s >= MOSTLY_OPEN * (spans[-1][1] - spans[0][0])


def count_overlaps(pair: Pair) -> int:
    """How often one opens while another has been open, and stays so, for longer than a moment, in one process."""
    return sum(map(_count_overlaps, _list_spans(pair).values()))


def _list_spans(pair: Pair) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """From when to when each connection was open, UNIX seconds, in order, by the process that tells of it."""
    closes = {_key(row, pair.closer_slot): row for row in pair.closer.sightings}
    spans: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in pair.opener.sightings:
        close = closes.get(_key(row, pair.opener_slot))
        if close is not None and close.time > row.time:
            spans.setdefault(row.stream, []).append((row.time.timestamp(), close.time.timestamp()))
    return {stream: sorted(rows) for stream, rows in spans.items()}


def _count_overlaps(spans: Sequence[tuple[float, float]]) -> int:
    found, latest = 0, float("-inf")
    for start, end in spans:
        found += min(latest, end) - start > OVERLAP_S
        latest = max(latest, end)
    return found


def _key(row: Sighting, slot: str | None) -> str:
    return row.reading.ids.get(slot or "", "")
