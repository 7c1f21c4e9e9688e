"""Connections that take the place of another: the same worker id, or the same client."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from operator import itemgetter
from typing import Final, NamedTuple

from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.facts.by_turns import find_by_turns
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.facts.speakers import find_speakers
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import EventKind, Side
from logdiag.results.evidence import Evidence, Number
from logdiag.rows import Rows, find_upside_down, is_earlier

JOIN_REACH: Final = timedelta(seconds=2)  # a choice: a rival joins as the other is thrown out


class Rival(NamedTuple):
    """What took the place of a connection: another one, or another socket of its own, and the id under which both came.

    `shared_id` is None where the two have no id but the name of the connection. `speakers` are the clients that the
    server hears by turns over the sockets of that connection: then it is several.
    """

    name: str
    shared_id: str | None = None
    speakers: tuple[str, ...] = ()


class Join(NamedTuple):
    """When a connection joined, on the client's clock, its name, and the line that tells of it."""

    time: datetime
    connection: str
    evidence: Evidence | None


class Open(NamedTuple):
    """When a socket came, its id, and the line of it."""

    time: datetime
    socket_id: str
    evidence: Evidence | None


def find_rivals(known: FactInput, endings: Sequence[Ending]) -> list[Rival | None]:
    """What took the place of each connection that ended; None where nothing did."""
    sockets = known.sockets
    rivals = pair_rivals(known.timeline, sockets.sessions, sockets.server) | find_replaced(
        sockets.sessions, find_upside_down(known.timeline)
    )
    speakers = find_speakers(known.timeline, sockets.sessions)
    rivals = {
        place: rival._replace(speakers=speakers.get(place[0], ()), shared_id=rival.shared_id or place[0])
        if place[0] in speakers
        else rival
        for place, rival in rivals.items()
    }
    rivals |= {
        place: Rival(other) for place, other in find_by_turns(endings, sockets.sessions).items() if place not in rivals
    }
    return [rivals.get((session.connection, drop.time)) for drop, session, *_ in endings]


def pair_rivals(
    timeline: Rows, sessions: Sequence[SessionRecord], server: ServerView
) -> dict[tuple[str, datetime], Rival]:
    """Disconnects at which another connection joined under the same worker id: (connection, closed) -> the rival.

    Where one file tells of both, it must have joined before the end: who comes after it takes nobody's place.
    """
    joins = _joins(timeline, sessions, server)
    upside_down = find_upside_down(timeline)
    owners: dict[str, set[str]] = defaultdict(set)
    for worker, (_, connection, _) in joins:
        owners[worker].add(connection)
    shared = {worker for worker, names in owners.items() if len(names) > 1}
    found: dict[tuple[str, datetime], Rival] = {}
    names = {join.connection: worker for worker, join in joins if worker in shared}
    matched, of_server = _tell_sides(sessions, server)
    by_worker: dict[str, list[Join]] = defaultdict(list)
    for worker, join in joins:
        by_worker[worker].append(join)
    for own_joins in by_worker.values():
        own_joins.sort(key=itemgetter(0, 1))
    for session in sessions:
        shared_id = names.get(session.connection)
        if shared_id is None or session.closed is None:
            continue
        rivals = by_worker[shared_id]
        first = bisect_left(rivals, session.closed - JOIN_REACH, key=itemgetter(0))
        near = takewhile(partial(_is_by, session.closed + JOIN_REACH), islice(rivals, first, None))
        own = session.connection
        others = (
            join.connection for join in near if join.connection != own and not _is_return(join, session, upside_down)
        )
        rival = next((name for name in others if _are_two(own, name, matched, of_server)), None)
        if rival is not None:
            found[session.connection, session.closed] = Rival(rival, shared_id)
    return found


def _tell_sides(sessions: Sequence[SessionRecord], server: ServerView) -> tuple[set[str], set[str]]:
    """The connections of clients of which a socket stands in the server's log, and those that it alone tells of."""
    matched = {one.connection for one in sessions if one.side is Side.CLIENT and one.socket_id in server.sockets}
    return matched, {one.connection for one in sessions if one.side is Side.SERVER}


def _are_two(one: str, other: str, matched: Collection[str], of_server: Collection[str]) -> bool:
    """Whether two names under one id are two connections, and not the two sides' words for the same one.

    They may be that where one is of the server's log, and nothing of the other's was found there.
    """
    of_sides = {name in of_server for name in (one, other)}
    return len(of_sides) == 1 or any(name in matched for name in (one, other))


def find_replaced(
    sessions: Sequence[SessionRecord], upside_down: Collection[str] = ()
) -> dict[tuple[str, datetime], Rival]:
    """Ends of sockets right after another socket of the same client came, where the server alone tells.

    Of lines with one stamp, the order in their file tells which came first: a client that returns in the second in
    which it is thrown out takes nobody's place. `upside_down` are the files that begin with the newest line.
    """
    by_connection: dict[str, list[Open]] = defaultdict(list)
    for session in sessions:
        if session.side is Side.SERVER and session.opened is not None and session.socket_id is not None:
            by_connection[session.connection].append(Open(session.opened, session.socket_id, session.open_evidence))
    for opens in by_connection.values():
        opens.sort(key=itemgetter(0, 1))
    found = {}
    for session in sessions:
        opens = by_connection.get(session.connection, [])
        if session.side is not Side.SERVER or session.closed is None or session.opened is None:
            continue
        last = bisect_right(opens, session.closed, key=itemgetter(0)) - 1
        while (
            last >= 0
            and opens[last].time == session.closed
            and not _came_first(opens[last].evidence, session.evidence, upside_down)
        ):
            last -= 1
        if last >= 0 and opens[last].time > max(session.opened, session.closed - JOIN_REACH):
            found[session.connection, session.closed] = Rival(opens[last].socket_id)
    return found


def _came_first(opened: Evidence | None, end: Evidence | None, upside_down: Collection[str]) -> bool:
    """Whether a new socket was logged before the end of another; across files nobody knows."""
    if opened is None or end is None:
        return False
    return opened.file != end.file or is_earlier(opened, end, upside_down)


def _is_by(end: datetime, join: Join) -> bool:
    return join.time <= end


def _is_return(join: Join, session: SessionRecord, upside_down: Collection[str]) -> bool:
    """Whether the file that tells of an end tells of the join later."""
    line, end = join.evidence, session.evidence
    return line is not None and end is not None and line.file == end.file and is_earlier(end, line, upside_down)


def _joins(timeline: Rows, sessions: Sequence[SessionRecord], server: ServerView) -> list[tuple[str, Join]]:
    """Every join that either side logged: (worker id, the join)."""
    rows = timeline[(timeline["kind"] == EventKind.JOINED.value) & timeline["worker_id"].notna()]
    columns = (rows[name].tolist() for name in ("worker_id", "connection", "file", "line"))
    joins = [
        (str(worker), Join(moment, str(connection), Evidence(str(file), int(line))))
        for moment, worker, connection, file, line in zip(rows.moments(), *columns, strict=True)
    ]
    for session in sessions:
        socket = server.sockets.get(session.socket_id or "")
        if socket is None or socket.worker_id is None:
            continue
        began = socket.joined or socket.opened
        line_of = socket.open_evidence if socket.joined is None else socket.join_evidence
        if began is not None:
            began += timedelta(seconds=server.offset_s(session.connection)[0])
        else:
            began, line_of = session.opened, session.open_evidence
        if began is not None:
            joins.append((socket.worker_id, Join(began, session.connection, line_of)))
    return joins


def find_login_said(facts: Sequence[DisconnectFacts]) -> str | None:
    """What is said of another login most often, where most of these ends say so and nothing else shows who came."""
    said = Counter(fact.replaced or fact.drop.server_reason or fact.drop.reason for fact in facts if fact.is_replaced)
    is_known = any(fact.shared_id is not None or fact.rival is not None for fact in facts)
    if is_known or 2 * said.total() <= len(facts):
        return None
    return (said.most_common(1)[0][0] or "")[:LONGEST_QUOTE] or None


def name_shared(facts: Sequence[DisconnectFacts]) -> dict[str, Number]:
    """The id under which more than one connection came, the commonest if there are several, for the fix to name.

    With `stranger`, the one of two that has another name of its own, where the id is the name of the other one.
    """
    shared = Counter(fact.shared_id for fact in facts if fact.shared_id is not None)
    most_common = next((name for name, _ in shared.most_common(1)), None)
    pairs = ((fact.drop.connection, fact.rival) for fact in facts if fact.shared_id == most_common is not None)
    names = {name for pair in pairs for name in pair if name is not None}
    strangers = names - {most_common}
    return {
        "login_said": find_login_said(facts),
        "shared_id": most_common,
        "more_ids_count": len(shared) - 1 if len(shared) > 1 else None,
        "stranger": min(strangers) if len(names) == len(strangers) + 1 == 2 else None,
    }
