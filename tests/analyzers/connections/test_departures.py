"""People leave: what is a departure, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from logdiag.analyzers.connections.departures import mark_departures
from logdiag.analyzers.connections.goodbyes import LEFT
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from tests.analyzers.cases import at
from tests.folding import each

END: Final = at(90_000)
CLOSE: Final = "transport close"


def ended_session(
    number: int, opened: float, lasts: float, reason: str | None = CLOSE, back: float | None = None
) -> SessionRecord:
    closed = opened + lasts
    reopened = None if back is None else at(closed + back)
    return SessionRecord(
        f"u{number}",
        at(opened),
        at(closed),
        reopened,
        f"socket-{number}",
        reason,
        side=Side.SERVER,
        server_has_end=True,
    )


def crowd(count: int = 12) -> list[SessionRecord]:
    """People who stay for as long as they like, come when they like and do not come back."""
    return [ended_session(number, 700.0 * number, 60.0 + 41.7 * number) for number in range(count)]


def departed(sessions: list[SessionRecord]) -> list[bool]:
    return [session.departed for session in mark_departures(sessions, END)]


def test_who_does_not_come_back_left() -> None:
    """A close without a return, of one among many clients."""
    assert departed(crowd()) == [True] * 12


@each(
    ("session", "expected"),
    [
        (ended_session(99, 5, 1000, CLOSE, back=2), False),
        (ended_session(99, 5, 1000, CLOSE, back=600), True),
        (ended_session(99, 5, 1000, LEFT), True),
        (ended_session(99, 5, 1000, "client disconnect"), True),
        (ended_session(99, 5, 1000, LEFT, back=2), False),
        (ended_session(99, 5, 1000, "server namespace disconnect"), False),
        (ended_session(99, 88_000, 1990), True),
        (ended_session(99, 5, 1000, "{:shutdown, :closed}"), True),
        (ended_session(99, 88_000, 1990, "ping timeout"), False),
    ],
    ids=[
        "back at once",
        "back later",
        "says so",
        "says so in Python",
        "says so and is back",
        "sent away",
        "at the edge",
        "closed, in Phoenix's words",
        "lost at the edge",
    ],
)
def test_a_return_or_a_kick_is_no_departure(session: SessionRecord, *, expected: bool) -> None:
    """Flapping is the same client back within seconds."""
    assert departed([*crowd(), session])[-1] is expected


def test_who_cannot_be_seen_to_come_back_did_not_leave() -> None:
    """Where the connects name nobody, or name them otherwise, no end is followed by a return under its name."""
    assert departed([replace(session, opened=None) for session in crowd()]) == [False] * 12
    groups = [replace(session, opened=None) for session in lesson(1)]
    assert departed(groups) == [False] * 24
    assert departed([*groups, replace(ended_session(99, 5, 1000, LEFT), opened=None)])[-1] is True


def test_an_end_that_names_nobody_is_nobody_s_departure() -> None:
    """Another library's `Connection lost` among the sockets of a server: nobody could come back from it."""
    assert departed([*crowd(), replace(ended_session(99, 5, 1000), socket_id=None)])[-1] is False


def test_few_clients_are_machines() -> None:
    """One of three workers that stays away is missed."""
    assert departed(crowd(3)) == [False] * 3


def test_a_common_age_is_a_limit() -> None:
    """Ten sessions that end after 300 s are no departures, though nobody comes back."""
    limited = [ended_session(50 + number, 311.0 * number, 300.0 + 0.01 * number) for number in range(10)]
    assert departed([*crowd(), *limited])[-10:] == [False] * 10


def test_a_goodbye_at_a_common_age_is_one() -> None:
    """Who says that it leaves does, though a limit cuts many others at that age."""
    limited = [ended_session(50 + number, 311.0 * number, 300.0 + 0.01 * number) for number in range(10)]
    assert departed([*limited, *crowd(), ended_session(99, 5, 300.05, LEFT)]) == [False] * 10 + [True] * 13


def test_a_common_moment_is_the_servers() -> None:
    """Ten sessions that end in one second are no departures either."""
    cut = [ended_session(50 + number, 311.0 * number, 20_000 - 311.0 * number + 0.01 * number) for number in range(10)]
    assert departed([*crowd(), *cut])[-10:] == [False] * 10


def nameless(number: int, opened: float, closed: float) -> SessionRecord:
    name = f"socket-{number}"
    return SessionRecord(name, at(opened), at(closed), None, name, CLOSE, side=Side.SERVER, server_has_end=True)


def lesson(begins: float, count: int = 24, ends: float = 2_600.0) -> list[SessionRecord]:
    """Sockets without names that come within a minute and go within two."""
    first = round(begins)
    return [nameless(first + number, begins + 2.3 * number, begins + ends + 4.7 * number) for number in range(count)]


def test_a_client_known_by_its_socket_alone_cannot_come_back() -> None:
    """So nothing is said of the leaving of one: it may be back under another name, or slow to return."""
    assert departed([*crowd(), nameless(9, 0, 50)])[-1] is False


def test_a_group_after_which_nobody_connects_left() -> None:
    """Classes of an hour each: who goes at the end is not back within a minute. No name shows it: it is presumed."""
    classes = [session for hour in range(4) for session in lesson(3_600.0 * hour + 1)]
    marked = mark_departures(classes, END)
    assert {(session.departed, session.presumed) for session in marked} == {(True, True)}


def test_a_group_that_as_many_follow_may_be_back() -> None:
    """Sockets that end within two minutes, each followed by a new one: a drain that takes its time."""
    drained = [
        nameless(100 * hour + number, 3_600.0 * hour + 4.7 * number + 2, 3_600.0 * (hour + 1) + 4.7 * number)
        for hour in range(4)
        for number in range(24)
    ]
    assert departed(drained)[: 3 * 24] == [False] * 3 * 24


def test_the_edge_of_the_logs_is_no_departure_where_others_come_back() -> None:
    """Who went right before the end is presumed to have left only if most of those before did."""
    returned = [ended_session(number, 700.0 * number, 60.0 + 41.7 * number, back=2) for number in range(12)]
    edge = ended_session(99, 88_000, 1990)
    assert departed([*returned, edge])[-1] is False
    marked = mark_departures([*crowd(), edge], END)
    assert [session.presumed for session in marked] == [False] * 12 + [True]


def hand_shaken(*, back: float | None = None) -> list[SessionRecord]:
    """Sockets, each named after itself, that end with a close frame; `back`: so long after that a new one opens."""
    gone = [
        replace(one, connection=f"hub/socket-{n}", code="1001", reason="going away") for n, one in enumerate(crowd())
    ]
    if back is not None:
        gone += [
            SessionRecord(
                f"hub/again-{n}", at(700.0 * n + 60.0 + 41.7 * n + back), side=Side.SERVER, socket_id=f"again-{n}"
            )
            for n in range(len(gone))
        ]
    return gone


def test_who_shakes_hands_and_is_followed_by_nobody_left() -> None:
    """Code 1001 of a socket whose name says nothing of who it is: no connects come soon after such ends."""
    assert departed(hand_shaken()) == [True] * 12


@each("back", [1.0, 8.0, 40.0])
def test_connects_soon_after_close_handshakes_may_be_returns(back: float) -> None:
    """A server that closes with 1001 loses its clients to new sockets, whose names are others."""
    assert not any(departed(hand_shaken(back=back)))


@pytest.mark.parametrize(("back_count", "left_count"), [(9, 9), (11, 0)], ids=["half are back", "most are back"])
def test_who_answered_no_ping_left_unless_most_such_clients_come_back(back_count: int, left_count: int) -> None:
    """Eighteen end by a ping without an answer: where most are back within a minute, the others are late, not gone."""
    ends = [
        ended_session(
            number, 700.0 * number, 60.0 + 41.7 * number, "ping timeout", 20.0 if number < back_count else None
        )
        for number in range(18)
    ]
    assert sum(departed(ends)) == left_count


def hurried(count: int) -> list[SessionRecord]:
    """People of whom a few close their tabs with code 1001; each had come back under its name after a restart."""
    others = [ended_session(number, 700.0 * number, 300.0, "service restart", back=3.0) for number in range(12)]
    again = [
        replace(ended_session(number, 700.0 * number + 303.0, 100.0 + 31.7 * number), socket_id=f"again-{number}")
        for number in range(count)
    ]
    return others + [replace(one, code="1001", reason="going away") for one in again]


def test_a_closed_tab_of_one_who_had_come_back_before_is_a_departure() -> None:
    """Few close handshakes are enough where the same names are seen to return: these would, too."""
    assert departed(hurried(3)) == [False] * 12 + [True] * 3


def test_a_few_close_handshakes_of_names_seen_once_say_nothing() -> None:
    """A name may be one connection's, and its client back under another."""
    ended = [session for session in hurried(3) if session.connection not in {"u0", "u1", "u2"}]
    once = [replace(session, connection=f"v{n}") for n, session in enumerate(hurried(3)[12:])]
    assert departed(ended + once) == [False] * 12


def test_an_address_alone_is_the_name_of_who_comes_from_it() -> None:
    """Rails names connections by it (`Finished "/cable" [WebSocket] for 34.64.157.111`): who stays away has left."""
    visitors = [
        replace(one, connection=f"198.51.100.{place}", socket_id=f"198.51.100.{place}", reason=None)
        for place, one in enumerate(crowd())
    ]
    assert departed(visitors) == [True] * 12
    back = replace(visitors[3], opened=at(2_292), closed=at(9_999))  # 7 s behind the end of that one
    assert departed([*visitors, back])[3] is False
    ported = [replace(one, connection=f"{one.connection}:5121", socket_id=f"{one.connection}:5121") for one in visitors]
    assert not any(departed(ported))
