"""Clients on a timer of their own: who left, who is a stray, who comes no more."""

from __future__ import annotations

from logdiag.analyzers.connections.duty_cycles import find_punctual, find_stopped_coming, find_strays
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from tests.analyzers.cases import at, session
from tests.folding import each

TURN_S = 1_800.0
LEFT = "client disconnect"


def visits(client: int, count: int = 24, cut: tuple[int, ...] = ()) -> list[SessionRecord]:
    """One client that comes every half an hour for 3 s; those of its visits in `cut` end by the keep-alive."""
    found = []
    for turn in range(count):
        start_s = 40.0 * client + TURN_S * turn
        is_cut = turn in cut
        found.append(
            session(
                start_s + (45.0 if is_cut else 3.0),
                opened=start_s,
                reopened=None,
                connection=f"soil-{client}",
                socket_id=f"soil-{client}",
                reason="ping timeout" if is_cut else LEFT,
                side=Side.SERVER,
                server_has_end=True,
                departed=not is_cut,
            )
        )
    return found


def test_goodbyes_of_one_age_are_goodbyes_unless_their_clients_are_back() -> None:
    """Of twelve clients that stay away each has left; of a dozen that are back at once none has; nor of three."""
    crowd = [one for client in range(12) for one in visits(client)]
    assert find_punctual(crowd, lambda _: False) == {id(one) for one in crowd}
    assert find_punctual(crowd, lambda _: True) == set()
    assert find_punctual(crowd[: 3 * 24], lambda _: False) == set()


@each(
    ("cuts", "count"),
    [
        ({1: (5,), 4: (11,), 8: (17,)}, 3),
        ({1: (5, 6, 7)}, 0),
        (dict.fromkeys(range(8), (9,)), 0),
        ({1: (23,)}, 0),
    ],
    ids=["now and then", "three of one", "eight in a turn", "the last that is seen"],
)
def test_a_visit_that_ends_by_the_keep_alive_now_and_then_is_nobodys_loss(
    cuts: dict[int, tuple[int, ...]], count: int
) -> None:
    """The client comes again when it always does; not so where one fails again and again, or several at a time."""
    ended = [one for client in range(12) for one in visits(client, cut=cuts.get(client, ()))]
    left = {id(one) for one in ended if one.departed}
    assert len(find_strays(ended, left, lambda reason: reason == "ping timeout")) == count


def test_who_kept_a_timer_and_misses_its_turns_is_missed() -> None:
    """Four of twelve come for the last time at noon; two may have run out of power."""
    end = at(24 * TURN_S)
    for stopped_count, counts in ((4, [4]), (2, [])):
        ended = [one for client in range(12) for one in visits(client, 12 if client < stopped_count else 24)]
        assert [one.numbers["count"] for one in find_stopped_coming(ended, end)] == counts
