"""Successes that two services tell are one push each."""

from __future__ import annotations

from logdiag.analyzers.pushes.attempts import find_attempts
from logdiag.events import Event, EventKind
from tests.analyzers.cases import PUSHER, event, timeline


def library(second: float, account: str = "acc-1") -> Event:
    return event(second, EventKind.PUSH_OK, PUSHER, channel="data-sync", message=f"[{account}] Data sync pushed")


def application(second: float, account: str = "acc-1", message: str = "Data synced to Master") -> Event:
    file = "worker1/douyin-data.log"
    service = f"douyin-data:{account}"
    return event(second, EventKind.PUSH_OK, file, channel="data-sync", service=service, message=message)


def count(*events: Event) -> int:
    return len(find_attempts(timeline(*sorted(events, key=lambda one: one.time))))


def test_what_library_and_application_tell_of_one_account_is_one_push() -> None:
    """Each line of the one has a line of the other right behind it, in other words."""
    every = [line for beat in (10, 40, 70) for line in (library(beat), application(beat + 0.03))]
    assert count(*every) == 3
    (first, *_) = find_attempts(timeline(*every))
    assert (first.evidence[0].file, first.accounts) == (PUSHER, frozenset({"acc-1"}))


def test_pushes_that_are_two_stay_two() -> None:
    """For another account, in the same words, more often, later, or of nobody in particular."""
    beats = (10, 40, 70)
    ours = [library(beat) for beat in beats]
    assert count(*ours, *(application(beat + 0.03, "acc-2") for beat in beats)) == 6
    assert count(*ours, *(application(beat + 0.03, message="[acc-1] Data sync pushed") for beat in beats)) == 6
    assert count(*ours, *(application(beat + 0.03) for beat in beats), application(55)) == 7
    assert count(*ours, *(application(beat + 5) for beat in beats)) == 6
    nameless = [
        event(beat, EventKind.PUSH_OK, PUSHER, channel="data-sync", message="Data sync pushed") for beat in beats
    ]
    assert count(*nameless, *(application(beat + 0.03) for beat in beats)) == 6
