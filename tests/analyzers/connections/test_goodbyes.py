"""Goodbyes: what says one, among whom they are people's, and when a crowd of them is one."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.connections.goodbyes import LEFT, find_goodbyes, find_unanswered, is_stated, says_goodbye
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from tests.analyzers.cases import at
from tests.folding import each


def ended(
    number: int, name: str | None = None, reason: str | None = "going away", code: str | None = "1001"
) -> SessionRecord:
    closed = 600.0 * number
    return SessionRecord(
        name or f"u{number % 15}",
        at(closed - 300.0),
        at(closed),
        None,
        f"socket-{number}",
        reason,
        code=code,
        side=Side.SERVER,
        server_has_end=True,
    )


@each(
    ("reason", "has_left"),
    [
        ("logged off", True),
        ("user signed out", True),
        ("logout", True),
        ("player quit", True),
        ("logged out: token expired", False),
        ("forced logout", False),
        ("logged out by admin", False),
        ("logged out by the user", True),
        ("closed by client", True),
        ("page unload", True),
        ("browser tab closed", True),
        ("page closed by watchdog", False),
        ("beforeunload", True),
        ("disconnect frame received", True),
        ("disconnect frame after error", False),
        ("transport close", False),
        (None, False),
    ],
)
def test_who_logs_off_says_goodbye_unless_made_to(reason: str | None, *, has_left: bool) -> None:
    """Applications have words of their own for people who leave."""
    assert says_goodbye(reason) is has_left


@each(
    ("code", "reason", "is_one"),
    [
        ("1000", "normal closure", True),
        ("1001", None, True),
        ("1005", "no status received", True),
        ("3000", "connection closed", True),
        ("3000", "shutdown", False),
        ("1001", "idle timeout", False),
        ("1006", None, False),
        (None, LEFT, True),
        (None, None, False),
    ],
)
def test_a_close_code_is_a_goodbye_with_the_name_of_its_own(
    code: str | None, reason: str | None, *, is_one: bool
) -> None:
    """Code 1001 beside the words of an idle limit is that limit's; 3000 is Centrifugo's for a client that is gone."""
    assert is_stated(ended(1, reason=reason, code=code)) is is_one
    assert not is_stated(replace(ended(1, reason=reason, code=code), error="read: connection reset by peer"))


def test_few_of_many_named_clients_may_be_back_at_once() -> None:
    """One in ten loads the page anew; where more are back, nobody knows whether they left."""
    ends = [ended(number) for number in range(40)]
    few, many = {id(one) for one in ends[:4]}, {id(one) for one in ends[:5]}
    assert len(find_goodbyes(ends, lambda one: id(one) in few)) == 40
    assert not find_goodbyes(ends, lambda one: id(one) in many)
    assert not find_goodbyes(ends[:9], lambda _one: False)


def test_who_is_back_after_most_of_its_goodbyes_is_in_a_loop() -> None:
    """A worker among visitors: its ends are faults, theirs are not; three returns are somebody's in a hurry."""
    people = [ended(number) for number in range(60)]
    for count, found_count in ((3, 63), (5, 60)):
        worker = [ended(100 + number, "worker-7") for number in range(count)]
        assert len(find_goodbyes([*people, *worker], lambda one: one.connection == "worker-7")) == found_count


def test_a_crowd_that_hardly_anybody_follows_left_together() -> None:
    """Forty end within 8 s, as a load test does; nine who come then may be they; at the edge nobody is seen."""
    crowd = [replace(ended(1), closed=at(600.0 + 0.2 * number)) for number in range(40)]
    others = [at(620.0 + number) for number in range(9)]
    assert len(find_unanswered(crowd, others[:8], at(3600.0))) == 40
    assert not find_unanswered(crowd, others, at(3600.0))
    assert not find_unanswered(crowd, [], at(640.0))
