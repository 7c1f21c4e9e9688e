"""The two records of one connection: pairs of reasons, and what one of them lacks."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.connections.both_sides import count_losses, pair_reasons
from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.results.connections import LineLoss, ReasonPair
from tests.analyzers.cases import at, drop_of, session, timeline

COUNT = 20


def own(without: tuple[int, ...] = ()) -> list[SessionRecord]:
    return [
        session(30.0 * number + 29, opened=30.0 * number, socket_id=f"s{number}")
        for number in range(COUNT)
        if number not in without
    ]


def view(without: tuple[int, ...] = ()) -> ServerView:
    sockets = {
        f"s{number}": ServerSocket(f"s{number}", "master", at(30.0 * number), None, None, None, "w1", None)
        for number in range(COUNT)
        if number not in without
    }
    return ServerView(sockets, (), timeline(), ())


def test_what_one_side_lacks_is_counted_for_it() -> None:
    """Connects that only the other side tells of, within the time of the log, are lines that are missing."""
    assert count_losses(own(), view()) == (LineLoss("server", 0, 18), LineLoss("client", 0, 18))
    assert count_losses(own(), view((5, 9)))[0] == LineLoss("server", 2, 18)
    assert count_losses(own((3, 4, 7)), view())[1] == LineLoss("client", 3, 18)


def test_a_socket_beside_a_live_one_is_another_clients() -> None:
    """Who opened it while both sides say that this client was connected has a log that is not here: no line is lost."""
    server = view()
    sockets = {key: replace(one, closed=at(30.0 * n + 29)) for n, (key, one) in enumerate(server.sockets.items())}
    beside = {f"web{n}": replace(sockets[f"s{n}"], socket_id=f"web{n}", opened=at(30.0 * n + 20)) for n in range(COUNT)}
    loss = count_losses(own((3, 4)), replace(server, sockets=sockets | beside))[1]
    assert (loss.missing_count, loss.of_count) == (4, 20)


def test_what_lies_outside_a_log_is_not_missing() -> None:
    """A server's log that begins ten connects later lacks none."""
    assert count_losses(own(), view(tuple(range(10))))[0] == LineLoss("server", 0, 8)


def test_logs_that_share_no_connection_say_nothing_of_each_other() -> None:
    """Of another server's log no line of this client's is missing."""
    assert count_losses([replace(one, socket_id=f"x{n}") for n, one in enumerate(own())], view()) == ()


def test_the_commonest_pair_of_reasons_comes_first() -> None:
    """Only ends that both sides tell of make a pair."""
    told = drop_of(session(), reason="transport close", server_reason="transport error", seen_by="both")
    other = replace(told, server_reason="ping timeout")
    alone = replace(told, server_reason=None, seen_by="client")
    assert pair_reasons([other, told, told, alone]) == (
        ReasonPair("transport close", "transport error", 2),
        ReasonPair("transport close", "ping timeout", 1),
    )
