"""An id that returns after its connection has closed is a client's, not a socket's."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.names.returning_ids import part_returning_ids
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, KICK, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_KICK, EventKind.SERVER_DISCONNECTED


def event(second: float, kind: EventKind, socket: str) -> Event:
    return Event(at(second), kind, "hub", "app", "info", "m", "hub/app.log", 1, socket_id=socket)


def test_each_turn_of_an_id_is_a_connection_of_its_client() -> None:
    """M11 opens and closes twice: two connections of M11; what is told in between belongs to the open one."""
    lines = [event(n, kind, "M11") for n, kind in enumerate((OPEN, CLOSE, OPEN, KICK, CLOSE))]
    told = part_returning_ids(lines)
    assert [one.socket_id for one in told] == ["M11#1", "M11#1", "M11#2", "M11#2", "M11#2"]
    assert {one.worker_id for one in told} == {"M11"}


def test_an_id_that_opens_once_or_is_logged_twice_stays() -> None:
    """Two lines that tell one connect are one turn; an id of Engine.IO's that opens twice stays a socket's."""
    lines = [event(0, OPEN, "M11"), event(0.1, OPEN, "M11"), event(9, CLOSE, "M11")]
    lines += [event(n, kind, "q7Xb2LmNPzRk9TtVAA01") for n, kind in enumerate((OPEN, CLOSE, OPEN, CLOSE))]
    assert part_returning_ids(lines) == lines


def test_an_id_as_long_as_a_socket_s_that_opens_many_times_is_a_client_s() -> None:
    """An MQTT client's id of 32 hex digits, under which the broker opens three connections, is that client's name."""
    name = "6bbbb5c66c324172ac72abc21b00aba9"
    lines = [event(n, kind, name) for n, kind in enumerate((OPEN, CLOSE) * 3)]
    told = part_returning_ids(lines)
    assert [one.socket_id for one in told] == [f"{name}#{turn}" for turn in (1, 1, 2, 2, 3, 3)]
    assert {one.worker_id for one in told} == {name}


def test_a_start_of_the_server_ends_what_was_open() -> None:
    """M11 opens, the server starts anew, M11 opens again: the first connection has no end of its own."""
    start = replace(event(5, OPEN, "M11"), kind=EventKind.SERVER_STARTED, socket_id=None)
    lines = [event(0, OPEN, "M11"), start, event(6, OPEN, "M11"), event(9, CLOSE, "M11")]
    assert [one.socket_id for one in part_returning_ids(lines)] == ["M11#1", None, "M11#2", "M11#2"]


def test_an_end_before_the_first_connect_is_of_a_connection_of_its_own() -> None:
    """A rotated log begins with the end of what opened in the file before: the next connect is not its beginning."""
    lines = [event(n * 60, kind, "M11") for n, kind in enumerate((CLOSE, OPEN, CLOSE))]
    assert [one.socket_id for one in part_returning_ids(lines)] == ["M11#1", "M11#2", "M11#2"]


def test_an_end_written_a_moment_before_its_own_connect_is_no_other_connection() -> None:
    """A session that fails at once has its lines in any order, and an id of Engine.IO's does not return."""
    quick = [event(0.001, CLOSE, "M11"), event(0.003, OPEN, "M11")]
    socket = [event(n * 60, kind, "q7Xb2LmNPzRk9TtVAA01") for n, kind in enumerate((CLOSE, OPEN, CLOSE))]
    assert part_returning_ids([*quick, *socket]) == [*quick, *socket]


def test_files_of_one_process_are_taken_by_time() -> None:
    """app.log is read before the older app.log.1: a connection that spans both is one."""
    old = [replace(event(n * 60, kind, "M11"), file="hub/app.log.1") for n, kind in enumerate((OPEN, CLOSE, OPEN))]
    new = [event(180 + n * 60, kind, "M11") for n, kind in enumerate((CLOSE, OPEN))]
    told = part_returning_ids([*new, *old])
    assert [one.socket_id for one in told] == ["M11#2", "M11#3", "M11#1", "M11#1", "M11#2"]


def test_a_file_that_begins_with_the_newest_line_is_taken_from_its_end() -> None:
    """An export that shows the newest line first: the id's connects still come before their ends."""
    lines = [event(n * 60, kind, "M11") for n, kind in enumerate((OPEN, CLOSE, OPEN, CLOSE))]
    assert [one.socket_id for one in part_returning_ids(lines[::-1])] == ["M11#2", "M11#2", "M11#1", "M11#1"]


def test_ends_without_connects_are_each_an_end() -> None:
    """A number that a restarted server gives out again ends three times; what is told again within a minute is one."""
    lines = [event(n, CLOSE, "client-101") for n in (0, 1, 2600, 9000)]
    assert [one.socket_id for one in part_returning_ids(lines)] == [f"client-101#{n}" for n in (1, 1, 2, 3)]


def test_an_end_told_again_when_the_client_is_back_is_no_other_one() -> None:
    """A broker says that a client exceeded its timeout, and that it disconnected when it connects again."""
    kinds = (OPEN, CLOSE, CLOSE, OPEN, CLOSE)
    told = part_returning_ids([event(300 * n, kind, "phone") for n, kind in enumerate(kinds)])
    assert [one.socket_id for one in told] == ["phone#1", "phone#1", "phone#1", "phone#2", "phone#2"]


def test_an_id_that_several_have_at_once_joins_only_what_is_certain() -> None:
    """A device with several sockets: where two are open, no line says which of them ends."""
    kinds = (OPEN, CLOSE, CLOSE, OPEN, OPEN, OPEN, CLOSE, CLOSE)
    told = part_returning_ids([event(n * 10, kind, "M11") for n, kind in enumerate(kinds)])
    assert len({one.socket_id for one in told}) == len(kinds)
    assert {one.worker_id for one in told} == {"M11"}


def test_an_open_long_after_an_open_tells_of_an_end_that_no_line_has() -> None:
    """One visit of many lacks its end: the next one is another connection, not the rest of it."""
    lines = [event(1800.0 * n + k, kind, "M11") for n in range(12) for k, kind in enumerate((OPEN, CLOSE))]
    del lines[7]
    told = part_returning_ids(lines)
    assert len({one.socket_id for one in told}) == 12
    assert [one.socket_id for one in told][5:9] == ["M11#3", "M11#4", "M11#5", "M11#5"]


def test_opens_that_are_told_again_and_again_are_one_connection() -> None:
    """A line that says every minute that somebody is connected opens nothing anew."""
    lines = [event(70.0 * n, OPEN, "M11") for n in range(30)] + [event(2200.0, CLOSE, "M11")]
    assert part_returning_ids(lines) == lines
