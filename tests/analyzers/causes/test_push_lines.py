"""Which triggers are pushes, and which only come with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.causes.push_lines import push_triggers
from logdiag.results.patterns import TriggerRole
from tests.analyzers.cases import (
    PUSH_LINE,
    attempt,
    case,
    fact,
    facts_of,
    push,
    silence,
    trigger,
)


def test_a_push_trigger_is_the_only_kind_of_trigger_of_its_client() -> None:
    """Another line of the client that is a trigger as well makes the push doubtful."""
    alone = case(facts_of(10, push=push()), triggers=(trigger(),), push_templates=PUSH_LINE)
    assert push_triggers(alone, TriggerRole.TRIGGER) == [alone.triggers[0]]
    both = case(facts_of(10), triggers=(trigger(), trigger("Closing socket")), push_templates=PUSH_LINE)
    assert push_triggers(both, TriggerRole.TRIGGER) == []


@pytest.mark.parametrize(("silent", "is_trigger"), [(6, False), (2, False), (1, True)])
def test_pushes_after_a_freeze_are_no_triggers(silent: int, is_trigger: bool) -> None:
    """What was due comes all at once when the process wakes; two silences of ten are enough where lines got lost."""
    facts = (*facts_of(silent, push=push(), silence=silence()), *facts_of(10 - silent, push=push()))
    whole = case(facts, triggers=(trigger(),), push_templates=PUSH_LINE)
    assert bool(push_triggers(whole, TriggerRole.TRIGGER)) is is_trigger


def test_a_line_that_comes_with_pushes_is_one_only_if_nearly_all_have_a_push() -> None:
    """Its companion is a push line, and 95 % of its disconnects have a push in the ledger."""
    companion = trigger("Snapshot ready", members=(("data-pusher", "Pushing data sync"),))
    with_pushes = case(facts_of(10, push=push()), triggers=(companion,), push_templates=PUSH_LINE)
    assert push_triggers(with_pushes, TriggerRole.TRIGGER) == [companion]
    without = case((*facts_of(9, push=push()), fact(10)), triggers=(companion,), push_templates=PUSH_LINE)
    assert push_triggers(without, TriggerRole.TRIGGER) == []


@pytest.mark.parametrize(("missing", "is_push"), [(1, True), (2, False)])
def test_one_push_in_twenty_may_be_missing_from_the_ledger(missing: int, is_push: bool) -> None:
    """A companion of pushes stays one where a single line of twenty got lost."""
    members = (("data-pusher", "Pushing data sync"),)
    preceded = tuple(("worker1", number) for number in range(1, 21))
    companion = trigger("Snapshot ready", members=members, preceded=preceded)
    pushed = facts_of(20 - missing, push=push())
    whole = case((*pushed, *(fact(21 - number) for number in range(missing, 0, -1))), triggers=(companion,))
    assert bool(push_triggers(replace(whole, push_templates=PUSH_LINE), TriggerRole.TRIGGER)) is is_push


def test_a_companion_of_few_pushes_is_no_push() -> None:
    """A line that comes with the pushes before the drops, while most pushes go without it: it is something else."""
    line = trigger("Cache rebuilt", members=(("data-pusher", "Pushing data sync"),), occurrences_count=10)
    facts = facts_of(10, push=push(channel="data-sync"))
    for tried, is_push in ((16, True), (17, False)):
        tries = tuple(attempt(30.0 * number) for number in range(tried))
        whole = case(facts, triggers=(line,), push_templates=PUSH_LINE, attempts=tries)
        assert bool(push_triggers(whole, TriggerRole.TRIGGER)) is is_push


@pytest.mark.parametrize(("tried", "is_push"), [(16, True), (17, False)])
def test_of_pushes_on_several_channels_the_commonest_one_tells_how_often_they_are_tried(
    tried: int, is_push: bool
) -> None:
    """Eight drops after a data-sync and two after a heartbeat: the heartbeats that are tried do not count."""
    line = trigger("Cache rebuilt", members=(("data-pusher", "Pushing data sync"),), occurrences_count=10)
    channels = ("heartbeat", *["data-sync"] * 8, "heartbeat")
    facts = [fact(number, push=push(channel=channel)) for number, channel in enumerate(channels, 1)]
    tries = tuple(attempt(30.0 * number) for number in range(tried))
    others = tuple(attempt(30.0 * number + 9, channel="heartbeat") for number in range(40))
    whole = case(facts, triggers=(line,), push_templates=PUSH_LINE, attempts=(*tries, *others))
    assert bool(push_triggers(whole, TriggerRole.TRIGGER)) is is_push
