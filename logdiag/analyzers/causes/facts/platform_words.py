"""What the platforms that run client and server say in the moment of each disconnect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Final, NamedTuple

from logdiag.analyzers.causes.crashes import pick_telling
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.own_words import Said
from logdiag.analyzers.causes.platforms import ConnectionEnd, Exit, find_owner, list_exits, pair_exits
from logdiag.analyzers.causes.reasons import ENDED_BY_CLIENT
from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.rows import Rows

SERVER: Final = ""  # no connection has this name
VICTIM: Final = compile_later(r"(?i)kill(?:ed)? process$")  # as the kernel says it, of a program by its name
OWN_WORDS: Final = frozenset({None, *ENDED_BY_CLIENT})  # what a client may still say that is being stopped


class PlatformWords(NamedTuple):
    """The lines of platforms of one disconnect, as `DisconnectFacts` has them."""

    client_exit: Said | None
    server_exit: Said | None


def find_platform_words(known: FactInput, endings: Sequence[Ending]) -> list[PlatformWords]:
    """What platforms say at each disconnect of the process at either end, unless that process logged it and lived."""
    exits = list_exits(known.timeline)
    if not exits:
        return [PlatformWords(None, None)] * len(endings)
    span_s = known.timeline.measure_s()
    names = _list_names(known.timeline, endings)
    units: dict[str, list[Exit]] = defaultdict(list)
    owners = {unit: find_owner(unit, names) for unit in {one.unit for one in exits}}
    for one in exits:
        if (owner := owners[one.unit]) is not None:
            units[owner].append(one)
    ends: dict[str, list[ConnectionEnd]] = defaultdict(list)
    for ending in endings:
        end = _place(ending)
        ends[SERVER].append(end)
        ends[ending.drop.connection].append(end)
    found: dict[str, Mapping[int, Said]] = {owner: pair_exits(own, ends[owner], span_s) for owner, own in units.items()}
    words = [
        PlatformWords(
            None if _client_lived(end) else found.get(end.drop.connection, {}).get(end.drop.index),
            None if _server_lived(end) else found.get(SERVER, {}).get(end.drop.index),
        )
        for end in endings
    ]
    victims = [one for one in exits if owners[one.unit] is None and VICTIM.search(one.said.text)]
    return _name_victims(victims, endings, words, span_s) if victims else words


def _place(ending: Ending) -> ConnectionEnd:
    """An end on the server's clock, and when its client was back."""
    back = ending.session.reopened
    on_server = None if back is None else back - timedelta(seconds=ending.offset_s)
    return ConnectionEnd(ending.drop.index, _find_moment(ending), ending.error_s, on_server)


def _name_victims(
    victims: Sequence[Exit], endings: Sequence[Ending], words: Sequence[PlatformWords], span_s: float
) -> list[PlatformWords]:
    """The words with what the kernel says of a process whose name is no unit's (`node`), where that moment ended one.

    Of a client which is known to have started anew since.
    """
    died = [
        ending
        for ending, said in zip(endings, words, strict=True)
        if not _client_lived(ending) and (ending.session.restarted or said.client_exit is not None)
    ]
    found = pair_exits(victims, map(_place, died), span_s)
    return [
        one
        if (line := found.get(ending.drop.index)) is None
        else one._replace(client_exit=pick_telling([line] if one.client_exit is None else [one.client_exit, line]))
        for ending, one in zip(endings, words, strict=True)
    ]


def _find_moment(ending: Ending) -> datetime:
    """When a connection ended on the server's clock: of a client that wrote nothing of it, the server knows best."""
    closed = None if ending.drop.logged or ending.socket is None else ending.socket.closed
    return closed or ending.on_server


def _client_lived(ending: Ending) -> bool:
    """Whether the client itself says that its connection was cut: who dies of that ends because of the disconnect."""
    return ending.drop.logged and ending.drop.reason not in OWN_WORDS


def _server_lived(ending: Ending) -> bool:
    """Whether the server itself tells of the end: one that is killed tells nothing."""
    return ending.drop.server_evidence is not None


def _list_names(timeline: Rows, endings: Sequence[Ending]) -> dict[str, set[str]]:
    """How the processes are called in the logs: each client by its connection, the server as `SERVER`.

    By folder, file and service of the lines in which it speaks as one; where the server alone tells of a client, by the
    name that it gives.
    """
    server = timeline[[EventKind(kind).side is Side.SERVER for kind in timeline["kind"].tolist()]]
    names: dict[str, set[str]] = {SERVER: _collect(server)}
    client = timeline[[EventKind(kind).side is Side.CLIENT for kind in timeline["kind"].tolist()]]
    spoken = {name: _collect(rows) for name, rows in client.part("connection")}
    for ending in endings:
        name = ending.drop.connection
        names.setdefault(name, {name} | spoken.get(name, set()))
    return names


def _collect(rows: Rows) -> set[str]:
    files = {PurePath(file).name.partition(".")[0] for file in set(rows["file"].tolist())}
    return {str(one) for one in files | set(rows["source"].tolist()) | set(rows["service"].tolist()) if one}
