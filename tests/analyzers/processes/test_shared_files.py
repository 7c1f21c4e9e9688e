"""Several clients that write the same files are told apart by ids and by who is back first."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.processes.shared_files import part_clients
from logdiag.events import Event, EventKind, Identity
from tests.analyzers.cases import CLIENT, PUSHER, SERVER, connected, event


def joined(second: float, worker: str) -> Event:
    return event(second, EventKind.JOINED, worker_id=worker)


def dropped(second: float) -> Event:
    return event(second, EventKind.DISCONNECTED)


def part(*events: Event) -> list[str | None]:
    ordered = sorted(events, key=lambda one: one.time)
    found = part_clients(ordered)
    return [found.get(place) for place in range(len(ordered))]


def two_workers(*rest: Event) -> tuple[Event, ...]:
    """w1 drops at 30 s and 60 s and is back a second later; w2 stays."""
    calm = (connected(0, "a"), joined(0.1, "w1"), connected(1, "b"), joined(1.1, "w2"))
    back = (dropped(30), connected(31, "c"), joined(31.1, "w1"), dropped(60), connected(61, "d"), joined(61.1, "w1"))
    return (*calm, *back, *rest)


def owners_of_drops(*events: Event) -> list[str | None]:
    ordered = sorted(events, key=lambda one: one.time)
    found = part_clients(ordered)
    return [found.get(place) for place, one in enumerate(ordered) if one.kind is EventKind.DISCONNECTED]


def test_a_disconnect_is_of_the_client_that_is_back_first() -> None:
    """The drop names nobody: the next to connect must have lost its session before."""
    assert owners_of_drops(*two_workers()) == ["worker1/w1", "worker1/w1"]


def test_within_one_second_the_order_of_the_lines_decides() -> None:
    """Stamps of whole seconds: a session may end in the second of its connect, but not above the line of that."""
    calm = (connected(0, "a"), joined(0, "w1"), connected(0, "b"), joined(0, "w2"))
    rest = (dropped(0), connected(0, "c"), joined(0, "w1"), dropped(9), connected(9, "d"), joined(9, "w2"))
    lines = [replace(one, line=number) for number, one in enumerate((*calm, *rest, dropped(9)), 1)]
    assert owners_of_drops(*lines) == ["worker1/w1", "worker1/w2", "worker1/w1"]


def test_the_servers_closing_decides() -> None:
    """Where the server logs which socket closed, that is the session that ended, whoever is back first."""
    closings = (
        event(0.05, EventKind.SERVER_JOINED, SERVER, socket_id="a", worker_id="w1"),
        event(1.05, EventKind.SERVER_JOINED, SERVER, socket_id="b", worker_id="w2"),
        event(29.99, EventKind.SERVER_DISCONNECTED, SERVER, socket_id="b"),
    )
    assert owners_of_drops(*two_workers(*closings)) == ["worker1/w2", "worker1/w1"]


def test_one_client_is_not_parted() -> None:
    """A worker that got another name in between is no second one: the names do not alternate."""
    assert set(part(connected(0, "a"), joined(0.1, "w1"), dropped(9), connected(10, "b"), joined(10.1, "w2"))) == {None}


def test_numbered_clients_that_connect_before_any_drop_are_several() -> None:
    """The drops that follow, all of them of the other, make w1 no earlier name of w2."""
    drops = [
        one for number in range(3) for one in (dropped(30 + 20 * number), connected(31 + 20 * number, f"c{number}"))
    ]
    joins = [joined(31.1 + 20 * number, "w2") for number in range(3)]
    calm = (connected(0, "a"), joined(0.1, "w1"), connected(1, "b"), joined(1.1, "w2"))
    assert owners_of_drops(*calm, *drops, *joins) == ["worker1/w2"] * 3


def test_failed_attempts_are_of_clients_that_are_away() -> None:
    """While w1 is down, an attempt that fails is its own."""
    error = event(30.5, EventKind.CONNECT_ERROR, error="xhr poll error")
    ordered = sorted(two_workers(error), key=lambda one: one.time)
    assert part_clients(ordered)[ordered.index(error)] == "worker1/w1"


def test_a_service_that_is_named_by_an_account_is_its_workers() -> None:
    """`douyin-data:acc-2` logs for the worker whose lines name acc-2; a number in a name says nothing."""
    receipt = event(3, EventKind.RECEIPT, SERVER, worker_id="acc-2", identity=Identity("workerId", "w2"))
    pushes = [
        replace(event(second, EventKind.PUSH_OK, PUSHER, message="pushed"), service=service)
        for second, service in ((2.9, "data:acc-2"), (10, "acc-2"), (33, "data:acc-2"))
    ]
    ordered = sorted(two_workers(receipt, *pushes), key=lambda one: one.time)
    given = part_clients(ordered)
    assert [given.get(ordered.index(push)) for push in pushes] == ["worker1/w2", None, "worker1/w2"]


def test_pushes_are_joined_by_the_ids_that_their_lines_name() -> None:
    """A receipt names worker and account: its pushes are the worker's; the account left over is the other worker's."""
    receipt = event(3, EventKind.RECEIPT, SERVER, worker_id="acc-2", identity=Identity("workerId", "w2"))
    pushes = [
        event(second, EventKind.PUSH_OK, PUSHER, message=f"[acc-{number}] pushed")
        for second, number in ((2.9, 2), (10, 1), (33, 2), (40, 1))
    ]
    ordered = sorted(two_workers(receipt, *pushes), key=lambda one: one.time)
    given = part_clients(ordered)
    assert [given[ordered.index(push)] for push in pushes] == ["worker1/w2", "worker1/w1"] * 2
    assert CLIENT.startswith("worker1/")
