"""On which side a log is, by what its lines tell: never by the name of its file alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from logdiag.analyzers.sides.sides import tell_sides
from logdiag.events import Event, EventKind, Identity, Interpreter, Side
from logdiag.pipeline.inputs import read_inputs
from logdiag.reading import find_log_files
from logdiag.request import Request, parse_sides
from tests.exported import START, diagnose, show
from tests.winston import at, record, write

SOCKETS = [f"q7Xb2LmNPzRk9TtVAA{number:02d}" for number in range(20)]
OPEN, CLOSE = EventKind.CONNECTED, EventKind.DISCONNECTED


def event(second: float, kind: EventKind, socket: str | None = None, reason: str | None = None) -> Event:
    return Event(
        at(second), kind, "w", "app", "info", "m", "w/app.log", 1, socket_id=socket, reason=reason, is_side_sure=False
    )


def tell(*events: Event, **stated: Side) -> tuple[list[EventKind], Side | None, str]:
    told = tell_sides(list(events), {one.file: "app" for one in events}, stated)
    (reading,) = told.readings
    side = None if reading.side is None else Side(reading.side)
    return [one.kind for one in told.events], side, reading.why


def in_turn(*, closing_ids: bool, count: int = 4) -> list[Event]:
    """One socket after the other."""
    return [
        one
        for number in range(count)
        for one in (
            event(number * 10, OPEN, SOCKETS[number]),
            event(number * 10 + 9, CLOSE, SOCKETS[number] if closing_ids else None),
        )
    ]


def at_once(count: int) -> list[Event]:
    """Several sockets that are open together."""
    opens = [event(number, OPEN, SOCKETS[number]) for number in range(count)]
    return [*opens, *(event(100 + number, CLOSE, SOCKETS[number]) for number in range(count))]


def test_several_sockets_at_once_are_a_server() -> None:
    """Lines that could be either side's are the server's where sockets are open together."""
    kinds, side, why = tell(*at_once(3))
    assert (set(kinds), side, why) == (
        {EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED},
        Side.SERVER,
        "overlaps",
    )


def test_one_socket_at_a_time_is_a_client() -> None:
    """A client has lost the id of its socket when it hears of the end; a server has it still."""
    assert tell(*in_turn(closing_ids=False))[1:] == (Side.CLIENT, "turns")
    assert tell(*in_turn(closing_ids=True))[1:] == (Side.SERVER, "ids")


@pytest.mark.parametrize(
    ("reason", "side"),
    [
        ("io server disconnect", Side.CLIENT),
        ("io client disconnect", Side.CLIENT),
        ("client namespace disconnect", Side.SERVER),
        ("server shutting down", Side.SERVER),
    ],
)
def test_reasons_of_one_side(reason: str, side: Side) -> None:
    """A reason that one side alone can have tells the side."""
    assert tell(event(0, OPEN), event(5, CLOSE, reason=reason))[1:] == (side, "reasons")


def test_retries_are_a_clients() -> None:
    """Who tries again is a client."""
    tried = replace(event(6, EventKind.RECONNECT_ATTEMPT), is_side_sure=True)
    server_like = [replace(one, kind=EventKind.SERVER_DISCONNECTED) for one in (event(0, CLOSE), event(5, CLOSE))]
    kinds, side, why = tell(*server_like, tried)
    assert (kinds, side, why) == ([CLOSE, CLOSE, EventKind.RECONNECT_ATTEMPT], Side.CLIENT, "tries")


def test_words_yield_to_a_crowd() -> None:
    """Ten sockets at once in one process are no client's, whatever their lines say; three may be three."""
    sure = [replace(one, is_side_sure=True) for one in at_once(10)]
    assert tell(*sure)[0][0] is EventKind.SERVER_CONNECTED
    assert tell(*sure)[2] == "crowd"
    few = [replace(one, is_side_sure=True) for one in at_once(3)]
    assert tell(*few)[0][0] is EventKind.CONNECTED


def test_rules_are_believed() -> None:
    """What a rule says stays, and the lines that could not tell follow it."""
    ruled = [replace(one, is_side_sure=True, rule="mine") for one in at_once(12)]
    assert tell(*ruled, event(300, EventKind.SERVER_CONNECTED))[0] == [*(one.kind for one in ruled), OPEN]


def test_user_overrules() -> None:
    """`--side app=client` decides, rules and sure words or not."""
    ruled = [replace(one, kind=EventKind.SERVER_CONNECTED, rule="mine", is_side_sure=True) for one in at_once(3)[:3]]
    assert tell(*ruled, app=Side.CLIENT) == ([OPEN] * 3, Side.CLIENT, "stated")


def test_the_other_end_of_known_sockets_is_the_other_side() -> None:
    """Two logs that tell of the same sockets are the two ends."""
    server = [replace(one, source="s", file="s/app.log") for one in in_turn(closing_ids=True)]
    other = [event(number * 10 + 0.02, OPEN, SOCKETS[number]) for number in range(2)]
    services = {"s/app.log": "app", "w/app.log": "app"}
    told = tell_sides([*server, *other], services)
    assert [(reading.source, reading.side, reading.why) for reading in told.readings] == [
        ("s", Side.SERVER, "ids"),
        ("w", Side.CLIENT, "ends"),
    ]


def test_two_processes_do_not_serve_the_same_sockets() -> None:
    """Both name the socket when it closes, in learned words: who learns of the connect later is the client."""
    learned = Interpreter.LIFECYCLE
    here = [
        replace(
            one,
            kind=EventKind.SERVER_CONNECTED if one.kind is OPEN else EventKind.SERVER_DISCONNECTED,
            is_side_sure=True,
            rule="lifecycle-1",
            by=learned,
        )
        for one in in_turn(closing_ids=True)
    ]
    there = [
        replace(one, source="far", file="far/app.log", time=one.time + timedelta(milliseconds=20), rule="lifecycle-2")
        for one in here
    ]
    told = tell_sides([*here, *there], {"w/app.log": "app", "far/app.log": "app"})
    assert [(one.source, one.side) for one in told.readings] == [("far", "client"), ("w", "server")]
    assert {one.kind for one in told.events if one.source == "far"} == {OPEN, CLOSE}


def test_nothing_that_tells_leaves_the_hint() -> None:
    """Without any clue the kinds stay as the name of the service made them."""
    kinds, side, why = tell(event(0, EventKind.SERVER_DISCONNECTED))
    assert (kinds, side, why) == ([EventKind.SERVER_DISCONNECTED], Side.SERVER, "name")


def test_callbacks_are_whose_log_they_are_in(tmp_path: Path) -> None:
    """netty-socketio's onConnect is written by a server: sessions with ids of their own overlap, none is left open."""
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(4)]
    told = [(n, f"onConnect sessionId={one}") for n, one in enumerate(ids)]
    told += [(60 + n, f"onDisconnect sessionId={one}") for n, one in enumerate(ids)]
    write(tmp_path / "app.log", [record(at(second), message) for second, message in told])
    reading = read_inputs(Request((str(tmp_path),)), find_log_files((str(tmp_path),)))
    assert [one.side for one in reading.sides] == ["server"]
    assert {one.socket_id for one in reading.events()} == set(ids)


@pytest.mark.parametrize("name", ["server.log", "combined.log", "app.log", "x.txt", "client.log"])
def test_name_of_the_file_does_not_matter(tmp_path: Path, name: str) -> None:
    """The same lines in files of any name are the same events."""
    lines = [
        row
        for number in range(6)
        for row in (
            record(at(number * 7), "Socket connected", socketId=SOCKETS[number], userId=f"u{number % 3}"),
            record(at(number * 7 + 30), "Socket disconnected", socketId=SOCKETS[number], reason="transport close"),
        )
    ]
    lines.sort(key=lambda row: row.partition("timestamp")[2])
    write(tmp_path / name, lines)
    reading = read_inputs(Request((str(tmp_path / name),)), find_log_files((str(tmp_path / name),)))
    assert {one.kind for one in reading.events()} == {EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED}
    assert [(one.side, one.why) for one in reading.sides] == [(Side.SERVER, "overlaps")]


def test_key_of_the_client_is_the_users_to_name(tmp_path: Path) -> None:
    """`--client-key seat` names whose socket a line speaks of, whatever other keys it has."""
    line = record(at(0), f"Client connected: {SOCKETS[0]}", userId="u1", seat="s9")
    path = write(tmp_path / "server.log", [line])
    (seen,) = read_inputs(Request((str(path),), client_key="seat"), find_log_files((str(path),))).events()
    assert seen.client == Identity("seat", "s9")


def test_side_is_the_users_to_state(tmp_path: Path) -> None:
    """`--side app=server` reaches the lines of that file."""
    rows = [record(at(0), "Socket connected"), record(at(9), "Socket disconnected")]
    path = write(tmp_path / "app.log", rows)
    asked = Request((str(path),), sides=parse_sides(["app=server"]))
    kinds = [one.kind for one in read_inputs(asked, find_log_files((str(path),))).events()]
    assert kinds == [EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED]


def named_in_turn(source: str = "w", delay_s: float = 0.0, count: int = 6, gap_s: float = 1.0) -> list[Event]:
    """One connection after the other, each under a short id of its own that the close names as well."""
    lives = [(event(n * 10 + delay_s, OPEN, f"c6be255fc{n}"), event(n * 10 + 10 - gap_s, CLOSE, f"c6be255fc{n}"))
             for n in range(count)]  # fmt: skip
    return [replace(one, source=source, file=f"{source}/app.log") for life in lives for one in life]


def test_connections_that_take_turns_under_ids_of_their_own_are_a_client_s() -> None:
    """Nobody takes an id that is not Engine.IO's from a client: nearly always open, one at a time, is one client."""
    assert tell(*named_in_turn())[1:] == (Side.CLIENT, "ids")


def test_a_server_that_is_mostly_alone_is_none() -> None:
    """Clients that come and go, with nobody there for most of the time, seldom meet: that they do not says nothing."""
    assert tell(*named_in_turn(gap_s=7.0))[1:] == (Side.SERVER, "ids")


def test_a_client_and_its_server_that_tell_the_same_in_turn() -> None:
    """Of two logs that tell of the same connections the one that learns later of each connect is the client's."""
    lines = sorted([*named_in_turn("press"), *named_in_turn("picker", 0.002)], key=lambda one: one.time)
    readings = tell_sides(lines, {one.file: "app" for one in lines}).readings
    assert {one.source: one.side for one in readings} == {"press": "server", "picker": "client"}


def test_bare_closes_forbid_to_read_a_side_off_the_turns_of_ids() -> None:
    """A close without an id may be that of any socket: three sessions and one such close decide nothing by ids."""
    lives = in_turn(closing_ids=True, count=3)
    assert tell(*lives)[2] == "ids"
    assert tell(*lives, event(100, CLOSE))[2] != "ids"


def test_most_sure_words_decide() -> None:
    """Where two lines of three can be the server's only, those that either side could write are the server's."""
    sure = [replace(event(n, EventKind.SERVER_CONNECTED, SOCKETS[n]), is_side_sure=True) for n in range(2)]
    kinds, side, why = tell(*sure, event(50, OPEN, SOCKETS[5]))
    assert (set(kinds), side, why) == ({EventKind.SERVER_CONNECTED}, Side.SERVER, "words")


def test_connects_that_name_several_clients_are_a_servers() -> None:
    """A client's log names itself; three names that connect one after the other are seen by who serves them."""
    opens = [replace(event(60 * n, OPEN), client=Identity("clientId", f"c{n}")) for n in range(3)]
    assert tell(*opens)[1:] == (Side.SERVER, "clients")


def one_after_the_other(*, tries_at: float, count: int = 4) -> list[Event]:
    """Connects and ends in words of a server, and an attempt of its own so long after each end."""
    rows = []
    for number in range(count):
        for moment, kind in ((0, EventKind.SERVER_CONNECTED), (50, EventKind.SERVER_DISCONNECTED)):
            rows.append(replace(event(number * 60 + moment, kind), is_side_sure=True))
        rows.append(replace(event(number * 60 + tries_at, EventKind.RECONNECT_ATTEMPT), is_side_sure=True))
    return rows


def test_who_tries_before_each_of_its_connections_is_a_client() -> None:
    """`Socket.IO client connected` reads like a server's line, but one connection follows the other by own attempts."""
    kinds, side, why = tell(*one_after_the_other(tries_at=55))
    assert (side, why) == (Side.CLIENT, "retries")
    assert kinds[:2] == [EventKind.CONNECTED, EventKind.DISCONNECTED]


def test_a_server_that_tries_to_reach_another_one_is_still_a_server() -> None:
    """Its attempts fall while its client is connected: they are for a connection of another kind."""
    assert tell(*one_after_the_other(tries_at=20))[1:] == (Side.SERVER, "words")


ENDS_ALONE = "".join(f"2025-11-14T10:0{minute}:00Z websocket: close 1006 (abnormal closure)\n" for minute in range(8))
REQUESTS = "".join(f'2025-11-14T10:0{minute}:30Z "GET /orders HTTP/1.1" 200 12\n' for minute in range(3))
OWN = '2025-11-14T10:00:30Z https://api.example.com:443 "GET /orders HTTP/1.1" 200 None\n' * 3


@pytest.mark.parametrize(
    ("text", "side"),
    [
        (ENDS_ALONE + REQUESTS, "server"),
        (ENDS_ALONE + OWN, "client"),
        (ENDS_ALONE + "2025-11-14T10:00:30Z broadcast tick to 12 clients\n", "server"),
    ],
)
@pytest.mark.parametrize("name", ["server", "app", "client", "x"])
def test_what_stands_between_the_lines_tells_the_side_whatever_the_file_is_called(
    tmp_path: Path, name: str, text: str, side: str
) -> None:
    """Requests that were answered and clients that were counted are a server's, requests of its own are nobody's."""
    (tmp_path / f"{name}.log").write_text(text)
    reading = read_inputs(Request((str(tmp_path),)), find_log_files((str(tmp_path),)))
    if side == "server" or name in {"app", "client", "x"}:
        assert [one.side for one in reading.sides] == [side]


def test_a_stop_that_another_logger_tells_of_is_of_the_side_of_its_process(tmp_path: Path) -> None:
    """Spring's shutdown says nothing of clients; the sockets of the same file do."""
    (tmp_path / "app.log").write_text(
        "2025-11-14 10:00:00 INFO sockets - Connection established from till-7\n"
        "2025-11-14 10:05:00 INFO boot.tomcat - Commencing graceful shutdown\n"
        "2025-11-14 10:05:01 INFO sockets - Connection closed from till-7\n"
    )
    reading = read_inputs(Request((str(tmp_path),)), find_log_files((str(tmp_path),)))
    assert [one.kind for one in reading.events()] == [
        EventKind.SERVER_CONNECTED,
        EventKind.SERVER_STOPPING,
        EventKind.SERVER_DISCONNECTED,
    ]


def test_a_client_in_words_of_another_tongue_is_known_by_the_server_of_its_sockets(tmp_path: Path) -> None:
    """Words that read like a server's do not count where another log tells of the same sockets, and ends by their ids.

    The client has lost the id when it tells of its end; of connects both may tell in the same millisecond.
    """
    worker, hub = [], []
    for number in range(12):
        opened = START + timedelta(seconds=61 * number)
        closed = opened + timedelta(seconds=50 + number % 3)
        name = f"eMQzel0cA032xel{number:02}AAA"
        worker += [
            f"{show(opened)} INFO [link] Mit Zentrale verbunden (Socket-ID: {name})",
            f"{show(closed)} WARN [link] Verbindung zur Zentrale getrennt: transport close",
        ]
        hub.append(f"{show(opened)} INFO [hub] Arbeiter verbunden: {name}")
        hub.append(f"{show(closed)} INFO [hub] Arbeiter getrennt: {name}")
    for folder, lines in (("worker", worker), ("hub", hub)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.log").write_text("".join(f"{line}\n" for line in lines))
    found = diagnose(tmp_path)
    assert {one.source: one.side for one in found.inputs.sides} == {"worker": "client", "hub": "server"}
    assert {one.connection for one in found.disconnects} == {"worker"}
    assert all(one.logged for one in found.disconnects)


@pytest.mark.parametrize(("service", "side"), [("app", Side.SERVER), ("worker", Side.CLIENT)])
def test_what_says_that_it_listens_is_a_server_where_nothing_else_tells(service: str, side: Side) -> None:
    """Ids of sockets at their ends alone, or bare opens; a worker may have a port for its health."""
    bounds = [event(number, CLOSE, SOCKETS[number]) for number in range(3)]
    started = replace(event(0, EventKind.SERVER_STARTED), is_side_sure=True)
    told = tell_sides([replace(one, service=service) for one in (started, *bounds)], {"w/app.log": "app"})
    (reading,) = told.readings
    assert (reading.side, reading.why) == (side, "listens" if side is Side.SERVER else "name")


def test_ends_of_many_hosts_with_ports_of_their_own_are_a_servers() -> None:
    """A client calls few hosts, at the port where they listen."""
    callers = [event(number, CLOSE, f"203.0.113.{number}:{40_000 + 7 * number}") for number in range(4)]
    called = [event(number, CLOSE, f"203.0.113.{number}:443") for number in range(4)]
    sides = [tell_sides(some, {"w/app.log": "app"}).readings[0] for some in (callers, called)]
    assert [(one.side, one.why) for one in sides] == [(Side.SERVER, "addresses"), (Side.CLIENT, "name")]
