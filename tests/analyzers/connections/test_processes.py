"""One file a process in one folder is as good as a folder a process; one file a service is one process."""

from __future__ import annotations

from typing import Final

from logdiag.analyzers.connections.processes import find_processes
from logdiag.events import Event, EventKind
from logdiag.reading import is_copy_name
from tests.winston import at

CONNECTED, DISCONNECTED = EventKind.CONNECTED, EventKind.DISCONNECTED
FILES: Final = ("w1.log", "w2.log", "w1-error.log", "master.log")


def line(second: float, kind: EventKind, file: str, service: str | None = None, socket: str | None = None) -> Event:
    name = file.removesuffix(".log")
    said = service is not None
    return Event(at(second), kind, "f", service or name, "info", "m", file, 1, socket_id=socket, is_service_stated=said)


def find(*events: Event) -> dict[str, str]:
    return find_processes(events, {event.file: event.file.removesuffix(".log") for event in events}, is_copy_name)


def mixed(file: str, socket: str, kind: EventKind = CONNECTED) -> list[Event]:
    return [line(0, kind, file, "socket", socket), line(1, EventKind.PUSH_OK, file, "pusher")]


def test_files_that_mix_services_are_processes() -> None:
    """Files saved from pods: each holds all services of its process."""
    assert find(*mixed("w1.log", "a"), *mixed("w2.log", "b")) == {"w1.log": "w1", "w2.log": "w2"}


def test_the_two_ends_in_one_folder_are_two_processes() -> None:
    """The server's file names the same sockets as the client's and is another process all the same."""
    found = find(
        line(0, CONNECTED, "w1.log", socket="a"), line(0, EventKind.SERVER_CONNECTED, "master.log", socket="a")
    )
    assert found == {"w1.log": "w1", "master.log": "master"}


def test_a_file_for_each_service_is_one_process() -> None:
    """As winston writes it: every file is named after the one service in it."""
    assert find(line(0, CONNECTED, "w1.log", "w1", "a"), line(0, CONNECTED, "w2.log", "w2", "b")) == {}


def test_echoes_are_one_process() -> None:
    """Two files without services that tell of the same moments are two voices of one process."""
    events = [line(n + lag, DISCONNECTED, file) for n in range(5) for lag, file in ((0, "w1.log"), (0.1, "w2.log"))]
    assert find(*events) == {}


def test_files_that_tell_of_other_moments_are_processes() -> None:
    """Without ids, the moments tell."""
    events = [line(n + lag, DISCONNECTED, file) for n in range(5) for lag, file in ((0, "w1.log"), (0.5, "w2.log"))]
    assert find(*events) == {"w1.log": "w1", "w2.log": "w2"}


def test_an_error_file_goes_with_its_process() -> None:
    """`w1-error.log` is of `w1`, whatever it holds."""
    found = find(*mixed("w1.log", "a"), *mixed("w2.log", "b"), line(0, EventKind.PUSH_FAILED, "w1-error.log"))
    assert found["w1-error.log"] == "w1"
