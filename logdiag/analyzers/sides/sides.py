"""Whose log it is, by what its lines tell: a server has many sockets at once, a client one at a time.

What only one side can say or know decides, in the order of `CLUES`; the name of a service or of a file, by which the
lexicon guessed, is left where nothing does. Then the kinds of the lines that could not tell are those of the side.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logdiag.analyzers.names.accepted_openings import name_accepted
from logdiag.analyzers.names.alternating import name_by_turns
from logdiag.analyzers.names.half_named_ends import name_half_named_ends
from logdiag.analyzers.names.ids_elsewhere import name_by_ids_elsewhere
from logdiag.analyzers.names.named_loggers import name_sockets_by_logger
from logdiag.analyzers.names.named_sockets import name_sockets_by_client
from logdiag.analyzers.names.returning_ids import part_returning_ids
from logdiag.analyzers.processes.copied_files import part_copies, tell_copies
from logdiag.analyzers.processes.process_runs import tell_runs
from logdiag.analyzers.sides.bare_ends import is_bare, loosen_bare_ends, tell_own_word
from logdiag.analyzers.sides.client_parts import drop_parts_of_clients
from logdiag.analyzers.sides.lapsed_sockets import name_lapsed_ends
from logdiag.analyzers.sides.library_echoes import drop_library_echoes
from logdiag.analyzers.sides.neighbouring_ends import join_neighbouring_ends
from logdiag.analyzers.sides.noted_ends import drop_noted_ends
from logdiag.analyzers.sides.other_loggers import drop_other_loggers
from logdiag.analyzers.sides.outage_ends import join_ends_of_an_outage
from logdiag.analyzers.sides.own_connects import drop_own_connects
from logdiag.analyzers.sides.replaced_clients import tell_replaced_ends
from logdiag.analyzers.sides.retold_ends import join_retold_ends
from logdiag.analyzers.sides.side_clues import CLUES, TRIES, WORDS, Unit, UnitKey, count_overlaps, is_library
from logdiag.analyzers.sides.split_tellers import join_halves
from logdiag.analyzers.sides.state_reports import drop_state_reports
from logdiag.analyzers.sides.stated_errors import join_stated_errors
from logdiag.events import BOUNDS, Event, EventKind, Interpreter, Side
from logdiag.results.inputs import SideReading

SERVER_TWINS: Final[Mapping[EventKind, EventKind]] = {
    EventKind.CONNECTED: EventKind.SERVER_CONNECTED,
    EventKind.JOINED: EventKind.SERVER_JOINED,
    EventKind.DISCONNECTED: EventKind.SERVER_DISCONNECTED,
    EventKind.CONNECT_ERROR: EventKind.SERVER_ERROR,
    EventKind.PROCESS_STARTED: EventKind.SERVER_STARTED,
    EventKind.PROCESS_STOPPING: EventKind.SERVER_STOPPING,
}
CLIENT_TWINS: Final[Mapping[EventKind, EventKind]] = {server: client for client, server in SERVER_TWINS.items()}
OF_A_PROCESS: Final = frozenset({EventKind.PROCESS_STARTED, EventKind.PROCESS_STOPPING})  # loggers of their own say so
# The ways in which lines tell once more of a connect or an end; each knows what those before it have joined.
JOINS: Final[tuple[Callable[[Sequence[Event]], list[Event]], ...]] = (
    drop_own_connects,
    join_neighbouring_ends,
    join_retold_ends,
    join_ends_of_an_outage,
    join_stated_errors,
)
# What proves more than a sentence that reads like the other side's.
PROOFS: Final = frozenset({"library", "retries", "crowd", "reasons", "ends"})
TURNS: Final = frozenset({"ids", "turns"})  # clues that hold for a server of one client as well
SHARED: Final = 0.5  # of the sockets that two logs tell of: then they are the two ends of them


class SidedEvents(NamedTuple):
    """The events, those told anew among them, and the side of each service that tells of connections."""

    events: list[Event]
    readings: tuple[SideReading, ...]


def tell_sides(
    events: Sequence[Event],
    services: Mapping[str, str],
    stated: Mapping[str, Side] | None = None,
    signs: Mapping[str, Counter[str]] | None = None,
    again: Collection[tuple[str, int]] = (),
) -> SidedEvents:
    """Decide the side of each service of each process, and tell the lines anew that could not say it.

    `services` are those of files; `stated` has the side of processes, services or files by their names: it overrules
    all that the lines say. `signs` counts by file the lines without an event that show a process which accepts
    connections (`parsers.lexicon.accepting`); `again` are the file and number of lines that tell what others tell.
    """
    events, copies = part_copies(events, again)
    events = name_accepted(events)
    events = name_by_ids_elsewhere(drop_parts_of_clients(drop_state_reports(events)))
    events = name_sockets_by_logger(drop_other_loggers(events))
    events = loosen_bare_ends(events)
    events = drop_noted_ends(drop_library_echoes(events, is_library))
    events = name_half_named_ends(name_sockets_by_client(tell_replaced_ends(events)))
    events = part_returning_ids(name_lapsed_ends(events))
    units: dict[UnitKey, Unit] = {}
    halves = join_halves(events, services)
    for event in events:
        if event.kind in WORDS or event.kind in TRIES:
            key = (event.source, services[event.file], event.service)
            key = halves.get(key, key)
            unit = units.get(key)
            if unit is None:
                unit = units[key] = Unit(key)
            unit.note(event)
    _share_signs(events, services, units, signs or {})
    sides = _decide_all(units.values(), stated or {})
    sides |= {key: sides[half] for key, half in halves.items() if half in sides}
    changed: Counter[UnitKey] = Counter()
    sided = []
    files = _agree_by_files(sides)
    for event in events:
        key = (event.source, services[event.file], event.service)
        known = sides.get(key) or (files.get(key[:2]) if event.kind in OF_A_PROCESS and key not in units else None)
        side, why = known or (None, "name")
        anew = event if side is None else _tell(event, side, why)
        changed[key] += anew is not event and anew.kind is not event.kind
        sided.append(anew)
    readings = (
        SideReading(*key, *sides.get(key, (_guess(unit), "name")), changed[key])
        for key, unit in sorted((units | {key: units[half] for key, half in halves.items()}).items())
        if unit.turns
    )
    for join in JOINS:
        sided = join(sided)
    told = tell_runs(name_by_turns(sided))
    return SidedEvents(told + tell_copies(copies, told), tuple(readings))


def _agree_by_files(sides: Mapping[UnitKey, tuple[Side, str]]) -> dict[tuple[str, str], tuple[Side, str]]:
    """The side of the process in whose files all services that tell of connections have it: its stops are of that."""
    found: dict[tuple[str, str], set[Side]] = defaultdict(set)
    for key, (side, _) in sides.items():
        found[key[:2]].add(side)
    return {files: (some.pop(), "process") for files, some in found.items() if len(some) == 1}


def _share_signs(
    events: Iterable[Event],
    services: Mapping[str, str],
    units: Mapping[UnitKey, Unit],
    signs: Mapping[str, Counter[str]],
) -> None:
    """Give the signs of a file to the one service that tells of connections in it: of several, any may be meant.

    That its process says that it listens, in an event of its own, is one of them.
    """
    tellers: dict[tuple[str, str], set[UnitKey]] = defaultdict(set)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    listening: Counter[tuple[str, str]] = Counter()
    for event in events:
        files = event.source, services[event.file]
        if event.file in signs:
            found[files].add(event.file)
        listening[files] += event.kind is EventKind.SERVER_STARTED and event.is_side_sure
    for key in units:
        tellers[key[:2]].add(key)
    for files, keys in tellers.items():
        if len(keys) == 1:
            (key,) = keys
            units[key].signs += Counter(listens=listening[files])
            for name in found[files]:
                units[key].signs += signs[name]


def _tell(event: Event, side: Side, why: str) -> Event:
    """The event as its side tells it, where its own words do not prove otherwise."""
    kind = (SERVER_TWINS if side is Side.SERVER else CLIENT_TWINS).get(event.kind)
    if why == "stated":
        return event if kind is None else replace(event, kind=kind, is_side_sure=True)
    if kind is None or (event.is_side_sure and not _is_disproved(event, why)):
        return event
    told = replace(event, kind=kind, is_side_sure=True)
    return tell_own_word(told) if is_bare(event) else told


def _is_disproved(event: Event, why: str) -> bool:
    """Whether a sentence that reads like the other side's is outweighed by what is known of the process."""
    return why in PROOFS and event.by is not Interpreter.RULE and event.kind in BOUNDS


def _guess(unit: Unit) -> Side | None:
    return unit.unsure.most_common(1)[0][0] if unit.unsure else None


def _decide_all(units: Iterable[Unit], stated: Mapping[str, Side]) -> dict[UnitKey, tuple[Side, str]]:
    """The side of each unit and why; those absent keep what the name hinted at."""
    sides: dict[UnitKey, tuple[Side, str]] = {}
    left = []
    for unit in units:
        found = _find_stated(unit, stated) or _decide_side(unit)
        if found is None:
            left.append(unit)
        else:
            sides[unit.key] = found
    known = {unit.key: unit for unit in units}
    for key in _find_both_ends(known, sides):
        sides[key] = Side.SERVER, "ids"  # until it shows which of them is the far end
    for key in _find_far_ends(known, sides):
        sides[key] = Side.CLIENT, "ends"
    for unit in left:
        found = _find_other_end(unit, known, sides) or _ask_process(unit, sides)
        if found is not None:
            sides[unit.key] = found
    return sides


def _find_stated(unit: Unit, stated: Mapping[str, Side]) -> tuple[Side, str] | None:
    source, file, service = unit.key
    names = (service, file, f"{source}/{file}", source)
    return next(((stated[name], "stated") for name in names if name in stated), None)


def _decide_side(unit: Unit) -> tuple[Side, str] | None:
    """The side by the first clue that tells."""
    for why, clue in CLUES:
        side = clue(unit)
        if side is not None:
            return side, why
    return None


def _find_both_ends(known: Mapping[UnitKey, Unit], sides: Mapping[UnitKey, tuple[Side, str]]) -> list[UnitKey]:
    """Clients by the turns of their lines that tell of the same sockets as another one: one of them is the server."""
    guessed = [known[key] for key, (side, why) in sides.items() if side is Side.CLIENT and why in TURNS]
    return [
        unit.key
        for unit in guessed
        if any(one.key[0] != unit.key[0] and not one.openings.keys().isdisjoint(unit.openings) for one in guessed)
    ]


def _find_far_ends(known: Mapping[UnitKey, Unit], sides: Mapping[UnitKey, tuple[Side, str]]) -> list[UnitKey]:
    """Servers by a guess alone that are the clients of another one: nobody serves the sockets that another one serves.

    The client has one socket at a time, and no more of them; where both have the same, it learns later of each connect.
    """
    servers = [known[key] for key, (side, _) in sides.items() if side is Side.SERVER]
    guessed = [unit for unit in servers if _may_be_client(unit, sides[unit.key][1])]
    return [
        unit.key
        for unit in guessed
        if not count_overlaps(unit.lives)
        and any(_is_far_end(unit, other) for other in servers if other.key[0] != unit.key[0])
    ]


def _may_be_client(unit: Unit, why: str) -> bool:
    """Whether a server is one by a guess, or by words that another tongue may use for both ends.

    Of words that is doubted only where no end names its socket: then a client that lost it tells of it, no copy of
    the server's log.
    """
    if why == "words":
        return not unit.reasons and not unit.closings and bool(unit.bare_closings_count)
    return why == "ids" or (why == "rules" and unit.is_learned and not unit.reasons)


def _is_far_end(unit: Unit, other: Unit) -> bool:
    shared = unit.openings.keys() & other.openings.keys()
    if len(shared) <= SHARED * len(unit.openings):
        return False
    if len(other.openings) != len(unit.openings):
        return len(other.openings) > len(unit.openings)
    later_count = sum(unit.openings[socket] > other.openings[socket] for socket in shared)
    if unit.bare_closings_count and not unit.closings and other.closings and not other.bare_closings_count:
        earlier_count = sum(unit.openings[socket] < other.openings[socket] for socket in shared)
        return later_count >= earlier_count  # on one machine many connects are told in the same millisecond
    return 2 * later_count > len(shared)


def _find_other_end(
    unit: Unit, known: Mapping[UnitKey, Unit], sides: Mapping[UnitKey, tuple[Side, str]]
) -> tuple[Side, str] | None:
    """The opposite of a unit that tells of the same sockets."""
    for key, (side, _) in sides.items():
        other = known[key]
        shared = len(unit.openings.keys() & other.openings.keys())
        if key[:2] != unit.key[:2] and shared > SHARED * len(unit.openings):
            return (Side.CLIENT if side is Side.SERVER else Side.SERVER), "ends"
    return None


def _ask_process(unit: Unit, sides: Mapping[UnitKey, tuple[Side, str]]) -> tuple[Side, str] | None:
    """What the other services in the same files say, where they agree."""
    mates = {side for key, (side, _) in sides.items() if key[:2] == unit.key[:2]}
    return (mates.pop(), "process") if len(mates) == 1 else None
