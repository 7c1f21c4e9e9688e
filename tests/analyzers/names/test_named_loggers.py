"""Loggers named after clients part one file into their connections; a number at their end is a connection's own."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.connections.naming import name_connections
from logdiag.analyzers.names.named_loggers import find_writing_clients, name_sockets_by_logger
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, CLOSE = EventKind.CONNECTED, EventKind.DISCONNECTED
WORDS = {OPEN: "Link up, id {n}", CLOSE: "Link lost, retrying"}


def event(second: float, kind: EventKind, service: str, words: str | None = None) -> Event:
    message = (words or WORDS[kind]).format(n=round(7 * second))
    return Event(at(second), kind, "tills", service, "info", message, "tills/app.log", 1)


def client(service: str, shift: float, count: int = 3) -> list[Event]:
    """Ups and downs of one client, a minute each."""
    kinds = (OPEN, CLOSE) * count
    return [event(60 * n + shift * (kind is OPEN), kind, service) for n, kind in enumerate(kinds)]


def by_time(*lines: list[Event]) -> list[Event]:
    return sorted((one for some in lines for one in some), key=lambda one: one.time)


def test_two_clients_of_one_file_are_two_connections() -> None:
    """Cut in one moment, each is back at its own time; a line of neither stays the file's."""
    lines = by_time(client("Till-A", 0.7), client("Till-B", 2.9))
    other = event(500, EventKind.HEARTBEAT, "Scheduler", "tick")
    assert set(name_connections([*lines, other])) == {"tills/Till-A", "tills/Till-B", "tills"}


def test_a_name_before_the_words_parts_them_as_well() -> None:
    """`[Till-A] Link lost` and `Till-A: Link lost`, of one logger; where lines lack a name nothing is parted."""
    lines = by_time(client("Till-A", 0.7), client("Till-B", 2.9))
    for form in ("[{}] {}", "{}: {}"):
        named = [replace(one, message=form.format(one.service, one.message), service="app") for one in lines]
        assert set(name_connections(named)) == {"tills/Till-A", "tills/Till-B"}
        assert set(name_connections([*named, event(900, CLOSE, "app")])) == {"tills"}


def test_two_loggers_of_one_connection_are_none() -> None:
    """They tell of each connect within a moment, or in words of their own."""
    assert find_writing_clients(by_time(client("transport", 0.7), client("app", 0.75))) == {}
    own = [replace(one, message="socket " + one.kind) for one in client("transport", 2.9)]
    assert find_writing_clients(by_time(client("app", 0.7), own)) == {}


def test_modules_that_share_the_lines_of_one_connection_are_no_clients() -> None:
    """One logs the connects, the other one the ends: neither has both."""
    lines = [replace(one, service="net" if one.kind is OPEN else "app") for one in client("", 0.7)]
    assert find_writing_clients(lines) == {}


def test_a_number_at_the_end_of_a_logger_s_name_is_a_socket_s_id() -> None:
    """Home Assistant logs each WebSocket under a name of its own; a worker's number that many lines have is none."""
    stem = "api.http.connection"
    lines = [
        event(10 * n + age, kind, f"{stem}.{140_288_280_367_000 + n}")
        for n in range(4)
        for age, kind in ((0, OPEN), (15, CLOSE))
    ]
    assert [one.socket_id for one in name_sockets_by_logger(lines)] == [
        str(140_288_280_367_000 + n // 2) for n in range(8)
    ]
    brackets = [replace(one, message=f"[{one.service}] {one.message}", service="app") for one in lines]
    assert [one.socket_id for one in name_sockets_by_logger(brackets)][::2] == [
        str(140_288_280_367_000 + n) for n in range(4)
    ]
    shared = [event(n, kind, f"{stem}.140288280367000") for n, kind in enumerate((OPEN, OPEN, CLOSE, CLOSE))]
    assert name_sockets_by_logger([*lines, *shared]) == [*lines, *shared]
    assert name_sockets_by_logger(lines[:4]) == lines[:4]
