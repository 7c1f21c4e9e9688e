"""Which disconnects have a line before them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from logdiag.analyzers.triggers.search import find_triggers
from tests.analyzers.triggers.lines import START, draw_spaced, lay_drops, lay_lines, list_roles


@pytest.mark.parametrize(("lag_s", "window_s"), [(0.1, 0.1), (0.101, 0.3), (0.3, 0.3), (0.301, 1.0)])
def test_a_window_holds_its_far_edge(lag_s: float, window_s: float) -> None:
    """A line exactly as far back as a window reaches lies within it; a millisecond more needs the next one."""
    drops = np.round(draw_spaced(1, 40), 3)
    (fit,) = find_triggers([lay_drops(drops)], [lay_lines("push", drops - lag_s)])
    assert (fit.counts.window_s, fit.counts.preceded_count) == (window_s, 40)


def test_equal_stamps_in_two_files_leave_the_order_open() -> None:
    """A line with the very stamp of each disconnect, in another file, is undecided: it may be its consequence."""
    drops = draw_spaced(16, 30)
    fits = find_triggers([lay_drops(drops)], [lay_lines("same", drops)])
    assert list_roles(fits) == {"same": ("undecided", "order-unknown")}


def test_equal_stamps_in_one_file_are_ordered_by_their_lines() -> None:
    """The same stamps in the disconnects' own file, a line above them, make a trigger."""
    drops = lay_drops(draw_spaced(16, 30))
    lines = np.array([place.line - 1 for place in drops.places if place is not None])
    series = lay_lines("same", drops.times_s - START, file="worker1/socket-client.log")
    (fit,) = find_triggers([drops], [replace(series, lines=lines)])
    assert (fit.role, fit.lag.median_s, fit.counts.preceded_count) == ("trigger", 0.0, 30)


def test_lines_of_a_job_are_ordered_by_their_seconds() -> None:
    """A line of cron at 01 past each tenth minute stands 2.7 s before the disconnects: its stamps do have seconds."""
    beats = np.arange(1.0, 21.0) * 600
    jitter = draw_spaced(3, 20) % 0.4
    drops = np.round(beats + 2.6 + jitter, 3)
    (fit,) = find_triggers([lay_drops(drops)], [lay_lines("job", beats)])
    assert fit.why_undecided != "order-unknown"
    assert fit.counts.preceded_count == 20
