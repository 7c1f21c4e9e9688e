"""A server that ended without a word forgets its sockets: everybody comes back, and nothing was closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from logdiag.analyzers.connections.forgotten_sockets import find_breaks
from logdiag.analyzers.connections.server_side import ServerSocket
from tests.analyzers.cases import at, far_session, server_view


def socket(user: str, opened: float, closed: float | None) -> ServerSocket:
    return far_session(f"{user}-{opened}", opened, closed, connection=user)


def visits(hours: int = 4) -> list[ServerSocket]:
    """Six users who come and say goodbye, each in an hour of its own, and are there when the fourth hour ends."""
    return [
        socket(f"u{user}", 3600.0 * hour + 400.0 * user, 3600.0 * hour + 400.0 * user + 700.0)
        for hour in range(hours)
        for user in range(6)
    ]


def open_until(end: float, users: Sequence[int] = range(6)) -> list[ServerSocket]:
    """Sockets of these users that the log never closes, and the next ones of all, 2 s apart, from `end` on."""
    before = [socket(f"u{user}", end - 1000.0 + user, None) for user in users]
    return before + [socket(f"u{user}", end + 2.0 * user, None) for user in users]


def breaks(sockets: Sequence[ServerSocket], starts: Sequence[float] = ()) -> list[datetime]:
    return list(find_breaks(server_view(*sockets, starts=starts))["master"].moments)


def forgotten(sockets: Sequence[ServerSocket], starts: Sequence[float] = ()) -> frozenset[datetime]:
    return find_breaks(server_view(*sockets, starts=starts))["master"].forgotten


def test_all_who_come_back_at_once_without_an_end_were_forgotten() -> None:
    """Six sockets that nobody closed, and six new ones of the same users within ten seconds."""
    assert breaks([*visits(), *open_until(20_000)]) == [at(20_000)]


def test_a_start_that_the_server_logs_is_told_once() -> None:
    """The returns after a logged start are no second break."""
    assert breaks([*visits(), *open_until(20_000)], starts=[19_990]) == [at(19_990)]


@pytest.mark.parametrize(
    "sockets",
    [
        [*visits(), *open_until(20_000, users=range(2))],
        [*visits(), *open_until(20_000), socket("u9", 18_000, 21_000)],
        [*visits(), *(socket(f"u{user}", 15_000.0 + 400.0 * user, None) for user in range(6))],
        [one for end in (20_000, 30_000, 40_000) for one in open_until(end)],
        [*visits(), *open_until(20_000, users=range(3)), *(socket(f"v{user}", 19_000.0, None) for user in range(9))],
    ],
    ids=["two users", "one socket lives on", "nobody comes back", "a log without ends", "most stay"],
)
def test_what_only_looks_like_it(sockets: list[ServerSocket]) -> None:
    """Lines that got lost, a log that tells of no ends, a server that holds its other sockets."""
    assert breaks(sockets) == []


def test_lost_ends_are_no_break() -> None:
    """A third of the ends is missing, and users come back when they like."""
    lost = [
        socket(f"u{user}", 900.0 * visit + 140.0 * user, None if (visit + user) % 3 == 0 else 900.0 * visit + 700.0)
        for visit in range(12)
        for user in range(6)
    ]
    assert breaks(lost) == []


def come_back(moments: Sequence[float], users: int) -> list[ServerSocket]:
    """Sockets that the log never closes: so many users come at each of the moments, 2 s apart."""
    return [socket(f"u{user}", moment + 2.0 * user, None) for moment in moments for user in range(users)]


def test_sockets_forgotten_twice_are_beyond_chance() -> None:
    """One moment may lie in a stretch that the log lacks, two do not; a start that is told is not forgotten."""
    assert forgotten([*visits(), *come_back([19_000, 20_000], 6)]) == frozenset()
    twice = [*visits(), *come_back([19_000, 20_000, 30_000], 6)]
    assert forgotten(twice) == {at(20_000), at(30_000)}
    assert forgotten(twice, starts=[19_990]) == frozenset()


def test_a_log_that_lacks_ends_elsewhere_may_lack_a_few_together() -> None:
    """A seventh of the ends is missing, and four clients come back together twice: luck is not ruled out."""
    few = come_back([60_000, 61_000, 70_000], 4)
    lossy = [replace(one, closed=None) if place % 7 == 0 else one for place, one in enumerate(visits(12))]
    assert forgotten([*visits(12), *few]) == {at(61_000), at(70_000)}
    assert forgotten([*lossy, *few]) == frozenset()


@pytest.mark.parametrize(("closed", "is_break"), [(20_001.0, True), (20_001.1, False)])
def test_last_words_of_a_server_may_come_a_second_late(closed: float, *, is_break: bool) -> None:
    """An older socket that closes after the first return shows that the server lives, unless it is that late line."""
    sockets = [*visits(), *open_until(20_000), socket("u9", 18_000, closed)]
    assert bool(breaks(sockets)) is is_break
