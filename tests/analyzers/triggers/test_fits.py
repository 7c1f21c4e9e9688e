"""The lines that a trigger speaks for."""

from __future__ import annotations

from tests.analyzers.cases import trigger


def test_companions_are_spoken_for_and_are_no_part_of_the_trigger() -> None:
    """Members are: they always come along."""
    fit = trigger("Pushing", members=(("app", "Sent"),), companions=(("app", "Saved"),))
    assert fit.own_keys == {("data-pusher", "Pushing"), ("app", "Sent")}
    assert fit.keys == fit.own_keys | {("app", "Saved")}
