"""Lines that always come together are one trigger."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.triggers.search import find_triggers
from tests.analyzers.triggers.lines import draw_spaced, draw_times, lay_drops, lay_lines


def test_lines_of_one_push_are_one_trigger_named_after_the_first() -> None:
    """Four lines within 10 ms of each push are one family; the earliest stands for it."""
    drops = draw_spaced(12, 40)
    pushes = np.concatenate((drops - 0.02, draw_times(13, 20)))
    series = [lay_lines(name, pushes + late) for name, late in (("sent", 0.009), ("pushing", 0.0), ("sending", 0.003))]
    (fit,) = find_triggers([lay_drops(drops)], series)
    assert (fit.line.template, fit.members) == ("pushing", (("service", "sending"), ("service", "sent")))


def test_a_line_that_adds_nothing_to_a_better_one_is_a_companion() -> None:
    """Heartbeats delayed to the moment of a freeze precede disconnects only together with the line that explains it."""
    drops = draw_spaced(14, 30)
    beats = np.concatenate((drops[::2] - 0.004, draw_times(15, 150)))
    fits = find_triggers([lay_drops(drops)], [lay_lines("rebuilt", drops - 0.005), lay_lines("heartbeat", beats)])
    assert [(fit.line.template, fit.role) for fit in fits] == [("rebuilt", "trigger")]
    assert fits[0].companions == (("service", "heartbeat"),)
