"""One file a process in one folder is as good as a folder a process; one file a service is one process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from logdiag.analyzers.processes.processes import find_processes
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


def test_numbered_clients_are_processes_of_their_own() -> None:
    """Each file is named after the one kiosk that writes it, and tells of two sockets that no other file knows."""
    events = [
        line(60 * turn, CONNECTED, f"kiosk-{number}.log", f"kiosk-{number}", f"s{number}{turn}")
        for number in (1, 2)
        for turn in range(2)
    ]
    assert find(*events) == {"kiosk-1.log": "kiosk-1", "kiosk-2.log": "kiosk-2"}


def test_numbered_logs_that_connect_once_are_programs_if_each_does_so_alone() -> None:
    """`scanner1.log` to `scanner3.log` begin minutes apart: none ends the connection of the one before."""
    events = [
        line(60 * number, CONNECTED, f"scanner{number}.log", f"scanner{number}", f"s{number}") for number in (1, 2, 3)
    ]
    assert find(*events) == {f"scanner{number}.log": f"scanner{number}" for number in (1, 2, 3)}


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


def live(file: str, delays: Sequence[float], shut_lag: float = 0.0) -> list[Event]:
    """A client whose socket is cut once a minute, and which is back after each of these delays, s."""
    cuts = [(60.0 * number, delay) for number, delay in enumerate(delays)]
    return [
        line(second, kind, file)
        for cut, delay in cuts
        for second, kind in ((cut + shut_lag, DISCONNECTED), (cut + delay, CONNECTED))
    ]


def test_clients_that_one_cut_throws_out_are_processes() -> None:
    """They lose their sockets in one moment, and each comes back in its own time, however near."""
    events = [
        *live("w1.log", (1.10, 1.30, 1.05, 1.25, 1.12, 1.33)),
        *live("w2.log", (1.22, 1.15, 1.18, 1.11, 1.27, 1.20)),
        *live("w3.log", (1.02, 1.35, 1.09, 1.31, 1.16, 1.07)),
    ]
    assert find(*events) == {"w1.log": "w1", "w2.log": "w2", "w3.log": "w3"}


@pytest.mark.parametrize("lag", [0.02, 0.12, 0.9])
def test_two_voices_that_tell_whole_lives_are_one_process(lag: float) -> None:
    """The second service hears of each connect from the first: always after it, soon or late."""
    delays = (1.10, 1.30, 1.05, 1.25, 1.12, 1.33)
    assert find(*live("w1.log", delays), *live("w2.log", [one + lag for one in delays], shut_lag=0.03)) == {}


def test_a_service_that_tells_no_end_is_no_process() -> None:
    """A pusher that says when it may push again holds no life of a socket, and is early now and then."""
    pusher = [line(60.0 * n + delay, CONNECTED, "w2.log") for n, delay in enumerate((1.2, 1.2, 1.2, 1.2, 1.2, 1.2))]
    assert find(*live("w1.log", (1.10, 1.30, 1.05, 1.25, 1.12, 1.33)), *pusher) == {}


def test_several_sockets_of_one_process_stay_one() -> None:
    """Two services that each tell of three sockets at once: whose connect is the nearest says nothing."""
    events = [
        line(60.0 * turn + number * 0.1 + lag + wait, kind, file)
        for turn in range(6)
        for number in range(3)
        for wait, kind in ((0.0, DISCONNECTED), (2.0, CONNECTED))
        for file, lag in (("w1.log", 0.0), ("w2.log", 0.06 if turn % 2 else 0.04))
    ]
    assert find(*events) == {}
