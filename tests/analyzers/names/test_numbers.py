"""Short numbers are ids where opens and closes of the same number alternate, and no count could have said so."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from logdiag.analyzers.names.named_sockets import name_sockets_by_client
from logdiag.events import Event, EventKind
from tests.folding import each
from tests.winston import at

OPEN, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED
Step = tuple[bool, int]  # whether a connection opens, and the how many-th it is
Number = Callable[["Counts", Step], int]


class Counts:
    """What a server may count: who is there, how many came and went; and which slot each has."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.came = self.went = 0
        self.slots: dict[int, int] = {}

    def take(self, step: Step) -> int:
        """The slot of a step: the lowest that is free."""
        is_open, index = step
        if not is_open:
            self.went += 1
            return self.slots.pop(index)
        self.came += 1
        self.slots[index] = next(slot for slot in range(1, 999) if slot not in self.slots.values())
        return self.slots[index]


def come_and_go(draw: random.Random, count: int, beside: float) -> list[Step]:
    """Connections that begin at random, each as long as `beside` others take to begin."""
    found: list[tuple[float, bool, int]] = []
    time = 0.0
    for index in range(count):
        time += draw.expovariate(1)
        found += [(time, True, index), (time + draw.expovariate(1 / beside), False, index)]
    return [(is_open, index) for _, is_open, index in sorted(found)]


def write(number: Number, *, seed: int, count: int, beside: float, lost: float) -> Iterator[Event]:
    draw = random.Random(seed)  # noqa: S311  no secret
    counts = Counts(draw)
    for second, step in enumerate(come_and_go(draw, count, beside)):
        slot = counts.take(step)
        said = number(counts, (step[0], slot if number is SLOT else step[1]))
        if draw.random() >= lost:
            kind, verb = (OPEN, "opened") if step[0] else (CLOSE, "closed")
            event = Event(at(second), kind, "hub", "app", "info", f"websocket {verb}: {said}", "hub/app.log", second)
            yield event


def _give(_counts: Counts, step: Step) -> int:
    return step[1]


def _stay(_counts: Counts, step: Step) -> int:
    return step[1]


OWN: Final[Number] = _give
SLOT: Final[Number] = _stay
COUNTERS: Final[dict[str, Number]] = {
    "those there": lambda counts, _: counts.came - counts.went,
    "those there, before an end": lambda counts, step: counts.came - counts.went + (not step[0]),
    "all so far": lambda counts, step: counts.came if step[0] else counts.went,
    "all that came, then those there": lambda counts, step: counts.came if step[0] else counts.came - counts.went,
    "of ten": lambda counts, _: counts.draw.randint(1, 10),
    "of a thousand": lambda counts, _: counts.draw.randint(1, 1000),
    "one": lambda _counts, _step: 1,
}


def list_ids(events: Iterator[Event]) -> set[str | None]:
    return {event.socket_id for event in name_sockets_by_client(list(events))}


@each(("number",), [(number,) for number in COUNTERS.values()], ids=list(COUNTERS))
def test_no_count_is_an_id(number: Number) -> None:
    """Neither where lines are lost: of 8 to 150 connections, one or many at a time."""
    for seed, (count, beside, lost) in enumerate(
        (count, beside, lost) for count in (8, 20, 40, 150) for beside in (0.5, 1.5, 4, 15) for lost in (0, 0.02, 0.1)
    ):
        assert list_ids(write(number, seed=seed, count=count, beside=beside, lost=lost)) == {None}


def test_a_number_of_its_own_is_an_id() -> None:
    """Twenty connections tell, four beside each other; a slot that is free again, of forty."""
    assert None not in list_ids(write(OWN, seed=1, count=20, beside=4, lost=0))
    assert None not in list_ids(write(OWN, seed=1, count=40, beside=1.5, lost=0.01))
    assert None not in list_ids(write(SLOT, seed=1, count=80, beside=4, lost=0))


def test_what_measures_something_is_no_number() -> None:
    """A close code, a duration and a count of clients stand behind the id, and are none."""
    events = list(write(OWN, seed=1, count=20, beside=4, lost=0))
    others = [replace(one, message=f"{one.message} code 1006 after 60 s (17 clients)") for one in events]
    assert [one.socket_id for one in name_sockets_by_client(others)] == [
        one.socket_id for one in name_sockets_by_client(events)
    ]
    bare = [replace(one, message=one.message.replace(": ", " after ")) for one in events]
    assert {one.socket_id for one in name_sockets_by_client(bare)} == {None}


def write_lines(steps: list[Step], number: Callable[[int], int], opened: str, closed: str) -> list[Event]:
    """One wording for opens and one for closes."""
    return [
        Event(at(second), OPEN if is_open else CLOSE, "hub", "app", "info", text, "hub/app.log", second)
        for second, (is_open, index) in enumerate(steps)
        for text in ((opened if is_open else closed).format(number(index)),)
    ]


def go_round(loops_count: int, count: int) -> list[Step]:
    """Loops of one age: connections end in the order in which they began, and the next begins at once."""
    opens = [(True, index) for index in range(loops_count)]
    turns = [step for index in range(count) for step in ((False, index), (True, index + loops_count))]
    return [*opens, *turns]


def test_connections_of_one_age_have_numbers_of_their_own() -> None:
    """They end as they began, as two counts of all so far would say: but a count of all goes up by one."""
    steps = go_round(3, 12)
    resource = write_lines(steps, lambda index: 100 * (index % 3) + index, "Nueva conexión: {}", "Conexión {} cerrada")
    assert None not in list_ids(iter(resource))
    count = write_lines(steps, lambda index: index + 1, "Nueva conexión: {}", "Conexión {} cerrada")
    assert list_ids(iter(count)) == {None}


def test_a_start_in_unknown_words_may_cut_numbers_off() -> None:
    """Four numbers open once more, and are then closed once each: the process had begun anew."""
    steps = [*go_round(4, 0), *go_round(4, 9)]
    events = write_lines(
        steps, lambda index: 37 + 11 * index, "New connection established: {}", "Client left: {} (crew)"
    )
    assert None not in list_ids(iter(events))


def test_a_room_that_several_enter_is_no_id() -> None:
    """Its number opens again and again while it is open."""
    steps = go_round(3, 40)
    events = write_lines(steps, lambda index: 17 + 9 * (index % 2), "joined room {}", "left room {}")
    assert list_ids(iter(events)) == {None}


def test_a_fixed_place_has_few_wordings() -> None:
    """Where a name stands before each number, it is the name's."""
    steps = go_round(3, 12)
    events = write_lines(steps, lambda index: 100 * (index % 3) + index, "opened: {}", "closed: {}")
    draw = random.Random(1)  # noqa: S311  no secret
    named = [replace(one, message=f"{draw.choice(['Ann', 'Bo', 'Cy', 'Di', 'Ed'])} {one.message}") for one in events]
    assert list_ids(iter(named)) == {None}
